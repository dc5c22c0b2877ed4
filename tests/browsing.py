"""A real browser: Chromium of the system; without one, a named skip on a person's machine."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    expect,
    sync_playwright,
)

# Without a window to draw, the same browser takes half the processor.
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((path for path in map(shutil.which, _NAMES) if path), None)

# Milliseconds until a page that does not show something is wrong and not slow.
SEEN = 60_000
# Without a graphics card, what Prefect's UI draws in three dimensions costs more than all the rest.
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-3d-apis"]
_AXE = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    # Told of what is right as well, axe and its answer take half as long again.
    "resultTypes": ["violations"],
}


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run Chromium while the block runs."""
    if not CHROMIUM:
        assert os.environ.get("CI") != "true", "CI installs Chromium"
        pytest.skip("no Chromium on this machine")
    expect.set_options(timeout=SEEN)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        yield browser
        browser.close()


def follow(page: Page, leading: Locator) -> None:
    """Click what leads to another page, and go on once that one is there.

    A click alone may return between two pages, when there is nothing to look at.
    """
    with page.expect_navigation():
        leading.click()


def carry_axe(context: BrowserContext) -> None:
    """Let every page of a context bring axe along: it need not be sent to each of them."""
    context.add_init_script(AXE_SCRIPT)


def violations(page: Page) -> list[str]:
    """Return what axe finds wrong by WCAG 2.2 AA on the page as it is."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    answer = page.evaluate("options => axe.run(document, options)", _AXE)
    return [
        f"{rule['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for rule in answer["violations"]
        for node in rule["nodes"][:3]
    ]
