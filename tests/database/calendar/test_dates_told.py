"""Those concerned hear of a call's dates, and of a bid that does not count as it stands."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import col, select

from domain import moments
from domain.calendar import BEIJING
from domain.gates import GateKind
from domain.lifecycle import Stage
from models import AuditEntry, OutboxMessage
from models.session import unit_of_work
from services.bid.unsent import by_day, remind_of_unsent, unsent_bids
from services.clock import move_demo_clock, now
from services.drafts import bid_draft, save_draft
from services.public.timeline import line_of
from services.publish import calls
from services.publish.call_dates import QUESTIONS_BEFORE
from services.publish.questions import QuestionCreate, ask_question
from services.subscriptions import SubscriptionCreate, confirm, subscribe
from tests.builders import Walk, actor, after, letter
from tests.database.bid.bidding import begin, call_of, content, no_bid, organisation, submit


@pytest.fixture
def walk(in_bidding: Walk) -> Walk:
    return in_bidding


def told(topic: str) -> dict[str, dict[str, object]]:
    with unit_of_work() as session:
        rows = session.exec(select(OutboxMessage).where(OutboxMessage.topic == topic)).all()
    return {row.audience: row.facts for row in rows}


def extend(walk: Walk) -> None:
    walk.story.no_bids = True
    walk.through(Stage.BID, GateKind.TIMER)
    walk.do(Stage.BID, "no-bid", after(calls.handle_no_bid, no_bid(walk, "extend")))


def test_an_extended_call_tells_bidders_who_asked_and_who_follows(walk: Walk) -> None:
    begin(walk, 1)
    with unit_of_work() as session:
        ask_question(
            session,
            code=walk.project.code,
            actor=actor("organisation-05"),
            question=QuestionCreate(text="能否分两期开展？"),
        )
        asker = actor("organisation-05").person_id
    before = call_of(walk).closes_at
    extend(walk)
    call = call_of(walk)
    assert before
    assert call.closes_at
    assert call.closes_at > before
    assert call.question_deadline == call.closes_at - QUESTIONS_BEFORE
    heard = told("call.dates")
    assert set(heard) == {f"organisation:{organisation(1).id}", f"person:{asker}"}
    message = letter("call.dates", heard[f"person:{asker}"])
    assert moments.until(call.closes_at).zh in message.zh
    assert moments.until(before).en in message.en


def test_a_change_of_dates_is_on_the_public_timeline(walk: Walk) -> None:
    before = call_of(walk).closes_at
    extend(walk)
    after_ = call_of(walk).closes_at
    assert before
    assert after_
    with unit_of_work() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "call.dates")).one()
    line = line_of(entry)
    assert line.zh == f"揭榜截止由 {moments.until(before).zh} 改为 {moments.until(after_).zh}"


def test_a_call_published_again_tells_everybody_who_bid_on_the_one_before(walk: Walk) -> None:
    bid = begin(walk, 3)
    assert isinstance(bid, UUID)
    walk.story.no_bids = True
    walk.through(Stage.BID, GateKind.TIMER)
    walk.do(Stage.BID, "no-bid", after(calls.handle_no_bid, no_bid(walk, "republish")))
    assert set(told("bid.void")) == {f"organisation:{organisation(3).id}"}
    assert told("call.dates") == {}
    walk.through(Stage.PUBLISH, GateKind.PREPARATION)
    walk.open(Stage.PUBLISH, GateKind.APPROVAL)
    passed = walk.through(Stage.PUBLISH, GateKind.APPROVAL)
    walk.do(Stage.PUBLISH, "publish", after(calls.publish_call, passed))
    assert f"organisation:{organisation(3).id}" in told("call.dates")


def test_a_first_publication_changes_no_dates(walk: Walk) -> None:
    assert walk.project
    assert told("call.dates") == {}


def at_hours_before(walk: Walk, hours: float) -> None:
    closes = call_of(walk).closes_at
    assert closes
    with unit_of_work() as session:
        move_demo_clock(session, to=closes - timedelta(hours=hours))
        remind_of_unsent(session)


def test_a_draft_that_was_never_submitted_is_reminded_of_twice_and_never_at_night(
    walk: Walk,
) -> None:
    begin(walk, 1)
    at_hours_before(walk, 40)  # 08:00 two days before the closing at midnight
    assert told("bid.unsent") == {}
    at_hours_before(walk, 26)  # 22:00
    assert told("bid.unsent") == {}
    at_hours_before(walk, 15)  # 09:00 on the last day
    at_hours_before(walk, 14)
    assert set(told("bid.unsent")) == {f"organisation:{organisation(1).id}"}
    at_hours_before(walk, 3.01)  # 20:59, the last waking minute before 23:00
    at_hours_before(walk, 0.5)
    with unit_of_work() as session:
        rows = select(OutboxMessage).where(OutboxMessage.topic == "bid.unsent")
        assert len(session.exec(rows).all()) == 2


def test_a_bid_edited_after_it_was_submitted_is_reminded_of_with_the_version_that_counts(
    walk: Walk,
) -> None:
    bid = begin(walk, 1)
    submit(walk, bid, 1, content(walk, 1))
    at_hours_before(walk, 15)
    assert told("bid.edited") == {}
    with unit_of_work() as session:
        assert unsent_bids(session, now(session)) == []
        save_draft(
            session, key=bid_draft(bid), values={"plan": ["x"]}, actor=actor("organisation-01")
        )
        (unsent,) = unsent_bids(session, now(session), [organisation(1).id])
        assert (unsent.edited, unsent.version) == (True, 1)
        assert unsent_bids(session, now(session), [organisation(2).id]) == []
    at_hours_before(walk, 14.5)
    heard = told("bid.edited")[f"organisation:{organisation(1).id}"]
    assert "第 1 版" in letter("bid.edited", heard).zh
    submit(walk, bid, 1, content(walk, 1))
    with unit_of_work() as session:
        assert unsent_bids(session, now(session)) == []


@pytest.mark.parametrize(
    ("hour", "day", "expected"), [(3, 5, (4, 20, 59)), (23, 5, (5, 20, 59)), (9, 5, (5, 9, 0))]
)
def test_reminders_wait_for_the_day(hour: int, day: int, expected: tuple[int, int, int]) -> None:
    at = by_day(datetime(2026, 3, day, hour, tzinfo=BEIJING))
    assert (at.day, at.hour, at.minute) == expected


def test_followers_hear_of_it_and_how_to_hear_no_more(walk: Walk) -> None:
    with unit_of_work() as session:
        subscribe(session, wanted=SubscriptionCreate(email="a@example.org"))
    with unit_of_work() as session:
        asked = session.exec(
            select(OutboxMessage).where(col(OutboxMessage.topic) == "subscription.asked")
        ).one()
        confirm(session, UUID(str(asked.facts["subscription"])))
    extend(walk)
    (facts,) = told("call.dates_followed").values()
    message = letter("call.dates_followed", facts)
    assert "/follow/" in message.zh
