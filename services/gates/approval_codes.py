"""One-time codes by which a person decides in the Prefect UI.

80 random bits, stored hashed, valid for minutes, used once, bound to person, gate (and with it
the round), dossier version and decision.
"""

import base64
import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from sqlmodel import Field, Session, select

from domain.errors import CodeRefused, GateClosed, JiebangError
from domain.gates import OUTCOME_NAMES, Verb, gate_key
from domain.text import Text
from models import ApprovalCode, Decision, Gate, Person
from models.settings import settings
from models.shapes import Command
from services.clock import now, real_now
from services.events.record import record
from services.gates.decide_gate import OPTION, decide_gate
from services.gates.events import DecisionRefused
from services.gates.subjects import lock_subject
from services.identity.actors import Actor

_BYTES = 10
UI_FAILURES_ALLOWED = 5


class ApprovalCodeCreate(Command):
    """For which decision a one-time code is wanted."""

    verb: Verb
    option: str | None = Field(default=None, schema_extra={"pattern": OPTION})


def _digest(code: str) -> str:
    return hashlib.sha256(code.replace("-", "").strip().upper().encode()).hexdigest()


def issue_code(
    session: Session, *, gate_id: UUID, actor: Actor, verb: Verb, option: str | None = None
) -> tuple[str, ApprovalCode]:
    """Return a new code for this person, gate and decision, and its row.

    Raises GateClosed when the gate is decided. Whether the person may decide is asked again when
    the code is used, as the policy may change in between.
    """
    gate = session.get_one(Gate, gate_id)
    if gate.outcome is not None:
        name = OUTCOME_NAMES[gate.outcome]
        raise GateClosed(zh=name.zh, en=name.en)
    plain = base64.b32encode(secrets.token_bytes(_BYTES)).decode()
    issued = real_now(session)
    row = ApprovalCode(
        person_id=actor.person_id,
        gate_id=gate.id,
        digest=_digest(plain),
        verb=verb,
        option=option,
        dossier_version=gate.dossier_version,
        issued_at=issued,
        expires_at=issued + timedelta(minutes=settings().code_minutes),
    )
    session.add(row)
    session.flush()
    return "-".join(plain[start : start + 4] for start in range(0, 16, 4)), row


def _refusal(
    session: Session, row: ApprovalCode | None, gate: Gate, verb: str, option: str | None
) -> Text | None:
    if not verb:
        return Text("没有选择决定。", "no decision was chosen.")
    if row is None:
        return Text("没有这个审批码。", "there is no such code.")
    reasons = (
        (row.gate_id != gate.id, Text("它属于另一个环节。", "it belongs to another gate.")),
        (row.used_at is not None, Text("它已被使用。", "it has been used.")),
        (row.expires_at <= real_now(session), Text("它已过期。", "it has expired.")),
        (
            row.dossier_version != gate.dossier_version,
            Text("材料已更新，请重新取码。", "the dossier has changed; get a new code."),
        ),
        (
            (row.verb, row.option) != (verb, option),
            Text("它是为另一种决定签发的。", "it was issued for another decision."),
        ),
    )
    return next((text for wrong, text in reasons if wrong), None)


def decide_by_code(
    session: Session,
    *,
    gate_id: UUID,
    verb: str,
    option: str | None,
    comment: str,
    code: str,
    key: str,
) -> bool:
    """Decide a gate from the Prefect UI; return whether the decision was taken.

    Nothing is raised for a person's mistake: it is audited, counted, and its reason is left on
    the gate for the next dialog. ``key`` makes the same response again the same as once, whether
    it was taken or refused.
    """
    gate = session.get_one(Gate, gate_id)
    subject = lock_subject(session, gate.process_id)
    session.refresh(gate)
    if session.exec(select(Decision.id).where(Decision.key == key)).first():
        return True
    if gate.ui_key == key:
        return False
    gate.ui_key = key
    if gate.ui_failures >= UI_FAILURES_ALLOWED:
        gate.ui_notice = "locked"
        return False
    row = session.exec(
        select(ApprovalCode).where(ApprovalCode.digest == _digest(code)).with_for_update()
    ).one_or_none()
    try:
        if text := _refusal(session, row, gate, verb, option):
            raise CodeRefused(zh=text.zh, en=text.en)
        assert row is not None
        person = session.get_one(Person, row.person_id)
        decide_gate(
            session,
            gate_id=gate.id,
            actor=Actor(person.id, person.login, "prefect-ui"),
            verb=Verb(verb),
            option=option,
            comment=comment,
            dossier_version=row.dossier_version,
            key=key,
            at=now(session),
        )
    except JiebangError as error:
        gate.ui_failures += 1
        gate.ui_notice = f"{error.say('zh')} {error.say('en')}"
        record(
            session,
            DecisionRefused(gate=gate_key(gate.stage, gate.kind, gate.round), why=error.code),
            about=subject.code,
            by="prefect-ui",
            at=now(session),
        )
        session.flush()
        return False
    row.used_at = real_now(session)
    gate.ui_notice = None
    session.flush()
    return True
