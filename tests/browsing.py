"""A real browser: Chromium of the system; without one, a named skip on a person's machine."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)


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
