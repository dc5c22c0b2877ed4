"""What somebody decided, and decisions on several gates at once, each with its own result."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlmodel import Field, Session, col, select

from domain.errors import JiebangError, NotFound
from domain.gates import GateKind, Outcome, Verb, gate_key
from domain.text import Text
from models import Decision, Gate
from models.limits import LONGEST_COMMENT
from models.shapes import Command
from services.clock import now
from services.gates.decide_gate import LATEST_DOSSIER, decide_gate
from services.gates.gate_page import find_gate_keyed
from services.gates.process_kits import kit_at
from services.gates.subjects import subjects_of
from services.identity.actors import Actor
from services.listing import Listed, list_page


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision of somebody's, and what came of its gate."""

    code: str
    project: str
    key: str
    title: Text
    kind: GateKind
    verb: Verb
    comment: str
    at: datetime
    outcome: Outcome | None


def decided_by(session: Session, person_id: UUID, *, after: str = "") -> Listed[Decided]:
    """Return a page of a person's decisions, the newest first; raise BadInput as ``list_page``."""
    query = (
        select(Decision, Gate)
        .join(Gate, col(Gate.id) == Decision.gate_id)
        .where(Decision.person_id == person_id)
        .order_by(col(Decision.decided_at).desc(), col(Decision.id))
    )
    rows: Listed[tuple[Decision, Gate]] = list_page(session, query, after=after)
    subjects = subjects_of(session, {gate.process_id for _, gate in rows})

    def line(row: tuple[Decision, Gate]) -> Decided:
        decision, gate = row
        return Decided(
            subjects[gate.process_id].code,
            subjects[gate.process_id].title,
            gate_key(gate.stage, gate.kind, gate.round),
            kit_at(gate).rule.title,
            gate.kind,
            decision.verb,
            decision.comment,
            decision.decided_at,
            gate.outcome,
        )

    return rows.each(line)


class GateChoice(Command):
    """One of several gates to be decided alike."""

    code: str = Field(max_length=40)
    key: str = Field(max_length=80)
    dossier_version: int = Field(ge=1, le=LATEST_DOSSIER)


class DecisionsCreate(Command):
    """The same decision at several gates; each is taken or refused by itself."""

    verb: Verb
    comment: str = Field(default="", max_length=LONGEST_COMMENT)
    gates: list[GateChoice] = Field(min_length=1, max_length=200)


class BulkLine(NamedTuple):
    """What came of one of several decisions; ``error`` says why it was not taken."""

    code: str
    project: str
    key: str
    title: Text
    error: JiebangError | None


def decide_several(session: Session, *, actor: Actor, decisions: DecisionsCreate) -> list[BulkLine]:
    """Decide several gates alike, each by itself.

    One that is refused changes nothing and hinders no other.
    """
    lines = []
    chosen = {(choice.code, choice.key, choice.dossier_version) for choice in decisions.gates}
    for code, key, version in sorted(chosen):
        error = None
        try:
            subject, gate = find_gate_keyed(session, code, key)
        except NotFound as missing:
            lines.append(BulkLine(code, "", key, Text(key, key), missing))
            continue
        try:
            with session.begin_nested():
                decide_gate(
                    session,
                    gate_id=gate.id,
                    actor=actor,
                    verb=decisions.verb,
                    comment=decisions.comment,
                    dossier_version=version,
                    at=now(session),
                )
        except JiebangError as refusal:
            error = refusal
        lines.append(BulkLine(code, subject.title, key, kit_at(gate).rule.title, error))
    return lines
