"""The bid editor: drafts, partners with what they saw, refusals that lose nothing, late comers."""

from decimal import Decimal

import pytest
from sqlmodel import col, select

from domain.gates import GateKind
from domain.lifecycle import Stage
from models import (
    AuditEntry,
    Bid,
    BidMember,
    Call,
    Draft,
    Organisation,
    Person,
    RoleGrant,
    SealKey,
)
from models.bid import BidStatus
from models.session import unit_of_work
from services.bid import openings
from services.bid.consortia import Member, draft_bid
from services.clock import move_demo_clock
from services.identity.demo_people import PASSWORD
from services.seal.seal_keys import DEMO_PASSPHRASE
from tests.builders import Walk, actor, new_project
from tests.web.bid.bid_form import PLAN, complete, path
from tests.web.visitor import Visitor

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def walk() -> Walk:
    made = Walk(new_project())
    made.to_bidding()
    return made


def organisation(login: str) -> Organisation:
    with unit_of_work() as session:
        person = session.get_one(Person, actor(login).person_id)
        return session.get_one(Organisation, person.organisation_id)


def test_a_refused_bid_keeps_what_was_typed_and_is_recorded(walk: Walk, served: str) -> None:
    visitor = Visitor(served, "organisation-01")
    dear = visitor.post(f"{path(walk)}/submit", **complete(walk, **{"budget.amount": "900000000"}))
    assert dear.status_code == 422
    assert "超过最高限价" in dear.text
    assert PLAN in dear.text
    assert PLAN not in visitor.read(path(walk))
    assert PLAN in visitor.unseal(walk.project.code)
    with unit_of_work() as session:
        assert session.exec(select(AuditEntry).where(AuditEntry.action == "bid.refused")).one()
    assert visitor.post(f"{path(walk)}/submit", **complete(walk)).status_code == 303
    with unit_of_work() as session:
        assert session.exec(select(Draft)).all() == []


def test_one_second_late_shows_what_was_typed(walk: Walk, served: str) -> None:
    with unit_of_work() as session:
        closes = session.exec(select(Call.closes_at)).one()
        assert closes is not None
        move_demo_clock(session, to=closes)
    late = Visitor(served, "organisation-01").post(f"{path(walk)}/submit", **complete(walk))
    assert late.status_code in (404, 409)
    assert PLAN in late.text


def consortium(name: str, share: str) -> dict[str, str]:
    """Return the members' form with one partner."""
    return {
        "work_package": "统筹和日常服务",
        "partners.name": name,
        "partners.share": share,
        "partners.work_package": "居民骨干培训",
    }


def test_a_partner_confirms_only_the_share_it_saw(walk: Walk, served: str) -> None:
    lead, partner = Visitor(served, "organisation-01"), Visitor(served, "organisation-02")
    # The partner has begun a bid of its own, which hides nothing.
    partner.post(f"{path(walk)}/draft", plan="自己的想法")
    name = organisation("organisation-02").name
    invited = consortium(name, "40")
    assert lead.post(f"{path(walk)}/members", **invited).status_code == 303
    page = partner.read(path(walk))
    assert "请确认加入联合体" in page
    lead.post(f"{path(walk)}/members", **invited | {"partners.share": "10"})
    stale = partner.post(f"{path(walk)}/confirm", share="40.00")
    assert stale.status_code == 403
    assert "牵头方已修改份额" in stale.text
    seen = {"share": "10.00", "work_package": "别的分工"}
    assert partner.post(f"{path(walk)}/confirm", **seen).status_code == 403
    assert partner.post(f"{path(walk)}/confirm", share="10.00").status_code == 303
    assert lead.post(f"{path(walk)}/submit", **complete(walk)).status_code == 303


def test_a_partner_does_not_write_in_the_lead_s_draft(walk: Walk, served: str) -> None:
    with unit_of_work() as session:
        draft_bid(
            session,
            project_id=walk.project_id,
            actor=actor("organisation-01"),
            lead_id=organisation("organisation-01").id,
            partners=[Member(organisation("organisation-02").id, Decimal(40), "居民骨干培训")],
            work_package="统筹",
        )
    partner = Visitor(served, "organisation-02")
    assert partner.post(f"{path(walk)}/draft", plan="改掉").status_code == 403
    with unit_of_work() as session:
        assert session.exec(select(Draft)).all() == []


