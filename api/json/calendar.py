"""The working calendar: single days, and whole years as they are published."""

from datetime import date
from typing import Any

from fastapi import APIRouter

from api.deps import SessionDep
from api.json.access import Administering, Idempotent, proved_owner
from api.json.routing import ApiRoute
from api.json.shapes import calendar as shapes
from api.json.shapes.base import Listing
from domain.errors import BadInput
from services.calendar import days
from services.calendar.year_files import ListedDay, year_list
from services.calendar_years import KnownYear, YearPlan, list_years, plan_year, publish_year
from services.identity.actors import require_administrator

router = APIRouter(route_class=ApiRoute, tags=["administration"])


@router.get("/calendar", response_model=Listing[ListedDay])
def list_days(session: SessionDep, who: Administering) -> Any:
    """List the days on which the working week is not as usual, the latest first."""
    return {"items": days.list_days(session, actor=who.actor)}


@router.get("/calendar/years", response_model=Listing[KnownYear])
def years(session: SessionDep, who: Administering) -> Any:
    """List the years of which something is known, with who published them."""
    return {"items": list_years(session, actor=who.actor)}


@router.put("/calendar/years/{year}", dependencies=[Idempotent])
def publish(
    session: SessionDep, who: Administering, year: int, sent: shapes.CalendarYearUpdate
) -> YearPlan:
    """Publish a year's list: its days count, and provisional dates are counted anew."""
    require_administrator(session, who.actor)
    listed = year_list(ListedDay(day.day, day.kind, day.reason) for day in sent.days)
    if listed.year != year:
        raise BadInput(
            zh=f"列出的日期多数在 {listed.year} 年，不是 {year} 年。",
            en=f"Most of the days listed are of {listed.year}, not of {year}.",
        )
    if sent.preview:
        return plan_year(session, actor=who.actor, listed=listed)
    actor = proved_owner(who)
    return publish_year(session, actor=actor, listed=listed, sent=sent)


@router.put("/calendar/{day}", status_code=204, dependencies=[Idempotent])
def set_day(
    session: SessionDep, who: Administering, day: date, sent: days.CalendarDayUpdate
) -> None:
    """Say that a weekday is not worked, or a weekend day is; due dates set before stay."""
    form = days.CalendarDayCreate(day=day, **sent.model_dump())
    days.set_day(session, actor=proved_owner(who), form=form)


@router.delete("/calendar/{day}", status_code=204, dependencies=[Idempotent])
def remove_day(session: SessionDep, who: Administering, day: date) -> None:
    """Let a day be as usual again."""
    days.remove_day(session, actor=proved_owner(who), day=day)
