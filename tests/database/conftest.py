"""Walks that many tests begin with: walked once, and gone on with in copies of the database."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import migrations
from domain.gates import GateKind
from domain.lifecycle import Stage
from services.award import awards
from services.bid import openings
from tests.buckets import bucket
from tests.builders import Walk, after, assessing, delivering, new_project
from tests.cluster import Cluster, copied, tool
from tests.release import DUMP, put_back
from tests.toy.installed import installed_toys, make_tables


@pytest.fixture(scope="session")
def addressed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What the environment says to keep files in a bucket."""
    with bucket(tmp_path_factory.mktemp("bucket")) as environment:
        yield environment


GoOn = Callable[[str, Callable[[], Walk]], Walk]


@pytest.fixture
def go_on(
    cluster: Cluster, seeded: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[GoOn]:
    """Let a test go on from where a walk has led, in a database of its own."""
    copies: list[Iterator[str]] = []

    def from_there(name: str, there: Callable[[], Walk]) -> Walk:
        def walk_there() -> Walk:
            walk = there()
            walk.pause()
            return walk

        walk = cluster.template(name, walk_there, of=seeded)
        copy = copied(cluster, name, monkeypatch, tmp_path)
        next(copy)
        copies.append(copy)
        return walk.go_on()

    yield from_there
    for copy in copies:
        next(copy, None)


def to_bidding() -> Walk:
    """Lead a project to its bid window."""
    walk = Walk(new_project())
    walk.to_bidding()
    return walk


def to_panel() -> Walk:
    """Lead a project to where its panel is to be formed."""
    walk = Walk(new_project())
    walk.to_opened()
    walk.do(Stage.BID, "close", openings.close_bidding)
    return walk


def to_scoring() -> Walk:
    """Lead a project to where its panel scores."""
    walk = Walk(new_project())
    walk.to_scoring()
    return walk


def to_agreement() -> Walk:
    """Lead a project to where its agreement is to be signed."""
    walk = Walk(new_project())
    walk.to_agreement()
    return walk


def to_notice() -> Walk:
    """Lead a project to the public notice of its award."""
    walk = Walk(new_project())
    walk.to_ranking()
    gate = walk.through(Stage.AWARD, GateKind.APPROVAL)
    walk.do(Stage.AWARD, "confirm", after(awards.confirm_ranking, gate))
    walk.open(Stage.NOTICE, GateKind.TIMER)
    return walk


@pytest.fixture
def in_bidding(go_on: GoOn) -> Walk:
    """The call is open."""
    return go_on("bidding", to_bidding)


@pytest.fixture
def at_panel(go_on: GoOn) -> Walk:
    """The bids are opened, and the panel is to be formed."""
    return go_on("panel", to_panel)


@pytest.fixture
def in_scoring(go_on: GoOn) -> Walk:
    """The panel is asked for its marks."""
    return go_on("scoring", to_scoring)


@pytest.fixture
def at_agreement(go_on: GoOn) -> Walk:
    """The notice is over, and the agreement is to be signed."""
    return go_on("agreement", to_agreement)


@pytest.fixture
def in_notice(go_on: GoOn) -> Walk:
    """The award is in public notice."""
    return go_on("notice", to_notice)


@pytest.fixture
def in_delivery(go_on: GoOn) -> Walk:
    """The agreement is signed."""
    return go_on("delivery", delivering)


@pytest.fixture
def in_assessment(go_on: GoOn) -> Walk:
    """The four parties are asked for their answers."""
    return go_on("assessment", assessing)


@pytest.fixture(scope="session")
def upgraded(cluster: Cluster) -> str:
    """A template with the dump, upgraded by today's migrations."""

    def restore() -> None:
        tool(cluster.server, "pg_restore", "--no-owner", "--dbname=release", str(DUMP))
        migrations.upgrade(os.environ["JIEBANG_DATABASE_URL"])

    cluster.template("release", restore)
    return "release"


@pytest.fixture
def stored(
    cluster: Cluster, upgraded: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Path]:
    """A data directory as the dump had it; the environment points to it and to a copy."""
    put_back(tmp_path)
    monkeypatch.setenv("JIEBANG_DATA_DIR", str(tmp_path))
    with cluster.copy(upgraded) as url:
        monkeypatch.setenv("JIEBANG_DATABASE_URL", url)
        yield tmp_path


@pytest.fixture
def toys(database: str) -> Iterator[None]:
    """The toy registers are installed, and their tables made."""
    assert database
    make_tables()
    with installed_toys():
        yield