def test_wrong_partners_are_refused_with_a_hint(walk: Walk, served: str) -> None:
    lead = Visitor(served, "organisation-01")
    own, other = organisation("organisation-01").name, organisation("organisation-02").name
    for names, words in (
        ([own], "只能出现一次"),
        ([other, other], "只能出现一次"),
        (["童心"], other),
    ):
        shares: str | list[str] = ["10"] * len(names)
        packages = ["居民骨干培训"] * len(names)
        answer = lead.post(
            f"{path(walk)}/members",
            **{"partners.name": names, "partners.share": shares, "work_package": "统筹"}
            | {"partners.work_package": packages},
        )
        assert answer.status_code in (404, 422), names
        assert words in answer.text


def test_whoever_no_longer_acts_for_the_organisation_sees_nothing_of_it(
    walk: Walk, served: str
) -> None:
    visitor = Visitor(served, "organisation-01")
    visitor.post(f"{path(walk)}/draft", plan=PLAN)
    with unit_of_work() as session:
        person = actor("organisation-01").person_id
        for grant in session.exec(select(RoleGrant).where(RoleGrant.person_id == person)).all():
            session.delete(grant)
    assert PLAN not in visitor.read(path(walk), 403)


def test_a_withdrawn_bid_may_be_submitted_again(walk: Walk, served: str) -> None:
    visitor = Visitor(served, "organisation-01")
    visitor.post(f"{path(walk)}/submit", **complete(walk))
    assert visitor.post(f"{path(walk)}/withdraw").status_code == 303
    with unit_of_work() as session:
        assert session.exec(select(Bid.status)).one() is BidStatus.WITHDRAWN
    assert visitor.post(f"{path(walk)}/submit", **complete(walk)).status_code == 303
    with unit_of_work() as session:
        bid = session.exec(select(Bid)).one()
        members = session.exec(select(BidMember).order_by(col(BidMember.is_lead))).all()
    assert (bid.status, bid.version, len(members)) == (BidStatus.SUBMITTED, 2, 1)


def test_a_passphrase_is_set_first_and_what_is_sealed_is_read_with_it(
    walk: Walk, served: str
) -> None:
    own = organisation("organisation-01").id
    with unit_of_work() as session:
        session.delete(session.get_one(SealKey, own))
    visitor = Visitor(served, "organisation-01")
    assert "先设置密封口令" in visitor.read(path(walk))
    refused = visitor.post(f"{path(walk)}/submit", **complete(walk))
    assert refused.status_code == 403
    assert PLAN in refused.text
    for sent, problem in (
        ({"passphrase": "short", "again": "short"}, "10 到 128 个字符"),
        ({"passphrase": "长亭外古道边芳草碧连天", "again": "x"}, "不一致"),
        ({"passphrase": PASSWORD, "again": PASSWORD}, "不能与登录密码相同"),
    ):
        answer = visitor.post(f"{path(walk)}/key", **sent)
        assert answer.status_code == 422
        assert problem in answer.text
    words = "长亭外古道边芳草碧连天"
    done = visitor.post(f"{path(walk)}/key", passphrase=words, again=words)
    assert done.status_code == 303
    assert visitor.post(f"{path(walk)}/submit", **complete(walk)).status_code == 303
    assert PLAN in visitor.read(path(walk))
    colleague = Visitor(served, "organisation-01")
    page = colleague.read(path(walk))
    assert PLAN not in page
    assert "输入密封口令后继续" in page
    assert colleague.client.get(f"{path(walk)}/receipt.json").status_code == 403
    wrong = colleague.post(f"{path(walk)}/unlock", passphrase="不是这一句口令")
    assert (wrong.status_code, "口令不正确" in wrong.text) == (422, True)
    assert colleague.post(f"{path(walk)}/unlock", passphrase=words).status_code == 303
    assert PLAN in colleague.read(path(walk))
    # The key is bound to the session that unlocked it.
    stranger = Visitor(served, "organisation-01")
    stranger.client.cookies.set("jiebang_seal", colleague.client.cookies["jiebang_seal"])
    assert PLAN not in stranger.read(path(walk))


