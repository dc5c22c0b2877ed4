"""The working calendar: single days, and a year's list with what it changes before it counts."""

from datetime import date

from sqlmodel import Session
from starlette.responses import HTMLResponse, Response

from api.deps import Administrator, SessionDep
from api.files import sent_files
from api.form_routes import FormRouter
from api.forms import FormData, FormDataDep
from api.pages.identity.proving import proved
from api.view import View
from domain.calendar import HOLIDAY_NAMES
from domain.errors import BadInput
from services.calendar import days
from services.calendar.year_files import YearList, read_year_file, year_file
from services.calendar_years import YearPublish, list_years, plan_year, publish_year

router = FormRouter(prefix="/admin")


def _calendar(session: Session, v: View) -> HTMLResponse:
    return v.page(
        "calendar/calendar.html",
        years=list_years(session, actor=v.actor),
        kinds=days.DAY_KINDS,
        holiday_names=HOLIDAY_NAMES,
    )


@router.get("/calendar")
def calendar(session: SessionDep, v: Administrator) -> HTMLResponse:
    """List the years, and their days that are not as usual."""
    return _calendar(session, v)


@router.form("/calendar", shown="/admin/calendar", takes=days.CalendarDayCreate)
@proved
def set_day(session: SessionDep, v: Administrator, typed: FormDataDep) -> Response:
    """Set a day."""
    days.set_day(session, actor=v.actor, form=typed.read(days.CalendarDayCreate))
    return v.go("/admin/calendar", done="saved")


@router.form("/calendar/{day}/remove", shown="/admin/calendar")
@proved
def remove_day(session: SessionDep, v: Administrator, _: FormDataDep, day: date) -> Response:
    """Let a day be as usual again."""
    days.remove_day(session, actor=v.actor, day=day)
    return v.go("/admin/calendar", done="removed")


@router.form("/calendar/plan", shown="/admin/calendar")
def plan(session: SessionDep, v: Administrator, typed: FormDataDep) -> Response:
    """Show what a year's list changes; nothing is changed yet."""
    files = sent_files(typed, "list")
    if not files:
        raise BadInput(zh="请选择一个文件。", en="Choose a file.")
    listed = read_year_file(files[0].name, files[0].content)
    return _plan(session, v, listed, files[0].name)


def _plan(session: Session, v: View, listed: YearList, name: str) -> HTMLResponse:
    return v.page(
        "calendar/year_plan.html",
        stored=FormData.of({"source": name}),
        plan=plan_year(session, actor=v.actor, listed=listed),
        list=year_file(listed),
        kinds=days.DAY_KINDS,
        holiday_names=HOLIDAY_NAMES,
    )


@router.form("/calendar/publish", shown="/admin/calendar", takes=YearPublish)
@proved
def publish(session: SessionDep, v: Administrator, typed: FormDataDep) -> Response:
    """Publish the list that was shown."""
    listed = read_year_file("list.json", typed.text("list").encode())
    try:
        publish_year(session, actor=v.actor, listed=listed, sent=typed.read(YearPublish))
        return v.go("/admin/calendar", done="saved")
    except BadInput as error:
        # The plan has no address of its own: it is shown here, of a database without the change.
        session.rollback()
        v.refuse(error)
        return _plan(session, v, listed, typed.text("source"))
