"""The demo, from nothing to a finished round."""

import hashlib
import json
import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, col, select

from demo.people import seed_people
from demo.plan import assign_waiting_places, form_projects, tell_stories
from demo.round import RoundDriver
from demo.summary import count
from domain.errors import BadInput
from models import Need, Project, Report
from models.heap import keep_loaded
from models.session import unit_of_work
from models.settings import settings
from services import audit_chain
from services.audit_heads import publish_head
from services.clock import is_demo
from services.file_store import file_store
from services.needs.assign_places import apply_place_map
from services.needs.import_needs import import_needs
from services.processes import install_processes
from services.public.publish_snapshot import publish_snapshot
from worker.stack import Stack, running_stack

NEEDS: Final = Path(__file__).with_name("needs.xlsx")


@dataclass(frozen=True)
class DemoOptions:
    """What a demo is run with."""

    data_dir: Path
    needs: Path = NEEDS
    place_map: Path | None = None
    seed: int = 1
    workers: int = 1


class DemoProgress:
    """Told what goes on; the command line draws it, tests listen to it."""

    def begin(self, step: str, total: int | None = None) -> None:
        """A step begins; ``total`` is known where it can be counted."""

    def reach(self, done: int) -> None:
        """``done`` of the present step's total are done."""

    def end(self) -> None:
        """The present step is done."""


def run_demo(options: DemoOptions, progress: DemoProgress | None = None) -> dict[str, Any]:
    """Run a whole round and return its summary, which is also written to the data directory.

    Raises BadInput for a data directory that holds something else than a finished or new demo.
    """
    install_processes()
    progress = progress or DemoProgress()
    rng = random.Random(f"{_digest(options.needs)}:{options.seed}")
    seconds: dict[str, float] = {}

    @contextmanager
    def step(name: str, total: int | None = None) -> Iterator[None]:
        progress.begin(name, total)
        began = time.monotonic()
        yield
        seconds[name] = round(time.monotonic() - began, 1)
        progress.end()

    with ExitStack() as until_done:
        with step("stack"):
            stack = until_done.enter_context(
                running_stack(options.data_dir, demo=True, workers=options.workers)
            )
        _require_new_demo(options)
        (stack.data_dir / "demo").mkdir(exist_ok=True)
        with step("import"):
            _import(options, rng)
        with unit_of_work() as session:
            projects = form_projects(session)
        with step("round", len(projects)):
            keep_loaded()
            driver = RoundDriver(tell_stories(projects, rng), step=progress.reach)
            driver.drive()
            driver.end_month()
        with step("snapshot"):
            snapshot = publish_snapshot(stack.data_dir)
        with step("audit"):
            verified = _seal_and_verify()
        return _summarise(options, stack, snapshot, verified, seconds)


def _digest(path: Path) -> str:
    if not path.is_file():
        raise BadInput(zh=f"找不到文件 {path}。", en=f"There is no file {path}.")
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _require_new_demo(options: DemoOptions) -> None:
    with unit_of_work() as session:
        used = session.exec(select(Project)).first() is not None
        if is_demo(session) and not used:
            return
    raise BadInput(
        zh=f"数据目录 {options.data_dir} 已有数据；演示需要新的目录，请用 --data-dir 另选，或加 --fresh 清空演示数据。",
        en=f"{options.data_dir} holds data already; a demo needs a new folder: choose another "
        "--data-dir, or clear an earlier demo with --fresh.",
    )


def furnish() -> None:
    """Fill a new demo database with its people and needs, for somebody to play; only once."""
    with unit_of_work() as session:
        if not is_demo(session):
            raise BadInput(
                zh="这个数据目录不是演示库，请用 --data-dir 另选一个新目录。",
                en="This data folder holds no demo; choose a new one with --data-dir.",
            )
        if session.exec(select(Need)).first() is not None:
            return
    _import(DemoOptions(Path()), random.Random(1))


def _import(options: DemoOptions, rng: random.Random) -> None:
    with unit_of_work() as session:
        seed_people(session, rng)
    import_needs(path=options.needs, actor="demo")
    with unit_of_work() as session:
        if options.place_map:
            apply_place_map(session, path=options.place_map, actor="demo")
        else:
            assign_waiting_places(session, rng)


def _seal_and_verify() -> audit_chain.Verification:
    sealed = 1
    while sealed:
        with unit_of_work() as session:
            sealed = audit_chain.seal(session)
    with unit_of_work() as session:
        publish_head(session, file_store(), settings().audit_copy_dir)
        return audit_chain.verify(session, file_store())


def _summarise(
    options: DemoOptions,
    stack: Stack,
    snapshot: Path,
    verified: audit_chain.Verification,
    seconds: dict[str, float],
) -> dict[str, Any]:
    with unit_of_work() as session:
        summary = count(session)
        table = _table(session)
    summary |= {
        "input": options.needs.name,
        "seed": options.seed,
        "reports_in": file_store().address("reports"),
        "duckdb": str(snapshot.relative_to(stack.data_dir)),
        "audit_ok": verified.ok,
        "audit_head": verified.head,
        "seconds": seconds,
        "table": table,
    }
    path = stack.data_dir / "demo" / "summary.json"
    path.write_text(json.dumps(summary, ensure_ascii=False, indent=2), encoding="utf-8")
    return summary


def _table(session: Session) -> list[dict[str, Any]]:
    reports: dict[UUID, list[str]] = {}
    for report in session.exec(select(Report).order_by(col(Report.path))).all():
        reports.setdefault(report.project_id, []).append(report.path)
    return [
        {
            "code": project.code,
            "title": project.title,
            "status": project.status.value,
            "reports": reports.get(project.id, []),
        }
        for project in session.exec(select(Project).order_by(col(Project.code))).all()
    ]
