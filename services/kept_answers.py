"""Writes that may be sent again: the first answer is kept with what it did, and given again."""

from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import delete, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from domain.errors import KeyReused
from models import IdempotencyRecord
from services.clock import real_now

_KEPT: Final = timedelta(hours=24)


class KeptAnswer(NamedTuple):
    """An answer that was given before; ``body`` is None where it told of a sealed bid."""

    status: int
    body: Any
    location: str | None


def begin_answer(session: Session, *, owner: str, key: str, request: str) -> KeptAnswer | None:
    """Return the answer given before under this key, None where the write is to be done now.

    The key is taken in this transaction: the same request sent at the same time waits for it.
    Raises KeyReused for another request under the same key. Keys are kept for a day.
    """
    at = real_now(session)
    _forget(session, at - _KEPT)
    taken = session.execute(
        insert(IdempotencyRecord)
        .values(owner=owner, key=key, request=request, kept_at=at)
        .on_conflict_do_nothing(index_elements=["owner", "key"])
        .returning(col(IdempotencyRecord.key))
    ).first()
    if taken:
        return None
    kept_answer = session.get_one(IdempotencyRecord, (owner, key))
    if kept_answer.request != request or kept_answer.status is None:
        raise KeyReused
    return KeptAnswer(kept_answer.status, kept_answer.body, kept_answer.location)


def _forget(session: Session, before: datetime) -> None:
    """Remove answers kept long enough, and none that another transaction is removing."""
    old = (
        select(IdempotencyRecord.owner, IdempotencyRecord.key)
        .where(col(IdempotencyRecord.kept_at) < before)
        .limit(100)
        .with_for_update(skip_locked=True)
    )
    session.execute(
        delete(IdempotencyRecord).where(
            tuple_(col(IdempotencyRecord.owner), col(IdempotencyRecord.key)).in_(old)
        )
    )


def keep_answer(session: Session, *, owner: str, key: str, answer: KeptAnswer) -> None:
    """Keep the answer, in the transaction of the write itself."""
    kept_answer = session.get_one(IdempotencyRecord, (owner, key))
    kept_answer.status, kept_answer.body, kept_answer.location = answer
    session.flush()
