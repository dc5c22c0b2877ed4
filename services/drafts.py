"""Keep what people have typed until they submit it."""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlmodel import Session

from domain.errors import BadInput
from models import Draft
from services.actors import Actor
from services.clock import real_now

_LARGEST: Final = 200_000
Values = Mapping[str, Sequence[str]]


def bid_draft(bid_id: object) -> str:
    """Return the key of a bid's draft, which its consortium shares."""
    return f"bid:{bid_id}"


def save_draft(session: Session, *, key: str, values: Values, actor: Actor) -> None:
    """Keep a form as it stands; who may, the caller has asked. Raises BadInput when too large."""
    if sum(len(one) for held in values.values() for one in held) > _LARGEST:
        raise BadInput(
            zh="草稿太长，无法保存，请精简内容。", en="The draft is too long; shorten it."
        )
    row = session.get(Draft, key, with_for_update=True)
    at = real_now(session)
    if row is None:
        row = Draft(key=key, saved_by=actor.person_id, saved_at=at)
        session.add(row)
    row.content = {name: list(held) for name, held in values.items()}
    row.saved_by, row.saved_at = actor.person_id, at
    session.flush()


def read_draft(session: Session, key: str) -> Draft | None:
    """Return what was last saved under ``key``."""
    return session.get(Draft, key)


def drop_draft(session: Session, key: str) -> None:
    """Forget a draft: it was submitted."""
    if row := session.get(Draft, key):
        session.delete(row)
        session.flush()
