"""Gates: the dossier, what one does there, decisions, claims."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from sqlmodel import Session
from starlette.responses import Response

from api.deps import SessionDep
from api.files import send, send_unsealed
from api.json.access import Deciding, Idempotent, Reading, Working
from api.json.routing import ApiRoute
from api.json.shapes import gates as shapes
from api.json.shapes.base import Listing
from domain.errors import NotPermitted, ProofNeeded
from domain.standings import Standing
from models import Gate
from models.session import unit_of_work
from services.award.minutes import arithmetic
from services.bid.read_bid_file import file_at_gate
from services.clock import now
from services.deliver.evidence import read_evidence
from services.gates.approval_codes import issue_code
from services.gates.claims import claim_gate, release_gate
from services.gates.decide_gate import decide_gate
from services.gates.gate_page import GatePage, find_gate_keyed, read_gate_page
from services.gates.inbox import DecisionsCreate, decide_several
from services.gates.process_kits import kit_at
from services.gates.tasks import Task, task_page
from services.gates.work_at import require_task
from services.identity.access_tokens import Bearer
from services.identity.actors import Actor
from services.identity.sign_in import prove

router = APIRouter(route_class=ApiRoute, tags=["desk"])


def _gate(g: GatePage) -> dict[str, Any]:
    policy = g.gate.policy
    return {
        "code": g.subject.code,
        "project": g.subject.title,
        "place": g.place,
        "status": g.subject.status,
        "key": g.key,
        "title": g.title,
        "stage": g.gate.stage,
        "kind": g.gate.kind,
        "round": g.gate.round,
        "duty": g.duty,
        "standing": g.task.standing if g.task else None,
        "why": g.task.why if g.task else None,
        "verbs": policy.get("verbs", []),
        "options": policy.get("options", []),
        "wants_password": g.kit.rule.proof,
        "dossier_version": g.gate.dossier_version,
        "opened_at": g.gate.opened_at,
        "due_at": g.gate.due_at,
        "outcome": g.gate.outcome,
        "whole": g.whole,
        "facts": g.facts,
        "as_of": g.as_of,
        "checks": g.checks,
        "said": g.decisions,
        "returned": g.returned,
        "seats": g.seats,
        "progress": g.progress,
        "now": g.now,
        "claimed_by": g.claimed_by if g.whole else None,
        "history": g.history,
    }


def _about(session: Session, who: Bearer, task: Task | None) -> dict[str, Any]:
    """Return what the caller's task is about; a sealed bid is nothing to read here."""
    shown = task is not None and task.kit.in_api and task.standing is not Standing.BARRED
    x = task_page(session, who.actor.person_id, who.grants, task) if task and shown else None
    award, evidence = getattr(x, "award", None), getattr(x, "evidence", {})
    acceptances = getattr(x, "acceptances", {})
    return {
        "ranking": [
            ranked | {"lines": arithmetic(ranked["lines"])}
            for ranked in (award.ranking if award else ())
        ],
        "bids": getattr(x, "bids", []),
        "agreement": getattr(x, "agreement", None),
        "milestones": [
            milestone.model_dump()
            | {
                "state": milestone.state,
                "evidence": evidence.get(milestone.id, []),
                "acceptances": acceptances.get(milestone.id, []),
            }
            for milestone in getattr(x, "milestones", ())
        ],
        "amendments": getattr(x, "amendments", ()),
        "findings": getattr(x, "findings", []),
        "notes": getattr(x, "notes", []),
        "words": getattr(x, "words", ()),
        "entries": [entry for entry, _ in getattr(x, "entries", ())] + getattr(x, "own", []),
    }


@router.get("/gates/{code}/{key}", response_model=shapes.GatePublic)
def gate(session: SessionDep, who: Reading, code: str, key: str) -> Any:
    """Show a gate with its dossier and what the caller's task there is about, as far as they may."""
    page = read_gate_page(session, who.actor.person_id, who.grants, code, key)
    return _gate(page) | _about(session, who, page.task)


