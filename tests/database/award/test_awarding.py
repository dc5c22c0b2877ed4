"""The panel and the agreement: interests, quorum, sheets, and who is punished for what."""

from decimal import Decimal
from uuid import UUID

import pytest
from sqlmodel import col, select

from demo.story import actor_of
from domain.errors import BadInput, NotPermitted
from domain.gates import GateKind, Outcome, Verb
from domain.lifecycle import Stage, Status
from models import Award, Bid, Gate, Organisation, Panel, PanelScore, QuotaEntry, StatusChange
from models.bid import BidStatus
from models.session import unit_of_work
from models.shapes import Reason
from services.award import awards, panel_scores, panels, ranking
from services.award.panels import InterestCreate, PanelCreate
from services.cancelling import cancel_project
from services.clock import now
from services.gates.check_stage import run_check
from services.gates.decide_gate import decide_gate
from services.gates.open_gate import pass_gate
from services.gates.settle_gate import settle_gate
from services.identity.actors import Actor
from services.publish.present_call import current_call
from tests.builders import Walk, actor, new_project
from tests.database.award.panel import by_person

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def walk() -> Walk:
    return Walk(new_project())


def recuse(walk: Walk, *logins: str) -> None:
    for login in logins:
        with unit_of_work() as session:
            panels.declare_interest(
                session,
                project_id=walk.project_id,
                actor=actor(login),
                declaration=InterestCreate(interest=True),
            )


def panel_of(walk: Walk) -> Panel:
    with unit_of_work() as session:
        return session.get_one(Panel, (walk.project_id, 1))


def bids_of(walk: Walk) -> list[Bid]:
    with unit_of_work() as session:
        return list(session.exec(select(Bid).where(Bid.project_id == walk.project_id)).all())


def form(walk: Walk, members: dict[str, str], chair: str, by: str | None = None) -> None:
    street = f"street-{walk.project.street_code}"
    with unit_of_work() as session:
        panels.form_panel(
            session,
            project_id=walk.project_id,
            actor=actor(by or f"{street}-1"),
            panel=PanelCreate.model_validate(
                {"members": by_person(members), "chair": actor(chair).person_id}
            ),
        )


def usual(walk: Walk) -> dict[str, str]:
    return {
        f"street-{walk.project.street_code}-2": "street_community",
        "department-1": "departments",
        "department-2": "departments",
        "expert-4": "experts",
        "expert-5": "experts",
    }


@pytest.fixture
def forming(at_panel: Walk) -> Walk:
    at_panel.open(Stage.AWARD, GateKind.PREPARATION)
    return at_panel


@pytest.mark.rule("Award 承榜")
def test_a_panel_of_five_with_its_three_parties_is_formed(forming: Walk) -> None:
    form(forming, usual(forming), "expert-4")
    assert panel_of(forming).trim


@pytest.mark.rule("Award 承榜")
@pytest.mark.parametrize("missing", ["department-1", "expert-5"])
def test_a_panel_too_small_is_refused(forming: Walk, missing: str) -> None:
    members = usual(forming)
    del members[missing]
    with pytest.raises(BadInput, match="5 members"):
        form(forming, members, "expert-4")


def test_a_member_comes_from_the_party_named(forming: Walk) -> None:
    with pytest.raises(BadInput, match="department-1 does not come"):
        form(forming, usual(forming) | {"department-1": "experts"}, "expert-4")


def test_whoever_forms_the_panel_does_not_chair_it(forming: Walk) -> None:
    street = f"street-{forming.project.street_code}-2"
    with pytest.raises(BadInput, match="not the person who forms"):
        form(forming, usual(forming), street, by=street)


def opened(walk: Walk) -> list[Bid]:
    return [bid for bid in bids_of(walk) if bid.status is BidStatus.OPENED]


def test_a_bid_that_is_not_before_the_panel_is_not_scored(in_scoring: Walk) -> None:
    with unit_of_work() as session:
        panels.declare_interest(
            session,
            project_id=in_scoring.project_id,
            actor=actor("expert-5"),
            declaration=InterestCreate(interest=False),
        )
        bid = session.get_one(Bid, opened(in_scoring)[0].id)
        bid.status = BidStatus.VOID
    with pytest.raises(NotPermitted, match="not before the panel"):
        score(in_scoring, bid.id, "expert-5", 80)


def test_a_second_sheet_replaces_the_first(in_scoring: Walk) -> None:
    bid = opened(in_scoring)[0]
    with unit_of_work() as session:
        panels.declare_interest(
            session,
            project_id=in_scoring.project_id,
            actor=actor("expert-5"),
            declaration=InterestCreate(interest=False),
        )
    for value in (60, 80):
        rubric = score(in_scoring, bid.id, "expert-5", value)
    with unit_of_work() as session:
        sheet = session.exec(select(PanelScore)).one()
    assert sheet.marks == dict.fromkeys(rubric, "80")


def score(walk: Walk, bid_id: UUID, login: str, value: int) -> list[str]:
    with unit_of_work() as session:
        call = current_call(session, walk.project)
        assert call is not None
        marks = dict.fromkeys(call.rubric, Decimal(value))
        panel_scores.score_bid(session, bid_id=bid_id, actor=actor(login), marks=marks)
    return list(marks)


def test_no_sheet_is_taken_once_the_scoring_is_over(walk: Walk) -> None:
    walk.to_ranking()
    with pytest.raises(NotPermitted, match="takes no answers"):
        score(walk, opened(walk)[0].id, "expert-5", 10)


