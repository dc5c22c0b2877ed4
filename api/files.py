"""Files that people attached, as they are sent: never as a page of ours."""

from typing import Final
from urllib.parse import quote

from starlette.responses import FileResponse, Response

from api.forms import Typed
from models.settings import settings
from services.bid.bid_files import SealedFile
from services.deliver.evidence_files import KeptFile
from services.uploads import JPEG, LARGEST, Stored, Upload, keep_upload

_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
}


def sent_files(typed: Typed, name: str) -> list[Upload]:
    """Return the files that came under ``name``."""
    sent = [file for field, file in typed.files if field == name]
    return [Upload(one.filename or "", one.file.read(LARGEST + 1)) for one in sent]


def keep_files(typed: Typed, name: str) -> list[Stored]:
    """Keep the files that came under ``name``; the same file twice is kept once."""
    return [keep_upload(settings().data_dir, one) for one in sent_files(typed, name)]


def send_unsealed(held: SealedFile) -> Response:
    """Send a file of a bid, unsealed in memory alone, to be saved."""
    named = f"attachment; filename*=UTF-8''{quote(held.name)}"
    headers = {**_HEADERS, "Content-Disposition": named}
    return Response(held.content, media_type=held.media_type, headers=headers)


def send(held: KeptFile) -> FileResponse:
    """Send a kept file: a photo to be looked at, anything else to be saved."""
    return FileResponse(
        held.path,
        media_type=held.media_type,
        filename=held.name,
        content_disposition_type="inline" if held.media_type == JPEG else "attachment",
        headers=_HEADERS,
    )
