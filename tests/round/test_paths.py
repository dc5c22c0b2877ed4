"""What the processes declare, held against the paths of a finished round."""

from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Any

import pytest
from sqlmodel import col, select

from models import Gate, Process, StatusChange
from models.session import unit_of_work
from services.gates.process_kits import ProcessKit, process_kit
from services.processes import PROCESSES, PROJECT_LIFECYCLE


def paths() -> list[tuple[ProcessKit[Any], list[Gate]]]:
    """Return each process of the round with its gates, in the order they were opened."""
    with unit_of_work() as session:
        processes = session.exec(select(Process)).all()
        gates = session.exec(select(Gate).order_by(col(Gate.opened_at), col(Gate.id))).all()
    return [
        (process_kit(process.definition), [gate for gate in gates if gate.process_id == process.id])
        for process in processes
    ]


def stretches(gates: Sequence[Gate]) -> list[tuple[str, list[Gate]]]:
    return [(stage, list(group)) for stage, group in groupby(gates, lambda gate: gate.stage)]


@pytest.mark.usefixtures("round_only_read")
def test_every_kind_of_process_was_walked_and_no_other() -> None:
    assert {kit.definition for kit, _ in paths()} == {kit.definition for kit in PROCESSES}


@pytest.mark.usefixtures("round_only_read")
def test_the_gates_of_a_stage_were_opened_in_the_order_they_are_declared() -> None:
    for kit, gates in paths():
        declared = {stage.code: [gate.kind for gate in stage.gates] for stage in kit.stages}
        for stage, group in stretches(gates):
            by_round: dict[int, list[int]] = {}
            for gate in group:
                # A repair gate counts its own rounds.
                if gate.kind != "repair":
                    by_round.setdefault(gate.round, []).append(declared[stage].index(gate.kind))
            assert all(order == sorted(set(order)) for order in by_round.values()), (stage, group)


@pytest.mark.usefixtures("round_only_read")
def test_a_stage_followed_only_where_a_move_leads_to_it() -> None:
    for kit, gates in paths():
        ways = {
            (kit.stage_of.get(before), kit.stage_of.get(after))
            for (before, _), after in kit.moves.items()
        }
        walked = [stage for stage, _ in stretches(gates)]
        assert set(pairwise(walked)) <= ways, walked
        assert walked[:1] in ([], [kit.stages[0].code])


@pytest.mark.usefixtures("round_only_read")
def test_every_move_of_a_project_was_one_that_is_declared() -> None:
    with unit_of_work() as session:
        moves = session.exec(select(StatusChange)).all()
    assert len(moves) > 50
    for move in moves:
        assert PROJECT_LIFECYCLE.moves[move.before, move.action] is move.after
