"""The lifecycle of a project: one table, and every other move is an error that says what is allowed.

Source: the district's rules, "The lifecycle of a project".
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from domain import states
from domain.text import Text


class Status(StrEnum):
    """Where a project stands."""

    DRAFT = "draft"
    EVALUATING = "evaluating"
    PUBLISHING = "publishing"
    BIDDING = "bidding"
    AWARDING = "awarding"
    IN_PUBLIC_NOTICE = "in_public_notice"
    DELIVERING = "delivering"
    ASSESSING = "assessing"
    CLOSED = "closed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    NO_AWARD = "no_award"
    TERMINATED = "terminated"


class Stage(StrEnum):
    """A stretch of a process with gates of its own: of a lifecycle, a corrective action, a list."""

    EVALUATE = "evaluate"
    PUBLISH = "publish"
    BID = "bid"
    AWARD = "award"
    NOTICE = "notice"
    DELIVER = "deliver"
    ASSESS = "assess"
    CORRECT = "correct"
    RECHECK = "recheck"
    INTERVENE = "intervene"
    TERMINATE = "terminate"
    EXIT = "exit"
    LIST = "list"


class Action(StrEnum):
    """What moves a project."""

    BEGIN_EVALUATION = "begin_evaluation"
    APPROVE_EVALUATION = "approve_evaluation"
    REJECT = "reject"
    PUBLISH_CALL = "publish_call"
    CLOSE_BIDS = "close_bids"
    REPUBLISH = "republish"
    CLOSE_WITHOUT_AWARD = "close_without_award"
    CONFIRM_RANKING = "confirm_ranking"
    REOPEN_AWARD = "reopen_award"
    SIGN_AGREEMENT = "sign_agreement"
    ACCEPT_DELIVERY = "accept_delivery"
    CLOSE = "close"
    CANCEL = "cancel"
    TERMINATE = "terminate"


TERMINAL: Final = frozenset(
    {Status.CLOSED, Status.REJECTED, Status.CANCELLED, Status.NO_AWARD, Status.TERMINATED}
)

# Ended from outside while the run may be anywhere.
STOPPED: Final = frozenset({Status.CANCELLED, Status.TERMINATED})

# Until bids are opened, only people with a part in a dossier read it; auditors do not.
UNOPENED: Final = frozenset({Status.DRAFT, Status.EVALUATING, Status.PUBLISHING, Status.BIDDING})

STAGE_OF: Final[Mapping[Status, Stage]] = {
    Status.EVALUATING: Stage.EVALUATE,
    Status.PUBLISHING: Stage.PUBLISH,
    Status.BIDDING: Stage.BID,
    Status.AWARDING: Stage.AWARD,
    Status.IN_PUBLIC_NOTICE: Stage.NOTICE,
    Status.DELIVERING: Stage.DELIVER,
    Status.ASSESSING: Stage.ASSESS,
}

# A project's own stages, in order.
LIFECYCLE_STAGES: Final = tuple(STAGE_OF.values())

_BEFORE_AWARD: Final = (
    Status.DRAFT,
    Status.EVALUATING,
    Status.PUBLISHING,
    Status.BIDDING,
    Status.AWARDING,
    Status.IN_PUBLIC_NOTICE,
)

TRANSITIONS: Final[Mapping[tuple[Status, Action], Status]] = {
    (Status.DRAFT, Action.BEGIN_EVALUATION): Status.EVALUATING,
    (Status.EVALUATING, Action.APPROVE_EVALUATION): Status.PUBLISHING,
    (Status.EVALUATING, Action.REJECT): Status.REJECTED,
    (Status.PUBLISHING, Action.PUBLISH_CALL): Status.BIDDING,
    (Status.PUBLISHING, Action.REJECT): Status.REJECTED,
    (Status.BIDDING, Action.CLOSE_BIDS): Status.AWARDING,
    (Status.BIDDING, Action.REPUBLISH): Status.PUBLISHING,
    (Status.BIDDING, Action.CLOSE_WITHOUT_AWARD): Status.NO_AWARD,
    (Status.AWARDING, Action.CONFIRM_RANKING): Status.IN_PUBLIC_NOTICE,
    (Status.AWARDING, Action.CLOSE_WITHOUT_AWARD): Status.NO_AWARD,
    (Status.IN_PUBLIC_NOTICE, Action.REOPEN_AWARD): Status.AWARDING,
    (Status.IN_PUBLIC_NOTICE, Action.SIGN_AGREEMENT): Status.DELIVERING,
    (Status.DELIVERING, Action.ACCEPT_DELIVERY): Status.ASSESSING,
    (Status.DELIVERING, Action.TERMINATE): Status.TERMINATED,
    (Status.ASSESSING, Action.CLOSE): Status.CLOSED,
    (Status.ASSESSING, Action.TERMINATE): Status.TERMINATED,
    **{(status, Action.CANCEL): Status.CANCELLED for status in _BEFORE_AWARD},
}

STATUS_NAMES: Final[Mapping[Status, Text]] = {
    Status.DRAFT: Text("草稿", "draft"),
    Status.EVALUATING: Text("评榜", "evaluating"),
    Status.PUBLISHING: Text("发榜", "publishing"),
    Status.BIDDING: Text("揭榜", "bidding"),
    Status.AWARDING: Text("承榜", "awarding"),
    Status.IN_PUBLIC_NOTICE: Text("公示", "in public notice"),
    Status.DELIVERING: Text("实施", "delivering"),
    Status.ASSESSING: Text("考榜", "assessing"),
    Status.CLOSED: Text("结项", "closed"),
    Status.REJECTED: Text("未立项", "rejected"),
    Status.CANCELLED: Text("已取消", "cancelled"),
    Status.NO_AWARD: Text("流标", "no award"),
    Status.TERMINATED: Text("已终止", "terminated"),
}

STAGE_NAMES: Final[Mapping[Stage, Text]] = {
    Stage.EVALUATE: Text("评榜", "evaluate"),
    Stage.PUBLISH: Text("发榜", "publish"),
    Stage.BID: Text("揭榜", "bid"),
    Stage.AWARD: Text("承榜", "award"),
    Stage.NOTICE: Text("公示", "public notice"),
    Stage.DELIVER: Text("实施", "deliver"),
    Stage.ASSESS: Text("考榜", "assess"),
    Stage.CORRECT: Text("整改", "correct"),
    Stage.RECHECK: Text("复查", "recheck"),
    Stage.INTERVENE: Text("干预", "intervene"),
    Stage.TERMINATE: Text("终止", "terminate"),
    Stage.EXIT: Text("退出", "exit"),
    Stage.LIST: Text("红黑榜", "conduct list"),
}


def allowed(status: Status) -> tuple[Action, ...]:
    """Return the actions that the table holds for ``status``, in the table's order."""
    return states.allowed(TRANSITIONS, status)


def advance(status: Status, action: Action) -> Status:
    """Return the next status; raise TransitionNotAllowed where there is none."""
    return states.advance(TRANSITIONS, status, action, STATUS_NAMES)
