"""The gates of 承榜: a panel is formed and scores, and its chair confirms the ranking."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, true, tuple_
from sqlmodel import Session, col, select

from domain.gates import Outcome, Rule, Verb, Verdict
from domain.identity.roles import Role, Scope, Seat
from domain.lifecycle import STAGE_NAMES, Stage
from domain.money import show
from domain.questionnaires import Questionnaire
from domain.standings import Standing
from domain.text import Text
from models import (
    Award,
    Bid,
    Call,
    Gate,
    Panel,
    PanelMember,
    PanelScore,
    Person,
    Project,
    RoleGrant,
)
from models.bid import BidStatus
from services.award.panel_readings import panel_readings, quorum_broken
from services.award.panel_scores import (
    MarksApart,
    marks_apart,
    panel_sheet,
    present_panel,
    reads_blind,
    still_owing,
)
from services.award.panel_seats import people_sitting
from services.award.panels import PARTY_ROLES, Candidate, candidates_for
from services.award.red_flags import red_flags
from services.bid.bid_sheets import BidSheet, MemberLine, bid_sheets, bidders
from services.bid.opened_bids import opened_bids
from services.district.rounds import settings_of
from services.events import audiences
from services.events.audiences import Audience
from services.gates.kits import (
    Approval,
    EventGate,
    Fact,
    Preparation,
    Progress,
    StageKit,
    decisions_cast,
    fact,
)
from services.gates.readers import At, Here, Reader, TaskState
from services.gates.seats import PREPARE, STREET
from services.identity.actors import Codes
from services.mending import Mending
from services.publish.present_call import current_call

_APART: Final = Text(
    "评分相差较大，须开复议会议。", "The marks lie far apart; the panel meets over them."
)


def _recused(session: Session, project: Project) -> Mapping[UUID, str]:
    """Return the people recused from this round's panel, with the code of the reason."""
    rows = session.exec(
        select(PanelMember.person_id).where(
            PanelMember.project_id == project.id,
            PanelMember.round == project.stage_round,
            col(PanelMember.recused_at).is_not(None),
        )
    )
    return dict.fromkeys(rows, "interest")


class FormingPage(NamedTuple):
    """The candidates for each party, the bidders, and the number of seats."""

    candidates: dict[str, list[Candidate]]
    bidders: list[tuple[MemberLine, ...]]
    size: int


class Forming(Preparation[Project]):
    """The street forms the panel."""

    rule = Rule(Text("组建评审组", "Form the panel"), (STREET,), PREPARE, due_days=5)
    duty = "form_panel"
    task = Text("组建评审组", "Form the panel")
    template = "award/form_panel.html"
    excludes_interested = True

    def excluded(self, session: Session, subject: Project) -> Mapping[UUID, str]:
        """Exclude recused members."""
        return _recused(session, subject)

    def page(self, session: Session, me: Reader, at: At[Project], state: TaskState) -> FormingPage:
        """Return the candidates, as they stand to the person who forms the panel."""
        del state
        project = at.subject
        return FormingPage(
            candidates_for(session, project, me.id),
            list(bidders(session, opened_bids(session, project)).values()),
            settings_of(session, project).panel_size,
        )


class ScoringPage(NamedTuple):
    """The bids after the declaration; of the others only how many sheets are in.

    Once all are in and lie too far apart, the marks in question are shown without names.
    """

    member: PanelMember
    panel: Panel
    chair: bool
    sheet: Questionnaire
    bidders: list[tuple[MemberLine, ...]]
    bids: list[BidSheet]
    blind: bool
    rereads: bool
    apart: tuple[MarksApart, ...]
    sitting: Sequence[Person]


