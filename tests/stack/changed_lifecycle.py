"""The lifecycle after a release: one more step before each stage, and other task names."""

from uuid import UUID

from prefect import flow, task

from flows import project_lifecycle as present


@task
def something_new() -> str:
    return "new in this release"


@flow(name="project-lifecycle", validate_parameters=False)
def project_lifecycle(process_id: UUID, generation: int) -> str:
    something_new()
    return present.project_lifecycle.fn(process_id, generation)
