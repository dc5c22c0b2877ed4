"""The board and a project's page over a large district, with 20 readers at once.

Somebody commits five times a second meanwhile. Beside them a bare page of the same size without a
database, served the same way in the same run.
"""

import asyncio
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

import httpx
from sqlalchemy import text
from sqlmodel import col, func, select

from api.visitors import COOKIE
from bench.figures import Figure, median, percentile
from demo.people import seed_people
from domain.identity.roles import Role
from models import Person, Project, RoleGrant
from models.session import unit_of_work
from services.district.ties import TIES
from services.identity.sessions import begin_session
from worker.addresses import free_port
from worker.stack import running_stack

READERS: Final = 20
_SECONDS: Final = 12.0
_PAUSE: Final = 1.0
_WRITES: Final = 0.2
PROJECTS, NEEDS, ORGANISATIONS, ENTRIES = 10_000, 100_000, 1_000, 100_000

_FILL: Final = (
    """INSERT INTO organisation
       (id, name, uscc, uscc_reason, org_stage, grade, legal_representative, serves, about,
        contact, created_at)
       SELECT gen_random_uuid(), 'Organisation ' || n, 'B' || n, '', 'registered', '3A', 'Somebody',
              '["*"]'::jsonb, '', '', clock_timestamp() FROM generate_series(1, :organisations) n""",
    """INSERT INTO need
       (id, code, title, description, category, street_code, community_code, place_text,
        supporters, reported_on, status, fingerprint, source, source_ref, created_at)
       SELECT gen_random_uuid(), 'N-2026-' || lpad(n::text, 6, '0'), '楼道照明与助餐需求 ' || n,
              '三单元的灯不亮，老人不敢出门，希望尽快修好。', k.code, c.street_code, c.code, c.name,
              1 + n % 40, date '2026-01-01' + n % 300,
              CASE WHEN n % 3 = 0 THEN 'in_project' ELSE 'registered' END,
              md5(n::text), 'bench', n::text, clock_timestamp()
       FROM generate_series(1, :needs) n
       JOIN (SELECT code, street_code, name, row_number() OVER (ORDER BY code) - 1 AS i,
                    count(*) OVER () AS many FROM community) c ON c.i = n % c.many
       JOIN (VALUES (0, 'elderly'), (1, 'children'), (2, 'property'), (3, 'health')) k (i, code)
         ON k.i = n % 4""",
    """INSERT INTO project
       (id, code, title, category, street_code, community_code, round_id, settings_version, status, stage_round,
        budget, created_at)
       SELECT gen_random_uuid(), 'LC-2026-' || lpad(n::text, 5, '0'), '社区助餐与照明项目 ' || n,
              k.code, c.street_code, c.code, (SELECT id FROM round LIMIT 1), 1, s.status, 1,
              60000 + n % 90 * 1000,
              timestamptz '2026-01-01' + n * interval '40 minutes'
       FROM generate_series(1, :projects) n
       JOIN (SELECT code, street_code, row_number() OVER (ORDER BY code) - 1 AS i,
                    count(*) OVER () AS many FROM community) c ON c.i = n % c.many
       JOIN (VALUES (0, 'elderly'), (1, 'children'), (2, 'property'), (3, 'health')) k (i, code)
         ON k.i = n % 4
       JOIN (VALUES (0, 'bidding'), (1, 'evaluating'), (2, 'closed'), (3, 'delivering'),
                    (4, 'closed'), (5, 'awarding'), (6, 'closed')) s (i, status) ON s.i = n % 7""",
    """INSERT INTO project_need (need_id, project_id)
       SELECT n.id, p.id FROM need n
       JOIN (SELECT id, row_number() OVER (ORDER BY code) - 1 AS i FROM project) p
         ON p.i = (substr(n.code, 8)::int / 3) % :projects
       WHERE n.status = 'in_project'""",
    """INSERT INTO call
       (id, project_id, version, title, problem, scope, outcomes, ceiling, criteria, rubric,
        delivery_from, delivery_until, consortia, blind, drafted_at, published_at, opens_at, closes_at,
        extended)
       SELECT gen_random_uuid(), id, 1, title, '居民反映集中，需要一家社会组织持续提供服务。',
              '在社区党群服务中心和楼院内开展服务，每周不少于两次。',
              '[{"name": "服务人次", "target": "600", "unit": "人次", "adds": "period"}]'::jsonb, budget,
              '{"org_stage": "filed", "grade": "none", "credit": "60"}'::jsonb,
              '{"plan": "30", "team": "20", "price": "15", "track_record": "15",
                "understanding": "20"}'::jsonb,
              date '2026-12-01', date '2027-05-01', true, false, created_at, created_at, created_at,
              clock_timestamp() + interval '9 days' + random() * interval '5 days', false
       FROM project WHERE status <> 'evaluating'""",
    """INSERT INTO audit_entry (happened_at, actor, action, subject, facts, digest, position, hash)
       SELECT p.created_at + s.n * interval '1 day', 'bench', 'project.publish_call', p.code,
              '{"before": "publishing", "after": "bidding"}'::jsonb, md5(p.code || s.n),
              row_number() OVER () + (SELECT coalesce(max(position), 0) FROM audit_entry),
              md5(p.code || s.n || 'h')
       FROM project p, generate_series(1, 12) s (n)""",
    "ANALYZE",
)
_TIES: Final = """
    INSERT INTO tie (id, since, version, person_id, kind, organisation_id)
    SELECT gen_random_uuid(), date '2026-01-01' + (row_number() OVER ())::int % 300, 1, p.id,
           'mentor', o.id
    FROM person p CROSS JOIN organisation o LIMIT :entries"""


