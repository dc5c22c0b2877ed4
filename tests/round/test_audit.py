"""The audit chain: one changed, one deleted, one reordered row and a cut tail are found."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, func, select

from domain.canonical import chain
from models import AuditEntry, Incident, OutboxMessage
from models.session import unit_of_work
from services.audit_chain import Verification, seal, verify
from services.audit_heads import (
    REWRITTEN,
    anchor_daily,
    broken_lines,
    publish_head,
    published_heads,
)
from services.clock import now
from services.events.record import entry_digest, record
from services.file_store import Folder
from services.identity.events import SessionBegan

pytestmark = pytest.mark.usefixtures("finished")


def run(statement: str) -> None:
    """Do what somebody with all powers over the database can do."""
    with unit_of_work() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text(statement))


def check(folder: Path | None = None) -> Verification:
    with unit_of_work() as session:
        return verify(session, Folder(folder) if folder else None)


def heads_file(folder: Path) -> Path:
    """Return the file of the day's heads, the only one of these tests."""
    (file,) = (folder / "audit" / "heads").iterdir()
    return file


def middle() -> int:
    with unit_of_work() as session:
        return int(session.exec(select(func.max(AuditEntry.position))).one() or 0) // 2


def test_the_demo_s_chain_is_whole() -> None:
    verification = check()
    assert verification.ok
    assert verification.entries > 500


def test_a_changed_row_is_found() -> None:
    at = middle()
    run(f'UPDATE audit_entry SET facts = facts || \'{{"amount": "1"}}\' WHERE position = {at}')
    assert (at, "an entry was changed") in {(p, en) for p, _, en in check().problems}


def test_a_changed_row_with_a_recomputed_digest_is_found() -> None:
    at = middle()
    run(f"UPDATE audit_entry SET actor = 'nobody', digest = repeat('0', 64) WHERE position = {at}")
    assert not check().ok


def test_a_deleted_row_is_found() -> None:
    at = middle()
    run(f"DELETE FROM audit_entry WHERE position = {at}")
    assert (at, "an entry was deleted") in {(p, en) for p, _, en in check().problems}


def test_two_reordered_rows_are_found() -> None:
    at = middle()
    run(
        f"""WITH pair AS (SELECT id, position FROM audit_entry WHERE position IN ({at}, {at + 1})),
        off AS (UPDATE audit_entry SET position = NULL WHERE id IN (SELECT id FROM pair) RETURNING id)
        SELECT count(*) FROM off"""
    )
    run(
        f"""UPDATE audit_entry a SET position = {at} + o.n FROM (
            SELECT id, row_number() OVER (ORDER BY id DESC) - 1 AS n
            FROM audit_entry WHERE position IS NULL ORDER BY id LIMIT 2) o WHERE a.id = o.id"""
    )
    assert any("reordered" in en for _, _, en in check().problems)


def test_a_cut_tail_is_found_by_the_published_head_in_the_database() -> None:
    run("DELETE FROM audit_entry WHERE position > (SELECT max(position) - 3 FROM audit_entry)")
    assert any("tail" in en for _, _, en in check().problems)


def rewrite(at: int) -> None:
    """Change an entry and everything in the database that would show it."""
    with unit_of_work() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        entry = session.exec(select(AuditEntry).where(AuditEntry.position == at)).one()
        entry.actor, entry.erased_by = "nobody", None
        entry.digest = entry_digest(entry)
        entries = session.exec(
            select(AuditEntry)
            .where(col(AuditEntry.position).is_not(None))
            .order_by(col(AuditEntry.position))
        ).all()
        previous = "0" * 64
        for sealed_entry in entries:
            previous = chain(previous, sealed_entry.digest, int(sealed_entry.position or 0))
            sealed_entry.hash = previous
            session.execute(
                text("UPDATE audit_head SET hash = :hash WHERE position = :at"),
                {"hash": previous, "at": sealed_entry.position},
            )


def a_day_passes(folder: Path, copy_dir: Path | None = None) -> list[bool]:
    """Let ordinary work go on: entries, sealing, and heads that would be published."""
    published = []
    for number in range(5):
        with unit_of_work() as session:
            record(session, SessionBegan(), about=str(number), by="test", at=now(session))
        with unit_of_work() as session:
            seal(session)
        with unit_of_work() as session:
            published.append(publish_head(session, Folder(folder), copy_dir))
    return published


def test_history_rewritten_whole_is_found_and_stays_found_while_life_goes_on(
    tmp_path: Path,
) -> None:
    elsewhere = tmp_path / "elsewhere"
    assert a_day_passes(tmp_path, elsewhere) == [True] * 5
    before = heads_file(tmp_path).read_text()
    assert check(tmp_path).ok
    rewrite(middle())
    assert check().ok
    assert a_day_passes(tmp_path, elsewhere) == [False] * 5
    assert not check(tmp_path).ok
    assert heads_file(tmp_path).read_text() == before
    with unit_of_work() as session:
        kinds = session.exec(select(Incident.kind)).all()
        assert not verify(session, anchor=elsewhere / "heads.jsonl").ok
    assert kinds.count(REWRITTEN) == 1


