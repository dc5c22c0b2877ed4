"""Who is close to organisations and alliances, kept by the administrators: such people judge no bid there."""

from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlmodel import Field, Session, col, select

from domain.calendar import BEIJING
from domain.eligibility import ALLIANCE_NAMES
from domain.errors import BadInput, FieldsWrong, NotFound
from domain.text import Text
from domain.ties import TieKind
from models import Organisation, Person, Tie
from models.shapes import Command
from services.clock import now
from services.district.events import TieAdded, TieEnded
from services.events.record import record
from services.identity.actors import Actor, require_administrator


class TieCreate(Command):
    """Who is what, to an organisation by its name or, an alliance officer, to an alliance."""

    login: str = Field(min_length=2, max_length=60)
    kind: TieKind
    organisation: str = Field(default="", max_length=120)
    alliance: str = Field(default="", max_length=40)


class TieLine(NamedTuple):
    """Somebody close to an organisation or an alliance."""

    id: UUID
    login: str
    name: str
    kind: TieKind
    organisation: str | None
    alliance: str | None
    since: date


def list_ties(session: Session, *, actor: Actor) -> tuple[TieLine, ...]:
    """Return who is close to whom today, by name."""
    require_administrator(session, actor)
    rows = session.exec(
        select(Tie, Person, Organisation.name)
        .join(Person, col(Person.id) == Tie.person_id)
        .join(Organisation, col(Organisation.id) == Tie.organisation_id, isouter=True)
        .where(col(Tie.ended_on).is_(None))
        .order_by(col(Person.name), col(Tie.since))
    ).all()
    return tuple(
        TieLine(one.id, who.login, who.name, one.kind, name, one.alliance, one.since)
        for one, who, name in rows
    )


def add_tie(session: Session, *, actor: Actor, form: TieCreate) -> None:
    """Say that somebody is close; raise FieldsWrong for who or what is not known, BadInput twice."""
    require_administrator(session, actor, proved=True)
    person = session.exec(select(Person).where(Person.login == form.login.strip())).one_or_none()
    officer = form.kind is TieKind.ALLIANCE_OFFICER
    own = session.exec(
        select(Organisation).where(Organisation.name == form.organisation.strip())
    ).one_or_none()
    wrong: dict[str, Text] = {}
    if person is None:
        wrong["login"] = Text("没有这个人。", "There is no such person.")
    if officer and form.alliance not in ALLIANCE_NAMES:
        wrong["alliance"] = Text("请选择联盟。", "Choose the alliance.")
    if not officer and own is None:
        wrong["organisation"] = Text("没有这个组织，请写全称。", "There is no such organisation.")
    if wrong or person is None:
        raise FieldsWrong(wrong)
    made = Tie(
        person_id=person.id,
        kind=form.kind,
        organisation_id=None if officer or own is None else own.id,
        alliance=form.alliance if officer else None,
        since=now(session).astimezone(BEIJING).date(),
    )
    held = select(Tie.id).where(
        Tie.person_id == made.person_id,
        Tie.kind == made.kind,
        Tie.organisation_id == made.organisation_id,
        Tie.alliance == made.alliance,
        col(Tie.ended_on).is_(None),
    )
    if session.exec(held).first():
        raise BadInput(zh="已经登记过。", en="This is recorded already.")
    session.add(made)
    session.flush()
    _record(session, actor, TieAdded, made)


def end_tie(session: Session, *, actor: Actor, tie_id: UUID) -> None:
    """Say that it is over; panels formed meanwhile stay as they are. Raises NotFound."""
    require_administrator(session, actor, proved=True)
    tie = session.get(Tie, tie_id, with_for_update=True)
    if tie is None or tie.ended_on is not None:
        raise NotFound(what=Text("关系", "tie"), key=str(tie_id)[:8])
    tie.ended_on = now(session).astimezone(BEIJING).date()
    _record(session, actor, TieEnded, tie)


def _record(
    session: Session, actor: Actor, event: type[TieAdded] | type[TieEnded], tie: Tie
) -> None:
    what = event(
        kind=tie.kind,
        organisation=str(tie.organisation_id or ""),
        alliance=tie.alliance or "",
    )
    record(session, what, about=str(tie.person_id), by=actor.login, at=now(session))
    session.flush()
