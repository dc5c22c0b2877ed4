"""The gate's protocol between its writes: a decision may come at any moment."""

from uuid import uuid4

import pytest

from domain.gates import GateKind, Outcome, wake_key
from domain.lifecycle import Stage
from models import Gate, ProcessRun
from models.session import unit_of_work
from services.execution.runs import known_runs, park_again, waiting_gates
from services.gates.open_gate import allocate_wake, open_gate, park_gate, pass_gate
from services.gates.process_kits import kit_at
from tests.builders import Walk, new_project

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def walk() -> Walk:
    made = Walk(new_project())
    with unit_of_work() as session:
        session.get_one(ProcessRun, made.project_id).flow_run_id = uuid4()
    return made


def waiting() -> list[str]:
    with unit_of_work() as session:
        return [gate.key for gate in waiting_gates(session)]


def wake(walk: Walk, gate: Gate) -> Gate | None:
    with unit_of_work() as session:
        return allocate_wake(session, walk.lease, gate.id)


def park(walk: Walk, gate: Gate) -> None:
    with unit_of_work() as session:
        park_gate(session, walk.lease, gate.id, 1)


def test_a_decision_between_check_and_suspension_is_seen_and_nothing_is_suspended(
    walk: Walk,
) -> None:
    gate = walk.to_evaluation_approval()
    walk.through(gate.stage, gate.kind)
    assert wake(walk, gate) is None
    assert walk.read(gate).wake == 0


def test_a_decision_between_suspension_and_parking_resumes_once_it_is_parked(walk: Walk) -> None:
    gate = walk.to_evaluation_approval()
    assert wake(walk, gate)
    with unit_of_work() as session:
        session.get_one(Gate, gate.id).outcome = Outcome.APPROVED
    assert waiting() == []
    park(walk, gate)
    assert waiting() == [wake_key(Stage.EVALUATE, GateKind.APPROVAL, 1, 1)]
    with unit_of_work() as session:
        pass_gate(session, walk.lease, gate.id)
    assert waiting() == []


def test_a_parking_that_was_never_recorded_is_found_and_recorded(walk: Walk) -> None:
    gate = walk.to_evaluation_approval()
    assert wake(walk, gate)
    with unit_of_work() as session:
        (known,) = known_runs(session)
        assert (known.wake, known.parked, known.leased) == (1, False, True)
        park_again(session, gate_id=gate.id, wake=1)
    with unit_of_work() as session:
        assert known_runs(session)[0].parked


def test_every_suspension_has_a_key_of_its_own(walk: Walk) -> None:
    gate = walk.to_evaluation_approval()
    numbers = [wake(walk, gate).wake for _ in range(3)]  # type: ignore[union-attr]
    assert numbers == [1, 2, 3]


def test_a_decided_gate_costs_nothing_to_pass_again(walk: Walk) -> None:
    gate = walk.to_evaluation_approval()
    passed = walk.through(gate.stage, gate.kind)
    with unit_of_work() as session:
        again = open_gate(session, walk.lease, kit_at(gate))
        assert (again.id, again.outcome) == (gate.id, Outcome.APPROVED)
        assert pass_gate(session, walk.lease, gate.id).passed_at == passed.passed_at
