"""The heads of the audit chain outside the database: signed, each after the last.

A head is published only where the one before it still stands in the chain; otherwise history was
rewritten, which is an incident and no head. Heads lie in the file store, which all machines share,
a file for each day: whichever machine publishes goes on from the last. Each line holds the digest
of the line before it and a signature (Ed25519) under a key that is not in the database;
``public.pem`` beside them verifies them. Heads can be anchored further away: copied into another
folder, as of another machine, sent to the auditors once a day, and stamped by an RFC 3161 authority.
"""

import hashlib
import json
import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlmodel import Session, col, select

from domain.calendar import BEIJING
from domain.canonical import canonical, chain
from domain.errors import BadInput
from models import AuditEntry
from models.keyring import AUDIT, private, secret, write_private
from models.locks import AdvisoryLock, one_at_a_time
from services.clock import now, real_now
from services.events import audiences
from services.events.platform import HeadPublished
from services.events.record import tell
from services.file_store import FileStore
from services.identity.erasures import entry_holds, erasures_of
from services.incidents import open_incident

log = logging.getLogger("jiebang.audit")
REWRITTEN: Final = "audit-rewritten"
FOLDER: Final = "audit"
PUBLIC_KEY: Final = f"{FOLDER}/public.pem"
_DAYS: Final = f"{FOLDER}/heads/"
# Until release 0.2 one file had the heads of all days. Its name comes before that of any day.
_UNTIL_0_2: Final = f"{FOLDER}/heads.jsonl"
_BEGINNING: Final = "0" * 64
_TSA_SECONDS: Final = 20


@dataclass(frozen=True)
class Head:
    """A published head: position and hash in the chain, when, and the digest of the line before."""

    position: int
    hash: str
    published_at: str
    previous: str
    signature: str = ""

    def signed(self) -> bytes:
        """Return what the signature is of."""
        return canonical([self.position, self.hash, self.published_at, self.previous])

    def line(self) -> str:
        """Return the head as a line of the file."""
        return json.dumps(self.__dict__, sort_keys=True)

    def digest(self) -> str:
        """Return the digest that the next line holds."""
        return hashlib.sha256(self.line().encode()).hexdigest()


def published_heads(store: FileStore) -> list[Head]:
    """Return all heads in a store, the first first; raise BadInput for a line that is none."""
    return [head for name in _files(store) for head in _read(store, name)]


def read_heads(copy: Path) -> list[Head]:
    """Return the heads of a copy, none where it is missing; raise BadInput for a line that is none."""
    return _parsed(copy.read_text(), copy.name) if copy.exists() else []


def _files(store: FileStore) -> list[str]:
    """Return the names of the files of heads, the earliest first."""
    names = store.names(FOLDER)
    return sorted(name for name in names if name == _UNTIL_0_2 or name.startswith(_DAYS))


def _read(store: FileStore, name: str) -> list[Head]:
    return _parsed(store.read(name).decode(), name)


def _parsed(text: str, name: str) -> list[Head]:
    heads = []
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            heads.append(Head(**json.loads(line)))
        except (ValueError, TypeError):
            raise BadInput(
                zh=f"{name} 第 {number} 行不是已公布的链首。",
                en=f"Line {number} of {name} is no published head.",
            ) from None
    return heads


def _lines(heads: Sequence[Head]) -> str:
    return "".join(f"{head.line()}\n" for head in heads)


def _key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(secret(AUDIT))


def public_pem() -> str:
    """Return the public half of the key that signs heads, as ``public.pem`` holds it."""
    pem = _key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem.decode()


def broken_lines(
    heads: Sequence[Head],
    key: Ed25519PublicKey | None = None,
    *,
    signatures: int | None = None,
    after: str = _BEGINNING,
) -> list[int]:
    """Return the positions of heads whose signature or whose place after the last is wrong.

    ``signatures`` is how many of the last are checked, None for all: a line that is signed covers
    every line before it, because each holds the digest of the one before. ``after`` is the digest
    that the first line has to hold.
    """
    public, previous, wrong = key or _key().public_key(), after, []
    unchecked = 0 if signatures is None else len(heads) - signatures
    for number, head in enumerate(heads):
        try:
            if number >= unchecked:
                public.verify(bytes.fromhex(head.signature), head.signed())
        except (InvalidSignature, ValueError):
            wrong.append(head.position)
        if head.previous != previous:
            wrong.append(head.position)
        previous = head.digest()
    return sorted(set(wrong))


def publish_head(session: Session, store: FileStore, copy_dir: Path | None = None) -> bool:
    """Publish the newest head after the last one; False where history was rewritten since then.

    Continuity is checked from the last published head on; a rewriting, or a file that cannot be
    read, opens an incident, and nothing is published until somebody has looked. The copy is brought
    up to date each time. Raises StackUnavailable where the store is away, OSError where the copy
    cannot be written.
    """
    one_at_a_time(session, AdvisoryLock.PUBLISHING_HEAD)
    try:
        files = _files(store)
        heads = _read(store, files[-1]) if files else []
    except BadInput:
        _raise_alarm(session)
        return False
    tip = session.exec(
        select(AuditEntry.position, AuditEntry.hash)
        .where(col(AuditEntry.position).is_not(None))
        .order_by(col(AuditEntry.position).desc())
        .limit(1)
    ).first()
    last = heads[-1] if heads else None
    if tip != ((last.position, last.hash) if last else None):
        after = heads[0].previous if len(files) > 1 and heads else _BEGINNING
        wrong = broken_lines(heads, signatures=1, after=after)
        if wrong or tip is None or not _goes_on(session, last, int(tip[0] or 0)):
            _raise_alarm(session)
            return False
        head = _signed(int(tip[0] or 0), str(tip[1]), real_now(session), last)
        _add(store, files, heads, head)
    if copy_dir:
        _copy_up_to_date(store, copy_dir)
    return True


