"""Bind a gate's standing rule to one subject, and keep it as data on the gate."""

from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from domain.gates import GateKind, Policy, Verb
from models import Decision, Gate
from services.gates.kits import GateKit
from services.gates.process_kits import kit_of
from services.gates.readers import Subject
from services.gates.subjects import codes_of


def preparers(session: Session, subject: Subject, stage: str) -> set[UUID]:
    """Return the people who have submitted or mended a stage's preparation, in any round."""
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


def bind_policy(session: Session, subject: Subject, kit: GateKit[Any]) -> Policy:
    """Return the policy of this gate of this subject, with exclusions and their reasons."""
    excluded: dict[UUID, str] = {}
    if kit.excludes_interested:
        excluded |= dict.fromkeys(kit_of(subject).interested(session, subject), "interest")
    excluded |= kit.excluded(session, subject)
    if kit.kind is GateKind.APPROVAL:
        excluded |= dict.fromkeys(preparers(session, subject, kit.stage.code), "preparer")
    return Policy(
        kit.seats(session, subject, codes_of(session, subject.id)),
        kit.rule.verbs,
        kit.options(session, subject),
        excluded,
        kit.rule.on_deadline,
    )
