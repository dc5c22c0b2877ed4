"""The key pairs of organisations and openers: set under a passphrase, unlocked by it alone.

The passphrase is nowhere; an owner without it makes a new pair. Content sealed for the old one is
then lost to them: an organisation's bids are still opened with the others, and an opener's
share is made up for by the escrow share.
"""

from uuid import UUID

from sqlmodel import Session, col, select

from domain.errors import BadInput, ProofNeeded
from domain.identity.passwords import BY_PLACE, check_password
from domain.identity.permissions import Act
from domain.text import Text
from models import Credential, SealKey
from services.clock import is_demo, now, real_now
from services.events.platform import SealKeySet
from services.events.record import record
from services.identity.actors import Actor, authorise, organisation
from services.identity.secrets import password_holds
from services.identity.tries import TryCount, forget_tries, refuse, waits
from services.seal.sealing import COST, DEMO_COST, LockedKey, SealBroken, lock, new_pair, unlock

# In a demo district everybody's is the same; the pages that ask for it say so.
DEMO_PASSPHRASE = "open-calls-seal"
_WRONG = Text("口令不正确。", "The passphrase is wrong.")
_NAME = Text("口令", "passphrase")


def public_keys(session: Session, owners: list[UUID]) -> dict[UUID, bytes]:
    """Return the public keys by owner; owners without one are left out."""
    rows = session.exec(select(SealKey).where(col(SealKey.owner).in_(owners)))
    return {row.owner: row.public for row in rows}


def has_key(session: Session, owner: UUID) -> bool:
    """Tell whether somebody has set a passphrase."""
    return session.get(SealKey, owner) is not None


def set_own_key(session: Session, *, actor: Actor, passphrase: str) -> None:
    """Make the actor's pair as an opener, or a new one in place of a lost one.

    Raises BadInput for a weak passphrase or the actor's password, ProofNeeded to replace without proof.
    """
    _make(session, actor.person_id, actor=actor, passphrase=passphrase)


def set_organisation_key(
    session: Session, *, actor: Actor, organisation_id: UUID, passphrase: str
) -> None:
    """Make an organisation's pair, or a new one in place of a lost one, as ``set_own_key``."""
    authorise(session, actor, Act.BID, organisation(organisation_id))
    _make(session, organisation_id, actor=actor, passphrase=passphrase)


def _make(session: Session, owner: UUID, *, actor: Actor, passphrase: str) -> None:
    if has_key(session, owner) and not actor.proved:
        raise ProofNeeded
    check_password(passphrase, login=actor.login, name=_NAME)
    credential = session.get(Credential, actor.person_id)
    if credential and password_holds(credential.password, passphrase):
        raise BadInput(
            zh="口令不能与登录密码相同：知道密码的人就能打开密封。",
            en="It can't be your password: a person who knows that could then open sealed bids.",
        )
    private, _ = new_pair()
    keep_key(session, owner, private, passphrase)
    record(session, SealKeySet(), about=str(owner), by=actor.login, at=now(session))
    session.flush()


def keep_key(session: Session, owner: UUID, private: bytes, passphrase: str) -> None:
    """Keep a pair under a passphrase, in place of an earlier one."""
    made = lock(private, passphrase, cost=DEMO_COST if is_demo(session) else COST)
    session.merge(SealKey(owner=owner, set_at=real_now(session), **made._asdict()))
    session.flush()


def unlock_key(
    session: Session, owner: UUID, passphrase: str, *, by: UUID | None = None
) -> bytes | Text:
    """Return the private key of ``owner``, or the sentence that says why not.

    ``by`` is who tries, where that is not the owner: a colleague's mistakes are their own.
    Nothing is raised for a wrong passphrase: it has to be counted in this transaction.
    """
    # No login can be this: a form takes no such character.
    counted = (TryCount(f"\0seal:{owner}", str(by or owner), BY_PLACE),)
    if waiting := waits(session, counted):
        return waiting
    seal_key = session.get(SealKey, owner)
    if seal_key is None:
        return Text("还没有设置口令。", "No passphrase has been set.")
    try:
        private = unlock(
            LockedKey(seal_key.public, seal_key.salt, seal_key.cost, seal_key.sealed), passphrase
        )
    except SealBroken:
        return refuse(session, counted, _WRONG, door="seal")
    forget_tries(session, counted[0].about, place=counted[0].place)
    return private
