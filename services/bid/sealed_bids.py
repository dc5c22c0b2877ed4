"""A bid's versions and its draft as they are kept: sealed for its members, and for the opening."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlmodel import Session, col, select

from domain import moments
from domain.canonical import canonical
from domain.errors import DraftChanged, NotPermitted
from domain.text import Text
from models import Bid, BidMember, BidPayload, CallKey, Draft, Person
from services.drafts import bid_draft, check_draft, read_draft, save_draft
from services.identity.actors import Actor
from services.projects.moves import lock_project
from services.seal.seal_keys import public_keys
from services.seal.sealing import SealBroken, seal_for, unseal

CALL = "call"


class Version(NamedTuple):
    """A version in the clear."""

    nonce: bytes
    content: dict[str, Any]


class BidDraft(NamedTuple):
    """The draft of a bid as last typed; ``values`` is None for a reader who can't unseal it."""

    values: dict[str, list[str]] | None
    saved_at: datetime


def _about(bid_id: UUID, version: int | str) -> str:
    return f"bid:{bid_id}:{version}"


def recipients_of(session: Session, bid: Bid) -> dict[str, bytes]:
    """Return the public keys of the lead and of the partners who have confirmed."""
    members = session.exec(
        select(BidMember.organisation_id).where(
            BidMember.bid_id == bid.id, col(BidMember.confirmed_at).is_not(None)
        )
    ).all()
    keys = public_keys(session, list(members))
    if bid.lead_id not in keys:
        raise NotPermitted(
            zh="请先为本组织设置密封口令。", en="set your organisation's sealing passphrase first."
        )
    return {str(owner): key for owner, key in keys.items()}


def seal_version(
    session: Session, bid: Bid, *, nonce: bytes, content: dict[str, Any], at: datetime
) -> None:
    """Keep the bid's present version so that only its members, or the openers together, read it."""
    call = session.get_one(CallKey, bid.call_id)
    recipients = recipients_of(session, bid) | {CALL: call.public}
    plain = canonical({"nonce": nonce.hex(), "content": content})
    session.add(
        BidPayload(
            bid_id=bid.id,
            version=bid.version,
            sealed=seal_for(plain, recipients, _about(bid.id, bid.version)),
            saved_at=at,
        )
    )


def read_version(
    payload: BidPayload, organisation_id: UUID, private: bytes | None
) -> Version | None:
    """Return a version that was opened, or that a member's key unseals; None where neither is so."""
    if payload.content is not None and payload.nonce is not None:
        return Version(payload.nonce, payload.content)
    return _version(payload, str(organisation_id), private) if private else None


def open_version(payload: BidPayload, call_private: bytes) -> bool:
    """Put a version into the clear with the call's key; False where it was not sealed for it."""
    version = _version(payload, CALL, call_private)
    if version is None:
        return False
    payload.nonce, payload.content = version
    return True


def _version(payload: BidPayload, name: str, private: bytes) -> Version | None:
    try:
        plain = unseal(payload.sealed, name, private, _about(payload.bid_id, payload.version))
    except SealBroken:
        return None
    version_fields = json.loads(plain)
    return Version(bytes.fromhex(version_fields["nonce"]), version_fields["content"])


def draft_state(session: Session, bid: Bid | None) -> str:
    """Return a text that changes with every draft that is kept, and with every submission."""
    if bid is None:
        return "v0"
    draft = read_draft(session, bid_draft(bid.id))
    return draft.saved_at.isoformat() if draft else f"v{bid.version}"


def require_unchanged(
    session: Session, bid: Bid, seen: str, actor: Actor, *, lock: bool = True
) -> None:
    """Raise DraftChanged where somebody else has kept or submitted it since ``seen`` was read.

    With ``lock`` the project is locked, so that of two who save at once the later one sees the
    earlier; without, it is a first look, before something that takes long.
    """
    if lock:
        lock_project(session, bid.project_id)
        session.refresh(bid)
    if not seen or draft_state(session, bid) == seen:
        return
    draft = read_draft(session, bid_draft(bid.id))
    if draft and draft.saved_by == actor.person_id:
        return
    when = draft.saved_at if draft else bid.submitted_at
    if when is None:
        return
    name = session.get_one(Person, draft.saved_by).name if draft else None
    raise DraftChanged(
        who=Text(name, name) if name else Text("同事", "a colleague"), when=moments.when(when)
    )


def save_bid_draft(
    session: Session, bid: Bid, values: Mapping[str, Sequence[str]], actor: Actor
) -> None:
    """Keep the draft as typed, sealed for the lead; nobody else reads it.

    Raises BadInput when too large, NotPermitted before the lead has set its passphrase.
    """
    check_draft(values)
    recipients = recipients_of(session, bid)
    own = {str(bid.lead_id): recipients[str(bid.lead_id)]}
    plain = canonical({name: list(typed) for name, typed in values.items()})
    sealed = seal_for(plain, own, _about(bid.id, "draft"))
    kept = {"data": [sealed["data"]], "key": list(sealed["keys"].values())}
    save_draft(session, key=bid_draft(bid.id), values=kept, actor=actor)


def read_bid_draft(session: Session, bid: Bid, private: bytes | None) -> BidDraft | None:
    """Return the bid's draft, unsealed where ``private`` is the lead's key."""
    draft: Draft | None = read_draft(session, bid_draft(bid.id))
    if draft is None:
        return None
    sealed = {
        "data": draft.content["data"][0],
        "keys": {str(bid.lead_id): draft.content["key"][0]},
    }
    values = None
    if private:
        try:
            values = json.loads(unseal(sealed, str(bid.lead_id), private, _about(bid.id, "draft")))
        except SealBroken:
            values = None
    return BidDraft(values, draft.saved_at)
