"""What pages ask for: a session, the time, who asks, and the way they are shown.

How a route gets its view is its guard: ``Anybody``, ``SignedIn``, or a role by ``Operator``
and ``Administrator``; ``Machine`` is for interfaces of programs, which have no view.
"""

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager
from functools import cache, partial
from typing import Annotated, Any

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Request
from sqlmodel import Session

from api.kept_forms import KeptForms
from api.view import View
from api.visitors import COOKIE
from domain.errors import SignInNeeded
from domain.identity.permissions import Act
from models.session import unit_of_work
from services.bid.unsent import Unsent, unsent_bids
from services.clock import now
from services.identity.actors import DISTRICT, authorise, require_administrator
from services.identity.sessions import Visitor, find_visitor


async def _session() -> AsyncIterator[Session]:
    """Give a request its unit of work; only its end may wait for the database."""
    work = unit_of_work(hurried=True)
    session = work.__enter__()
    try:
        yield session
    except BaseException:
        await _apart(work, *sys.exc_info())
        raise
    await _apart(work, None, None, None)


async def _apart(work: AbstractContextManager[Session], *how: Any) -> None:
    """End a unit of work in a thread that no other request can hold back.

    Those who wait for a connection hold every shared thread; who ends one must not wait for them.
    """
    await to_thread.run_sync(work.__exit__, *how, limiter=CapacityLimiter(1))


# Ended before the answer is sent, so that a commit that fails is an error the reader sees.
SessionDep = Annotated[Session, Depends(_session, scope="function")]


async def anybody(request: Request, session: SessionDep) -> View:
    """Let everybody in; who they are is read where it is asked."""
    visitor = cache(partial(_visitor, session, request))
    kept = request.state.kept_forms = KeptForms(request, session, visitor)
    return View(request, partial(now, session), visitor, partial(_unsent, session), kept)


def _unsent(session: Session, v: View) -> Sequence[Unsent]:
    organisation = v.visitor.organisation_id if v.visitor else None
    return unsent_bids(session, v.at, [organisation]) if organisation else ()


def _visitor(session: Session, request: Request) -> Visitor | None:
    token = request.cookies.get(COOKIE)
    return find_visitor(session, token) if token else None


Anybody = Annotated[View, Depends(anybody)]


def machine() -> None:
    """Let programs in: what they send counts by itself, cookies are not looked at."""


Machine = Annotated[None, Depends(machine)]


def signed_in(v: Anybody) -> View:
    """Let in people who are signed in; the services decide what they may see there."""
    if v.visitor is None:
        raise SignInNeeded
    return v


SignedIn = Annotated[View, Depends(signed_in)]


def operator(session: SessionDep, v: SignedIn) -> View:
    """Let in operators and administrators."""
    authorise(session, v.actor, Act.OPERATE, DISTRICT)
    return v


Operator = Annotated[View, Depends(operator)]


def administrator(session: SessionDep, v: SignedIn) -> View:
    """Let in district administrators."""
    require_administrator(session, v.actor)
    return v


Administrator = Annotated[View, Depends(administrator)]
