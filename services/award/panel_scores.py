"""Award 承榜: the marks of a panel's members, the second reading of a blind call, and the meeting.

Marks are a member's own until all are in. Where they then lie too far apart, the panel meets: marks
are shown without names, a member who changes theirs says why, and the chair records the meeting.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from sqlmodel import Field, Session, col, select

from domain.award.scoring import Marks, alarms
from domain.calendar import BEIJING
from domain.errors import BadInput, NotPermitted
from domain.gates import GateKind
from domain.questionnaires import Questionnaire
from domain.questions import Kept, WordsQuestion
from domain.text import Text
from models import Bid, Call, Panel, PanelChange, PanelMember, PanelScore, Project
from models.bid import BidStatus
from models.limits import LONGEST_TEXT
from models.shapes import Command
from services.award.events import (
    BidScored,
    MarkChanged,
    PanelAlarmed,
    PanelModerated,
    SecondReadingEnded,
)
from services.award.panel_readings import panel_readings
from services.award.panel_seats import require_cleared, seated_member, sitting
from services.bid.opened_bids import opened_bids
from services.clock import now
from services.district.rounds import settings_of
from services.events.record import record
from services.gates.settle_gate import require_facts_wanted, settle_current
from services.identity.actors import Actor
from services.projects.moves import lock_project
from services.publish.present_call import current_call
from services.rows import row_or_new
from services.rubrics import rubric_marks

REMARK: Final = WordsQuestion(
    code="remark",
    text=Text("评语", "A remark"),
    help=Text(
        "结果公示后告诉揭榜方，不显示您的姓名：好在哪里，还缺什么",
        "Told to the bidder once the award is in public notice, without your name: what is good, and "
        "what is missing",
    ),
    required=False,
    longest=1000,
    rows=2,
)
_LONGEST_REASON: Final = 1000


class ChangeCreate(Command):
    """Another mark for one criterion, and why."""

    mark: Decimal = Field(ge=0, le=100, decimal_places=2)
    reason: str = Field(min_length=5, max_length=_LONGEST_REASON)


class MeetingCreate(Command):
    """A moderation meeting: the day, who was there, and what was said of the marks."""

    held_on: date
    present: list[UUID] = Field(min_length=1, max_length=25)
    discussion: str = Field(min_length=10, max_length=LONGEST_TEXT)


def present_panel(session: Session, project: Project) -> Panel:
    """Return the panel of the project's present round."""
    return session.get_one(Panel, (project.id, project.stage_round))


def sheets_by_bid(session: Session, panel: Panel, bids: Iterable[Bid]) -> dict[UUID, list[Marks]]:
    """Return the marks of a panel that count, by bid, in the order they came in."""
    marks_by_bid: dict[UUID, list[Marks]] = {bid.id: [] for bid in bids}
    for sheet in _sheets(session, panel):
        if sheet.bid_id in marks_by_bid:
            marks_by_bid[sheet.bid_id].append({k: Decimal(v) for k, v in sheet.marks.items()})
    return marks_by_bid


def _sheets(session: Session, panel: Panel) -> Iterable[PanelScore]:
    return session.exec(
        select(PanelScore)
        .where(
            PanelScore.project_id == panel.project_id,
            PanelScore.round == panel.round,
            col(PanelScore.voided_at).is_(None),
        )
        .order_by(col(PanelScore.scored_at), col(PanelScore.person_id))
    ).all()


class MarksApart(NamedTuple):
    """A criterion whose marks lie too far apart: every mark that was given, without names."""

    bid: UUID
    receipt: str
    criterion: str
    marks: tuple[Decimal, ...]


def marks_apart(session: Session, project: Project) -> tuple[MarksApart, ...]:
    """Return what the meeting is about, the marks in ascending order."""
    panel, bids = present_panel(session, project), opened_bids(session, project)
    receipts = {bid.id: str(bid.receipt_no) for bid in bids}
    sheets = sheets_by_bid(session, panel, bids)
    return tuple(
        MarksApart(
            bid,
            receipts[bid],
            alarm["criterion"],
            tuple(sorted(sheet[alarm["criterion"]] for sheet in sheets[bid])),
        )
        for alarm in panel.alarms
        if (bid := UUID(alarm["bid"])) in receipts
    )


def reads_blind(session: Session, project: Project, call: Call, member: PanelMember) -> bool:
    """Tell whether a member has yet to mark a bid without knowing whose it is."""
    return call.blind and not _has_marked_all(session, project, member)


