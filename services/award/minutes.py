"""The minutes of a panel, written from its rows: its members, marks, changes and ranking."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlmodel import Session, col, select

from domain.errors import NotFound, NotPermitted
from domain.identity.permissions import Act
from domain.identity.roles import Grant
from domain.text import Text
from models import Award, Opening, Panel, PanelChange, PanelMember, PanelScore, Person, Project
from services.bid.bid_sheets import MemberLine, bidders, bids_ranked
from services.bid.interests import require_no_interest
from services.identity.actors import Actor, may, place_of
from services.projects.forming import project_coded
from services.projects.moves import newest


@dataclass(frozen=True, slots=True)
class Sitting:
    """A member: the party, the declaration, a recusal with its ground, and whose seat it was."""

    name: str
    party: str
    chairs: bool
    seated_at: datetime | None
    declared_at: datetime | None
    recused_at: datetime | None
    recusal: str | None
    replaces: str | None


@dataclass(frozen=True, slots=True)
class MarkSheet:
    """One member's marks of a bid as they stand, and what they remarked."""

    name: str
    marks: dict[str, str]
    remark: str


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """A criterion's mean, its weight in percent, and the points it makes."""

    criterion: str
    mean: Decimal
    weight: Decimal
    points: Decimal


def arithmetic(lines: Sequence[Sequence[str]]) -> tuple[Arithmetic, ...]:
    """Return the arithmetic of a total from its kept lines: a criterion, then its numbers."""
    return tuple(Arithmetic(criterion, *map(Decimal, numbers)) for criterion, *numbers in lines)


@dataclass(frozen=True, slots=True)
class Marked:
    """A bid with its place and total, the sheets it got, and the arithmetic of its total."""

    receipt: str
    members: tuple[MemberLine, ...]
    place: int
    total: Decimal
    tie_break: str | None
    lines: tuple[Arithmetic, ...]
    sheets: tuple[MarkSheet, ...]


@dataclass(frozen=True, slots=True)
class MarkChange:
    """A mark that was changed: by whom, of which bid, from what to what, and why."""

    name: str
    receipt: str
    criterion: str
    before: Decimal
    after: Decimal
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Apart:
    """Marks that lay too far apart when all were in: the lowest and highest that count."""

    receipt: str
    criterion: str
    lowest: Decimal
    highest: Decimal


class Minutes(NamedTuple):
    """Everything a panel did in one round; ``seed`` would have drawn between equals."""

    project: Project
    round: int
    formed_at: datetime
    trim: bool
    members: tuple[Sitting, ...]
    bids: tuple[Marked, ...]
    apart: tuple[Apart, ...]
    met_on: date | None
    present: tuple[str, ...]
    discussion: str | None
    changes: tuple[MarkChange, ...]
    ranked_at: datetime
    confirmed_at: datetime | None
    seed: str


def read_minutes(
    session: Session, actor: Actor, grants: tuple[Grant, ...], code: str, round_: int
) -> Minutes:
    """Return the minutes of a panel's round.

    For who sat on it, who reads the project's dossiers and the auditor; nobody with an interest.
    Raises NotFound before the bids are ranked, NotPermitted for others.
    """
    project = project_coded(session, code)
    here = (project.id, round_)
    member = session.get(PanelMember, (*here, actor.person_id))
    sat = member is not None and member.seated_at is not None and member.recused_at is None
    place = place_of(project)
    if not sat and not any(may(grants, act, place) for act in (Act.READ_DOSSIER, Act.AUDIT)):
        raise NotPermitted(
            zh="评审纪要只给评审组、经办人员和审计人员看。",
            en="the minutes are for the panel, those in charge, and the auditor.",
        )
    require_no_interest(session, project, actor)
    panel, award = session.get(Panel, here), session.get(Award, here)
    if panel is None or award is None:
        raise NotFound(what=Text("评审纪要", "minutes"), key=f"{code}/{round_}")
    return _written(session, project, panel, award)


def _written(session: Session, project: Project, panel: Panel, award: Award) -> Minutes:
    members = session.exec(
        select(PanelMember)
        .where(PanelMember.project_id == project.id, PanelMember.round == panel.round)
        .order_by(col(PanelMember.reserve).nulls_first(), col(PanelMember.party))
    ).all()
    names = {
        person.id: person.name
        for person in session.exec(
            select(Person).where(col(Person.id).in_([member.person_id for member in members]))
        )
    }
    bids = bids_ranked(session, award)
    receipts = {bid.id: str(bid.receipt_no) for bid in bids}
    changes = session.exec(
        select(PanelChange)
        .where(PanelChange.project_id == project.id, PanelChange.round == panel.round)
        .order_by(col(PanelChange.changed_at))
    ).all()
    opening = newest(session, Opening, project)
    sheets = _sheets(session, panel, names)
    consortia = bidders(session, bids)
    return Minutes(
        project,
        panel.round,
        panel.formed_at,
        panel.trim,
        tuple(
            Sitting(
                names[member.person_id],
                member.party,
                member.person_id == panel.chair_id,
                member.seated_at,
                member.declared_at,
                member.recused_at,
                member.recusal,
                names.get(member.replaces_id) if member.replaces_id else None,
            )
            for member in members
        ),
        tuple(_marked(ranked, consortia, sheets) for ranked in award.ranking),
        tuple(
            Apart(
                receipts[UUID(alarm["bid"])],
                alarm["criterion"],
                Decimal(alarm["lowest"]),
                Decimal(alarm["highest"]),
            )
            for alarm in panel.alarms
        ),
        panel.met_on,
        tuple(sorted(names[UUID(person_id)] for person_id in panel.present)),
        panel.discussion,
        tuple(
            MarkChange(
                names[change.person_id],
                receipts[change.bid_id],
                change.criterion,
                change.before,
                change.after,
                change.reason,
                change.changed_at,
            )
            for change in changes
        ),
        award.ranked_at,
        award.confirmed_at,
        opening.seed if opening else "",
    )


def _sheets(session: Session, panel: Panel, names: dict[UUID, str]) -> dict[UUID, list[MarkSheet]]:
    sheets: dict[UUID, list[MarkSheet]] = {}
    for panel_score in session.exec(
        select(PanelScore)
        .where(
            PanelScore.project_id == panel.project_id,
            PanelScore.round == panel.round,
            col(PanelScore.voided_at).is_(None),
        )
        .order_by(col(PanelScore.scored_at), col(PanelScore.person_id))
    ):
        sheets.setdefault(panel_score.bid_id, []).append(
            MarkSheet(names[panel_score.person_id], dict(panel_score.marks), panel_score.remark)
        )
    return sheets


def _marked(
    ranked: dict[str, Any],
    consortia: dict[UUID, tuple[MemberLine, ...]],
    sheets: dict[UUID, list[MarkSheet]],
) -> Marked:
    bid = UUID(ranked["bid"])
    return Marked(
        ranked["receipt"],
        consortia[bid],
        ranked["place"],
        Decimal(ranked["total"]),
        ranked["tie_break"],
        arithmetic(ranked["lines"]),
        tuple(sheets.get(bid, ())),
    )
