"""The district of the page tests, put together from fragments, each of one capability."""

from collections.abc import Callable
from typing import Final

from tests.web.fragments.award import add_objection
from tests.web.fragments.bid import add_bids
from tests.web.fragments.conduct import add_conduct
from tests.web.fragments.deliver import add_replacement
from tests.web.fragments.lifecycle import add_projects
from tests.web.fragments.people import add_people
from tests.web.fragments.public import add_public
from tests.web.fragments.registers import add_entries
from tests.web.world import World

# Each builds on what those before it have added.
FRAGMENTS: Final[tuple[Callable[[World], None], ...]] = (
    add_projects,
    add_people,
    add_bids,
    add_replacement,
    add_conduct,
    add_objection,
    add_public,
    add_entries,
)


def build() -> World:
    """Build the district in the database that the environment names."""
    world = World()
    for add in FRAGMENTS:
        add(world)
    return world
