"""Many at once on the real database: the last of a quota, the closing, the opening."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlmodel import col, func, select

from domain.errors import CallClosed, NotEligible, NotPermitted
from domain.gates import GateKind
from domain.lifecycle import Stage, Status
from models import (
    Bid,
    BidContent,
    Call,
    CallKey,
    Opening,
    OpeningPresence,
    Organisation,
    Project,
    QuotaEntry,
)
from models.bid import BidStatus
from models.session import unit_of_work
from services.bid import openings
from services.bid.bids import BidReceipt, submit_bid, withdraw_bid
from services.bid.consortia import Member, confirm_partner, draft_bid
from services.clock import now
from tests.builders import Walk, actor, key_of
from tests.cluster import Cluster
from tests.database.bid.bidding import begin, call_of, content, load, organisation, submit
from tests.racing import at_once

MANY = 50


def test_a_missing_database_is_created_once_by_whoever_notices_first(cluster: Cluster) -> None:
    for _ in range(3):
        cluster.sql('DROP DATABASE "prefect" WITH (FORCE)')
        answers = at_once(*([cluster.server.ready] * 6))
        assert set(answers) <= {True, False}
        assert cluster.server.ready()


def more_calls(walk: Walk, number: int) -> list[UUID]:
    """Open further calls like the walk's own."""
    call = call_of(walk)
    project_ids = []
    with unit_of_work() as session:
        key = session.get_one(CallKey, call.id)
        for n in range(number):
            fields = walk.project.model_dump(exclude={"id"}) | {"code": f"LC-2026-8{n:03d}"}
            project = Project.model_validate(fields)
            session.add(project)
            session.flush()
            other = Call.model_validate(
                call.model_dump(exclude={"id"}) | {"project_id": project.id}
            )
            session.add(other)
            session.flush()
            session.add(CallKey.model_validate(key.model_dump() | {"call_id": other.id}))
            project_ids.append(project.id)
    return project_ids


def serves_everywhere(number: int, grade: str) -> None:
    with unit_of_work() as session:
        bidder = session.get_one(Organisation, organisation(number).id)
        bidder.grade, bidder.serves = grade, ["*"]


def drafts(projects: Sequence[UUID], number: int, partner: int | None = None) -> list[UUID]:
    """Begin a bid on every project, with a partner of half the share where one is named."""
    bid_ids = []
    for project_id in projects:
        with unit_of_work() as session:
            partners = (
                [Member(organisation(partner).id, Decimal(50), "居民骨干培训")] if partner else []
            )
            bid = draft_bid(
                session,
                project_id=project_id,
                actor=actor(f"organisation-{number:02d}"),
                lead_id=organisation(number).id,
                partners=partners,
                work_package="统筹和日常服务",
            ).id
        if partner:
            with unit_of_work() as session:
                confirm_partner(
                    session,
                    bid_id=bid,
                    actor=actor(f"organisation-{partner:02d}"),
                    organisation_id=organisation(partner).id,
                    share=Decimal(50),
                )
        bid_ids.append(bid)
    return bid_ids


def submission(bid: UUID, number: int, letter: BidContent) -> Callable[[], BidReceipt]:
    who = actor(f"organisation-{number:02d}")

    def do() -> BidReceipt:
        with unit_of_work() as session:
            return submit_bid(session, bid_id=bid, actor=who, content=letter)

    return do


@pytest.mark.rule("Consequences")
def test_fifty_bids_at_once_for_the_last_of_a_quota_leave_exactly_one(in_bidding: Walk) -> None:
    serves_everywhere(1, "1A")
    projects = more_calls(in_bidding, MANY)
    letter = content(in_bidding, 1)
    answers = at_once(*(submission(bid, 1, letter) for bid in drafts(projects, 1)))
    assert sum(isinstance(answer, BidReceipt) for answer in answers) == 1
    assert sum(isinstance(answer, NotEligible) for answer in answers) == MANY - 1
    assert load(1) == 1
    with unit_of_work() as session:
        assert session.exec(select(func.count()).select_from(QuotaEntry)).one() == 1


def test_a_partner_s_last_quota_goes_to_one_of_the_consortia_that_want_it(
    in_bidding: Walk,
) -> None:
    """Two leads and one partner who has one project left, in crossing order."""
    for number, grade in ((1, "5A"), (2, "5A"), (3, "none")):
        serves_everywhere(number, grade)
    projects = more_calls(in_bidding, 12)
    letter = content(in_bidding, 1)
    jobs = [submission(bid, 1, letter) for bid in drafts(projects[:6], 1, partner=3)]
    jobs += [submission(bid, 2, letter) for bid in drafts(projects[6:], 2, partner=3)]
    answers = at_once(*jobs)
    assert sum(isinstance(answer, BidReceipt) for answer in answers) == 2
    assert load(3) == 1
    assert load(1) + load(2) == 1


