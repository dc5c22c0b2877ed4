"""The caller's desk: what waits for them, gates, decisions, delegations, tokens and sessions."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from sqlmodel import Session
from starlette.responses import Response

from api.deps import SessionDep
from api.files import send, send_unsealed
from api.json.access import Deciding, Once, Reading, Working
from api.json.routing import ApiRoute
from api.json.shapes import gates as shapes
from api.json.shapes import people
from api.json.shapes.base import Cursor, Listing, Page, page_of
from api.json.shapes.projects import ProjectLinePublic
from domain.errors import NotPermitted, ProofNeeded
from domain.identity.permissions import Act
from domain.standings import Standing
from models import Gate
from models.session import unit_of_work
from services.bid.read_bid_file import file_at_gate
from services.clock import now
from services.deliver.evidence_files import read_evidence
from services.desk.operations import Operations, read_operations
from services.desk.place_projects import place_projects
from services.gates.approval_codes import issue_code
from services.gates.claims import claim_gate, release_gate
from services.gates.decide_gate import decide_gate
from services.gates.gate_page import GatePage, find_gate_keyed, read_gate_page
from services.gates.inbox import decide_several, decided_by
from services.gates.process_kits import kit_at
from services.gates.tasks import Task, task_page, tasks_of
from services.gates.work_at import require_task
from services.identity import access_tokens, delegations
from services.identity.access_tokens import Bearer
from services.identity.actors import DISTRICT, Actor, authorise
from services.identity.sessions import end_session, list_sessions
from services.identity.sign_in import prove

router = APIRouter(route_class=ApiRoute, tags=["desk"])


@router.get("/me", response_model=people.MePublic)
def me(who: Reading) -> Any:
    """Tell whose token this is and what it is good for."""
    return {
        "id": who.actor.person_id,
        "login": who.actor.login,
        "name": who.name,
        "organisation_id": who.organisation_id,
        "grants": who.grants,
        "scopes": sorted(who.scopes),
    }


def _task(task: Task) -> dict[str, Any]:
    return {
        "code": task.subject.code,
        "project": task.subject.title,
        "key": task.key,
        "duty": task.duty,
        "task": task.kit.task,
        "standing": task.standing,
        "why": task.why,
        "dossier_version": task.gate.dossier_version,
        "opened_at": task.gate.opened_at,
        "due_at": task.gate.due_at,
    }


@router.get("/me/tasks", response_model=Page[shapes.TaskPublic])
def tasks(session: SessionDep, who: Reading, cursor: Cursor = "") -> Any:
    """List what waits for the caller, what is due first; done and barred ones say why."""
    return page_of(tasks_of(session, who.actor.person_id, who.grants, after=cursor).each(_task))


@router.get("/me/decisions", response_model=Page[shapes.DecidedPublic])
def decided(session: SessionDep, who: Reading, cursor: Cursor = "") -> Any:
    """List what the caller decided, the newest first."""
    return page_of(decided_by(session, who.actor.person_id, after=cursor))


@router.get("/me/projects", response_model=Page[ProjectLinePublic])
def projects(session: SessionDep, who: Reading, ended: bool = False, cursor: Cursor = "") -> Any:
    """List the projects of the caller's places, and at what each waits."""
    lines = place_projects(session, who.grants, at=now(session), ended=ended, after=cursor)
    return page_of(lines)


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
        "seats": g.seats,
        "progress": g.progress,
        "claimed_by": g.claimed_by if g.whole else None,
        "history": g.history,
    }