def test_heads_that_the_key_has_not_signed_are_found(tmp_path: Path) -> None:
    a_day_passes(tmp_path)
    path = heads_file(tmp_path)
    lines = path.read_text().splitlines()
    for wrong in (
        [lines[0], *lines[2:]],
        [*lines[:2], lines[2].replace('"position": ', '"position": 1'), *lines[3:]],
        [lines[1], lines[0], *lines[2:]],
    ):
        path.write_text("\n".join(wrong) + "\n")
        assert not check(tmp_path).ok
        assert a_day_passes(tmp_path) == [False] * 5
    path.write_text("\n".join(lines) + "\n")
    assert a_day_passes(tmp_path) == [True] * 5


def test_a_torn_line_is_an_incident_and_stops_nothing_else(tmp_path: Path) -> None:
    assert a_day_passes(tmp_path) == [True] * 5
    path = heads_file(tmp_path)
    whole = path.read_text()
    path.write_text(whole[:-40])
    run(f"DELETE FROM incident WHERE kind = '{REWRITTEN}'")
    with unit_of_work() as session:
        assert not publish_head(session, Folder(tmp_path))
        anchor_daily(session, Folder(tmp_path))
        assert session.exec(select(Incident.kind)).all().count(REWRITTEN) == 1
    path.write_text(whole)
    assert a_day_passes(tmp_path) == [True] * 5


def test_a_copy_that_failed_is_made_later_although_nothing_new_happened(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("a file where the folder should be")
    store = Folder(tmp_path / "own")
    for _ in range(2):
        with pytest.raises(OSError, match="elsewhere"), unit_of_work() as session:
            publish_head(session, store, elsewhere)
    elsewhere.unlink()
    with unit_of_work() as session:
        assert publish_head(session, store, elsewhere)
    assert (elsewhere / "heads.jsonl").read_text() == heads_file(tmp_path / "own").read_text()


def test_a_published_head_is_verified_with_its_public_key_alone(tmp_path: Path) -> None:
    a_day_passes(tmp_path)
    public_key = load_pem_public_key((tmp_path / "audit" / "public.pem").read_bytes())
    assert isinstance(public_key, Ed25519PublicKey)
    heads = published_heads(Folder(tmp_path))
    assert broken_lines(heads, public_key) == []
    assert len(heads) == 5


def test_heads_of_another_day_lie_in_another_file_and_go_on_from_the_last(tmp_path: Path) -> None:
    store = Folder(tmp_path)
    assert a_day_passes(tmp_path) == [True] * 5
    # As if they were of an earlier day, or of a release that had one file for all days.
    for earlier in ("audit/heads/2020-01-31.jsonl", "audit/heads.jsonl"):
        names = sorted(store.names("audit/heads"))
        store.put(earlier, b"".join(store.read(name) for name in names))
        for name in names:
            (tmp_path / name).unlink()
        assert a_day_passes(tmp_path) == [True] * 5
    heads = published_heads(store)
    assert len(heads) == 10 + 5
    assert broken_lines(heads) == []
    assert check(tmp_path).ok
    rewrite(middle())
    assert a_day_passes(tmp_path) == [False] * 5


def test_heads_in_the_database_are_never_changed() -> None:
    for statement in ("UPDATE audit_head SET hash = ''", "DELETE FROM audit_head"):
        with pytest.raises(DBAPIError, match="append-only"), unit_of_work() as session:
            session.execute(text(statement))


def test_the_auditors_get_the_head_of_each_day_once(tmp_path: Path) -> None:
    with unit_of_work() as session:
        session.execute(text("DELETE FROM outbox_message WHERE topic = 'audit.head'"))
        publish_head(session, Folder(tmp_path))
    for _ in range(2):
        with unit_of_work() as session:
            anchor_daily(session, Folder(tmp_path))
    with unit_of_work() as session:
        told = session.exec(select(OutboxMessage).where(OutboxMessage.topic == "audit.head")).all()
    head = published_heads(Folder(tmp_path))[-1]
    days = [message.key for message in told]
    assert len(days) == len(set(days))
    assert {"position": head.position, "hash": head.hash} in [message.facts for message in told]


def test_the_same_thing_done_twice_has_two_digests_that_name_nobody() -> None:
    with unit_of_work() as session:
        at = now(session)
        first, second = (
            record(session, SessionBegan(), about="x", by="street-1", at=at) for _ in range(2)
        )
        assert first.digest != second.digest


def test_a_cut_tail_is_found_although_the_heads_in_the_database_were_cut_too(
    tmp_path: Path,
) -> None:
    with unit_of_work() as session:
        publish_head(session, Folder(tmp_path))
    run("DELETE FROM audit_entry WHERE position > (SELECT max(position) - 3 FROM audit_entry)")
    run("DELETE FROM audit_head WHERE position > (SELECT max(position) FROM audit_entry)")
    assert check().ok
    assert not check(tmp_path).ok


def test_entries_of_many_transactions_are_chained_each_once() -> None:
    before = check().entries

    def write(number: int) -> None:
        with unit_of_work() as session:
            record(session, SessionBegan(), about=str(number), by="test", at=now(session))

    def close(_: int) -> None:
        with unit_of_work() as session:
            seal(session)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: write(n) if n % 3 else close(n), range(60)))
    close(0)
    verification = check()
    assert verification.ok
    assert (verification.entries, verification.unsealed) == (before + 40, 0)
