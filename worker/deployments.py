"""Create the work pool and every deployment of ``prefect.yaml``, as ``prefect deploy`` would."""

from pathlib import Path
from typing import Any, Final

import httpx
import yaml
from prefect import Flow
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import DeploymentScheduleCreate, WorkPoolCreate
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError
from prefect.flows import load_flow_from_entrypoint
from prefect.workers.base import BaseWorker

from models.settings import settings
from worker.prefect_client import prefect_client

# As the wheel carries it: beside this file it is a link to the one at the top.
DECLARED: Final = Path(__file__).with_name("prefect.yaml")
TYPE: Final = "jiebang-warm"


def deploy_all(api_url: str) -> list[str]:
    """Bring pool and deployments at ``api_url`` up to date; return the deployments' names."""
    names = []
    with prefect_client(api_url) as client:
        for declared in declared_deployments():
            pool = settings().work_pool
            ensure_pool(client, pool)
            names.append(_deploy(client, declared, pool))
    return names


def declared_deployments() -> list[dict[str, Any]]:
    """Return the deployments of ``prefect.yaml``, and those of processes that the settings name."""
    from services.processes import PROCESSES

    declared = yaml.safe_load(DECLARED.read_text(encoding="utf-8"))
    deployments: list[dict[str, Any]] = declared["deployments"]
    known = {deployment["entrypoint"] for deployment in deployments}
    further = [kit for kit in PROCESSES if kit.entrypoint not in known]
    return deployments + [
        {
            "name": kit.definition.partition("/")[2],
            "entrypoint": kit.entrypoint,
            "enforce_parameter_schema": False,
        }
        for kit in further
    ]


def known_entrypoints() -> frozenset[str]:
    """Return what a worker may execute, whatever a deployment in Prefect names."""
    declared = {deployment["entrypoint"] for deployment in declared_deployments()}
    return frozenset(declared | set(settings().entrypoints.split()))


def ensure_pool(client: SyncPrefectClient, name: str) -> None:
    """Create the warm worker's pool unless it is there."""
    if not pool_exists(client, name):
        template = BaseWorker.get_default_base_job_template()
        pool = WorkPoolCreate(name=name, type=TYPE, base_job_template=template)
        try:
            client.request("POST", "/work_pools/", json=pool.model_dump(mode="json"))
        except PrefectHTTPStatusError as taken:
            # Another process has created it in between.
            if taken.response.status_code != httpx.codes.CONFLICT:
                raise


def pool_exists(client: SyncPrefectClient, name: str) -> bool:
    """Tell whether there is a work pool of this name."""
    try:
        client.request("GET", "/work_pools/{name}", path_params={"name": name})
    except (ObjectNotFound, PrefectHTTPStatusError) as error:
        response = getattr(error, "response", None)
        if response is not None and response.status_code != httpx.codes.NOT_FOUND:
            raise
        return False
    return True


def definitions() -> list[str]:
    """Return what Prefect calls the declared deployments: flow and version."""
    return [
        definition_of(deployment["entrypoint"], deployment["name"])
        for deployment in declared_deployments()
    ]


def definition_of(entrypoint: str, name: str) -> str:
    """Return what Prefect calls a deployment: its flow's name and its version."""
    return f"{entrypoint.rpartition('.')[2].replace('_', '-')}/{name}"


def _deploy(client: SyncPrefectClient, deployment: dict[str, Any], pool: str) -> str:
    flow: Flow[Any, Any] = load_flow_from_entrypoint(deployment["entrypoint"])
    flow_id = client.create_flow_from_name(flow.name)
    client.create_deployment(
        flow_id=flow_id,
        name=deployment["name"],
        entrypoint=deployment["entrypoint"],
        description=deployment.get("description"),
        tags=deployment.get("tags", []),
        work_pool_name=pool,
        enforce_parameter_schema=deployment.get("enforce_parameter_schema", True),
        schedules=[
            DeploymentScheduleCreate(
                schedule=CronSchedule(cron=schedule["cron"], timezone=schedule.get("timezone")),
                slug=schedule.get("slug"),
            )
            for schedule in deployment.get("schedules", [])
        ],
    )
    return f"{flow.name}/{deployment['name']}"
