"""Random tokens, of which only the digest is stored, and password hashes."""

import hashlib
import secrets
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_BYTES: Final = 32


def new_token() -> str:
    """Return a token of 256 random bits, safe in an address."""
    return secrets.token_urlsafe(_BYTES)


def token_digest(token: str) -> str:
    """Return the stored form of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


def hash_password(password: str) -> str:
    """Return the argon2 hash of a password."""
    return _hasher().hash(password)


@cache
def _nobodys() -> str:
    return hash_password(new_token())


def password_holds(password_hash: str | None, password: str) -> bool:
    """Tell whether ``password`` is the one of ``password_hash``; as slow where there is none."""
    try:
        return _hasher().verify(password_hash or _nobodys(), password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False
