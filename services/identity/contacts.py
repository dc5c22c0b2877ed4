"""Where people are told: one address each, theirs to change and to remove."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, Session

from domain.mail import LONGEST_ADDRESS, check_address
from models import Contact
from models.shapes import Command
from services.clock import now, real_now
from services.events.record import record
from services.identity.actors import Actor
from services.identity.events import ContactSet


class EmailUpdate(Command):
    """An address, empty for none."""

    email: str = Field(max_length=LONGEST_ADDRESS, schema_extra={"examples": ["zhou@example.com"]})


def email_of(session: Session, actor: Actor) -> str:
    """Return the actor's address, empty without one."""
    contact = session.get(Contact, actor.person_id)
    return contact.email if contact else ""


def mail_dead(session: Session, person_id: UUID) -> bool:
    """Tell whether nothing reaches a person's address."""
    contact = session.get(Contact, person_id)
    return contact is not None and contact.dead_at is not None


def mail_is_dead(session: Session, actor: Actor) -> datetime | None:
    """Return since when nothing reaches the person's address, None while letters arrive."""
    contact = session.get(Contact, actor.person_id)
    return contact.dead_at if contact else None


def set_email(session: Session, *, actor: Actor, address: EmailUpdate) -> None:
    """Keep the actor's address, or remove it where it is empty; raise BadInput."""
    email = check_address(address.email) if address.email else ""
    contact = session.get(Contact, actor.person_id, with_for_update=True)
    if contact and not email:
        session.delete(contact)
    elif email:
        contact = contact or Contact(
            person_id=actor.person_id, email=email, set_at=real_now(session)
        )
        contact.email, contact.set_at, contact.dead_at = email, real_now(session), None
        session.add(contact)
    record(session, ContactSet(), about=actor.login, by=actor.login, at=now(session))
    session.flush()
