"""Make a picture of the documents from a page about invented people: a part of a list, of a card, or of a calibration page.

    python docs/images/screenshots.py list demo/lists-for-meetings/2026-04-01/2026-04-01_practice-Z80001.html
    python docs/images/screenshots.py card models/emergency_admission/card.html
    python docs/images/screenshots.py calibration district/calibration/emergency_admission_by_cluster.html

Needs Chromium: the one named in CHROMIUM, else one on the path.
"""

import argparse
import io
import os
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
WIDE, CARD_WIDE, CARD_TALL, GAP = 1100, 860, 1180, 24
ROWS = 3
FEWER = """rows => {
  document.querySelectorAll('#glance tbody tr').forEach((one, place) => { if (place >= rows) one.remove(); });
  document.querySelectorAll('article.person').forEach((one, place) => { if (place) one.remove(); });
}"""
"""Takes away all but the first rows and the first person of a list."""


def of_list(page: Page) -> Image.Image:
    """Return the top of a list page: a few rows at a glance, and the first person."""
    page.evaluate(FEWER, ROWS)
    return part(page, WIDE, 0, end_of(page, "article.person"))


def of_card(page: Page) -> Image.Image:
    """Return the top of a card beside a part of its figures."""
    place = page.locator("h3", has_text="Calibration curve").bounding_box()
    if place is None:
        raise SystemExit("the card has no calibration curve")
    whole = Image.new("RGB", (2 * CARD_WIDE + GAP, CARD_TALL), "white")
    for number, top in enumerate((0.0, place["y"] - 12)):
        whole.paste(part(page, CARD_WIDE, top, top + CARD_TALL), (number * (CARD_WIDE + GAP), 0))
    return whole


def of_calibration(page: Page) -> Image.Image:
    """Return a calibration page from its top to the end of its chart."""
    return part(page, WIDE, 0, end_of(page, "figure"))


PICTURES = {"list": (WIDE, of_list), "card": (CARD_WIDE, of_card), "calibration": (WIDE, of_calibration)}
"""Each picture: how wide the page is opened, and what is kept of it."""


def end_of(page: Page, what: str) -> float:
    """Return where a part of a page ends, with a little room below it."""
    box = page.locator(what).first.bounding_box()
    if box is None:
        raise SystemExit(f"the page has no {what}")
    return box["y"] + box["height"] + 16


def part(page: Page, width: int, top: float, bottom: float) -> Image.Image:
    """Return a part of a page, from some way down to some way further."""
    clip = {"x": 0, "y": top, "width": width, "height": bottom - top}
    return Image.open(io.BytesIO(page.screenshot(full_page=True, clip=clip))).convert("RGB")


def main() -> None:
    """Open the page and keep its picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("picture", choices=PICTURES, help="which picture")
    parser.add_argument("page", type=Path, help="the page, about invented people")
    given = parser.parse_args()
    browser = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    width, kept = PICTURES[given.picture]
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        page = running.new_page(viewport={"width": width, "height": 900}, color_scheme="light")
        page.goto(given.page.resolve().as_uri())
        picture = kept(page)
        running.close()
    picture.quantize(128).save(Path(__file__).with_name(f"{given.picture}.png"), optimize=True)


if __name__ == "__main__":
    main()
