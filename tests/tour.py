"""``python -m tests.tour``: take the pictures of the README's tour, the same way each time.

Builds the tests' district on a PostgreSQL of its own, serves the web and photographs ten pages.
"""

from typing import Final

from api.visitors import COOKIE
from services.seal.seal_keys import DEMO_PASSPHRASE
from tests.browsing import chromium, follow
from tests.district import district
from tests.shell import ROOT
from tests.web.requests import requests
from tests.web.serving import serving

FOLDER: Final = ROOT / "docs" / "tour"
WIDE, PHONE = (1280, 860), (390, 844)
# Name of the picture, who looks, at what (a request of the matrix), on which screen.
PAGES: Final = (
    ("board", "anonymous", "board", WIDE),
    ("project", "anonymous", "a project", WIDE),
    ("needs", "anonymous", "register of needs", WIDE),
    ("report", "anonymous", "report page", PHONE),
    ("inbox", "street", "inbox", WIDE),
    ("decision", "street", "gate: confirm the appraisal", WIDE),
    ("calls", "other organisation", "open calls", PHONE),
    ("bid", "bidder", "the sealed bid's page", WIDE),
    ("milestones", "supplier", "gate: milestones", PHONE),
    ("operations", "operator", "operations", WIDE),
)


def main() -> None:
    """Take every picture."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with district() as here, serving() as base, chromium() as browser:
        world = here.world
        paths = {request.name: request.path for request in requests(world)}
        for name, who, asked, (width, height) in PAGES:
            with world.client(base, who):
                cookie = {"name": COOKIE, "value": world.cookies[who], "url": base}
            context = browser.new_context(
                viewport={"width": width, "height": height}, locale="zh-CN"
            )
            context.add_cookies([cookie])  # type: ignore[list-item]
            page = context.new_page()
            page.goto(base + paths[asked])
            unseal = page.locator("form[action$='/bid/unlock']")
            if unseal.count():
                unseal.locator("input[name=passphrase]").fill(DEMO_PASSPHRASE)
                follow(page, unseal.locator("button"))
                page.goto(base + paths[asked])
            page.screenshot(path=FOLDER / f"{name}.png")
            context.close()


if __name__ == "__main__":
    main()