class Scoring(EventGate[Project]):
    """The panel's marks; a panel that recusals have broken sends the stage back."""

    rule = Rule(Text("评审组评分", "Panel scores"), due_days=10)
    duty = "score_bids"
    task = Text("评审评分", "Score the bids")
    template = "award/score_bids.html"
    excludes_interested = True

    def with_whom(self, session: Session, subject: Project, gate: Gate) -> tuple[Text, ...]:
        """Return the panel."""
        del session, subject, gate
        return (Text("评审组成员", "the panel's members"),)

    def excluded(self, session: Session, subject: Project) -> Mapping[UUID, str]:
        """Exclude recused members."""
        return _recused(session, subject)

    def progress(self, session: Session, subject: Project) -> Progress:
        """Count the readings, and the meeting where marks lie too far apart."""
        panel = session.get(Panel, (subject.id, subject.stage_round))
        met = panel is not None and panel.moderated_at is not None
        waits = panel is not None and panel.in_moderation
        return panel_readings(session, subject).plus(int(met), int(met or waits))

    def verdict(
        self, session: Session, subject: Project, gate: Gate, at: datetime
    ) -> Verdict | None:
        """Send the stage back where too few are left to judge."""
        if quorum_broken(session, subject):
            return Verdict(Outcome.RETURNED)
        return super().verdict(session, subject, gate, at)

    def awaited(self, session: Session, subject: Project) -> Sequence[Audience]:
        """Return the members who still owe their part."""
        return [audiences.person(person_id) for person_id in still_owing(session, subject)]

    def concerns(self, me: Reader) -> ColumnElement[bool]:
        """Tell whether somebody sits on the panel."""
        return exists().where(
            col(PanelMember.project_id) == col(Gate.process_id),
            col(PanelMember.round) == col(Gate.round),
            col(PanelMember.person_id) == me.id,
            col(PanelMember.seated_at).is_not(None),
        )

    def standings(
        self, session: Session, me: Reader, gates: Sequence[At[Project]]
    ) -> Sequence[TaskState | None]:
        """Let members score, read again and meet until nothing of theirs is owed."""
        here = [at.here for at in gates]
        members = self._members(session, me, here)
        chairs = self._in_moderation(session, here)
        blind, to_score = self._blind(session, here), self._to_score(session, here)
        scored = self._scored(session, me, here)

        def stand(at: At[Project]) -> TaskState | None:
            member = members.get(at.here)
            if member is None:
                return None
            if member.recused_at is not None:
                return TaskState(Standing.BARRED, Text("您已回避。", "You are recused."))
            if not scored.get(at.here, 0) >= to_score.get(at.subject.id, 0) > 0:
                return TaskState(Standing.OPEN)
            if chair := chairs.get(at.here):
                return TaskState(Standing.OPEN if chair == me.id else Standing.LATER, _APART)
            rereads = at.subject.id in blind and member.reread_at is None
            return TaskState(Standing.OPEN if rereads else Standing.DONE)

        return [stand(at) for at in gates]

    def _members(
        self, session: Session, me: Reader, here: Sequence[Here]
    ) -> dict[Here, PanelMember]:
        rows = session.exec(
            select(PanelMember).where(
                PanelMember.person_id == me.id,
                col(PanelMember.seated_at).is_not(None),
                tuple_(col(PanelMember.project_id), col(PanelMember.round)).in_(here),
            )
        )
        return {(row.project_id, row.round): row for row in rows}

    def _in_moderation(self, session: Session, here: Sequence[Here]) -> dict[Here, UUID]:
        """Return the panels whose marks lie too far apart, each with its chair."""
        rows = session.exec(
            select(Panel).where(tuple_(col(Panel.project_id), col(Panel.round)).in_(here))
        )
        return {(row.project_id, row.round): row.chair_id for row in rows if row.in_moderation}

    def _blind(self, session: Session, here: Sequence[Here]) -> frozenset[UUID]:
        """Return the projects whose bids are read blind at first."""
        rows = session.exec(
            select(Call.project_id).where(
                col(Call.project_id).in_({project_id for project_id, _ in here}),
                col(Call.superseded_at).is_(None),
                col(Call.blind),
            )
        )
        return frozenset(rows)

    def _scored(self, session: Session, me: Reader, here: Sequence[Here]) -> dict[Here, int]:
        rows = session.exec(
            select(PanelScore.project_id, PanelScore.round, func.count())
            .where(
                PanelScore.person_id == me.id,
                col(PanelScore.voided_at).is_(None),
                tuple_(col(PanelScore.project_id), col(PanelScore.round)).in_(here),
            )
            .group_by(col(PanelScore.project_id), col(PanelScore.round))
        )
        return {(project_id, round_): number for project_id, round_, number in rows}

    def _to_score(self, session: Session, here: Sequence[Here]) -> dict[UUID, int]:
        rows = session.exec(
            select(Bid.project_id, func.count())
            .where(
                Bid.status == BidStatus.OPENED,
                col(Bid.project_id).in_({project_id for project_id, _ in here}),
            )
            .group_by(col(Bid.project_id))
        )
        return {project_id: number for project_id, number in rows}

    def page(self, session: Session, me: Reader, at: At[Project], state: TaskState) -> ScoringPage:
        """Return what a member judges, as far as they have declared and marked."""
        del state
        project = at.subject
        member = session.get_one(PanelMember, (project.id, project.stage_round, me.id))
        call = current_call(session, project)
        assert call is not None
        panel = present_panel(session, project)
        cleared = member.declared_at is not None and member.recused_at is None
        blind = cleared and reads_blind(session, project, call, member)
        return ScoringPage(
            member,
            panel,
            panel.chair_id == me.id,
            panel_sheet(call),
            list(bidders(session, opened_bids(session, project)).values()),
            bid_sheets(session, project, me.id, blind=blind) if cleared else [],
            blind,
            cleared and call.blind and not blind and member.reread_at is None,
            marks_apart(session, project) if cleared and panel.in_moderation else (),
            people_sitting(session, project) if panel.in_moderation else (),
        )


