"""Two people of one organisation at one bid: neither overwrites the other without knowing it."""

import re
from datetime import timedelta

import pytest
from sqlmodel import select

from domain.identity.roles import Role
from models import Call, Organisation, Person
from models.session import unit_of_work
from services.identity.people import add_person
from tests.builders import Walk, actor, new_project
from tests.web.visitor import Visitor

pytestmark = pytest.mark.usefixtures("database")
MINE, THEIRS = "甲写的方案：每周上门两次。", "乙写的方案：每周上门三次。"


@pytest.fixture
def walk() -> Walk:
    made = Walk(new_project())
    made.to_bidding()
    return made


@pytest.fixture
def path(walk: Walk) -> str:
    return f"/desk/calls/{walk.project.code}/bid"


@pytest.fixture
def two(walk: Walk, served: str, path: str) -> tuple[Visitor, Visitor]:
    """Return two people of one organisation, both at its bid with the passphrase given."""
    with unit_of_work() as session:
        person = session.get_one(Person, actor("organisation-01").person_id)
        own = session.get_one(Organisation, person.organisation_id)
        role = Role.ORGANISATION_MEMBER
        add_person(session, login="second-01", name="陈乙", role=role, where=own.name, actor="test")
    both = Visitor(served, "organisation-01"), Visitor(served, "second-01")
    both[0].unseal(walk.project.code)
    assert seen(both[0].read(path)) == "v0"
    both[0].post(f"{path}/draft", plan="初稿", seen="v0")
    both[1].unseal(walk.project.code)
    return both


def seen(page: str) -> str:
    """Return the state of the draft that a page was made from."""
    match = re.search(r'name="seen" value="([^"]*)"', page)
    assert match
    return match[1]


def test_the_later_one_reads_who_changed_what_and_chooses(
    two: tuple[Visitor, Visitor], path: str
) -> None:
    first, second = two
    state = seen(first.read(path))
    assert seen(second.read(path)) == state
    assert second.post(f"{path}/draft", plan=THEIRS, seen=state).status_code == 303

    # A script that saves by itself overwrites nothing, and says who was there.
    quiet = first.post(f"{path}/draft", plan=MINE, seen=state, quiet="1")
    assert quiet.status_code == 409
    assert "陈乙" in quiet.json()["error"]
    assert THEIRS in second.read(path)

    # The button shows both.
    shown = first.post(f"{path}/draft", plan=MINE, team="社工 2 人", seen=state)
    assert shown.status_code == 409
    assert f">{MINE}</textarea>" in shown.text
    assert "对方保存的不同内容" in shown.text
    assert THEIRS in shown.text
    assert THEIRS in second.read(path)

    # Nothing is saved by itself before one of the two is chosen.
    assert "data-autosave" not in shown.text

    # Pressed again, now that both were read, one's own counts.
    assert seen(shown.text) != state
    again = first.post(f"{path}/draft", plan=MINE, seen=seen(shown.text))
    assert again.status_code == 303
    assert MINE in second.read(path)


def test_nothing_is_submitted_over_what_a_colleague_kept(
    two: tuple[Visitor, Visitor], path: str, walk: Walk
) -> None:
    first, second = two
    state = seen(first.read(path))
    second.post(f"{path}/draft", plan=THEIRS, seen=state)
    with unit_of_work() as session:
        call = session.exec(select(Call).where(Call.project_id == walk.project_id)).one()
    whole = {
        "plan": MINE,
        "team": "社工 2 人",
        "budget.item": "人工",
        "budget.amount": "20000",
        "milestones.title": "期满",
        "milestones.due_on": (call.delivery_from + timedelta(days=9)).isoformat(),
        "milestones.share": "100",
    }
    refused = first.post(f"{path}/submit", seen=state, **whole)
    assert refused.status_code == 409
    assert THEIRS in second.read(path)
    assert first.post(f"{path}/submit", seen=seen(refused.text), **whole).status_code == 303
    # The other's page is of before the submission.
    late = second.post(f"{path}/draft", plan="乙又改了一句", seen=seen(refused.text), quiet="1")
    assert late.status_code == 409


def test_ones_own_other_tab_is_nobody_else(two: tuple[Visitor, Visitor], path: str) -> None:
    first, _ = two
    state = seen(first.read(path))
    for text in ("第一句", "第二句"):
        kept = first.post(f"{path}/draft", plan=text, seen=state, quiet="1")
        assert kept.status_code == 200
    assert kept.json()["seen"] != state


def test_files_that_are_chosen_overwrite_nothing_either(
    two: tuple[Visitor, Visitor], path: str
) -> None:
    first, second = two
    state = seen(first.read(path))
    second.post(f"{path}/draft", plan=THEIRS, seen=state)
    refused = first.post(f"{path}/submit", plan=MINE, seen=state, drop="0" * 8)
    assert refused.status_code == 409
    assert THEIRS in second.read(path)


def test_a_form_shown_again_for_another_reason_is_still_of_the_state_it_was_made_from(
    two: tuple[Visitor, Visitor], path: str
) -> None:
    first, second = two
    state = seen(first.read(path))
    second.post(f"{path}/draft", plan=THEIRS, seen=state)
    stale = first.client.post(f"{path}/draft", data={"csrf": "0" * 64, "plan": MINE, "seen": state})
    assert stale.status_code == 403
    assert f">{MINE}</textarea>" in stale.text
    assert seen(stale.text) == state


def test_a_bid_with_a_mistake_overwrites_nothing_either(
    two: tuple[Visitor, Visitor], path: str
) -> None:
    first, second = two
    state = seen(first.read(path))
    second.post(f"{path}/draft", plan=THEIRS, seen=state)
    refused = first.post(f"{path}/submit", plan=MINE, budget__amount="many", seen=state)
    assert refused.status_code == 409
    assert THEIRS in second.read(path)
