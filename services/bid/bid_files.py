"""Files of a letter of intent: sealed like it, opened with it.

Each has a data key of its own, wrapped for the members who have confirmed and for the call. Its
name, size and digest stand in the bid's content alone, which is sealed; beside the file lies their
commitment, by which a submission that names another file is refused.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import func
from sqlmodel import Session, select

from domain.canonical import commitment
from domain.errors import BadInput, NotFound
from domain.identity.permissions import Act
from domain.text import Text
from models import Attachment, Bid, BidFile, BidPayload, CallKey
from models.bid import MOST_FILES
from services.bid.consortia import open_call
from services.bid.sealed_bids import CALL, recipients_of
from services.clock import now
from services.file_store import file_store
from services.identity.actors import Actor, authorise, organisation
from services.projects.moves import lock_project
from services.seal.sealing import SealBroken, data_key, seal_content, unseal_bytes, wrap_for
from services.uploads import Clean, keep_bytes, upload_name

# Files of earlier versions count too; files dropped from a draft do not.
_MOST_EVER: Final = 40


class SealedFile(NamedTuple):
    """A file in the clear: its name, its kind and its content."""

    name: str
    media_type: str
    content: bytes


def attach_files(
    session: Session, *, bid_id: UUID, actor: Actor, files: Sequence[Clean]
) -> list[Attachment]:
    """Seal photos or PDFs for a bid that is being written; they count once a version names them.

    Pictures were drawn anew before anything is locked. Raises NotPermitted for others than the
    lead and before it has set its passphrase, CallClosed, BadInput for too many.
    """
    if not files:
        return []
    bid = session.get_one(Bid, bid_id)
    authorise(session, actor, Act.BID, organisation(bid.lead_id))
    # Kept before anything is locked: a slow store keeps nobody else waiting.
    sealed = [_seal(file) for file in files]
    project = lock_project(session, bid.project_id)
    at = now(session)
    open_call(session, project, at)
    return [_attach(session, bid, actor, file, at) for file in sealed]


class _Sealed(NamedTuple):
    """A file that lies sealed: its id, what it is in the clear, the digest of what lies, its key."""

    id: UUID
    clean: Clean
    sealed: str
    key: bytes


def _seal(clean: Clean) -> _Sealed:
    file_id = uuid4()
    sealed, key = seal_content(clean.content, _about(file_id))
    return _Sealed(file_id, clean, keep_bytes(sealed), key)


def _attach(session: Session, bid: Bid, actor: Actor, file: _Sealed, at: datetime) -> Attachment:
    count = session.exec(
        select(func.count()).select_from(BidFile).where(BidFile.bid_id == bid.id)
    ).one()
    if count >= _MOST_EVER:
        raise BadInput(
            zh="这份意向书添加过的附件太多，不能再添加。",
            en="Too many files were added to this bid; no more can be.",
        )
    clean = file.clean
    call = session.get_one(CallKey, bid.call_id)
    recipients = recipients_of(session, bid) | {CALL: call.public}
    made = Attachment(
        id=file.id,
        name=clean.name,
        media_type=clean.media_type,
        size=len(clean.content),
        sha256=hashlib.sha256(clean.content).hexdigest(),
        nonce=secrets.token_bytes(32).hex(),
    )
    session.add(
        BidFile(
            id=file.id,
            bid_id=bid.id,
            sealed=file.sealed,
            keys=wrap_for(file.key, recipients, _about(file.id)),
            commitment=_commitment(made),
            added_by=actor.person_id,
            added_at=at,
        )
    )
    session.flush()
    return made


def drop_file(session: Session, *, bid_id: UUID, actor: Actor, file_id: UUID) -> None:
    """Take a file out of a draft: unless a version names it, its keys are gone for good."""
    bid = session.get_one(Bid, bid_id)
    authorise(session, actor, Act.BID, organisation(bid.lead_id))
    bid_file = session.get(BidFile, file_id, with_for_update=True)
    if bid_file is None or bid_file.bid_id != bid.id:
        raise NotFound(what=Text("附件", "file"), key=str(file_id)[:8])
    if not bid_file.submitted:
        session.delete(bid_file)
        session.flush()


def take_files(session: Session, bid: Bid, files: Sequence[Attachment]) -> None:
    """Count what a version names; raise BadInput unless each is this bid's, as it was added."""
    for file in files:
        bid_file = session.get(BidFile, file.id)
        if (
            bid_file is None
            or bid_file.bid_id != bid.id
            or bid_file.commitment != _commitment(file)
        ):
            raise BadInput(
                zh=f"附件“{file.name}”不是为这份意向书添加的，请重新添加。",
                en=f"{file.name!r} was not added to this bid; add it again.",
            )
        bid_file.submitted = True
    if len({file.id for file in files}) < len(files) or len(files) > MOST_FILES:
        raise BadInput(
            zh=f"附件最多 {MOST_FILES} 个，每个一次。", en=f"At most {MOST_FILES} files, each once."
        )


def open_files(session: Session, payload: BidPayload, call_private: bytes) -> None:
    """Open the files that an opened version names; the others stay sealed."""
    for attachment in (payload.content or {}).get("files", ()):
        bid_file = session.get(BidFile, UUID(attachment["id"]))
        if bid_file is not None and bid_file.bid_id == payload.bid_id:
            try:
                bid_file.key = data_key(bid_file.keys, CALL, call_private, _about(bid_file.id))
            except SealBroken:
                continue


def read_file(
    session: Session, file: Attachment, *, owner: UUID | None = None, private: bytes | None = None
) -> SealedFile:
    """Return a file that was opened, or that the ``private`` key of its ``owner`` unseals.

    Whether the reader may, the caller has asked. Raises NotFound where it is sealed for the reader.
    """
    bid_file = session.get(BidFile, file.id)
    if bid_file is None:
        raise NotFound(what=Text("附件", "file"), key=file.name)
    try:
        opened = bid_file.key or data_key(
            bid_file.keys, str(owner), private or b"", _about(bid_file.id)
        )
        sealed = file_store().read(upload_name(bid_file.sealed))
        return SealedFile(
            file.name, file.media_type, unseal_bytes(opened, sealed, _about(bid_file.id))
        )
    except (SealBroken, FileNotFoundError):
        raise NotFound(what=Text("附件", "file"), key=file.name) from None


def _about(file_id: UUID) -> str:
    return f"bid-file:{file_id}"


def _commitment(file: Attachment) -> str:
    try:
        nonce = bytes.fromhex(file.nonce)
    except ValueError:
        return ""
    return commitment(nonce, file.model_dump(mode="json", exclude={"nonce"}))
