"""How the platform is doing: its parts, incidents, gates by age, and runs that need a hand."""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

import httpx
from sqlalchemy import func
from sqlmodel import Session, col, select

from domain.calendar import BEIJING
from domain.gates import gate_key, overdue
from domain.text import Text, many
from models import AuditEntry, Gate, Incident, ProcessRun
from models.settings import settings
from services.authorities import authorities
from services.clock import now
from services.execution.jobs import JobLine, list_jobs
from services.gates.process_kits import kit_at
from services.gates.subjects import subjects_of
from services.letters import read_post
from services.listing import Listed, list_page

_STUCK: Final = timedelta(minutes=2)
_PATIENCE: Final = 2.0


@dataclass(frozen=True, slots=True)
class PartLine:
    """A part of the platform: whether it is well, and what to do where it is not.

    ``warns`` is where it works, and something is to be looked at all the same.
    """

    name: Text
    ok: bool
    says: Text
    warns: bool = False


@dataclass(frozen=True, slots=True)
class IncidentLine:
    """An open incident with the sentence that says what to do."""

    code: str | None
    text: Text
    since: datetime


@dataclass(frozen=True, slots=True)
class WaitingGate:
    """An open gate, or one that is decided while its run has not gone on."""

    code: str
    title: str
    key: str
    name: Text
    opened_at: datetime
    due_at: datetime | None
    overdue: bool
    flow_run: str | None


class Operations(NamedTuple):
    """The operator's page."""

    parts: tuple[PartLine, ...]
    incidents: Listed[IncidentLine]
    stuck: Listed[WaitingGate]
    waiting: Listed[WaitingGate]
    held: tuple[str, ...]
    at: datetime
    jobs: tuple[JobLine, ...]

    @property
    def next(self) -> str | None:
        """Return what asks for the next page of the waiting gates."""
        return self.waiting.next


def read_operations(
    session: Session, *, web: tuple[PartLine, ...] = (), after: str = ""
) -> Operations:
    """Return how everything is doing now, with the page of waiting gates that ``after`` asks for.

    ``web`` is what the web knows of itself. Raises BadInput as ``list_page``.
    """
    at = now(session)
    return Operations(
        (*_database(session), *_prefect(), *web),
        _incidents(session),
        _gates(
            session,
            at,
            col(Gate.outcome).is_not(None),
            col(Gate.passed_at).is_(None),
            col(Gate.decided_at) < at - _STUCK,
        ),
        _gates(session, at, col(Gate.outcome).is_(None), after=after),
        _held(session),
        at,
        tuple(list_jobs(session)),
    )


def _held(session: Session) -> tuple[str, ...]:
    rows = session.exec(select(ProcessRun.process_id).where(col(ProcessRun.held).is_(True))).all()
    return tuple(sorted(subject.code for subject in subjects_of(session, rows).values()))


def _day(at: datetime) -> str:
    return f"{at.astimezone(BEIJING):%Y-%m-%d}"


def _database(session: Session) -> tuple[PartLine, ...]:
    unsealed = session.exec(
        select(func.count()).select_from(AuditEntry).where(col(AuditEntry.position).is_(None))
    ).one()
    began = session.exec(select(func.pg_postmaster_start_time())).one()
    return (
        PartLine(
            Text("PostgreSQL", "PostgreSQL"),
            True,
            Text(f"自 {_day(began)} 起运行", f"up since {_day(began)}"),
        ),
        PartLine(
            Text("审计链", "Audit chain"),
            unsealed < 1000,
            Text(
                f"{unsealed} 条待封存", many(unsealed, "entry to be sealed", "entries to be sealed")
            ),
        ),
        _post(session),
    )


