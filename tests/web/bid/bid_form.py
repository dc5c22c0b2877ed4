"""The form of a bid, filled in."""

from datetime import timedelta

from sqlmodel import select

from models import (
    Call,
)
from models.session import unit_of_work
from tests.builders import Walk

PLAN = "每周五天在社区食堂供餐，行动不便者送餐上门。"


def path(walk: Walk) -> str:
    return f"/desk/calls/{walk.project.code}/bid"


def complete(walk: Walk, **changes: str) -> dict[str, str]:
    with unit_of_work() as session:
        call = session.exec(select(Call).where(Call.project_id == walk.project_id)).one()
    return {
        "plan": PLAN,
        "team": "社工 2 人",
        "budget.item": "人工",
        "budget.amount": "20,000",
        "milestones.title": "期满",
        "milestones.due_on": (call.delivery_from + timedelta(days=9)).isoformat(),
        "milestones.share": "100",
    } | changes
