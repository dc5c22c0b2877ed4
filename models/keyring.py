"""Keys that lie outside the database, in files that only the platform's user may read.

A dump of the database contains none of them; a backup keeps them apart. Several machines
share one folder of keys, which ``JIEBANG_KEYS_DIR`` names.
"""

import contextlib
import hashlib
import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from models.settings import settings

PREFECT: Final = "prefect"
DIGESTS: Final = "digests"
AUDIT: Final = "audit"
TOTP: Final = "totp"
_BYTES: Final = 32


def keys_dir() -> Path:
    """Return the folder of the keys."""
    return settings().keys_dir or settings().data_dir / "keys"


def secret(name: str) -> bytes:
    """Return the 32 random bytes called ``name``; they are made when first asked for."""
    return _secret(keys_dir().resolve() / name)


def private(path: str, flags: int) -> int:
    """Open a file that nobody but the platform's user may read: an ``opener`` of ``open``."""
    return os.open(path, flags, 0o600)


def write_private(path: Path, text: str) -> None:
    """Write a file that nobody else may read, and have it on the disk when this returns."""
    with open(path, "w", opener=private) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def keyed_digest(purpose: str, text: str) -> str:
    """Return the HMAC-SHA-256 of ``text`` for one purpose: without the key nobody finds it by
    trying, and the same text for another purpose has another digest.
    """
    return hmac.new(secret(DIGESTS), f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()


def concealed(text: str, about: str) -> str:
    """Return ``text`` encrypted (AES-256-GCM), readable with the key and for ``about`` alone."""
    nonce = secrets.token_bytes(12)
    return (nonce + AESGCM(secret(TOTP)).encrypt(nonce, text.encode(), about.encode())).hex()


def revealed(concealed: str, about: str) -> str:
    """Return the text behind ``concealed``; raise ValueError for another key, place or content."""
    raw = bytes.fromhex(concealed)
    try:
        return AESGCM(secret(TOTP)).decrypt(raw[:12], raw[12:], about.encode()).decode()
    except InvalidTag:
        raise ValueError("concealed under another key, or changed") from None


@lru_cache(maxsize=32)
def _secret(path: Path) -> bytes:
    with contextlib.suppress(FileNotFoundError):
        return bytes.fromhex(path.read_text())
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    write_private(fresh, secrets.token_hex(_BYTES))
    # Another process may have made it in between: then its key is the one.
    with contextlib.suppress(FileExistsError):
        os.link(fresh, path)
    fresh.unlink()
    return bytes.fromhex(path.read_text())
