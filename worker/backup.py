"""Back up a running platform, and restore it: the database with the files that its rows name.

The dump and the list of files are of one snapshot of the database. Keys are kept apart: who has the
backup alone reads no sealed bid and signs no head. What Prefect knows is not kept; it is made anew.
"""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any, Final

from sqlalchemy import make_url, text
from sqlmodel import Session, col, delete, select

import migrations
from domain.errors import BadInput, StackUnavailable
from models import AuditEntry, ParkedForm, RateLimit, RunLease, UnlockedKey, WebSession
from models.keyring import keys_dir, write_private
from models.session import dispose, engine, unit_of_work
from models.settings import settings
from services.audit_chain import verify
from services.audit_heads import public_pem
from services.file_store import KEPT_IN, FileStore, Folder, file_store
from services.identity.erasure_journal import NAME as JOURNAL
from services.identity.erasure_journal import (
    ErasedEntry,
    cut_torn_line,
    journal_file,
    read_journal,
    replay_erasures,
)
from services.named_files import named_files
from worker.ending import ending_on_sigterm
from worker.postgres import EmbeddedPostgres, server_binary
from worker.stack import RESTORING, claim
from worker.supervisor import Part, Supervisor

MANIFEST: Final = "manifest.json"
DUMP: Final = "database.dump"
# Where heads are published.
AUDIT: Final = "audit"


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


