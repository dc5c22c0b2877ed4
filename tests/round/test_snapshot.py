"""What the snapshot says of days, of sealed bids, of money and of people."""

import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from analytics.snapshot import reading
from domain.moments import last_day
from models import Call, Gate, Project
from models.session import unit_of_work
from services.public.publish_snapshot import publish_snapshot

Ask = Callable[[str], object]


@pytest.fixture
def ask(finished: str, tmp_path: Path) -> Ask:
    """Publish the snapshot when it is first asked."""
    assert finished
    published: list[Path] = []

    def one(sql: str) -> object:
        if not published:
            published.append(publish_snapshot(tmp_path))
        with reading(published[0]) as database:
            row = database.execute(sql).fetchone()
        return row[0] if row else None

    return one


def test_a_deadline_at_the_end_of_a_day_is_that_days(ask: Ask) -> None:
    with unit_of_work() as session:
        call = session.exec(select(Call).where(col(Call.closes_at).is_not(None))).first()
        assert call
        assert call.closes_at
        code = session.get_one(Project, call.project_id).code
        gate = session.exec(select(Gate).where(col(Gate.due_at).is_not(None))).first()
        assert gate
        assert gate.due_at
    closes = ask(f"SELECT closes_on FROM marts.bid_competition WHERE code = '{code}'")
    assert closes == last_day(call.closes_at)
    due = ask(f"SELECT due_on FROM star.fact_gate WHERE gate_id = '{gate.id}'")
    assert due == last_day(gate.due_at)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York"])
@pytest.mark.usefixtures("finished")
def test_any_reader_anywhere_reads_the_same_days(tmp_path: Path, zone: str) -> None:
    published = publish_snapshot(tmp_path)
    sql = (
        "SELECT count(*) FROM marts.bid_competition WHERE published_at::DATE <> published_on"
        " UNION ALL SELECT count(*) FROM marts.project_lifecycle WHERE created_at::DATE <> created_on"
    )
    done = subprocess.run(
        [
            str(Path(sys.executable).parent / "duckdb"),
            "-readonly",
            "-csv",
            "-noheader",
            str(published),
            f"SET TimeZone = '{zone}'; {sql}",
        ],
        capture_output=True,
        text=True,
        check=True,
        env={"TZ": zone, "PATH": ""},
    )
    assert done.stdout.split() == ["0", "0"]


def test_every_moment_has_its_day_beside_it(ask: Ask) -> None:
    lacking = ask("""
        SELECT list(schema_name || '.' || table_name || '.' || column_name) FROM duckdb_columns() c
        WHERE column_name LIKE '%\\_at' ESCAPE '\\' AND NOT EXISTS (
            SELECT 1 FROM duckdb_columns() d WHERE d.table_name = c.table_name
            AND d.column_name = replace(c.column_name, '_at', '_on') AND d.data_type = 'DATE')
    """)
    assert lacking is None
    zoned = ask(
        "SELECT count(*) FROM duckdb_columns() WHERE NOT internal AND data_type LIKE '%TIME ZONE%'"
    )
    assert zoned == 0


def test_while_bids_are_sealed_their_number_is_unknown(ask: Ask) -> None:
    with unit_of_work() as session:
        code = session.execute(
            text("SELECT code FROM project WHERE status = 'closed' ORDER BY code LIMIT 1")
        ).scalar_one()
        session.execute(
            text(
                "DELETE FROM opening WHERE project_id = (SELECT id FROM project WHERE code = :code)"
            ),
            {"code": code},
        )
        session.execute(
            text("UPDATE project SET status = 'bidding', closed_at = NULL WHERE code = :code"),
            {"code": code},
        )
        session.execute(
            text(
                "UPDATE bid SET status = 'submitted', price = NULL WHERE project_id ="
                " (SELECT id FROM project WHERE code = :code)"
            ),
            {"code": code},
        )
    assert ask(f"SELECT bids IS NULL FROM marts.bid_competition WHERE code = '{code}'") is True
    hidden = ask(
        "SELECT count(*) FROM star.fact_bid b JOIN star.dim_project p USING (project_id)"
        f" WHERE p.code = '{code}'"
    )
    assert hidden == 0
    assert ask("SELECT bids FROM marts.bid_competition WHERE bids = 0 LIMIT 1") == 0


