"""Erase a person on their request: nothing names them any more, and the audit chain stays whole.

Their decisions stay, by somebody who is no longer named. Their login is taken out of the audit
entries, whose digests remain; the entry that records the erasure commits to what each of them says
from then on, so that no entry can be changed under the pretext of an erasure.
"""

from collections.abc import Callable
from typing import Final, NamedTuple
from uuid import uuid4

from sqlalchemy import String, cast, delete, or_
from sqlmodel import Session, col, select

from domain.errors import BadInput, NotFound, NotPermitted
from domain.lifecycle import TERMINAL, Status
from domain.text import Text
from models import (
    AccessToken,
    ApprovalCode,
    AuditEntry,
    Claim,
    Contact,
    Credential,
    Delegation,
    Draft,
    IdempotencyRecord,
    Identity,
    Invitation,
    KnownDevice,
    Need,
    PanelMember,
    Person,
    Project,
    ProjectNeed,
    RoleGrant,
    SealKey,
    SsoAttempt,
    Subscription,
    WebSession,
)
from services.clock import now, real_now
from services.events.record import entry_digest, record
from services.identity.events import NeedErased, PersonErased
from services.identity.people import person_named, require_another_administrator
from services.identity.secrets import token_digest
from services.identity.tries import forget_tries, refused_name

NAME: Final = "（已注销）"
GONE: Final = "（应本人要求删除）"
_OWN: Final = (
    WebSession,
    AccessToken,
    Invitation,
    Identity,
    SsoAttempt,
    Credential,
    Contact,
    Claim,
    ApprovalCode,
    KnownDevice,
    RoleGrant,
)


# What forgets a person elsewhere: it is given the person, who asks, and what stands for a text.
Forget = Callable[[Session, Person, str, str], None]
_elsewhere: tuple[Forget, ...] = ()


def install_forgetting(*elsewhere: Forget) -> None:
    """Let these forget a person as well, in the place of any before."""
    global _elsewhere
    _elsewhere = elsewhere


def erase_person(session: Session, *, login: str, actor: str, again: bool = False) -> str:
    """Erase a person and return what stands in place of their login.

    ``again`` is after a restore: every obstacle was over when it was first done. Raises NotFound,
    or, without ``again``, BadInput while they sit on a panel that still scores or are the last
    administrator.
    """
    person = person_named(session, login, lock=True)
    if not again:
        _require_dispensable(session, person)
    pseudonym = f"erased-{person.id.hex[:12]}"
    # Refused sign-ins are logged under the beginning of the login's digest, which could be guessed.
    # Today's begin with its digest under a key, which nobody can try.
    known = (login, token_digest(login)[:12], refused_name(login))
    entries = session.exec(
        select(AuditEntry)
        .where(or_(col(AuditEntry.actor).in_(known), col(AuditEntry.subject).in_(known)))
        .with_for_update()
    ).all()
    for entry in entries:
        entry.actor = pseudonym if entry.actor in known else entry.actor
        entry.subject = pseudonym if entry.subject in known else entry.subject
        # Without the salt nobody finds by trying whose login it was.
        entry.salt = None
    erased = record(
        session,
        PersonErased(entries={str(entry.id): entry_digest(entry) for entry in entries}),
        about=pseudonym,
        by=actor,
        at=now(session),
    )
    session.flush()
    for audit_entry in entries:
        audit_entry.erased_by = erased.id
    _forget(session, person)
    for forget in _elsewhere:
        forget(session, person, actor, GONE)
    person.login, person.name, person.organisation_id = pseudonym, NAME, None
    person.erased_at = real_now(session)
    session.flush()
    return pseudonym


def _require_dispensable(session: Session, person: Person) -> None:
    panel = session.exec(
        select(Project.code)
        .join(PanelMember, col(PanelMember.project_id) == Project.id)
        .where(
            PanelMember.person_id == person.id,
            Project.status == Status.AWARDING,
            col(PanelMember.recused_at).is_(None),
        )
    ).first()
    if panel:
        raise BadInput(
            zh=f"此人是项目 {panel} 评审组成员，评审结束后才能注销。",
            en=f"They sit on the panel of {panel}; erase them once it has scored.",
        )
    require_another_administrator(session, person)