def still_owing(session: Session, project: Project) -> list[UUID]:
    """Return who still owes the panel something: marks, a second reading, or the meeting."""
    panel, call = present_panel(session, project), current_call(session, project)
    assert call is not None
    if panel.in_moderation:
        return [panel.chair_id]
    return [
        panel_member.person_id
        for panel_member in sitting(session, project)
        if not _has_marked_all(session, project, panel_member)
        or (call.blind and panel_member.reread_at is None)
    ]


def _has_marked_all(session: Session, project: Project, member: PanelMember) -> bool:
    before = {bid.id for bid in opened_bids(session, project)}
    panel = present_panel(session, project)
    marked = {
        sheet.bid_id for sheet in _sheets(session, panel) if sheet.person_id == member.person_id
    }
    return before <= marked


def may_change(
    panel: Panel, member: PanelMember, *, blind: bool, marked: bool
) -> set[tuple[UUID, str]] | None:
    """Return the lines of which a member may change a mark, None for all of them."""
    if panel.in_moderation:
        return {(UUID(alarm["bid"]), alarm["criterion"]) for alarm in panel.alarms}
    return None if blind and marked and member.reread_at is None else set()


def _marking(
    session: Session, bid_id: UUID, actor: Actor
) -> tuple[Bid, Project, Call, PanelMember]:
    """Return what a mark is about; the project is locked. Raises NotPermitted."""
    bid = session.get_one(Bid, bid_id)
    project = lock_project(session, bid.project_id)
    session.refresh(bid)
    seated_member(session, project, actor)
    if bid.status is not BidStatus.OPENED:
        raise NotPermitted(zh="这份意向书不在评审之列。", en="this bid is not before the panel.")
    member = require_cleared(session, project, actor)
    require_facts_wanted(session, project)
    call = current_call(session, project)
    assert call is not None
    return bid, project, call, member


def panel_sheet(call: Call) -> Questionnaire:
    """Return what a member of the panel is asked of a bid: the call's criteria, and a remark."""
    return Questionnaire("panel-marks", call.version, (*rubric_marks(call.rubric), REMARK))


def score_bid(
    session: Session, *, bid_id: UUID, actor: Actor, marks: Mapping[str, Kept], remark: str = ""
) -> None:
    """Record a panel member's marks of one bid by the call's rubric; again replaces theirs.

    ``remark`` is told to the bidder once the award is confirmed, without the member's name.
    Raises NotPermitted without a declaration, after a recusal, for an outsider, once the scoring
    is over, and where a mark changes only with a reason: after a blind reading, and in the meeting.
    """
    bid, project, call, member = _marking(session, bid_id, actor)
    if present_panel(session, project).in_moderation or (
        call.blind and _has_marked_all(session, project, member)
    ):
        raise NotPermitted(
            zh="评分已提交；现在逐项修改，并写明理由。",
            en="the marks are in; they are changed one by one now, each with a reason.",
        )
    answers = panel_sheet(call).read({**marks, REMARK.code: remark})
    at = now(session)
    sheet = row_or_new(
        session,
        PanelScore,
        project_id=project.id,
        round=project.stage_round,
        bid_id=bid.id,
        person_id=actor.person_id,
    )
    sheet.marks = {code: str(mark) for code, mark in answers.marks().items()}
    sheet.remark, sheet.scored_at = answers[REMARK] or "", at
    record(session, BidScored(), about=project.code, by=actor.login, at=at)
    settle_scoring(session, project, at)


def change_mark(
    session: Session, *, bid_id: UUID, actor: Actor, criterion: str, change: ChangeCreate
) -> None:
    """Change one of the actor's marks with a reason; what it was, and why it changed, is kept.

    Raises NotPermitted where marks do not change this way now, BadInput for another criterion.
    """
    bid, project, call, member = _marking(session, bid_id, actor)
    open_lines = may_change(
        present_panel(session, project),
        member,
        blind=call.blind,
        marked=_has_marked_all(session, project, member),
    )
    if open_lines is not None and (bid.id, criterion) not in open_lines:
        raise NotPermitted(
            zh="这一项现在不能修改：只有复议的项目，或盲评后的二次评阅可以。",
            en="this mark does not change now: those of the meeting do, or of a second reading.",
        )
    if criterion not in call.rubric:
        raise BadInput(zh="评分标准里没有这一项。", en="The rubric has no such criterion.")
    sheet = session.exec(
        select(PanelScore).where(
            PanelScore.bid_id == bid.id,
            PanelScore.round == project.stage_round,
            PanelScore.person_id == actor.person_id,
        )
    ).one()
    at, before = now(session), Decimal(sheet.marks[criterion])
    session.add(
        PanelChange(
            project_id=project.id,
            round=project.stage_round,
            bid_id=bid.id,
            person_id=actor.person_id,
            criterion=criterion,
            before=before,
            after=change.mark,
            reason=change.reason.strip(),
            changed_at=at,
        )
    )
    sheet.marks = sheet.marks | {criterion: str(change.mark)}
    session.flush()
    record(session, MarkChanged(), about=project.code, by=actor.login, at=at)


