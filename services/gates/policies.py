"""Bind a gate's standing rule to one project or what else it belongs to, and keep it as data on the gate."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from domain import corrective
from domain.errors import NotPermitted
from domain.gates import EXCLUSIONS, RULES, GateKind, OnDeadline, Policy, Verb
from domain.lifecycle import Stage
from domain.roles import Role, Scope, Seat
from domain.scoring import Party
from models import (
    Award,
    Bid,
    BidMember,
    Call,
    ConductEntry,
    Decision,
    Gate,
    Organisation,
    Panel,
    PanelMember,
    Person,
    Project,
    Replacement,
    RoleGrant,
    RoundSettings,
    Shortfall,
    Tie,
)
from models.bids import BidStatus
from services.gates.subjects import Subject, codes_of, project_about
from services.identity.actors import Actor

# Stages at which nobody decides who acts for a bidder.
AFTER_BIDS = frozenset({Stage.BID, Stage.AWARD, Stage.NOTICE, Stage.ASSESS, Stage.LIST})
# Here the organisation concerned has its own say, but never decides.
_CORRECTIVE = frozenset(corrective.STAGE_OF.values())


def settings_of(session: Session, project: Project) -> dict[str, Any]:
    """Return the settings of the project's round, as they were when it was formed."""
    key = (project.round_id, project.settings_version)
    return session.get_one(RoundSettings, key).settings


def interested_people(session: Session, project: Project) -> set[UUID]:
    """Return everybody who acts for an organisation that bids."""
    return _acting_for(session, _bidders(session, project))


def related_people(session: Session, project: Project) -> set[UUID]:
    """Return who does not sit on a panel: everybody interested, and whoever is close to a bidder.

    Close is who acts for an organisation with the same legal representative, who bears that name,
    and who is its instructor or mentor or an officer of its alliance. A name may be chance: it
    costs a seat on a panel, which the reserve takes, and nothing else. An earlier contract as
    buyer is no conflict.
    """
    held = _bidders(session, project)
    heads = set(
        session.exec(
            select(Organisation.legal_representative).where(
                col(Organisation.id).in_(held), Organisation.legal_representative != ""
            )
        )
    )
    related = session.exec(
        select(Organisation.id).where(col(Organisation.legal_representative).in_(heads))
    )
    named = session.exec(select(Person.id).where(col(Person.name).in_(heads)))
    alliances = select(Organisation.alliance).where(col(Organisation.id).in_(held))
    tied = session.exec(
        select(Tie.person_id).where(
            col(Tie.ended_on).is_(None),
            col(Tie.organisation_id).in_(held) | col(Tie.alliance).in_(alliances),
        )
    )
    return _acting_for(session, held | set(related)) | set(named) | set(tied)


def _bidders(session: Session, project: Project) -> set[UUID]:
    """Return who bids, and who has left the bid that was awarded or may join it."""
    bidding = (
        select(BidMember.organisation_id)
        .join(Bid, col(Bid.id) == BidMember.bid_id)
        .where(Bid.project_id == project.id, col(Bid.status) != BidStatus.DRAFT)
    )
    changes = select(Replacement.leaving_id, Replacement.joining_id).where(
        Replacement.project_id == project.id
    )
    changed = {one for pair in session.exec(changes) for one in pair}
    return set(session.exec(bidding)) | changed


def _interested(session: Session, subject: Subject) -> set[UUID]:
    """Return everybody whose organisation bids, or is on the list that is decided."""
    if project := project_about(session, subject):
        return interested_people(session, project)
    listed = select(ConductEntry.organisation_id).where(ConductEntry.list_id == subject.id)
    return _acting_for(session, session.exec(listed))


def _acting_for(session: Session, held: Iterable[UUID]) -> set[UUID]:
    organisations = {str(one) for one in held}
    rows = session.exec(
        select(RoleGrant.person_id).where(
            RoleGrant.scope == Scope.ORGANISATION, col(RoleGrant.code).in_(organisations)
        )
    )
    return set(rows)


def require_no_interest(session: Session, project: Project, actor: Actor) -> None:
    """Raise NotPermitted for whoever acts for an organisation that bids on the project."""
    if actor.person_id in interested_people(session, project):
        text = EXCLUSIONS["interest"]
        raise NotPermitted(zh=text.zh, en=text.en)


