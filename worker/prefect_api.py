"""What the dispatcher and the reconciler say to Prefect's API, and nothing else."""

import json
from collections.abc import Sequence
from types import TracebackType
from typing import Final
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun, State
from prefect.client.schemas.responses import SetStateStatus
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError
from prefect.states import Crashed, Scheduled

from models.settings import settings
from services.execution.runs import RunOrder
from worker.deployments import (
    definition_of,
    definitions,
    deploy_all,
    known_entrypoints,
    pool_exists,
)
from worker.prefect_client import prefect_client

# So many at most Prefect gives in one answer.
_MOST: Final = 200


class PrefectApi:
    """A connection to one Prefect server; use it in one thread, as a context manager."""

    def __init__(self, api_url: str | None = None) -> None:
        """Prepare the client for ``api_url``, or for the server of Prefect's settings."""
        self._client: SyncPrefectClient = (
            prefect_client(api_url) if api_url else get_client(sync_client=True)
        )
        self._deployments: dict[str, UUID] = {}

    def __enter__(self) -> "PrefectApi":
        """Open the connection."""
        self._client.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self._client.__exit__(kind, error, trace)

    def create_run(self, order: RunOrder) -> UUID:
        """Create the flow run of a generation, or return the one created before."""
        try:
            return self._create(order)
        except (ObjectNotFound, PrefectHTTPStatusError) as error:
            response = getattr(error, "response", None)
            if response is not None and response.status_code != httpx.codes.NOT_FOUND:
                raise
            # Prefect's database was lost: pool and deployments come back first.
            self._deployments.clear()
            deploy_all(str(self._client.api_url))
            return self._create(order)

    def _create(self, order: RunOrder) -> UUID:
        if order.definition not in self._deployments:
            deployment = self._client.read_deployment_by_name(order.definition)
            self._deployments[order.definition] = deployment.id
        run = self._client.create_flow_run_from_deployment(
            self._deployments[order.definition],
            parameters={"process_id": str(order.process_id), "generation": order.generation},
            name=order.name,
            tags=list(order.tags),
            idempotency_key=order.idempotency_key,
            state=Scheduled(),
        )
        return run.id

    def ensure_deployments(self) -> bool:
        """Bring pool and deployments back to their declaration; True where anything differed."""
        if pool_exists(self._client, settings().work_pool) and self._all_stand():
            return False
        self._deployments.clear()
        deploy_all(str(self._client.api_url))
        return True

    def _all_stand(self) -> bool:
        known, pool = known_entrypoints(), settings().work_pool
        standing = {
            definition_of(deployment.entrypoint, deployment.name)
            for deployment in self._client.read_deployments(limit=_MOST)
            if deployment.entrypoint in known and deployment.work_pool_name == pool
        }
        return standing.issuperset(definitions())

    def has_deployment(self, deployment_id: UUID | None) -> bool:
        """Tell whether a run's deployment is still there."""
        if deployment_id is None:
            return False
        try:
            self._client.read_deployment(deployment_id)
        except ObjectNotFound:
            return False
        return True

    def resume(self, flow_run_id: UUID) -> bool:
        """Resume a suspended run; False when Prefect refuses, which it says with HTTP 200.

        Raises PrefectHTTPStatusError for anything else, so a run that is missing answers 404.
        """
        response = self._client.request(
            "POST", "/flow_runs/{id}/resume", path_params={"id": flow_run_id}, json={}
        )
        status: str = response.json()["status"]
        return status == SetStateStatus.ACCEPT.value

    def read(self, ids: Sequence[UUID]) -> dict[UUID, FlowRun]:
        """Return the runs with these ids that exist."""
        by_id: dict[UUID, FlowRun] = {}
        for start in range(0, len(ids), _MOST):
            wanted = FlowRunFilter(id=FlowRunFilterId(any_=list(ids[start : start + _MOST])))
            runs = self._client.read_flow_runs(
                flow_run_filter=wanted, sort=FlowRunSort.EXPECTED_START_TIME_ASC, limit=_MOST
            )
            by_id |= {run.id: run for run in runs}
        return by_id

    def exists(self, flow_run_id: UUID) -> bool:
        """Tell whether a run exists; only a 404 says that it does not."""
        try:
            self._client.read_flow_run(flow_run_id)
        except ObjectNotFound:
            return False
        return True

    def crash(self, flow_run_id: UUID, why: str) -> None:
        """Mark a run as crashed, whose worker is gone."""
        self._client.set_flow_run_state(flow_run_id, Crashed(message=why), force=True)

    def reschedule(self, flow_run_id: UUID, why: str) -> None:
        """Put a run back into the queue."""
        state: State[None] = Scheduled(name="Recovering", message=why)
        self._client.set_flow_run_state(flow_run_id, state, force=True)

    def ensure_input(self, flow_run_id: UUID, key: str, value: object) -> None:
        """Create a run's input unless it is there."""
        try:
            self._client.create_flow_run_input(
                flow_run_id=flow_run_id, key=key, value=json.dumps(value)
            )
        except (PrefectHTTPStatusError, httpx.HTTPStatusError) as error:
            if error.response.status_code != httpx.codes.CONFLICT:
                raise
