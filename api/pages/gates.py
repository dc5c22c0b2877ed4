"""A gate's page: the dossier, what one may do there, and deciding."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from sqlmodel import Session
from starlette.responses import HTMLResponse, Response

from api.deps import SessionDep, SignedIn
from api.errors import status_of
from api.forms import Typed, TypedDep, refused
from api.pages.proving import proof_missing
from api.view import View
from domain.choices import chosen
from domain.errors import BadInput, JiebangError
from domain.gates import Verb
from domain.lifecycle import Action, allowed
from domain.permissions import Act
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
from services.identity.actors import may, place_of
from services.identity.single_sign_on import linked, sso_name

router = APIRouter(prefix="/desk/{code}")


def show_gate(
    session: Session, v: View, code: str, key: str, f: Typed | None = None, **more: Any
) -> HTMLResponse:
    """Return a gate's page; ``f`` gives back what was typed, with why it was refused."""
    assert v.visitor is not None
    page = read_gate_page(session, v.actor.person_id, v.visitor.grants, code, key)
    x = task_page(session, v.actor.person_id, v.visitor.grants, page.task) if page.task else None
    draft = read_draft(session, gate_draft(page.gate.id, v.actor.person_id)) if page.task else None
    if f is None and draft:
        f = Typed(draft.content)
    return v.page(
        "gate.html",
        status=status_of(f.error) if f and f.error else 200,
        g=page,
        x=x,
        draft_at=draft.saved_at if draft else None,
        f=f or Typed(),
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
    """Do something at the gate ``where`` and show it; refused, give the form back."""
    try:
        do()
        gate = find_gate_keyed(session, *where)[1]
        drop_from_draft(session, gate_draft(gate.id, v.actor.person_id), typed.values)
    except JiebangError as error:
        return show_gate(session, v, *where, refused(session, typed, error))
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


@router.post("/{key}/decide")
def decide(session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str) -> Response:
    """Decide; an award takes the password again."""
    _, held = find_gate_keyed(session, code, key)
    actor = v.actor
    if error := _proof_missing(session, v, typed, held):
        return show_gate(session, v, code, key, typed.refused(error))
    if kit_at(held).rule.proof:
        actor = v.prove()
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


def _proof_missing(session: Session, v: View, typed: Typed, gate: Gate) -> BadInput | None:
    """Return why an award may not be touched yet."""
    return proof_missing(session, v, typed) if kit_at(gate).rule.proof else None


def _verb(typed: Typed) -> Verb:
    verb = chosen(Verb, typed.text("verb"))
    if verb is None:
        raise BadInput(zh="请选择一种决定。", en="Choose a decision.")
    return verb


def _version(typed: Typed) -> int:
    version = typed.whole("version")
    if version is None:
        raise BadInput(zh="页面已过期，请刷新后再决定。", en="The page has expired; reload it.")
    return version


@router.post("/{key}/code")
def code_for_prefect(
    session: SessionDep, v: SignedIn, typed: TypedDep, code: str, key: str
) -> HTMLResponse:
    """Issue a one-time code for deciding in the Prefect UI; it is shown once."""
    project, held = find_gate_keyed(session, code, key)
    assert v.visitor is not None
    if missing := _proof_missing(session, v, typed, held):
        return show_gate(session, v, code, key, typed.refused(missing))
    try:
        require_task(session, v.actor, v.visitor.grants, project, held)
        verb, option = _verb(typed), typed.text("option") or None
        plain, row = issue_code(session, gate_id=held.id, actor=v.actor, verb=verb, option=option)
    except JiebangError as error:
        return show_gate(session, v, code, key, refused(session, typed, error))
    return show_gate(session, v, code, key, issued=plain, issued_for=verb, expires=row.expires_at)


@router.post("/{key}/claim")
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


@router.post("/{key}/release")
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
