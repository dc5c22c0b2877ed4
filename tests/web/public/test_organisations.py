"""Organisations' public profiles: theirs to write, and nothing of a bid before its award."""

from sqlmodel import col, select

from models import AuditEntry, Bid, BidMember, Organisation, Person
from models.session import unit_of_work
from tests.web.visitor import Visitor
from tests.web.world import World


def _own(world: World, who: str) -> str:
    with unit_of_work() as session:
        person = session.exec(select(Person).where(Person.login == world.people[who])).one()
        return f"/organisations/{person.organisation_id}"


def test_what_an_organisation_says_of_itself_is_public(world: World, served: str) -> None:
    member, path = Visitor(served, world.people["supplier"]), _own(world, "supplier")
    assert "还没有写介绍" in Visitor(served).read(path)
    about = "<b>专注</b>居家养老十年"
    answer = member.post("/desk/organisation", about=about, contact="振华路 1 号")
    assert answer.headers["location"].startswith(path)
    page = Visitor(served).read(path)
    assert "&lt;b&gt;专注&lt;/b&gt;居家养老十年" in page
    assert "振华路 1 号" in page
    assert about in member.client.get("/desk/organisation").text.replace("&lt;", "<").replace(
        "&gt;", ">"
    )
    with unit_of_work() as session:
        entry = session.exec(
            select(AuditEntry).where(AuditEntry.action == "organisation.profile")
        ).one()
        assert entry.actor == world.people["supplier"]


def test_too_long_a_text_is_given_back(world: World, served: str) -> None:
    member = Visitor(served, world.people["bidder"])
    answer = member.post("/desk/organisation", about="长" * 2001, contact="x")
    assert answer.status_code == 422
    assert "至多 2000 个字" in answer.text
    assert "长" * 2001 in answer.text


def test_what_was_awarded_is_listed_and_what_is_only_bid_for_is_not(
    world: World, served: str
) -> None:
    anybody = Visitor(served)
    assert world.projects["delivering"].code in anybody.read(_own(world, "supplier"))
    assert world.projects["bidding"].code not in anybody.read(_own(world, "bidder"))
    # Ranked, but not confirmed: who is in front is not told yet.
    with unit_of_work() as session:
        members = session.exec(
            select(BidMember.organisation_id)
            .join(Bid, col(Bid.id) == BidMember.bid_id)
            .where(Bid.project_id == world.projects["scoring"].id)
        ).all()
    assert members
    for member in members:
        page = anybody.read(f"/organisations/{member}")
        assert world.projects["scoring"].code not in page


def test_a_projects_page_leads_to_who_delivers_it(world: World, served: str) -> None:
    page = Visitor(served).read(f"/projects/{world.projects['delivering'].code}")
    assert _own(world, "supplier") in page


def test_names_are_found_and_the_list_goes_on(world: World, served: str) -> None:
    with unit_of_work() as session:
        names = sorted(session.exec(select(Organisation.name)).all())
    anybody = Visitor(served)
    page = anybody.read(f"/organisations?q={names[0][:4]}")
    assert names[0] in page
    assert "没有这样的组织" in anybody.read("/organisations?q=%25")
    assert world


def test_a_program_does_not_overwrite_a_colleagues_change(world: World, served: str) -> None:
    path = _own(world, "bidder")
    with world.program(served, "bidder") as program:
        seen = program.get(path).headers["etag"]
        first = program.patch(
            "/me/organisation", json={"about": "第一稿"}, headers={"If-Match": seen}
        )
        assert first.json()["about"] == "第一稿"
        late = program.patch(
            "/me/organisation", json={"about": "第二稿"}, headers={"If-Match": seen}
        )
        assert late.status_code == 412
