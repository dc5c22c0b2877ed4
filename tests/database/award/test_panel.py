"""The panel at work: reserve members, blind readings, marks that lie apart, minutes and feedback."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlmodel import select

from demo.story import actor_of
from domain.calendar import BEIJING
from domain.errors import BadInput, NotFound, NotPermitted
from domain.gates import GateKind, Outcome
from domain.lifecycle import Stage
from models import (
    Award,
    Bid,
    Organisation,
    OutboxMessage,
    PanelChange,
    PanelMember,
    Person,
    Project,
)
from models.session import unit_of_work
from services.award import awards, panel_scores, ranking
from services.award.feedback import feedback_on
from services.award.minutes import read_minutes
from services.bid.interests import related_people, require_no_interest
from services.clock import now
from services.identity.actors import grants_of
from tests.builders import Walk, actor, after
from tests.database.award.panel import (
    RESERVE,
    change,
    declare,
    form,
    members_of,
    names_sitting,
    opened,
    score,
    scoring,
)


@pytest.fixture
def walk(at_panel: Walk) -> Walk:
    return at_panel


def test_the_first_in_reserve_of_the_same_party_takes_the_seat_of_who_stands_aside(
    walk: Walk,
) -> None:
    gate = form(walk, RESERVE)
    everybody = list(members_of(walk))
    declare(walk, *everybody)
    for login in everybody:
        if login != "expert-5":
            score(walk, login, 80)
    declare(walk, "expert-5", interest=True)
    assert names_sitting(walk) == {*everybody, "expert-1"} - {"expert-5"}
    assert walk.read(gate).outcome is None
    with unit_of_work() as session:
        told = session.exec(select(OutboxMessage).where(OutboxMessage.topic == "panel.seated"))
        assert [message.audience for message in told] == [f"person:{actor('expert-1').person_id}"]
    with pytest.raises(NotPermitted, match="declare your interest"):
        score(walk, "expert-1", 80)
    declare(walk, "expert-1")
    score(walk, "expert-1", 80)
    assert walk.read(gate).outcome is Outcome.APPROVED


def test_who_waits_in_reserve_sees_and_marks_nothing(walk: Walk) -> None:
    form(walk, RESERVE)
    with pytest.raises(NotPermitted, match="not on this panel"):
        declare(walk, "expert-1")
    with pytest.raises(NotPermitted, match="not on this panel"):
        score(walk, "expert-1", 80)


@pytest.mark.rule("Award 承榜")
def test_a_member_with_a_known_interest_is_replaced_as_the_panel_is_formed(walk: Walk) -> None:
    named_like_a_bidder(walk, "expert-6")
    form(walk, RESERVE, also={"expert-6": "experts"})
    assert names_sitting(walk) == {*members_of(walk), "expert-1"}


def test_a_name_that_may_be_chance_costs_a_seat_and_no_office(walk: Walk) -> None:
    named_like_a_bidder(walk, "expert-6")
    who = actor("expert-6")
    with unit_of_work() as session:
        assert who.person_id in related_people(session, walk.project)
        require_no_interest(session, walk.project, who)


def named_like_a_bidder(walk: Walk, login: str) -> None:
    with unit_of_work() as session:
        head = session.get_one(Organisation, opened(walk)[0].lead_id).legal_representative
        session.get_one(Person, actor(login).person_id).name = head


def test_who_of_the_reserve_has_an_interest_by_now_is_passed_over(walk: Walk) -> None:
    form(walk, RESERVE)
    named_like_a_bidder(walk, "expert-1")
    declare(walk, "expert-5", interest=True)
    assert "expert-2" in names_sitting(walk)
    with unit_of_work() as session:
        key = (walk.project_id, 1, actor("expert-1").person_id)
        assert session.get_one(PanelMember, key).recusal == "relation"


def test_nobody_is_both_a_member_and_in_reserve(walk: Walk) -> None:
    with pytest.raises(BadInput, match="both a member"):
        form(walk, {"expert-5": "experts"})


@pytest.fixture
def apart(walk: Walk) -> Walk:
    """All marks are in, and those of the plan lie apart: 20, 30, 80, 80 and 80."""
    form(walk)
    declare(walk, *members_of(walk))
    for login, plan in zip(members_of(walk), (80, 80, 80, 30, 20), strict=True):
        score(walk, login, 80, plan=plan)
    return walk


def meet(walk: Walk, by: str = "expert-4", *, days: int = 0, without: tuple[str, ...] = ()) -> None:
    with unit_of_work() as session:
        day = now(session).astimezone(BEIJING).date() + timedelta(days=days)
        there = [actor(member).person_id for member in members_of(walk) if member not in without]
        meeting = panel_scores.MeetingCreate(
            held_on=day, present=there, discussion="逐项讨论了方案的可行性。"
        )
        panel_scores.record_meeting(
            session, project_id=walk.project_id, actor=actor(by), meeting=meeting
        )


@pytest.mark.rule("Award 承榜")
def test_marks_that_lie_apart_wait_for_a_meeting_and_nobody_has_to_change_theirs(
    apart: Walk,
) -> None:
    assert scoring(apart).outcome is None
    with unit_of_work() as session:
        lines = panel_scores.marks_apart(session, apart.project)
    assert {line.criterion for line in lines} == {"plan"}
    assert [int(mark) for mark in lines[0].marks] == [20, 30, 80, 80, 80]
    meet(apart)
    assert scoring(apart).outcome is Outcome.APPROVED


def test_a_mark_changed_in_the_meeting_counts_and_what_it_was_is_kept(apart: Walk) -> None:
    bid = opened(apart)[0]
    change(bid, "expert-4", "plan", 70)
    meet(apart)
    apart.do(Stage.AWARD, "rank", ranking.rank_bids)
    with unit_of_work() as session:
        award = session.exec(select(Award)).one()
        # Of 20, 70, 80, 80, 80 the middle three are left: 76.67; of the others 63.33.
        means = {place["bid"]: dict(line[:2] for line in place["lines"]) for place in award.ranking}
        kept = session.exec(select(PanelChange)).one()
    assert {key: line["plan"] for key, line in means.items()} == {
        str(opened_bid.id): "76.67" if opened_bid.id == bid.id else "63.33"
        for opened_bid in opened(apart)
    }
    assert (kept.before, kept.after) == (Decimal(30), Decimal(70))
    assert kept.reason == "方案里写明了排班"


@pytest.mark.rule("Award 承榜")
def test_in_the_meeting_only_the_marks_that_lie_apart_change_and_only_with_a_reason(
    apart: Walk,
) -> None:
    with pytest.raises(NotPermitted, match="does not change now"):
        change(opened(apart)[0], "expert-4", "team", 70)
    with pytest.raises(NotPermitted, match="each with a reason"):
        score(apart, "expert-4", 70)


def test_only_the_chair_records_the_meeting_of_most_of_the_panel_on_a_day_that_was(
    apart: Walk,
) -> None:
    with pytest.raises(NotPermitted, match="the chair records"):
        meet(apart, by="expert-5")
    with pytest.raises(BadInput, match="was held between"):
        meet(apart, days=1)
    with pytest.raises(BadInput, match="more than half"):
        meet(apart, without=("department-1", "department-2", "expert-5"))
    with pytest.raises(BadInput, match="with the chair"):
        meet(apart, without=("expert-4",))


def test_no_meeting_is_recorded_where_the_marks_lie_together(walk: Walk) -> None:
    form(walk)
    declare(walk, *members_of(walk))
    score(walk, "expert-4", 80)
    with pytest.raises(NotPermitted, match="no marks call"):
        meet(walk)


def test_an_interest_found_in_the_meeting_voids_the_sheet_and_may_end_the_alarm(
    apart: Walk,
) -> None:
    declare(apart, "expert-5", interest=True)
    # 30, 80, 80, 80: without the highest and lowest they agree.
    assert scoring(apart).outcome is Outcome.APPROVED


def test_the_minutes_hold_who_sat_what_was_marked_changed_and_ranked(walk: Walk) -> None:
    form(walk, RESERVE)
    everybody = [*members_of(walk), "expert-1"]
    everybody.remove("expert-5")
    declare(walk, "expert-5", interest=True)
    declare(walk, *everybody)
    for login in everybody:
        score(walk, login, 80, "写得清楚", plan=20 if login == "expert-1" else 80)
    walk.do(Stage.AWARD, "rank", ranking.rank_bids)
    with unit_of_work() as session:
        who = actor("expert-4")
        minutes = read_minutes(
            session, who, grants_of(session, who.person_id), walk.project.code, 1
        )
    stood = {member.name: member for member in minutes.members}
    with unit_of_work() as session:
        name = {
            login: session.get_one(Person, actor(login).person_id).name
            for login in ("expert-1", "expert-2", "expert-4", "expert-5")
        }
    assert stood[name["expert-5"]].recusal == "declared"
    assert stood[name["expert-1"]].replaces == name["expert-5"]
    assert stood[name["expert-2"]].seated_at is None
    assert [member.name for member in minutes.members if member.chairs] == [name["expert-4"]]
    assert len(minutes.bids) == len(opened(walk))
    assert {sheet.name for sheet in minutes.bids[0].sheets} == {
        member.name for member in minutes.members if member.seated_at and not member.recused_at
    }
    assert all(sheet.remark == "写得清楚" for sheet in minutes.bids[0].sheets)


@pytest.mark.parametrize("login", ["expert-5", "bidder", "secretary", "resident", "operator-1"])
def test_the_minutes_are_for_the_panel_and_those_in_charge(walk: Walk, login: str) -> None:
    form(walk, RESERVE)
    declare(walk, "expert-5", interest=True)
    everybody = [member for member in (*members_of(walk), "expert-1") if member != "expert-5"]
    declare(walk, *everybody)
    for scorer in everybody:
        score(walk, scorer, 80)
    walk.do(Stage.AWARD, "rank", ranking.rank_bids)
    with unit_of_work() as session:
        lead = actor_of(session, session.get_one(Organisation, opened(walk)[0].lead_id))
        who = {"bidder": lead}.get(login) or (
            actor(f"secretary-{_elsewhere(walk.project)}-1")
            if login == "secretary"
            else actor("expert-2" if login == "resident" else login)
        )
        with pytest.raises(NotPermitted):
            read_minutes(session, who, grants_of(session, who.person_id), walk.project.code, 1)


def _elsewhere(project: Project) -> str:
    with unit_of_work() as session:
        codes = session.exec(
            select(Person.login).where(Person.login.startswith("secretary-"))
        ).all()
    return next(
        code.split("-")[1] for code in codes if code.split("-")[1] != project.community_code
    )


def test_there_are_no_minutes_before_the_ranking(walk: Walk) -> None:
    form(walk)
    with unit_of_work() as session:
        who = actor("expert-4")
        with pytest.raises(NotFound):
            read_minutes(session, who, grants_of(session, who.person_id), walk.project.code, 1)


def test_a_bidder_reads_its_own_marks_and_remarks_once_the_award_is_confirmed(
    walk: Walk,
) -> None:
    form(walk)
    declare(walk, *members_of(walk))
    for login in members_of(walk):
        score(walk, login, 80, "预算偏粗" if login == "expert-5" else "")
    walk.do(Stage.AWARD, "rank", ranking.rank_bids)
    last = ranked()[-1]
    with unit_of_work() as session:
        assert feedback_on(session, session.get_one(Bid, last)) is None
    gate = walk.through(Stage.AWARD, GateKind.APPROVAL)
    walk.do(Stage.AWARD, "confirm", after(awards.confirm_ranking, gate))
    with unit_of_work() as session:
        told = feedback_on(session, session.get_one(Bid, last))
    assert told is not None
    assert told.place == told.bids == len(opened(walk))
    assert told.total == 80
    assert told.remarks == ("预算偏粗",)
    assert {line.mean for line in told.lines} == {Decimal(80)}


def ranked() -> list[UUID]:
    with unit_of_work() as session:
        award = session.exec(select(Award)).one()
        return [UUID(place["bid"]) for place in award.ranking]
