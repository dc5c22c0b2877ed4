"""What the reminders tell, and a complaint to be reminded of."""

from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session, col, select

from models import Complaint, OutboxMessage
from models.session import unit_of_work
from services.clock import move_demo_clock
from services.conduct import complaints
from tests.builders import Walk


def told(remind: Callable[[Session], object], at: datetime) -> list[tuple[str, str]]:
    """Return what is new in the outbox when the reminders run at a time: topic and audience."""
    with unit_of_work() as session:
        before = set(session.exec(select(OutboxMessage.id)).all())
        move_demo_clock(session, to=at)
        remind(session)
        session.flush()
        rows = session.exec(
            select(OutboxMessage)
            .where(col(OutboxMessage.id).not_in(before))
            .order_by(OutboxMessage.topic, OutboxMessage.audience)
        ).all()
        return [(message.topic, message.audience) for message in rows]


def complain(walk: Walk) -> Complaint:
    with unit_of_work() as session:
        complaint = complaints.file_complaint(
            session,
            code=walk.project.code,
            complaint=complaints.ComplaintCreate(text="三次上门都没有人来。"),
        )
        return session.get_one(Complaint, complaint.id)