def _add(store: FileStore, files: Sequence[str], heads: Sequence[Head], head: Head) -> None:
    """Put a head into the file of its day, or into the last ``files``, which has ``heads``."""
    day = datetime.fromisoformat(head.published_at).astimezone(BEIJING).date().isoformat()
    name = max([f"{_DAYS}{day}.jsonl", *files[-1:]])
    if not files:
        store.put(PUBLIC_KEY, public_pem().encode())
    store.put(name, _lines([*heads, head] if name in files else [head]).encode())


def _copy_up_to_date(store: FileStore, folder: Path) -> None:
    """Add the heads that a copy lacks.

    After a restore an earlier copy may end in a head of lost entries: it stays, and another begins.
    """
    for number in count(1):
        copy = folder / ("heads.jsonl" if number == 1 else f"heads-{number}.jsonl")
        copied = read_heads(copy)
        lacking = _heads_after(store, copied[-1] if copied else None)
        if lacking is not None:
            _append(copy, lacking)
            return


def _heads_after(store: FileStore, last: Head | None) -> list[Head] | None:
    """Return the heads after ``last``, all after None; None where ``last`` is no head of the store."""
    later: list[Head] = []
    for name in reversed(_files(store)):
        heads = _read(store, name)
        if last in heads:
            return heads[heads.index(last) + 1 :] + later
        later = heads + later
    return later if last is None else None


def _goes_on(session: Session, last: Head | None, until: int) -> bool:
    """Tell whether the chain leads from the last published head to its present end."""
    position, previous = (last.position, last.hash) if last else (0, _BEGINNING)
    if last:
        stands = session.exec(
            select(AuditEntry.hash).where(AuditEntry.position == position)
        ).one_or_none()
        if stands != previous or until < position:
            return False
    erasures = erasures_of(session)
    for entry in session.exec(
        select(AuditEntry)
        .where(col(AuditEntry.position) > position)
        .order_by(col(AuditEntry.position))
    ):
        position += 1
        previous = chain(previous, entry.digest, position)
        if entry.position != position or entry.hash != previous:
            return False
        if not entry_holds(entry, erasures):
            return False
    return position == until


def _raise_alarm(session: Session) -> None:
    open_incident(
        session,
        process_id=None,
        kind=REWRITTEN,
        zh="审计链与已公布的链首不再相接：历史记录可能被改写。已停止公布新的链首，请审计员运行 jiebang audit verify。",
        en="The audit chain no longer leads on from its published heads: history may have been "
        "rewritten. No new head is published; let the auditor run jiebang audit verify.",
        at=real_now(session),
    )


def _signed(position: int, value: str, at: datetime, last: Head | None) -> Head:
    plain = Head(position, value, at.isoformat(), last.digest() if last else _BEGINNING)
    signature = _key().sign(plain.signed()).hex()
    return Head(plain.position, plain.hash, plain.published_at, plain.previous, signature)


def _append(path: Path, heads: Sequence[Head]) -> None:
    """Add lines, and have them on the disk when this returns; nothing before them is touched."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    public = path.with_name("public.pem")
    if not public.exists():
        write_private(public, public_pem())
    with open(path, "a", opener=private) as file:
        file.write(_lines(heads))
        file.flush()
        os.fsync(file.fileno())


def anchor_daily(session: Session, store: FileStore, tsa_url: str | None = None) -> None:
    """Send the last head to the auditors, and have it stamped by the authority at ``tsa_url``.

    A line that cannot be read, or whose signature is wrong, opens an incident instead. Raises
    StackUnavailable where the store is away.
    """
    try:
        heads = published_heads(store)
    except BadInput:
        _raise_alarm(session)
        return
    if broken_lines(heads):
        _raise_alarm(session)
        return
    if not heads:
        return
    head, at = heads[-1], now(session)
    tell(
        session,
        HeadPublished(position=head.position, hash=head.hash),
        at=at,
        to=audiences.AUDITORS,
        once=f"audit-head:{at.astimezone(BEIJING):%Y-%m-%d}",
    )
    if tsa_url:
        stamp(tsa_url, head, store)


def stamp(url: str, head: Head, store: FileStore) -> str | None:
    """Keep an RFC 3161 time stamp of a head in the store; return its name, None where none was given.

    What comes must be granted and be of this very line and request. The certificate that
    signed it is not verified here; ``openssl ts -verify`` does that.
    """
    import httpx
    from rfc3161_client import PKIStatus, TimestampRequestBuilder, decode_timestamp_response

    name = f"{FOLDER}/stamps/{head.position}.tsr"
    with suppress(FileNotFoundError):
        store.begin(name, 1)
        return name
    asked = TimestampRequestBuilder().data(head.line().encode()).build()
    try:
        answer = httpx.post(
            url,
            content=asked.as_bytes(),
            headers={"Content-Type": "application/timestamp-query"},
            timeout=_TSA_SECONDS,
        ).raise_for_status()
        given = decode_timestamp_response(answer.content)
        if given.status not in (PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS):
            raise ValueError(f"status {given.status} {' '.join(given.status_string)}")
        imprint = given.tst_info.message_imprint.message
        if (imprint, given.tst_info.nonce) != (asked.message_imprint.message, asked.nonce):
            raise ValueError("the stamp is of something else")
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        log.warning("no time stamp was given; retrying tomorrow: %.200s", error)
        return None
    store.put(name, answer.content)
    return name
