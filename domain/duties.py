"""What an open gate asks of people: a duty, and by which acts somebody has it.

Where no act is named, the gate's policy seats people, or a panel names them.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from domain.gates import GateKind
from domain.lifecycle import Stage
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
        for stage in (Stage.EVALUATE, Stage.PUBLISH, Stage.BID, Stage.AWARD, Stage.ASSESS)
    },
    **{(stage, GateKind.REPAIR): Duty.MEND for stage in Stage},
}

ACTS_FOR: Final[Mapping[Duty, tuple[Act, ...]]] = {
    Duty.APPRAISE: (Act.APPRAISE,),
    Duty.BID: (Act.BID,),
    Duty.OPEN_BIDS: (Act.OPEN_BIDS,),
    Duty.ANSWER_OBJECTIONS: (Act.ANSWER_OBJECTION,),
    Duty.CONFIRM_AGREEMENT: (Act.CONFIRM_AS_BUYER, Act.CONFIRM_AS_SUPPLIER),
    Duty.DELIVER: (Act.ACCEPT_DELIVERY, Act.REPORT_DELIVERY),
    Duty.ASSESS: (
        Act.ASSESS_AS_PARTY_ORGANISATION,
        Act.ENTER_PAPER_ANSWERS,
        Act.ASSESS_AS_DEPARTMENT,
        Act.ASSESS_AS_EXPERT,
    ),
}


class Standing(StrEnum):
    """How somebody stands to a duty: open, nothing to do yet, done, or barred with a reason."""

    OPEN = "open"
    LATER = "later"
    DONE = "done"
    BARRED = "barred"
