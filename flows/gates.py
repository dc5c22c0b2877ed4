"""The gate: the only place where a run waits. See architecture, "The gate"."""

import json
from collections.abc import Callable
from typing import Any

import httpx
from prefect import suspend_flow_run
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.context import FlowRunContext
from prefect.exceptions import Pause, PrefectHTTPStatusError
from prefect.logging import get_run_logger

from domain.errors import ProjectStopped
from domain.gates import GateKind, Outcome, wake_key
from flows.form import DECIDED_HERE, DialogAnswer, form_for, read_answer
from flows.projection import describe_gate, show_checks, show_project
from flows.run import Run
from models import Gate
from models.failpoints import failpoint
from models.session import unit_of_work
from services.gates.approval_codes import decide_by_code
from services.gates.kits import GateKit
from services.gates.open_gate import allocate_wake, open_gate, park_gate, pass_gate
from services.gates.process_kits import kit_at
from tasks.guards import run_recheck


def await_gate(run: Run, kit: GateKit[Any]) -> Gate:
    """Return the decided gate, or suspend the run until it may go on.

    A gate that is decided costs nothing and asks nobody: replay, retry and a lost Prefect
    database pass through it. Raises ProjectStopped when the project was cancelled meanwhile.
    """
    gate = run.commit(open_gate, kit)
    if gate.wake and gate.passed_at is None:
        gate = _take_answers(run, gate)
    while gate.outcome is None:
        if waiting := run.commit(allocate_wake, gate.id):
            _suspend(run, waiting)
        gate = run.commit(open_gate, kit)
    if gate.passed_at is None:
        gate = run.commit(pass_gate, gate.id)
    if gate.outcome is Outcome.ENDED:
        raise ProjectStopped
    return gate


def _take_answers(run: Run, gate: Gate) -> Gate:
    """Take what woke the run: an answer from the Prefect UI, or data that was mended.

    An answer that came too late is taken too: it is refused, audited, and does not stay in
    Prefect, where nothing that people typed belongs.
    """
    if gate.kind in DECIDED_HERE and (answer := _answer(gate)):
        with unit_of_work() as session:
            decide_by_code(
                session,
                gate_id=gate.id,
                verb=answer.verb,
                option=answer.option,
                comment=answer.comment,
                code=answer.code,
                key=answer.key,
            )
        failpoint("gate.answer.before-delete")
        _client().delete_flow_run_input(_flow_run_id(), _input_keys(answer.wake)["response"])
        gate = run.commit(open_gate, kit_at(gate))
    if gate.outcome is None and gate.kind is GateKind.REPAIR and gate.nudged:
        show_checks(run, gate.stage, run_recheck(run.lease, gate.stage, gate.id).lines)
        gate = run.commit(open_gate, kit_at(gate))
    return gate


def _suspend(run: Run, gate: Gate) -> None:
    key = wake_key(gate.stage, gate.kind, gate.round, gate.wake)
    form: type[Any] | None = None
    if gate.kind in DECIDED_HERE:
        form = form_for(gate)
        keys = _input_keys(key)
        _create_input(keys["description"], json.dumps(describe_gate(run.code, gate)))
        failpoint("gate.inputs.between")
        _create_input(keys["schema"], json.dumps(form.model_json_schema()))
    show_project(run, gate)
    failpoint("gate.before-suspend")
    try:
        suspend_flow_run(key=key, timeout=None, wait_for_input=form)
    except Pause:
        failpoint("gate.before-park")
        _park(run, gate)
        raise


def _park(run: Run, gate: Gate) -> None:
    """Say that Prefect holds the suspension; if that fails, the reconciler will find it."""
    try:
        run.commit(park_gate, gate.id, gate.wake)
    except Exception:
        get_run_logger().warning("could not record the suspension; the reconciler will")


def _client() -> SyncPrefectClient:
    return get_client(sync_client=True)


def _flow_run_id() -> Any:
    context = FlowRunContext.get()
    assert context is not None
    assert context.flow_run is not None
    return context.flow_run.id


def _input_keys(key: str) -> dict[str, str]:
    """Return the keys under which Prefect looks for a suspension's inputs."""
    return {part: f"suspended-{key}-{part}" for part in ("description", "response", "schema")}


def _create_input(key: str, value: str) -> None:
    """Create an input before its suspension; one that is there already is the same."""
    try:
        _client().create_flow_run_input(flow_run_id=_flow_run_id(), key=key, value=value)
    except (PrefectHTTPStatusError, httpx.HTTPStatusError) as error:
        if error.response.status_code != httpx.codes.CONFLICT:
            raise


def _answer(gate: Gate) -> DialogAnswer | None:
    """Return the answer typed into the Resume dialog of the last suspension, None for none."""
    key = wake_key(gate.stage, gate.kind, gate.round, gate.wake)
    read: Callable[..., str] = _client().read_flow_run_input
    try:
        response = read(flow_run_id=_flow_run_id(), key=_input_keys(key)["response"])
    except (PrefectHTTPStatusError, httpx.HTTPStatusError) as error:
        if error.response.status_code == httpx.codes.NOT_FOUND:
            return None
        raise
    return read_answer(response, wake=key, key=f"{_flow_run_id()}:{key}")
