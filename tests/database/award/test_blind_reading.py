"""A call that is read blind at first: nobody knows whose bid it is until every bid is marked."""

import pytest
from sqlmodel import select

from domain.errors import NotPermitted
from domain.gates import Outcome
from models import Bid, BidPayload, Call, Organisation, PanelMember
from models.session import unit_of_work
from services.award import panel_scores
from services.bid.bid_sheets import bid_sheets
from services.publish.present_call import current_call
from tests.builders import Walk, actor
from tests.database.award.panel import change, declare, form, members_of, opened, score, scoring


@pytest.fixture
def blind(at_panel: Walk) -> Walk:
    walk = at_panel
    with unit_of_work() as session:
        session.exec(select(Call)).one().blind = True
        for payload in session.exec(select(BidPayload)):
            name = session.get_one(Organisation, session.get_one(Bid, payload.bid_id).lead_id).name
            if payload.content:
                payload.content = payload.content | {"plan": f"由{name}组织上门服务。"}
    form(walk)
    declare(walk, *members_of(walk))
    return walk


def shown(walk: Walk, login: str) -> str:
    """Everything a member is shown of the bids."""
    with unit_of_work() as session:
        project = walk.project
        call = current_call(session, project)
        assert call is not None
        member = session.get_one(PanelMember, (project.id, 1, actor(login).person_id))
        hides = panel_scores.reads_blind(session, project, call, member)
        return repr(bid_sheets(session, project, actor(login).person_id, blind=hides))


@pytest.mark.rule("Award 承榜")
def test_a_blind_reading_hides_whose_bid_it_is_until_every_bid_is_marked(blind: Walk) -> None:
    with unit_of_work() as session:
        names = [session.get_one(Organisation, bid.lead_id).name for bid in opened(blind)]
    before = shown(blind, "expert-5")
    assert not [name for name in names if name in before]
    assert "由■■组织上门服务。" in before
    score(blind, "expert-5", 80)
    assert all(name in shown(blind, "expert-5") for name in names)
    assert not [name for name in names if name in shown(blind, "expert-4")]


def test_after_a_blind_reading_marks_change_one_by_one_with_a_reason(blind: Walk) -> None:
    bid = opened(blind)[0]
    with pytest.raises(NotPermitted, match="mark every bid first"):
        reread(blind, "expert-5")
    score(blind, "expert-5", 80)
    with pytest.raises(NotPermitted, match="each with a reason"):
        score(blind, "expert-5", 90)
    change(bid, "expert-5", "team", 60)
    reread(blind, "expert-5")
    with pytest.raises(NotPermitted, match="does not change now"):
        change(bid, "expert-5", "team", 70)


def test_the_scoring_of_a_blind_call_ends_with_the_last_second_reading(blind: Walk) -> None:
    for login in members_of(blind):
        score(blind, login, 80)
    for login in members_of(blind):
        assert scoring(blind).outcome is None
        reread(blind, login)
    assert scoring(blind).outcome is Outcome.APPROVED


def reread(walk: Walk, login: str) -> None:
    with unit_of_work() as session:
        panel_scores.end_reading(session, project_id=walk.project_id, actor=actor(login))
