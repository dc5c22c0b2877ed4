"""What pages ask for: a session, the time, who asks, and the way they are shown.

How a route gets its view is its guard: ``Anybody``, ``SignedIn``, or a role by ``Operator``;
``Machine`` is for interfaces of programs, which have no view.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel import Session

from api.view import View
from api.visitors import COOKIE
from domain.errors import SignInNeeded
from domain.permissions import Act
from models.session import unit_of_work
from services.actors import DISTRICT, authorise
from services.clock import now
from services.sessions import find_visitor


def _session() -> Iterator[Session]:
    with unit_of_work() as session:
        yield session


# Ended before the answer is sent, so that a commit that fails is an error the reader sees.
SessionDep = Annotated[Session, Depends(_session, scope="function")]


def _now(session: SessionDep) -> datetime:
    return now(session)


ClockDep = Annotated[datetime, Depends(_now)]


def anybody(request: Request, session: SessionDep, at: ClockDep) -> View:
    """Let everybody in."""
    token = request.cookies.get(COOKIE)
    return View(request, at, find_visitor(session, token) if token else None)


Anybody = Annotated[View, Depends(anybody)]


def machine() -> None:
    """Let programs in: what they send counts by itself, cookies are not looked at."""


Machine = Annotated[None, Depends(machine)]


def signed_in(v: Anybody) -> View:
    """Let in whoever is signed in; what they may see there, the services decide."""
    if v.visitor is None:
        raise SignInNeeded
    return v


SignedIn = Annotated[View, Depends(signed_in)]


def operator(session: SessionDep, v: SignedIn) -> View:
    """Let in operators and administrators."""
    authorise(session, v.actor, Act.OPERATE, DISTRICT)
    return v


Operator = Annotated[View, Depends(operator)]
