"""Files of bids: sealed on the disk, kept in the draft, opened with the bid for who judges it."""

import hashlib
from typing import Any

import httpx
import pytest
from sqlmodel import col, select

from api.visitors import COOKIE, csrf_token
from domain.gates import GateKind
from domain.identity.access import TokenScope
from domain.lifecycle import Stage
from models import Bid, BidFile, Call, PanelMember, Person
from models.session import unit_of_work
from models.settings import settings
from services.award.panels import InterestCreate, declare_interest
from services.bid import openings
from services.identity.access_tokens import AccessTokenCreate, make_token
from services.seal.seal_keys import DEMO_PASSPHRASE
from tests.builders import Walk, actor, new_project
from tests.clients import http_client
from tests.web.bid.bid_form import complete, path
from tests.web.visitor import Visitor

pytestmark = pytest.mark.usefixtures("database")
PLAIN = b"%PDF-1.7 " + "银杏路助餐点平面图".encode() * 40
NAME = "平面图.pdf"


@pytest.fixture
def walk() -> Walk:
    made = Walk(new_project())
    made.to_bidding()
    return made


def send(
    who: Visitor, where: str, values: dict[str, Any], files: dict[str, bytes] | None = None
) -> httpx.Response:
    """Send the bid's form as a browser does, with the files that were chosen."""
    token = csrf_token(who.client.cookies[COOKIE])
    chosen = [("chosen", (name, content)) for name, content in (files or {}).items()]
    return who.client.post(where, data={"csrf": token} | values, files=chosen or None)


def rows(page: str) -> dict[str, list[str]]:
    """Return the hidden fields that name a page's files."""
    parts = [field.split('"', 1)[0:2] for field in page.split('name="files.')[1:]]
    fields: dict[str, list[str]] = {}
    for name, rest in parts:
        fields.setdefault(f"files.{name}", []).append(rest.split('value="', 1)[1].split('"', 1)[0])
    return fields


def on_disk() -> list[bytes]:
    return [
        file.read_bytes() for file in (settings().data_dir / "uploads").rglob("*") if file.is_file()
    ]


def attached(walk: Walk, lead: Visitor) -> dict[str, list[str]]:
    """Choose a file, save, and return how the page names it from then on."""
    assert send(lead, f"{path(walk)}/draft", {"plan": "草案"}, {NAME: PLAIN}).status_code == 303
    return rows(lead.unseal(walk.project.code))


@pytest.mark.rule("Bid 揭榜")
def test_a_file_lies_sealed_on_the_disk_and_its_own_organisation_reads_it(
    walk: Walk, served: str
) -> None:
    lead = Visitor(served, "organisation-01")
    fields = attached(walk, lead)
    assert fields["files.name"] == [NAME]
    (file_id,) = fields["files.id"]
    assert not [content for content in on_disk() if b"%PDF" in content or PLAIN[9:40] in content]
    got = lead.client.get(f"{path(walk)}/files/{file_id}")
    assert (got.status_code, got.content) == (200, PLAIN)
    assert got.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in got.headers["content-security-policy"]
    again = Visitor(served, "organisation-01")
    assert again.client.get(f"{path(walk)}/files/{file_id}").status_code == 403
    other = Visitor(served, "organisation-02")
    assert other.client.get(f"{path(walk)}/files/{file_id}").status_code == 404


def test_a_refused_submission_keeps_the_file_that_came_with_it(walk: Walk, served: str) -> None:
    lead = Visitor(served, "organisation-01")
    dear = complete(walk, **{"budget.amount": "900000000"})
    refused = send(lead, f"{path(walk)}/submit", dear, {NAME: PLAIN})
    assert refused.status_code == 422
    fields = rows(refused.text)
    assert fields["files.name"] == [NAME]
    assert fields == rows(lead.unseal(walk.project.code))
    assert send(lead, f"{path(walk)}/submit", complete(walk) | fields).status_code == 303
    with unit_of_work() as session:
        assert session.exec(select(BidFile)).one().submitted


def test_a_wrong_file_is_refused_and_what_was_typed_stays(walk: Walk, served: str) -> None:
    lead = Visitor(served, "organisation-01")
    refused = send(lead, f"{path(walk)}/draft", {"plan": "草案"}, {"x.exe": b"MZ" * 50})
    assert refused.status_code == 422
    assert "不是照片" in refused.text
    assert "草案" in refused.text


@pytest.mark.parametrize(
    ("part", "value"),
    [("name", "别的.pdf"), ("sha256", "0" * 64), ("size", "7"), ("nonce", "0" * 64)],
)
def test_a_submission_names_files_as_they_were_added(
    walk: Walk, served: str, part: str, value: str
) -> None:
    lead = Visitor(served, "organisation-01")
    fields = attached(walk, lead) | {f"files.{part}": [value]}
    refused = send(lead, f"{path(walk)}/submit", complete(walk) | fields)
    assert refused.status_code == 422
    assert "不是为这份意向书添加的" in refused.text


def test_another_bid_s_file_is_not_one_s_own(walk: Walk, served: str) -> None:
    fields = attached(walk, Visitor(served, "organisation-01"))
    other = Visitor(served, "organisation-02")
    assert send(other, f"{path(walk)}/submit", complete(walk) | fields).status_code == 422


