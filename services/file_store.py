"""Where the files lie that rows name: a folder, or a bucket that every machine reaches.

The settings choose it by its address. A file is kept whole or not at all, under a name that begins
with ``uploads/`` or ``reports/``; beside them lie the published heads of the audit chain, under
``audit/``. Source: obstore, S3Store.
"""

import logging
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
    from obstore.store import ClientConfig, RetryConfig

KEPT_IN: Final = ("uploads", "reports")
# A request waits for its file: it is better told that the store is away than left hanging.
_RETRIES: Final["RetryConfig"] = {"max_retries": 1, "retry_timeout": timedelta(seconds=10)}
_TIMEOUTS: Final = {"connect_timeout": "3s", "timeout": "8s"}
log = logging.getLogger("jiebang.files")


def _away() -> StackUnavailable:
    return StackUnavailable(
        part=Text("文件存储", "the file store"), why=Text("请稍后再试", "try again later")
    )


class FileStore(Protocol):
    """A place of files by name; raises StackUnavailable where it cannot be reached."""

    def put(self, name: str, content: bytes) -> None:
        """Keep a file whole or not at all; one of this name is replaced."""

    def read(self, name: str) -> bytes:
        """Return a file; raise FileNotFoundError."""

    def begin(self, name: str, length: int) -> bytes:
        """Return the first bytes of a file; raise FileNotFoundError."""

    def names(self, *folders: str) -> Iterator[str]:
        """Yield the name of every file in these folders, uploads and reports unless named."""

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

    def __init__(self, root: Path, *, shared: bool = False) -> None:
        """Keep files under ``root``.

        It is made with the first file, unless it is ``shared``: then it is not there while the
        share is not mounted, and nothing is kept in its place.
        """
        self.root, self._shared = root, shared

    def put(self, name: str, content: bytes) -> None:
        """Write a file beside its place, let the disk have it, and put it there."""
        with self._reached():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
                fresh = Path(file.name)
                try:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                    fresh.replace(path)
                except BaseException:
                    fresh.unlink(missing_ok=True)
                    raise

    def read(self, name: str) -> bytes:
        """Return a file; raise FileNotFoundError."""
        with self._reached():
            return (self.root / name).read_bytes()

    def begin(self, name: str, length: int) -> bytes:
        """Return the first bytes of a file; raise FileNotFoundError."""
        with self._reached(), (self.root / name).open("rb") as file:
            return file.read(length)

    def names(self, *folders: str) -> Iterator[str]:
        """Yield the name of every file, without those still being written."""
        with self._reached():
            for folder in folders or KEPT_IN:
                for path in (self.root / folder).rglob("*"):
                    if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
                        yield path.relative_to(self.root).as_posix()

    def address(self, name: str) -> str:
        """Return the path of a file."""
        return str(self.root / name)

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Raise StackUnavailable for what a disk refuses, but that a file is not there."""
        if self._shared and not self.root.is_dir():
            log.error("the shared folder %s is not there; mount it", self.root)
            raise _away()
        try:
            yield
        except FileNotFoundError:
            raise
        except OSError as error:
            log.exception("the folder %s cannot be used", self.root)
            raise _away() from error


class Bucket:
    """Files in an S3-compatible store; credentials and endpoint are its own ``AWS_`` variables."""

    def __init__(self, url: str) -> None:
        """Keep files in the bucket, under the prefix, of an address ``s3://bucket/prefix``.

        Raises BadInput for an endpoint that is no address.
        """
        endpoint = os.environ.get("AWS_ENDPOINT_URL", "https://")
        if not endpoint.startswith(("http://", "https://")):
            raise BadInput(
                zh=f"AWS_ENDPOINT_URL“{endpoint}”须以 http:// 或 https:// 开头。",
                en=f"AWS_ENDPOINT_URL {endpoint!r} has to begin with http:// or https://.",
            )
        self.url = url.rstrip("/")
        options: ClientConfig = {**_TIMEOUTS, "allow_http": endpoint.startswith("http://")}  # type: ignore[typeddict-item]
        self._store = S3Store.from_url(self.url, retry_config=_RETRIES, client_options=options)
        self._is_there = False

    def put(self, name: str, content: bytes) -> None:
        """Keep a file; the store answers once it has it."""
        with self._reached(missing=False):
            obstore.put(self._store, name, content)

    def read(self, name: str) -> bytes:
        """Return a file; raise FileNotFoundError."""
        with self._reached():
            return bytes(obstore.get(self._store, name).bytes())

    def begin(self, name: str, length: int) -> bytes:
        """Return the first bytes of a file; raise FileNotFoundError."""
        with self._reached():
            return bytes(obstore.get_range(self._store, name, start=0, length=length))

    def names(self, *folders: str) -> Iterator[str]:
        """Yield the name of every file."""
        for folder in folders or KEPT_IN:
            with self._reached(missing=False):
                for page in obstore.list(self._store, prefix=folder):
                    yield from (meta["path"] for meta in page)

    def address(self, name: str) -> str:
        """Return the address of a file."""
        return f"{self.url}/{name}"

    @contextmanager
    def _reached(self, *, missing: bool = True) -> Iterator[None]:
        """Raise StackUnavailable for what a store answers, but that a file is ``missing``.

        A bucket that is not there answers as a file that is not: it is asked for once.
        """
        try:
            yield
        except FileNotFoundError as error:
            if not missing:
                raise self._away(error) from error
            if not self._is_there:
                next(self.names(), None)
                self._is_there = True
            raise
        except BaseError as error:
            raise self._away(error) from error

    def _away(self, error: Exception) -> StackUnavailable:
        log.error("%s does not answer as it should: %s", self.url, str(error).partition("\n")[0])
        return _away()


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
        return Folder(Path(unquote(parts.path)), shared=True)
    raise BadInput(
        zh=f"JIEBANG_FILES_URL 不支持“{url}”，请写 s3://桶/前缀 或 file:///目录。",
        en=f"JIEBANG_FILES_URL does not support {url!r}; give s3://bucket/prefix or file:///folder.",
    )


def require_reachable_store() -> None:
    """Raise BadInput or StackUnavailable where files cannot be kept as the settings say."""
    next(file_store().names(), None)
