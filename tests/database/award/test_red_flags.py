"""Red flags in the dossier of an award: read from the rows, shown to who decides, and to nobody else."""

import pytest
from sqlmodel import col, select

from domain.award.red_flags import FlagKind
from domain.gates import GateKind
from domain.lifecycle import Stage
from flows.projection import describe_gate
from models import Award, Bid, BidMember, BidPayload, Organisation
from models.session import unit_of_work
from services.award.red_flags import red_flags
from tests.builders import Walk, new_project

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def walk() -> Walk:
    return Walk(new_project())


def kinds(walk: Walk) -> list[FlagKind]:
    with unit_of_work() as session:
        award = session.get_one(Award, (walk.project_id, 1))
        return [flag.kind for flag in red_flags(session, walk.project, award)]


def test_what_the_demo_s_bidders_write_is_their_own(walk: Walk) -> None:
    walk.to_ranking()
    assert FlagKind.SIMILAR_TEXT not in kinds(walk)
    assert FlagKind.SHORT_WINDOW not in kinds(walk)


@pytest.mark.rule("Award 承榜")
def test_copied_texts_equal_prices_and_one_representative_are_flagged(walk: Walk) -> None:
    walk.to_ranking()
    with unit_of_work() as session:
        first, second = session.exec(
            select(Bid).where(Bid.project_id == walk.project_id).order_by(col(Bid.receipt_no))
        ).all()[:2]
        texts = [session.get_one(BidPayload, (bid.id, bid.version)) for bid in (first, second)]
        texts[1].content = texts[0].content
        second.price = first.price
        leads = [
            session.get_one(Organisation, bid_member.organisation_id)
            for bid_member in session.exec(
                select(BidMember).where(
                    col(BidMember.bid_id).in_([first.id, second.id]),
                    col(BidMember.is_lead).is_(True),
                )
            )
        ]
        for lead in leads:
            lead.legal_representative = "同一人"
    flag_kinds = kinds(walk)
    assert {
        FlagKind.IDENTICAL_PRICE,
        FlagKind.SIMILAR_TEXT,
        FlagKind.SHARED_REPRESENTATIVE,
    } <= set(flag_kinds)
    gate = walk.open(Stage.AWARD, GateKind.APPROVAL)
    flags = [fact for fact in gate.dossier["facts"] if fact.get("kind") == "red_flag"]
    assert len(flags) == len(flag_kinds)
    assert all(flag["value_en"] and not flag["public"] for flag in flags)
    # A new flag is a new version of what is decided on.
    assert gate.dossier_version == 2
    assert "雷同" not in describe_gate(walk.project.code, gate)
