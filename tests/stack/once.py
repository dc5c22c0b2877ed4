"""What may not happen twice, whatever is killed, lost or pressed."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from models.session import unit_of_work
from tests.stack.conftest import Rig

_LEASED = """SELECT count(*) FROM run_lease
WHERE process_id = ANY(:ids) AND expires_at >= clock_timestamp()"""


_TWICE = (
    "SELECT count(*) FROM (SELECT d.gate_id, d.person_id FROM decision d"
    " JOIN gate g ON g.id = d.gate_id WHERE g.process_id = ANY(:ids) AND g.kind <> 'repair'"
    " GROUP BY 1, 2 HAVING count(*) > 1) x",
    "SELECT count(*) FROM (SELECT project_id, action, after FROM status_change"
    " WHERE project_id = ANY(:ids) GROUP BY 1, 2, 3 HAVING count(*) > 1) x",
    "SELECT count(*) FROM (SELECT p.id FROM project p JOIN audit_entry a"
    " ON a.subject = p.code WHERE p.id = ANY(:ids) AND a.action = 'bids.opened'"
    " GROUP BY 1 HAVING count(*) > 1) x",
)
_NOT_ENDED = (
    "SELECT count(*) FROM gate WHERE process_id = ANY(:ids) AND"
    " (passed_at IS NULL OR outcome IS NULL)",
    "SELECT count(*) FROM process_run WHERE process_id = ANY(:ids) AND finished_at IS NULL",
    "SELECT coalesce(sum(amount), 0) * 100 FROM quota_entry WHERE project_id = ANY(:ids)",
)


def _require_none(queries: Sequence[str], project_ids: list[UUID]) -> None:
    with unit_of_work() as session:
        for sql in queries:
            assert int(session.execute(text(sql), {"ids": project_ids}).scalar_one()) == 0, sql


def nothing_twice(project_ids: list[UUID]) -> None:
    """Assert that no decision, effect or move of these projects happened twice, wherever they are."""
    _require_none(_TWICE, project_ids)


def everything_once(rig: Rig, project_ids: list[UUID]) -> None:
    """Assert that these projects have ended, and no decision, effect or move happened twice.

    A worker gives a run's lease back as the very last thing.
    """
    _require_none((*_TWICE, *_NOT_ENDED), project_ids)
    ids = {"ids": project_ids}

    def given_back() -> bool:
        with unit_of_work() as session:
            return bool(session.execute(text(_LEASED), ids).scalar_one() == 0)

    rig.until(given_back, "every lease to be given back")