def _about(session: Session, who: Bearer, task: Task | None) -> dict[str, Any]:
    """Return what the caller's task is about; a sealed bid is nothing to read here."""
    shown = task is not None and task.kit.in_api and task.standing is not Standing.BARRED
    x = task_page(session, who.actor.person_id, who.grants, task) if task and shown else None
    award, evidence = getattr(x, "award", None), getattr(x, "evidence", {})
    names = shapes.RankLine.model_fields
    return {
        "ranking": [
            line | {"lines": [dict(zip(names, part, strict=True)) for part in line["lines"]]}
            for line in (award.ranking if award else ())
        ],
        "bids": getattr(x, "bids", []),
        "agreement": getattr(x, "agreement", None),
        "milestones": [
            milestone.model_dump() | {"evidence": evidence.get(milestone.id, [])}
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
    held = read_evidence(
        session, who.actor.person_id, who.grants, code=code, key=key, sha256=sha256
    )
    return send(held)


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


@router.post("/gates/{code}/{key}/decisions", status_code=204, dependencies=[Once])
def decide(
    session: SessionDep, who: Deciding, code: str, key: str, sent: shapes.DecisionCreate
) -> None:
    """Decide a gate on the dossier that was read."""
    _, held = find_gate_keyed(session, code, key)
    decide_gate(
        session,
        gate_id=held.id,
        actor=proved(who, held, sent.password),
        verb=sent.verb,
        option=sent.option,
        comment=sent.comment,
        dossier_version=sent.dossier_version,
        at=now(session),
    )


@router.post("/decisions", response_model=Listing[shapes.BulkLinePublic], dependencies=[Once])
def decide_alike(session: SessionDep, who: Deciding, sent: shapes.DecisionsCreate) -> Any:
    """Decide several gates alike; one that is refused hinders no other."""
    lines = decide_several(
        session,
        actor=who.actor,
        gates=[(gate.code, gate.key, gate.dossier_version) for gate in sent.gates],
        verb=sent.verb,
        comment=sent.comment,
    )
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
    session: SessionDep, who: Deciding, code: str, key: str, sent: shapes.ApprovalCodeCreate
) -> Any:
    """Issue a one-time code for deciding in the Prefect UI; it is given only now."""
    project, held = find_gate_keyed(session, code, key)
    actor = proved(who, held, sent.password)
    require_task(session, actor, who.grants, project, held)
    plain, row = issue_code(
        session, gate_id=held.id, actor=actor, verb=sent.verb, option=sent.option
    )
    return {"code": plain, "expires_at": row.expires_at}


@router.put("/gates/{code}/{key}/claim", status_code=204, dependencies=[Once])
def claim(session: SessionDep, who: Working, code: str, key: str) -> None:
    """Say that one is at work on a gate; it hinders nobody from deciding."""
    claim_gate(session, code=code, key=key, actor=who.actor)


@router.delete("/gates/{code}/{key}/claim", status_code=204, dependencies=[Once])
def release(session: SessionDep, who: Working, code: str, key: str) -> None:
    """Give one's claim back."""
    release_gate(session, code=code, key=key, actor=who.actor)


@router.get("/me/delegations", response_model=Listing[people.DelegationPublic])
def list_delegations(session: SessionDep, who: Reading) -> Any:
    """List who decides in whose place, as far as it concerns the caller."""
    return {"items": delegations.delegations_of(session, who.actor.person_id)}


@router.get("/me/colleagues", response_model=Listing[people.ColleaguePublic])
def colleagues(session: SessionDep, who: Reading) -> Any:
    """List who may decide in the caller's place."""
    return {"items": delegations.colleagues(session, who.actor)}


@router.post("/me/delegations", status_code=204, dependencies=[Once])
def delegate(session: SessionDep, who: Deciding, sent: delegations.DelegationCreate) -> None:
    """Let a colleague decide in one's place from a day to a day, both included."""
    delegations.delegate(session, actor=who.actor, form=sent)


@router.delete("/me/delegations/{delegation_id}", status_code=204, dependencies=[Once])
def revoke_delegation(session: SessionDep, who: Deciding, delegation_id: UUID) -> None:
    """Take a delegation back; what was decided under it stands."""
    delegations.revoke(session, actor=who.actor, delegation_id=delegation_id)


@router.get("/me/tokens", response_model=Listing[people.TokenPublic])
def tokens(session: SessionDep, who: Reading) -> Any:
    """List the caller's tokens; new ones are made under My account on the web."""
    return {"items": access_tokens.list_tokens(session, who.actor.person_id)}


@router.delete("/me/tokens/{token_id}", status_code=204, dependencies=[Once])
def revoke_token(session: SessionDep, who: Working, token_id: UUID) -> None:
    """Revoke one of the caller's tokens, this one too."""
    access_tokens.revoke_token(session, actor=who.actor, token_id=token_id)


@router.get("/me/sessions", response_model=Listing[people.SessionPublic])
def sessions(session: SessionDep, who: Reading) -> Any:
    """List where the caller is signed in on the web."""
    return {"items": list_sessions(session, who.actor.person_id)}


@router.delete("/me/sessions/{session_id}", status_code=204, dependencies=[Once])
def sign_out(session: SessionDep, who: Working, session_id: UUID) -> None:
    """End one of the caller's sessions of the web."""
    end_session(session, actor=who.actor, session_id=session_id)


@router.get("/operations", response_model=people.OperationsPublic)
def operations(session: SessionDep, who: Reading, cursor: Cursor = "") -> Operations:
    """Show how the platform is doing, for operators and administrators."""
    authorise(session, who.actor, Act.OPERATE, DISTRICT)
    return read_operations(session, after=cursor)
