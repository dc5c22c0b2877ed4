"""Reads for people: what there is, where it stands, what waits for whom."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from domain.choices import chosen
from domain.errors import NotFound
from domain.gates import OUTCOME_NAMES, gate_key, overdue
from domain.lifecycle import STATUS_NAMES, Status
from domain.moments import last_day
from domain.text import Text
from models import (
    Bid,
    CheckRun,
    Community,
    Decision,
    Gate,
    ImportBatch,
    Incident,
    Need,
    Person,
    ProcessRun,
    Project,
    QuarantinedRow,
    StatusChange,
    Street,
)
from models.needs import NeedStatus
from services.clock import now
from services.gates.policy_rows import eligible_people, from_json
from services.gates.process_kits import kit_at
from services.gates.readers import Subject
from services.gates.subjects import subject_coded, subjects_of
from services.projects.forming import project_coded

Row = dict[str, Any]


def list_projects(
    session: Session, *, status: str | None = None, street: str | None = None
) -> list[Row]:
    """Return projects in the order of their codes; raise BadInput for an unknown status."""
    query = (
        select(Project, Street, Community)
        .join(Street, col(Street.code) == Project.street_code)
        .join(Community, col(Community.code) == Project.community_code)
        .order_by(col(Project.code))
    )
    if wanted := chosen(Status, status or ""):
        query = query.where(Project.status == wanted)
    if street:
        query = query.where((Street.name == street) | (Street.code == street))
    return [
        {
            "code": project.code,
            "title": project.title,
            "status": project.status.value,
            "status_zh": STATUS_NAMES[project.status].zh,
            "street": street_row.name,
            "community": community.name,
            "category": project.category,
            "budget": project.budget,
        }
        for project, street_row, community in session.exec(query).all()
    ]


def show_project(session: Session, code: str) -> Row:
    """Return a project with its moves, gates, checks and incidents."""
    project = project_coded(session, code)
    run = session.get(ProcessRun, project.id)
    moves = session.exec(
        select(StatusChange)
        .where(StatusChange.project_id == project.id)
        .order_by(col(StatusChange.changed_at))
    ).all()
    gates = session.exec(
        select(Gate).where(Gate.process_id == project.id).order_by(col(Gate.opened_at))
    ).all()
    checks = session.exec(
        select(CheckRun).where(CheckRun.process_id == project.id).order_by(col(CheckRun.checked_at))
    ).all()
    incidents = session.exec(
        select(Incident).where(Incident.process_id == project.id, col(Incident.closed_at).is_(None))
    ).all()
    bids = session.exec(select(Bid).where(Bid.project_id == project.id, Bid.version > 0)).all()
    at = now(session)
    return {
        "code": project.code,
        "title": project.title,
        "status": project.status.value,
        "status_zh": STATUS_NAMES[project.status].zh,
        "flow_run": run.flow_run_id if run else None,
        "generation": run.generation if run else None,
        "moves": [
            {"at": move.changed_at, "action": move.action.value, "to": move.after.value}
            for move in moves
        ],
        "gates": [_gate_line(project, gate, at) for gate in gates],
        "checks": [
            {
                "suite": check.suite,
                "round": check.round,
                "passed": check.passed,
                "critical": check.critical,
                "warnings": check.warnings,
            }
            for check in checks
        ],
        "bids_received": len(bids),
        "incidents": [{"zh": incident.zh, "en": incident.en} for incident in incidents],
    }


def gate_name(subject: Subject, gate: Gate) -> str:
    """Return the name by which people address a gate."""
    return f"{subject.code}/{gate_key(gate.stage, gate.kind, gate.round)}"


def _gate_line(subject: Subject, gate: Gate, at: datetime) -> Row:
    title = kit_at(gate).rule.title
    outcome = OUTCOME_NAMES[gate.outcome] if gate.outcome else None
    return {
        "gate": gate_name(subject, gate),
        "zh": title.zh,
        "en": title.en,
        "stage_zh": kit_at(gate).stage.name.zh,
        "opened_at": gate.opened_at,
        "due_at": gate.due_at,
        "due_on": last_day(gate.due_at) if gate.due_at else None,
        "overdue": overdue(gate.kind, gate.due_at, gate.decided_at, at),
        "outcome": gate.outcome.value if gate.outcome else None,
        "outcome_zh": outcome.zh if outcome else None,
        "suspensions": gate.parked_wake,
    }


def find_gate(session: Session, name: str) -> tuple[Subject, Gate]:
    """Return the gate called ``CODE/stage-kind-rN``, or the open gate of ``CODE``.

    Raises NotFound.
    """
    code, _, rest = name.partition("/")
    subject = subject_coded(session, code)
    gates = session.exec(
        select(Gate).where(Gate.process_id == subject.id).order_by(col(Gate.opened_at).desc())
    ).all()
    for gate in gates:
        if rest and gate_name(subject, gate) == name:
            return subject, gate
        if not rest and gate.outcome is None:
            return subject, gate
    raise NotFound(what=Text("环节", "gate"), key=name)


def list_gates(
    session: Session, *, everything: bool = False, person: str | None = None
) -> list[Row]:
    """Return gates, those due first: the open ones, or all, or those ``person`` may decide."""
    query = select(Gate)
    if not everything:
        query = query.where(col(Gate.outcome).is_(None))
    gates = session.exec(query.order_by(col(Gate.due_at).nulls_last())).all()
    subjects = subjects_of(session, {gate.process_id for gate in gates})
    rows = [(gate, subjects[gate.process_id]) for gate in gates]
    at = now(session)
    rows.sort(key=lambda row: (row[0].due_at is None, row[0].due_at, row[1].code))
    return [
        _gate_line(subject, gate, at)
        for gate, subject in rows
        if person is None or any(row["login"] == person for row in who_may_decide(session, gate))
    ]


def who_may_decide(session: Session, gate: Gate) -> list[Row]:
    """Return the people who may decide a gate, seat by seat."""
    policy = from_json(gate.policy)
    return [
        {"seat": index, "role": seat.role.value, "login": person.login}
        for index, seat in enumerate(policy.seats)
        for person in eligible_people(session, policy, seat)
    ]


def show_gate(session: Session, name: str) -> Row:
    """Return a gate with its dossier, its decisions and the people who may decide."""
    subject, gate = find_gate(session, name)
    decisions = session.exec(
        select(Decision, Person)
        .join(Person, col(Person.id) == Decision.person_id)
        .where(Decision.gate_id == gate.id)
        .order_by(col(Decision.decided_at))
    ).all()
    return {
        **_gate_line(subject, gate, now(session)),
        "dossier": gate.dossier,
        "dossier_version": gate.dossier_version,
        "dossier_at": gate.dossier_at,
        "verbs": gate.policy["verbs"],
        "options": gate.policy["options"],
        "may_decide": who_may_decide(session, gate),
        "decisions": [
            {
                "by": person.login,
                "verb": decision.verb.value,
                "option": decision.option,
                "comment": decision.comment,
                "channel": decision.channel,
                "at": decision.decided_at,
            }
            for decision, person in decisions
        ],
    }


def list_quarantine(session: Session, *, batch: UUID | None = None) -> list[Row]:
    """Return the rows that wait to be mended, with the file they come from."""
    query = (
        select(QuarantinedRow, ImportBatch)
        .join(ImportBatch, col(ImportBatch.id) == QuarantinedRow.batch_id)
        .where(col(QuarantinedRow.mended_at).is_(None))
        .order_by(col(ImportBatch.imported_at), col(QuarantinedRow.row))
    )
    if batch:
        query = query.where(QuarantinedRow.batch_id == batch)
    return [
        {
            "id": row.id,
            "file": import_batch.filename,
            "row": row.row,
            "column": row.column,
            "rule": row.rule,
            "zh": row.zh,
            "en": row.en,
            "data": row.data,
        }
        for row, import_batch in session.exec(query).all()
    ]


def list_needs(session: Session, *, status: str | None = None) -> list[Row]:
    """Return needs in the order of their codes; raise BadInput for an unknown status."""
    query = (
        select(Need, Community)
        .join(Community, col(Community.code) == Need.community_code, isouter=True)
        .order_by(col(Need.code))
    )
    if wanted := chosen(NeedStatus, status or ""):
        query = query.where(Need.status == wanted)
    return [
        {
            "code": need.code,
            "title": need.title,
            "category": need.category,
            "community": community.name if community else None,
            "place": need.place_text,
            "supporters": need.supporters,
            "status": need.status.value,
        }
        for need, community in session.exec(query).all()
    ]
