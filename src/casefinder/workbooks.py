"""Excel workbooks whose bytes depend on nothing but what is in them, whoever writes them."""

import datetime as dt
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

_TIME: Final = (1980, 1, 1, 0, 0, 0)


class Package:
    """The bytes of a workbook, once it is closed."""

    def __init__(self) -> None:
        self.written = io.BytesIO()

    @property
    def data(self) -> bytes:
        """The package with fixed times, one system's marks and no compression: no clock and no library can change it."""
        found = io.BytesIO()
        with zipfile.ZipFile(self.written) as old, zipfile.ZipFile(found, "w", zipfile.ZIP_STORED) as new:
            for name in old.namelist():
                about = zipfile.ZipInfo(name, _TIME)
                about.create_system = 3
                new.writestr(about, old.read(name))
        return found.getvalue()


@contextmanager
def workbook(package: Package, title: str, subject: str, made: dt.date) -> Iterator[Any]:
    """Open a workbook to write sheets into; the package holds its bytes when the block is left.

    Args:
        package: where the bytes go.
        title: of the workbook's properties.
        subject: of the workbook's properties.
        made: the date that the properties give; the clock is never asked.
    """
    from xlsxwriter import Workbook

    # xlsxwriter changes the properties that it is given, so each workbook gets its own.
    font = {"font_name": "Arial", "font_size": 9}
    book = Workbook(package.written, {"in_memory": True, "default_format_properties": font})
    moment = dt.datetime.combine(made, dt.time())
    book.set_properties({"title": title, "subject": subject, "author": "casefinder", "created": moment})
    book.set_calc_mode("auto")
    yield book
    book.close()
