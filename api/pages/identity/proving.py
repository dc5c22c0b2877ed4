"""Proving again who one is, where a change gives power or an award is decided."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from uuid import UUID

from sqlmodel import Session
from starlette.responses import Response

from api.forms import FormData
from api.view import View
from domain.errors import BadInput
from domain.text import Text
from models.session import unit_of_work
from services.identity.sessions import prove_session
from services.identity.sign_in import prove
from services.identity.single_sign_on import linked, sso_name
from services.seal.seal_keys import unlock_key

Do = TypeVar("Do", bound=Callable[..., Response])


def require_password(session: Session, v: View, password: str, *, holds: bool = False) -> None:
    """Raise BadInput for a wrong password; the try counts whatever becomes of the request.

    ``holds`` is whether the proof holds for a while. Nothing may have been begun before.
    """
    assert v.visitor is not None
    visitor = v.visitor
    # What the request holds of its session's row would make the proof wait for itself.
    session.rollback()
    with unit_of_work(apart=True, hurried=True) as other:
        why = prove(other, login=visitor.actor.login, password=password, by=visitor.session_id)
        if why is None and holds:
            prove_session(other, visitor.session_id)
    if why:
        raise BadInput(zh=why.zh, en=why.en)


def require_proof(session: Session, v: View, typed: FormData) -> None:
    """Let the actor count as proved, of late or by the password typed; raise BadInput."""
    if not v.actor.proved:
        require_password(session, v, typed.text("password"), holds=True)
    v.prove()


def unlocked(session: Session, owner: UUID, passphrase: str, by: UUID | None = None) -> bytes:
    """Return the private key of an owner; raise BadInput for a wrong passphrase, which counts."""
    session.rollback()
    with unit_of_work(apart=True, hurried=True) as other:
        private = unlock_key(other, owner, passphrase, by=by)
    if isinstance(private, Text):
        raise BadInput(zh=private.zh, en=private.en)
    return private


def proved(do: Do) -> Do:
    """Let the route of a form be for actors who have proved who they are.

    Actors who have not are asked first; the values they sent go on with their answer.
    """

    @wraps(do)
    def ask_first(session: Session, v: View, **given: Any) -> Response:
        typed = next(value for value in given.values() if isinstance(value, FormData))
        if not v.actor.proved and not typed.has("password"):
            return _ask(session, v, typed)
        try:
            require_proof(session, v, typed)
        except BadInput as error:
            return _ask(session, v, typed, error)
        response: Response = do(session=session, v=v, **given)
        return response

    return cast(Do, ask_first)


def _ask(session: Session, v: View, typed: FormData, why: BadInput | None = None) -> Response:
    sso = sso_name() if linked(session, v.actor.person_id) else None
    return v.page("identity/prove.html", status=403, sent=v.sent_values(typed), why=why, sso=sso)