class RankingPage(NamedTuple):
    """The ranking that is confirmed, and the bids it ranks."""

    award: Award | None
    bids: list[BidSheet]


CHAIR: Final = Text("评审组组长", "the panel's chair")


class RankingGate(Approval[Project]):
    """The chair confirms; above the setting's amount a district administrator does so, too."""

    rule = Rule(
        Text("组长确认排名", "The chair confirms the ranking"),
        verbs=(Verb.APPROVE, Verb.RETURN),
        due_days=5,
        proof=True,
    )
    judged = "award/ranking.html"
    excludes_interested = True

    def with_whom(self, session: Session, subject: Project, gate: Gate) -> tuple[Text, ...]:
        """Return the chair, who sits first, by the post, and others by their roles."""
        missing = super().with_whom(session, subject, gate)
        decided = {cast.seat for cast in decisions_cast(session, gate)}
        return missing if 0 in decided else (CHAIR, *missing[1:])

    def excluded(self, session: Session, subject: Project) -> Mapping[UUID, str]:
        """Exclude recused members."""
        return _recused(session, subject)

    def seats(self, session: Session, subject: Project, codes: Codes) -> tuple[Seat, ...]:
        """Seat the chair by name, under the role by which they sit on the panel."""
        del codes
        panel = session.get_one(Panel, (subject.id, subject.stage_round))
        chair = _chair_seat(session, panel)
        award = session.get(Award, (subject.id, subject.stage_round))
        limit = settings_of(session, subject).second_approval_above
        if award and award.price > limit:
            return chair, Seat(Role.DISTRICT_ADMINISTRATOR, Scope.DISTRICT, "*", 1)
        return (chair,)

    def concerns(self, me: Reader) -> ColumnElement[bool]:
        """Tell whether somebody chairs the panel, or may be its second approver."""
        chairs = exists().where(
            col(Panel.project_id) == col(Gate.process_id),
            col(Panel.round) == col(Gate.round),
            col(Panel.chair_id) == me.id,
        )
        second = any(grant.role is Role.DISTRICT_ADMINISTRATOR for grant in me.grants)
        return true() if second else chairs

    def page(self, session: Session, me: Reader, at: At[Project], state: TaskState) -> RankingPage:
        """Return the ranking and every bid."""
        del state
        project = at.subject
        award = session.get(Award, (project.id, project.stage_round))
        return RankingPage(award, bid_sheets(session, project, me.id))


def _chair_seat(session: Session, panel: Panel) -> Seat:
    """Return the chair's seat: of the roles they hold, the one of the party they sit for first."""
    member = session.get_one(PanelMember, (panel.project_id, panel.round, panel.chair_id))
    grants = session.exec(select(RoleGrant).where(RoleGrant.person_id == panel.chair_id)).all()
    own = PARTY_ROLES.get(member.party, frozenset())
    ordered = sorted(
        grants, key=lambda grant: (grant.role not in own, grant.role, grant.scope, grant.code)
    )
    if not ordered:
        return Seat(Role.EXPERT, Scope.DISTRICT, "*", 1, (panel.chair_id,))
    first = ordered[0]
    return Seat(first.role, first.scope, first.code, 1, (panel.chair_id,))


def facts(session: Session, project: Project) -> list[Fact]:
    """Return how many bids are judged, and what the ranking says once there is one."""
    award = session.get(Award, (project.id, project.stage_round))
    opened = session.exec(
        select(func.count())
        .select_from(Bid)
        .where(Bid.project_id == project.id, Bid.status == BidStatus.OPENED)
    ).one()
    lines = [fact("参评意向书", "Bids before the panel", opened)]
    if award:
        ranking = fact("排名", "Ranking", award.ranking, public=False, kind="ranking")
        price = fact("拟承榜金额（元）", "Price (yuan)", show(award.price), public=False)
        lines += [ranking, price]
        lines += [
            fact("风险提示", "Red flag", flag.text, public=False, kind="red_flag")
            for flag in red_flags(session, project, award)
        ]
    return lines


FORMING: Final = Forming()
SCORING: Final = Scoring()
RANKING: Final = RankingGate()


class _AwardMending(Mending):
    """Mending of the award, without its recused members."""

    def excluded(self, session: Session, subject: Project) -> Mapping[UUID, str]:
        """Exclude recused members."""
        return _recused(session, subject)


REPAIR: Final = _AwardMending(sent_back=True, excludes_interested=True)
AWARD: Final = StageKit(
    Stage.AWARD, STAGE_NAMES[Stage.AWARD], (FORMING, SCORING, REPAIR, RANKING), facts
)
