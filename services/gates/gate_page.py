"""A gate as those concerned see it: its task, dossier, seats and decisions."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlmodel import Session, col, select

from domain.errors import NotFound, NotPermitted
from domain.gates import EXCLUSIONS, GateKind, Outcome, Verb, gate_key
from domain.identity.permissions import Act
from domain.identity.roles import ROLE_NAMES, Grant
from domain.standings import Standing
from domain.text import Text, listed
from models import Claim, Community, Decision, Gate, Person, Process, ProcessRun, Street
from services.gates.dossiers import build_dossier
from services.gates.kits import EventGate, GateKit, Progress
from services.gates.now_with import NowWith, now_at
from services.gates.policy_rows import eligible_people, from_json
from services.gates.process_kits import kit_at, kit_of, read_key
from services.gates.readers import Subject
from services.gates.settle_gate import waiting_gate
from services.gates.subjects import codes_of, process_of, subject_coded
from services.gates.tasks import Task, task_at
from services.identity.actors import Codes, may

# Where nobody decides on a version of the dossier, it is shown as everything stands now.
_LIVE = frozenset({GateKind.PREPARATION, GateKind.EVENT, GateKind.TIMER})


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """What somebody said; ``counts`` is false for what was said of an earlier dossier."""

    name: str
    instead_of: str | None
    verb: Verb
    option: str | None
    comment: str
    channel: str
    at: datetime
    counts: bool


@dataclass(frozen=True, slots=True)
class SeatLine:
    """A seat at the gate: the role, how many people it wants, who may sit there."""

    role: Text
    wanted: int
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GateLine:
    """A gate of the same project, in its history."""

    key: str
    title: Text
    kind: GateKind
    round: int
    outcome: Outcome | None
    opened_at: datetime
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class FactChange:
    """A fact of the dossier that is another one than when the stage was returned."""

    name: Text
    before: Text
    after: Text


@dataclass(frozen=True, slots=True)
class Returned:
    """Why the stage began another round: the gate that returned it, by whom and why, what changed."""

    title: Text
    decisions: tuple[DecisionLine, ...]
    changes: tuple[FactChange, ...]


class GatePage(NamedTuple):
    """Everything on a gate's page; ``path`` is where everybody reads of its subject.

    ``whole`` is false for readers of the public facts alone; ``reads_all`` true for those who may
    open every gate of the project. ``as_of`` is when the facts were put together for a decision;
    None where nobody decides on them yet, and they are as they stand now.
    """

    subject: Any
    path: str
    place: str
    gate: Gate
    key: str
    kit: GateKit[Any]
    task: Task | None
    whole: bool
    reads_all: bool
    facts: tuple[dict[str, Any], ...]
    as_of: datetime | None
    checks: dict[str, Any] | None
    decisions: tuple[DecisionLine, ...]
    returned: Returned | None
    seats: tuple[SeatLine, ...]
    progress: Progress | None
    now: NowWith | None
    claimed_by: str | None
    claimed_by_me: bool
    history: tuple[GateLine, ...]
    flow_run: UUID | None

    @property
    def title(self) -> Text:
        """Return what people call the gate."""
        return self.kit.rule.title

    @property
    def duty(self) -> str:
        """Return the code of what somebody does there."""
        return self.kit.duty


def find_gate_keyed(session: Session, code: str, key: str) -> tuple[Subject, Gate]:
    """Return the subject with this code, and its gate by its key; raise NotFound."""
    subject = subject_coded(session, code)
    parts = read_key(key)
    gate = (
        parts
        and session.exec(
            select(Gate).where(
                Gate.process_id == subject.id,
                Gate.stage == parts.stage,
                Gate.kind == parts.kind,
                Gate.round == parts.round,
            )
        ).one_or_none()
    )
    if not gate:
        raise NotFound(what=Text("环节", "gate"), key=f"{code}/{key}")
    return subject, gate


def open_gate_of(session: Session, code: str) -> str | None:
    """Return the key of the gate at which something waits."""
    gate = waiting_gate(session, subject_coded(session, code))
    return gate_key(gate.stage, gate.kind, gate.round) if gate else None


def read_gate_page(
    session: Session, person_id: UUID, grants: tuple[Grant, ...], code: str, key: str
) -> GatePage:
    """Return a gate's page; raise NotFound, or NotPermitted for whom it does not concern."""
    subject, gate = find_gate_keyed(session, code, key)
    kit, process = kit_at(gate), process_of(session, subject.id)
    codes = codes_of(session, subject.id)
    task = task_at(session, person_id, grants, subject, gate)
    decisions = _decisions(session, gate)
    guarded = kit_of(subject).is_guarded(session, subject)
    audits = not guarded and may(grants, Act.AUDIT, codes) is not None
    whole = _may_read(session, person_id, grants, gate, task, codes, audits=audits)
    live = gate.outcome is None and gate.kind in _LIVE
    dossier = build_dossier(session, subject, kit) if live else gate.dossier
    claim = session.get(Claim, gate.id)
    run = session.get(ProcessRun, gate.process_id)
    return GatePage(
        subject,
        kit_of(subject).page(subject),
        _place(session, process),
        gate,
        key,
        kit,
        task if gate.outcome is None else None,
        whole,
        audits or any(may(grants, act, codes) for act in (Act.READ_DOSSIER, Act.OPERATE)),
        tuple({"kind": ""} | line for line in dossier["facts"] if whole or line["public"]),
        None if live else gate.dossier_at,
        dossier["checks"],
        decisions if whole else (),
        _returned(session, gate, dossier["facts"]) if whole else None,
        _seats(session, gate) if whole and gate.outcome is None else (),
        kit.progress(session, subject)
        if isinstance(kit, EventGate) and gate.outcome is None
        else None,
        now_at(session, subject, gate) if gate.outcome is None else None,
        session.get_one(Person, claim.person_id).name if claim else None,
        bool(claim and claim.person_id == person_id),
        _history(session, subject),
        run.flow_run_id if run else None,
    )


