"""A real Chromium for the tests of pages: the one that is installed, driven by playwright."""

import re
import shutil
from contextlib import contextmanager

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATH = next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def chromium():
    """Start a browser; skip the test, and say why, where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if PATH is None:
        pytest.skip("no Chromium is installed: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=PATH, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(browser, address, *, expected=None, **options):
    """Open a page; at the end, nothing must stand on its console but what is expected."""
    context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
    page, said, asked = context.new_page(), [], []
    page.set_default_timeout(10_000)
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    try:
        page.goto(address)
        yield page
        wrong = [text for text in said if expected is None or not re.search(expected, text)]
        away = [url for url in asked if not url.startswith(("file:", "data:"))]
        assert not wrong, wrong
        assert not away, away
        assert expected is None or said, "nothing was said"
    finally:
        context.close()