def test_a_lost_passphrase_is_replaced_and_the_sealed_bid_still_counts(
    walk: Walk, served: str
) -> None:
    visitor = Visitor(served, "organisation-01")
    visitor.post(f"{path(walk)}/submit", **complete(walk))
    words = "长亭外古道边芳草碧连天"
    assert visitor.post(f"{path(walk)}/key", passphrase=words, again=words).status_code == 303
    page = visitor.read(path(walk))
    assert PLAN not in page
    assert "有内容是用原来的口令密封的" in page
    again = "每周六天供餐，行动不便者送餐上门。"
    assert visitor.post(f"{path(walk)}/submit", **complete(walk, plan=again)).status_code == 303
    assert again in visitor.read(path(walk))
    walk.story.no_bids = True
    walk.through(Stage.BID, GateKind.TIMER)
    walk.through(Stage.BID, GateKind.EVENT)
    walk.do(Stage.BID, "open", openings.open_bids)
    with unit_of_work() as session:
        assert session.exec(select(Bid.status)).one() is BidStatus.OPENED
    assert again in Visitor(served, "organisation-01").read(path(walk))


def test_a_refusal_elsewhere_on_the_page_leaves_the_draft_in_its_form(
    walk: Walk, served: str
) -> None:
    lead = Visitor(served, "organisation-01")
    lead.post(f"{path(walk)}/draft", plan=PLAN, team="社工 2 人")
    lead.unseal(walk.project.code)
    refused = lead.post(f"{path(walk)}/members", **consortium("没有这个组织", "10"))
    assert refused.status_code == 404
    assert PLAN in refused.text
    assert "没有这个组织" in refused.text


def test_wrong_passphrases_are_counted_whatever_the_address(walk: Walk, served: str) -> None:
    visitor = Visitor(served, "organisation-01")
    visitor.post(f"{path(walk)}/draft", plan=PLAN)
    elsewhere = "/desk/calls/LC-0000-0000/bid/unlock"
    assert visitor.post(elsewhere, passphrase=DEMO_PASSPHRASE).status_code == 404
    for _ in range(5):
        visitor.post(f"{path(walk)}/unlock", passphrase="不是这一句口令")
    assert visitor.post(f"{path(walk)}/unlock", passphrase=DEMO_PASSPHRASE).status_code == 422
    assert PLAN not in visitor.read(path(walk))


def test_nobody_locks_the_seal_of_an_organisation_from_the_sign_in_page(
    walk: Walk, served: str
) -> None:
    own = organisation("organisation-01").id
    stranger = Visitor(served)
    for _ in range(6):
        stranger.post("/sign-in", login=f"seal:{own}", password="wrong")
        stranger.post("/sign-in", login=f"\0seal:{own}", password="wrong")
    visitor = Visitor(served, "organisation-01")
    visitor.post(f"{path(walk)}/draft", plan=PLAN)
    assert PLAN in visitor.unseal(walk.project.code)


def test_a_partner_leaves_by_the_page_and_the_lead_submits_anew(walk: Walk, served: str) -> None:
    lead, partner = Visitor(served, "organisation-01"), Visitor(served, "organisation-02")
    name = organisation("organisation-02").name
    lead.post(f"{path(walk)}/members", **consortium(name, "40"))
    partner.post(f"{path(walk)}/confirm", share="40.00")
    assert lead.post(f"{path(walk)}/submit", **complete(walk)).status_code == 303
    # A member whose place is confirmed reads what is sealed, with its own passphrase.
    page = partner.unseal(walk.project.code)
    assert PLAN in page
    assert "退出联合体" in page
    done = partner.post(f"{path(walk)}/leave")
    assert done.headers["location"] == "/desk/calls?done=left"
    assert PLAN not in partner.read(path(walk))
    page = lead.unseal(walk.project.code)
    assert "密封提交" in page
    assert name not in page
    assert lead.post(f"{path(walk)}/submit", **complete(walk)).status_code == 303


def test_a_partner_finds_the_confirmation_among_what_waits(walk: Walk, served: str) -> None:
    with unit_of_work() as session:
        draft_bid(
            session,
            project_id=walk.project_id,
            actor=actor("organisation-01"),
            lead_id=organisation("organisation-01").id,
            partners=[Member(organisation("organisation-02").id, Decimal(40), "居民骨干培训")],
            work_package="统筹",
        )
    for login, waits in (("organisation-01", 0), ("organisation-02", 1)):
        page = Visitor(served, login).read("/desk")
        assert ("请确认是否加入联合体" in page) is bool(waits)
        assert f"待办 <b>{waits}</b>" in page