def _forget(session: Session, person: Person) -> None:
    if contact := session.get(Contact, person.id):
        address = contact.email.lower()
        session.execute(delete(Subscription).where(col(Subscription.email) == address))
    for table in _OWN:
        session.execute(delete(table).where(col(table.person_id) == person.id))
    session.execute(
        delete(Delegation).where(
            or_(col(Delegation.from_id) == person.id, col(Delegation.to_id) == person.id)
        )
    )
    at_gates = col(Draft.key).startswith("gate:") & col(Draft.key).endswith(f":{person.id}")
    own = at_gates | col(Draft.key).startswith(f"form:{person.id}:")
    session.execute(delete(Draft).where(own))
    # Their own, and those that told somebody else of them.
    told = cast(col(IdempotencyRecord.body), String).contains(f'"{person.login}"', autoescape=True)
    session.execute(
        delete(IdempotencyRecord).where((col(IdempotencyRecord.owner) == str(person.id)) | told)
    )
    session.execute(delete(SealKey).where(col(SealKey.owner) == person.id))
    forget_tries(session, person.login)


def erase_need(session: Session, *, code: str, actor: str, again: bool = False) -> None:
    """Take the words of a need out of the register; its number and what became of it stay.

    ``again`` is after a restore, as for people. Raises NotFound, or NotPermitted while a project that answers it goes on.
    """
    need = session.exec(select(Need).where(Need.code == code).with_for_update()).one_or_none()
    if need is None:
        raise NotFound(what=Text("需求", "need"), key=code)
    if not again and _in_running_project(session, need):
        raise NotPermitted(
            zh="这条需求所在的项目还在进行。", en="the project that answers this need goes on."
        )
    need.title = need.description = GONE
    need.place_text = ""
    # The same words reported again are a need of their own, and nothing tells that they are the same.
    need.fingerprint = uuid4().hex
    names_it = cast(col(IdempotencyRecord.body), String).contains(code)
    session.execute(delete(IdempotencyRecord).where(names_it))
    record(session, NeedErased(), about=code, by=actor, at=now(session))
    session.flush()


def _in_running_project(session: Session, need: Need) -> bool:
    return (
        session.exec(
            select(Project.id)
            .join(ProjectNeed, col(ProjectNeed.project_id) == Project.id)
            .where(ProjectNeed.need_id == need.id, col(Project.status).not_in(sorted(TERMINAL)))
        ).first()
        is not None
    )


class Erasure(NamedTuple):
    """An erasure that holds: its place in the chain, the pseudonym, and what it commits to."""

    position: int | None
    pseudonym: str
    entries: dict[str, str]


def entry_holds(entry: AuditEntry, erasures: dict[int, Erasure]) -> bool:
    """Tell whether an entry says what its digest, or the erasure that changed it, commits to.

    An erasure speaks for entries before it only, and only where its pseudonym stands in them.
    """
    if entry.erased_by is None:
        return entry_digest(entry) == entry.digest
    erasure = erasures.get(entry.erased_by)
    if erasure is None or erasure.pseudonym not in (entry.actor, entry.subject):
        return False
    after = erasure.position is None or (entry.position or 0) < erasure.position
    return after and erasure.entries.get(str(entry.id)) == entry_digest(entry)


def erasures_of(session: Session) -> dict[int, Erasure]:
    """Return every erasure that itself holds, by the id of its entry."""
    erasures: dict[int, Erasure] = {}
    # The newest first: who erased somebody may have been erased later.
    for audit_entry in session.exec(
        select(AuditEntry)
        .where(AuditEntry.action == PersonErased.tag)
        .order_by(col(AuditEntry.id).desc())
    ):
        if entry_holds(audit_entry, erasures):
            erasures[int(audit_entry.id or 0)] = Erasure(
                audit_entry.position, audit_entry.subject, audit_entry.facts["entries"]
            )
    return erasures
