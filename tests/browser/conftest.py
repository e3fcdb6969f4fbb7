"""A browser for the pages; the tests are skipped where there is none, and fail if WORKBENCH_NO_SKIP says so."""

import os
import shutil
from pathlib import Path

import pytest
from chromium import Chromium

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """A headless Chromium, ended with the tests."""
    program = next((path for name in NAMES if (path := shutil.which(name))), None)
    if program is None:
        reason = f"no browser: none of {', '.join(NAMES)} is installed"
        if "browser" in os.environ.get("WORKBENCH_NO_SKIP", "").split(","):
            pytest.fail(reason)
        pytest.skip(reason)
    one = Chromium(program, tmp_path_factory.mktemp("profile"))
    yield one
    one.close()


@pytest.fixture
def shown(browser, tmp_path):
    """Write a page, open it in the browser and return the browser."""

    def shown(text: str) -> Chromium:
        file = Path(tmp_path) / "page.html"
        file.write_text(text, encoding="utf-8")
        browser.open(file)
        return browser

    return shown
