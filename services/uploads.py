"""Files that people attach: photos are drawn anew, documents looked at, both kept by content.

A photo is decoded and encoded again, so nothing but its picture is kept: no place, no camera, no
hidden payload. Files lie outside anything that is served by name.
"""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Semaphore
from typing import Final, NamedTuple

from PIL import Image, ImageOps, UnidentifiedImageError
from pillow_heif import register_heif_opener

from domain.cells import printable, visible
from domain.errors import BadInput, FilesRefused, NotFound
from domain.text import Text
from models.limits import LARGEST_FILE, LARGEST_FORM
from services.file_store import file_store, is_whole

register_heif_opener()

LARGEST: Final = LARGEST_FILE
MOST_AT_ONCE: Final = 12
_MB: Final = LARGEST // (1 << 20)
_SIDE: Final = 2000
_SMALL_SIDE: Final = 480
_PIXELS: Final = 120_000_000
# Our own limit is asked once the header is read, before anything is decoded.
Image.MAX_IMAGE_PIXELS = None
_FORMATS: Final = ("JPEG", "PNG", "WEBP", "HEIF")
_PHOTO_ENDINGS: Final = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif")
_KINDS: Final = "JPG, PNG, WebP, HEIC"
# Decoding takes memory: two pictures at a time.
_DRAWING: Final = Semaphore(2)
_DRAWING_SMALL: Final = Semaphore(2)
_PDF: Final = b"%PDF-"
_MARK_WITHIN: Final = 1024
_PICTURES: Final = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF")
JPEG, PDF = "image/jpeg", "application/pdf"
ACCEPTED: Final = "image/jpeg,image/png,image/webp,image/heic,image/heif,application/pdf"
LIMITS: Final = Text(
    f"JPG、PNG、WebP、HEIC 照片或 PDF；每个不超过 {_MB} MB，"
    f"一次最多 {MOST_AT_ONCE} 个，合计不超过 {LARGEST_FORM // (1 << 20)} MB",
    f"photos ({_KINDS}) or PDF; {_MB} MB each, {MOST_AT_ONCE} and "
    f"{LARGEST_FORM // (1 << 20)} MB in all at a time",
)


class Upload(NamedTuple):
    """A file as it was sent: what it was called, and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Stored:
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
    """Return a photo (as JPEG, at most 2000 pixels a side) or a PDF; raise BadInput for others.

    Transparent parts of a photo become white, and 16 bits a channel become 8.
    """
    name = visible(printable(Path(upload.name.replace("\\", "/")).name))[:120] or "file"
    if len(upload.content) > LARGEST:
        raise BadInput(
            zh=f"“{name}”超过 {_MB} MB，请压缩后再传。",
            en=f"{name!r} is over {_MB} MB; make it smaller.",
        )
    # Some programs write a few bytes before a PDF's mark.
    if _PDF in upload.content[:_MARK_WITHIN] and not upload.content.startswith(_PICTURES):
        return Clean(name, PDF, upload.content)
    return Clean(name, JPEG, _drawn_anew(name, upload.content))


def sort_out(uploads: Sequence[Upload]) -> tuple[list[Clean], FilesRefused | None]:
    """Return the files that may be kept, and the refusal of the others, by their names."""
    kept: list[Clean] = []
    zh, en = [], []
    for number, upload in enumerate(uploads, start=1):
        try:
            if number > MOST_AT_ONCE:
                raise BadInput(
                    zh=f"“{upload.name[:120]}”是第 {number} 个，一次最多 {MOST_AT_ONCE} 个，请下次再添加。",
                    en=f"{upload.name[:120]!r} is number {number}; add {MOST_AT_ONCE} at a time.",
                )
            kept.append(cleaned(upload))
        except BadInput as error:
            zh.append(error.say("zh"))
            en.append(error.say("en"))
    return kept, FilesRefused(zh="".join(zh), en=" ".join(en)) if zh else None


def keep_upload(upload: Upload) -> Stored:
    """Keep a photo or a PDF, as ``cleaned`` returns it."""
    return keep(cleaned(upload))


def keep(clean: Clean) -> Stored:
    """Keep a file by its content."""
    return Stored(clean.name, keep_bytes(clean.content), clean.media_type)


def keep_bytes(content: bytes) -> str:
    """Keep ``content`` and return its SHA-256, by which it is found."""
    digest = hashlib.sha256(content).hexdigest()
    store, name = file_store(), upload_name(digest)
    # A file damaged since is mended.
    if not is_whole(store, name, digest):
        store.put(name, content)
    return digest


def _drawn_anew(name: str, content: bytes) -> bytes:
    try:
        with _DRAWING, Image.open(io.BytesIO(content), formats=_FORMATS) as original:
            if original.width * original.height > _PIXELS:
                raise BadInput(
                    zh=f"“{name}”有 {original.width}×{original.height} 像素，最多 {_PIXELS // 10_000} 万像素，请缩小后再传。",
                    en=f"{name!r} has {original.width} by {original.height} pixels, "
                    f"{_PIXELS // 1_000_000} megapixels at most; make it smaller.",
                )
            original.draft("RGB", (_SIDE, _SIDE))
            picture = _opaque(ImageOps.exif_transpose(original))
            picture.thumbnail((_SIDE, _SIDE))
            picture.info.clear()
            out = io.BytesIO()
            picture.save(out, "JPEG", quality=85, optimize=True)
            return out.getvalue()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise BadInput(
            zh=f"“{name}”不是照片（{_KINDS}）或 PDF，请换一个文件。",
            en=f"{name!r} is no photo ({_KINDS}) and no PDF; choose another file.",
        ) from None


def _opaque(picture: Image.Image) -> Image.Image:
    """Return a picture in 8 bits a channel, on white where it is transparent."""
    if picture.mode.startswith("I"):
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    if picture.has_transparency_data:
        layer = picture.convert("RGBA")
        ground = Image.new("RGBA", layer.size, "white")
        picture = Image.alpha_composite(ground, layer)
    return picture.convert("RGB")


def upload_name(sha256: str) -> str:
    """Return the name under which a file of this content is kept."""
    return f"uploads/{sha256[:2]}/{sha256}"


def kind_of_upload(sha256: str) -> str | None:
    """Return the media type of a kept file, None where there is none."""
    try:
        return media_type_of(file_store().begin(upload_name(sha256), len(_PICTURES[0])))
    except FileNotFoundError:
        return None


def read_upload(sha256: str) -> tuple[bytes, str]:
    """Return a kept file and its media type; raise NotFound."""
    try:
        content = file_store().read(upload_name(sha256))
    except FileNotFoundError:
        raise NotFound(what=Text("附件", "file"), key=sha256[:12]) from None
    return content, media_type_of(content)


def is_photo(name: str) -> bool:
    """Tell by its name whether a kept file is a photo, without reading it."""
    return name.lower().endswith(_PHOTO_ENDINGS)


def drawn_small(content: bytes) -> bytes:
    """Return a kept photo as a JPEG of at most 480 pixels a side."""
    with _DRAWING_SMALL, Image.open(io.BytesIO(content), formats=("JPEG",)) as photo:
        photo.draft("RGB", (_SMALL_SIDE, _SMALL_SIDE))
        photo.thumbnail((_SMALL_SIDE, _SMALL_SIDE))
        out = io.BytesIO()
        photo.save(out, "JPEG", quality=80)
        return out.getvalue()


def media_type_of(content: bytes) -> str:
    """Return the kind of a kept file: JPEG for a photo, else PDF."""
    return JPEG if content.startswith(_PICTURES[0]) else PDF
