"""From the domain's errors to HTTP statuses, in one table."""

from typing import Final

from domain.errors import (
    BadInput,
    ChangedMeanwhile,
    FormExpired,
    Incomplete,
    JiebangError,
    KeyReused,
    NotFound,
    NotPermitted,
    ProofNeeded,
    Refused,
    SealKeyNeeded,
    SignInNeeded,
    TooManyTries,
    Unavailable,
    VersionNeeded,
)

STATUS: Final[tuple[tuple[type[JiebangError], int], ...]] = (
    (NotFound, 404),
    (SignInNeeded, 401),
    (NotPermitted, 403),
    (ProofNeeded, 403),
    (SealKeyNeeded, 403),
    (FormExpired, 403),
    (VersionNeeded, 428),
    (ChangedMeanwhile, 412),
    (KeyReused, 422),
    (TooManyTries, 429),
    (BadInput, 422),
    (Incomplete, 422),
    (Unavailable, 503),
    (Refused, 409),
    (JiebangError, 500),
)


def status_of(error: JiebangError) -> int:
    """Return the HTTP status of an error of the domain."""
    return next(status for kind, status in STATUS if isinstance(error, kind))
