"""A gate's policy as its row keeps it, and the people with a seat by it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from domain.gates import GateKind, OnDeadline, Policy, Verb
from domain.identity.roles import Grant, Role, Scope, Seat
from models import Person, RoleGrant
from services.identity.delegations import Absent


def eligible_people(session: Session, policy: Policy, seat: Seat) -> list[Person]:
    """Return the people who may sit at ``seat``, without those excluded."""
    people = session.exec(
        select(Person)
        .join(RoleGrant, col(RoleGrant.person_id) == Person.id)
        .where(
            RoleGrant.role == seat.role,
            (RoleGrant.scope == Scope.DISTRICT) | (RoleGrant.code == seat.code),
        )
        .distinct()
        .order_by(col(Person.login))
    ).all()
    return [
        person
        for person in people
        if person.id not in policy.excluded and (not seat.people or person.id in seat.people)
    ]


def as_json(policy: Policy) -> dict[str, Any]:
    """Return the policy as the gate's row keeps it."""
    return {
        "seats": [
            {
                "role": seat.role.value,
                "scope": seat.scope.value,
                "code": seat.code,
                "count": seat.count,
                "people": [str(person) for person in seat.people],
            }
            for seat in policy.seats
        ],
        "verbs": [verb.value for verb in policy.verbs],
        "options": list(policy.options),
        "excluded": {str(person): reason for person, reason in policy.excluded.items()},
        "on_deadline": policy.on_deadline.value,
    }


def from_json(stored: dict[str, Any]) -> Policy:
    """Return the policy that a gate's row keeps."""
    return Policy(
        tuple(
            Seat(
                Role(seat["role"]),
                Scope(seat["scope"]),
                seat["code"],
                seat["count"],
                tuple(UUID(person) for person in seat["people"]),
            )
            for seat in stored["seats"]
        ),
        tuple(Verb(verb) for verb in stored["verbs"]),
        tuple(stored["options"]),
        {UUID(person): reason for person, reason in stored["excluded"].items()},
        OnDeadline(stored["on_deadline"]),
    )


def seats_for(
    policy: Policy,
    kind: GateKind,
    person_id: UUID,
    grants: tuple[Grant, ...],
    absent: Sequence[Absent],
) -> tuple[list[int], UUID | None]:
    """Return the seats from which somebody may speak, and for whom where they stand in.

    Their own seats come first. For an approval, those of colleagues who are away count too, but
    never those of an excluded one, and never a named seat.
    """
    own = [i for i, seat in enumerate(policy.seats) if seat.admits(person_id, grants)]
    if own or kind is not GateKind.APPROVAL:
        return own, None
    for absentee in absent:
        if absentee.person_id in policy.excluded:
            continue
        seats = [
            i
            for i, seat in enumerate(policy.seats)
            if not seat.people and seat.admits(absentee.person_id, absentee.grants)
        ]
        if seats:
            return seats, absentee.person_id
    return [], None
