"""Forms that are kept for a browser alone: sent after a session had ended, or open to everybody.

A form is encrypted under a key that follows from the browser's own cookie, so neither the
database nor a backup of it can read it. It is shown to the person who had typed it, or to anybody
at that browser where nobody was signed in.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from domain.errors import BadInput
from models import ParkedForm
from services.browser_seal import browser_digest, seal_for_browser, unseal_for_browser
from services.clock import real_now

KEPT: Final = timedelta(hours=1)
LARGEST: Final = 512 * 1024
_MOST: Final = 20
_MOST_IN_ALL: Final = 2000
Values = Mapping[str, Sequence[str]]


def park(
    session: Session, *, browser: str, path: str, values: Values, person_id: UUID | None
) -> None:
    """Keep a form for the browser with this cookie, for an hour; again replaces it.

    Only ``person_id`` finds it again, or, where that is None, anybody at that browser. The newest
    are kept: twenty of a browser, two thousand in all. Raises BadInput for more than 512 kB.
    """
    plain = json.dumps(dict(values)).encode()
    if len(plain) > LARGEST:
        raise BadInput(
            zh="内容太长，无法保留，请先复制到别处。",
            en="This is too long to be kept; copy it to another place first.",
        )
    at = real_now(session)
    forget_ended_forms(session)
    mine, where = browser_digest(browser), _place(path, person_id)
    key = tuple_(col(ParkedForm.browser), col(ParkedForm.path))
    others = (
        select(ParkedForm.browser, ParkedForm.path)
        .where((col(ParkedForm.browser) != mine) | (col(ParkedForm.path) != where))
        .order_by(col(ParkedForm.ends_at).desc())
    )
    for too_many in (
        others.where(ParkedForm.browser == mine).offset(_MOST - 1),
        others.offset(_MOST_IN_ALL - 1),
    ):
        session.execute(delete(ParkedForm).where(key.in_(too_many)))
    row = {
        "sealed": seal_for_browser(browser, _about(path, person_id), plain),
        "ends_at": at + KEPT,
    }
    session.execute(
        insert(ParkedForm)
        .values(browser=mine, path=where, **row)
        .on_conflict_do_update(index_elements=["browser", "path"], set_=row)
    )


def forget_ended_forms(session: Session) -> None:
    """Forget the forms whose hour is over."""
    session.execute(delete(ParkedForm).where(col(ParkedForm.ends_at) <= real_now(session)))


def parked(
    session: Session, *, browser: str, path: str, person_id: UUID | None
) -> dict[str, list[str]] | None:
    """Return what this browser has kept of a form for somebody, None after an hour."""
    row = session.get(ParkedForm, (browser_digest(browser), _place(path, person_id)))
    if row is None or row.ends_at <= real_now(session):
        return None
    values: dict[str, list[str]] = json.loads(
        unseal_for_browser(browser, _about(path, person_id), row.sealed)
    )
    return values


def has_parked(session: Session, browser: str) -> bool:
    """Tell whether anything is kept for a browser."""
    any_ = select(ParkedForm.path).where(ParkedForm.browser == browser_digest(browser)).limit(1)
    return session.exec(any_).first() is not None


def unpark(session: Session, *, browser: str, path: str, person_id: UUID | None) -> None:
    """Forget a form: it was submitted."""
    mine, where = browser_digest(browser), _place(path, person_id)
    session.execute(
        delete(ParkedForm).where(col(ParkedForm.browser) == mine, col(ParkedForm.path) == where)
    )


def _place(path: str, person_id: UUID | None) -> str:
    return hashlib.sha256(_about(path, person_id).encode()).hexdigest()


def _about(path: str, person_id: UUID | None) -> str:
    return f"parked form\0{path}\0{person_id or ''}"
