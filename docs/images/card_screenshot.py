"""Make card.png, the picture of a card in the guide to reading it: the top of the page beside a part of its figures.

    python docs/images/card_screenshot.py district/models/emergency_admission/000001/bundle/card.html

Needs Chromium: the one named in CHROMIUM, else one on the path.
"""

import argparse
import io
import os
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

PICTURE = Path(__file__).with_name("card.png")
WIDTH, HEIGHT, GAP = 860, 1180, 24
SECOND = "Calibration curve"
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")


def main() -> None:
    """Open the page and keep two parts of it side by side as a picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", type=Path, help="the card of a model fitted on invented people")
    given = parser.parse_args()
    browser = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        page = running.new_page(viewport={"width": WIDTH, "height": 900}, color_scheme="light")
        page.goto(given.page.resolve().as_uri())
        place = page.locator("h3", has_text=SECOND).bounding_box()
        if place is None:
            raise SystemExit(f"{given.page} has no heading '{SECOND}'")
        parts = [part(page, 0), part(page, place["y"] - 12)]
        running.close()
    whole = Image.new("RGB", (2 * WIDTH + GAP, HEIGHT), "white")
    for number, one in enumerate(parts):
        whole.paste(one, (number * (WIDTH + GAP), 0))
    whole.quantize(128).save(PICTURE, optimize=True)


def part(page: Page, top: float) -> Image.Image:
    """Return a part of the page, from some way down."""
    clip = {"x": 0, "y": top, "width": WIDTH, "height": HEIGHT}
    return Image.open(io.BytesIO(page.screenshot(full_page=True, clip=clip))).convert("RGB")


if __name__ == "__main__":
    main()
