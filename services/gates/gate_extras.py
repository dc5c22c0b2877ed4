"""What a gate's page shows besides its dossier, by the duty that somebody has there."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, col, select

from domain.conduct import Colour
from domain.duties import Duty
from domain.gates import Verb
from domain.lifecycle import Stage
from domain.permissions import Act
from domain.privacy import mask
from domain.text import Text
from models import (
    AppraisalScore,
    AssessmentResponse,
    AssessmentResult,
    Award,
    Bid,
    ConductList,
    CorrectiveAction,
    Evidence,
    Need,
    OpeningPresence,
    PanelMember,
    Person,
    ProjectNeed,
)
from services.assess.assessments import residents_words
from services.assess.shortfalls import public_shortfalls, shortage_of
from services.award.awards import present_agreement
from services.award.objections import objections_of
from services.award.panel_scores import marks_apart, present_panel, reads_blind
from services.award.panel_seats import people_sitting
from services.award.panels import candidates_for
from services.bid.bid_sheets import bid_sheets, bidders
from services.bid.consortia import members_of
from services.bid.opened_bids import opened_bids
from services.clock import is_demo, now
from services.conduct.conduct_list import entries_of
from services.conduct.corrective import read_action
from services.deliver.amendments import amendments_of
from services.deliver.delivery import milestones_of
from services.gates.check_results import Wanted, wanted_at
from services.gates.desk import organisations_of
from services.gates.dossiers import current_call
from services.gates.duties import Task, parties_of
from services.gates.policies import assessment_rules, settings_of
from services.identity.actors import may, organisation, place_of
from services.publish.call_keys import holds_share
from services.publish.call_templates import list_templates
from services.seal.seal_keys import DEMO_PASSPHRASE

Extras = dict[str, Any]


def _needs(session: Session, task: Task) -> list[Need]:
    return list(
        session.exec(
            select(Need)
            .join(ProjectNeed, col(ProjectNeed.need_id) == Need.id)
            .where(ProjectNeed.project_id == task.project.id)
            .order_by(col(Need.supporters).desc())
        ).all()
    )


def _wanted(session: Session, task: Task) -> list[Wanted]:
    return wanted_at(session, task.project, task.gate.stage)


def _analyse(session: Session, task: Task, grants: Any, person: UUID) -> Extras:
    del grants, person
    needs = [(one.code, mask(one.title), one.supporters) for one in _needs(session, task)]
    return {"needs": needs, "wanted": _wanted(session, task)}


def _appraise(session: Session, task: Task, grants: Any, person: UUID) -> Extras:
    del grants
    held = session.exec(
        select(AppraisalScore).where(
            AppraisalScore.project_id == task.project.id,
            AppraisalScore.round == task.project.stage_round,
            AppraisalScore.person_id == person,
        )
    ).one_or_none()
    rubric = settings_of(session, task.project)["appraisal_rubric"]
    return {"rubric": rubric, "marks": held.marks if held else {}}


def _draft_call(session: Session, task: Task, grants: Any, person: UUID) -> Extras:
    del grants, person
    rubric = settings_of(session, task.project)["award_rubric"]
    call = current_call(session, task.project)
    templates = list_templates(session, category=task.project.category)
    return {
        "call": call,
        "rubric": rubric,
        "templates": templates,
        "wanted": _wanted(session, task),
    }


def _mend(session: Session, task: Task, grants: Any, person: UUID) -> Extras:
    del grants, person
    wants = task.gate.stage is Stage.PUBLISH
    return {"call": current_call(session, task.project) if wants else None}


def _decide(session: Session, task: Task, grants: Any, person: UUID) -> Extras:
    nothing: Extras = dict.fromkeys(("call", "award", "result"))
    if isinstance(task.subject, CorrectiveAction):
        return nothing | _corrective(session, task)
    if isinstance(task.subject, ConductList):
        return nothing | _list(session, task, grants, person)
    project, stage = task.project, task.gate.stage
    here = (project.id, project.stage_round)
    award = stage is Stage.AWARD
    return {
        "call": current_call(session, project) if stage in (Stage.PUBLISH, Stage.BID) else None,
        "award": session.get(Award, here) if award else None,
        "bids": bid_sheets(session, project, person) if award else [],
        "result": session.get(AssessmentResult, here) if stage is Stage.ASSESS else None,
        "words": residents_words(session, project) if stage is Stage.ASSESS else (),
        "shortfalls": public_shortfalls(session, project) if stage is Stage.ASSESS else (),
    }


# What the three verbs come to at the gates of a corrective action.
_MEANS: Final[Mapping[Stage, Mapping[Verb, Text]]] = {
    Stage.CORRECT: {
        Verb.APPROVE: Text("按方案整改", "it is corrected by this plan"),
        Verb.RETURN: Text("请重写方案", "another plan is wanted"),
        Verb.REJECT: Text("转入干预", "an intervention follows"),
    },
    Stage.RECHECK: {
        Verb.APPROVE: Text("已整改，结束", "it is healed, and over"),
        Verb.RETURN: Text("继续整改后再复查", "more is done, then rechecked"),
        Verb.REJECT: Text("转入干预", "an intervention follows"),
    },
    Stage.INTERVENE: {
        Verb.APPROVE: Text("已恢复能力，结束", "it is able again, and over"),
        Verb.RETURN: Text("重新指导", "another guidance is given"),
        Verb.REJECT: Text("无法恢复，提请终止", "it is not able; termination is proposed"),
    },
    Stage.TERMINATE: {
        Verb.APPROVE: Text("终止项目", "the project is terminated"),
        Verb.REJECT: Text("不终止，继续干预", "it goes on under intervention"),
    },
}


def _corrective(session: Session, task: Task, grants: Any = None, person: Any = None) -> Extras:
    del grants, person
    assert isinstance(task.subject, CorrectiveAction)
    findings, notes = read_action(session, task.subject)
    return {
        "corrective": {"action": task.subject, "findings": findings, "notes": notes},
        "means": _MEANS.get(task.gate.stage, {}),
    }


def _list(session: Session, task: Task, grants: Any, person: UUID) -> Extras:
    del grants, person
    assert isinstance(task.subject, ConductList)
    return {"entries": entries_of(session, task.subject)}


def _own_entries(session: Session, task: Task, grants: Any, person: UUID) -> Extras:
    """Of a list that is not public yet, one's own organisations' entries alone."""
    del person
    assert isinstance(task.subject, ConductList)
    own = organisations_of(grants)
    entries = [one for one, held in entries_of(session, task.subject) if held.id in own]
    return {"own": [one for one in entries if one.colour is Colour.BLACK]}


def _open(session: Session, task: Task, grants: Any, person: UUID) -> Extras:
    del grants
    project = task.project
    present = session.exec(
        select(Person.name, OpeningPresence.present_at)
        .join(OpeningPresence, col(OpeningPresence.person_id) == Person.id)
        .where(
            OpeningPresence.project_id == project.id,
            OpeningPresence.round == project.stage_round,
        )
        .order_by(col(OpeningPresence.present_at))
    ).all()
    call = current_call(session, project)
    return {
        "present": present,
        "wanted": settings_of(session, project)["openers"],
        "holds_share": call is not None and holds_share(session, call, person),
        "passphrase": DEMO_PASSPHRASE if is_demo(session) else "",
    }


def _form_panel(session: Session, task: Task, grants: Any, person: UUID) -> Extras:
    del grants
    project = task.project
    candidates = candidates_for(session, project, person)
    members = bidders(session, opened_bids(session, project))
    size = settings_of(session, project)["panel_size"]
    return {"candidates": candidates, "bidders": list(members.values()), "size": size}


def _score(session: Session, task: Task, grants: Any, person: UUID) -> Extras:
    """The bids only after the declaration; of the others only how many sheets are in.

    Once all are in and lie too far apart, the marks in question are shown without names.
    """
    del grants
    project = task.project
    member = session.get_one(PanelMember, (project.id, project.stage_round, person))
    call = current_call(session, project)
    assert call is not None
    panel = present_panel(session, project)
    cleared = member.declared_at is not None and member.recused_at is None
    blind = cleared and reads_blind(session, project, call, member)
    return {
        "member": member,
        "panel": panel,
        "chair": panel.chair_id == person,
        "rubric": call.rubric,
        "bidders": list(bidders(session, opened_bids(session, project)).values()),
        "bids": bid_sheets(session, project, person, blind=blind) if cleared else [],
        "blind": blind,
        "rereads": cleared and call.blind and not blind and member.reread_at is None,
        "apart": marks_apart(session, project) if cleared and panel.in_moderation else (),
        "sitting": people_sitting(session, project) if panel.in_moderation else (),
    }


def _objections(session: Session, task: Task, grants: Any, person: UUID) -> Extras:
    del person
    place = place_of(task.project)
    return {
        "objections": objections_of(session, task.project),
        "answers": may(grants, Act.ANSWER_OBJECTION, place),
        "appeals": may(grants, Act.DECIDE_APPEAL, place),
    }


def _agree(session: Session, task: Task, grants: Any, person: UUID) -> Extras:
    del grants, person
    agreement = present_agreement(session, task.project)
    return {"agreement": agreement, "milestones": milestones_of(session, task.project)}


def _deliver(session: Session, task: Task, grants: Any, person: UUID) -> Extras:
    del person
    milestones = milestones_of(session, task.project)
    evidence: dict[UUID, list[Evidence]] = {one.id: [] for one in milestones}
    for item in session.exec(
        select(Evidence)
        .where(col(Evidence.milestone_id).in_(evidence))
        .order_by(col(Evidence.filed_at))
    ):
        evidence[item.milestone_id].append(item)
    agreement = present_agreement(session, task.project)
    lead = session.get_one(Bid, agreement.bid_id).lead_id
    return {
        "agreement": agreement,
        "milestones": milestones,
        "evidence": evidence,
        "supplies": may(grants, Act.REPORT_DELIVERY, organisation(lead)) is not None,
        "amendments": amendments_of(session, task.project),
        "percent": settings_of(session, task.project)["amendment_percent"],
        "consortium": len(members_of(session, agreement.bid_id)) > 1,
    }


def _assess(session: Session, task: Task, grants: Any, person: UUID) -> Extras:
    project = task.project
    rules = assessment_rules(session, project)
    answers = session.exec(
        select(AssessmentResponse).where(
            AssessmentResponse.project_id == project.id,
            AssessmentResponse.round == project.stage_round,
        )
    ).all()
    own = {one.party: one.marks for one in answers if one.respondent == str(person)}
    paper = sorted(one.respondent.removeprefix("paper:") for one in answers if one.on_paper)
    decides = may(grants, Act.DECIDE_SHORTFALL, place_of(project)) is not None
    return {
        "parties": parties_of(grants, project),
        "rules": rules,
        "own": own,
        "paper": paper,
        "short": shortage_of(session, project, task.gate, now(session)) if decides else None,
        "shortfalls": public_shortfalls(session, project),
    }


_EXTRAS: Final[Mapping[Duty, Callable[[Session, Task, Any, UUID], Extras]]] = {
    Duty.ANALYSE: _analyse,
    Duty.APPRAISE: _appraise,
    Duty.DRAFT_CALL: _draft_call,
    Duty.MEND: _mend,
    Duty.DECIDE: _decide,
    Duty.OPEN_BIDS: _open,
    Duty.FORM_PANEL: _form_panel,
    Duty.SCORE_BIDS: _score,
    Duty.ANSWER_OBJECTIONS: _objections,
    Duty.CONFIRM_AGREEMENT: _agree,
    Duty.DELIVER: _deliver,
    Duty.ASSESS: _assess,
    Duty.PLAN_CORRECTION: _corrective,
    Duty.REPORT_CORRECTION: _corrective,
    Duty.GUIDE: _corrective,
    Duty.REPLY: _corrective,
    Duty.HAND_OVER: _corrective,
    Duty.REPLY_TO_LISTING: _own_entries,
    Duty.REVIEW_LIST: _list,
}


def gate_extras(session: Session, task: Task, grants: Any, person_id: UUID) -> Extras:
    """Return what the forms at a gate need."""
    return _EXTRAS[task.duty](session, task, grants, person_id)
