"""Proving again who one is, where a change gives power or an award is decided."""

from collections.abc import Callable
from typing import Final, TypeVar

from sqlmodel import Session
from starlette.responses import Response

from api.forms import Typed
from api.view import View
from domain.errors import BadInput, JiebangError
from domain.text import Text
from services.identity.actors import Actor
from services.identity.sessions import prove_session
from services.identity.sign_in import prove
from services.identity.single_sign_on import linked, sso_name

Done = TypeVar("Done")
# What is never written into a page again.
_SECRET: Final = frozenset({"password", "key"})


def prove_here(session: Session, v: View, password: str) -> Text | None:
    """Return why ``password`` does not prove who this session is, None where it does."""
    assert v.visitor is not None
    return prove(session, login=v.actor.login, password=password, by=v.visitor.session_id)


def proof_missing(session: Session, v: View, typed: Typed) -> BadInput | None:
    """Return why it is not proved who this is; a wrong password is counted, so not undone."""
    if v.actor.proved:
        return None
    assert v.visitor is not None
    if why := prove_here(session, v, typed.text("password")):
        return BadInput(zh=why.zh, en=why.en)
    prove_session(session, v.visitor.session_id)
    return None


def act_proved(
    session: Session,
    v: View,
    typed: Typed,
    do: Callable[[Actor], Done],
    *,
    again: Callable[[Typed], Response],
    then: Callable[[Done], Response],
) -> Response:
    """Do something as an actor who has proved who they are; refused, give the form back.

    Whoever has not is asked first; what they sent goes on with their answer.
    """
    if not v.actor.proved and not typed.has("password"):
        return _ask(session, v, typed)
    if missing := proof_missing(session, v, typed):
        return _ask(session, v, typed.refused(missing))
    try:
        # Undone alone: the proof that was just given holds, also for what was refused.
        with session.begin_nested():
            done = do(v.prove())
    except JiebangError as error:
        return again(typed.refused(error))
    return then(done)


def _ask(session: Session, v: View, f: Typed) -> Response:
    sso = sso_name() if linked(session, v.actor.person_id) else None
    return v.page("prove.html", status=403, f=f, sso=sso, secret=_SECRET)
