"""A sealed bid, a draft that is not submitted, and the receipt of an opened one."""

import random

from sqlmodel import select

from demo.bidding import letter_of
from demo.story import Story
from domain.errors import NotEligible
from models import (
    Bid,
    BidFile,
    Organisation,
    Person,
    Project,
)
from models.session import unit_of_work
from services.bid.bid_files import attach_files
from services.bid.bids import submit_bid
from services.bid.consortia import draft_bid
from services.bid.opened_bids import opened_bids
from services.bid.sealed_bids import save_bid_draft
from services.publish.present_call import current_call
from services.uploads import Upload, cleaned
from tests.builders import actor
from tests.web.world import World

SEALED = "雪松计划：每周两次上门，全程留痕，按月小结。"
ITEM = "云杉牌折叠轮椅"
DRAFTED = "银杏草案：还没有提交的想法。"


def _seal(project: Project, logins: list[str]) -> tuple[Bid, str]:
    """Submit a bid of the first organisation that is eligible."""
    for login in logins:
        try:
            return _submit(project, login), login
        except NotEligible:
            continue
    raise AssertionError("nobody may bid")


def _submit(project: Project, login: str) -> Bid:
    who = actor(login)
    with unit_of_work() as session:
        person = session.get_one(Person, who.person_id)
        own = session.get_one(Organisation, person.organisation_id)
        call = current_call(session, project)
        assert call is not None
        bid = draft_bid(session, project_id=project.id, actor=who, lead_id=own.id, partners=[])
        letter = letter_of(call, Story(project.id, random.Random(3)), own)
        letter.plan = SEALED
        letter.budget[0].item = ITEM
        plan = Upload(f"{ITEM}.pdf", b"%PDF-1.7 " + SEALED.encode())
        letter.files = attach_files(session, bid_id=bid.id, actor=who, files=[cleaned(plan)])
        submit_bid(session, bid_id=bid.id, actor=who, content=letter)
    return bid


def _file_of(bid: Bid) -> str:
    with unit_of_work() as session:
        return str(session.exec(select(BidFile.id).where(BidFile.bid_id == bid.id)).one())


def _draft(project: Project, login: str) -> None:
    who = actor(login)
    with unit_of_work() as session:
        own = session.get_one(Person, who.person_id).organisation_id
        assert own is not None
        bid = draft_bid(session, project_id=project.id, actor=who, lead_id=own, partners=[])
        save_bid_draft(session, bid, {"plan": [DRAFTED]}, who)


def _a_receipt(project: Project) -> str:
    with unit_of_work() as session:
        return str(opened_bids(session, project)[0].receipt_no)


def add_bids(world: World) -> None:
    """Add a bidder with its sealed bid, and another organisation with its draft."""
    place = world.projects["bidding"]
    world.bid, bidder = _seal(place, world.without_part)
    world.file = _file_of(world.bid)
    other = next(login for login in world.without_part if login != bidder)
    world.people |= {"bidder": bidder, "other organisation": other}
    _draft(place, other)
    world.opened = _a_receipt(world.projects["scoring"])
