"""The files of a bid's form: sealed as they come, and taken out of the draft again."""

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple
from uuid import UUID

from sqlmodel import Session

from api.files import sent_files
from api.forms import FormData
from domain.errors import FilesRefused, NotFound
from domain.text import Text
from models import Attachment, Bid
from services.bid.bid_files import attach_files, drop_file
from services.identity.actors import Actor
from services.uploads import Clean, sort_out


class Drawn(NamedTuple):
    """Files as they can be kept, and why others cannot."""

    good: Sequence[Clean]
    refused: FilesRefused | None


def draw_files(typed: FormData) -> Drawn:
    """Return the chosen files that can be kept, photos drawn anew, and why others cannot.

    It takes long, so nothing is locked yet.
    """
    return Drawn(*sort_out(sent_files(typed, "chosen")))


def with_files(session: Session, actor: Actor, bid: Bid, typed: FormData, drawn: Drawn) -> FormData:
    """Return the form with the chosen files sealed and named, and the dropped ones left out.

    Files that cannot be kept are its error; the others are kept.
    """
    names = tuple(Attachment.model_fields)
    rows = typed.rows("files", names)
    for dropped in typed.all("drop"):
        rows = [row for row in rows if row["id"] != dropped]
        # A file that is gone already, as on a page that was left open, is as wanted.
        with suppress(NotFound):
            drop_file(session, bid_id=bid.id, actor=actor, file_id=_uuid(dropped))
    for made in attach_files(session, bid_id=bid.id, actor=actor, files=drawn.good):
        rows.append({part: str(value) for part, value in made.model_dump(mode="json").items()})
    kept = {name: texts for name, texts in typed.values.items() if not name.startswith("files.")}
    columns = {f"files.{part}": [row[part] for row in rows] for part in names} if rows else {}
    return FormData(kept | columns, error=drawn.refused or typed.error)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound(what=Text("附件", "file"), key=text[:8]) from None
