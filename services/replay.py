"""Rebuild the results from their rows, and say where they differ from the stored ones.

For the auditor: on a copy of the database, by a process of its own, nothing of it is trusted but
the rows. Nothing is written.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final, NamedTuple

from sqlalchemy import func
from sqlmodel import Session, col, select

from domain.canonical import commitment, digest
from domain.district.round_rules import rules_of
from domain.text import Text
from models import (
    AssessmentResult,
    Award,
    Bid,
    ConductEntry,
    ConductList,
    CreditEvent,
    Opening,
    Organisation,
    Panel,
    Project,
    QuotaEntry,
    RoundSettings,
)
from services.assess.assessments import arithmetic, result_of
from services.audit_chain import verify
from services.award.ranking import ranking_of
from services.bid.bid_sheets import bids_ranked
from services.bid.openings import latest_payload
from services.conduct.conduct_list import proposals
from services.file_store import FileStore
from services.named_files import named_files

# The name of a rebuilt result, and whether it equals the stored one.
_Rebuilt = Iterator[tuple[str, bool]]


class Replayed(NamedTuple):
    """How many of a kind were rebuilt, and the names of those that differ from the stored ones."""

    what: Text
    rebuilt: int
    differing: tuple[str, ...]


def _rankings(session: Session) -> _Rebuilt:
    for award, project in session.exec(
        select(Award, Project).join(Project, col(Project.id) == Award.project_id)
    ):
        panel = session.get_one(Panel, (award.project_id, award.round))
        ranking = ranking_of(session, project, panel, bids_ranked(session, award), award.ranked_at)
        first = ranking[0]
        yield (
            f"{project.code}:r{award.round}",
            ranking == award.ranking
            and (first["bid"], Decimal(first["total"]), Decimal(first["price"]))
            == (str(award.bid_id), award.total, award.price),
        )


def _results(session: Session) -> _Rebuilt:
    for stored, project in session.exec(
        select(AssessmentResult, Project).join(
            Project, col(Project.id) == AssessmentResult.project_id
        )
    ):
        assessment = result_of(session, project, stored.round)
        yield (
            f"{project.code}:r{stored.round}",
            (
                assessment.value,
                assessment.grade,
                assessment.spread,
                assessment.flagged,
                arithmetic(assessment),
            )
            == (stored.value, stored.grade, stored.spread, stored.flagged, stored.parties),
        )


def _credit(session: Session) -> _Rebuilt:
    """Every event has the points of the settings it names."""
    for event, project in session.exec(
        select(CreditEvent, Project).join(Project, col(Project.id) == CreditEvent.project_id)
    ):
        stored = session.get_one(RoundSettings, (project.round_id, event.settings_version)).settings
        points = rules_of(stored).credit_points.get(event.rule, Decimal(0))
        yield f"{project.code}:{event.rule}", event.points == points


def _lists(session: Session) -> _Rebuilt:
    codes = dict(session.exec(select(Project.id, Project.code)).all())
    for conduct_list in session.exec(select(ConductList)):
        proposed = {
            (
                proposal.organisation,
                proposal.colour,
                proposal.ground,
                tuple(codes[id_] for id_ in proposal.projects),
            )
            for proposal in proposals(
                session, since=conduct_list.period_from, until=conduct_list.period_until
            )
        }
        stored = {
            (
                conduct_entry.organisation_id,
                conduct_entry.colour,
                conduct_entry.ground,
                tuple(conduct_entry.basis),
            )
            for conduct_entry in session.exec(
                select(ConductEntry).where(ConductEntry.list_id == conduct_list.id)
            )
        }
        yield conduct_list.code, proposed == stored


def _openings(session: Session) -> _Rebuilt:
    """The record's digest is its seed, and each bid is still what its commitment says."""
    for opening, project in session.exec(
        select(Opening, Project).join(Project, col(Project.id) == Opening.project_id)
    ):
        listed = {line["receipt"]: line for line in opening.commitments}
        matches = {}
        for bid in session.exec(select(Bid).where(col(Bid.receipt_no).in_(listed))):
            payload = latest_payload(session, bid)
            made = (
                commitment(payload.nonce, payload.content)
                if payload.nonce and payload.content
                else None
            )
            matches[bid.receipt_no] = made == listed[bid.receipt_no]["commitment"]
        yield (
            f"{project.code}:r{opening.round}",
            digest(opening.commitments) == opening.seed
            and matches == {receipt: line["matches"] for receipt, line in listed.items()},
        )


def _quota(session: Session) -> _Rebuilt:
    """No reservation is given back twice, and an ended project holds nothing."""
    rows = session.exec(
        select(Organisation.name, Project.code, Project.closed_at, func.sum(QuotaEntry.amount))
        .join(Organisation, col(Organisation.id) == QuotaEntry.organisation_id)
        .join(Project, col(Project.id) == QuotaEntry.project_id)
        .group_by(col(Organisation.name), col(Project.code), col(Project.closed_at))
    )
    for name, code, closed_at, balance in rows:
        yield f"{code}:{name}", balance == 0 if closed_at else balance >= 0


def _audit(session: Session) -> _Rebuilt:
    verification = verify(session)
    wrong = {position for position, _, _ in verification.problems if position is not None}
    apart = [en for position, _, en in verification.problems if position is None]
    for position in range(1, verification.entries + 1):
        yield str(position), position not in wrong
    for position in sorted(wrong):
        if position > verification.entries:
            yield str(position), False
    yield from ((told, False) for told in apart)


def _files_in(store: FileStore) -> Callable[[Session], _Rebuilt]:
    def check(session: Session) -> _Rebuilt:
        for file in named_files(session):
            yield f"{file.owner}:{file.sha256[:12]}", file.is_whole(store)

    return check


_FILES: Final = Text("附件与报告", "files")
_KINDS: Final[tuple[tuple[Text, Callable[[Session], _Rebuilt]], ...]] = (
    (Text("开标记录", "opening records"), _openings),
    (Text("评审排名", "rankings"), _rankings),
    (Text("考榜结果", "assessment results"), _results),
    (Text("信用记录", "credit events"), _credit),
    (Text("红黑榜", "conduct lists"), _lists),
    (Text("名额台账", "quota ledgers"), _quota),
    (Text("审计链", "audit entries"), _audit),
)


def replay(session: Session, store: FileStore | None = None) -> tuple[Replayed, ...]:
    """Rebuild every computed result, and compare it with the stored one.

    With ``store``, each file that a row names is read, too.
    """
    replayed = []
    files = ((_FILES, _files_in(store)),) if store else ()
    for what, rebuild in (*_KINDS, *files):
        rebuilt = list(rebuild(session))
        replayed.append(
            Replayed(what, len(rebuilt), tuple(name for name, same in rebuilt if not same))
        )
    return tuple(replayed)
