"""Carry a process through its stages: its status says which is due, and none is entered twice."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from uuid import UUID

from prefect.exceptions import Abort

from domain.errors import LeaseLost, ProjectStopped
from domain.gates import GateKind, begins_again
from domain.lifecycle import Stage
from flows.gates import await_gate
from flows.projection import emit, show_checks, show_end, show_outcome, show_stage
from flows.run import Run, leased
from models import Gate
from services.execution.runs import finish_run
from tasks.guards import run_guard

Stages = Mapping[StrEnum, Callable[[Run], None]]


class Again(Exception):
    """The stage begins its next round."""


def carry(
    process_id: UUID | str,
    generation: int,
    stages: Stages,
    at_end: Callable[[Run, StrEnum], None] = lambda _run, _status: None,
) -> str:
    """Carry a process under its lease; return its last status.

    A resumption at the last stage costs what one at the first does. ``at_end`` is done before the
    run is recorded as finished.
    """
    try:
        with leased(UUID(str(process_id)), generation) as lease:
            return _carry(Run(lease), stages, at_end).value
    except LeaseLost as error:
        raise Abort(str(error)) from error


def _carry(run: Run, stages: Stages, at_end: Callable[[Run, StrEnum], None]) -> StrEnum:
    while stage := stages.get(status := run.status):
        try:
            stage(run)
        except (ProjectStopped, Again):
            continue
        if run.status is not status:
            show_stage(run)
    at_end(run, status)
    show_end(run)
    run.commit(finish_run)
    return status


def pass_gate(run: Run, stage: Stage, kind: GateKind) -> Gate:
    """Return a gate once it is decided; where that begins the stage again, it does."""
    gate = await_gate(run, stage, kind)
    show_outcome(run, gate)
    if gate.outcome and begins_again(kind, gate.outcome):
        raise Again
    return gate


def guard(run: Run, stage: Stage) -> None:
    """Go on only with data that passes; otherwise wait until somebody has mended it."""
    while True:
        checked = run_guard(run.lease, stage)
        if checked.fresh:
            show_checks(run, stage, checked.lines)
        if checked.passed:
            return
        emit(run.code, stage, "repair")
        pass_gate(run, stage, GateKind.REPAIR)
