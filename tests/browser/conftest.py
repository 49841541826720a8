"""Chromium, driven by Playwright, and pages of lists to open in it."""

import importlib.util
import os
import shutil
from pathlib import Path

import pytest

from casefinder.worklist.page import page_bytes

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
_LISTS = Path(__file__).parent.parent / "unit" / "worklist" / "conftest.py"


def chromium():
    """Return where Chromium is, or None: the browser named in CHROMIUM, else one on the path."""
    named = os.environ.get("CHROMIUM")
    return named if named else next((found for name in NAMES if (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser():
    found = chromium()
    if not found:
        words = "no Chromium on the path; install it (Debian: apt-get install chromium) or name it in CHROMIUM"
        if os.environ.get("CI") == "true":
            pytest.fail(words)
        pytest.skip(words)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def lists():
    """The lists that the tests of files work with."""
    about = importlib.util.spec_from_file_location("lists_for_the_browser", _LISTS)
    found = importlib.util.module_from_spec(about)
    about.loader.exec_module(found)
    return found


@pytest.fixture(scope="session")
def pages(lists, tmp_path_factory):
    """Addresses of three pages: a practice's list with names, a meeting of practices, a first list."""
    folder = tmp_path_factory.mktemp("pages")
    first = lists.practice_list(previous=None, left=())
    made = {"named": lists.named_list(), "cluster": lists.cluster_list(), "first": first}
    found = {}
    for name, one in made.items():
        path = folder / f"{name}.html"
        path.write_bytes(page_bytes(one))
        found[name] = path.as_uri()
    return found


class Watched:
    """A page with everything it asked for and complained about."""

    def __init__(self, page):
        self.page, self.requests, self.complaints = page, [], []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))


@pytest.fixture
def open_page(browser):
    """Return a function that opens an address and watches the page."""
    contexts = []

    def opened(address, width=1280, height=900, **settings):
        context = browser.new_context(viewport={"width": width, "height": height}, **settings)
        contexts.append(context)
        watched = Watched(context.new_page())
        watched.page.goto(address)
        return watched

    yield opened
    for context in contexts:
        context.close()