@dataclass(frozen=True)
class Restored:
    """A restored platform: entries and files that were checked, erasures that were done again."""

    data_dir: Path
    taken_at: str
    entries: int
    files: int
    erased_again: int
    problems: tuple[str, ...]


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
    _require_new(folder)
    _require_own_keys(data_dir)
    if keys:
        keys = keys.resolve()
        if keys == folder or folder in keys.parents or keys in folder.parents:
            raise BadInput(
                zh="密钥不能和备份放在一起，请另选目录。",
                en="Keys are kept apart; choose a folder that neither holds the backup nor is in it.",
            )
        _require_new(keys)
    _private_folder(folder)
    # Heads that were published before the snapshot are of entries that are in it.
    _copy_folder(data_dir / AUDIT, folder / AUDIT)
    _copy_store(file_store(), Folder(folder))
    with _snapshot() as (session, snapshot):
        _dump(folder / DUMP, snapshot)
        # What was kept since the first copy, and is in the dump.
        _copy_folder(data_dir / AUDIT, folder / AUDIT, only=JOURNAL)
        copied = Folder(folder)
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
        _private_folder(keys)
        for path in _keys():
            _copy_private(str(path), str(keys / path.name))
    for path in (folder / "audit").glob("*.jsonl"):
        # Somebody may have been writing a line while it was copied.
        cut_torn_line(path)
    digests = {str(path.relative_to(folder)): _digest(path) for path in _files(folder)}
    manifest = {
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "release": release,
        "revision": revision,
        "position": position or 0,
        "keys": {path.name: _digest(path) for path in _keys()},
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


def _require_new(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(
            zh=f"{folder} 里已有内容，请另选一个新目录。",
            en=f"{folder} is not empty; choose a new folder.",
        )


def _copy_private(source: str, target: str) -> str:
    shutil.copyfile(source, target)
    os.chmod(target, 0o600)
    return target


def _private_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)


def _keys() -> list[Path]:
    return sorted(path for path in keys_dir().iterdir() if path.is_file())


def _require_own_keys(data_dir: Path) -> None:
    """Raise BadInput where the keys here have not signed the heads of this data directory."""
    public = data_dir / "audit" / "public.pem"
    if public.is_file() and public.read_text() != public_pem():
        raise BadInput(
            zh="这里的密钥不是平台正在使用的密钥；请像启动平台时一样设置 JIEBANG_KEYS_DIR。",
            en="The keys here are not those of the platform; set JIEBANG_KEYS_DIR as it was started with.",
        )


def _copy_folder(folder: Path, target: Path, *, only: str = "*") -> None:
    """Copy the files of a folder, or those of one name, over earlier copies."""
    for path in _files(folder, only):
        copy = target / path.relative_to(folder)
        copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _copy_private(str(path), str(copy))


def _copy_store(store: FileStore, copied: Folder) -> None:
    """Copy what is not copied yet, or was made again since."""
    before = set(copied.names())
    for name in store.names():
        if name in before and _is_kept_by_content(name):
            continue
        # What was replaced meanwhile is there under its name; what was taken away is not.
        with suppress(FileNotFoundError):
            content = store.read(name)
            if name not in before or copied.read(name) != content:
                copied.put(name, content)


def _is_kept_by_content(name: str) -> bool:
    """Tell whether a file never changes, because it is called as its content."""
    return name.startswith("uploads/")


def _files(folder: Path, only: str = "*") -> list[Path]:
    """Return the files of a folder; what is being written is none yet."""
    return sorted(
        path
        for path in folder.rglob(only)
        if path.is_file() and not path.is_symlink() and not path.name.startswith(".")
    )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


# Who is at the platform just now, and what they have open there.
_OF_THE_MOMENT: Final = (RunLease, WebSession, RateLimit, UnlockedKey, ParkedForm)


def _dump(target: Path, snapshot: str) -> None:
    url = make_url(settings().database_url).set(drivername="postgresql")
    without = [f"--exclude-table-data={table.__tablename__}" for table in _OF_THE_MOMENT]
    _tool(
        "pg_dump",
        *("--format=custom", f"--snapshot={snapshot}", f"--file={target}", *without),
        f"--dbname={url.set(password=None).render_as_string()}",
        # Among its arguments everybody on the machine would read it.
        password=url.password or "",
    )
    target.chmod(0o600)


def _tool(name: str, *arguments: str, password: str = "") -> None:
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


def restore(
    folder: Path, data_dir: Path, *, keys: Path, journals: tuple[Path, ...] = ()
) -> Restored:
    """Restore a backup into a new data directory, with an embedded PostgreSQL.

    Nothing opens before the erasures that the backup and ``journals`` name are done again: web and
    workers are started afterwards, by ``jiebang up``. Raises BadInput for a backup that is not
    whole, keys that are not its own, and a data directory that is not new.
    """
    folder, data_dir, keys = folder.resolve(), data_dir.resolve(), keys.resolve()
    manifest = _read_manifest(folder)
    _require_keys(manifest["keys"], keys)
    erasures = [entry for path in journals for entry in _read_named(path)]
    erasures += read_journal(journal_file(folder))
    _require_new(data_dir)
    _require_empty_store()
    _private_folder(data_dir)
    with claim(data_dir):
        try:
            # Until it is gone, nothing starts here: who was erased may be back.
            (data_dir / RESTORING).touch()
            done = _bring_back(folder, data_dir, keys, manifest, erasures)
            (data_dir / RESTORING).unlink()
            return done
        except BaseException:
            # Half of it is nothing to begin with, and the folder was new.
            shutil.rmtree(data_dir, ignore_errors=True)
            raise


def _read_named(path: Path) -> list[ErasedEntry]:
    """Return the entries of a journal that somebody has named; raise BadInput where it is not."""
    if not path.is_file():
        raise BadInput(
            zh=f"没有注销记录文件 {path}；没有它，已注销的人会重新出现。",
            en=f"There is no journal {path}; without it, people who were erased would be back.",
        )
    return read_journal(path)


def _bring_back(
    folder: Path,
    data_dir: Path,
    keys: Path,
    manifest: Mapping[str, Any],
    erasures: Sequence[ErasedEntry],
) -> Restored:
    _private_folder(data_dir / "keys")
    for name in manifest["keys"]:
        _copy_private(str(keys / name), str(data_dir / "keys" / name))
    _copy_folder(folder / AUDIT, data_dir / AUDIT)
    _bring_files(folder, data_dir, manifest["files"])
    with _postgres(data_dir) as server:
        _tool(
            "pg_restore",
            *("-h", str(server.socket), "-U", "postgres"),
            *("--no-owner", "--no-acl", "--exit-on-error"),
            *("--dbname=jiebang", str(folder / DUMP)),
        )
        return _made_safe(server.url("jiebang"), data_dir, manifest, erasures)


def _require_empty_store() -> None:
    """Raise BadInput where files would be brought among those of a platform that is in use."""
    url = settings().files_url
    if url and next(file_store().names(), None):
        raise BadInput(
            zh=f"{url} 里已有文件，恢复不会覆盖它们；请另设一个空的 JIEBANG_FILES_URL，或取消这个设置。",
            en=f"{url} holds files already, and a restore overwrites none: set JIEBANG_FILES_URL to an"
            " empty place, or unset it.",
        )


def _bring_files(folder: Path, data_dir: Path, names: Iterable[str]) -> None:
    """Put the files of a backup where the settings keep files, the new data directory else."""
    backup = Folder(folder)
    store = file_store() if settings().files_url else Folder(data_dir)
    for name in names:
        if name.startswith(tuple(f"{kept_in}/" for kept_in in KEPT_IN)):
            store.put(name, backup.read(name))


def _read_manifest(folder: Path) -> dict[str, Any]:
    """Return what a backup says of itself, once every file is what it says."""
    path = folder / MANIFEST
    if not path.is_file():
        raise BadInput(
            zh=f"{folder} 不是完整的备份：没有 {MANIFEST}。",
            en=f"{folder} is no whole backup: it has no {MANIFEST}.",
        )
    manifest: dict[str, Any] = json.loads(path.read_text())
    wrong = [
        name
        for name, digest in manifest["files"].items()
        if ".." in Path(name).parts
        or not (folder / name).is_file()
        or _digest(folder / name) != digest
    ]
    wrong += [] if DUMP in manifest["files"] else [DUMP]
    if wrong:
        raise BadInput(
            zh=f"备份已损坏，有 {len(wrong)} 个文件不见了或已变：{wrong[0]}。请用另一份备份。",
            en=f"The backup is damaged: {len(wrong)} of its files are gone or changed,"
            f" {wrong[0]} first. Use another one.",
        )
    return manifest


def _require_keys(known: Mapping[str, str], keys: Path) -> None:
    wrong = [
        name
        for name, digest in known.items()
        if not (keys / name).is_file() or _digest(keys / name) != digest
    ]
    if wrong:
        raise BadInput(
            zh=f"{keys} 里没有这份备份的密钥（{'、'.join(wrong)}）。没有它们，登录验证码和链首签名都无法核对。",
            en=f"{keys} has not the keys of this backup ({', '.join(wrong)}). Without them neither"
            " one-time codes nor signed heads can be checked.",
        )


@contextmanager
def _postgres(data_dir: Path) -> Iterator[EmbeddedPostgres]:
    """Run the embedded PostgreSQL alone."""
    server = EmbeddedPostgres.under(data_dir)
    server.prepare()
    supervisor = Supervisor(data_dir)
    part = Part(
        "postgres",
        server.command(),
        server.ready,
        user=server.user,
        stop_signal=signal.SIGINT,
    )
    with ending_on_sigterm(supervisor.stop):
        supervisor.start(part)
        yield server


def _made_safe(
    url: str, data_dir: Path, manifest: Mapping[str, Any], erasures: Sequence[ErasedEntry]
) -> Restored:
    """Upgrade what was restored, erase again, and check it, before anything else reads it."""
    here = {
        "JIEBANG_DATABASE_URL": url,
        "JIEBANG_DATA_DIR": str(data_dir),
        "JIEBANG_KEYS_DIR": str(data_dir / "keys"),
    }
    before = {name: os.environ.get(name) for name in here}
    os.environ |= here
    try:
        migrations.upgrade(url)
        with unit_of_work() as session:
            # Nobody is signed in, and nobody executes anything, where it was restored.
            session.execute(delete(WebSession))
            session.execute(delete(RunLease))
            erased = replay_erasures(session, dict.fromkeys(erasures))
        with unit_of_work() as session:
            chain = verify(session, data_dir)
            files = list(named_files(session))
        problems = [f"#{position}: {en}" for position, _, en in chain.problems]
        problems += [
            f"{file.owner}: {file.name}" for file in files if not file.is_whole(file_store())
        ]
        return Restored(
            data_dir, manifest["taken_at"], chain.entries, len(files), erased, tuple(problems)
        )
    finally:
        dispose(url)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
