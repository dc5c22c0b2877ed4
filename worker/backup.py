"""Back up a running platform, and restore it: the database with the files that its rows name.

The dump and the list of files are of one snapshot of the database. Keys are kept apart: who has the
backup alone reads no sealed bid and signs no head. What Prefect knows is not kept; it is made anew.
"""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any, Final

from sqlalchemy import make_url, text
from sqlmodel import Session, col, delete, select

import migrations
from domain.errors import BadInput, StackUnavailable
from domain.text import Text
from models import AuditEntry, RunLease, WebSession
from models.keyring import keys_dir, write_private
from models.session import dispose, engine, unit_of_work
from models.settings import settings
from services.audit_chain import verify
from services.identity.erasure_journal import journal_file, read_journal, replay_erasures
from services.named_files import named_files
from worker.postgres import EmbeddedPostgres, server_binary
from worker.stack import claim
from worker.supervisor import Part, Supervisor

MANIFEST: Final = "manifest.json"
DUMP: Final = "database.dump"
# What a data directory keeps for the database; reports are issued, uploads sent, heads published.
BESIDE: Final = ("uploads", "reports", "audit")


@dataclass(frozen=True)
class BackedUp:
    """A backup: its folder, how many files and bytes it has, the audit chain's last entry in it."""

    folder: Path
    files: int
    bytes: int
    position: int
    with_keys: bool


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

    The environment names the database. Raises BadInput where a folder has something in it already
    or ``keys`` lies inside ``folder``, StackUnavailable where PostgreSQL refuses or a file that a
    row names is not there.
    """
    folder, data_dir = folder.resolve(), data_dir.resolve()
    _require_new(folder)
    if keys:
        keys = keys.resolve()
        if keys == folder or folder in keys.parents:
            raise BadInput(
                zh="密钥不能放在备份里面，请另选目录。",
                en="Keys are kept apart; choose a folder outside of the backup.",
            )
        _require_new(keys)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _copy_beside(data_dir, folder)
    with _snapshot() as (session, snapshot):
        _dump(folder / DUMP, snapshot)
        # What was kept since the first copy, and is in the dump.
        _copy_beside(data_dir, folder)
        absent = sorted({file.owner for file in named_files(session) if not file.is_whole(folder)})
        position = session.exec(
            select(AuditEntry.position)
            .where(col(AuditEntry.position).is_not(None))
            .order_by(col(AuditEntry.position).desc())
        ).first()
        revision = session.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    if absent:
        raise StackUnavailable(
            part="PostgreSQL",
            why=Text(
                f"数据库里登记的文件不见了或已变：{'、'.join(absent[:5])}；先运行 jiebang audit replay",
                f"files that rows name are gone or changed: {', '.join(absent[:5])};"
                " run jiebang audit replay first",
            ),
        )
    if keys:
        shutil.copytree(keys_dir(), keys, copy_function=_copy_private)
        keys.chmod(0o700)
    digests = {str(path.relative_to(folder)): _digest(path) for path in _files(folder)}
    manifest = {
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "release": release,
        "revision": revision,
        "position": position or 0,
        "keys": {path.name: _digest(path) for path in sorted(keys_dir().iterdir())},
        "files": digests,
    }
    size = sum(path.stat().st_size for path in _files(folder))
    # Last: a backup without it was ended in the middle.
    write_private(folder / MANIFEST, json.dumps(manifest, indent=1, sort_keys=True))
    return BackedUp(folder, len(digests), size, position or 0, keys is not None)


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


def _copy_beside(data_dir: Path, folder: Path) -> None:
    """Copy what is not copied yet. Uploads and reports never change; heads and journals grow."""
    for name in BESIDE:
        for path in _files(data_dir / name):
            target = folder / path.relative_to(data_dir)
            if name != "audit" and target.exists():
                continue
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _copy_private(str(path), str(target))


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _dump(target: Path, snapshot: str) -> None:
    url = make_url(settings().database_url).set(drivername="postgresql")
    without = [f"--exclude-table-data={table.__tablename__}" for table in (RunLease, WebSession)]
    _tool(
        "pg_dump",
        *("--format=custom", f"--snapshot={snapshot}", f"--file={target}", *without),
        f"--dbname={url.render_as_string(hide_password=False)}",
    )
    target.chmod(0o600)


def _tool(name: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own programs; raise StackUnavailable with what it says."""
    done = subprocess.run(
        [str(server_binary().with_name(name)), *arguments],
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
    _require_new(data_dir)
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        return _bring_back(folder, data_dir, keys, manifest, journals)
    except BaseException:
        # Half of it is nothing to begin with, and the folder was new.
        shutil.rmtree(data_dir, ignore_errors=True)
        raise


def _bring_back(
    folder: Path,
    data_dir: Path,
    keys: Path,
    manifest: Mapping[str, Any],
    journals: tuple[Path, ...],
) -> Restored:
    with claim(data_dir):
        shutil.copytree(keys, data_dir / "keys", copy_function=_copy_private)
        (data_dir / "keys").chmod(0o700)
        _copy_beside(folder, data_dir)
        with _postgres(data_dir) as server:
            _tool(
                "pg_restore",
                *("-h", str(server.socket), "-U", "postgres"),
                *("--no-owner", "--exit-on-error", "--dbname=jiebang", str(folder / DUMP)),
            )
            return _made_safe(server.url("jiebang"), data_dir, manifest, journals)


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
        if not (folder / name).is_file() or _digest(folder / name) != digest
    ]
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
    try:
        supervisor.start(part)
        yield server
    finally:
        supervisor.stop()


def _made_safe(
    url: str, data_dir: Path, manifest: Mapping[str, Any], journals: tuple[Path, ...]
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
        entries = [
            entry for path in (journal_file(data_dir), *journals) for entry in read_journal(path)
        ]
        with unit_of_work() as session:
            # Nobody is signed in, and nobody executes anything, where it was restored.
            session.execute(delete(WebSession))
            session.execute(delete(RunLease))
            erased = replay_erasures(session, dict.fromkeys(entries))
        with unit_of_work() as session:
            chain = verify(session, data_dir)
            files = list(named_files(session))
        problems = [f"#{position}: {en}" for position, _, en in chain.problems]
        problems += [f"{file.owner}: {file.path}" for file in files if not file.is_whole(data_dir)]
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
