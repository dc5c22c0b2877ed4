"""Which gates may concern somebody, as conditions of a query; how they stand there is told elsewhere."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, or_, tuple_
from sqlmodel import Session, col

from domain.conduct import Colour
from domain.duties import ACTS_FOR, DUTY_AT
from domain.gates import RULES, GateKind
from domain.lifecycle import Stage
from domain.permissions import PERMITS
from domain.roles import Grant, Role, Scope
from models import (
    Agreement,
    AppraisalScore,
    Bid,
    ConductEntry,
    CorrectiveAction,
    Decision,
    Gate,
    Panel,
    PanelMember,
    Project,
)
from services.gates.desk import organisations_of
from services.identity.delegations import absent_for


def _gates_of(role: Role) -> list[tuple[Stage, GateKind]]:
    """Return the gates at which a role may have a duty."""
    seated = {place for place, rule in RULES.items() if any(seat[0] is role for seat in rule.seats)}
    acting = {
        place
        for place, duty in DUTY_AT.items()
        for act in ACTS_FOR.get(duty, ())
        if any(one is role for one, _ in PERMITS[act])
    }
    return sorted(seated | acting)


def concerns(person_id: UUID, grants: tuple[Grant, ...]) -> list[ColumnElement[bool]]:
    """Return the conditions under which a gate may concern somebody."""
    found: list[ColumnElement[bool]] = []
    places: dict[Scope, Any] = {
        Scope.STREET: col(Project.street_code),
        Scope.COMMUNITY: col(Project.community_code),
    }
    for grant in grants:
        here = tuple_(col(Gate.stage), col(Gate.kind)).in_(_gates_of(grant.role))
        if grant.scope in places:
            found.append(and_(here, places[grant.scope] == grant.code))
        elif grant.scope is Scope.DISTRICT:
            found.append(here)
    found.append(_on_panel(person_id))
    found.append(_second_approval(grants))
    if held := organisations_of(grants):
        found.append(
            and_(
                tuple_(col(Gate.stage), col(Gate.kind)).in_(
                    [(Stage.NOTICE, GateKind.EVENT), (Stage.DELIVER, GateKind.EVENT)]
                ),
                exists().where(
                    col(Agreement.project_id) == col(Gate.process_id),
                    col(Bid.id) == col(Agreement.bid_id),
                    col(Bid.lead_id).in_(held),
                ),
            )
        )
        found.append(
            and_(
                col(Gate.kind) == GateKind.EVENT,
                exists().where(
                    col(CorrectiveAction.id) == col(Gate.process_id),
                    col(CorrectiveAction.organisation_id).in_(held),
                ),
            )
        )
        found.append(
            and_(
                col(Gate.kind) == GateKind.TIMER,
                exists().where(
                    col(ConductEntry.list_id) == col(Gate.process_id),
                    col(ConductEntry.organisation_id).in_(held),
                    col(ConductEntry.colour) == Colour.BLACK,
                ),
            )
        )
    return found


def delegated(session: Session, person_id: UUID) -> list[ColumnElement[bool]]:
    """Return the approvals that concern those for whom somebody stands in."""
    approvals = col(Gate.kind) == GateKind.APPROVAL
    return [
        and_(approvals, or_(false(), *concerns(one.person_id, one.grants)))
        for one in absent_for(session, person_id)
    ]


def _on_panel(person_id: UUID) -> ColumnElement[bool]:
    scoring = and_(
        col(Gate.kind) == GateKind.EVENT,
        exists().where(
            col(PanelMember.project_id) == col(Gate.process_id),
            col(PanelMember.round) == col(Gate.round),
            col(PanelMember.person_id) == person_id,
            col(PanelMember.seated_at).is_not(None),
        ),
    )
    chairing = and_(
        col(Gate.kind) == GateKind.APPROVAL,
        exists().where(
            col(Panel.project_id) == col(Gate.process_id),
            col(Panel.round) == col(Gate.round),
            col(Panel.chair_id) == person_id,
        ),
    )
    return and_(col(Gate.stage) == Stage.AWARD, or_(scoring, chairing))


def _second_approval(grants: tuple[Grant, ...]) -> ColumnElement[bool]:
    if not any(one.role is Role.DISTRICT_ADMINISTRATOR for one in grants):
        return false()
    return and_(col(Gate.stage) == Stage.AWARD, col(Gate.kind) == GateKind.APPROVAL)


def decided(person_id: UUID) -> ColumnElement[bool]:
    """Return the condition that somebody has decided the gate on its present dossier."""
    return exists().where(
        col(Decision.gate_id) == col(Gate.id),
        col(Decision.person_id) == person_id,
        col(Decision.dossier_version) == col(Gate.dossier_version),
        col(Gate.kind) != GateKind.REPAIR,
    )


def appraised(person_id: UUID) -> ColumnElement[bool]:
    """Return the condition that somebody has appraised the project in this round."""
    return and_(
        col(Gate.stage) == Stage.EVALUATE,
        col(Gate.kind) == GateKind.EVENT,
        exists().where(
            col(AppraisalScore.project_id) == col(Gate.process_id),
            col(AppraisalScore.round) == col(Gate.round),
            col(AppraisalScore.person_id) == person_id,
        ),
    )
