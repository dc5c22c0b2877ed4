"""The condition by which people see and keep entries of a register, the same for every reader."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, false, or_, true
from sqlmodel import Session

from domain.errors import NotPermitted, ProofNeeded, SignInNeeded
from domain.identity.roles import ROLE_NAMES, Grant, Scope
from domain.text import Text, listed
from services.identity.actors import Actor, grants_of
from services.register.columns import Column
from services.register.declaration import Exposure, Permits, Register


class Sight(NamedTuple):
    """What a reader sees of a register.

    ``where`` finds the entries that they may see, ``inside`` those that they read by office, and
    ``keeps`` those that they may change; ``is_keeper`` is whether there may be any.
    """

    register: Register[Any]
    where: ColumnElement[bool]
    inside: ColumnElement[bool]
    keeps: ColumnElement[bool]
    is_keeper: bool
    by_office: bool

    def columns(self, *, inside: bool) -> tuple[Column, ...]:
        """Return the columns that they may see of an entry."""
        columns = self.register.columns
        return columns if inside else tuple(column for column in columns if not column.personal)

    def where_seen(self, column: Column, condition: ColumnElement[bool]) -> ColumnElement[bool]:
        """Return a condition on a column; what one may not see of an entry does not find it."""
        return condition & self.inside if column.personal else condition


def sight_of(session: Session, register: Register[Any], actor: Actor | None) -> Sight:
    """Return what somebody sees, None for anybody.

    Raises SignInNeeded or NotPermitted where they see nothing at all.
    """
    grants = grants_of(session, actor.person_id) if actor else ()
    keeps = _conditions(register, grants, register.keeps)
    reads = [*_conditions(register, grants, register.reads), *keeps]
    inside = or_(false(), *reads)
    is_public = register.exposure is Exposure.PUBLIC
    if not (is_public or reads):
        if actor is None:
            raise SignInNeeded
        raise _refused({*register.reads, *register.keeps})
    return Sight(
        register,
        true() if is_public else inside,
        inside,
        or_(false(), *keeps),
        bool(keeps),
        bool(reads),
    )


def may_see(register: Register[Any], grants: Sequence[Grant]) -> bool:
    """Tell whether who holds these grants, none for anybody, sees anything of a register."""
    if register.exposure is Exposure.PUBLIC:
        return True
    return bool(_conditions(register, grants, (*register.reads, *register.keeps)))


def require_keeper(
    session: Session, register: Register[Any], actor: Actor, *, proved: bool = False
) -> Sight:
    """Return what somebody sees who keeps the register; raise NotPermitted for others.

    ``proved`` is asked before a change: it raises ProofNeeded where the register wants a proof.
    """
    sight = sight_of(session, register, actor)
    if not sight.is_keeper:
        raise _refused(register.keeps)
    if proved and register.proof and not actor.proved:
        raise ProofNeeded
    return sight


def _conditions(
    register: Register[Any], grants: Iterable[Grant], permits: Permits
) -> list[ColumnElement[bool]]:
    """Return a condition for each grant that permits something."""
    return [
        _condition(register, grant, scope)
        for role, scope in permits
        for grant in grants
        if grant.role is role and (grant.scope is scope or _everywhere(grant, scope))
    ]


def _everywhere(grant: Grant, scope: Scope) -> bool:
    return grant.holds(grant.role, scope, "*")


def _condition(register: Register[Any], grant: Grant, scope: Scope) -> ColumnElement[bool]:
    if _everywhere(grant, scope):
        return true()
    place: ColumnElement[Any] = register.within[scope]
    return place == (UUID(grant.code) if scope is Scope.ORGANISATION else grant.code)


def _refused(permits: Iterable[tuple[Any, Scope]]) -> NotPermitted:
    roles: list[Text] = list(dict.fromkeys(ROLE_NAMES[role] for role, _ in sorted(permits)))
    who = listed(roles)
    return NotPermitted(
        zh=f"这需要相应范围的{who.zh}。", en=f"it takes a {who.en} of the place concerned."
    )