def test_a_file_taken_out_has_no_keys_any_more(walk: Walk, served: str) -> None:
    lead = Visitor(served, "organisation-01")
    fields = attached(walk, lead)
    drop = {"drop": fields["files.id"][0], "plan": "草案"}
    send(lead, f"{path(walk)}/draft", fields | drop | {"quiet": "1"})
    assert rows(lead.read(path(walk))) == fields
    assert send(lead, f"{path(walk)}/draft", fields | drop).status_code == 303
    assert rows(lead.read(path(walk))) == {}
    assert send(lead, f"{path(walk)}/draft", fields | drop).status_code == 303
    with unit_of_work() as session:
        assert session.exec(select(BidFile)).all() == []


def test_once_opened_the_panel_reads_it_and_in_a_blind_reading_nobody_does(
    walk: Walk, served: str
) -> None:
    lead = Visitor(served, "organisation-01")
    fields = attached(walk, lead)
    assert send(lead, f"{path(walk)}/submit", complete(walk) | fields).status_code == 303
    with unit_of_work() as session:
        session.exec(select(Call)).one().blind = True
    walk.story.no_bids = True
    walk.through(Stage.BID, GateKind.TIMER)
    walk.through(Stage.BID, GateKind.EVENT)
    walk.do(Stage.BID, "open", openings.open_bids)
    walk.do(Stage.BID, "close", openings.close_bidding)
    walk.through(Stage.AWARD, GateKind.PREPARATION)
    walk.open(Stage.AWARD, GateKind.EVENT)
    with unit_of_work() as session:
        seated = session.exec(select(PanelMember).where(col(PanelMember.reserve).is_(None))).all()
        for member in seated:
            member.declared_at = None
        person = session.get_one(Person, seated[0].person_id)
    gate = f"/desk/{walk.project.code}/award-event-r1"
    where = f"{gate}/files/{fields['files.id'][0]}"
    reader = Visitor(served, person.login)
    assert reader.client.get(where).status_code == 404
    with unit_of_work() as session:
        declare_interest(
            session,
            project_id=walk.project_id,
            actor=actor(person.login),
            declaration=InterestCreate(interest=False),
        )
    assert reader.client.get(where).status_code == 404
    with unit_of_work() as session:
        session.exec(select(Call)).one().blind = False
    got = reader.client.get(where)
    assert (got.status_code, got.content) == (200, PLAIN)
    assert NAME in reader.read(gate)
    outsider = Visitor(served, "analyst-1")
    assert outsider.client.get(where).status_code in (403, 404)
    # The bidder reads it without its passphrase now: it is open.
    assert lead.client.get(f"{path(walk)}/files/{fields['files.id'][0]}").content == PLAIN


def test_files_that_no_version_names_stay_sealed_at_the_opening(walk: Walk, served: str) -> None:
    lead = Visitor(served, "organisation-01")
    fields = attached(walk, lead)
    assert send(lead, f"{path(walk)}/submit", complete(walk)).status_code == 303
    walk.story.no_bids = True
    walk.through(Stage.BID, GateKind.TIMER)
    walk.through(Stage.BID, GateKind.EVENT)
    with unit_of_work() as session:
        assert session.exec(select(Bid)).one().status
        assert session.exec(select(BidFile)).one().key is None
    assert fields


def test_a_program_adds_names_reads_and_removes_files(walk: Walk, served: str) -> None:
    with unit_of_work() as session:
        wanted = AccessTokenCreate(name="test", days=9, scopes=list(TokenScope))
        token = make_token(session, actor=actor("organisation-01"), token=wanted)
    headers = {"Authorization": f"Bearer {token}", "Jiebang-Passphrase": DEMO_PASSPHRASE}
    bid = f"/projects/{walk.project.code}/bid"
    with http_client(base_url=f"{served}/api/v1", headers=headers) as program:
        made = program.post(f"{bid}/files", files={"file": (NAME, PLAIN)})
        assert made.status_code == 201
        file = made.json()
        assert file["sha256"] == hashlib.sha256(PLAIN).hexdigest()
        letter = {
            "plan": "每周五天在社区食堂供餐，行动不便者送餐上门。",
            "team": "社工 2 人",
            "budget": [{"item": "人工", "amount": "20000"}],
            "milestones": [
                {
                    "title": "期满",
                    "due_on": complete(walk)["milestones.due_on"],
                    "share": "100",
                }
            ],
            "files": [file],
        }
        forged = letter | {"files": [file | {"name": "别的.pdf"}]}
        assert program.post(f"{bid}/submissions", json=forged).status_code == 422
        assert program.post(f"{bid}/submissions", json=letter).status_code == 201
        assert program.get(f"{bid}/files/{file['id']}").content == PLAIN
        assert program.get(bid).json()["content"]["files"] == [file]
        spare = program.post(f"{bid}/files", files={"file": (NAME, PLAIN)}).json()
        assert program.delete(f"{bid}/files/{spare['id']}").status_code == 204
        assert program.delete(f"{bid}/files/{spare['id']}").status_code == 404
