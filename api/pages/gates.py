"""A gate's page: the dossier, what one may do there, and deciding."""

from collections.abc import Callable
from typing import Any

from sqlmodel import Session
from starlette.responses import HTMLResponse, Response

from api.deps import SessionDep, SignedIn
from api.form_routes import FormRouter
from api.forms import Typed, TypedDep
from api.pages.proving import require_proof
from api.view import View
from domain.choices import chosen
from domain.errors import BadInput
from domain.gates import Verb
from domain.identity.permissions import Act
from domain.lifecycle import Action, allowed
from models import Gate, Project
from models.settings import settings
from services.clock import is_demo, now
from services.drafts import drop_from_draft, gate_draft, read_draft
from services.gates.approval_codes import issue_code
from services.gates.claims import claim_gate, release_gate
from services.gates.decide_gate import decide_gate
from services.gates.gate_page import find_gate_keyed, open_gate_of, read_gate_page
from services.gates.process_kits import kit_at, kit_of
from services.gates.subjects import subject_coded
from services.gates.tasks import task_page
from services.gates.work_at import require_task
from services.identity.actors import Actor, may, place_of
from services.identity.single_sign_on import linked, sso_name

router = FormRouter(prefix="/desk/{code}")


def show_gate(session: Session, v: View, code: str, key: str, **more: Any) -> HTMLResponse:
    """Return a gate's page."""
    assert v.visitor is not None
    page = read_gate_page(session, v.actor.person_id, v.visitor.grants, code, key)
    x = task_page(session, v.actor.person_id, v.visitor.grants, page.task) if page.task else None
    draft = read_draft(session, gate_draft(page.gate.id, v.actor.person_id)) if page.task else None
    return v.page(
        "gate.html",
        g=page,
        x=x,
        kept_before=Typed(draft.content) if draft else None,
        wants_proof=page.kit.rule.proof and not v.actor.proved,
        sso=sso_name() if linked(session, v.actor.person_id) else None,
        code_minutes=settings().code_minutes,
        demo=is_demo(session),
        cancels=isinstance(page.subject, Project)
        and may(v.visitor.grants, Act.CANCEL_PROJECT, place_of(page.subject)) is not None
        and Action.CANCEL in allowed(page.subject.status),
        **more,
    )


def act(
    session: Session,
    v: View,
    typed: Typed,
    where: tuple[str, str],
    do: Callable[[], object],
    done: str,
) -> Response:
    """Do something at the gate ``where`` and show it."""
    do()
    gate = find_gate_keyed(session, *where)[1]
    drop_from_draft(session, gate_draft(gate.id, v.actor.person_id), typed.values)
    return v.go(f"/desk/{where[0]}/{where[1]}", done=done)


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


@router.form("/{key}/decide", shown="/desk/{code}/{key}")
def decide(session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str) -> Response:
    """Decide; an award takes the password again."""
    actor, held = _proved(session, v, typed, code, key)
    return act(
        session,
        v,
        typed,
        (code, key),
        lambda: decide_gate(
            session,
            gate_id=held.id,
            actor=actor,
            verb=_verb(typed),
            option=typed.text("option") or None,
            comment=typed.text("comment"),
            dossier_version=_version(typed),
            at=now(session),
        ),
        "decided",
    )


def _proved(session: Session, v: View, typed: Typed, code: str, key: str) -> tuple[Actor, Gate]:
    """Return who decides at a gate, having proved who they are where the gate asks for it."""
    gate = find_gate_keyed(session, code, key)[1]
    if not kit_at(gate).rule.proof:
        return v.actor, gate
    require_proof(session, v, typed)
    return v.prove(), gate


def _verb(typed: Typed) -> Verb:
    verb = chosen(Verb, typed.text("verb"))
    if verb is None:
        raise BadInput(zh="请选择一种决定。", en="Choose a decision.")
    return verb


def _version(typed: Typed) -> int:
    version = typed.whole("version")
    if version is None:
        raise BadInput(
            zh="没有写明依据哪一版材料，请核对后再决定一次。",
            en="It does not say on which version of the dossier; look it over and decide again.",
        )
    return version


@router.form("/{key}/code", shown="/desk/{code}/{key}")
def code_for_prefect(
    session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str
) -> HTMLResponse:
    """Issue a one-time code for deciding in the Prefect UI; it is shown once."""
    _, held = _proved(session, v, typed, code, key)
    assert v.visitor is not None
    project = subject_coded(session, code)
    require_task(session, v.actor, v.visitor.grants, project, held)
    verb, option = _verb(typed), typed.text("option") or None
    plain, row = issue_code(session, gate_id=held.id, actor=v.actor, verb=verb, option=option)
    return show_gate(session, v, code, key, issued=plain, issued_for=verb, expires=row.expires_at)


@router.form("/{key}/claim", shown="/desk/{code}/{key}")
def claim(session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str) -> Response:
    """Say that one is at work on the gate."""
    where = (code, key)
    return act(
        session,
        v,
        typed,
        where,
        lambda: claim_gate(session, code=code, key=key, actor=v.actor),
        "claimed",
    )


@router.form("/{key}/release", shown="/desk/{code}/{key}")
def release(session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str) -> Response:
    """Give the gate back."""
    where = (code, key)
    return act(
        session,
        v,
        typed,
        where,
        lambda: release_gate(session, code=code, key=key, actor=v.actor),
        "released",
    )
