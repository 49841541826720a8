"""Before anything is read: every file found, every column there, and all that is amiss told at once."""

from collections.abc import Sequence
from pathlib import Path

from casefinder.config import Site, SourceSettings
from casefinder.errors import Problem, RawDataError, one_of
from casefinder.record.reading import SourceFiles
from casefinder.sources import RawFile, extracts, find_files


def find_sources(site: Site, folder: Path) -> list[SourceFiles]:
    """Return the sources of a site, prices first, with every file found and every column there.

    Raises:
        RawDataError: naming everything that is missing, over all sources.
    """
    found: list[SourceFiles] = []
    amiss: list[RawDataError] = []
    for name, settings in site.sources.items():
        try:
            found.append(_source(name, settings, folder))
        except RawDataError as error:
            amiss.append(error)
    if amiss:
        raise amiss[0] if len(amiss) == 1 else _together(amiss)
    if not any(source.extract.person for source in found):
        problem = Problem("sources", "none of them lists people: gp_patients, or another that holds identifiers")
        raise RawDataError("There is nobody to link:", [problem], "Name such a source in the site file.")
    return sorted(found, key=lambda source: source.extract.name != "activity_costs")


def _source(name: str, settings: SourceSettings, folder: Path) -> SourceFiles:
    """Return one source, its files found and their columns there."""
    known, layout = extracts(), settings.extract or name
    if layout not in known:
        problem = Problem(f"sources.{name}.extract", f"no layout called '{layout}'; {one_of(layout, known)}")
        raise RawDataError("The site file names a layout that does not exist:", [problem])
    if known[layout].person and settings.known is None:
        problem = Problem(f"sources.{name}.known", "say when its rows were known: column, date or lag_days")
        raise RawDataError("The site file does not say when rows were known:", [problem])
    source = SourceFiles.of(name, known[layout], settings, find_files(folder, settings.files, name))
    for path in source.files:
        RawFile(path, name, source.extract, settings).columns()
    return source


def _together(errors: Sequence[RawDataError]) -> RawDataError:
    """Return one error that tells all of several, each with its headline, and every remedy once."""
    problems = [Problem(error.headline.rstrip(":"), "; ".join(map(str, error.problems))) for error in errors]
    remedies = dict.fromkeys(error.remedy for error in errors if error.remedy)
    return RawDataError(f"{len(errors)} sources cannot be read, and nothing was linked:", problems, "\n".join(remedies))
