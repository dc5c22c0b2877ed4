"""The audit chain: one changed, one deleted, one reordered row and a cut tail are found."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import func, select

from models import AuditEntry
from models.session import unit_of_work
from services.audit_chain import Verification, publish_head, seal, verify
from services.clock import now
from services.records import audit

pytestmark = pytest.mark.usefixtures("finished")


def run(statement: str) -> None:
    with unit_of_work() as session:
        session.execute(text(statement))


def check(data_dir: Path | None = None) -> Verification:
    with unit_of_work() as session:
        return verify(session, data_dir)


def middle() -> int:
    with unit_of_work() as session:
        return int(session.exec(select(func.max(AuditEntry.position))).one() or 0) // 2


def test_the_demo_s_chain_is_whole() -> None:
    found = check()
    assert found.ok
    assert found.entries > 500


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


def test_a_cut_tail_is_found_although_the_heads_in_the_database_were_cut_too(
    tmp_path: Path,
) -> None:
    with unit_of_work() as session:
        publish_head(session, tmp_path)
    run("DELETE FROM audit_entry WHERE position > (SELECT max(position) - 3 FROM audit_entry)")
    run("DELETE FROM audit_head WHERE position > (SELECT max(position) FROM audit_entry)")
    assert check().ok
    assert not check(tmp_path).ok


def test_entries_of_many_transactions_are_chained_each_once() -> None:
    before = check().entries

    def write(number: int) -> None:
        with unit_of_work() as session:
            audit(session, actor="test", action="test", subject=str(number), at=now(session))

    def close(_: int) -> None:
        with unit_of_work() as session:
            seal(session)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: write(n) if n % 3 else close(n), range(60)))
    close(0)
    found = check()
    assert found.ok
    assert (found.entries, found.unsealed) == (before + 40, 0)
