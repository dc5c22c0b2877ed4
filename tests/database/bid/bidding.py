"""What bidders do, for the tests of bids."""

from decimal import Decimal
from uuid import UUID

from sqlmodel import select

from demo.bidding import letter_of
from domain.gates import GateKind, Verb
from domain.lifecycle import Stage
from models import (
    BidContent,
    Call,
    Gate,
    Organisation,
    Person,
)
from models.session import unit_of_work
from services.bid.bids import BidReceipt, submit_bid
from services.bid.consortia import Member, draft_bid
from services.clock import now
from services.gates.decide_gate import decide_gate
from services.gates.open_gate import pass_gate
from services.ledgers import quota
from services.publish.present_call import current_call
from tests.builders import Walk, actor


def organisation(number: int) -> Organisation:
    with unit_of_work() as session:
        person = actor(f"organisation-{number:02d}")
        return session.exec(
            select(Organisation).where(
                Organisation.id == session.get_one(Person, person.person_id).organisation_id
            )
        ).one()


def call_of(walk: Walk) -> Call:
    with unit_of_work() as session:
        call = current_call(session, walk.project)
        assert call is not None
        return call


def begin(walk: Walk, number: int, partners: list[Member] | None = None) -> UUID:
    with unit_of_work() as session:
        return draft_bid(
            session,
            project_id=walk.project_id,
            actor=actor(f"organisation-{number:02d}"),
            lead_id=organisation(number).id,
            partners=partners or [],
            work_package="统筹和日常服务",
        ).id


def content(walk: Walk, number: int) -> BidContent:
    return letter_of(call_of(walk), walk.story, organisation(number))


def submit(walk: Walk, bid: UUID, number: int, letter: BidContent | None = None) -> BidReceipt:
    with unit_of_work() as session:
        return submit_bid(
            session,
            bid_id=bid,
            actor=actor(f"organisation-{number:02d}"),
            content=letter or content(walk, number),
        )


def load(number: int) -> Decimal:
    with unit_of_work() as session:
        return quota.load_of(session, organisation(number).id)


def no_bid(walk: Walk, option: str) -> Gate:
    gate = walk.open(Stage.BID, GateKind.APPROVAL)
    with unit_of_work() as session:
        decide_gate(
            session,
            gate_id=gate.id,
            actor=actor(f"street-{walk.project.street_code}-1"),
            verb=Verb.APPROVE,
            option=option,
            at=now(session),
        )
    with unit_of_work() as session:
        return pass_gate(session, walk.lease, gate.id)
