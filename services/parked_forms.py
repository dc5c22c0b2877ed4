"""Forms that a browser sent while nobody was signed in: kept for that browser alone.

What is kept is encrypted under a key that follows from the browser's own cookie, so neither the
database nor a backup of it can read it. It is shown to the person who had typed it, or to anybody
at that browser where nobody was signed in.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final, NamedTuple
from uuid import UUID

from Crypto.Cipher import AES
from Crypto.Hash import SHA256
from Crypto.Protocol.KDF import HKDF
from Crypto.Random import get_random_bytes
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, func, select

from domain.errors import BadInput
from models import ParkedForm
from services.clock import real_now

KEPT: Final = timedelta(hours=1)
LARGEST: Final = 512 * 1024
_MOST: Final = 20
_MOST_IN_ALL: Final = 2000
_NONCE, _TAG = 12, 16
Values = Mapping[str, Sequence[str]]


class Parked(NamedTuple):
    """What was typed in a form, and by whom, None where nobody was signed in."""

    values: dict[str, list[str]]
    person_id: UUID | None


def park(
    session: Session, *, browser: str, path: str, values: Values, person_id: UUID | None
) -> None:
    """Keep a form for the browser with this cookie, for an hour; again replaces it.

    Of one browser the twenty newest are kept. Raises BadInput for more than 512 kB, and where all
    browsers together have two thousand.
    """
    plain = json.dumps(
        {"values": dict(values), "person": str(person_id) if person_id else None}
    ).encode()
    if len(plain) > LARGEST:
        raise BadInput(
            zh="内容太长，无法保留，请先复制到别处。",
            en="This is too long to be kept; copy it to another place first.",
        )
    at = real_now(session)
    session.execute(delete(ParkedForm).where(col(ParkedForm.ends_at) <= at))
    mine, where = _digest("browser", browser), _digest("path", path)
    if session.exec(select(func.count()).select_from(ParkedForm)).one() >= _MOST_IN_ALL:
        raise BadInput(
            zh="暂时不能再保留更多表单，请先把内容复制到别处。",
            en="No more forms can be kept now; copy what you typed to another place first.",
        )
    newest = (
        select(ParkedForm.path)
        .where(ParkedForm.browser == mine)
        .order_by(col(ParkedForm.ends_at).desc())
        .limit(_MOST - 1)
    )
    session.execute(
        delete(ParkedForm).where(
            col(ParkedForm.browser) == mine, col(ParkedForm.path).not_in(newest)
        )
    )
    row = {"sealed": _seal(browser, path, plain), "ends_at": at + KEPT}
    session.execute(
        insert(ParkedForm)
        .values(browser=mine, path=where, **row)
        .on_conflict_do_update(index_elements=["browser", "path"], set_=row)
    )


def parked(session: Session, *, browser: str, path: str) -> Parked | None:
    """Return what this browser has kept of a form, None after an hour."""
    row = session.get(ParkedForm, (_digest("browser", browser), _digest("path", path)))
    if row is None or row.ends_at <= real_now(session):
        return None
    held = json.loads(_open(browser, path, row.sealed))
    return Parked(held["values"], UUID(held["person"]) if held["person"] else None)


def unpark(session: Session, *, browser: str, path: str) -> None:
    """Forget a form: it was submitted."""
    mine, where = _digest("browser", browser), _digest("path", path)
    session.execute(
        delete(ParkedForm).where(col(ParkedForm.browser) == mine, col(ParkedForm.path) == where)
    )


def _digest(kind: str, text: str) -> str:
    return hashlib.sha256(f"{kind}\0{text}".encode()).hexdigest()


def _key(browser: str, path: str) -> bytes:
    about = f"jiebang parked form 1\0{path}".encode()
    key = HKDF(browser.encode(), 32, b"", SHA256, context=about)
    assert isinstance(key, bytes)
    return key


def _seal(browser: str, path: str, plain: bytes) -> bytes:
    nonce = get_random_bytes(_NONCE)
    cipher = AES.new(_key(browser, path), AES.MODE_GCM, nonce=nonce)
    data, tag = cipher.encrypt_and_digest(plain)
    return bytes(nonce + tag + data)


def _open(browser: str, path: str, sealed: bytes) -> bytes:
    nonce, tag, data = sealed[:_NONCE], sealed[_NONCE : _NONCE + _TAG], sealed[_NONCE + _TAG :]
    cipher = AES.new(_key(browser, path), AES.MODE_GCM, nonce=nonce)
    return bytes(cipher.decrypt_and_verify(data, tag))
