"""The tests' district in a PostgreSQL of its own, for what is made of it and committed."""

import os
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import migrations
from demo.people import seed_people
from models.session import unit_of_work
from services.district.reference import seed_reference
from tests.conftest import Cluster, postgres_under
from tests.web.world import World, build
from worker.postgres import EmbeddedPostgres


class District(NamedTuple):
    """What is there: who and what, the server with its database, and the data directory."""

    world: World
    server: EmbeddedPostgres
    database: str
    data_dir: Path


@contextmanager
def district() -> Iterator[District]:
    """Build the district; the environment points to it while the block runs, and after."""
    name = "district"
    with (
        tempfile.TemporaryDirectory(prefix="jb") as folder,
        postgres_under(Path(folder)) as server,
    ):
        url = Cluster(server).create(name)
        migrations.upgrade(url)
        os.environ |= {"JIEBANG_DATABASE_URL": url, "JIEBANG_DATA_DIR": folder}
        with unit_of_work() as session:
            seed_reference(session, demo=True)
            seed_people(session, random.Random(7))
        yield District(build(), server, name, Path(folder))
