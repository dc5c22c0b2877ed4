"""What goes wrong in the district of the page tests: a corrective action at every step, and lists.

The rows are put where a page needs them; how things get there is tested in the database tests.
"""

import random
from datetime import date, timedelta
from uuid import UUID, uuid4

from demo.story import Story
from domain.conduct.conduct_list import Colour, Ground, ListStatus
from domain.conduct.corrective import Cause, CorrectiveStatus, NoteKind
from domain.gates import GateKind
from domain.lifecycle import Stage
from models import (
    ConductEntry,
    ConductList,
    CorrectiveAction,
    CorrectiveNote,
    Finding,
    Project,
)
from models.session import unit_of_work
from services.clock import now
from services.conduct.complaints import (
    ComplaintAnswer,
    ComplaintCreate,
    answer_complaint,
    file_complaint,
)
from services.conduct.conduct_list import DEFINITION as LIST
from services.conduct.findings import DEFINITION as ACTION
from services.execution.runs import begin_process
from tests.builders import ProcessWalk, actor
from tests.web.world import Trouble

STEPS = {
    "correct": (CorrectiveStatus.CORRECTING, Stage.CORRECT, GateKind.EVENT),
    "recheck": (CorrectiveStatus.RECHECKING, Stage.RECHECK, GateKind.EVENT),
    "intervene": (CorrectiveStatus.INTERVENING, Stage.INTERVENE, GateKind.PREPARATION),
    "terminate": (CorrectiveStatus.TERMINATING, Stage.TERMINATE, GateKind.EVENT),
    "exit": (CorrectiveStatus.EXITING, Stage.EXIT, GateKind.EVENT),
}


def bring(delivering: Project, others: list[Project], own: UUID, judged: UUID) -> Trouble:
    """Let things go wrong for ``own``; of ``judged`` a list is to be decided, and one is out."""
    with unit_of_work() as session:
        trouble = Trouble(soon=str(now(session).date() + timedelta(days=60)))
    _complain(trouble, delivering)
    for (step, at), project in zip(STEPS.items(), [delivering, *others], strict=False):
        _correct(trouble, step, *at, project=project, own=own)
    trouble.proposed = _list(trouble, "HB-2025-01", own, Stage.LIST, GateKind.TIMER)
    trouble.to_decide = _list(trouble, "HB-2025-02", judged, Stage.LIST, GateKind.PREPARATION)
    trouble.listed = _list(trouble, "HB-2024-12", judged, None, None)
    return trouble


def _complain(trouble: Trouble, project: Project) -> None:
    with unit_of_work() as session:
        first = file_complaint(
            session, code=project.code, complaint=ComplaintCreate(text="上门时间总是改。")
        )
        answer_complaint(
            session,
            complaint_id=first.id,
            actor=actor(f"street-{project.street_code}-1"),
            answer=ComplaintAnswer(upheld=False, answer="两次改期均已提前一天通知，不属实。"),
        )
        second = file_complaint(
            session, code=project.code, complaint=ComplaintCreate(text="餐食送到已经凉了。")
        )
        trouble.complaint = second.code


def _correct(
    trouble: Trouble,
    step: str,
    status: CorrectiveStatus,
    stage: Stage,
    kind: GateKind,
    *,
    project: Project,
    own: UUID,
) -> None:
    process_id = uuid4()
    with unit_of_work() as session:
        at = now(session)
        who = actor(f"street-{project.street_code}-1").person_id
        code = f"{project.code}-Z1"
        begin_process(
            session,
            ACTION,
            process_id=process_id,
            code=code,
            place=project,
            project_id=project.id,
            at=at,
        )
        action = CorrectiveAction(
            id=process_id,
            code=code,
            title=project.title,
            project_id=project.id,
            organisation_id=own,
            status=status,
            opened_at=at,
        )
        session.add(action)
        session.flush()
        session.add(
            Finding(action_id=process_id, cause=Cause.VISIT, text="服务点没有开门。", found_at=at)
        )
        for note in (NoteKind.PLAN, NoteKind.GUIDANCE)[: list(STEPS).index(step)]:
            session.add(
                CorrectiveNote(
                    action_id=process_id,
                    kind=note,
                    round=1,
                    text="增加值守人员，每周报送签到表。",
                    due_on=(at + timedelta(days=9)).date(),
                    written_by=who,
                    written_at=at,
                )
            )
        trouble.actions[step] = action.code
    ProcessWalk(process_id, Story(project.id, random.Random(1))).open(stage, kind)
    trouble.gates[step] = f"/desk/{trouble.actions[step]}/{stage}-{kind}-r1"


def _list(
    trouble: Trouble, code: str, own: UUID, stage: Stage | None, kind: GateKind | None
) -> str:
    process_id = uuid4()
    with unit_of_work() as session:
        at = now(session)
        begin_process(session, LIST, process_id=process_id, code=code, place=None, at=at)
        out = stage is None
        session.add(
            ConductList(
                id=process_id,
                code=code,
                title=f"{code} 红黑榜",
                period_from=date(2025, 1, 1),
                period_until=date(2025, 1, 31),
                status=ListStatus.PUBLISHED if out else ListStatus.LISTING,
                opened_at=at,
                reply_until=at + timedelta(days=5 if kind is GateKind.TIMER else -1),
                published_at=at if out else None,
            )
        )
        session.flush()
        entry = ConductEntry(
            list_id=process_id,
            organisation_id=own,
            colour=Colour.BLACK if not out else Colour.RED,
            ground=Ground.TERMINATED if not out else Ground.EXCELLENT,
            basis=["LC-2026-0001"],
            confirmed=True if out else None,
            reason="考榜优秀，指标完成。" if out else None,
            listed_on=at.date() if out else None,
            expires_on=(at + timedelta(days=360)).date() if out else None,
        )
        session.add(entry)
        session.flush()
        entry_id = str(entry.id)
    if stage and kind:
        way = ProcessWalk(process_id, Story(process_id, random.Random(1)))
        way.open(stage, kind)
        trouble.gates[code] = f"/desk/{code}/{stage}-{kind}-r1"
    return entry_id
