"""Files that people attached, as they are sent: never as a page of ours."""

import re
from typing import Final
from urllib.parse import quote

from starlette.responses import Response

from api.forms import FormData
from domain.cells import visible
from services.bid.bid_files import SealedFile
from services.deliver.evidence import KeptFile
from services.uploads import JPEG, LARGEST, Stored, Upload, keep, kind_of_upload, sort_out

_SHA256: Final = re.compile("[0-9a-f]{64}")
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
}


def sent_files(typed: FormData, name: str) -> list[Upload]:
    """Return the files that came under ``name``."""
    sent = [file for field, file in typed.files if field == name]
    return [Upload(file.filename or "", file.file.read(LARGEST + 1)) for file in sent]


def keep_files(typed: FormData, name: str) -> list[Stored]:
    """Keep the files that came under ``name``, and those that the form kept before.

    The same file twice is kept once. Raises FilesRefused, which names the others, once the good
    ones are kept: the form carries them on, and nobody chooses them twice.
    """
    files = {file.sha256: file for file in map(_kept_before, typed.all(f"{name}.kept")) if file}
    good, refused = sort_out(sent_files(typed, name))
    for upload in good:
        stored = keep(upload)
        files[stored.sha256] = stored
    if refused:
        typed.values[f"{name}.kept"] = [f"{file.sha256} {file.name}" for file in files.values()]
        raise refused
    return list(files.values())


def _kept_before(text: str) -> Stored | None:
    """Return a file that the form carries; None where there is no such file any more."""
    sha256, _, name = text.partition(" ")
    if not _SHA256.fullmatch(sha256) or not visible(name):
        return None
    media_type = kind_of_upload(sha256)
    return Stored(name[:120], sha256, media_type) if media_type else None


def as_download(body: bytes, media_type: str, name: str) -> Response:
    """Return a file that was made, to be saved; what it holds may be its reader's alone."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(body, media_type=media_type, headers=headers)


def send_unsealed(sealed_file: SealedFile) -> Response:
    """Send a file of a bid, unsealed in memory alone, to be saved."""
    return _sent(sealed_file.content, sealed_file.media_type, sealed_file.name, "attachment")


def send(kept_file: KeptFile) -> Response:
    """Send a kept file: a photo to be looked at, anything else to be saved."""
    shown = "inline" if kept_file.media_type == JPEG else "attachment"
    return _sent(kept_file.content, kept_file.media_type, kept_file.name, shown)


def _sent(content: bytes, media_type: str, name: str, shown: str) -> Response:
    named = f"{shown}; filename*=UTF-8''{quote(name)}"
    headers = {**_HEADERS, "Content-Disposition": named}
    return Response(content, media_type=media_type, headers=headers)