def _place(session: Session, process: Process) -> str:
    """Return the street and the community; nothing for what concerns the whole district."""
    names = []
    if process.street_code:
        names.append(session.get_one(Street, process.street_code).name)
    if process.community_code:
        names.append(session.get_one(Community, process.community_code).name)
    return " ".join(names)


def _may_read(
    session: Session,
    person_id: UUID,
    grants: tuple[Grant, ...],
    gate: Gate,
    task: Task | None,
    codes: Codes,
    *,
    audits: bool,
) -> bool:
    """Tell whether somebody reads the whole dossier, or its public facts; raise NotPermitted.

    An interest closes the dossier, whatever else the person is; having prepared it does not.
    """
    barred = task is not None and task.standing is Standing.BARRED
    # A list that is decided is read whole by those who decide it, never by those on it.
    if task is not None and task.kit.blocks_reading:
        return False
    interested = from_json(gate.policy).excluded.get(person_id) == "interest" or (
        barred and task is not None and task.why != EXCLUSIONS["preparer"]
    )
    spoke = session.exec(
        select(Decision.id).where(Decision.gate_id == gate.id, Decision.person_id == person_id)
    ).first()
    concerned = bool(task or spoke or audits or may(grants, Act.READ_DOSSIER, codes))
    if concerned and not interested:
        return True
    if concerned or may(grants, Act.OPERATE, codes):
        return False
    raise NotPermitted(
        zh="这个环节由其他角色或其他地点的人办理。",
        en="this gate is for other roles, or for people of another place.",
    )


def _decisions(session: Session, gate: Gate) -> tuple[DecisionLine, ...]:
    rows = session.exec(
        select(Decision, Person)
        .join(Person, col(Person.id) == Decision.person_id)
        .where(Decision.gate_id == gate.id)
        .order_by(col(Decision.decided_at))
    ).all()
    away = {decision.for_id for decision, _ in rows if decision.for_id}
    names = (
        {
            person.id: person.name
            for person in session.exec(select(Person).where(col(Person.id).in_(away)))
        }
        if away
        else {}
    )
    return tuple(
        DecisionLine(
            person.name,
            names.get(decision.for_id) if decision.for_id else None,
            decision.verb,
            decision.option,
            decision.comment,
            decision.channel,
            decision.decided_at,
            decision.dossier_version == gate.dossier_version,
        )
        for decision, person in rows
    )


def _returned(session: Session, gate: Gate, facts: Sequence[dict[str, Any]]) -> Returned | None:
    """Return how the round before came to be returned, None where it was not people's doing."""
    if gate.kind is GateKind.REPAIR or gate.round == 1:
        return None
    here = (Gate.process_id == gate.process_id, Gate.stage == gate.stage)
    before = session.exec(
        select(Gate)
        .where(*here, Gate.outcome == Outcome.RETURNED, col(Gate.decided_at) <= gate.opened_at)
        .order_by(col(Gate.decided_at).desc())
    ).first()
    # A mended gate counts its own rounds; what began after the return belongs to a later round.
    if (
        before is None
        or session.exec(
            select(Gate.id).where(
                *here,
                Gate.kind != GateKind.REPAIR,
                col(Gate.opened_at) > before.decided_at,
                Gate.round < gate.round,
            )
        ).first()
    ):
        return None
    decisions = [line for line in _decisions(session, before) if line.verb is Verb.RETURN]
    if not decisions:
        return None
    return Returned(
        kit_at(before).rule.title,
        tuple(decisions),
        _changes(before.dossier.get("facts", ()), facts),
    )


def _changes(
    before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]]
) -> tuple[FactChange, ...]:
    """Return the facts of both dossiers that differ, by their names; several of a name are one."""
    was, now = _by_name(before), _by_name(after)
    return tuple(
        FactChange(name, listed(was.get(name, ())), listed(now.get(name, ())))
        for name in dict.fromkeys([*was, *now])
        if was.get(name) != now.get(name)
    )


def _by_name(facts: Sequence[dict[str, Any]]) -> dict[Text, list[Text]]:
    """Return the values of each fact that is read as it stands, by its name."""
    values: dict[Text, list[Text]] = defaultdict(list)
    for line in facts:
        if not line.get("kind"):
            value = Text(line["value"], line.get("value_en", line["value"]))
            values[Text(line["zh"], line["en"])].append(value)
    return values


def _seats(session: Session, gate: Gate) -> tuple[SeatLine, ...]:
    policy = from_json(gate.policy)
    return tuple(
        SeatLine(
            ROLE_NAMES[seat.role],
            seat.count,
            tuple(person.name for person in eligible_people(session, policy, seat)),
        )
        for seat in policy.seats
    )


def _history(session: Session, subject: Subject) -> tuple[GateLine, ...]:
    rows = session.exec(
        select(Gate).where(Gate.process_id == subject.id).order_by(col(Gate.opened_at))
    ).all()
    return tuple(
        GateLine(
            gate_key(row.stage, row.kind, row.round),
            kit_at(row).rule.title,
            row.kind,
            row.round,
            row.outcome,
            row.opened_at,
            row.decided_at,
        )
        for row in rows
    )
