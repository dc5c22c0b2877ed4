"""A gate's page: the dossier, what one may do there, and deciding."""

from typing import Any

from sqlmodel import Session
from starlette.responses import HTMLResponse, Response

from api.deps import SessionDep, SignedIn
from api.form_routes import FormRouter
from api.forms import FormData
from api.gate_forms import GATE, AtGate, GateForm
from api.pages.identity.proving import require_proof
from api.view import View
from domain.identity.permissions import Act
from domain.lifecycle import Action, allowed
from models import Gate, Project
from models.settings import settings
from services.clock import is_demo, now
from services.drafts import gate_draft, read_draft
from services.gates.approval_codes import ApprovalCodeCreate, issue_code
from services.gates.claims import claim_gate, release_gate
from services.gates.decide_gate import DecisionCreate, decide_gate
from services.gates.gate_page import find_gate_keyed, open_gate_of, read_gate_page
from services.gates.process_kits import kit_at, kit_of
from services.gates.subjects import subject_coded
from services.gates.tasks import task_page
from services.gates.work_at import require_task
from services.identity.actors import may, place_of
from services.identity.single_sign_on import linked, sso_name

router = FormRouter(prefix="/desk/{code}")


def show_gate(session: Session, v: View, code: str, key: str, **more: Any) -> HTMLResponse:
    """Return a gate's page."""
    assert v.visitor is not None
    page = read_gate_page(session, v.actor.person_id, v.visitor.grants, code, key)
    x = task_page(session, v.actor.person_id, v.visitor.grants, page.task) if page.task else None
    draft = read_draft(session, gate_draft(page.gate.id, v.actor.person_id)) if page.task else None
    return v.page(
        "gates/gate.html",
        g=page,
        x=x,
        kept_before=FormData(draft.content) if draft else None,
        wants_proof=page.kit.rule.proof and not v.actor.proved,
        sso=sso_name() if linked(session, v.actor.person_id) else None,
        code_minutes=settings().code_minutes,
        demo=is_demo(session),
        cancels=isinstance(page.subject, Project)
        and may(v.visitor.grants, Act.CANCEL_PROJECT, place_of(page.subject)) is not None
        and Action.CANCEL in allowed(page.subject.status),
        **more,
    )


@router.get("")
def present(session: SessionDep, v: SignedIn, code: str) -> Response:
    """Go to the gate at which something waits, or to its public page."""
    key = open_gate_of(session, code)
    if key:
        return v.go(f"/desk/{code}/{key}")
    subject = subject_coded(session, code)
    return v.go(kit_of(subject).page(subject))


@router.get("/{key}")
def gate(session: SessionDep, v: SignedIn, code: str, key: str) -> HTMLResponse:
    """Show a gate."""
    return show_gate(session, v, code, key)


@router.form("/{key}/decide", shown=GATE, takes=DecisionCreate)
def decide(at: AtGate) -> Response:
    """Decide; an award takes the password again."""
    sent = at.read(DecisionCreate)
    gate = _proved(at)
    decide_gate(
        at.session,
        gate_id=gate.id,
        actor=at.actor,
        verb=sent.verb,
        option=sent.option,
        comment=sent.comment,
        dossier_version=sent.dossier_version,
        at=now(at.session),
    )
    return at.done("decided")


def _proved(at: GateForm) -> Gate:
    """Return the gate; raise BadInput where it asks for a proof and the visitor gives none."""
    gate = find_gate_keyed(at.session, at.code, at.key)[1]
    if kit_at(gate).rule.proof:
        require_proof(at.session, at.v, at.typed)
    return gate


@router.form("/{key}/code", shown=GATE, takes=ApprovalCodeCreate)
def code_for_prefect(at: AtGate) -> HTMLResponse:
    """Issue a one-time code for deciding in the Prefect UI; it is shown once."""
    sent = at.read(ApprovalCodeCreate)
    gate = _proved(at)
    session, v, code, key = at.session, at.v, at.code, at.key
    assert v.visitor is not None
    require_task(session, v.actor, v.visitor.grants, subject_coded(session, code), gate)
    plain, row = issue_code(
        session, gate_id=gate.id, actor=v.actor, verb=sent.verb, option=sent.option
    )
    return show_gate(
        session, v, code, key, issued=plain, issued_for=sent.verb, expires=row.expires_at
    )


@router.form("/{key}/claim", shown=GATE)
def claim(at: AtGate) -> Response:
    """Say that one is at work on the gate."""
    claim_gate(at.session, code=at.code, key=at.key, actor=at.actor)
    return at.done("claimed")


@router.form("/{key}/release", shown=GATE)
def release(at: AtGate) -> Response:
    """Give the gate back."""
    release_gate(at.session, code=at.code, key=at.key, actor=at.actor)
    return at.done("released")