def test_what_is_submitted_in_the_second_of_the_closing_is_in_the_record_or_was_refused(
    in_bidding: Walk,
) -> None:
    walk, bidders = in_bidding, (1, 2, 3, 4)
    letters = {number: content(walk, number) for number in bidders}
    begun = {number: begin(walk, number) for number in bidders}
    with unit_of_work() as session:
        call = session.get_one(Call, call_of(walk).id)
        call.closes_at = now(session) + timedelta(seconds=1)

    def until_it_closes(number: int) -> list[BidReceipt]:
        given = []
        while True:
            try:
                given.append(submit(walk, begun[number], number, letters[number]))
            except CallClosed:
                return given

    answers = at_once(*(lambda number=number: until_it_closes(number) for number in bidders))
    last = {answer[-1].commitment for answer in answers if isinstance(answer, list) and answer}
    assert len(last) == len(bidders)
    opened = open_them(walk)
    assert {line["commitment"] for line in opened} == last
    assert all(line["matches"] for line in opened)
    with unit_of_work() as session:
        closes = session.get_one(Call, call_of(walk).id).closes_at
        assert closes is not None
        times = session.exec(select(Bid.submitted_at).where(Bid.project_id == walk.project_id))
        assert all(at is not None and at < closes for at in times)


def close(walk: Walk) -> None:
    """Let the call's time be over without the demo's bidders."""
    walk.let_time_pass(walk.open(Stage.BID, GateKind.TIMER))


def open_them(walk: Walk) -> list[dict[str, object]]:
    close(walk)
    walk.through(Stage.BID, GateKind.EVENT)
    walk.do(Stage.BID, "open", openings.open_bids)
    with unit_of_work() as session:
        return list(session.get_one(Opening, (walk.project_id, 1)).commitments)


def attendance(walk: Walk, login: str) -> Callable[[], None]:
    who = actor(login)
    with unit_of_work() as session:
        private = key_of(session, who)

    def do() -> None:
        with unit_of_work() as session:
            openings.attend_opening(session, project_id=walk.project_id, actor=who, private=private)

    return do


def openers(walk: Walk) -> list[Callable[[], None]]:
    project = walk.project
    logins = (f"secretary-{project.community_code}-1", f"street-{project.street_code}-1")
    return [attendance(walk, login) for login in logins]


def test_two_openers_in_the_same_moment_open_everything_once(in_bidding: Walk) -> None:
    walk = in_bidding
    for number in (1, 2, 3):
        submit(walk, begin(walk, number), number)
    close(walk)
    walk.open(Stage.BID, GateKind.EVENT)
    both = openers(walk)
    assert at_once(*both, *both) == [None] * 4
    with unit_of_work() as session:
        present = session.exec(select(OpeningPresence)).all()
        assert len(present) == 2
        # The shares are forgotten as soon as they have opened the bids.
        assert [presence.share for presence in present] == [None, None]
    walk.do(Stage.BID, "open", openings.open_bids)
    with unit_of_work() as session:
        bids = session.exec(select(Bid).where(Bid.project_id == walk.project_id)).all()
    assert {bid.status for bid in bids} == {BidStatus.OPENED}
    assert all(bid.price for bid in bids)


def test_nobody_withdraws_while_the_bids_are_opened(in_bidding: Walk) -> None:
    walk = in_bidding
    begun = {number: begin(walk, number) for number in (1, 2)}
    for number, bid in begun.items():
        submit(walk, bid, number)
    close(walk)
    walk.open(Stage.BID, GateKind.EVENT)

    def withdraw() -> None:
        with unit_of_work() as session:
            withdraw_bid(session, bid_id=begun[1], actor=actor("organisation-01"))

    first, second, withdrawn = at_once(*openers(walk), withdraw)
    assert (first, second) == (None, None)
    assert isinstance(withdrawn, CallClosed | NotPermitted)
    walk.do(Stage.BID, "open", openings.open_bids)
    with unit_of_work() as session:
        rows = session.exec(
            select(Bid.status).where(Bid.project_id == walk.project_id, col(Bid.version) > 0)
        ).all()
    assert set(rows) == {BidStatus.OPENED}
    assert load(1) == 1
    assert walk.project.status is Status.BIDDING
