"""Where the files lie that rows name: a folder, or a bucket that every machine reaches.

The settings choose it by its address. A file is kept whole or not at all, under a name that begins
with ``uploads/`` or ``reports/``. Source: obstore, S3Store.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from domain.errors import BadInput, StackUnavailable
from domain.text import Text
from models.settings import settings

if TYPE_CHECKING:
    from obstore.store import RetryConfig

KEPT_IN: Final = ("uploads", "reports")
# A request waits for its file: it is better told that the store is away than left hanging.
_RETRIES: Final["RetryConfig"] = {"max_retries": 2, "retry_timeout": timedelta(seconds=20)}
_PART: Final = Text("文件存储", "the file store")


class FileStore(Protocol):
    """A place of files by name; raises StackUnavailable where it cannot be reached."""

    def put(self, name: str, content: bytes) -> None:
        """Keep a file whole or not at all; one of this name is replaced."""

    def read(self, name: str) -> bytes:
        """Return a file; raise FileNotFoundError."""

    def has(self, name: str) -> bool:
        """Tell whether there is a file of this name."""

    def names(self) -> Iterator[str]:
        """Yield the name of every file."""

    def address(self, name: str) -> str:
        """Return where a file lies, for people."""


def is_whole(store: FileStore, name: str, digest: str) -> bool:
    """Tell whether a file is there with the content of this SHA-256."""
    try:
        return sha256(store.read(name)).hexdigest() == digest
    except FileNotFoundError:
        return False


class Folder:
    """Files under a folder of this machine, or of one that several share."""

    def __init__(self, root: Path) -> None:
        """Keep files under ``root``, which is made with the first."""
        self.root = root

    def put(self, name: str, content: bytes) -> None:
        """Write a file beside its place, let the disk have it, and put it there."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(path)

    def read(self, name: str) -> bytes:
        """Return a file; raise FileNotFoundError."""
        return (self.root / name).read_bytes()

    def has(self, name: str) -> bool:
        """Tell whether there is a file of this name."""
        return (self.root / name).is_file()

    def names(self) -> Iterator[str]:
        """Yield the name of every file; what is being written is none yet."""
        for kept_in in KEPT_IN:
            for path in sorted((self.root / kept_in).rglob("*")):
                if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
                    yield path.relative_to(self.root).as_posix()

    def address(self, name: str) -> str:
        """Return the path of a file."""
        return str(self.root / name)


class Bucket:
    """Files in an S3-compatible store; credentials and endpoint are its own ``AWS_`` variables."""

    def __init__(self, url: str) -> None:
        """Keep files in the bucket, under the prefix, of an address ``s3://bucket/prefix``."""
        self.url = url.rstrip("/")
        self._store = S3Store.from_url(self.url, retry_config=_RETRIES)

    def put(self, name: str, content: bytes) -> None:
        """Keep a file; the store answers once it has it."""
        with _reached():
            obstore.put(self._store, name, content)

    def read(self, name: str) -> bytes:
        """Return a file; raise FileNotFoundError."""
        with _reached():
            return bytes(obstore.get(self._store, name).bytes())

    def has(self, name: str) -> bool:
        """Tell whether there is a file of this name."""
        try:
            with _reached():
                obstore.head(self._store, name)
        except FileNotFoundError:
            return False
        return True

    def names(self) -> Iterator[str]:
        """Yield the name of every file."""
        for kept_in in KEPT_IN:
            with _reached():
                for page in obstore.list(self._store, prefix=kept_in):
                    yield from (meta["path"] for meta in page)

    def address(self, name: str) -> str:
        """Return the address of a file."""
        return f"{self.url}/{name}"


@contextmanager
def _reached() -> Iterator[None]:
    """Raise StackUnavailable for what a store answers, but that a file is not there."""
    try:
        yield
    except FileNotFoundError:
        raise
    except BaseError as error:
        raise StackUnavailable(part=_PART, why=str(error).partition("\n")[0][:300]) from error


def file_store() -> FileStore:
    """Return the store that the settings name, the data directory where they name none.

    Raises BadInput for an address of another kind.
    """
    url = settings().files_url
    return _at(url) if url else Folder(settings().data_dir)


@cache
def _at(url: str) -> FileStore:
    parts = urlsplit(url)
    if parts.scheme == "s3" and parts.netloc:
        return Bucket(url)
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        return Folder(Path(unquote(parts.path)))
    raise BadInput(
        zh=f"JIEBANG_FILES_URL 不支持“{url}”，请写 s3://桶/前缀 或 file:///目录。",
        en=f"JIEBANG_FILES_URL does not support {url!r}; give s3://bucket/prefix or file:///folder.",
    )
