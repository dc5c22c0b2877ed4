"""Which gates may concern somebody, as conditions of a query; how they stand there is told elsewhere."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, or_, tuple_
from sqlmodel import Session, col

from domain.gates import GateKind
from domain.identity.roles import Grant, Role, Scope
from models import Decision, Gate, Process
from services.gates.kits import GateKit
from services.gates.process_kits import gate_kits
from services.gates.readers import Reader
from services.identity.delegations import absent_for


def _here(kit: GateKit[Any]) -> ColumnElement[bool]:
    return and_(col(Gate.stage) == kit.stage.code, col(Gate.kind) == kit.kind)


def _gates_of(role: Role) -> list[tuple[str, GateKind]]:
    """Return the gates at which a role may have something to do."""
    return sorted((kit.stage.code, kit.kind) for kit in gate_kits() if role in kit.roles())


def concerns(
    session: Session, person_id: UUID, grants: tuple[Grant, ...]
) -> list[ColumnElement[bool]]:
    """Return the conditions under which a gate may concern somebody."""
    conditions: list[ColumnElement[bool]] = []
    places: dict[Scope, Any] = {
        Scope.STREET: col(Process.street_code),
        Scope.COMMUNITY: col(Process.community_code),
    }
    for grant in grants:
        here = tuple_(col(Gate.stage), col(Gate.kind)).in_(_gates_of(grant.role))
        if grant.scope in places:
            conditions.append(and_(here, places[grant.scope] == grant.code))
        elif grant.scope is Scope.DISTRICT:
            conditions.append(here)
    me = Reader(session, person_id, grants)
    for kit in gate_kits():
        condition = kit.concerns(me)
        if condition is not None:
            conditions.append(and_(_here(kit), condition))
    return conditions


def delegated(session: Session, person_id: UUID) -> list[ColumnElement[bool]]:
    """Return the approvals that concern those for whom somebody stands in."""
    approvals = col(Gate.kind) == GateKind.APPROVAL
    return [
        and_(approvals, or_(false(), *concerns(session, absent.person_id, absent.grants)))
        for absent in absent_for(session, person_id)
    ]


def decided(person_id: UUID) -> ColumnElement[bool]:
    """Return the condition that somebody has decided the gate on its present dossier."""
    return exists().where(
        col(Decision.gate_id) == col(Gate.id),
        col(Decision.person_id) == person_id,
        col(Decision.dossier_version) == col(Gate.dossier_version),
        col(Gate.kind) != GateKind.REPAIR,
    )


def done_at_gate(person_id: UUID) -> list[ColumnElement[bool]]:
    """Return the conditions that somebody has done all that they do at a gate."""
    conditions = []
    for kit in gate_kits():
        condition = kit.answered(person_id)
        if condition is not None:
            conditions.append(and_(_here(kit), condition))
    return conditions
