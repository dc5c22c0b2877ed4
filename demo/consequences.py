"""What the demo's people do when something goes wrong, and when the month's list is decided."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from sqlmodel import Session, col, select

from demo.story import Story, actor_of, project_in, somebody
from domain.calendar import BEIJING
from domain.conduct.conduct_list import Colour
from domain.deliver.delivery import StatusColour
from domain.gates import GateKind, Verb
from domain.lifecycle import Stage
from models import (
    BidMember,
    ConductEntry,
    ConductList,
    CorrectiveAction,
    Gate,
    Objection,
    Organisation,
    Project,
)
from models.session import unit_of_work
from services.award import awards, objections
from services.award.objections import ObjectionCreate, ObjectionUpdate
from services.clock import now
from services.conduct import complaints, conduct_list, corrective
from services.conduct.complaints import ComplaintAnswer, ComplaintCreate
from services.conduct.conduct_list import EntryVerdict, ReplyCreate
from services.conduct.findings import VisitCreate, record_visit
from services.gates.decide_gate import decide_gate
from services.identity.actors import Actor

_RECOVER_DAYS = 20


def object_to(_gate: Gate, story: Story) -> bool:
    """Object to an award and answer it, where the story has it so."""
    if story.objection is None:
        return False
    upheld, story.objection = story.objection == "upheld", None
    with unit_of_work() as session:
        project = project_in(session, story)
        objection = objections.file_objection(
            session,
            project_id=project.id,
            actor=_objector(session, project),
            objection=ObjectionCreate(grounds="公示的团队人数与意向书不符，请核实。"),
        )
        objection_id = objection.id
    with unit_of_work() as session:
        objections.answer_objection(
            session,
            objection_id=session.get_one(Objection, objection_id).id,
            actor=somebody(session, "administrator-2"),
            answer=ObjectionUpdate(
                upheld=upheld,
                answer="经核对，一位评审成员漏看附表，评分依据不足，退回评审。"
                if upheld
                else "经核对，意向书所列团队人数与公示一致，异议不成立。",
            ),
        )
    return True


def _objector(session: Session, project: Project) -> Actor:
    """Return somebody of an organisation that is not to be awarded."""
    award = awards.latest_award(session, project)
    winners = select(BidMember.organisation_id).where(BidMember.bid_id == award.bid_id)
    other = session.exec(
        select(Organisation)
        .where(col(Organisation.id).not_in(winners))
        .order_by(col(Organisation.uscc))
    ).first()
    assert other is not None
    return actor_of(session, other)


def street_of(project: Project, number: int = 1) -> str:
    """Return the login of one of the officers of a project's street."""
    return f"street-{project.street_code}-{number}"


def go_wrong(session: Session, story: Story, project: Project) -> bool:
    """Let what goes wrong in this story be found, once; tell whether it was just now."""
    trouble, story.trouble = story.trouble, None
    street = somebody(session, street_of(project))
    if trouble == "heals":
        filed = complaints.file_complaint(
            session,
            code=project.code,
            complaint=ComplaintCreate(text="连续两周没有按公示的时间开展活动，打电话也没有人接。"),
        )
        complaints.answer_complaint(
            session,
            complaint_id=filed.id,
            actor=street,
            answer=ComplaintAnswer(
                upheld=True, answer="经核实，两次活动确未按时开展，已要求整改。"
            ),
        )
    elif trouble == "exit":
        record_visit(
            session,
            project_id=project.id,
            actor=street,
            visit=VisitCreate(
                visited_on=now(session).astimezone(BEIJING).date(),
                colour=StatusColour.RED,
                note="走访时服务点连续关闭，负责人离职，服务已停摆。",
            ),
        )
        story.abandoned = True
    return trouble is not None


def _action(session: Session, gate: Gate) -> tuple[CorrectiveAction, Project, Organisation]:
    action = session.get_one(CorrectiveAction, gate.process_id)
    project = session.get_one(Project, action.project_id)
    return action, project, session.get_one(Organisation, action.organisation_id)


def _decide(session: Session, gate: Gate, login: str, verb: Verb, comment: str) -> None:
    decide_gate(
        session,
        gate_id=gate.id,
        actor=somebody(session, login),
        verb=verb,
        comment=comment,
        dossier_version=gate.dossier_version,
        at=now(session),
    )


def plan(gate: Gate, story: Story) -> bool:
    """Plan the correction; an organisation that has given up lets the date pass."""
    if story.abandoned:
        return False
    with unit_of_work() as session:
        action, _, own = _action(session, gate)
        corrective.write_step(
            session,
            action_id=action.id,
            actor=actor_of(session, own),
            step=corrective.StepCreate(
                text="增加一名专职人员值守，活动前一天电话通知，每周向社区报送签到表。",
                due_on=now(session).astimezone(BEIJING).date() + timedelta(days=14),
            ),
        )
    return True


def approve(gate: Gate, story: Story) -> bool:
    """Decide for the street: a mended fault heals, an abandoned one is escalated."""
    with unit_of_work() as session:
        _, project, _ = _action(session, gate)
        good = not story.abandoned
        _decide(
            session,
            gate,
            street_of(project),
            Verb.APPROVE if good else Verb.REJECT,
            "措施可行，已现场核实。" if good else "限期内未恢复服务。",
        )
    return True


