"""Comes last on each stack: runs that were killed, lost or pressed go to their ends, everything once."""

import pytest
from sqlmodel import col, select

from domain.lifecycle import Status
from models import Process, Project
from models.session import unit_of_work
from services.execution.runs import hold_run
from tests.side_by_side import STACKS
from tests.stack.conftest import Rig
from tests.stack.once import everything_once, nothing_twice

pytestmark = pytest.mark.stack
TOGETHER = 8


@pytest.mark.parametrize("stack", STACKS)
def test_what_was_killed_or_lost_goes_to_its_end_and_everything_happens_once(
    rig: Rig, stack: str
) -> None:
    if not rig.unfinished:
        pytest.skip(f"no test of this run has left a project on the {stack} stack")
    ids = [project.id for project in rig.unfinished]
    with unit_of_work() as session:
        for process in session.exec(select(Process.id).where(col(Process.project_id).in_(ids))):
            hold_run(session, process_id=process, is_held=False)
    # A few at a time: organisations take on only so much at once.
    for some in range(0, len(ids), TOGETHER):
        rig.finish(*rig.unfinished[some : some + TOGETHER])
    with unit_of_work() as session:
        ended = session.exec(select(Project.status).where(col(Project.id).in_(ids))).all()
    assert set(ended) == {Status.CLOSED}
    everything_once(rig, ids)
    nothing_twice([project.id for project in rig.interrupted])
    rig.unfinished.clear()
    rig.interrupted.clear()