def test_an_interest_that_becomes_known_late_voids_the_member_s_sheets(in_scoring: Walk) -> None:
    members = list(usual(in_scoring))
    for login in members:
        with unit_of_work() as session:
            panels.declare_interest(
                session,
                project_id=in_scoring.project_id,
                actor=actor(login),
                declaration=InterestCreate(interest=False),
            )
    opened = [bid for bid in bids_of(in_scoring) if bid.status is BidStatus.OPENED]
    for bid in opened:
        score(in_scoring, bid.id, "department-1", 100)
    recuse(in_scoring, "department-1")
    for bid in opened:
        for login in members:
            if login != "department-1":
                score(in_scoring, bid.id, login, 70)
    with unit_of_work() as session:
        gate = session.exec(
            select(Gate).where(Gate.stage == Stage.AWARD, Gate.kind == GateKind.EVENT)
        ).one()
        assert gate.outcome is Outcome.APPROVED
    in_scoring.do(Stage.AWARD, "rank", ranking.rank_bids)
    with unit_of_work() as session:
        assert session.exec(select(Award)).one().total == 70
        project = in_scoring.project
        assert run_check(session, project, Stage.AWARD, now(session)).passed


def test_a_chair_with_an_interest_passes_the_chair_on_and_confirms_nothing(
    in_scoring: Walk,
) -> None:
    recuse(in_scoring, "expert-4")
    assert panel_of(in_scoring).chair_id == actor("expert-5").person_id
    members = [member for member in usual(in_scoring) if member != "expert-4"]
    for login in members:
        with unit_of_work() as session:
            panels.declare_interest(
                session,
                project_id=in_scoring.project_id,
                actor=actor(login),
                declaration=InterestCreate(interest=False),
            )
    for bid in bids_of(in_scoring):
        if bid.status is BidStatus.OPENED:
            for login in members:
                score(in_scoring, bid.id, login, 75)
    in_scoring.do(Stage.AWARD, "rank", ranking.rank_bids)
    gate = in_scoring.open(Stage.AWARD, GateKind.APPROVAL)
    with pytest.raises(NotPermitted, match="interest"):
        approve(gate, "expert-4")
    approve(gate, "expert-5")


def approve(gate: Gate, login: str) -> None:
    with unit_of_work() as session:
        decide_gate(
            session, gate_id=gate.id, actor=actor(login), verb=Verb.APPROVE, at=now(session)
        )


@pytest.mark.rule("Award 承榜")
@pytest.mark.parametrize(
    "recused", [("street",), ("department-1", "department-2"), ("expert-4", "expert-5")]
)
def test_a_panel_that_recusals_have_broken_is_formed_anew(
    walk: Walk, recused: tuple[str, ...]
) -> None:
    gate = walk.to_scoring()
    street = f"street-{walk.project.street_code}-2"
    recuse(walk, *(street if member == "street" else member for member in recused))
    assert walk.read(gate).outcome is Outcome.RETURNED
    for _ in range(2):
        with unit_of_work() as session:
            pass_gate(session, walk.lease, gate.id)
    assert walk.project.stage_round == 2


def test_a_street_that_does_not_sign_costs_the_winner_nothing(at_agreement: Walk) -> None:
    with unit_of_work() as session:
        award = session.exec(select(Award)).one()
        bid = session.get_one(Bid, award.bid_id)
        lead = actor_for(bid)
    with unit_of_work() as session:
        awards.confirm_agreement(session, project_id=at_agreement.project_id, actor=lead)
    at_agreement.do(Stage.NOTICE, "reopen", awards.reopen_award)
    with unit_of_work() as session:
        assert session.get_one(Bid, award.bid_id).status is BidStatus.OPENED


def actor_for(bid: Bid) -> Actor:
    with unit_of_work() as session:
        return actor_of(session, session.get_one(Organisation, bid.lead_id))


@pytest.mark.rule("Award 承榜")
def test_a_winner_who_does_not_sign_is_out_and_gets_its_quota_back(at_agreement: Walk) -> None:
    at_agreement.do(Stage.NOTICE, "reopen", awards.reopen_award)
    with unit_of_work() as session:
        award = session.exec(select(Award)).one()
        bid = session.get_one(Bid, award.bid_id)
        assert bid.status is BidStatus.VOID
        entries = session.exec(
            select(QuotaEntry).where(QuotaEntry.reference == f"{bid.id}:v{bid.version}")
        ).all()
        assert sum(entry.amount for entry in entries) == 0


def test_cancelling_gives_every_bidder_its_quota_back_and_keeps_the_reason(walk: Walk) -> None:
    walk.to_opened()
    with unit_of_work() as session:
        assert sum(quota_entry.amount for quota_entry in session.exec(select(QuotaEntry)).all()) > 0
    with unit_of_work() as session:
        cancel_project(
            session,
            project_id=walk.project_id,
            actor=actor("administrator-1"),
            cancellation=Reason(reason="街道已另行安排"),
        )
    with unit_of_work() as session:
        assert (
            sum(quota_entry.amount for quota_entry in session.exec(select(QuotaEntry)).all()) == 0
        )
        last = session.exec(
            select(StatusChange).order_by(col(StatusChange.changed_at).desc())
        ).first()
        assert last is not None
        assert (last.after, last.reason) == (Status.CANCELLED, "街道已另行安排")


def test_an_event_gate_settles_again_without_a_change(in_scoring: Walk) -> None:
    gate = in_scoring.open(Stage.AWARD, GateKind.EVENT)
    with unit_of_work() as session:
        gate = session.get_one(Gate, gate.id)
        settle_gate(session, in_scoring.project, gate, now(session))
        assert gate.outcome is None
