"""What an open gate asks of people: a duty, and by which acts somebody has it.

Where no act is named, the gate's policy seats people, or a panel names them.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from domain.gates import GateKind
from domain.lifecycle import LIFECYCLE_STAGES, Stage
from domain.permissions import Act
from domain.text import Text


class Duty(StrEnum):
    """What somebody is to do at a gate."""

    ANALYSE = "analyse"
    APPRAISE = "appraise"
    DRAFT_CALL = "draft_call"
    MEND = "mend"
    DECIDE = "decide"
    BID = "bid"
    OPEN_BIDS = "open_bids"
    FORM_PANEL = "form_panel"
    SCORE_BIDS = "score_bids"
    ANSWER_OBJECTIONS = "answer_objections"
    CONFIRM_AGREEMENT = "confirm_agreement"
    DELIVER = "deliver"
    ASSESS = "assess"
    PLAN_CORRECTION = "plan_correction"
    REPORT_CORRECTION = "report_correction"
    GUIDE = "guide"
    REPLY = "reply"
    HAND_OVER = "hand_over"
    REPLY_TO_LISTING = "reply_to_listing"
    REVIEW_LIST = "review_list"


DUTY_NAMES: Final[Mapping[Duty, Text]] = {
    Duty.ANALYSE: Text("编写需求分析", "Write the needs analysis"),
    Duty.APPRAISE: Text("评榜评分", "Appraise"),
    Duty.DRAFT_CALL: Text("拟定榜单", "Draft the call"),
    Duty.MEND: Text("修正数据", "Mend the data"),
    Duty.DECIDE: Text("审批", "Decide"),
    Duty.BID: Text("揭榜", "Bid"),
    Duty.OPEN_BIDS: Text("共同开标", "Open the bids together"),
    Duty.FORM_PANEL: Text("组建评审组", "Form the panel"),
    Duty.SCORE_BIDS: Text("评审评分", "Score the bids"),
    Duty.ANSWER_OBJECTIONS: Text("答复异议", "Answer objections"),
    Duty.CONFIRM_AGREEMENT: Text("确认协议", "Confirm the agreement"),
    Duty.DELIVER: Text("报告与验收", "Report and accept"),
    Duty.ASSESS: Text("考榜评价", "Assess"),
    Duty.PLAN_CORRECTION: Text("提交整改方案", "Submit a plan of correction"),
    Duty.REPORT_CORRECTION: Text("报告整改情况", "Report the correction"),
    Duty.GUIDE: Text("拟定干预指导", "Write the guidance"),
    Duty.REPLY: Text("陈述申辩", "Reply"),
    Duty.HAND_OVER: Text("交接受益人", "Hand the beneficiaries over"),
    Duty.REPLY_TO_LISTING: Text("对拟列入黑榜作出申辩", "Reply to a proposed black entry"),
    Duty.REVIEW_LIST: Text("审定红黑榜", "Decide the conduct list"),
}

DUTY_AT: Final[Mapping[tuple[Stage, GateKind], Duty]] = {
    (Stage.EVALUATE, GateKind.PREPARATION): Duty.ANALYSE,
    (Stage.EVALUATE, GateKind.EVENT): Duty.APPRAISE,
    (Stage.PUBLISH, GateKind.PREPARATION): Duty.DRAFT_CALL,
    (Stage.BID, GateKind.TIMER): Duty.BID,
    (Stage.BID, GateKind.EVENT): Duty.OPEN_BIDS,
    (Stage.AWARD, GateKind.PREPARATION): Duty.FORM_PANEL,
    (Stage.AWARD, GateKind.EVENT): Duty.SCORE_BIDS,
    (Stage.NOTICE, GateKind.TIMER): Duty.ANSWER_OBJECTIONS,
    (Stage.NOTICE, GateKind.EVENT): Duty.CONFIRM_AGREEMENT,
    (Stage.DELIVER, GateKind.EVENT): Duty.DELIVER,
    (Stage.ASSESS, GateKind.EVENT): Duty.ASSESS,
    **{
        (stage, GateKind.APPROVAL): Duty.DECIDE
        for stage in (
            *(Stage.EVALUATE, Stage.PUBLISH, Stage.BID, Stage.AWARD, Stage.ASSESS),
            *(Stage.CORRECT, Stage.RECHECK, Stage.INTERVENE, Stage.TERMINATE, Stage.LIST),
        )
    },
    (Stage.CORRECT, GateKind.EVENT): Duty.PLAN_CORRECTION,
    (Stage.RECHECK, GateKind.EVENT): Duty.REPORT_CORRECTION,
    (Stage.INTERVENE, GateKind.PREPARATION): Duty.GUIDE,
    (Stage.INTERVENE, GateKind.EVENT): Duty.REPORT_CORRECTION,
    (Stage.TERMINATE, GateKind.EVENT): Duty.REPLY,
    (Stage.EXIT, GateKind.EVENT): Duty.HAND_OVER,
    (Stage.LIST, GateKind.TIMER): Duty.REPLY_TO_LISTING,
    (Stage.LIST, GateKind.PREPARATION): Duty.REVIEW_LIST,
    **{(stage, GateKind.REPAIR): Duty.MEND for stage in LIFECYCLE_STAGES},
}

ACTS_FOR: Final[Mapping[Duty, tuple[Act, ...]]] = {
    Duty.APPRAISE: (Act.APPRAISE,),
    Duty.BID: (Act.BID,),
    Duty.OPEN_BIDS: (Act.OPEN_BIDS,),
    Duty.ANSWER_OBJECTIONS: (Act.ANSWER_OBJECTION, Act.DECIDE_APPEAL),
    Duty.CONFIRM_AGREEMENT: (Act.CONFIRM_AS_BUYER, Act.CONFIRM_AS_SUPPLIER),
    Duty.DELIVER: (Act.ACCEPT_DELIVERY, Act.REPORT_DELIVERY),
    Duty.ASSESS: (
        Act.ASSESS_AS_PARTY_ORGANISATION,
        Act.ENTER_PAPER_ANSWERS,
        Act.ASSESS_AS_DEPARTMENT,
        Act.ASSESS_AS_EXPERT,
        Act.DECIDE_SHORTFALL,
    ),
    Duty.PLAN_CORRECTION: (Act.REPORT_DELIVERY,),
    Duty.REPORT_CORRECTION: (Act.REPORT_DELIVERY,),
    Duty.REPLY: (Act.REPORT_DELIVERY,),
    Duty.HAND_OVER: (Act.HAND_OVER, Act.REPORT_DELIVERY),
    Duty.REPLY_TO_LISTING: (Act.REPLY_TO_LISTING,),
}


class Standing(StrEnum):
    """How somebody stands to a duty: open, nothing to do yet, done, or barred with a reason."""

    OPEN = "open"
    LATER = "later"
    DONE = "done"
    BARRED = "barred"
