"""Carry a process through its stages: its status says which is due, and none is entered twice."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any
from uuid import UUID

from prefect.exceptions import Abort

from domain.errors import LeaseLost, ProjectStopped
from domain.gates import begins_again
from flows.gates import await_gate
from flows.projection import emit, show_checks, show_end, show_outcome, show_stage
from flows.run import Run, leased
from models import Gate
from services.execution.runs import finish_run
from services.gates.kits import GateKit
from services.gates.process_kits import process_kits
from services.processes import install_processes
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
        if not process_kits():
            install_processes()
        with leased(UUID(str(process_id)), generation) as lease:
            return str(_carry(Run(lease), stages, at_end))
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


def pass_gate(run: Run, kit: GateKit[Any]) -> Gate:
    """Return a gate once it is decided; where that begins the stage again, it does."""
    gate = await_gate(run, kit)
    show_outcome(run, gate)
    if gate.outcome and begins_again(kit.kind, gate.outcome):
        raise Again
    return gate


def guard(run: Run, repair: GateKit[Any]) -> None:
    """Go on only with data that passes; otherwise wait at ``repair`` until somebody has mended it."""
    stage = repair.stage.code
    while True:
        checked = run_guard(run.lease, stage)
        if checked.fresh:
            show_checks(run, stage, checked.lines)
        if checked.passed:
            return
        emit(run.code, stage, "repair")
        pass_gate(run, repair)
