"""A backup is whole or refused; what is restored is what was backed up, without whom was erased."""

import json
import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlmodel import col, func, select

from domain.errors import BadInput, StackUnavailable
from models import (
    AuditEntry,
    Gate,
    Need,
    ParkedForm,
    Person,
    RateCounter,
    SealKey,
    UnlockedKey,
    WebSession,
)
from models.session import unit_of_work
from models.settings import settings
from services.audit_chain import seal
from services.audit_heads import publish_head, published_heads, read_heads
from services.file_store import KEPT_IN, Folder, file_store
from services.gates.process_kits import undeclared
from services.identity.erasure_journal import journal_file, keep_journal
from services.identity.erasures import NAME as ERASED_NAME
from services.identity.erasures import erase_need, erase_person
from services.named_files import named_files
from services.parked_forms import park
from services.rate_limits import admit
from services.replay import replay
from services.seal.unlocked_keys import keep_unlocked
from tests.cluster import pointing_to, postgres_under
from worker.addresses import use_stack
from worker.backup import DUMP, MANIFEST, BackedUp, back_up
from worker.restore import restore


class Kept(NamedTuple):
    backup: Path
    keys: Path
    made: BackedUp


@pytest.fixture
def kept(stored: Path, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """A backup of what the release stored, and its keys apart."""
    folder = tmp_path_factory.mktemp("backup")
    backup, keys = folder / "backup", folder / "keys"
    assert admit("test", "somebody", 1)
    with unit_of_work() as session:
        own = session.exec(select(SealKey.owner)).first()
        assert own
        keep_unlocked(session, browser="b", login_session="s", owner=own, private=b"k" * 32)
        park(session, browser="b", path="/report", values={"title": ["灯坏了"]}, person_id=None)
    return Kept(backup, keys, back_up(backup, stored, keys=keys, release="0.2.0 (test)"))


def counted() -> dict[str, int]:
    """How many rows there are of what matters most."""
    with unit_of_work() as session:
        return {
            str(table.__tablename__): session.exec(select(func.count()).select_from(table)).one()
            for table in (AuditEntry, Gate, Need, Person, SealKey)
        }


def test_a_destroyed_data_directory_is_restored_whole(
    stored: Path, kept: Kept, tmp_path_factory: pytest.TempPathFactory
) -> None:
    before = counted()
    with unit_of_work() as session:
        files = sorted(file.sha256 for file in named_files(session))
        replayed = replay(session, Folder(stored))
    assert files
    assert kept.made.with_keys
    shutil.rmtree(stored)

    data_dir = tmp_path_factory.mktemp("r") / "var"
    done = restore(kept.backup, data_dir, keys=kept.keys)
    assert (done.problems, done.files, done.erased_again) == ((), len(files), 0)
    with postgres_under(data_dir) as server, pointing_to(server.url("jiebang")):
        assert counted() == before
        with unit_of_work() as session:
            assert sorted(file.sha256 for file in named_files(session)) == files
            assert undeclared(session) == []
            # Nobody is signed in where it was restored, and nobody has anything open there.
            for table in (WebSession, UnlockedKey, RateCounter, ParkedForm):
                assert session.exec(select(table)).all() == []
            assert replay(session, Folder(data_dir)) == replayed


def test_whom_and_what_was_erased_since_is_erased_before_anything_opens(
    stored: Path, kept: Kept, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with unit_of_work() as session:
        person = session.exec(select(Person).where(Person.login == "analyst-1")).one()
        need = session.exec(select(Need).where(Need.status == "registered")).first()
        assert need is not None
        code, words = need.code, need.title
        erase_person(session, login="analyst-1", actor="administrator-1")
        erase_need(session, code=code, actor="administrator-1")
    with unit_of_work() as session:
        keep_journal(session, settings())
        # Again it changes nothing.
        keep_journal(session, settings())
    journal = tmp_path_factory.mktemp("elsewhere") / "erasures.jsonl"
    shutil.copy(journal_file(stored), journal)
    assert len(journal.read_text().splitlines()) == 2
    assert "analyst-1" not in journal.read_text()

    data_dir = tmp_path_factory.mktemp("r") / "var"
    done = restore(kept.backup, data_dir, keys=kept.keys, journals=(journal,))
    assert (done.erased_again, done.problems) == (2, ())
    with (
        postgres_under(data_dir) as server,
        pointing_to(server.url("jiebang")),
        unit_of_work() as session,
    ):
        assert session.get_one(Person, person.id).name == ERASED_NAME
        assert session.exec(select(Need).where(Need.code == code)).one().title != words
        logins = select(AuditEntry.id).where(col(AuditEntry.actor) == "analyst-1")
        assert session.exec(logins).all() == []
        seal(session)


def test_a_damaged_backup_and_foreign_keys_are_refused_and_nothing_is_made(
    kept: Kept, tmp_path: Path
) -> None:
    data_dir = tmp_path / "new" / "var"
    foreign = tmp_path / "foreign"
    shutil.copytree(kept.keys, foreign)
    (foreign / "audit").write_text("00" * 32)
    with pytest.raises(BadInput, match="audit"):
        restore(kept.backup, data_dir, keys=foreign)
    dump = kept.backup / DUMP
    content = bytearray(dump.read_bytes())
    content[len(content) // 2] ^= 1
    dump.write_bytes(content)
    with pytest.raises(BadInput, match=DUMP):
        restore(kept.backup, data_dir, keys=kept.keys)
    (kept.backup / MANIFEST).unlink()
    with pytest.raises(BadInput, match=MANIFEST):
        restore(kept.backup, data_dir, keys=kept.keys)
    assert not data_dir.exists()


def test_a_dump_that_cannot_be_read_leaves_nothing_half_made(kept: Kept, tmp_path: Path) -> None:
    (kept.backup / DUMP).write_bytes(b"PGDMP and then nothing")
    manifest = json.loads((kept.backup / MANIFEST).read_text())
    manifest["files"][DUMP] = sha256((kept.backup / DUMP).read_bytes()).hexdigest()
    (kept.backup / MANIFEST).write_text(json.dumps(manifest))
    data_dir = tmp_path / "new" / "var"
    with pytest.raises(StackUnavailable, match="pg_restore"):
        restore(kept.backup, data_dir, keys=kept.keys)
    assert not data_dir.exists()


def test_nothing_is_restored_over_what_is_there(stored: Path, kept: Kept) -> None:
    with pytest.raises(BadInput, match="new folder"):
        restore(kept.backup, stored, keys=kept.keys)


def test_a_backup_goes_into_a_new_folder_and_keys_lie_apart(stored: Path, kept: Kept) -> None:
    with pytest.raises(BadInput, match="new folder"):
        back_up(kept.backup, stored)
    other = kept.backup.with_name("other")
    for near in (other / "keys", other.parent, other):
        with pytest.raises(BadInput, match="apart"):
            back_up(other, stored, keys=near)
    assert not other.exists()


def test_a_backup_without_keys_holds_none(stored: Path, kept: Kept) -> None:
    bare = kept.backup.with_name("bare")
    assert not back_up(bare, stored).with_keys
    secrets = {path.read_text() for path in kept.keys.iterdir()}
    assert secrets
    for path in bare.rglob("*"):
        if path.is_file():
            assert not any(secret.encode() in path.read_bytes() for secret in secrets), path
            assert path.stat().st_mode & 0o077 == 0, path
    assert json.loads((bare / MANIFEST).read_text())["keys"]


def test_a_file_that_is_gone_is_named_by_the_backup_and_the_replay(stored: Path) -> None:
    with unit_of_work() as session:
        file = next(named_files(session))
    (stored / file.name).unlink()
    assert back_up(stored.with_name("whole"), stored).absent == (file.owner,)
    with unit_of_work() as session:
        differing = {part.what.en: part.differing for part in replay(session, Folder(stored))}
    assert differing["files"] == (f"{file.owner}:{file.sha256[:12]}",)
    # Other content under its name is not it.
    (stored / file.name).write_bytes(b"something else")
    assert not file.is_whole(Folder(stored))


def test_files_in_a_bucket_are_backed_up_and_brought_back_into_one(
    stored: Path,
    addressed: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path_factory.mktemp("bucket")
    for name, value in addressed.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("JIEBANG_FILES_URL", "s3://files/before")
    before = file_store()
    for kept_in in KEPT_IN:
        for path in (stored / kept_in).rglob("*.*" if kept_in == "reports" else "*"):
            if path.is_file():
                before.put(path.relative_to(stored).as_posix(), path.read_bytes())
        shutil.rmtree(stored / kept_in, ignore_errors=True)
    names = sorted(before.names())
    assert names
    made = back_up(folder / "backup", stored, keys=folder / "keys")
    assert made.absent == ()
    monkeypatch.setenv("JIEBANG_FILES_URL", "s3://files/after")
    done = restore(folder / "backup", folder / "var", keys=folder / "keys")
    assert done.problems == ()
    assert sorted(file_store().names()) == names
    assert not (folder / "var" / "uploads").exists()
    # A place that holds files already is left as it is.
    with pytest.raises(BadInput, match="holds files already"):
        restore(folder / "backup", folder / "drill", keys=folder / "keys")
    assert not (folder / "drill").exists()


def test_a_command_that_would_keep_files_elsewhere_is_refused(
    stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stored
    running = {"database_url": settings().database_url, "files_url": "s3://files/here"}
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "stack.json").write_text(json.dumps(running))
    monkeypatch.setenv("JIEBANG_FILES_URL", "s3://files/elsewhere")
    with pytest.raises(BadInput, match="let them agree"):
        use_stack(tmp_path)


def test_a_journal_that_somebody_names_is_there_or_nothing_is_restored(
    kept: Kept, tmp_path: Path
) -> None:
    data_dir = tmp_path / "new" / "var"
    with pytest.raises(BadInput, match="journal"):
        restore(kept.backup, data_dir, keys=kept.keys, journals=(tmp_path / "mistyped.jsonl",))
    assert not data_dir.exists()


def test_a_line_of_the_journal_that_was_torn_is_written_again(stored: Path) -> None:
    with unit_of_work() as session:
        erase_person(session, login="analyst-1", actor="administrator-1")
        keep_journal(session, settings())
    path = journal_file(stored)
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    with unit_of_work() as session:
        keep_journal(session, settings())
    assert path.read_bytes() == whole


def test_an_erasure_that_is_being_written_is_not_in_the_backup(
    stored: Path, tmp_path: Path
) -> None:
    with unit_of_work() as session:
        erase_person(session, login="analyst-1", actor="administrator-1")
        keep_journal(session, settings())
    whole = journal_file(stored).read_text()
    with journal_file(stored).open("a") as file:
        file.write(whole[:20])
    back_up(tmp_path / "backup", stored)
    assert journal_file(tmp_path / "backup").read_text() == whole


def test_the_heads_are_in_the_backup(stored: Path, tmp_path: Path) -> None:
    heads = published_heads(Folder(stored))
    assert heads
    back_up(tmp_path / "backup", stored)
    assert published_heads(Folder(tmp_path / "backup")) == heads


def test_keys_that_have_not_signed_the_heads_are_no_backup(
    stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "audit").write_text("11" * 32)
    monkeypatch.setenv("JIEBANG_KEYS_DIR", str(foreign))
    with pytest.raises(BadInput, match="JIEBANG_KEYS_DIR"):
        back_up(tmp_path / "backup", stored)


def test_heads_of_a_restored_chain_begin_another_copy(stored: Path, tmp_path: Path) -> None:
    copies = tmp_path / "copies"
    copies.mkdir()
    heads = published_heads(Folder(stored))
    lost = replace(heads[-1], position=heads[-1].position + 7)
    (copies / "heads.jsonl").write_text("".join(f"{head.line()}\n" for head in (*heads, lost)))
    with unit_of_work() as session:
        assert publish_head(session, Folder(stored), copies)
    assert read_heads(copies / "heads.jsonl") == [*heads, lost]
    assert read_heads(copies / "heads-2.jsonl") == published_heads(Folder(stored))