def end_reading(session: Session, *, project_id: UUID, actor: Actor) -> None:
    """End the actor's second reading of a blind call: the marks stand as they are.

    Raises NotPermitted before every bid is marked, and where the call is not read blind.
    """
    project = lock_project(session, project_id)
    member = require_cleared(session, project, actor)
    require_facts_wanted(session, project)
    call = current_call(session, project)
    if call is None or not call.blind or not _has_marked_all(session, project, member):
        raise NotPermitted(
            zh="请先为每份意向书评分；只有盲评的榜单有二次评阅。",
            en="mark every bid first; only blind calls have a second reading.",
        )
    at = now(session)
    member.reread_at = member.reread_at or at
    record(session, SecondReadingEnded(), about=project.code, by=actor.login, at=at)
    settle_scoring(session, project, at)


def record_meeting(
    session: Session, *, project_id: UUID, actor: Actor, meeting: MeetingCreate
) -> None:
    """Record the moderation meeting, which ends the scoring; the chair does so.

    Raises NotPermitted for others and where no marks lie apart, BadInput for a day that is not
    between the alarm and today, and unless most of the panel, the chair among them, was there.
    """
    project = lock_project(session, project_id)
    require_cleared(session, project, actor)
    panel = present_panel(session, project)
    if panel.chair_id != actor.person_id:
        raise NotPermitted(zh="由组长记录复议会议。", en="the chair records the meeting.")
    require_facts_wanted(session, project)
    if panel.alarmed_at is None:
        raise NotPermitted(zh="现在没有需要复议的评分。", en="no marks call for a meeting.")
    at = now(session)
    first, today = (moment.astimezone(BEIJING).date() for moment in (panel.alarmed_at, at))
    if not first <= meeting.held_on <= today:
        raise BadInput(
            zh=f"会议日期须在 {first} 与 {today} 之间。",
            en=f"The meeting was held between {first} and {today}.",
        )
    members = {panel_member.person_id for panel_member in sitting(session, project)}
    there = set(meeting.present)
    if not there <= members or actor.person_id not in there or 2 * len(there) <= len(members):
        raise BadInput(
            zh="到会者须是评审组成员，超过半数，且包括组长。",
            en="Those present sit on the panel: more than half of it, with the chair.",
        )
    panel.met_on, panel.discussion = meeting.held_on, meeting.discussion.strip()
    panel.present, panel.moderated_at = sorted(str(person_id) for person_id in there), at
    record(session, PanelModerated(), about=project.code, by=actor.login, at=at)
    settle_current(session, project, GateKind.EVENT, at)


def settle_scoring(session: Session, project: Project, at: datetime) -> None:
    """Look whether all marks are in and lie together, and settle the gate if they do."""
    session.flush()
    panel = present_panel(session, project)
    call = current_call(session, project)
    assert call is not None
    if panel.moderated_at is None:
        limit = settings_of(session, project).dispersion_limit
        complete = panel_readings(session, project).complete
        sheets = sheets_by_bid(session, panel, opened_bids(session, project)) if complete else {}
        raised = alarms(sheets, trim=panel.trim, limit=limit)
        panel.alarms = [
            {
                "bid": str(alarm.bid),
                "criterion": alarm.criterion,
                "lowest": str(alarm.lowest),
                "highest": str(alarm.highest),
            }
            for alarm in raised
        ]
        if raised and panel.alarmed_at is None:
            record(session, PanelAlarmed(), about=project.code, by="flow", at=at)
        panel.alarmed_at = (panel.alarmed_at or at) if raised else None
    settle_current(session, project, GateKind.EVENT, at)
