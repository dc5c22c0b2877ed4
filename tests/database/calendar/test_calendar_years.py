"""Once a year's list of days off is published, what was provisional is counted anew."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import text
from sqlmodel import select

from domain.calendar import BEIJING, WorkCalendar
from domain.gates import GateKind, Outcome, Verb
from domain.lifecycle import Stage
from models import (
    AuditEntry,
    Bid,
    Call,
    Complaint,
    Decision,
    Gate,
    MaterialReview,
    OutboxMessage,
    WorkingPeriod,
)
from models.session import unit_of_work
from models.shapes import Reason
from services.award.awards import latest_award
from services.calendar.counted_dates import is_provisional
from services.calendar.days import CalendarDayCreate, set_day
from services.calendar.year_files import ListedDay, YearList, year_list
from services.calendar_years import (
    YearPlan,
    YearPublish,
    list_years,
    plan_year,
    publish_year,
)
from services.cancelling import cancel_project
from services.clock import move_demo_clock, now, work_calendar
from services.conduct import corrective
from services.conduct.material_reviews import MaterialReviewCreate, open_review
from services.conduct.reminders import remind_of_answers
from services.district.rounds import settings_of
from services.gates.decide_gate import decide_gate
from services.gates.reminders import remind
from services.public.timeline import timeline
from services.publish.call_dates import CLOSING
from tests.builders import (
    ProcessWalk,
    Walk,
    actor,
    after,
    delivering,
    find_on_visit,
    letter,
    new_project,
)
from tests.database.gates.reminding import complain, told
from tests.racing import at_once

HALF_A_DAY = timedelta(hours=12)


@pytest.fixture
def summer(database: str) -> int:
    """It is a first of June of a year that nobody has published."""
    assert database
    with unit_of_work() as session:
        year = now(session).year + 1
        move_demo_clock(session, to=datetime(year, 6, 1, 9, tzinfo=BEIJING))
        session.execute(text("DELETE FROM calendar_year WHERE year >= :year"), {"year": year})
        session.execute(text("DELETE FROM calendar_day WHERE day >= '2027-01-01'"))
    return year


def weekdays(year: int, which: Callable[[date], bool]) -> list[date]:
    first = date(year, 6, 1)
    return [day for day in (first + timedelta(n) for n in range(40)) if which(day)]


def listing(year: int, off: int = 0, worked: int = 0) -> YearList:
    """Return a list with so many days off, and weekend days worked, from the second of June on."""
    free = weekdays(year, lambda day: day.weekday() < 5 and day.day > 1)[:off]
    busy = weekdays(year, lambda day: day.weekday() >= 5)[:worked]
    rest = [date(year, 10, day) for day in range(1, 20)]
    rest = [day for day in rest if day.weekday() < 5][:9]
    days = [ListedDay(day, "holiday", "放假") for day in (*free, *rest)]
    return year_list([*days, *(ListedDay(day, "workday", "调休") for day in busy)])


def publish(listed: YearList) -> YearPlan:
    with unit_of_work() as session:
        sent = YearPublish(source="通知")
        return publish_year(session, actor=actor("administrator-1"), listed=listed, sent=sent)


def call_of(walk: Walk) -> tuple[Call, Gate]:
    with unit_of_work() as session:
        call = session.exec(select(Call).where(Call.project_id == walk.project.id)).one()
        gate = session.exec(
            select(Gate).where(Gate.process_id == walk.project.id, Gate.kind == GateKind.TIMER)
        ).one()
        return call, gate


@pytest.mark.rule("Periods")
def test_a_call_closes_later_once_its_year_is_published(summer: int) -> None:
    walk = Walk(new_project())
    walk.to_bidding()
    call, gate = call_of(walk)
    assert call.published_at
    assert call.closes_at
    plain = WorkCalendar().add_working_days(call.published_at, 10)
    assert (call.closes_at, gate.due_at, gate.due_provisional) == (plain.at, plain.at, True)

    listed = listing(summer, off=3)
    with unit_of_work() as session:
        seen = plan_year(session, actor=actor("administrator-1"), listed=listed)
        assert now(session) < call.closes_at
    assert call_of(walk)[0].closes_at == plain.at

    done = publish(listed)
    assert done == seen
    off = frozenset(day.day for day in listed.days)
    wanted = WorkCalendar(off, years=frozenset({summer})).add_working_days(call.published_at, 10).at
    assert wanted > plain.at
    call, gate = call_of(walk)
    assert (call.closes_at, gate.due_at, gate.due_provisional) == (wanted, wanted, False)
    assert (done.moves[0].name, done.moves[0].before, done.moves[0].after) == (
        CLOSING.name,
        plain.at,
        wanted,
    )
    with unit_of_work() as session:
        assert session.exec(select(WorkingPeriod)).all() == []
        moved = session.exec(select(AuditEntry).where(AuditEntry.action == "call.dates")).all()
        assert [entry.subject for entry in moved] == [walk.project.code]
        assert work_calendar(session).years >= {summer}
        years = {year.year: year for year in list_years(session, actor=actor("administrator-1"))}
        assert years[summer].source == "通知"


@pytest.mark.rule("Periods")
def test_what_people_were_told_never_comes_earlier(summer: int) -> None:
    walk = Walk(new_project())
    walk.to_bidding()
    before = call_of(walk)[0].closes_at
    done = publish(listing(summer, worked=4))
    assert call_of(walk)[0].closes_at == before
    assert all(move.after == move.before for move in done.moves if move.name == CLOSING.name)


@pytest.mark.rule("Periods")
def test_a_task_is_due_when_the_published_calendar_says(summer: int) -> None:
    walk = Walk(new_project())
    gate = walk.to_evaluation_approval()
    assert gate.due_at
    assert gate.due_provisional
    publish(listing(summer, worked=2))
    gate = walk.read(gate)
    assert gate.due_at
    assert not gate.due_provisional
    busy = frozenset(weekdays(summer, lambda day: day.weekday() >= 5)[:2])
    wanted = WorkCalendar(workdays=busy).add_working_days(gate.opened_at, 5).at
    assert gate.due_at == wanted < WorkCalendar().add_working_days(gate.opened_at, 5).at


@pytest.mark.rule("Periods")
def test_who_has_a_date_of_their_own_is_told_that_it_moved(summer: int) -> None:
    walk = delivering()
    with unit_of_work() as session:
        award = latest_award(session, walk.project)
        supplier = session.get_one(Bid, award.bid_id).lead_id
        made = open_review(
            session,
            project_id=walk.project.id,
            actor=actor(f"street-{walk.project.street_code}-1"),
            review=MaterialReviewCreate(
                organisation=supplier,
                claim="意向书称有专职社工 5 名。",
                proof="社保缴费记录只有 2 名。",
            ),
        )
        before = made.reply_until
    day = before.astimezone(BEIJING).date() - timedelta(days=1)
    rest = [date(summer, 11, n) for n in range(1, 20) if date(summer, 11, n).weekday() < 5][:8]
    publish(year_list(ListedDay(holiday, "holiday", "放假") for holiday in (day, *rest)))
    with unit_of_work() as session:
        review = session.exec(select(MaterialReview)).one()
        assert review.reply_until > before
        message = session.exec(
            select(OutboxMessage).where(OutboxMessage.topic == "date.moved")
        ).one()
        assert message.audience == f"organisation:{supplier}"
        assert "顺延至" in letter("date.moved", message.facts).zh
        # That somebody is accused is nobody else's to know.
        texts = [moment.text.zh for moment in timeline(session, walk.project.code)]
        assert not any("顺延" in text for text in texts)


def test_what_is_over_moves_no_more_and_nobody_is_told(summer: int) -> None:
    walk = Walk(new_project())
    walk.to_bidding()
    before = call_of(walk)[0].closes_at
    with unit_of_work() as session:
        who = actor("administrator-1")
        cancel_project(
            session, project_id=walk.project.id, actor=who, cancellation=Reason(reason="不再需要")
        )
    publish(listing(summer, off=3))
    assert call_of(walk)[0].closes_at == before
    with unit_of_work() as session:
        assert session.exec(select(AuditEntry).where(AuditEntry.action == "call.dates")).all() == []
        assert session.exec(select(WorkingPeriod)).all() == []


def test_nothing_comes_due_by_being_counted_again(summer: int) -> None:
    """A winner who has until tomorrow to sign keeps that day, whatever the list says."""
    walk = Walk(new_project())
    walk.to_agreement()
    gate = walk.open(Stage.NOTICE, GateKind.EVENT)
    assert gate.due_at
    assert gate.due_provisional
    first = gate.opened_at.astimezone(BEIJING).date() + timedelta(days=1)
    weekend = [first + timedelta(n) for n in range(20)]
    worked = [day for day in weekend if day.weekday() >= 5][:3]
    rest = [date(summer, 11, n) for n in range(1, 20) if date(summer, 11, n).weekday() < 5][:8]
    done = publish(
        year_list(
            [
                *(ListedDay(day, "workday", "调休") for day in worked),
                *(ListedDay(day, "holiday", "放假") for day in rest),
            ]
        )
    )
    after = walk.read(gate)
    assert (after.due_at, after.due_provisional) == (gate.due_at, False)
    assert all(move.after >= move.before for move in done.moves)


def test_a_day_set_by_hand_does_not_keep_a_task_from_being_counted_again(summer: int) -> None:
    walk = Walk(new_project())
    gate = walk.to_evaluation_approval()
    assert gate.due_at
    free = weekdays(summer, lambda day: day.weekday() < 5 and day.day > 1)[0]
    with unit_of_work() as session:
        form = CalendarDayCreate(day=free, kind="holiday", reason="放假")
        set_day(session, actor=actor("administrator-1"), form=form)
    publish(listing(summer, off=1))
    after = walk.read(gate)
    wanted = WorkCalendar(frozenset({free})).add_working_days(gate.opened_at, 5).at
    assert (after.due_at, after.due_provisional) == (wanted, False)


@pytest.mark.rule("Periods")
def test_one_day_does_not_publish_a_year(summer: int) -> None:
    with unit_of_work() as session:
        day = weekdays(summer, lambda day: day.weekday() < 5)[5]
        form = CalendarDayCreate(day=day, kind="holiday", reason="放假")
        set_day(session, actor=actor("administrator-1"), form=form)
        assert summer not in work_calendar(session).years


def off_after(start: date, number: int) -> YearList:
    """Return a list with the next working days after ``start`` off, and days in November."""
    days = [start + timedelta(n) for n in range(1, 10)]
    free = [day for day in days if day.weekday() < 5][:number]
    rest = [date(start.year, 11, day) for day in range(1, 20)]
    rest = [day for day in rest if day.weekday() < 5][:9]
    return year_list(ListedDay(day, "holiday", "放假") for day in (*free, *rest))


def test_who_was_reminded_of_a_day_that_moved_is_reminded_of_the_new_one(summer: int) -> None:
    walk = Walk(new_project())
    gate = walk.to_evaluation_approval()
    assert gate.due_at
    reminded = told(remind, gate.due_at - HALF_A_DAY)
    assert {topic for topic, _ in reminded} == {"gate.remind"}
    assert told(remind, gate.due_at - HALF_A_DAY / 2) == []
    publish(listing(summer, off=2))
    moved = walk.read(gate).due_at
    assert moved is not None
    assert moved > gate.due_at
    assert told(remind, moved - HALF_A_DAY) == reminded


@pytest.mark.usefixtures("summer")
def test_an_answer_whose_day_moved_is_reminded_of_anew() -> None:
    walk = delivering()
    complaint = complain(walk)
    street = f"street:{walk.project.street_code}"
    day_before = complaint.due_at - HALF_A_DAY
    assert told(remind_of_answers, day_before) == [("complaint.remind", street)]
    publish(off_after(complaint.filed_at.astimezone(BEIJING).date(), 2))
    with unit_of_work() as session:
        moved = session.get_one(Complaint, complaint.id).due_at
    assert moved > complaint.due_at
    assert told(remind_of_answers, moved - HALF_A_DAY) == [("complaint.remind", street)]


@pytest.mark.usefixtures("summer")
def test_more_time_for_a_recheck_is_counted_again_and_a_day_that_was_named_is_not() -> None:
    walk = delivering()
    way = ProcessWalk(find_on_visit(walk.project).id, walk.story)
    way.through(Stage.CORRECT, GateKind.EVENT)
    gate = way.through(Stage.CORRECT, GateKind.APPROVAL)
    way.do(Stage.CORRECT, "conclude", after(corrective.conclude_plan, gate))
    named = way.through(Stage.RECHECK, GateKind.EVENT)
    assert not named.due_provisional
    gate = way.open(Stage.RECHECK, GateKind.APPROVAL)
    with unit_of_work() as session:
        street = actor(f"street-{walk.project.street_code}-1")
        verb, why = Verb.RETURN, "还没有改完。"
        decide_gate(session, gate_id=gate.id, actor=street, verb=verb, comment=why, at=now(session))
    way.do(Stage.RECHECK, "conclude", after(corrective.conclude_recheck, way.read(gate)))
    more = way.open(Stage.RECHECK, GateKind.EVENT)
    assert more.due_at
    assert more.due_provisional
    listed = off_after(more.opened_at.astimezone(BEIJING).date(), 2)
    publish(listed)
    after_all = way.read(more)
    with unit_of_work() as session:
        days = settings_of(session, walk.project).recheck_days
        wanted = work_calendar(session).add_working_days(more.opened_at, days).at
    assert (after_all.due_at, after_all.due_provisional) == (wanted, False)
    assert wanted > more.due_at


def test_what_still_counts_days_of_an_unpublished_year_stays_provisional(summer: int) -> None:
    with unit_of_work() as session:
        move_demo_clock(session, to=datetime(summer, 12, 24, 9, tzinfo=BEIJING))
    walk = Walk(new_project())
    walk.to_bidding()
    call, _ = call_of(walk)
    assert call.closes_at
    assert call.closes_at.astimezone(BEIJING).year == summer + 1
    publish(off_after(date(summer, 12, 24), 1))
    moved, waiting = call_of(walk)
    assert moved.closes_at
    assert moved.closes_at > call.closes_at
    assert (waiting.due_at, waiting.due_provisional) == (moved.closes_at, True)
    with unit_of_work() as session:
        assert is_provisional(session, CLOSING, moved)

    publish(listing(summer + 1, off=0))
    settled, waiting = call_of(walk)
    assert (settled.closes_at, waiting.due_at) == (moved.closes_at, moved.closes_at)
    assert not waiting.due_provisional
    with unit_of_work() as session:
        assert not is_provisional(session, CLOSING, settled)


def test_of_lists_published_at_once_the_last_holds_and_no_date_is_lost(summer: int) -> None:
    walk = Walk(new_project())
    walk.to_bidding()
    published_at = call_of(walk)[0].published_at
    assert published_at
    lists = [listing(summer, off=number) for number in (1, 2, 3)]
    done = at_once(*(partial(publish, listed) for listed in lists))
    assert [type(plan) for plan in done] == [YearPlan] * 3
    with unit_of_work() as session:
        calendar = work_calendar(session)
    off = {day for day in calendar.holidays if day.year == summer}
    assert off in [{day.day for day in listed.days} for listed in lists]
    call, gate = call_of(walk)
    # The first list settles the date; it says what that list makes of it, and no mixture.
    settled = [
        WorkCalendar(frozenset(day.day for day in listed.days)).add_working_days(published_at, 10)
        for listed in lists
    ]
    assert call.closes_at in [deadline.at for deadline in settled]
    assert (gate.due_at, gate.due_provisional) == (call.closes_at, False)


def test_a_list_is_published_while_projects_are_cancelled_and_tasks_decided(summer: int) -> None:
    bidding, deciding = Walk(new_project()), Walk(new_project(index=1))
    bidding.to_bidding()
    gate = deciding.to_evaluation_approval()

    def cancel() -> None:
        with unit_of_work() as session:
            who = actor("administrator-1")
            cancel_project(
                session,
                project_id=bidding.project.id,
                actor=who,
                cancellation=Reason(reason="不再需要"),
            )

    def decide() -> None:
        with unit_of_work() as session:
            street = actor(f"street-{deciding.project.street_code}-1")
            decide_gate(
                session,
                gate_id=gate.id,
                actor=street,
                verb=Verb.APPROVE,
                comment="",
                at=now(session),
            )

    done = at_once(partial(publish, listing(summer, off=2)), cancel, decide)
    assert [error for error in done if isinstance(error, Exception)] == []
    after_all = deciding.read(gate)
    assert not after_all.due_provisional
    with unit_of_work() as session:
        assert session.get_one(Gate, call_of(bidding)[1].id).outcome is Outcome.ENDED
        assert len(session.exec(select(Decision).where(Decision.gate_id == gate.id)).all()) == 1
