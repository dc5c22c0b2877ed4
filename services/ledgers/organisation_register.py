"""The registers an administrator keeps: organisations and communities."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal, NamedTuple
from uuid import UUID

from sqlmodel import Field, Session, col, select

from domain.bid.eligibility import ALLIANCE_NAMES
from domain.calendar import BEIJING
from domain.cells import half_width
from domain.errors import FieldsWrong, NotFound
from domain.text import Text
from domain.uscc import is_formed, is_valid
from models import Community, Organisation, Street
from models.shapes import Command
from services.clock import now, real_now
from services.events.event import Event
from services.events.record import record
from services.identity.actors import Actor, require_administrator
from services.ledgers.events import (
    CommunityAdded,
    CommunityEnded,
    OrganisationChanged,
    OrganisationRegistered,
)
from services.ledgers.links import record_of


class OrganisationCreate(Command):
    """An organisation as it is registered; ``serves`` lists codes of places, ``*`` for all.

    ``uscc_reason`` says why a code counts although its check character fails.
    """

    name: str = Field(min_length=2, max_length=80)
    uscc: str = Field(default="", max_length=40)
    uscc_reason: str = Field(default="", max_length=200)
    org_stage: Literal["grassroots", "filed", "registered"]
    grade: Literal["none", "1A", "2A", "3A", "4A", "5A"] = "none"
    alliance: str = ""
    legal_representative: str = Field(min_length=1, max_length=40)
    serves: list[str] = Field(min_length=1)


class CommunityCreate(Command):
    """A new community, which counts from a day on."""

    code: str = Field(schema_extra={"pattern": r"^[0-9]{12}$"})
    name: str = Field(min_length=2, max_length=40)
    valid_from: date


class StreetPlaces(NamedTuple):
    """A street and every community it has or had."""

    street: Street
    communities: tuple[Community, ...]


def read_registered(
    session: Session, *, actor: Actor, organisation_id: UUID, lock: bool = False
) -> Organisation:
    """Return an organisation as it is registered; raise NotFound."""
    require_administrator(session, actor)
    organisation = session.get(
        Organisation, organisation_id, with_for_update=lock, populate_existing=lock
    )
    if organisation is None:
        raise NotFound(what=Text("组织", "organisation"), key=str(organisation_id)[:8])
    return organisation


def register_organisation(session: Session, *, actor: Actor, form: OrganisationCreate) -> UUID:
    """Add an organisation; raise FieldsWrong for a name or code that is taken or not right."""
    require_administrator(session, actor, proved=True)
    _check(session, form, None)
    made = Organisation(created_at=real_now(session), **_values(form))
    session.add(made)
    session.flush()
    _record(session, actor, OrganisationRegistered(), str(made.id))
    return made.id


def change_registered(
    session: Session, *, actor: Actor, organisation_id: UUID, form: OrganisationCreate
) -> None:
    """Change how an organisation is registered; what it was awarded stays as it was."""
    require_administrator(session, actor, proved=True)
    registered = read_registered(session, actor=actor, organisation_id=organisation_id, lock=True)
    _check(session, form, organisation_id)
    changed = {
        name: value for name, value in _values(form).items() if getattr(registered, name) != value
    }
    # Grade evaluation takes the score and the list as evidence: what they were is recorded.
    event = OrganisationChanged(fields=sorted(changed))
    if "grade" in changed:
        record = record_of(session, registered)
        event = OrganisationChanged(
            fields=sorted(changed),
            grade=form.grade,
            before=record.grade,
            credit=record.credit,
            red=record.red,
            black=record.black,
        )
    for name, value in changed.items():
        setattr(registered, name, value)
    _record(session, actor, event, str(registered.id))


def _values(form: OrganisationCreate) -> dict[str, Any]:
    code = _code(form)
    return form.model_dump() | {
        "uscc": code or None,
        "uscc_reason": form.uscc_reason if code and not is_valid(code) else "",
        "alliance": form.alliance or None,
    }


def _code(form: OrganisationCreate) -> str:
    return "".join(half_width(form.uscc).split()).upper()


def _check(session: Session, form: OrganisationCreate, own: UUID | None) -> None:
    wrong: dict[str, Text] = {}
    code = _code(form)
    if code and not is_formed(code):
        wrong["uscc"] = Text(
            "统一社会信用代码应为 18 位数字和大写字母（不含 I、O、S、V、Z），请核对。",
            "A credit code has 18 digits and capital letters, none of I, O, S, V, Z; look at it again.",
        )
    elif code and not is_valid(code) and not form.uscc_reason:
        wrong["uscc"] = Text(
            "校验位不符，多半是抄写有误，请核对；确认无误的（如 2016 年以前赋予的代码），请在下一栏写明依据。",
            "The check character does not fit, so probably it was copied wrongly; look at it again. If "
            "it is right, as some codes from before 2016 are, say below how you know.",
        )
    if form.org_stage == "registered" and not code:
        wrong["uscc"] = Text("已登记的组织须填写。", "A registered organisation has one.")
    for name, value in (("name", form.name), ("uscc", code)):
        column = getattr(Organisation, name)
        holder_id = session.exec(select(Organisation.id).where(column == value)).first()
        if value and holder_id and holder_id != own:
            wrong[name] = Text("已有组织使用。", "Another organisation has this.")
    if form.alliance and form.alliance not in ALLIANCE_NAMES:
        wrong["alliance"] = Text("没有这个联盟。", "There is no such alliance.")
    if unknown := set(form.serves) - {"*"} - _codes(session, form.serves):
        wrong["serves"] = Text(
            f"没有这些地点：{'、'.join(sorted(unknown))}。",
            f"There are no such places: {', '.join(sorted(unknown))}.",
        )
    if wrong:
        raise FieldsWrong(wrong)


def _codes(session: Session, codes: Sequence[str]) -> set[str]:
    streets = session.exec(select(Street.code).where(col(Street.code).in_(codes)))
    communities = session.exec(select(Community.code).where(col(Community.code).in_(codes)))
    return {*streets, *communities}


def list_places(session: Session, *, actor: Actor) -> tuple[StreetPlaces, ...]:
    """Return every street with every community it has or had."""
    require_administrator(session, actor)
    communities: dict[str, list[Community]] = {}
    for community in session.exec(select(Community).order_by(col(Community.code))):
        communities.setdefault(community.street_code, []).append(community)
    streets = session.exec(select(Street).order_by(col(Street.code))).all()
    return tuple(
        StreetPlaces(street, tuple(communities.get(street.code, ()))) for street in streets
    )


def add_community(session: Session, *, actor: Actor, form: CommunityCreate) -> None:
    """Add a community to the street whose code its own begins with."""
    require_administrator(session, actor, proved=True)
    street = session.get(Street, form.code[:9])
    wrong: dict[str, Text] = {}
    if street is None:
        wrong["code"] = Text(
            "前九位须是本区街道的编号。", "The first nine digits are a street of the district."
        )
    elif session.get(Community, form.code):
        wrong["code"] = Text("编号已被使用。", "The code is taken.")
    elif _present_name(session, street.code, form.name):
        wrong["name"] = Text("该街道已有同名社区。", "The street has a community of this name.")
    if wrong or street is None:
        raise FieldsWrong(wrong)
    session.add(Community(street_code=street.code, **form.model_dump()))
    _record(session, actor, CommunityAdded(), form.code)


def _present_name(session: Session, street: str, name: str) -> bool:
    query = select(Community.code).where(
        Community.street_code == street,
        Community.name == name,
        col(Community.valid_to).is_(None),
    )
    return session.exec(query).first() is not None


def end_community(session: Session, *, actor: Actor, code: str) -> None:
    """Let a community count until today: no new need is taken there, those taken go on."""
    require_administrator(session, actor, proved=True)
    community = session.get(Community, code, with_for_update=True)
    if community is None or community.valid_to is not None:
        raise NotFound(what=Text("社区", "community"), key=code)
    community.valid_to = now(session).astimezone(BEIJING).date()
    _record(session, actor, CommunityEnded(), code)


def _record(session: Session, actor: Actor, event: Event, about: str) -> None:
    record(session, event, about=about, by=actor.login, at=now(session))
    session.flush()
