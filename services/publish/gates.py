"""The gates of 发榜: the call is drafted, and approved by four eyes."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from sqlmodel import Session

from domain.gates import Rule
from domain.lifecycle import STAGE_NAMES, Stage
from domain.money import show
from domain.text import Text
from models import Call, CallTemplate, Project
from services.district.rounds import settings_of
from services.gates.check_results import WantedCheck, wanted_at
from services.gates.kits import Approval, Fact, Preparation, StageKit, fact
from services.gates.readers import At, Reader, TaskState
from services.gates.seats import DECIDE, PREPARE, SECRETARY, STREET
from services.mending import Mending, MendingPage
from services.publish.call_templates import list_templates
from services.publish.present_call import current_call


class DraftPage(NamedTuple):
    """The call as it was drafted before, the award's rubric, the templates and the checks."""

    call: Call | None
    rubric: Mapping[str, Decimal]
    templates: Sequence[CallTemplate]
    wanted: list[WantedCheck]


class Drafting(Preparation[Project]):
    """The community drafts the call."""

    rule = Rule(Text("拟定榜单", "Draft the call"), (SECRETARY,), PREPARE, due_days=10)
    duty = "draft_call"
    task = Text("拟定榜单", "Draft the call")
    template = "publish/draft_call.html"

    def page(self, session: Session, me: Reader, at: At[Project], state: TaskState) -> DraftPage:
        """Return what the draft begins with."""
        del me, state
        project = at.subject
        return DraftPage(
            current_call(session, project),
            settings_of(session, project).award_rubric,
            list_templates(session, category=project.category),
            wanted_at(session, project, Stage.PUBLISH),
        )


class CallPage(NamedTuple):
    """The call that is decided on."""

    call: Call | None


class Publication(Approval[Project]):
    """Community and street approve the call."""

    in_bulk = True
    rule = Rule(Text("发榜审批", "Approve publication"), (SECRETARY, STREET), DECIDE, due_days=5)
    judged = "publish/call.html"

    def page(self, session: Session, me: Reader, at: At[Project], state: TaskState) -> CallPage:
        """Return the call."""
        del me, state
        return CallPage(current_call(session, at.subject))


class CallMending(Mending):
    """The call's data is mended: its ceiling may be missing."""

    def page(self, session: Session, me: Reader, at: At[Project], state: TaskState) -> MendingPage:
        """Return the call."""
        del me, state
        return MendingPage(current_call(session, at.subject))


def facts(session: Session, project: Project) -> list[Fact]:
    """Return what the call offers and asks."""
    call = current_call(session, project)
    if call is None:
        return []
    ceiling = "—" if call.ceiling is None else show(call.ceiling)
    return [
        fact("榜单版本", "Call version", call.version),
        fact("最高限价（元）", "Ceiling (yuan)", ceiling),
        fact("实施期", "Delivery", f"{call.delivery_from} – {call.delivery_until}"),
        fact("允许联合体", "Consortia", Text("是", "yes") if call.consortia else Text("否", "no")),
        fact("待解决问题", "Problem", call.problem, public=False),
    ]


DRAFTING: Final = Drafting()
REPAIR: Final = CallMending(sent_back=True)
PUBLICATION: Final = Publication()
PUBLISH: Final = StageKit(
    Stage.PUBLISH, STAGE_NAMES[Stage.PUBLISH], (DRAFTING, REPAIR, PUBLICATION), facts
)
