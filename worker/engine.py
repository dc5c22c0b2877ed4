"""Prefect's flow engine without what repeats: one thread's client, and no heartbeat thread.

A resumption in this process knows its flow run already and needs no websocket to hear that it
should suspend: the lease tells whether it may go on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from prefect import Flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import FlowRun, ServerDefaultResultStorage
from prefect.context import ContextModel, SyncClientContext
from prefect.flow_engine import FlowRunEngine


class LeanClient(SyncPrefectClient):
    """A client that does not ask again for what the engine already holds."""

    def remember(self, run: FlowRun) -> None:
        """Keep the flow run that this thread executes."""
        self._run = run

    def read_flow_run(self, flow_run_id: UUID) -> FlowRun:
        """Return the run in execution as the engine knows it, any other from the server."""
        run: FlowRun | None = getattr(self, "_run", None)
        if run is not None and run.id == flow_run_id:
            return run
        return super().read_flow_run(flow_run_id)

    def read_server_default_result_storage(self) -> ServerDefaultResultStorage:
        """No storage: what a run does is kept in our database, and never in Prefect's results."""
        return ServerDefaultResultStorage()

    def update_flow_run(self, *_: Any, **__: Any) -> Any:
        """Leave the retry policy as the deployment created it: lifecycles are never retried."""
        return None


class LeanContext(SyncClientContext):
    """Puts a LeanClient where Prefect looks for its client in this thread."""

    def __init__(self) -> None:
        """Build the client as Prefect would, then keep our kind of it."""
        plain = get_client(sync_client=True)
        client = LeanClient.__new__(LeanClient)
        client.__dict__.update(plain.__dict__)
        ContextModel.__init__(self, client=client)
        self._httpx_settings = None
        self._context_stack = 0


class LeanEngine(FlowRunEngine[Any, Any]):
    """The flow engine without heartbeats and without watching for suspensions from outside."""

    @property
    def heartbeat_seconds(self) -> int | None:
        """No heartbeat: the lease, not an event, says that a run is alive."""
        return None

    @contextmanager
    def setup_flow_run_suspension_request(self) -> Iterator[Any]:
        """Give the request without opening a websocket for it."""
        yield self._get_flow_run_suspension_request()


def execute(flow: Flow[Any, Any], run: FlowRun, client: LeanClient) -> None:
    """Execute ``run``; raises Pause when it suspends and Abort when Prefect says so."""
    client.remember(run)
    engine = LeanEngine(flow=flow, parameters=dict(run.parameters), flow_run=run)
    with engine.start():
        while engine.is_running():
            with engine.run_context():
                engine.call_flow_fn()
