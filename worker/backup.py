"""Back up a running platform: the database with the files that its rows name.

The dump and the list of files are of one snapshot of the database. Keys are kept apart: the
backup alone reads no sealed bid and signs no head. Prefect's data is not kept; it is made anew.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path
from typing import Final

from sqlalchemy import make_url, text
from sqlmodel import Session, col, select

from domain.errors import BadInput, StackUnavailable
from models import AuditEntry, ParkedForm, RateCounter, RunLease, UnlockedKey, WebSession
from models.keyring import keys_dir, write_private
from models.session import engine
from models.settings import settings
from services.audit_heads import FOLDER as AUDIT
from services.audit_heads import PUBLIC_KEY, public_pem
from services.file_store import FileStore, Folder, file_store
from services.identity.erasure_journal import NAME as JOURNAL
from services.identity.erasure_journal import (
    cut_torn_line,
)
from services.named_files import named_files
from worker.postgres import server_binary

MANIFEST: Final = "manifest.json"
DUMP: Final = "database.dump"


@dataclass(frozen=True)
class BackedUp:
    """A backup: its folder, how many files and bytes it has, the audit chain's last entry in it.

    ``absent`` are those of whom a row names a file that is gone or changed.
    """

    folder: Path
    files: int
    bytes: int
    position: int
    with_keys: bool
    absent: tuple[str, ...] = ()


def back_up(
    folder: Path, data_dir: Path, *, keys: Path | None = None, release: str = ""
) -> BackedUp:
    """Write a backup of the running platform into ``folder``, and its keys into ``keys``.

    The environment names the database. Files that rows name and that are not there are listed, and
    stop nothing. Raises BadInput where a folder has something in it already, ``keys`` and
    ``folder`` are not apart or the keys here are not the platform's, StackUnavailable where
    PostgreSQL refuses.
    """
    folder, data_dir = folder.resolve(), data_dir.resolve()
    require_new(folder)
    _require_own_keys(file_store())
    if keys:
        keys = keys.resolve()
        if keys == folder or folder in keys.parents or keys in folder.parents:
            raise BadInput(
                zh="密钥不能和备份放在一起，请另选目录。",
                en="Keys are kept apart; choose a folder that neither holds the backup nor is in it.",
            )
        require_new(keys)
    private_folder(folder)
    copied = Folder(folder)
    # Heads that were published before the snapshot are of entries that are in it.
    _copy_store(file_store(), copied, AUDIT)
    _copy_store(file_store(), copied)
    with _snapshot() as (session, snapshot):
        _dump(folder / DUMP, snapshot)
        # Erasures and files since the first copy, which are in the dump.
        copy_folder(data_dir / AUDIT, folder / AUDIT, only=JOURNAL)
        _copy_store(file_store(), copied)
        absent = tuple(
            sorted({file.owner for file in named_files(session) if not file.is_whole(copied)})
        )
        position = session.exec(
            select(AuditEntry.position)
            .where(col(AuditEntry.position).is_not(None))
            .order_by(col(AuditEntry.position).desc())
            .limit(1)
        ).first()
        revision = session.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    if keys:
        private_folder(keys)
        for path in _keys():
            copy_private(str(path), str(keys / path.name))
    # Somebody may have been writing a line while it was copied.
    cut_torn_line(folder / AUDIT / JOURNAL)
    digests = {str(path.relative_to(folder)): digest_of(path) for path in _files(folder)}
    manifest = {
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "release": release,
        "revision": revision,
        "position": position or 0,
        "keys": {path.name: digest_of(path) for path in _keys()},
        "files": digests,
        "absent": absent,
    }
    size = sum(path.stat().st_size for path in _files(folder))
    # Last: a backup without it was ended in the middle.
    write_private(folder / MANIFEST, json.dumps(manifest, indent=1, sort_keys=True))
    return BackedUp(folder, len(digests), size, position or 0, keys is not None, absent)


@contextmanager
def _snapshot() -> Iterator[tuple[Session, str]]:
    """Give a session that sees one state of the database, and the name of that state."""
    with Session(engine().execution_options(isolation_level="REPEATABLE READ")) as session:
        yield session, str(session.execute(text("SELECT pg_export_snapshot()")).scalar_one())


def require_new(folder: Path) -> None:
    """Raise BadInput for a folder that has something in it already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(
            zh=f"{folder} 里已有内容，请另选一个新目录。",
            en=f"{folder} is not empty; choose a new folder.",
        )


def copy_private(source: str, target: str) -> str:
    """Copy a file so that nobody else reads it; return where it lies."""
    shutil.copyfile(source, target)
    os.chmod(target, 0o600)
    return target


def private_folder(folder: Path) -> None:
    """Make a folder that nobody else opens."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)


def _keys() -> list[Path]:
    return sorted(path for path in keys_dir().iterdir() if path.is_file())


def _require_own_keys(store: FileStore) -> None:
    """Raise BadInput where the keys here have not signed the heads of this store."""
    try:
        public = store.read(PUBLIC_KEY).decode()
    except FileNotFoundError:
        return
    if public != public_pem():
        raise BadInput(
            zh="这里的密钥不是平台正在使用的密钥；请像启动平台时一样设置 JIEBANG_KEYS_DIR。",
            en="The keys here are not those of the platform; set JIEBANG_KEYS_DIR as it was started with.",
        )


def copy_folder(folder: Path, target: Path, *, only: str = "*") -> None:
    """Copy the files of a folder, or those of one name, over earlier copies."""
    for path in _files(folder, only):
        copy = target / path.relative_to(folder)
        copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        copy_private(str(path), str(copy))


def _copy_store(store: FileStore, copied: Folder, *folders: str) -> None:
    """Copy the files that are not copied yet, or were made again since."""
    before = set(copied.names(*folders))
    for name in store.names(*folders):
        if name in before and _is_kept_by_content(name):
            continue
        # A file replaced meanwhile is there under its name; one taken away is not.
        with suppress(FileNotFoundError):
            content = store.read(name)
            if name not in before or copied.read(name) != content:
                copied.put(name, content)


def _is_kept_by_content(name: str) -> bool:
    """Tell whether a file never changes, because it is called as its content."""
    return name.startswith("uploads/")


def _files(folder: Path, only: str = "*") -> list[Path]:
    """Return the files of a folder, without those still being written."""
    return sorted(
        path
        for path in folder.rglob(only)
        if path.is_file() and not path.is_symlink() and not path.name.startswith(".")
    )


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


# Tables of people at the platform just now, and of the forms and keys that they have open.
_OF_THE_MOMENT: Final = (RunLease, WebSession, RateCounter, UnlockedKey, ParkedForm)


def _dump(target: Path, snapshot: str) -> None:
    url = make_url(settings().database_url).set(drivername="postgresql")
    without = [f"--exclude-table-data={table.__tablename__}" for table in _OF_THE_MOMENT]
    tool(
        "pg_dump",
        *("--format=custom", f"--snapshot={snapshot}", f"--file={target}", *without),
        f"--dbname={url.set(password=None).render_as_string()}",
        # Among its arguments everybody on the machine would read it.
        password=url.password or "",
    )
    target.chmod(0o600)


def tool(name: str, *arguments: str, password: str = "") -> None:
    """Run one of PostgreSQL's own programs; raise StackUnavailable with what it says."""
    done = subprocess.run(
        [str(server_binary().with_name(name)), *arguments],
        env=os.environ | ({"PGPASSWORD": password} if password else {}),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StackUnavailable(part="PostgreSQL", why=done.stderr.strip()[-400:])