def preparers(session: Session, subject: Subject, stage: Stage) -> set[UUID]:
    """Return who has submitted what a stage's preparation wrote, or mended it, in any round."""
    rows = session.exec(
        select(Decision.person_id)
        .join(Gate, col(Gate.id) == Decision.gate_id)
        .where(
            Gate.process_id == subject.id,
            Gate.stage == stage,
            col(Decision.verb).in_((Verb.SUBMIT, Verb.MEND)),
        )
    )
    return set(rows)


def bind_policy(session: Session, subject: Subject, stage: Stage, kind: GateKind) -> Policy:
    """Return who may decide this gate of this subject, with exclusions and their reasons."""
    rule = RULES[stage, kind]
    codes = codes_of(session, subject)
    seats = [Seat(role, scope, codes[scope], count) for role, scope, count in rule.seats]
    options = rule.options
    excluded: dict[UUID, str] = {}
    if stage in AFTER_BIDS or (rule.seats and stage in _CORRECTIVE):
        excluded |= dict.fromkeys(_interested(session, subject), "interest")
    if isinstance(subject, Project):
        if stage is Stage.AWARD:
            excluded |= dict.fromkeys(_recused(session, subject), "interest")
            if kind is GateKind.APPROVAL:
                seats = _award_seats(session, subject)
        if "extend" in options and _extended(session, subject):
            options = tuple(one for one in options if one != "extend")
    if kind is GateKind.APPROVAL:
        excluded |= dict.fromkeys(preparers(session, subject, stage), "preparer")
    return Policy(tuple(seats), rule.verbs, options, excluded, rule.on_deadline)


def _recused(session: Session, project: Project) -> set[UUID]:
    rows = session.exec(
        select(PanelMember.person_id).where(
            PanelMember.project_id == project.id,
            PanelMember.round == project.stage_round,
            col(PanelMember.recused_at).is_not(None),
        )
    )
    return set(rows)


def _extended(session: Session, project: Project) -> bool:
    """Tell whether the present call has been extended, which it is once at most."""
    call = session.exec(
        select(Call).where(Call.project_id == project.id).order_by(col(Call.version).desc())
    ).first()
    return call is not None and call.extended


def assessment_rules(
    session: Session, project: Project, round_: int | None = None
) -> dict[str, Any]:
    """Return the assessment's rules as they were frozen at the project's award.

    Only the residents' minimum may be lower in a round, by a recorded decision.
    """
    award = session.exec(
        select(Award).where(Award.project_id == project.id).order_by(col(Award.round).desc())
    ).first()
    if award is None:
        return dict(settings_of(session, project)["assessment"])
    lowered = session.exec(
        select(Shortfall.minimum)
        .where(
            Shortfall.project_id == project.id,
            Shortfall.round == (round_ or project.stage_round),
        )
        .order_by(col(Shortfall.number).desc())
    ).first()
    if lowered is None:
        return award.assessment
    residents = award.assessment[Party.RESIDENTS] | {"minimum": lowered}
    return award.assessment | {Party.RESIDENTS.value: residents}


def _award_seats(session: Session, project: Project) -> list[Seat]:
    """The chair confirms; above the setting's amount a district administrator does so too."""
    panel = session.get_one(Panel, (project.id, project.stage_round))
    chair_role = session.exec(
        select(RoleGrant).where(RoleGrant.person_id == panel.chair_id)
    ).first()
    role = chair_role.role if chair_role else Role.EXPERT
    scope = chair_role.scope if chair_role else Scope.DISTRICT
    code = chair_role.code if chair_role else "*"
    seats = [Seat(role, scope, code, 1, (panel.chair_id,))]
    award = session.get(Award, (project.id, project.stage_round))
    limit = settings_of(session, project)["second_approval_above"]
    if award and award.price > type(award.price)(limit):
        seats.append(Seat(Role.DISTRICT_ADMINISTRATOR, Scope.DISTRICT, "*", 1))
    return seats


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


def from_json(held: dict[str, Any]) -> Policy:
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
            for seat in held["seats"]
        ),
        tuple(Verb(verb) for verb in held["verbs"]),
        tuple(held["options"]),
        {UUID(person): reason for person, reason in held["excluded"].items()},
        OnDeadline(held["on_deadline"]),
    )
