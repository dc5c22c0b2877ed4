"""What pages ask for: a session, the time, and the way they are shown."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel import Session

from api.view import View
from models.session import unit_of_work
from services.clock import now


def _session() -> Iterator[Session]:
    with unit_of_work() as session:
        yield session


# Ended before the answer is sent, so that a commit that fails is an error the reader sees.
SessionDep = Annotated[Session, Depends(_session, scope="function")]


def _now(session: SessionDep) -> datetime:
    return now(session)


ClockDep = Annotated[datetime, Depends(_now)]


def _view(request: Request, at: ClockDep) -> View:
    return View(request, at)


ViewDep = Annotated[View, Depends(_view)]
