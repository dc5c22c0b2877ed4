"""People close to organisations and alliances: they judge no bid there."""

from collections.abc import Mapping
from typing import Final

from sqlmodel import Session, col

from domain.bid.eligibility import ALLIANCE_NAMES
from domain.district.ties import TIE_NAMES, TieKind
from domain.text import Text
from models import Tie
from services.district.sources import ORGANISATIONS, PEOPLE
from services.register.columns import Choice, Reference
from services.register.declaration import ADMINISTRATORS, Register

_MISSING: Final[Mapping[str, Text]] = {
    "alliance": Text("请选择联盟。", "Choose the alliance."),
    "organisation": Text("请填写组织全称。", "Give the organisation's full name."),
}
_SPARE: Final = Text("这种身份不填这一项。", "This kind of tie leaves it empty.")


def _of_its_kind(session: Session, tie: Tie) -> Mapping[str, Text]:
    """Let an officer be tied to an alliance alone, everybody else to an organisation alone."""
    del session
    if tie.kind is TieKind.ALLIANCE_OFFICER:
        return _require_alone(tie, wanted="alliance", spare="organisation")
    return _require_alone(tie, wanted="organisation", spare="alliance")


def _require_alone(tie: Tie, *, wanted: str, spare: str) -> Mapping[str, Text]:
    given = {"alliance": bool(tie.alliance), "organisation": bool(tie.organisation_id)}
    wrong = {} if given[wanted] else {wanted: _MISSING[wanted]}
    return wrong | ({spare: _SPARE} if given[spare] else {})


TIES: Final = Register(
    code="ties",
    title=Text("关系登记", "Ties"),
    about=Text(
        "登记的人不能评审有关组织的意向书：党建指导员、孵化导师回避其指导的组织，联盟负责人回避本联盟的组织。",
        "A person recorded here judges no bid of the organisation: an instructor or mentor of the "
        "one they guide, an alliance officer of every one in the alliance.",
    ),
    table=Tie,
    columns=(
        Reference(
            of=col(Tie.person_id),
            wire="login",
            to=PEOPLE,
            label=Text("人员", "Person"),
            help=Text("填写登录名", "Their login"),
            personal=True,
            searched=True,
        ),
        Choice(of=col(Tie.kind), names=TIE_NAMES, label=Text("身份", "Is"), filters=True),
        Reference(
            of=col(Tie.organisation_id),
            wire="organisation",
            to=ORGANISATIONS,
            label=Text("组织", "Organisation"),
            help=Text("指导员和导师填写全称", "For an instructor or mentor: its full name"),
            searched=True,
        ),
        Choice(
            of=col(Tie.alliance),
            names=ALLIANCE_NAMES,
            label=Text("联盟", "Alliance"),
            help=Text("联盟负责人选择", "For an alliance officer"),
            filters=True,
        ),
    ),
    reads=ADMINISTRATORS,
    keeps=ADMINISTRATORS,
    proof=True,
    checks=(_of_its_kind,),
    taken={"tie_once": Text("已经登记过。", "This is recorded already.")},
)