def report(gate: Gate, story: Story) -> bool:
    """Report the correction; an organisation that has given up reports nothing."""
    if story.abandoned:
        return False
    with unit_of_work() as session:
        action, _, own = _action(session, gate)
        corrective.write_step(
            session,
            action_id=action.id,
            actor=actor_of(session, own),
            step=corrective.StepCreate(
                text="已按方案整改，近两周四次活动全部按时开展，签到表附后。"
            ),
        )
    return True


def guide(gate: Gate, _story: Story) -> bool:
    """Guide for the district."""
    with unit_of_work() as session:
        action, _, _ = _action(session, gate)
        corrective.write_guidance(
            session,
            action_id=action.id,
            actor=somebody(session, "administrator-1"),
            step=corrective.StepCreate(
                text="请同类组织结对帮扶，两周内落实新的负责人并恢复每周两次服务。",
                due_on=now(session).astimezone(BEIJING).date() + timedelta(days=_RECOVER_DAYS),
            ),
        )
    return True


def reply(gate: Gate, _story: Story) -> bool:
    """Reply for the organisation before its project is terminated."""
    with unit_of_work() as session:
        action, _, own = _action(session, gate)
        corrective.write_step(
            session,
            action_id=action.id,
            actor=actor_of(session, own),
            step=corrective.StepCreate(text="负责人突然离职，短期内确实无法恢复，愿意配合交接。"),
        )
    return True


def terminate(gate: Gate, _story: Story) -> bool:
    """Decide the termination for street and district."""
    with unit_of_work() as session:
        _, project, _ = _action(session, gate)
    for login in (street_of(project), "administrator-2"):
        with unit_of_work() as session:
            fresh_gate = session.get_one(Gate, gate.id)
            _decide(
                session, fresh_gate, login, Verb.APPROVE, "承接组织无力继续服务，干预后仍未恢复。"
            )
    return True


def hand_over(gate: Gate, _story: Story) -> bool:
    """Hand the beneficiaries over, street and organisation together."""
    with unit_of_work() as session:
        action, project, own = _action(session, gate)
        corrective.record_hand_over(
            session,
            action_id=action.id,
            actor=somebody(session, street_of(project)),
            sent=corrective.HandOverCreate(
                receiver="社区党群服务中心",
                people=max(1, (project.beneficiaries or 40) // 4),
                text="名册和活动安排已移交，由社区党群服务中心接续服务。",
            ),
        )
        corrective.confirm_hand_over(session, action_id=action.id, actor=actor_of(session, own))
    return True


def reply_to_listing(gate: Gate, _story: Story | None) -> bool:
    """Reply for organisations that are to be listed black; once each."""
    replied = False
    with unit_of_work() as session:
        waiting = session.exec(
            select(ConductEntry).where(
                ConductEntry.list_id == gate.process_id,
                ConductEntry.colour == Colour.BLACK,
                col(ConductEntry.reply).is_(None),
            )
        ).all()
        for entry in waiting:
            own = session.get_one(Organisation, entry.organisation_id)
            conduct_list.reply_to_entry(
                session,
                entry_id=entry.id,
                actor=actor_of(session, own),
                reply=ReplyCreate(reply="我们已配合完成交接，受益人没有中断服务，恳请从轻处理。"),
            )
            replied = True
    return replied


def review(gate: Gate, _story: Story | None) -> bool:
    """Decide every entry for the district."""
    with unit_of_work() as session:
        listing = session.get_one(ConductList, gate.process_id)
        verdicts = {
            entry.id: EntryVerdict(
                confirmed=True,
                reason="项目被终止，依规列入；交接配合的情况一并公开。"
                if entry.colour is Colour.BLACK
                else "考榜优秀，指标完成。",
            )
            for entry, _ in conduct_list.entries_of(session, listing)
        }
        conduct_list.review_list(
            session,
            list_id=listing.id,
            actor=somebody(session, "administrator-1"),
            verdicts=verdicts,
        )
    return True


def publish(gate: Gate, _story: Story | None) -> bool:
    """Publish the list for the department."""
    with unit_of_work() as session:
        fresh_gate = session.get_one(Gate, gate.id)
        _decide(session, fresh_gate, "department-1", Verb.APPROVE, "")
    return True


def begin_lists(session: Session) -> bool:
    """Begin the list that is due, as housekeeping would."""
    return conduct_list.begin_due_list(session) is not None


ACTIONS: Final[dict[tuple[str, GateKind], Callable[[Gate, Story], bool]]] = {
    (Stage.NOTICE, GateKind.TIMER): object_to,
    (Stage.CORRECT, GateKind.EVENT): plan,
    (Stage.CORRECT, GateKind.APPROVAL): approve,
    (Stage.RECHECK, GateKind.EVENT): report,
    (Stage.RECHECK, GateKind.APPROVAL): approve,
    (Stage.INTERVENE, GateKind.PREPARATION): guide,
    (Stage.INTERVENE, GateKind.EVENT): report,
    (Stage.INTERVENE, GateKind.APPROVAL): approve,
    (Stage.TERMINATE, GateKind.EVENT): reply,
    (Stage.TERMINATE, GateKind.APPROVAL): terminate,
    (Stage.EXIT, GateKind.EVENT): hand_over,
    (Stage.LIST, GateKind.TIMER): reply_to_listing,
    (Stage.LIST, GateKind.PREPARATION): review,
    (Stage.LIST, GateKind.APPROVAL): publish,
}
