"""The gates of a corrective action, from the plan to the hand-over."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, tuple_
from sqlmodel import Session, col, select

from domain.calendar import end_of_day
from domain.conduct.corrective import (
    CAUSE_NAMES,
    NOTE_NAMES,
    NoteKind,
)
from domain.gates import OnDeadline, Rule, Verb
from domain.identity.permissions import Act
from domain.standings import Standing
from domain.text import Text
from models import (
    CorrectiveAction,
    CorrectiveNote,
    Finding,
    Gate,
    Organisation,
    Project,
)
from services.conduct.corrective import read_action
from services.district.rounds import settings_of
from services.events import audiences
from services.events.audiences import Audience
from services.gates.kits import (
    INTERESTED,
    Approval,
    Due,
    EventGate,
    Fact,
    Preparation,
    Progress,
    fact,
    working_days,
)
from services.gates.readers import At, Reader, TaskState, done_or_open
from services.gates.seats import ADMINISTRATOR, DECIDE, PREPARE, STREET
from services.identity.actors import may, organisation, place_of


class CorrectivePage(NamedTuple):
    """The action with its findings and notes; ``means`` is the consequence of each decision."""

    action: CorrectiveAction
    findings: list[Finding]
    notes: list[CorrectiveNote]
    means: Mapping[Verb, Text]


def _page(session: Session, action: CorrectiveAction, means: Mapping[Verb, Text]) -> CorrectivePage:
    return CorrectivePage(action, *read_action(session, action), means)


def project_of(session: Session, action: CorrectiveAction) -> Project:
    """Return the project that is corrected."""
    return session.get_one(Project, action.project_id)


class _OfOrganisation(EventGate[CorrectiveAction]):
    """Facts that the organisation concerned owes, alone or with somebody else."""

    in_api = True

    def awaited(self, session: Session, subject: CorrectiveAction) -> Sequence[Audience]:
        """Return the organisation."""
        del session
        return [audiences.organisation(subject.organisation_id)]

    def concerns(self, me: Reader) -> ColumnElement[bool] | None:
        """Tell whether somebody acts for the organisation."""
        return _of(me.organisations) if me.organisations else None

    def page(
        self, session: Session, me: Reader, at: At[CorrectiveAction], state: TaskState
    ) -> CorrectivePage:
        """Return the action with its findings and notes."""
        del me, state
        return _page(session, at.subject, {})


class _Writing(_OfOrganisation):
    """The organisation that is to mend something writes; again replaces what it wrote."""

    note: ClassVar[NoteKind]
    acts = (Act.REPORT_DELIVERY,)

    def progress(self, session: Session, subject: CorrectiveAction) -> Progress:
        """Tell whether this round's note is written."""
        return Progress(_written(session, subject, self.note), 1)

    def standings(
        self, session: Session, me: Reader, gates: Sequence[At[CorrectiveAction]]
    ) -> Sequence[TaskState | None]:
        """Let the organisation write while the gate is open."""
        del session
        return [
            TaskState(Standing.OPEN)
            if may(me.grants, Act.REPORT_DELIVERY, organisation(at.subject.organisation_id))
            else None
            for at in gates
        ]


def _written(session: Session, action: CorrectiveAction, kind: NoteKind) -> int:
    return session.exec(
        select(func.count())
        .select_from(CorrectiveNote)
        .where(
            CorrectiveNote.action_id == action.id,
            CorrectiveNote.round == action.stage_round,
            CorrectiveNote.kind == kind,
        )
    ).one()


def _of(organisations: Collection[UUID]) -> ColumnElement[bool]:
    return exists().where(
        col(CorrectiveAction.id) == col(Gate.process_id),
        col(CorrectiveAction.organisation_id).in_(organisations),
    )


def _named_day(session: Session, action: CorrectiveAction) -> Due | None:
    """Return the end of the day that the last plan, or the last guidance, names."""
    note = session.exec(
        select(CorrectiveNote)
        .where(CorrectiveNote.action_id == action.id, col(CorrectiveNote.due_on).is_not(None))
        .order_by(col(CorrectiveNote.written_at).desc())
    ).first()
    return Due(end_of_day(note.due_on)) if note and note.due_on else None


