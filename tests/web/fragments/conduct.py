"""What went wrong, and material that the street says is false."""

from uuid import UUID

from models.session import unit_of_work
from services.conduct.material_reviews import MaterialReviewCreate, open_review
from tests.builders import actor
from tests.web.fragments.trouble import bring
from tests.web.world import World, own_of


def _review(world: World) -> str:
    """Let the street say that the supplier's material is false."""
    project = world.projects["delivering"]
    with unit_of_work() as session:
        made = open_review(
            session,
            project_id=project.id,
            actor=actor(world.people["street"]),
            review=MaterialReviewCreate(
                organisation=UUID(world.organisation),
                claim="意向书称有专职社工 5 名。",
                proof="社保缴费记录显示只有 2 名，已到现场核对。",
            ),
        )
        return made.code


def add_conduct(world: World) -> None:
    """Add corrective actions, lists and a review."""
    others = [world.projects[name] for name in ("agreeing", "notice", "scoring", "bidding")]
    world.trouble = bring(
        world.projects["troubled"],
        others,
        own_of(world.people["supplier"]),
        own_of(world.without_part[-1]),
    )
    world.review = _review(world)