@router.get("/gates/{code}/{key}/files/{file_id}", response_class=Response)
def bid_file(session: SessionDep, who: Reading, code: str, key: str, file_id: UUID) -> Response:
    """Send a file of an opened bid to those before whom the bid lies."""
    return send_unsealed(
        file_at_gate(session, who.actor.person_id, who.grants, code=code, key=key, file_id=file_id)
    )


@router.get("/gates/{code}/{key}/evidence/{sha256}", response_class=Response)
def evidence(session: SessionDep, who: Reading, code: str, key: str, sha256: str) -> Response:
    """Send a file of a milestone to those who deliver, accept or judge it."""
    file = read_evidence(
        session, who.actor.person_id, who.grants, code=code, key=key, sha256=sha256
    )
    return send(file)


def proved(who: Bearer, gate: Gate, password: str | None) -> Actor:
    """Return the actor, proved by their password where the gate wants it; raise ProofNeeded.

    A wrong password is counted in a transaction of its own, as the request is refused.
    """
    if not kit_at(gate).rule.proof:
        return who.actor
    if password is None:
        raise ProofNeeded
    with unit_of_work(apart=True) as other:
        why = prove(other, login=who.actor.login, password=password, by=who.actor.person_id)
    if why:
        raise NotPermitted(zh=why.zh, en=why.en)
    return Actor(who.actor.person_id, who.actor.login, who.actor.channel, proved=True)


@router.post("/gates/{code}/{key}/decisions", status_code=204, dependencies=[Idempotent])
def decide(
    session: SessionDep, who: Deciding, code: str, key: str, sent: shapes.ProvedDecisionCreate
) -> None:
    """Decide a gate on the dossier that was read."""
    _, gate_row = find_gate_keyed(session, code, key)
    decide_gate(
        session,
        gate_id=gate_row.id,
        actor=proved(who, gate_row, sent.password),
        verb=sent.verb,
        option=sent.option,
        comment=sent.comment,
        dossier_version=sent.dossier_version,
        at=now(session),
    )


@router.post("/decisions", response_model=Listing[shapes.BulkLinePublic], dependencies=[Idempotent])
def decide_alike(session: SessionDep, who: Deciding, sent: DecisionsCreate) -> Any:
    """Decide several gates alike; one that is refused hinders no other."""
    lines = decide_several(session, actor=who.actor, decisions=sent)
    return {
        "items": [
            {
                "code": line.code,
                "project": line.project,
                "key": line.key,
                "taken": line.error is None,
                "error": line.error.code if line.error else None,
                "why": {"zh": line.error.say("zh"), "en": line.error.say("en")}
                if line.error
                else None,
            }
            for line in lines
        ]
    }


@router.post(
    "/gates/{code}/{key}/approval-codes", status_code=201, response_model=shapes.ApprovalCodePublic
)
def approval_code(
    session: SessionDep, who: Deciding, code: str, key: str, sent: shapes.ProvedCodeCreate
) -> Any:
    """Issue a one-time code for deciding in the Prefect UI; it is given only now."""
    project, gate_row = find_gate_keyed(session, code, key)
    actor = proved(who, gate_row, sent.password)
    require_task(session, actor, who.grants, project, gate_row)
    plain, row = issue_code(
        session, gate_id=gate_row.id, actor=actor, verb=sent.verb, option=sent.option
    )
    return {"code": plain, "expires_at": row.expires_at}


@router.put("/gates/{code}/{key}/claim", status_code=204, dependencies=[Idempotent])
def claim(session: SessionDep, who: Working, code: str, key: str) -> None:
    """Say that one is at work on a gate; it hinders nobody from deciding."""
    claim_gate(session, code=code, key=key, actor=who.actor)


@router.delete("/gates/{code}/{key}/claim", status_code=204, dependencies=[Idempotent])
def release(session: SessionDep, who: Working, code: str, key: str) -> None:
    """Give the caller's claim back."""
    release_gate(session, code=code, key=key, actor=who.actor)
