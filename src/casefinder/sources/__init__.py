"""Sources: one file a dataset, each turning raw rows into facts of the contract.

Every file here without a leading underscore holds ``EXTRACTS``: the layouts of its raw files and what becomes of them.
"""

from functools import cache

from casefinder.definitions import Extract, catalogue
from casefinder.sources._check import accepted, checked
from casefinder.sources._facts import Linking, shaped
from casefinder.sources._read import TORN, FileCount, RawFile, find_files

__all__ = ["TORN", "FileCount", "Linking", "RawFile", "accepted", "checked", "extracts", "find_files", "shaped"]


@cache
def extracts() -> dict[str, Extract]:
    """Return every layout by name."""
    import casefinder.sources as package

    return {one.name: one for held in catalogue(package, "EXTRACTS").values() for one in held}
