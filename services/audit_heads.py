"""The heads of the audit chain outside the database: signed, append-only, each after the last.

A head is published only where the one before it still stands in the chain; otherwise history was
rewritten, which is an incident and no head. Each line of the file holds the digest of the line
before it and a signature (Ed25519) under a key that is not in the database; ``public.pem`` beside
it verifies them. Heads can be anchored further away: copied into another folder, as of another
machine, sent to the auditors once a day, and stamped by an RFC 3161 authority.
"""

import hashlib
import json
import logging
import os
from collections.abc import Sequence
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
from models.settings import Settings
from services.clock import now, real_now
from services.events import audiences
from services.events.platform import HeadPublished
from services.events.record import tell
from services.identity.erasures import entry_holds, erasures_of
from services.incidents import open_incident

log = logging.getLogger("jiebang.audit")
REWRITTEN: Final = "audit-rewritten"
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


def heads_file(data_dir: Path) -> Path:
    """Return the file of the published heads."""
    return data_dir / "audit" / "heads.jsonl"


def read_heads(path: Path) -> list[Head]:
    """Return the heads of a file; raise BadInput for a line that is none."""
    if not path.exists():
        return []
    heads = []
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        try:
            heads.append(Head(**json.loads(line)))
        except (ValueError, TypeError):
            raise BadInput(
                zh=f"{path.name} 第 {number} 行不是已公布的链首。",
                en=f"Line {number} of {path.name} is no published head.",
            ) from None
    return heads


def _key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(secret(AUDIT))


def public_pem() -> str:
    """Return the public half of the key that signs heads, as ``public.pem`` holds it."""
    pem = _key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem.decode()


def broken_lines(
    heads: Sequence[Head], key: Ed25519PublicKey | None = None, *, signatures: int | None = None
) -> list[int]:
    """Return the positions of heads whose signature or whose place after the last is wrong.

    ``signatures`` is how many of the last are checked, None for all: a line that is signed covers
    every line before it, because each holds the digest of the one before.
    """
    public, previous, wrong = key or _key().public_key(), _BEGINNING, []
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


def publish_head(session: Session, settings: Settings, data_dir: Path | None = None) -> bool:
    """Publish the newest head after the last one; False where history was rewritten since then.

    Continuity is checked from the last published head on; a rewriting, or a file that cannot be
    read, opens an incident, and nothing is published until somebody has looked. The copy is brought
    up to date each time; raises OSError where that fails.
    """
    path = heads_file(data_dir or settings.data_dir)
    try:
        heads = read_heads(path)
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
        wrong = broken_lines(heads, signatures=1)
        if wrong or tip is None or not _goes_on(session, last, int(tip[0] or 0)):
            _raise_alarm(session)
            return False
        heads.append(_signed(int(tip[0] or 0), str(tip[1]), real_now(session), last))
        _append(path, heads[-1])
    if settings.audit_copy_dir:
        copy, copied = _copy_of(heads, settings.audit_copy_dir)
        for head in heads[copied:]:
            _append(copy, head)
    return True


def _copy_of(heads: Sequence[Head], folder: Path) -> tuple[Path, int]:
    """Return the copy that these heads go on from, and how many it has.

    After a restore an earlier copy may hold heads of lost entries: it stays, and another begins.
    """
    for number in count(1):
        copy = folder / ("heads.jsonl" if number == 1 else f"heads-{number}.jsonl")
        copied = read_heads(copy)
        if copied == list(heads[: len(copied)]):
            return copy, len(copied)
    raise AssertionError


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


def _append(path: Path, head: Head) -> None:
    """Add a line, and have it on the disk when this returns; nothing before it is touched."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    public = path.with_name("public.pem")
    if not public.exists():
        write_private(public, public_pem())
    with open(path, "a", opener=private) as file:
        file.write(f"{head.line()}\n")
        file.flush()
        os.fsync(file.fileno())


def anchor_daily(session: Session, settings: Settings) -> None:
    """Send the last head to the auditors, and have it stamped where an authority is configured.

    A line that cannot be read, or whose signature is wrong, opens an incident instead.
    """
    try:
        heads = read_heads(heads_file(settings.data_dir))
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
    if settings.audit_tsa_url:
        stamp(settings.audit_tsa_url, head, settings.data_dir)


def stamp(url: str, head: Head, data_dir: Path) -> Path | None:
    """Keep an RFC 3161 time stamp of a head beside the heads; None where none could be had.

    What comes must be granted and be of this very line and request. The certificate that
    signed it is not verified here; ``openssl ts -verify`` does that.
    """
    import httpx
    from rfc3161_client import PKIStatus, TimestampRequestBuilder, decode_timestamp_response

    path = data_dir / "audit" / "stamps" / f"{head.position}.tsr"
    if path.exists():
        return path
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
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(path, "xb", opener=private) as file:
        file.write(answer.content)
    return path
