"""What may not happen twice, whatever is killed, lost or pressed."""

from uuid import UUID

from sqlalchemy import text

from models.session import unit_of_work
from tests.stack.conftest import Rig

_LEASED = """SELECT count(*) FROM run_lease
WHERE process_id = ANY(:ids) AND expires_at >= clock_timestamp()"""


def everything_once(rig: Rig, project_ids: list[UUID]) -> None:
    """Assert that no decision, effect or move of these ended projects happened twice.

    A worker gives a run's lease back as the very last thing.
    """
    ids = {"ids": project_ids}
    with unit_of_work() as session:

        def number(sql: str) -> int:
            return int(session.execute(text(sql), ids).scalar_one())

        doubled = (
            "SELECT count(*) FROM (SELECT d.gate_id, d.person_id FROM decision d"
            " JOIN gate g ON g.id = d.gate_id WHERE g.process_id = ANY(:ids) AND g.kind <> 'repair'"
            " GROUP BY 1, 2 HAVING count(*) > 1) x",
            "SELECT count(*) FROM (SELECT project_id, action, after FROM status_change"
            " WHERE project_id = ANY(:ids) GROUP BY 1, 2, 3 HAVING count(*) > 1) x",
            "SELECT count(*) FROM (SELECT p.id FROM project p JOIN audit_entry a"
            " ON a.subject = p.code WHERE p.id = ANY(:ids) AND a.action = 'bids.opened'"
            " GROUP BY 1 HAVING count(*) > 1) x",
            "SELECT count(*) FROM gate WHERE process_id = ANY(:ids) AND"
            " (passed_at IS NULL OR outcome IS NULL)",
            "SELECT count(*) FROM process_run WHERE process_id = ANY(:ids) AND finished_at IS NULL",
        )
        for sql in doubled:
            assert number(sql) == 0, sql
        quota_left = number(
            "SELECT coalesce(sum(amount), 0) * 100 FROM quota_entry WHERE project_id = ANY(:ids)"
        )
        assert quota_left == 0

    def given_back() -> bool:
        with unit_of_work() as session:
            return bool(session.execute(text(_LEASED), ids).scalar_one() == 0)

    rig.until(given_back, "every lease to be given back")
