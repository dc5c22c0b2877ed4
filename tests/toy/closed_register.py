"""A closed register that nobody needs: who is in a circle, and what they said in confidence."""

from typing import Final
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import registry
from sqlmodel import Field, col

from domain.identity.roles import Role, Scope
from domain.text import Text
from models.register import RegisterRow
from services.district.sources import COMMUNITIES, PEOPLE
from services.register.columns import Column, Reference
from services.register.declaration import Exposure, Register

SECRETARIES: Final = ((Role.COMMUNITY_SECRETARY, Scope.COMMUNITY),)


class _Apart(RegisterRow, registry=registry()):
    """Tables of the toys are none of the platform's."""


class Confidant(_Apart, table=True):
    __tablename__ = "toy_confidant"
    __table_args__ = (Index("toy_confidant_listed", "since", "id"),)

    person_id: UUID
    community_code: str
    nickname: str = Field(min_length=2, max_length=40)
    confided: str = Field(default="", max_length=1000)


CIRCLE: Final = Register(
    code="toy-circle",
    title=Text("内部名册", "The circle"),
    about=Text("只供所在社区的书记查看。", "For the secretary of the community alone."),
    table=Confidant,
    columns=(
        Reference(of=col(Confidant.person_id), wire="login", to=PEOPLE, personal=True,
                  label=Text("人员", "Person"), searched=True),
        Reference(of=col(Confidant.community_code), wire="community", to=COMMUNITIES,
                  label=Text("社区", "Community")),
        Column(of=col(Confidant.nickname), label=Text("称呼", "Called"), searched=True),
        Column(of=col(Confidant.confided), label=Text("谈话", "Confided"), personal=True),
    ),
    reads=SECRETARIES, keeps=SECRETARIES, exposure=Exposure.CLOSED,
    within={Scope.COMMUNITY: col(Confidant.community_code)},
)  # fmt: skip
