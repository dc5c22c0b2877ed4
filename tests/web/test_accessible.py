"""WCAG 2.2 AA by axe, on every template: in Chinese by day and in English by night."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, FilePayload, Page
from sqlmodel import select

from api.view import environment
from api.visitors import COOKIE
from domain.lifecycle import STAGE_OF
from models import WebSession
from models.session import unit_of_work
from services.identity.demo_people import PASSWORD
from services.register.declaration import Exposure
from tests.browsing import carry_axe, chromium, follow, violations
from tests.shell import ROOT
from tests.toy.installed import ALL
from tests.web.fragments.registers import keeper
from tests.web.requests import requests
from tests.web.world import World

pytestmark = pytest.mark.browser
# Parts of pages, what is no page, and pages that other tests open in a browser.
NO_PAGE = {
    "base.html",
    "forms.html",
    "parts.html",
    "public/feed.xml",
    "public/feed_rss.xml",
    "gates/_code.html",
    "deliver/_delivered.html",
    "public/_objections.html",
    "public/_questions.html",
    "bid/_letter.html",
    "bid/_partners.html",
    "bid/_passphrase.html",
    "admin.html",
    "register/_parts.html",
}
ADMINISTRATION = (
    "people",
    "delegations",
    "rounds",
    "rounds/R1",
    "organisations",
    "organisations/new",
    "places",
    "calendar",
    "templates",
    "templates/new",
    "openings",
)
WIDE, PHONE = (1280, 900), (390, 844)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as chrome:
        yield chrome


@pytest.fixture(scope="module")
def shown() -> Iterator[set[str]]:
    """The templates that were shown while the module's tests ran."""
    env, names = environment(), set()
    before = env.get_template

    def noting(name: Any, *rest: Any, **more: Any) -> Any:
        names.add(str(name))
        return before(name, *rest, **more)

    env.get_template = noting  # type: ignore[method-assign]
    yield names
    env.get_template = before  # type: ignore[method-assign]


def _visits(world: World) -> list[tuple[str, str]]:
    """Return who opens what: everybody the pages they have a duty at."""
    paths = {request.name: request.path for request in requests(world)}

    def gate(name: str, kind: str) -> str:
        project = world.projects[name]
        return f"/desk/{project.code}/{STAGE_OF[project.status]}-{kind}-r1"

    return [
        ("anonymous", "/"),
        ("anonymous", "/?q=nothing-like-it"),
        ("anonymous", "/needs"),
        ("anonymous", "/help"),
        ("anonymous", "/help/api"),
        ("anonymous", "/organisations"),
        ("anonymous", f"/organisations/{world.organisation}"),
        ("supplier", "/desk/organisation"),
        ("anonymous", "/follow"),
        ("anonymous", f"/follow/{world.follows}"),
        ("street", "/account/tokens"),
        ("anonymous", "/nowhere"),
        ("anonymous", paths["a project"]),
        ("bidder", f"/projects/{world.projects['notice'].code}"),
        ("anonymous", "/openings"),
        ("anonymous", paths["an opening record"]),
        ("anonymous", "/report"),
        ("anonymous", "/sign-in"),
        ("anonymous", paths["an invitation"]),
        ("street", "/desk"),
        ("panel member", "/desk"),
        ("analyst", "/desk"),
        ("street", "/desk/decided"),
        ("street", "/desk/projects"),
        ("bidder", "/desk/calls/credit"),
        ("street", "/account"),
        ("expert", "/account?"),
        ("other organisation", "/desk/calls"),
        ("other organisation", paths["the sealed bid's page"]),
        ("bidder", paths["the sealed bid's page"]),
        ("secretary", "/desk/needs"),
        ("secretary", paths["a project just formed"]),
        ("secretary", gate("preparing", "preparation")),
        ("street", gate("approving", "approval")),
        ("expert", gate("approving", "event")),
        ("street", gate("bidding", "timer")),
        ("panel member", gate("scoring", "event")),
        ("administrator", gate("notice", "timer")),
        ("panel member", paths["minutes of a panel"]),
        ("street", gate("agreeing", "event")),
        ("street", gate("delivering", "event")),
        ("supplier", gate("delivering", "event")),
        ("bidder", paths["a consortium"]),
        ("street", paths["a consortium"]),
        ("supplier", paths["reviews of material"]),
        ("street", paths["reviews of material"]),
        ("secretary", gate("repairing", "repair")),
        ("operator", "/operations"),
        *(("administrator", f"/admin/{page}") for page in ADMINISTRATION),
        ("administrator", paths["a person"]),
        ("administrator", paths["an organisation as registered"]),
        ("administrator", paths["a template"]),
        ("anonymous", paths["a need"]),
        ("anonymous", "/conduct"),
        ("street", f"/projects/{world.projects['troubled'].code}/complaints"),
        *(
            ("supplier", world.trouble.gates[trouble])
            for trouble in ("correct", "recheck", "terminate")
        ),
        ("administrator", world.trouble.gates["intervene"]),
        ("street", world.trouble.gates["exit"]),
        ("supplier", world.trouble.gates["HB-2025-01"]),
        ("administrator", world.trouble.gates["HB-2025-02"]),
        ("anonymous", world.proof()),
        *_registers(world),
    ]


