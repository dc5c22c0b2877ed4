"""Two registers that nobody needs: the clubs of a community, and a closed one."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import Index, Numeric
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, col

from domain.identity.roles import Role, Scope
from domain.text import Text
from models.columns import enum_type
from models.register import RegisterRow
from services.district.sources import COMMUNITIES, ORGANISATIONS
from services.register.columns import Choice, Column, Reference
from services.register.declaration import ADMINISTRATORS, Dates, Exposure, Register

SECRETARIES: Final = ((Role.COMMUNITY_SECRETARY, Scope.COMMUNITY),)


class Pastime(StrEnum):
    CHESS = "chess"
    OPERA = "opera"


class _Apart(RegisterRow, registry=registry()):
    """Tables of the toys are none of the platform's."""


class Club(_Apart, table=True):
    __tablename__ = "toy_club"
    __table_args__ = (Index("club_once", "name", unique=True), Index("club_order", "name", "id"))

    name: str = Field(min_length=2, max_length=40)
    pastime: Pastime = Field(sa_type=enum_type(Pastime))
    community_code: str
    organisation_id: UUID | None = None
    meets_on: date | None = None
    members: int = Field(ge=1, le=999)
    dues: Decimal | None = Field(default=None, ge=0, decimal_places=2, sa_type=Numeric(8, 2))
    is_open: bool = True
    leader: str = Field(default="", max_length=20)
    about: str = Field(default="", max_length=400)


def _chess_is_free(session: Session, club: Club) -> dict[str, Text]:
    del session
    text = Text("棋社不收会费。", "A chess club takes no dues.")
    return {"dues": text} if club.pastime is Pastime.CHESS and club.dues else {}


CLUBS: Final = Register(
    code="toy-clubs",
    title=Text("社团登记", "Clubs"),
    about=Text("社区里的社团，人人可查。", "The clubs of the communities, for everybody to see."),
    table=Club,
    columns=(
        Column(of=col(Club.name), label=Text("名称", "Name"), searched=True),
        Choice(of=col(Club.pastime), label=Text("爱好", "Pastime"), filters=True,
               names={Pastime.CHESS: Text("棋", "chess"), Pastime.OPERA: Text("戏曲", "opera")}),
        Reference(of=col(Club.community_code), wire="community", to=COMMUNITIES,
                  label=Text("社区", "Community"), searched=True),
        Reference(of=col(Club.organisation_id), wire="organisation", to=ORGANISATIONS,
                  label=Text("主办组织", "Run by")),
        Column(of=col(Club.meets_on), label=Text("下次活动", "Meets next on")),
        Column(of=col(Club.members), label=Text("人数", "Members"), unit=Text("人", "people")),
        Column(of=col(Club.dues), label=Text("会费", "Dues"), unit=Text("元", "yuan")),
        Column(of=col(Club.is_open), label=Text("可加入", "Open to join"), filters=True),
        Column(of=col(Club.leader), label=Text("负责人", "Leader"), personal=True),
        Column(of=col(Club.about), label=Text("简介", "About")),
    ),
    reads=ADMINISTRATORS, keeps=(*ADMINISTRATORS, *SECRETARIES), exposure=Exposure.PUBLIC,
    within={Scope.COMMUNITY: col(Club.community_code)}, order=col(Club.name),
    known_by=("name",), checks=(_chess_is_free,), dates=Dates(col(Club.meets_on), col(Club.name)),
    taken={"club_once": Text("已有同名社团。", "There is a club of this name.")},
)  # fmt: skip
