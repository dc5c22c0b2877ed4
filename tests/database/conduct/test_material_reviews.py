"""False material is proved by one, replied to, and decided by another."""

from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from demo.story import actor_of
from domain.calendar import BEIJING
from domain.conduct.conduct_list import Colour, CreditRule, Ground
from domain.errors import BadInput, NotPermitted
from models import Bid, CreditEvent, MaterialReview, Organisation, OutboxMessage
from models.session import unit_of_work
from services.award.awards import present_agreement
from services.clock import move_demo_clock, now
from services.conduct.conduct_list import proposals
from services.conduct.material_reviews import (
    MaterialReviewCreate,
    MaterialReviewUpdate,
    ReplyUpdate,
    decide_review,
    open_review,
    read_reviews,
    reply_to_review,
    upheld_reviews,
)
from services.identity.actors import Actor, grants_of
from services.public.timeline import timeline
from tests.builders import Walk, actor

CLAIM, PROOF = "意向书称有专职社工 5 名。", "社保缴费记录显示只有 2 名，已到现场核对。"


@pytest.fixture
def walk(in_delivery: Walk) -> Walk:
    return in_delivery


def street(walk: Walk) -> Actor:
    return actor(f"street-{walk.project.street_code}-1")


def lead(walk: Walk) -> Organisation:
    with unit_of_work() as session:
        bid = session.get_one(Bid, present_agreement(session, walk.project).bid_id)
        return session.get_one(Organisation, bid.lead_id)


def by(organisation: Organisation) -> Actor:
    with unit_of_work() as session:
        return actor_of(session, organisation)


def open_(walk: Walk, who: Actor, organisation: UUID) -> str:
    with unit_of_work() as session:
        review = MaterialReviewCreate(organisation=organisation, claim=CLAIM, proof=PROOF)
        return open_review(session, project_id=walk.project_id, actor=who, review=review).code


def reply(code: str, who: Actor) -> None:
    with unit_of_work() as session:
        reply_to_review(session, code=code, actor=who, reply=ReplyUpdate(reply="其余为派遣。"))


def decide(code: str, who: Actor, *, upheld: bool = True) -> None:
    with unit_of_work() as session:
        decision = MaterialReviewUpdate(upheld=upheld, reason="派遣合同不能证明专职。")
        decide_review(session, code=code, actor=who, decision=decision)


def events() -> list[CreditEvent]:
    with unit_of_work() as session:
        return list(session.exec(select(CreditEvent)).all())


@pytest.mark.rule("Consequences")
def test_upheld_false_material_costs_forty_points_and_is_a_ground_for_the_black_list(
    walk: Walk,
) -> None:
    own = lead(walk)
    code = open_(walk, street(walk), own.id)
    reply(code, by(own))
    decide(code, actor("administrator-1"))
    (event,) = events()
    assert (event.rule, event.points, event.reference) == (
        CreditRule.FALSE_MATERIAL,
        Decimal(-40),
        code,
    )
    with unit_of_work() as session:
        day = now(session).astimezone(BEIJING).date()
        (entry,) = proposals(session, since=day.replace(day=1), until=day)
        texts = [moment.text.en for moment in timeline(session, walk.project.code)]
        (public,) = upheld_reviews(session, walk.project)
        topics = {outbox_message.topic for outbox_message in session.exec(select(OutboxMessage))}
    assert (entry.organisation, entry.colour, entry.ground) == (
        own.id,
        Colour.BLACK,
        Ground.FALSE_MATERIAL,
    )
    assert "Material was found to be false" in texts
    assert (public.claim, public.organisation) == (CLAIM, own.name)
    assert {"material.opened", "material.replied", "material.decided"} <= topics


def test_dismissed_it_enters_nothing_and_is_not_public(walk: Walk) -> None:
    own = lead(walk)
    code = open_(walk, street(walk), own.id)
    reply(code, by(own))
    decide(code, actor("administrator-1"), upheld=False)
    assert events() == []
    with unit_of_work() as session:
        assert upheld_reviews(session, walk.project) == ()
        assert not [
            moment for moment in timeline(session, walk.project.code) if "aterial" in moment.text.en
        ]
    with pytest.raises(NotPermitted, match="is decided"):
        decide(code, actor("administrator-1"))


@pytest.mark.rule("Consequences")
def test_who_says_that_material_is_false_does_not_decide_it(walk: Walk) -> None:
    own = lead(walk)
    code = open_(walk, actor("administrator-1"), own.id)
    reply(code, by(own))
    with pytest.raises(NotPermitted, match="does not decide it"):
        decide(code, actor("administrator-1"))
    with pytest.raises(NotPermitted):
        decide(code, street(walk))
    decide(code, actor("administrator-2"))


def test_nothing_is_decided_before_the_reply_or_its_time(walk: Walk) -> None:
    code = open_(walk, street(walk), lead(walk).id)
    with pytest.raises(NotPermitted, match="may still reply"):
        decide(code, actor("administrator-1"))
    with unit_of_work() as session:
        material_review = session.exec(select(MaterialReview)).one()
        move_demo_clock(session, to=material_review.reply_until)
    decide(code, actor("administrator-1"))


def test_only_a_bidder_of_the_project_is_reviewed(walk: Walk) -> None:
    with pytest.raises(BadInput, match="whose bid was opened"):
        open_(walk, street(walk), uuid4())
    with pytest.raises(NotPermitted):
        open_(walk, by(lead(walk)), lead(walk).id)


def test_it_is_read_by_those_concerned_alone(walk: Walk) -> None:
    own = lead(walk)
    code = open_(walk, street(walk), own.id)

    def read(who: Actor) -> list[str]:
        with unit_of_work() as session:
            grants = grants_of(session, who.person_id)
            page = read_reviews(session, walk.project.code, who.person_id, grants)
            return [review.code for review in page.reviews]

    for who in (street(walk), by(own), actor("administrator-1"), actor("auditor-1")):
        assert read(who) == [code]
    with unit_of_work() as session:
        others = session.exec(select(Organisation).where(Organisation.id != own.id)).all()
    for stranger in (by(others[0]), actor("expert-1"), actor("analyst-1")):
        with pytest.raises(NotPermitted):
            read(stranger)
