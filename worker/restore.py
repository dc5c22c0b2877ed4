"""Restore a backup into a new data directory; nothing opens before erasures are done again."""

import json
import os
import shutil
import signal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlmodel import delete

import migrations
from domain.errors import BadInput
from models import RunLease, WebSession
from models.session import dispose, unit_of_work
from models.settings import settings
from services.audit_chain import verify
from services.audit_heads import FOLDER as AUDIT
from services.file_store import KEPT_IN, Folder, file_store
from services.identity.erasure_journal import NAME as JOURNAL
from services.identity.erasure_journal import (
    ErasedEntry,
    journal_file,
    read_journal,
    replay_erasures,
)
from services.named_files import named_files
from worker.backup import (
    DUMP,
    MANIFEST,
    copy_folder,
    copy_private,
    digest_of,
    private_folder,
    require_new,
    tool,
)
from worker.ending import ending_on_sigterm
from worker.postgres import EmbeddedPostgres
from worker.stack import RESTORING, claim
from worker.supervisor import Part, Supervisor


@dataclass(frozen=True)
class Restored:
    """A restored platform: entries and files that were checked, erasures that were done again."""

    data_dir: Path
    taken_at: str
    entries: int
    files: int
    erased_again: int
    problems: tuple[str, ...]


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
    require_new(data_dir)
    _require_empty_store()
    private_folder(data_dir)
    with claim(data_dir):
        try:
            # Until it is gone, nothing starts here: erased people may be back.
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
    private_folder(data_dir / "keys")
    for name in manifest["keys"]:
        copy_private(str(keys / name), str(data_dir / "keys" / name))
    copy_folder(folder / AUDIT, data_dir / AUDIT, only=JOURNAL)
    _bring_files(folder, data_dir, manifest["files"])
    with _postgres(data_dir) as server:
        tool(
            "pg_restore",
            *("-h", str(server.socket), "-U", "postgres"),
            *("--no-owner", "--no-acl", "--exit-on-error"),
            *("--dbname=jiebang", str(folder / DUMP)),
        )
        return _made_safe(server.url("jiebang"), data_dir, manifest, erasures)


def _require_empty_store() -> None:
    """Raise BadInput where files would be brought among those of a platform that is in use."""
    url = settings().files_url
    if url and next(file_store().names(*KEPT_IN, AUDIT), None):
        raise BadInput(
            zh=f"{url} 里已有文件，恢复不会覆盖它们；请另设一个空的 JIEBANG_FILES_URL，或取消这个设置。",
            en=f"{url} holds files already, and a restore overwrites none: set JIEBANG_FILES_URL to an"
            " empty place, or unset it.",
        )


def _bring_files(folder: Path, data_dir: Path, names: Iterable[str]) -> None:
    """Put the files of a backup where the settings keep files, the new data directory else."""
    backup = Folder(folder)
    store = file_store() if settings().files_url else Folder(data_dir)
    journal = f"{AUDIT}/{JOURNAL}"
    for name in names:
        if name.partition("/")[0] in (*KEPT_IN, AUDIT) and name != journal:
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
        or digest_of(folder / name) != digest
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
        if not (keys / name).is_file() or digest_of(keys / name) != digest
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
    """Upgrade the restored database, erase again, and check it, before anything else reads it."""
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
            chain = verify(session, file_store())
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
