"""The tests' district in a PostgreSQL of its own, for what is made of it and committed."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.cluster import Cluster, postgres_under
from tests.conftest import seed
from tests.web.fragments import build
from tests.web.world import World
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
        url = Cluster(Path(folder)).create(name)
        os.environ |= {"JIEBANG_DATABASE_URL": url, "JIEBANG_DATA_DIR": folder}
        seed()
        yield District(build(), server, name, Path(folder))
