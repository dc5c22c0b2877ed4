"""Decide a gate: where inbox, command line and the Prefect UI all end."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlmodel import Field, Session, select

from domain.errors import (
    BadInput,
    DossierChanged,
    GateClosed,
    NotFound,
    NotPermitted,
    OptionNotAllowed,
    ProofNeeded,
    ReasonMissing,
)
from domain.gates import (
    EXCLUSIONS,
    OPTION_NAMES,
    OUTCOME_NAMES,
    VERB_NAMES,
    GateKind,
    Policy,
    Verb,
    free_seat,
    gate_key,
)
from domain.text import Text, listed
from models import Decision, Gate
from models.failpoints import failpoint
from models.limits import LONGEST_COMMENT
from models.session import GATE_CHANNEL, notify
from models.shapes import Command
from services.events.record import record
from services.gates.events import DecisionTaken
from services.gates.kits import decisions_cast
from services.gates.policies import bind_policy
from services.gates.policy_rows import as_json, seats_for
from services.gates.process_kits import kit_at
from services.gates.settle_gate import settle_gate
from services.gates.subjects import lock_subject
from services.identity.actors import Actor, grants_of
from services.identity.delegations import absent_for

# Options are codes of the product's own; none is typed.
OPTION: Final = r"^[a-z][a-z_]{0,39}$"
LATEST_DOSSIER: Final = 1_000_000


class DecisionCreate(Command):
    """A decision on the dossier that was read."""

    verb: Verb = Field(schema_extra={"examples": [Verb.APPROVE]})
    option: str | None = Field(default=None, schema_extra={"pattern": OPTION})
    comment: str = Field(default="", max_length=LONGEST_COMMENT)
    dossier_version: int = Field(ge=1, le=LATEST_DOSSIER)


def _check_words(gate: Gate, policy: Policy, verb: Verb, option: str | None, comment: str) -> None:
    if verb not in policy.verbs:
        raise OptionNotAllowed(
            option=VERB_NAMES[verb], allowed=listed(VERB_NAMES[Verb(verb)] for verb in policy.verbs)
        )
    chooses = verb is Verb.APPROVE and policy.options
    if (chooses or option is not None) and option not in policy.options:
        raise OptionNotAllowed(
            option=OPTION_NAMES.get(option or "", Text(option or "—", option or "—")),
            allowed=listed(OPTION_NAMES[option] for option in policy.options),
        )
    if kit_at(gate).rule.needs_reason(verb) and not comment.strip():
        raise ReasonMissing
    if len(comment.strip()) > LONGEST_COMMENT:
        raise BadInput(
            zh=f"意见太长了，至多 {LONGEST_COMMENT} 个字。",
            en=f"The comment is too long: at most {LONGEST_COMMENT} characters.",
        )


def _seat(session: Session, gate: Gate, policy: Policy, actor: Actor) -> tuple[int, UUID | None]:
    if reason := policy.excluded.get(actor.person_id):
        text = EXCLUSIONS[reason]
        raise NotPermitted(zh=text.zh, en=text.en)
    admitted, away = seats_for(
        policy,
        gate.kind,
        actor.person_id,
        grants_of(session, actor.person_id),
        absent_for(session, actor.person_id),
    )
    if not admitted:
        raise NotPermitted(
            zh="这个环节由其他角色或其他地点的人决定。",
            en="other roles, or people of another place, decide this gate.",
        )
    if gate.kind is GateKind.REPAIR:
        return admitted[0], None
    cast = decisions_cast(session, gate)
    if any(decision.person == actor.person_id for decision in cast):
        raise NotPermitted(
            zh="您已经对这个环节作过决定。", en="you have already decided this gate."
        )
    seat = free_seat(policy, cast, admitted)
    if seat is None:
        raise NotPermitted(zh="您的席位已有人作出决定。", en="your seat at this gate is taken.")
    return seat, away


def decide_gate(
    session: Session,
    *,
    gate_id: UUID,
    actor: Actor,
    verb: Verb,
    option: str | None = None,
    comment: str = "",
    dossier_version: int | None = None,
    key: str | None = None,
    prepared: bool = False,
    at: datetime,
) -> Decision:
    """Append a decision and settle the gate; the same ``key`` again returns the first decision.

    ``dossier_version`` is what the person has read; None stands for the present one.
    ``prepared`` is set by the use cases that submit what a preparation gate waits for: a bare
    submission without content is refused.
    Raises NotFound, GateClosed, ProofNeeded, OptionNotAllowed, ReasonMissing, DossierChanged, NotPermitted,
    and BadInput for a comment that is too long.
    """
    gate = session.get(Gate, gate_id)
    if gate is None:
        raise NotFound(what=Text("环节", "gate"), key=str(gate_id))
    subject = lock_subject(session, gate.process_id)
    session.refresh(gate)
    seen = gate.dossier_version if dossier_version is None else dossier_version
    key = key or f"{gate.id}:{actor.person_id}:{verb}:{seen}"
    if earlier := session.exec(select(Decision).where(Decision.key == key)).one_or_none():
        return earlier
    if gate.outcome is not None:
        name = OUTCOME_NAMES[gate.outcome]
        raise GateClosed(zh=name.zh, en=name.en)
    # Interests and roles may have changed since the gate opened: the present ones count.
    kit = kit_at(gate)
    policy = bind_policy(session, subject, kit)
    gate.policy = as_json(policy)
    if kit.rule.proof and not actor.proved:
        raise ProofNeeded
    if gate.kind is GateKind.PREPARATION and not prepared:
        raise NotPermitted(
            zh="准备环节通过提交材料来结束，不能直接决定。",
            en="a preparation ends when its content is submitted; it is not decided.",
        )
    _check_words(gate, policy, verb, option, comment)
    kit.require(session, subject, verb)
    if seen != gate.dossier_version:
        raise DossierChanged(current=gate.dossier_version, seen=seen)
    seat, away = _seat(session, gate, policy, actor)
    decision = Decision(
        gate_id=gate.id,
        person_id=actor.person_id,
        for_id=away,
        verb=verb,
        option=option,
        seat=seat,
        comment=comment.strip(),
        channel=actor.channel,
        dossier_version=seen,
        key=key,
        decided_at=at,
    )
    session.add(decision)
    session.flush()
    failpoint("decide.before-audit")
    record(
        session,
        DecisionTaken(
            verb=verb,
            gate=gate_key(gate.stage, gate.kind, gate.round),
            option=option,
            channel=actor.channel,
            dossier_version=seen,
            instead=away is not None,
        ),
        about=subject.code,
        by=actor.login,
        at=at,
    )
    failpoint("decide.before-settle")
    if verb is Verb.MEND:
        gate.nudged = True
        notify(session, GATE_CHANNEL, str(gate.id))
    settle_gate(session, subject, gate, at)
    session.flush()
    failpoint("decide.before-commit")
    return decision
