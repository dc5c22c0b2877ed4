"""The analytics snapshot as a flow: built, checked, published atomically."""

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from services.public import publish_snapshot as service


@task(cache_policy=NO_CACHE, persist_result=False)
def build_and_publish() -> str:
    """Build, check and publish; a failed check leaves the last good snapshot in place."""
    return service.publish_snapshot().name


@flow(name="publish-snapshot")
def publish_snapshot() -> str:
    """Publish a new snapshot; return its file name."""
    name = build_and_publish()
    create_markdown_artifact(
        f"已发布 published: `{name}`", key="snapshot", description="分析快照 analytics snapshot"
    )
    return name
