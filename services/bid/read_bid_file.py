"""Files of bids for those who may read them: their own consortium, and the people who judge."""

from collections.abc import Iterable
from uuid import UUID

from pydantic import ValidationError
from sqlmodel import Session

from domain.errors import NotFound, SealKeyNeeded
from domain.identity.roles import Grant
from domain.standings import Standing
from domain.text import Text
from models import Attachment, Organisation
from services.bid.bid_files import SealedFile, read_file
from services.bid.bid_page import BidPage, read_bid_page
from services.gates.gate_page import read_gate_page
from services.gates.tasks import task_page


def own_file(
    session: Session, code: str, own: Organisation, private: bytes | None, file_id: UUID
) -> SealedFile:
    """Return a file of the actor's organisation's bid or draft.

    Raises NotFound, SealKeyNeeded where it is sealed and ``private`` is not given.
    """
    page = read_bid_page(session, code, own, private)
    if page.locked:
        raise SealKeyNeeded
    return read_file(session, _named(files_of(page), file_id), owner=own.id, private=private)


def files_of(page: BidPage) -> list[Attachment]:
    """Return the files of the draft and of the newest version, as far as they can be read."""
    typed = page.typed or {}
    names = tuple(Attachment.model_fields)
    rows = zip(*(typed.get(f"files.{name}", ()) for name in names), strict=False)
    version_files = page.content.get("files", ())
    assert isinstance(version_files, (list, tuple))
    by_id = {}
    for raw_file in (*version_files, *(dict(zip(names, row, strict=True)) for row in rows)):
        try:
            file = Attachment.model_validate(raw_file)
        except ValidationError:
            continue
        by_id[file.id] = file
    return list(by_id.values())


def file_at_gate(
    session: Session,
    person_id: UUID,
    grants: tuple[Grant, ...],
    *,
    code: str,
    key: str,
    file_id: UUID,
) -> SealedFile:
    """Return a file of an opened bid that lies before somebody at a gate; raise NotFound.

    People who may read the bid there read its files; in a blind reading nobody does.
    """
    task = read_gate_page(session, person_id, grants, code, key).task
    if task is None or task.standing is Standing.BARRED:
        raise NotFound(what=Text("附件", "file"), key=str(file_id)[:8])
    sheets = getattr(task_page(session, person_id, grants, task), "bids", ())
    files = [file for sheet in sheets for file in sheet.content.files]
    return read_file(session, _named(files, file_id))


def _named(files: Iterable[Attachment], file_id: UUID) -> Attachment:
    for file in files:
        if file.id == file_id:
            return file
    raise NotFound(what=Text("附件", "file"), key=str(file_id)[:8])
