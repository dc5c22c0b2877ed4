"""Keep what people have typed until they submit it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from domain.errors import BadInput
from models import Draft
from services.clock import real_now
from services.identity.actors import Actor

_LARGEST: Final = 200_000
_MOST: Final = 200
_OLD: Final = timedelta(days=90)
Values = Mapping[str, Sequence[str]]


def bid_draft(bid_id: object) -> str:
    """Return the key of a bid's draft, which its consortium shares."""
    return f"bid:{bid_id}"


def gate_draft(gate_id: object, person_id: object) -> str:
    """Return the key under which releases before 0.2 kept what somebody typed at a gate."""
    return f"gate:{gate_id}:{person_id}"


def form_draft(person_id: object, path: str) -> str:
    """Return the key of what somebody has typed in the form that is sent to ``path``."""
    return f"form:{person_id}:{path}"


def check_draft(values: Values) -> None:
    """Raise BadInput for a form that is too large to be kept."""
    if sum(len(text) for value in values.values() for text in value) > _LARGEST:
        raise BadInput(
            zh="草稿太长，无法保存，请精简内容。", en="The draft is too long; shorten it."
        )


def save_draft(session: Session, *, key: str, values: Values, actor: Actor) -> None:
    """Keep a form as it stands; the caller has checked the actor's right and the form's size."""
    columns = {
        "content": {name: list(texts) for name, texts in values.items()},
        "saved_by": actor.person_id,
        "saved_at": real_now(session),
    }
    session.execute(
        insert(Draft)
        .values(key=key, **columns)
        .on_conflict_do_update(index_elements=["key"], set_=columns)
    )


def trim_drafts(session: Session, person_id: UUID) -> None:
    """Keep the newest forms of somebody, as many as anybody can have at hand."""
    own = (col(Draft.saved_by) == person_id) & col(Draft.key).startswith("form:")
    newest = select(Draft.key).where(own).order_by(col(Draft.saved_at).desc()).limit(_MOST)
    session.execute(delete(Draft).where(own, col(Draft.key).not_in(newest)))


def draft_keys(session: Session, person_id: UUID) -> set[str]:
    """Return the keys of somebody's drafts."""
    return set(session.exec(select(Draft.key).where(Draft.saved_by == person_id)))


def forget_old_drafts(session: Session) -> None:
    """Forget what nobody has touched for three months."""
    before = real_now(session) - _OLD
    old = col(Draft.key).startswith("form:") & (col(Draft.saved_at) < before)
    session.execute(delete(Draft).where(old))


def read_draft(session: Session, key: str) -> Draft | None:
    """Return the draft last saved under ``key``, None for none."""
    return session.get(Draft, key, populate_existing=True)


def drop_from_draft(session: Session, key: str, names: Collection[str]) -> None:
    """Forget the submitted fields of a draft; those of other forms stay."""
    if row := session.get(Draft, key):
        row.content = {name: texts for name, texts in row.content.items() if name not in names}
        if not row.content:
            session.delete(row)
        session.flush()


def drop_draft(session: Session, key: str) -> None:
    """Forget a draft: it was submitted."""
    if row := session.get(Draft, key):
        session.delete(row)
        session.flush()
