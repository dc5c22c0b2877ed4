"""A call's key: made when it is published, in shares of which the openers' together open its bids.

The private key is nowhere. Each share is wrapped for one opener, whose own key lies under their
passphrase; one more is wrapped for the district's escrow key, which is kept offline.
"""

from uuid import UUID

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from domain.errors import NotPermitted
from domain.identity.permissions import PERMITS, Act
from domain.identity.roles import Scope
from models import Call, CallKey, CallShare, EscrowKey, Person, Project, RoleGrant, SealKey
from services.district.rounds import settings_of
from services.identity.actors import place_of
from services.seal.sealing import SealBroken, split_key, unwrap, wrap


def opener_keys(session: Session, project: Project) -> dict[UUID, bytes]:
    """Return the public keys of those who may open a project's bids and have set a passphrase."""
    codes = place_of(project)
    roles = [
        and_(
            col(RoleGrant.role) == role,
            or_(
                col(RoleGrant.scope) == Scope.DISTRICT,
                and_(col(RoleGrant.scope) == scope, col(RoleGrant.code) == codes[scope]),
            ),
        )
        for role, scope in PERMITS[Act.OPEN_BIDS]
    ]
    rows = session.exec(
        select(SealKey)
        .join(Person, col(Person.id) == SealKey.owner)
        .join(RoleGrant, col(RoleGrant.person_id) == Person.id)
        .where(or_(*roles), col(Person.erased_at).is_(None))
        .order_by(col(Person.login))
    )
    return {row.owner: row.public for row in rows}


def make_call_key(session: Session, project: Project, call: Call) -> None:
    """Make the key of a call that is published now, with a share for each opener and the escrow.

    The data check of the stage has found enough openers; raises NotPermitted where one has left
    since.
    """
    threshold = settings_of(session, project).openers
    openers = opener_keys(session, project)
    if len(openers) < threshold:
        raise NotPermitted(
            zh=f"设置了开标口令的开标人不足 {threshold} 人。",
            en=f"fewer than {threshold} openers have set their passphrase.",
        )
    escrow = session.get(EscrowKey, 1)
    holders: list[tuple[UUID | None, bytes]] = list(openers.items())
    if escrow:
        holders.append((None, escrow.public))
    public, shares = split_key(threshold, len(holders))
    assert call.published_at is not None
    session.add(
        CallKey(call_id=call.id, public=public, threshold=threshold, made_at=call.published_at)
    )
    for (holder, key), (number, share) in zip(holders, shares, strict=True):
        wrapped = wrap(key, share, about_share(call.id, number))
        session.add(CallShare(call_id=call.id, number=number, holder=holder, wrapped=wrapped))
    session.flush()


def about_share(call_id: UUID, number: int) -> str:
    """Return what a wrapped share says it is about."""
    return f"share:{call_id}:{number}"


def holds_share(session: Session, call: Call, person_id: UUID) -> bool:
    """Tell whether somebody got a share when the call was published."""
    own_shares = select(CallShare.id).where(
        CallShare.call_id == call.id, CallShare.holder == person_id
    )
    return session.exec(own_shares).first() is not None


def share_of(session: Session, call: Call, holder: UUID | None) -> CallShare:
    """Return somebody's share, or the escrow share; raise NotPermitted without one."""
    call_share = session.exec(
        select(CallShare).where(
            CallShare.call_id == call.id,
            CallShare.holder == holder if holder else col(CallShare.holder).is_(None),
        )
    ).one_or_none()
    if call_share is None and holder is None:
        raise NotPermitted(
            zh="这个榜单发布时区里还没有托管密钥，没有托管份额。",
            en="the district kept no escrow key when the call was published.",
        )
    if call_share is None:
        raise NotPermitted(
            zh="榜单发布时您还没有设置开标口令，没有这次开标的份额。",
            en="you had set no passphrase when the call was published, so you hold no share of it.",
        )
    return call_share


def reveal_share(share: CallShare, private: bytes) -> bytes:
    """Return a share in the clear; raise NotPermitted where it was wrapped for an earlier key."""
    try:
        return unwrap(private, share.wrapped, about_share(share.call_id, share.number))
    except SealBroken:
        raise NotPermitted(
            zh="您在榜单发布后更换过口令，原份额已不能打开，请由另一位开标人或托管份额代替。",
            en="you have changed your key since the call was published; another opener or the escrow"
            " share takes the place of yours.",
        ) from None