def _post(session: Session) -> PartLine:
    """Return how the post is doing; letters that cannot go out are a warning."""
    post = read_post(session)
    zh = f"{post.waiting} 条待发" + (f"，最早 {_day(post.oldest)}" if post.oldest else "")
    en = f"{post.waiting} to be sent" + (
        f", the oldest of {_day(post.oldest)}" if post.oldest else ""
    )
    unset = not settings().mail_url
    if unset:
        zh += "；没有配置 JIEBANG_MAIL_URL，信件发不出去，满一周不再发送"
        en += "; JIEBANG_MAIL_URL is not set, so no letter goes out, and after a week none will"
    if post.dead:
        zh += f"；{post.dead} 个邮箱收不到信"
        en += f"; addresses that take no mail: {post.dead}"
    return PartLine(Text("待发通知", "Messages"), True, Text(zh, en), warns=unset or post.dead > 0)


def _prefect() -> tuple[PartLine, ...]:
    """Ask the Prefect server, reading only, how it and its workers are."""
    server, worker = Text("Prefect 服务", "Prefect server"), Text("执行进程", "Warm worker")
    url = os.environ.get("PREFECT_API_URL", "")
    if not url:
        unknown = Text("网页没有配置 PREFECT_API_URL", "the web was not told PREFECT_API_URL")
        return (PartLine(server, False, unknown),)
    try:
        password = os.environ.get("PREFECT_API_AUTH_STRING", "")
        auth = httpx.BasicAuth(*password.split(":", 1)) if ":" in password else None
        with httpx.Client(
            base_url=url, timeout=_PATIENCE, auth=auth, verify=authorities()
        ) as client:
            # Its /health answers also where its database is gone.
            client.post("/flow_runs/count", json={}).raise_for_status()
            answer = client.post(f"/work_pools/{settings().work_pool}/workers/filter", json={})
            pool_workers = answer.raise_for_status().json()
    except httpx.HTTPError:
        away = Text(
            "没有响应；决定照常记录，恢复后自动继续",
            "does not answer; decisions are recorded and go on when it is back",
        )
        return (PartLine(server, False, away),)
    online = sum(pool_worker["status"] == "ONLINE" for pool_worker in pool_workers)
    return (
        PartLine(server, True, Text("正常", "well")),
        PartLine(
            worker,
            online > 0,
            Text(f"{online} 个在线", f"{online} online")
            if online
            else Text("没有在线的执行进程，请启动", "none is online; start one"),
        ),
    )


def _incidents(session: Session) -> Listed[IncidentLine]:
    query = (
        select(Incident)
        .where(col(Incident.closed_at).is_(None))
        .order_by(col(Incident.opened_at), col(Incident.id))
    )
    rows: Listed[Incident] = list_page(session, query)
    subjects = subjects_of(session, {row.process_id for row in rows if row.process_id})

    def line(incident: Incident) -> IncidentLine:
        code = subjects[incident.process_id].code if incident.process_id else None
        return IncidentLine(code, Text(incident.zh, incident.en), incident.opened_at)

    return rows.each(line)


def _gates(session: Session, at: datetime, *which: object, after: str = "") -> Listed[WaitingGate]:
    query = (
        select(Gate, ProcessRun.flow_run_id)
        .join(ProcessRun, col(ProcessRun.process_id) == Gate.process_id, isouter=True)
        .where(*which)  # type: ignore[arg-type]
        .order_by(col(Gate.opened_at), col(Gate.id))
    )
    rows: Listed[tuple[Gate, UUID | None]] = list_page(session, query, after=after)
    subjects = subjects_of(session, {gate.process_id for gate, _ in rows})

    def line(row: tuple[Gate, UUID | None]) -> WaitingGate:
        gate, run = row
        return WaitingGate(
            subjects[gate.process_id].code,
            subjects[gate.process_id].title,
            gate_key(gate.stage, gate.kind, gate.round),
            kit_at(gate).rule.title,
            gate.opened_at,
            gate.due_at,
            overdue(gate.kind, gate.due_at, gate.decided_at, at),
            str(run) if run else None,
        )

    return rows.each(line)
