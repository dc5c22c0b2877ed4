"""Rounds of open calls and the versions of their settings.

A version is never changed. A project keeps the one it was formed under, so that nobody's rules
change while they are at work; a change counts for projects formed from then on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Field, Session, col, func, select

from domain.district.round_rules import DEFAULTS, RoundRules, Stored, rules_of
from domain.district.round_settings import SettingChange, changes, flatten, read_settings
from domain.errors import BadInput, ChangedMeanwhile, NotFound
from domain.lifecycle import TERMINAL
from domain.text import Text
from models import Person, Project, Round, RoundSettings
from models.shapes import Command
from services.clock import now, real_now
from services.district.events import RoundBegun, SettingsChanged
from services.events.event import Event
from services.events.record import record
from services.identity.actors import Actor, require_administrator


class RoundCreate(Command):
    """What an administrator says of a new round."""

    code: str = Field(schema_extra={"pattern": r"^[A-Z0-9][A-Z0-9-]{0,19}$"})
    name: str = Field(min_length=2, max_length=60)


class SettingsReason(Command):
    """Why settings are changed."""

    reason: str = Field(min_length=4, max_length=300, schema_extra={"examples": ["试行一年后调整"]})


class SettingsChange(SettingsReason):
    """Why settings are changed, and the version that was read."""

    version: int


@dataclass(frozen=True, slots=True)
class RoundLine:
    """A round in the list; the present one takes the projects formed now."""

    code: str
    name: str
    version: int
    created_at: datetime
    projects: int
    running: int
    present: bool


@dataclass(frozen=True, slots=True)
class SettingsVersion:
    """One version of a round's settings, and what it changed."""

    version: int
    reason: str
    by: str | None
    set_at: datetime
    changed: tuple[SettingChange, ...]


@dataclass(frozen=True, slots=True)
class RoundView:
    """A round, its settings as they are now by their paths, and every version, the newest first."""

    code: str
    name: str
    version: int
    settings: dict[str, str]
    versions: tuple[SettingsVersion, ...]


def seed_round(session: Session, at: datetime) -> None:
    """Add the first round with the defaults."""
    _add_round(session, Round(code="R1", name="第一轮", created_at=at), DEFAULTS, None)


def present_round(session: Session) -> Round:
    """Return the round that takes the projects formed now; every installation has one."""
    newest = col(Round.created_at).desc()
    return session.exec(select(Round).order_by(newest, col(Round.code).desc()).limit(1)).one()


def _present(session: Session) -> Stored:
    present = present_round(session)
    return session.get_one(RoundSettings, (present.id, present.settings_version)).settings


def present_settings(session: Session) -> RoundRules:
    """Return the settings of projects formed now."""
    return rules_of(_present(session))


def stored_settings(session: Session, project: Project) -> Stored:
    """Return the settings of the project's round in stored form, to read or to freeze parts."""
    key = (project.round_id, project.settings_version)
    return session.get_one(RoundSettings, key).settings


def settings_of(session: Session, project: Project) -> RoundRules:
    """Return the settings of the project's round, as they were when it was formed."""
    return rules_of(stored_settings(session, project))


def list_rounds(session: Session, *, actor: Actor) -> tuple[RoundLine, ...]:
    """Return every round, the newest first."""
    require_administrator(session, actor)
    present = present_round(session)
    running = func.count(Project.id).filter(col(Project.status).not_in(sorted(TERMINAL)))  # type: ignore[arg-type]
    rows = session.exec(
        select(Round, func.count(col(Project.id)), running)
        .join(Project, col(Project.round_id) == Round.id, isouter=True)
        .group_by(col(Round.id))
        .order_by(col(Round.created_at).desc(), col(Round.code).desc())
    ).all()
    return tuple(
        RoundLine(
            round_.code,
            round_.name,
            round_.settings_version,
            round_.created_at,
            projects,
            going,
            round_.id == present.id,
        )
        for round_, projects, going in rows
    )


def read_round(session: Session, *, actor: Actor, code: str) -> RoundView:
    """Return a round with every version of its settings; raise NotFound."""
    require_administrator(session, actor)
    round_ = _coded(session, code)
    rows = session.exec(
        select(RoundSettings, Person.name)
        .join(Person, col(Person.id) == RoundSettings.set_by, isouter=True)
        .where(RoundSettings.round_id == round_.id)
        .order_by(col(RoundSettings.version))
    ).all()
    before: Mapping[str, Any] = rows[0][0].settings
    versions = []
    for round_settings, name in rows:
        changed = changes(before, round_settings.settings)
        versions.append(
            SettingsVersion(
                round_settings.version, round_settings.reason, name, round_settings.set_at, changed
            )
        )
        before = round_settings.settings
    present = dict(flatten(before))
    return RoundView(
        round_.code, round_.name, round_.settings_version, present, tuple(versions[::-1])
    )


def new_round(session: Session, *, actor: Actor, form: RoundCreate) -> None:
    """Begin a round with the settings of the present one; it takes the projects formed from now on.

    Raises BadInput for a code that is taken.
    """
    require_administrator(session, actor, proved=True)
    if session.exec(select(Round.id).where(Round.code == form.code)).first():
        raise BadInput(zh=f"轮次编号“{form.code}”已存在。", en=f"There is a round {form.code!r}.")
    made = Round(code=form.code, name=form.name, created_at=real_now(session))
    _add_round(session, made, _present(session), actor.person_id)
    _record(session, actor, RoundBegun(version=made.settings_version), made)


def change_settings(
    session: Session,
    *,
    actor: Actor,
    code: str,
    settings: Mapping[str, str],
    change: SettingsChange,
) -> None:
    """Write the next version of a round's settings, given by their paths.

    Raises FieldsWrong, ChangedMeanwhile where somebody else has changed them, BadInput where
    nothing differs.
    """
    require_administrator(session, actor, proved=True)
    round_ = _coded(session, code, lock=True)
    if round_.settings_version != change.version:
        raise ChangedMeanwhile
    before = session.get_one(RoundSettings, (round_.id, round_.settings_version)).settings
    after = read_settings(settings)
    changed = changes(before, after)
    if not changed:
        raise BadInput(zh="没有任何改动。", en="Nothing differs.")
    round_.settings_version += 1
    made = RoundSettings(
        round_id=round_.id,
        version=round_.settings_version,
        settings=after,
        reason=change.reason,
        set_by=actor.person_id,
        set_at=real_now(session),
    )
    session.add(made)
    event = SettingsChanged(
        version=round_.settings_version, paths=[difference.path for difference in changed]
    )
    _record(session, actor, event, round_)


def _add_round(session: Session, row: Round, settings: Stored, by: UUID | None) -> None:
    session.add(row)
    session.flush()
    first = RoundSettings(
        round_id=row.id,
        version=row.settings_version,
        settings=settings,
        reason="",
        set_by=by,
        set_at=row.created_at,
    )
    session.add(first)
    session.flush()


def _coded(session: Session, code: str, *, lock: bool = False) -> Round:
    query = select(Round).where(Round.code == code)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    round_ = session.exec(query).one_or_none()
    if round_ is None:
        raise NotFound(what=Text("轮次", "round"), key=code)
    return round_


def _record(session: Session, actor: Actor, event: Event, row: Round) -> None:
    record(session, event, about=row.code, by=actor.login, at=now(session))
    session.flush()