class _Deciding(Approval[CorrectiveAction]):
    """The street decides how it goes on; ``means`` is what each decision comes to."""

    judged = "conduct/correction.html"
    excludes_interested = True
    means: ClassVar[Mapping[Verb, Text]]

    def page(
        self, session: Session, me: Reader, at: At[CorrectiveAction], state: TaskState
    ) -> CorrectivePage:
        """Return the action with its findings and notes, and the consequence of each decision."""
        del me, state
        return _page(session, at.subject, self.means)


class PlanGate(_Writing):
    """The organisation submits a plan."""

    rule = Rule(
        Text("提交整改方案", "Submit a plan of correction"),
        due_days=5,
        on_deadline=OnDeadline.LAPSE,
    )
    duty = "plan_correction"
    task = Text("提交整改方案", "Submit a plan of correction")
    template = "conduct/plan_correction.html"
    note = NoteKind.PLAN


class PlanDecision(_Deciding):
    """The street decides the plan."""

    rule = Rule(
        Text("审定整改方案", "Decide the plan of correction"), (STREET,), DECIDE, due_days=3
    )
    means: ClassVar[Mapping[Verb, Text]] = {
        Verb.APPROVE: Text("按方案整改", "it is corrected by this plan"),
        Verb.RETURN: Text("请重写方案", "another plan is wanted"),
        Verb.REJECT: Text("转入干预", "an intervention follows"),
    }


class Correction(_Writing):
    """The organisation reports the correction by the day that its plan names."""

    rule = Rule(Text("报告整改完成", "Report the correction"), on_deadline=OnDeadline.LAPSE)
    duty = "report_correction"
    task = Text("报告整改情况", "Report the correction")
    template = "conduct/report_correction.html"
    note = NoteKind.CORRECTION

    def due(self, session: Session, subject: CorrectiveAction, at: datetime) -> Due | None:
        """Return the end of the plan's day; sent back, there is more time as the settings have it."""
        named = _named_day(session, subject)
        if subject.stage_round == 1:
            return named
        days = settings_of(session, project_of(session, subject)).recheck_days
        more = working_days(session, at, days)
        return named if named and named.at > more.at else more


class Recheck(_Deciding):
    """The street looks again."""

    rule = Rule(Text("复查", "Recheck"), (STREET,), DECIDE, due_days=5)
    means: ClassVar[Mapping[Verb, Text]] = {
        Verb.APPROVE: Text("已整改，结束", "it is healed, and over"),
        Verb.RETURN: Text("继续整改后再复查", "more is done, then rechecked"),
        Verb.REJECT: Text("转入干预", "an intervention follows"),
    }


class Guidance(Preparation[CorrectiveAction]):
    """The district writes what the organisation is to do, and by when."""

    rule = Rule(Text("拟定干预指导", "Write the guidance"), (ADMINISTRATOR,), PREPARE, due_days=5)
    duty = "guide"
    task = Text("拟定干预指导", "Write the guidance")
    template = "conduct/guide.html"
    excludes_interested = True
    in_api = True

    def page(
        self, session: Session, me: Reader, at: At[CorrectiveAction], state: TaskState
    ) -> CorrectivePage:
        """Return the action with its findings and notes."""
        del me, state
        return _page(session, at.subject, {})


class Recovery(_Writing):
    """The organisation reports how it recovered by the day that the guidance names."""

    rule = Rule(Text("报告恢复情况", "Report the recovery"), on_deadline=OnDeadline.LAPSE)
    duty = "report_correction"
    task = Text("报告整改情况", "Report the correction")
    template = "conduct/report_correction.html"
    note = NoteKind.RECOVERY

    def due(self, session: Session, subject: CorrectiveAction, at: datetime) -> Due | None:
        """Return the end of the guidance's day."""
        del at
        return _named_day(session, subject)


class RecoveryDecision(_Deciding):
    """The street decides whether the organisation is able again."""

    rule = Rule(Text("干预复核", "Decide whether it is able again"), (STREET,), DECIDE, due_days=5)
    means: ClassVar[Mapping[Verb, Text]] = {
        Verb.APPROVE: Text("已恢复能力，结束", "it is able again, and over"),
        Verb.RETURN: Text("重新指导", "another guidance is given"),
        Verb.REJECT: Text("无法恢复，提请终止", "it is not able; termination is proposed"),
    }


