"""The working calendar: single days, and a year's list with what it changes before it counts."""

from datetime import date

from fastapi import APIRouter
from sqlmodel import Session
from starlette.responses import HTMLResponse, Response

from api.deps import Administrator, SessionDep
from api.errors import status_of
from api.files import sent_files
from api.forms import Typed, TypedDep, refused
from api.pages.proving import act_proved
from api.view import View
from domain.calendar import HOLIDAY_NAMES
from domain.errors import BadInput
from services.calendar import days
from services.calendar.year_files import YearList, read_year_file, year_file
from services.calendar_years import list_years, plan_year, publish_year

router = APIRouter(prefix="/admin")


def _calendar(session: Session, v: View, f: Typed) -> HTMLResponse:
    return v.page(
        "admin/calendar.html",
        status=status_of(f.error) if f.error else 200,
        f=f,
        years=list_years(session, actor=v.actor),
        kinds=days.DAY_KINDS,
        holiday_names=HOLIDAY_NAMES,
    )


@router.get("/calendar")
def calendar(session: SessionDep, v: Administrator) -> HTMLResponse:
    """List the years, and their days that are not as usual."""
    return _calendar(session, v, Typed())


@router.post("/calendar")
def set_day(session: SessionDep, v: Administrator, typed: TypedDep) -> Response:
    """Set a day."""
    return act_proved(
        session,
        v,
        typed,
        lambda actor: days.set_day(session, actor=actor, form=typed.read(days.CalendarDayCreate)),
        again=lambda f: _calendar(session, v, f),
        then=lambda _: v.go("/admin/calendar", done="saved"),
    )


@router.post("/calendar/{day}/remove")
def remove_day(session: SessionDep, v: Administrator, typed: TypedDep, day: date) -> Response:
    """Let a day be as usual again."""
    return act_proved(
        session,
        v,
        typed,
        lambda actor: days.remove_day(session, actor=actor, day=day),
        again=lambda f: _calendar(session, v, f),
        then=lambda _: v.go("/admin/calendar", done="removed"),
    )


@router.post("/calendar/plan")
def plan(session: SessionDep, v: Administrator, typed: TypedDep) -> Response:
    """Show what a year's list changes; nothing is changed yet."""
    files = sent_files(typed, "list")
    try:
        if not files:
            raise BadInput(zh="请选择一个文件。", en="Choose a file.")
        listed = read_year_file(files[0].name, files[0].content)
        return _plan(session, v, listed, Typed.of({"source": files[0].name}))
    except BadInput as error:
        return _calendar(session, v, refused(session, typed, error))


def _plan(session: Session, v: View, listed: YearList, f: Typed) -> HTMLResponse:
    return v.page(
        "admin/year_plan.html",
        status=status_of(f.error) if f.error else 200,
        f=f,
        plan=plan_year(session, actor=v.actor, listed=listed),
        list=year_file(listed),
        kinds=days.DAY_KINDS,
        holiday_names=HOLIDAY_NAMES,
    )


@router.post("/calendar/publish")
def publish(session: SessionDep, v: Administrator, typed: TypedDep) -> Response:
    """Publish the list that was shown."""
    try:
        listed = read_year_file("list.json", typed.text("list").encode())
    except BadInput as error:
        return _calendar(session, v, refused(session, typed, error))
    return act_proved(
        session,
        v,
        typed,
        lambda actor: publish_year(
            session, actor=actor, listed=listed, source=typed.text("source")
        ),
        again=lambda f: _plan(session, v, listed, f),
        then=lambda _: v.go("/admin/calendar", done="saved"),
    )
