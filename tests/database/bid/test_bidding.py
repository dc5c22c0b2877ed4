"""Bids: to the second, within the quota, sealed, with a receipt that anyone can check."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from pydantic import ValidationError
from sqlmodel import SQLModel, col, func, select

from domain import moments
from domain.canonical import canonical
from domain.errors import (
    BadInput,
    CallClosed,
    Incomplete,
    NotEligible,
    NotPermitted,
    OptionNotAllowed,
    Refused,
)
from domain.gates import GateKind
from domain.lifecycle import Stage, Status
from models import (
    AuditEntry,
    Bid,
    BidContent,
    BidPayload,
    Opening,
    Organisation,
    OutboxMessage,
    QuotaEntry,
)
from models.bid import BidStatus, BudgetLine, MilestonePlan
from models.session import unit_of_work
from services.bid import openings
from services.bid.bids import withdraw_bid
from services.bid.consortia import Member, confirm_partner, draft_bid, leave_consortium, members_of
from services.bid.sealed_bids import seal_version
from services.clock import move_demo_clock
from services.publish import calls
from tests.builders import Walk, actor, after, key_of, new_project
from tests.database.bid.bidding import begin, call_of, content, load, no_bid, organisation, submit


@pytest.fixture
def walk(in_bidding: Walk) -> Walk:
    return in_bidding


@pytest.mark.rule("Bid 揭榜")
def test_a_bid_one_second_late_is_refused_and_changes_nothing(walk: Walk) -> None:
    bid = begin(walk, 1)
    closes = call_of(walk).closes_at
    assert closes is not None
    with unit_of_work() as session:
        move_demo_clock(session, to=closes - timedelta(seconds=30))
    submit(walk, begin(walk, 2), 2)
    with unit_of_work() as session:
        move_demo_clock(session, to=closes)
    with pytest.raises(CallClosed):
        submit(walk, bid, 1)
    with unit_of_work() as session:
        draft = session.get_one(Bid, bid)
        assert (draft.status, draft.version) == (BidStatus.DRAFT, 0)
    assert load(1) == 0


@pytest.mark.rule("Bid 揭榜")
def test_a_receipt_can_be_checked_by_hand(walk: Walk) -> None:
    letter = content(walk, 1)
    receipt = submit(walk, begin(walk, 1), 1, letter)
    sealed = bytes.fromhex(receipt.nonce) + canonical(letter.model_dump(mode="json"))
    assert receipt.commitment == hashlib.sha256(sealed).hexdigest()


@pytest.mark.rule("Bid 揭榜")
def test_every_version_is_kept_and_the_quota_is_held_once(walk: Walk) -> None:
    bid = begin(walk, 1)
    assert [submit(walk, bid, 1).version for _ in range(3)] == [1, 2, 3]
    with unit_of_work() as session:
        assert len(session.exec(select(BidPayload).where(BidPayload.bid_id == bid)).all()) == 3
    assert load(1) == 1


@pytest.mark.rule("Bid 揭榜")
def test_a_withdrawn_bid_gives_its_quota_back(walk: Walk) -> None:
    bid = begin(walk, 1)
    submit(walk, bid, 1)
    with unit_of_work() as session:
        withdraw_bid(session, bid_id=bid, actor=actor("organisation-01"))
    assert load(1) == 0


@pytest.mark.rule("Bid 揭榜")
def test_a_consortium_waits_for_each_partner_s_own_confirmation(walk: Walk) -> None:
    partner = organisation(2)
    bid = begin(walk, 1, [Member(partner.id, Decimal(40), "居民骨干培训")])
    with pytest.raises(Incomplete, match="partner"):
        submit(walk, bid, 1)
    with pytest.raises(NotPermitted), unit_of_work() as session:
        confirm_partner(
            session, bid_id=bid, actor=actor("organisation-01"), organisation_id=partner.id
        )
    with unit_of_work() as session:
        confirm_partner(
            session, bid_id=bid, actor=actor("organisation-02"), organisation_id=partner.id
        )
    submit(walk, bid, 1)
    assert (load(1), load(2)) == (Decimal("0.6"), Decimal("0.5"))


def consortium(walk: Walk) -> UUID:
    """A submitted bid of organisation 1 with organisation 2 as a partner of 40 percent."""
    partner = organisation(2)
    bid = begin(walk, 1, [Member(partner.id, Decimal(40), "居民骨干培训")])
    with unit_of_work() as session:
        confirm_partner(
            session, bid_id=bid, actor=actor("organisation-02"), organisation_id=partner.id
        )
    submit(walk, bid, 1)
    return bid


def leave(bid: UUID, number: int) -> None:
    with unit_of_work() as session:
        leave_consortium(
            session,
            bid_id=bid,
            actor=actor(f"organisation-{number:02d}"),
            organisation_id=organisation(number).id,
        )


@pytest.mark.rule("Bid 揭榜")
def test_a_partner_that_leaves_before_the_closing_reopens_the_draft(walk: Walk) -> None:
    bid = consortium(walk)
    assert (load(1), load(2)) == (Decimal("0.6"), Decimal("0.5"))
    leave(bid, 2)
    assert (load(1), load(2)) == (Decimal(0), Decimal(0))
    with unit_of_work() as session:
        draft = session.get_one(Bid, bid)
        assert (draft.status, draft.version) == (BidStatus.DRAFT, 1)
        assert [(member.share, member.is_lead) for member in members_of(session, bid)] == [
            (Decimal(100), True)
        ]
        told = session.exec(select(OutboxMessage).where(OutboxMessage.topic == "bid.partner-left"))
        assert told.one().audience == f"organisation:{organisation(1).id}"
        # Who bids is not public: nothing of it stands among the project's entries.
        left = session.exec(select(AuditEntry).where(AuditEntry.action == "consortium.left")).one()
        assert (left.subject, left.facts) == (str(bid), {})
    submit(walk, bid, 1)
    assert (load(1), load(2)) == (Decimal(1), Decimal(0))


def test_nobody_leaves_after_the_closing_and_a_lead_does_not_leave(walk: Walk) -> None:
    bid = consortium(walk)
    with pytest.raises(NotPermitted, match="only a partner"):
        leave(bid, 1)
    with pytest.raises(NotPermitted, match="only a partner"):
        leave(bid, 3)
    closes = call_of(walk).closes_at
    assert closes is not None
    with unit_of_work() as session:
        move_demo_clock(session, to=closes)
    with pytest.raises(CallClosed):
        leave(bid, 2)
    with unit_of_work() as session:
        assert session.get_one(Bid, bid).status is BidStatus.SUBMITTED


@pytest.mark.parametrize("share", [0, 100, 120])
def test_shares_leave_something_for_the_lead(walk: Walk, share: int) -> None:
    with pytest.raises(BadInput, match="100 %"):
        begin(walk, 1, [Member(organisation(2).id, Decimal(share), "居民骨干培训")])


def test_nobody_bids_for_another_organisation(walk: Walk) -> None:
    with pytest.raises(NotPermitted), unit_of_work() as session:
        draft_bid(
            session,
            project_id=walk.project_id,
            actor=actor("organisation-01"),
            lead_id=organisation(2).id,
            partners=[],
        )


@pytest.mark.rule("Bid 揭榜")
def test_a_suspended_organisation_is_told_why(walk: Walk) -> None:
    with pytest.raises(NotEligible, match="suspended"):
        submit(walk, begin(walk, 20), 20)


@pytest.mark.rule("Bid 揭榜")
def test_a_letter_above_the_ceiling_or_not_adding_up_names_what_is_wrong(walk: Walk) -> None:
    letter = content(walk, 1)
    letter.budget[0].amount += 10_000_000
    letter.milestones[0].share = Decimal(10)
    with pytest.raises(Incomplete) as refused:
        submit(walk, begin(walk, 1), 1, letter)
    assert "ceiling" in refused.value.say("en")
    assert "80" in refused.value.say("en")


def test_many_bids_for_the_last_of_a_quota_leave_exactly_one(walk: Walk) -> None:
    others = [Walk(new_project(f"项目 {n}", 10 + n), seed=n) for n in range(1, 6)]
    for other in others:
        other.to_bidding()
    with unit_of_work() as session:
        bidder = session.get_one(Organisation, organisation(1).id)
        bidder.grade, bidder.serves = "2A", ["*"]
        capacity = 2
    begun = [
        (each_walk, begin(each_walk, 1), content(each_walk, 1)) for each_walk in (walk, *others)
    ]

    def attempt(begun_bid: tuple[Walk, UUID, BidContent]) -> bool:
        try:
            submit(begun_bid[0], begun_bid[1], 1, begun_bid[2])
        except NotEligible:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        won = list(pool.map(attempt, begun))
    assert sum(won) == capacity
    assert load(1) == capacity


@pytest.mark.rule("Bid 揭榜")
def test_nothing_is_opened_before_the_closing_or_by_one_alone(walk: Walk) -> None:
    submit(walk, begin(walk, 1), 1)
    secretary = actor(f"secretary-{walk.project.community_code}-1")
    with pytest.raises(NotPermitted, match="not closed"), unit_of_work() as session:
        openings.attend_opening(
            session, project_id=walk.project_id, actor=secretary, private=key_of(session, secretary)
        )
    with unit_of_work() as session:
        assert session.exec(select(Bid).where(col(Bid.price).is_not(None))).all() == []


@pytest.mark.rule("Bid 揭榜")
def test_the_opening_record_lists_the_commitments_and_a_changed_payload_shows(walk: Walk) -> None:
    first, second = begin(walk, 1), begin(walk, 2)
    receipts = [submit(walk, first, 1), submit(walk, second, 2)]
    with unit_of_work() as session:
        bid = session.get_one(Bid, second)
        bid_payload = session.get_one(BidPayload, (second, 1))
        session.delete(bid_payload)
        session.flush()
        changed = content(walk, 2).model_dump(mode="json")
        changed["plan"] = "换成另一份方案，字数也足够长，看上去没有问题。"
        seal_version(session, bid, nonce=b"0" * 32, content=changed, at=bid.created_at)
    walk.story.no_bids = True
    walk.through(Stage.BID, GateKind.TIMER)
    walk.through(Stage.BID, GateKind.EVENT)
    walk.do(Stage.BID, "open", openings.open_bids)
    with unit_of_work() as session:
        record = session.exec(select(Opening)).one().commitments
        assert {line["commitment"] for line in record} == {
            receipt.commitment for receipt in receipts
        }
        assert session.get_one(Bid, first).status is BidStatus.OPENED
        assert session.get_one(Bid, second).status is BidStatus.VOID


@pytest.mark.usefixtures("database")
def test_bids_are_taken_only_while_the_project_is_bidding() -> None:
    other = Walk(new_project("未发榜", 30))
    other.to_call_approval()
    assert other.project.status is Status.PUBLISHING
    with pytest.raises(Refused, match="takes no bids"):
        begin(other, 1)


@pytest.mark.rule("Consequences")
def test_the_ledger_balances_after_everything(walk: Walk) -> None:
    for number in (1, 2, 3):
        bid = begin(walk, number)
        submit(walk, bid, number)
        with unit_of_work() as session:
            withdraw_bid(session, bid_id=bid, actor=actor(f"organisation-{number:02d}"))
    with unit_of_work() as session:
        assert session.exec(select(func.sum(QuotaEntry.amount))).one() == 0


@pytest.mark.rule("Publish 发榜")
def test_a_bid_on_a_call_that_was_replaced_is_void(walk: Walk) -> None:
    bid = begin(walk, 1)
    walk.story.no_bids = True
    walk.through(Stage.BID, GateKind.TIMER)
    gate = no_bid(walk, "republish")
    walk.do(Stage.BID, "no-bid", after(calls.handle_no_bid, gate))
    with unit_of_work() as session:
        assert session.get_one(Bid, bid).status is BidStatus.VOID
        assert session.exec(select(OutboxMessage).where(OutboxMessage.topic == "bid.void")).one()
    walk.through(Stage.PUBLISH, GateKind.PREPARATION)
    walk.open(Stage.PUBLISH, GateKind.APPROVAL)
    passed = walk.through(Stage.PUBLISH, GateKind.APPROVAL)
    walk.do(Stage.PUBLISH, "publish", after(calls.publish_call, passed))
    with pytest.raises(NotPermitted, match="new version"):
        submit(walk, bid, 1)
    assert submit(walk, begin(walk, 1), 1).version == 1


@pytest.mark.rule("Bid 揭榜")
def test_a_call_is_extended_once_and_then_no_more(walk: Walk) -> None:
    walk.story.no_bids = True
    walk.through(Stage.BID, GateKind.TIMER)
    walk.do(Stage.BID, "no-bid", after(calls.handle_no_bid, no_bid(walk, "extend")))
    walk.through(Stage.BID, GateKind.TIMER)
    with pytest.raises(
        OptionNotAllowed, match="draft the call again and republish, close without an award"
    ):
        no_bid(walk, "extend")


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (MilestonePlan, {"title": "中期", "due_on": "2026-12-01", "share": "33.333"}),
        (BudgetLine, {"item": "人员", "amount": "100.005"}),
    ],
)
def test_more_decimals_than_a_ledger_keeps_are_refused(
    kind: type[SQLModel], values: dict[str, str]
) -> None:
    with pytest.raises(ValidationError, match="2 decimal places"):
        kind.model_validate(values)


def test_two_revisions_of_one_organisation_at_once_do_not_deadlock(walk: Walk) -> None:
    other = Walk(new_project("另一个", 10), seed=2)
    other.to_bidding()
    with unit_of_work() as session:
        bidder = session.get_one(Organisation, organisation(1).id)
        bidder.grade, bidder.serves = "5A", ["*"]
    begun = [(each_walk, begin(each_walk, 1), content(each_walk, 1)) for each_walk in (walk, other)]
    for bid_walk, bid, letter in begun:
        submit(bid_walk, bid, 1, letter)
    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            list(
                pool.map(
                    lambda begun_bid: submit(begun_bid[0], begun_bid[1], 1, begun_bid[2]), begun
                )
            )
    assert load(1) == 2


def test_the_dossier_says_the_closing_in_beijing_time(walk: Walk) -> None:
    closes = call_of(walk).closes_at
    assert closes is not None
    facts = walk.open(Stage.BID, GateKind.TIMER).dossier["facts"]
    values = {fact["en"]: fact["value"] for fact in facts}
    assert values["Closes"] == moments.until(closes).zh
    assert values["Closes"].endswith("24:00")
