"""What the entries of registers point to."""

from typing import Final

from sqlmodel import col

from domain.text import Text
from models import Community, Organisation, Person
from services.register.columns import Source

PEOPLE: Final = Source(
    what=Text("人员", "person"),
    id=col(Person.id),
    keys=(col(Person.login),),
    name=col(Person.name),
    counts=col(Person.erased_at).is_(None),
)
COMMUNITIES: Final = Source(
    what=Text("社区", "community"),
    id=col(Community.code),
    keys=(col(Community.code), col(Community.name)),
    name=col(Community.name),
    counts=col(Community.valid_to).is_(None),
)
ORGANISATIONS: Final = Source(
    what=Text("组织", "organisation"),
    id=col(Organisation.id),
    keys=(col(Organisation.name), col(Organisation.uscc)),
    name=col(Organisation.name),
)