def test_a_bid_voided_by_a_new_version_is_counted_as_such(ask: Ask) -> None:
    with unit_of_work() as session:
        bid = session.execute(
            text(
                "SELECT b.id FROM bid b JOIN project p ON p.id = b.project_id"
                " WHERE p.status = 'closed' AND b.status = 'opened' AND b.id NOT IN"
                " (SELECT bid_id FROM award) LIMIT 1"
            )
        ).scalar_one()
        session.execute(
            text(
                "UPDATE call SET superseded_at = clock_timestamp() WHERE id ="
                " (SELECT call_id FROM bid WHERE id = :bid)"
            ),
            {"bid": bid},
        )
        session.execute(
            text("UPDATE bid SET status = 'void', receipt_no = 'X-1' WHERE id = :bid"), {"bid": bid}
        )
    assert ask(f"SELECT state FROM star.fact_bid WHERE bid_id = '{bid}'") == "void"
    assert ask("SELECT sum(voided) FROM marts.bid_competition") == 1


def test_a_losing_bidder_is_named_nowhere(ask: Ask) -> None:
    assert (
        ask("SELECT count(*) FROM star.fact_bid WHERE NOT awarded AND organisation_id IS NOT NULL")
        == 0
    )
    assert ask("SELECT count(*) FROM star.fact_bid WHERE awarded AND organisation_id IS NULL") == 0


def test_money_is_told_by_what_it_is(ask: Ask) -> None:
    with unit_of_work() as session:

        def amount(condition: str) -> Decimal:
            sql = f"SELECT coalesce(sum(amount), 0) FROM milestone WHERE {condition}"
            return Decimal(session.execute(text(sql)).scalar_one())

        due, paid = amount("accepted_at IS NOT NULL"), amount("released_at IS NOT NULL")
    assert ask("SELECT sum(due_yuan) FROM marts.project_lifecycle") == due
    assert ask("SELECT sum(paid_yuan) FROM marts.project_lifecycle") == paid
    ended = "FROM marts.project_lifecycle WHERE status = 'terminated'"
    assert ask(f"SELECT agreed_yuan > paid_yuan {ended}") is True
    assert ask(f"SELECT returned_yuan = agreed_yuan - due_yuan {ended}") is True
    with unit_of_work() as session:
        left = amount(
            "accepted_at IS NULL AND project_id IN"
            " (SELECT id FROM project WHERE status = 'terminated')"
        )
    assert left > 0
    assert ask("SELECT sum(returned_yuan) FROM marts.project_lifecycle") == left
    assert ask("SELECT max(partners) FROM marts.project_lifecycle") == 1
    assert ask("SELECT min(partners) FROM marts.project_lifecycle") == 0
    without = "FROM marts.project_lifecycle WHERE awarded_yuan IS NULL AND partners IS NOT NULL"
    assert ask(f"SELECT count(*) {without}") == 0


def test_no_timer_is_overdue_and_an_approval_that_waits_is(ask: Ask) -> None:
    with unit_of_work() as session:
        gate = session.exec(select(Gate).where(Gate.kind == "approval")).first()
        assert gate
        gate.due_at = gate.opened_at + timedelta(minutes=1)
        gate.outcome = gate.decided_at = None
    assert ask("SELECT count(*) FROM marts.gate_decisions WHERE overdue AND kind = 'timer'") == 0
    waits = "FROM marts.gate_decisions WHERE overdue AND decided_at IS NULL AND kind = 'approval'"
    assert ask(f"SELECT count(*) {waits}") == 1


def test_a_draft_is_a_stay_like_others(ask: Ask) -> None:
    assert ask("SELECT count(*) FROM marts.stage_durations WHERE status = 'draft'") == 12
    assert ask("SELECT min(days) >= 0 FROM marts.stage_durations WHERE status = 'draft'") is True


def test_days_of_a_year_that_is_not_published_are_marked(ask: Ask) -> None:
    with unit_of_work() as session:
        session.execute(text("DELETE FROM calendar_year"))
    assert ask("SELECT bool_or(is_published) FROM star.dim_date") is False
    assert ask("SELECT bool_and(provisional) FROM marts.stage_durations WHERE days > 1") is True


def test_what_pages_mask_is_masked_in_the_snapshot(ask: Ask) -> None:
    with unit_of_work() as session:
        project = session.exec(select(Project).order_by(col(Project.code))).first()
        assert project
        project.title = "王大妈 138 1234 5678 的楼道"
    title = ask(f"SELECT title FROM marts.project_lifecycle WHERE code = '{project.code}'")
    assert title == "某大妈 138****5678 的楼道"
