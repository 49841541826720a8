"""Make calibration.png, the picture of a calibration page in the guide to promotion: from its top to the end of its chart.

    python docs/images/calibration_screenshot.py district/calibration/emergency_admission_by_cluster.html

Needs Chromium: the one named in CHROMIUM, else one on the path.
"""

import argparse
import os
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

PICTURE = Path(__file__).with_name("calibration.png")
WIDTH = 1100
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")


def main() -> None:
    """Open the page and keep a part of it as a picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", type=Path, help="a page that 'casefinder calibration' wrote about invented people")
    given = parser.parse_args()
    browser = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        page = running.new_page(viewport={"width": WIDTH, "height": 900}, color_scheme="light")
        page.goto(given.page.resolve().as_uri())
        end = page.locator("figure").bounding_box()
        if end is None:
            raise SystemExit(f"{given.page} has no chart")
        whole = {"x": 0, "y": 0, "width": WIDTH, "height": end["y"] + end["height"] + 16}
        page.screenshot(path=PICTURE, full_page=True, clip=whole)
        running.close()
    Image.open(PICTURE).convert("RGB").quantize(128).save(PICTURE, optimize=True)


if __name__ == "__main__":
    main()
