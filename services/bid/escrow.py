"""The escrow share: it takes a lost share's place when two administrators say so, one after the other.

Its private key is made once, printed and kept offline; the database has the public half only.
"""

import binascii
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Field, Session, col, func, select

from domain.errors import BadInput, NotFound, NotPermitted
from domain.gates import GateKind
from domain.lifecycle import Stage, Status
from domain.text import Text
from models import EscrowKey, EscrowRequest, Gate, OpeningPresence, Person, Project
from models.shapes import Command, Reason
from services.bid.events import EscrowAsked, EscrowMade, EscrowUsed
from services.bid.interests import interested_people
from services.bid.openings import attend
from services.clock import now, real_now
from services.district.rounds import settings_of
from services.events.record import record
from services.identity.actors import Actor, require_administrator
from services.projects.forming import project_coded
from services.projects.moves import lock_project
from services.publish.call_keys import reveal_share, share_of
from services.publish.present_call import current_call
from services.seal.sealing import new_pair

_BYTES = 32


@dataclass(frozen=True, slots=True)
class OpeningWaiting:
    """An opening that waits: how many shares are there and wanted, and who asked for the escrow."""

    code: str
    title: str
    present: int
    wanted: int
    asked_by: str | None
    asked_at: datetime | None
    reason: str | None
    mine: bool


def has_escrow(session: Session) -> bool:
    """Tell whether the district keeps an escrow key."""
    return session.get(EscrowKey, 1) is not None


def make_escrow_key(session: Session, *, actor: str, replaces: bool = False) -> str:
    """Return a new private escrow key, 64 hexadecimal digits in groups; it is shown only now.

    Calls published from now on have an escrow share for it; earlier ones keep that of the key
    before. Raises BadInput where there is one that is not to be replaced.
    """
    if has_escrow(session) and not replaces:
        raise BadInput(
            zh="托管密钥已经生成过，请使用离线保管的那一份；遗失或泄露时用 --replace 更换。",
            en="The escrow key was made before; use the one kept offline, or --replace a lost one.",
        )
    private, public = new_pair()
    session.merge(EscrowKey(id=1, public=public, made_at=real_now(session)))
    record(session, EscrowMade(), about="escrow", by=actor, at=now(session))
    session.flush()
    digits = private.hex()
    return "-".join(digits[start : start + 8] for start in range(0, len(digits), 8))


def waiting_openings(session: Session, *, actor: Actor) -> tuple[OpeningWaiting, ...]:
    """Return the openings that wait for somebody's share."""
    require_administrator(session, actor)
    rows = session.exec(
        select(Project, EscrowRequest, Person.name)
        .join(Gate, col(Gate.process_id) == Project.id)
        .join(
            EscrowRequest,
            (col(EscrowRequest.project_id) == Project.id)
            & (col(EscrowRequest.round) == Project.stage_round),
            isouter=True,
        )
        .join(Person, col(Person.id) == EscrowRequest.asked_by, isouter=True)
        .where(
            Project.status == Status.BIDDING,
            Gate.stage == Stage.BID,
            Gate.kind == GateKind.EVENT,
            col(Gate.outcome).is_(None),
        )
        .order_by(col(Project.code))
    ).all()
    return tuple(
        OpeningWaiting(
            project.code,
            project.title,
            _present(session, project),
            settings_of(session, project).openers,
            name,
            asked.asked_at if asked else None,
            asked.reason if asked else None,
            bool(asked and asked.asked_by == actor.person_id),
        )
        for project, asked, name in rows
    )


def _present(session: Session, project: Project) -> int:
    return session.exec(
        select(func.count())
        .select_from(OpeningPresence)
        .where(
            OpeningPresence.project_id == project.id,
            OpeningPresence.round == project.stage_round,
        )
    ).one()


def ask_escrow(session: Session, *, actor: Actor, code: str, request: Reason) -> None:
    """Ask that the escrow share take the place of a lost share; a second administrator confirms it."""
    require_administrator(session, actor, proved=True)
    project = _waiting(session, code)
    _require_no_interest(session, project, actor)
    key = (project.id, project.stage_round)
    if session.get(EscrowRequest, key) is None:
        session.add(
            EscrowRequest(
                project_id=key[0],
                round=key[1],
                asked_by=actor.person_id,
                reason=request.reason,
                asked_at=now(session),
            )
        )
        record(session, EscrowAsked(), about=code, by=actor.login, at=now(session))
        session.flush()


class EscrowConfirm(Command):
    """The escrow key, 64 hexadecimal digits."""

    key: str = Field(max_length=100)


def confirm_escrow(session: Session, *, actor: Actor, code: str, sent: EscrowConfirm) -> None:
    """Use the escrow share with the offline key, in place of the share that is lost.

    Raises NotPermitted for the person who asked for it, BadInput for a key that is not the
    right one.
    """
    require_administrator(session, actor, proved=True)
    project = _waiting(session, code)
    _require_no_interest(session, project, actor)
    asked = session.get(EscrowRequest, (project.id, project.stage_round))
    if asked is None:
        raise NotFound(what=Text("托管申请", "request"), key=code)
    if asked.asked_by == actor.person_id:
        raise NotPermitted(
            zh="申请人不能自己确认，须由另一位区管理员确认。",
            en="who asked does not confirm; another administrator does.",
        )
    call = current_call(session, project)
    assert call is not None
    share = share_of(session, call, None)
    try:
        plain = reveal_share(share, _read(sent.key))
    except NotPermitted:
        raise BadInput(
            zh="这不是托管密钥，请核对离线保管的那一份。",
            en="This is not the escrow key; look at the one that is kept offline.",
        ) from None
    attend(session, project, call, actor, share, plain)
    record(session, EscrowUsed(), about=code, by=actor.login, at=now(session))
    session.flush()


def _read(key: str) -> bytes:
    try:
        private = bytes.fromhex(key.replace("-", "").replace(" ", "").strip())
    except (ValueError, binascii.Error):
        private = b""
    if len(private) != _BYTES:
        raise BadInput(
            zh="托管密钥是 64 位十六进制数字。", en="The escrow key has 64 hexadecimal digits."
        )
    return private


def _require_no_interest(session: Session, project: Project, actor: Actor) -> None:
    if actor.person_id in interested_people(session, project):
        raise NotPermitted(
            zh="您有利害关系，不能开标。", en="you have an interest and may not open."
        )


def _waiting(session: Session, code: str) -> Project:
    project = lock_project(session, project_coded(session, code).id)
    gate = session.exec(
        select(Gate.id).where(
            Gate.process_id == project.id,
            Gate.stage == Stage.BID,
            Gate.kind == GateKind.EVENT,
            col(Gate.outcome).is_(None),
        )
    ).first()
    if project.status is not Status.BIDDING or gate is None:
        raise NotPermitted(zh="这个项目现在不在开标。", en="this project is not being opened now.")
    return project
