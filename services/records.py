"""What every use case leaves behind: an audit entry, and messages to those concerned."""

import json
import secrets
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import func, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, SQLModel, select

from domain.canonical import canonical, digest
from domain.errors import NotFound
from domain.gates import GateKind
from domain.lifecycle import STAGE_OF, Action, advance
from domain.text import Text
from models import AuditEntry, Gate, OutboxMessage, Project, StatusChange

Row = TypeVar("Row", bound=SQLModel)


def audit(
    session: Session, *, actor: str, action: str, subject: str, at: datetime, **facts: object
) -> AuditEntry:
    """Append an audit entry to this transaction; ``facts`` hold codes and numbers, no names.

    The sealer chains it after the commit.
    """
    held = json_ready(facts)
    entry = AuditEntry(
        happened_at=at,
        actor=actor,
        action=action,
        subject=subject,
        facts=held,
        digest="",
        salt=secrets.token_hex(16),
    )
    entry.digest = entry_digest(entry)
    session.add(entry)
    return entry


def entry_digest(entry: AuditEntry) -> str:
    """Return the digest of what an entry says; the oldest have no salt in it."""
    said = [entry.happened_at, entry.actor, entry.action, entry.subject, entry.facts]
    return digest([*said, entry.salt] if entry.salt else said)


def json_ready(value: dict[str, object]) -> dict[str, object]:
    """Return ``value`` as JSON holds it, so that what is stored equals what was digested."""
    loaded: dict[str, object] = json.loads(canonical(value))
    return loaded


def tell(
    session: Session, *, key: str, topic: str, audience: str, at: datetime, **facts: object
) -> None:
    """Put a message into the outbox, once for each ``key``."""
    session.execute(
        insert(OutboxMessage)
        .values(
            id=text("gen_random_uuid()"),
            key=key,
            topic=topic,
            audience=audience,
            facts=json_ready(facts),
            created_at=at,
        )
        .on_conflict_do_nothing(index_elements=["key"])
    )


def one_or_new(session: Session, table: type[Row], **key: object) -> Row:
    """Return the row that ``key`` names, or a new one: said again, a thing replaces what was said."""
    found = session.exec(select(table).filter_by(**key)).one_or_none()
    row = found or table(**key)
    session.add(row)
    return row


def newest(session: Session, table: type[Row], project: Project) -> Row | None:
    """Return the project's row of the newest round, or version where a table has versions."""
    columns = table.__table__.columns  # type: ignore[attr-defined]
    order = columns["version" if "version" in columns else "round"]
    return session.exec(
        select(table).where(columns["project_id"] == project.id).order_by(order.desc()).limit(1)
    ).first()


def lock_project(session: Session, project_id: UUID) -> Project:
    """Return the project, locked until the transaction ends."""
    project = session.get(Project, project_id, with_for_update=True, populate_existing=True)
    if project is None:
        raise NotFound(what=Text("项目", "project"), key=str(project_id))
    return project


def move(
    session: Session,
    project: Project,
    action: Action,
    *,
    actor: str,
    at: datetime,
    reason: str | None = None,
) -> None:
    """Move a project by the lifecycle table and record the move, with a reason where one is due.

    What follows begins its first round, or the next one where the stage was entered before.
    """
    before, after = project.status, advance(project.status, action)
    project.status, project.stage_round = after, 1
    if stage := STAGE_OF.get(after):
        last = select(func.coalesce(func.max(Gate.round), 0)).where(
            Gate.process_id == project.id, Gate.stage == stage, Gate.kind != GateKind.REPAIR
        )
        project.stage_round = session.exec(last).one() + 1
    session.add(
        StatusChange(
            project_id=project.id,
            before=before,
            action=action,
            after=after,
            reason=reason,
            changed_at=at,
        )
    )
    audit(
        session,
        actor=actor,
        action=f"project.{action}",
        subject=project.code,
        at=at,
        before=before,
        after=after,
    )
    session.flush()
