"""Files that people attach: photos are drawn anew, documents looked at, both kept by content.

A photo is decoded and encoded again, so nothing but its picture is kept: no place, no camera, no
hidden payload. Files lie outside anything that is served by name.
"""

import hashlib
import io
import os
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

from PIL import Image, ImageOps, UnidentifiedImageError

from domain.errors import BadInput, NotFound
from models.limits import LARGEST_FILE

LARGEST: Final = LARGEST_FILE
_SIDE: Final = 2000
_PIXELS: Final = 40_000_000
_PDF: Final = b"%PDF-"
JPEG, PDF = "image/jpeg", "application/pdf"


class Upload(NamedTuple):
    """A file as it was sent: what it was called, and its bytes."""

    name: str
    content: bytes


class Stored(NamedTuple):
    """A file as it is kept: its name, SHA-256 and kind."""

    name: str
    sha256: str
    media_type: str


class Clean(NamedTuple):
    """A file as it may be kept: its name, its kind, and a photo drawn anew."""

    name: str
    media_type: str
    content: bytes


def cleaned(upload: Upload) -> Clean:
    """Return a photo (as JPEG, at most 2000 pixels a side) or a PDF; raise BadInput for others."""
    name = Path(upload.name.replace("\\", "/")).name[:120] or "file"
    if len(upload.content) > LARGEST:
        raise BadInput(
            zh=f"“{name}”超过 12 MB，请压缩后再传。",
            en=f"{name!r} is over 12 MB; make it smaller.",
        )
    if upload.content.startswith(_PDF):
        return Clean(name, PDF, upload.content)
    return Clean(name, JPEG, _drawn_anew(name, upload.content))


def keep_upload(data_dir: Path, upload: Upload) -> Stored:
    """Keep a photo or a PDF, as ``cleaned`` returns it."""
    held = cleaned(upload)
    return Stored(held.name, keep_bytes(data_dir, held.content), held.media_type)


def keep_bytes(data_dir: Path, content: bytes) -> str:
    """Keep ``content`` and return its SHA-256, by which it is found."""
    digest = hashlib.sha256(content).hexdigest()
    _write(path_of(data_dir, digest), content)
    return digest


def _drawn_anew(name: str, content: bytes) -> bytes:
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as held:
            if held.width * held.height > _PIXELS:
                raise BadInput(zh=f"“{name}”的像素太多。", en=f"{name!r} has too many pixels.")
            picture = ImageOps.exif_transpose(held).convert("RGB")
            picture.thumbnail((_SIDE, _SIDE))
            picture.info.clear()
            out = io.BytesIO()
            picture.save(out, "JPEG", quality=85, optimize=True)
            return out.getvalue()
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        raise BadInput(
            zh=f"“{name}”不是照片（JPG、PNG、WebP）或 PDF，请换一个文件。",
            en=f"{name!r} is no photo (JPG, PNG, WebP) and no PDF; choose another file.",
        ) from None


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; the same content again changes nothing."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)


def path_of(data_dir: Path, sha256: str) -> Path:
    """Return where a file of this content lies."""
    return data_dir / "uploads" / sha256[:2] / sha256


def read_upload(data_dir: Path, sha256: str) -> tuple[Path, str]:
    """Return a kept file and its media type; raise NotFound."""
    path = path_of(data_dir, sha256)
    if not path.is_file():
        raise NotFound(what="附件 / file", key=sha256[:12])
    with path.open("rb") as file:
        pdf = file.read(len(_PDF)) == _PDF
    return path, PDF if pdf else JPEG
