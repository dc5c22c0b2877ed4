"""Rules of the domain that no other test is about, each under its own sentence."""

from decimal import Decimal

import pytest
from sqlmodel import Session, select

from domain.award.scoring import Party
from domain.conduct.conduct_list import Colour, Ground
from domain.district.round_rules import DEFAULTS
from domain.errors import NotEligible
from domain.gates import GateKind
from domain.identity.roles import Role, Scope
from domain.standings import Standing
from models import Agreement, Award, Bid, Panel, RoleGrant, RoundSettings
from models.session import unit_of_work
from services.assess.assessment_rules import assessment_rules
from services.award.gates import RANKING
from services.award.panel_seats import sitting
from services.bid.interests import related_people
from services.bid.opened_bids import opened_bids
from services.gates.policies import bind_policy
from services.gates.settle_gate import current_gate
from services.gates.tasks import task_at, task_page
from services.identity.actors import grants_of
from tests.builders import Walk, actor, put_on_list
from tests.database.award.panel import declare, form, members_of
from tests.database.bid.bidding import begin, organisation, submit


def settle(session: Session, **changes: object) -> None:
    """Change settings of every round, as if they had always been so."""
    for round_settings in session.exec(select(RoundSettings)):
        round_settings.settings = round_settings.settings | changes


@pytest.mark.rule("Award 承榜")
def test_nobody_sees_a_bid_before_they_have_declared_their_interests(at_panel: Walk) -> None:
    form(at_panel)

    def seen(login: str) -> int:
        with unit_of_work() as session:
            who = actor(login).person_id
            grants, project = grants_of(session, who), at_panel.project
            gate = current_gate(session, project, GateKind.EVENT)
            assert gate is not None
            task = task_at(session, who, grants, project, gate)
            assert task is not None
            return len(task_page(session, who, grants, task).bids)

    assert seen("expert-5") == 0
    declare(at_panel, "expert-5")
    assert seen("expert-5") > 0
    assert seen("department-1") == 0


@pytest.mark.rule("Award 承榜")
def test_an_earlier_contract_as_buyer_is_no_conflict(in_delivery: Walk) -> None:
    with unit_of_work() as session:
        agreement = session.exec(select(Agreement)).one()
        assert agreement.buyer_confirmed_by is not None
        lead = session.get_one(Bid, agreement.bid_id).lead_id
        assert organisation_of_bidders(session, in_delivery, lead)
        assert agreement.buyer_confirmed_by not in related_people(session, in_delivery.project)


def organisation_of_bidders(session: Session, walk: Walk, lead: object) -> bool:
    """Tell whether an organisation is among those whose relations are computed."""
    bids = session.exec(select(Bid.lead_id).where(Bid.project_id == walk.project_id)).all()
    return lead in bids


@pytest.mark.rule("Award 承榜")
def test_a_later_recusal_does_not_change_whether_highest_and_lowest_count(at_panel: Walk) -> None:
    with unit_of_work() as session:
        settle(session, panel_size=3)
    form(at_panel)
    declare(at_panel, "department-2", "expert-5", interest=True)
    with unit_of_work() as session:
        panel = session.get_one(Panel, (at_panel.project_id, 1))
        assert len(sitting(session, at_panel.project)) == len(members_of(at_panel)) - 2 < 5
        assert panel.trim


@pytest.mark.rule("Award 承榜")
def test_an_award_above_the_limit_needs_a_second_approval(in_notice: Walk) -> None:
    def roles() -> list[Role]:
        with unit_of_work() as session:
            policy = bind_policy(session, in_notice.project, RANKING)
            return [seat.role for seat in policy.seats]

    with unit_of_work() as session:
        price = session.exec(select(Award)).one().price
        settle(session, second_approval_above=str(price))
    assert len(roles()) == 1
    with unit_of_work() as session:
        settle(session, second_approval_above=str(price - Decimal("0.01")))
    assert roles()[1:] == [Role.DISTRICT_ADMINISTRATOR]


@pytest.mark.rule("Assess 考榜")
def test_the_rubric_of_the_assessment_is_frozen_at_the_award(in_delivery: Walk) -> None:
    with unit_of_work() as session:
        before = assessment_rules(session, in_delivery.project)
        residents = DEFAULTS["assessment"]["residents"] | {"minimum": 9}
        settle(session, assessment=DEFAULTS["assessment"] | {"residents": residents})
    with unit_of_work() as session:
        assert assessment_rules(session, in_delivery.project) == before
        assert before[Party.RESIDENTS].minimum == 5


@pytest.mark.rule("Bid 揭榜")
def test_who_is_black_listed_may_not_bid(in_bidding: Walk) -> None:
    own = organisation(1)
    bid = begin(in_bidding, 1)
    put_on_list(own.id, Colour.BLACK, Ground.TERMINATED)
    with pytest.raises(NotEligible, match="debarred until"):
        submit(in_bidding, bid, 1)


def test_who_comes_to_act_for_a_bidder_while_a_gate_is_open_is_barred_there(at_panel: Walk) -> None:
    who = actor(f"street-{at_panel.project.street_code}-1").person_id
    at_panel.open("award", GateKind.PREPARATION)

    def standing() -> Standing:
        with unit_of_work() as session:
            project = at_panel.project
            gate = current_gate(session, project, GateKind.PREPARATION)
            assert gate is not None
            task = task_at(session, who, grants_of(session, who), project, gate)
            assert task is not None
            return task.standing

    assert standing() is Standing.OPEN
    with unit_of_work() as session:
        bid = next(iter(opened_bids(session, at_panel.project)), None)
        assert bid is not None
        session.add(
            RoleGrant(
                person_id=who,
                role=Role.ORGANISATION_MEMBER,
                scope=Scope.ORGANISATION,
                code=str(bid.lead_id),
            )
        )
    assert standing() is Standing.BARRED