@contextmanager
def _writing() -> Iterator[None]:
    """Let somebody commit a few times a second: pages are kept for an unchanged database only."""
    done = threading.Event()

    def write() -> None:
        while not done.wait(_WRITES):
            with unit_of_work() as session:
                session.execute(
                    text("UPDATE need SET supporters = supporters WHERE code = :code"),
                    {"code": "N-2026-000001"},
                )

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


class Read(NamedTuple):
    """What readers saw of one address: server times in seconds, and answers a second."""

    took: list[float]
    rate: float


async def _read(
    base: str, path: str, seconds: float, pause: float, cookies: dict[str, str] | None = None
) -> Read:
    took: list[float] = []
    limits = httpx.Limits(max_connections=READERS, max_keepalive_connections=READERS)
    async with httpx.AsyncClient(
        base_url=base, timeout=30, limits=limits, cookies=cookies
    ) as client:
        await client.get(path)
        end = time.perf_counter() + seconds

        async def reader(number: int) -> None:
            rng = random.Random(number)
            while time.perf_counter() < end:
                await asyncio.sleep(rng.uniform(0, 2 * pause))
                answer = await client.get(path)
                assert answer.status_code == 200
                took.append(float(answer.headers["Server-Timing"].split("dur=")[1]) / 1000)

        began = time.perf_counter()
        await asyncio.gather(*(reader(number) for number in range(READERS)))
        return Read(took, len(took) / (time.perf_counter() - began))


def fill(
    *, projects: int = PROJECTS, needs: int = NEEDS, organisations: int = ORGANISATIONS
) -> str:
    """Fill the database once and return the code of a project with a full page."""
    counts = {"projects": projects, "needs": needs, "organisations": organisations}
    with unit_of_work() as session:
        if session.exec(select(func.count()).select_from(Project)).one() < projects:
            for statement in _FILL:
                wanted = {name: count for name, count in counts.items() if f":{name}" in statement}
                session.execute(text(statement), wanted)
        query = select(Project.code).where(Project.status == "bidding").limit(1)
        return session.exec(query).one()


@contextmanager
def _bare(size: int) -> Iterator[str]:
    """Serve a bare page of ``size`` bytes."""
    port = free_port(0)
    command = [sys.executable, "-m", "uvicorn", "--factory", "bench.bare:create_app"]
    process = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"],
        env=os.environ | {"BARE_BYTES": str(size)},
    )
    base = f"http://127.0.0.1:{port}"
    try:
        while process.poll() is None:
            try:
                httpx.get(base)
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield base
    finally:
        process.terminate()
        process.wait()


def measure_pages(data_dir: Path, say: Callable[[str], None]) -> list[Figure]:
    """Measure the board and a project's page in a large district."""
    with running_stack(data_dir, demo=True, workers=0, web=True) as stack:
        say("filling the district…")
        with unit_of_work() as session:
            seed_people(session, Random(7))
        web = stack.addresses.web_url
        return [*read_pages(web, fill(), say), *read_register(web, say)]


def read_pages(
    base: str, code: str, say: Callable[[str], None], *, seconds: float = _SECONDS
) -> list[Figure]:
    """Read the board and a project's page of a running web for ``seconds`` each way."""
    figures: list[Figure] = []
    for name, path in (("the board", "/"), ("a project's page", f"/projects/{code}")):
        size = len(httpx.get(base + path).content)
        with _writing():
            paced = asyncio.run(_read(base, path, seconds, _PAUSE))
        say(f"{name}: {size:,} bytes, {len(paced.took)} answers")
        with _writing():
            full = asyncio.run(_read(base, path, seconds, 0))
        with _bare(size) as beside:
            bare = asyncio.run(_read(beside, "/", seconds, 0))
        figures += [
            Figure(f"{name}, median", median(paced.took), "s", 0.06, True, paced.took),
            Figure(f"{name}, 95 %", percentile(paced.took, 0.95), "s", 0.15, True),
            Figure(f"{name}, bare page / this", bare.rate / full.rate, "times", 4, True),
            Figure(f"{name}, size", size / 1000, "kB", 100, True),
        ]
    return figures


def read_register(
    base: str,
    say: Callable[[str], None],
    *,
    entries: int = ENTRIES,
    seconds: float = _SECONDS,
) -> list[Figure]:
    """Read a register of many entries of a running web as an administrator: the list, a search."""
    cookies = {COOKIE: _fill_register(entries)}
    figures = []
    for name, query in (("a register", ""), ("a search in a register", "?q=Organisation 77")):
        read = asyncio.run(_read(base, TIES.path + query, seconds, _PAUSE, cookies))
        say(f"{name} of {entries:,} entries: {len(read.took)} answers")
        figures.append(Figure(f"{name}, median", median(read.took), "s", 0.15, True, read.took))
    return figures


def _fill_register(entries: int) -> str:
    """Fill the register of ties, and return the session of an administrator."""
    with unit_of_work() as session:
        session.execute(text(_TIES), {"entries": entries})
        session.execute(text("ANALYZE tie"))
        person = session.exec(
            select(Person)
            .join(RoleGrant, col(RoleGrant.person_id) == Person.id)
            .where(RoleGrant.role == Role.DISTRICT_ADMINISTRATOR)
        ).first()
        assert person is not None
        return begin_session(session, person, client="bench")