class Reply(_Writing):
    """The organisation replies before the decision."""

    rule = Rule(
        Text("陈述申辩", "Reply before the decision"), due_days=5, on_deadline=OnDeadline.LAPSE
    )
    duty = "reply"
    task = Text("陈述申辩", "Reply")
    template = "conduct/reply.html"
    note = NoteKind.REPLY


class Termination(_Deciding):
    """Street and district decide, with reasons."""

    rule = Rule(
        Text("终止决定", "Decide the termination"),
        (STREET, ADMINISTRATOR),
        (Verb.APPROVE, Verb.REJECT),
        due_days=5,
        reasoned=True,
        proof=True,
    )
    means: ClassVar[Mapping[Verb, Text]] = {
        Verb.APPROVE: Text("终止项目", "the project is terminated"),
        Verb.REJECT: Text("不终止，继续干预", "it goes on under intervention"),
    }


class HandOver(_OfOrganisation):
    """The street records who takes the beneficiaries over; the organisation confirms."""

    rule = Rule(
        Text("交接受益人", "Hand the beneficiaries over"),
        due_days=10,
        on_deadline=OnDeadline.SETTLE,
    )
    duty = "hand_over"
    task = Text("交接受益人", "Hand the beneficiaries over")
    template = "conduct/hand_over.html"
    acts = (Act.HAND_OVER, Act.REPORT_DELIVERY)

    def progress(self, session: Session, subject: CorrectiveAction) -> Progress:
        """Count record and confirmation; late, the record alone will do."""
        recorded = _written(session, subject, NoteKind.HAND_OVER)
        confirmed = _written(session, subject, NoteKind.HAND_OVER_CONFIRMED)
        return Progress(recorded + confirmed, 2, settles=recorded > 0)

    def standings(
        self, session: Session, me: Reader, gates: Sequence[At[CorrectiveAction]]
    ) -> Sequence[TaskState | None]:
        """Let the street record first, and the organisation confirm."""
        written: dict[tuple[UUID, int], set[NoteKind]] = defaultdict(set)
        for note in session.exec(
            select(CorrectiveNote).where(
                tuple_(col(CorrectiveNote.action_id), col(CorrectiveNote.round)).in_(
                    [at.here for at in gates]
                )
            )
        ):
            written[note.action_id, note.round].add(note.kind)

        projects = {
            project.id: project
            for project in session.exec(
                select(Project).where(col(Project.id).in_({at.subject.project_id for at in gates}))
            )
        }

        def stand(at: At[CorrectiveAction]) -> TaskState | None:
            kinds = written[at.here]
            recorded = NoteKind.HAND_OVER in kinds
            if may(me.grants, Act.REPORT_DELIVERY, organisation(at.subject.organisation_id)):
                if not recorded:
                    return TaskState(Standing.LATER)
                return done_or_open(NoteKind.HAND_OVER_CONFIRMED in kinds)
            if may(me.grants, Act.HAND_OVER, place_of(projects[at.subject.project_id])):
                return INTERESTED if at.gate.id in me.interested else done_or_open(recorded)
            return None

        return [stand(at) for at in gates]


def facts(session: Session, action: CorrectiveAction) -> list[Fact]:
    """Return the organisation, the findings and the notes, in order."""
    findings, notes = read_action(session, action)
    company = session.get_one(Organisation, action.organisation_id)
    lines = [
        fact("承接组织", "Organisation", company.name),
        fact("问题数", "Findings", len(findings)),
    ]
    for finding in findings:
        cause = CAUSE_NAMES[finding.cause]
        lines.append(fact(cause.zh, cause.en, finding.text, public=False))
    for note in notes:
        name = NOTE_NAMES[note.kind]
        until = f"（{note.due_on}）" if note.due_on else ""
        lines.append(fact(name.zh, name.en, f"{note.text}{until}", public=False))
    return lines


PLAN: Final = PlanGate()
PLAN_DECISION: Final = PlanDecision()
CORRECTION: Final = Correction()
RECHECK_DECISION: Final = Recheck()
GUIDANCE: Final = Guidance()
RECOVERY: Final = Recovery()
RECOVERY_DECISION: Final = RecoveryDecision()
REPLY: Final = Reply()
TERMINATION: Final = Termination()
HAND_OVER: Final = HandOver()
