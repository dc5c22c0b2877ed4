"""The way into Prefect's UI: for operators, and for approvers with a code to decide there."""

import base64
import os
from typing import Final
from urllib.parse import quote
from uuid import UUID

from sqlmodel import Session, col, select

from domain.errors import NotPermitted, StackUnavailable
from domain.identity.permissions import Act
from domain.text import Text
from models import ApprovalCode
from models.settings import prefect_ui_url
from services.clock import now, real_now
from services.events.record import record
from services.execution.events import PrefectEntered
from services.identity.actors import DISTRICT, Actor, grants_of, may

_DOOR: Final = "/enter"


def door_link(path: str = "/") -> str:
    """Return the link that opens Prefect's UI at ``path``, signed in.

    The password is in its fragment, which browsers send to no server.
    """
    password = os.environ.get("PREFECT_API_AUTH_STRING", "")
    if not password:
        return f"{prefect_ui_url()}{path}"
    encoded = base64.b64encode(password.encode()).decode()
    return f"{prefect_ui_url()}{_DOOR}#{quote(f'{encoded}|{path}', safe='')}"


def enter_prefect(session: Session, *, actor: Actor, run: UUID | None = None) -> str:
    """Return the link into Prefect's UI, to one run or to all, and record who went in.

    Raises NotPermitted for people who neither operate the platform nor hold a valid approval code,
    StackUnavailable where this process was not told of a Prefect server.
    """
    if not (_operates(session, actor) or _holds_code(session, actor)):
        raise NotPermitted(
            zh="Prefect 界面供运行人员使用；要在那里决定，请先在环节页面取一次性审批码。",
            en="the Prefect UI is for operators; to decide there, get a one-time code at the gate first.",
        )
    if not prefect_ui_url():
        raise StackUnavailable(
            part="Prefect", why=Text("没有设置 PREFECT_API_URL", "PREFECT_API_URL is not set")
        )
    record(session, PrefectEntered(), about=str(run or "runs"), by=actor.login, at=now(session))
    session.flush()
    return door_link(f"/runs/flow-run/{run}" if run else "/")


def _operates(session: Session, actor: Actor) -> bool:
    return may(grants_of(session, actor.person_id), Act.OPERATE, DISTRICT) is not None


def _holds_code(session: Session, actor: Actor) -> bool:
    valid = select(ApprovalCode.id).where(
        ApprovalCode.person_id == actor.person_id,
        col(ApprovalCode.used_at).is_(None),
        col(ApprovalCode.expires_at) > real_now(session),
    )
    return session.exec(valid.limit(1)).first() is not None
