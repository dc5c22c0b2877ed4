"""Opening records: listed for everybody, and a receipt is checked against one offline."""

import json
import subprocess
import sys
from pathlib import Path

from sqlmodel import select

from models import Bid, Person
from models.session import unit_of_work
from services.bid.opening_records import list_openings
from tests.web.visitor import Visitor
from tests.web.world import World


def _bidder(world: World) -> str:
    """Return somebody of an organisation whose bid was opened."""
    with unit_of_work() as session:
        bid = session.exec(select(Bid).where(Bid.receipt_no == world.opened)).one()
        person = session.exec(select(Person).where(Person.organisation_id == bid.lead_id)).first()
        assert person
        return person.login


def _checked(folder: Path) -> tuple[int, str]:
    ran = subprocess.run(
        [sys.executable, "-I", "check_receipt.py", "receipt.json", "record.json"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stdout


def test_a_receipt_is_checked_offline_with_what_the_page_offers(
    world: World, served: str, tmp_path: Path
) -> None:
    code = world.projects["scoring"].code
    anybody, bidder = Visitor(served), Visitor(served, _bidder(world))
    assert world.projects["scoring"].title in anybody.read("/openings")
    page = anybody.read(f"/projects/{code}/opening/1")
    assert world.opened in page
    assert "2 人共同开标" in page
    script = page.partition('href="/static/check_receipt.py')[2].partition('"')[0]
    files = {
        "check_receipt.py": anybody.read(f"/static/check_receipt.py{script}"),
        "record.json": anybody.read(f"/projects/{code}/opening/1.json"),
        "receipt.json": bidder.read(f"/desk/calls/{code}/bid/receipt.json"),
    }
    assert len(files["check_receipt.py"].splitlines()) <= 30
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert _checked(tmp_path) == (
        0,
        "✓ 回执与内容一致 / the receipt fits the bid\n"
        "✓ 开标记录列有此回执 / the record lists it\n"
        "✓ 承诺值相同 / with this commitment\n"
        "✓ 记录未被改动 / the record fits its digest\n",
    )
    receipt = json.loads(files["receipt.json"])
    receipt["content"]["budget"][0]["amount"] = "1.00"
    (tmp_path / "receipt.json").write_text(json.dumps(receipt), encoding="utf-8")
    status, output = _checked(tmp_path)
    assert status == 1
    assert output.startswith("✗ 回执与内容一致")
    (tmp_path / "receipt.json").write_text(files["receipt.json"], encoding="utf-8")
    record = json.loads(files["record.json"])
    record["commitments"] = [
        commitment for commitment in record["commitments"] if commitment["matches"] is None
    ]
    (tmp_path / "record.json").write_text(json.dumps(record), encoding="utf-8")
    assert _checked(tmp_path)[1].count("✗") == 3


def test_there_is_no_record_before_the_opening(world: World, served: str) -> None:
    anybody = Visitor(served)
    code = world.projects["bidding"].code
    anybody.read(f"/projects/{code}/opening/1", 404)
    anybody.read(f"/projects/{code}/opening/1.json", 404)
    assert world.projects["bidding"].title not in anybody.read("/openings")
    anybody.read("/openings?after=made-up", 404)
    anybody.read("/openings?after=LC-2026-0001/%C2%B2", 404)


def test_the_list_of_openings_goes_on_page_by_page(world: World) -> None:
    assert world.projects
    with unit_of_work() as session:
        every = list_openings(session)
        assert every.next is None
        codes, after = [], None
        while True:
            page = list_openings(session, after=after, size=1)
            codes += [item.code for item in page.items]
            if (after := page.next) is None:
                break
    assert codes == [item.code for item in every.items]
    assert len(codes) > 2
