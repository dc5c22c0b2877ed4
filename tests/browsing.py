"""A real browser: Chromium of the system; without one, a named skip on a person's machine."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, sync_playwright

CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)

_RULES = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}

_LOOKS = [
    *("color-contrast", "target-size", "scrollable-region-focusable", "meta-viewport"),
    *("html-has-lang", "html-lang-valid", "document-title", "label", "button-name", "link-name"),
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run Chromium while the block runs."""
    if not CHROMIUM:
        assert os.environ.get("CI") != "true", "CI installs Chromium"
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def follow(page: Page, leading: Locator) -> None:
    """Click what leads to another page, and go on once that one is there.

    A click alone may return between two pages, when there is nothing to look at.
    """
    with page.expect_navigation():
        leading.click()


def violations(page: Page, *, looks_only: bool = False) -> list[str]:
    """Return what axe finds wrong by WCAG 2.2 AA on the page as it is.

    ``looks_only`` asks for what depends on the colours, the size and the language alone.
    """
    rules = {"type": "rule", "values": _LOOKS} if looks_only else _RULES
    # Told of what is right as well, axe and its answer take half as long again.
    options = {"runOnly": rules, "resultTypes": ["violations"]}
    return [
        f"{one['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for one in Axe().run(page, options=options).response["violations"]
        for node in one["nodes"][:3]
    ]