def _registers(world: World) -> Iterator[tuple[str, str]]:
    """Yield who opens the pages of a register: who keeps it, and the public where it is public."""
    yield "anonymous", "/registers"
    for register in ALL:
        entry = f"{register.path}/{world.entries[register.code]}"
        who = keeper(register)
        for path in (register.path, entry, f"{entry}?on=2026-01-01", f"{entry}/change"):
            yield who, path
        yield who, f"{register.path}/new"
        yield who, f"{register.path}/imports"
        yield who, f"{register.path}?standing=over"
        if register.exposure is Exposure.PUBLIC:
            yield "anonymous", register.path
            yield "anonymous", entry


@pytest.mark.in_process
@pytest.mark.parametrize(
    ("lang", "scheme", "size"),
    [("", "light", WIDE), ("/en", "dark", PHONE)],
    ids=["zh-day-wide", "en-night-phone"],
)
def test_pages_keep_to_wcag(
    browser: Browser,
    world: World,
    served: str,
    shown: set[str],
    lang: str,
    scheme: Literal["light", "dark"],
    size: tuple[int, int],
) -> None:
    wrong: dict[str, list[str]] = {}
    pages: dict[str, Page] = {}
    for who, path in dict.fromkeys(_visits(world)):
        if who not in pages:
            pages[who] = _page_of(browser, world, served, who, scheme, size)
        page = pages[who]
        page.goto(served + lang + path)
        if path == "/account":
            follow(page, page.locator("form[action$='/account/totp'] button"))
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        faults = violations(page)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            faults.append("wider than the screen")
        if faults:
            wrong[f"{who} {path}"] = faults
    for page in pages.values():
        page.context.close()
    assert wrong == {}
    assert shown


def _page_of(
    browser: Browser,
    world: World,
    served: str,
    who: str,
    scheme: Literal["light", "dark"],
    size: tuple[int, int],
) -> Page:
    """Return a page of somebody who is signed in."""
    with world.client(served, who):
        cookie = {"name": COOKIE, "value": world.cookies[who], "url": served}
    width, height = size
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": height})
    context.add_cookies([cookie])  # type: ignore[list-item]
    carry_axe(context)
    return context.new_page()


def test_the_page_that_asks_for_a_proof_goes_on_with_what_was_sent(
    browser: Browser, world: World, served: str, shown: set[str]
) -> None:
    assert shown is not None
    with world.client(served, "administrator"), unit_of_work() as session:
        for web_session in session.exec(select(WebSession)):
            web_session.proved_at -= timedelta(hours=1)
    page = _page_of(browser, world, served, "administrator", "light", PHONE)
    page.goto(f"{served}/en/admin/calendar")
    follow(page, page.get_by_role("button", name="Remove 1 Jan 2026"))
    assert violations(page) == []
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    assert page.get_by_role("status").inner_text() == "Removed."
    page.context.close()


def test_what_a_year_s_list_changes_is_shown_to_everybody(
    browser: Browser, world: World, served: str, shown: set[str]
) -> None:
    assert shown is not None
    days = ["01-01", *(f"02-{day:02d}" for day in (8, 9, 10, 11, 12)), "04-05"]
    lines = "\n".join(f"2027-{day},holiday,Spring Festival" for day in days)
    file = FilePayload(
        name="2027.csv", mimeType="text/csv", buffer=f"date,kind,name\n{lines}".encode()
    )
    page = _page_of(browser, world, served, "administrator", "light", PHONE)
    page.goto(f"{served}/en/admin/calendar")
    page.get_by_label("File").set_input_files(file)
    follow(page, page.get_by_role("button", name="Show what changes"))
    assert page.get_by_text("Nothing has changed yet").is_visible()
    assert violations(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.context.close()


@pytest.mark.in_process
def test_every_page_was_looked_at(shown: set[str]) -> None:
    """Comes last; what is left is opened by the tests of its own subject."""
    root = ROOT / "api" / "templates"
    every = {
        template.relative_to(root).as_posix() for template in root.rglob("*") if template.is_file()
    }
    elsewhere = {
        "desk/bulk.html",
        "late.html",
        "identity/sso.html",
        "assess/ballot.html",
        "publish/call.html",
        "conduct/correction.html",
        "conduct/entries.html",
        "award/ranking.html",
        "assess/delivered.html",
        "deliver/_accept.html",
        "evaluate/needs.html",
        "assess/result.html",
        "publish/draft_call.html",
        "bid/open_bids.html",
        "award/form_panel.html",
        "assess/assess.html",
        "evaluate/appraise.html",
        "register/import.html",
    }
    assert every - NO_PAGE - elsewhere - shown == set()
