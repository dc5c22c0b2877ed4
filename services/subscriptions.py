"""Follow the board by mail: asked for, confirmed from the mailbox, ended from any letter."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Field, Session, col, select

from domain.errors import NotFound
from domain.mail import LONGEST_ADDRESS, check_address
from domain.text import Text
from models import Project, Subscription
from models.settings import settings
from models.shapes import Command
from services.clock import now, real_now
from services.events import audiences
from services.events.platform import SubscriptionAsked
from services.events.record import tell

_UNCONFIRMED: Final = timedelta(days=3)
_MOST: Final = 10
_ASKED: Final = 3


class SubscriptionCreate(Command):
    """Of which new calls a mailbox is to hear; empty texts ask for all."""

    email: str = Field(max_length=LONGEST_ADDRESS, schema_extra={"examples": ["zhou@example.com"]})
    street: str = Field(default="", max_length=12)
    category: str = Field(default="", max_length=40)
    text: str = Field(default="", max_length=60)


def subscribe(session: Session, *, wanted: SubscriptionCreate) -> None:
    """Ask a mailbox whether it wants to hear of these calls; raise BadInput for no address.

    Nothing tells whether the address is known. A mailbox is asked once for each
    wish, three times in three days at most; ten wishes may hold for it.
    """
    address, at = check_address(wanted.email).lower(), real_now(session)
    session.execute(
        delete(Subscription).where(
            col(Subscription.confirmed_at).is_(None), col(Subscription.made_at) < at - _UNCONFIRMED
        )
    )
    subscriptions = session.exec(select(Subscription).where(Subscription.email == address)).all()
    same = [
        subscription
        for subscription in subscriptions
        if (subscription.street, subscription.category, subscription.text)
        == (wanted.street, wanted.category, wanted.text)
    ]
    confirmed = [subscription for subscription in subscriptions if subscription.confirmed_at]
    if same or len(confirmed) >= _MOST or len(subscriptions) - len(confirmed) >= _ASKED:
        return
    row = Subscription(email=address, made_at=at, **wanted.model_dump(exclude={"email"}))
    session.add(row)
    session.flush()
    tell(
        session,
        SubscriptionAsked(subscription=row.id),
        at=now(session),
        to=audiences.subscription(row.id),
        once=f"subscription:{row.id}",
    )


def read_subscription(session: Session, subscription_id: UUID) -> Subscription:
    """Return a subscription by what its letters say; raise NotFound once it is gone."""
    subscription = session.get(Subscription, subscription_id)
    if subscription is None:
        raise NotFound(what=Text("订阅", "subscription"), key=str(subscription_id)[:8])
    return subscription


def confirm(session: Session, subscription_id: UUID) -> None:
    """Begin to send: the link in the letter proves the mailbox."""
    subscription = read_subscription(session, subscription_id)
    subscription.confirmed_at = subscription.confirmed_at or real_now(session)
    session.flush()


def unsubscribe(session: Session, subscription_id: UUID) -> None:
    """Send no more, and forget the address."""
    session.delete(read_subscription(session, subscription_id))
    session.flush()


def way_out(subscription_id: UUID) -> Text:
    """Return the link by which a subscriber hears no more."""
    base, end = settings().public_url.rstrip("/"), f"/follow/{subscription_id}"
    return Text(f"{base}{end}", f"{base}/en{end}")


def followers(session: Session, project: Project) -> list[Subscription]:
    """Return the confirmed subscriptions that a project fits."""
    rows = session.exec(
        select(Subscription).where(
            col(Subscription.confirmed_at).is_not(None),
            col(Subscription.street).in_(("", project.street_code)),
            col(Subscription.category).in_(("", project.category)),
        )
    ).all()
    return [row for row in rows if row.text in project.title]
