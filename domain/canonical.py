"""One way to turn a value into bytes, so that digests can be recomputed anywhere.

Keys sorted, no spaces, UTF-8; decimals and times as strings.
"""

import hashlib
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from uuid import UUID


def plain(value: object) -> object:
    """Return what JSON holds for a value that JSON does not know; for ``json.dumps(default=)``."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"{type(value).__name__} has no canonical form")


def canonical(value: object) -> bytes:
    """Return the canonical JSON of ``value``."""
    return json.dumps(
        value, default=plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()


def json_ready(value: dict[str, object]) -> dict[str, object]:
    """Return ``value`` as JSON holds it, so that the stored value equals the digested one."""
    loaded: dict[str, object] = json.loads(canonical(value))
    return loaded


def digest(value: object) -> str:
    """Return the SHA-256 of the canonical JSON of ``value``, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(value)).hexdigest()


def commitment(nonce: bytes, payload: object) -> str:
    """Return SHA-256 of a 32-byte ``nonce`` and the canonical ``payload``: what a receipt shows.

    Source: the district's rules, 揭榜.
    """
    if len(nonce) != 32:
        raise ValueError("the nonce has 32 bytes")
    return hashlib.sha256(nonce + canonical(payload)).hexdigest()


def chain(previous: str, entry_digest: str, position: int) -> str:
    """Return the hash of an audit entry at ``position`` after the entry hashed ``previous``."""
    return hashlib.sha256(f"{position}:{previous}:{entry_digest}".encode()).hexdigest()
