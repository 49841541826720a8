"""``casefinder practices``: every practice against what is expected for its people, in a year."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from casefinder.codelists import load_codelists
from casefinder.commands.comparing import PAGES
from casefinder.commands.deployment import HERE_NOT_ON_SPARK, Deployment
from casefinder.commands.reporter import Reporter, timed
from casefinder.commands.training import LINK_FIRST
from casefinder.comparison.funnel import Recipe
from casefinder.engines import Version
from casefinder.engines.files import read_frame
from casefinder.errors import ModelError, Problem
from casefinder.histories import Histories
from casefinder.histories.practices import practices_of, record_of
from casefinder.practices.comparing import Compared, compare
from casefinder.practices.counting import Counted, count_year
from casefinder.practices.measures import PracticeMeasure, measure_named, measures
from casefinder.practices.year import Year, check_complete, is_supplied, year_of
from casefinder.reports.practices import case_mix_table, practice_report, summary_words
from casefinder.reports.published import publish

STEP: Final = "practices"


@dataclass(frozen=True)
class Asked:
    """What was asked for: one measure or every one that the site can feed, the year, the limits and the recipe."""

    measure: str | None
    year: str
    level: float = 0.95
    recipe: Recipe = "log"


def run_practices(deployment: Deployment, asked: Asked, reporter: Reporter, out: Path | None = None) -> Version:
    """Compare practices; write the exact figures into the workspace, and a page, a workbook and CSV files to share."""
    site, workspace, seconds = deployment.site, deployment.workspace, dict[str, float]()
    if site.engine == "spark":
        reporter.warn(HERE_NOT_ON_SPARK)
    year = year_of(asked.year)
    one = measure_named(asked.measure) if asked.measure else None
    histories = Histories(workspace.newest("histories", LINK_FIRST))
    manifest, record = histories.version.manifest, record_of(workspace, histories)
    wanted = _wanted(one, year, manifest, reporter)
    table = read_frame(record / "practices.parquet")
    names = dict(zip(table["practice_code"], table["practice_name"], strict=True))
    with timed(seconds, "count"):
        codes = practices_of(record, histories).code
        counted = count_year(
            histories, load_codelists(site.own_codelists()), wanted, year, codes,
            lambda done, every: reporter.stage("counting", done, every),
        )  # fmt: skip
    _check_people(counted, year)
    with timed(seconds, "compare"):
        found = [compare(counted, measure, year, names, asked.recipe, asked.level) for measure in wanted]
    version = _keep(workspace, found, manifest)
    folder = out or workspace / PAGES
    with timed(seconds, "write"):
        mix = case_mix_table(counted, names, year.words)
        pages = [publish(practice_report(each, mix, manifest), folder)[0] for each in found]
    for each, page in zip(found, pages, strict=True):
        _tell(each, page, reporter)
    workspace.log({"command": "practices", "measures": list(counted.measures), "year": year.words, "seconds": seconds})
    return version


def _wanted(
    one: PracticeMeasure | None, year: Year, manifest: Mapping[str, Any], reporter: Reporter
) -> Sequence[PracticeMeasure]:
    """Return the measures to compare, once the year is complete for them; others that the site cannot feed are named."""
    known = [one] if one else list(measures().values())
    wanted = [measure for measure in known if one or is_supplied(measure.kinds, manifest)]
    left = [measure.name for measure in known if measure not in wanted]
    if left:
        reporter.say(f"not supplied by this site: {', '.join(left)}")
    for measure in wanted:
        kinds = [kind for kind in measure.kinds if not measure.is_money or is_supplied([kind], manifest)]
        check_complete(year, kinds or measure.kinds, manifest)
    return wanted


def _check_people(counted: Counted, year: Year) -> None:
    """Raise where nobody was registered in the year.

    Raises:
        ModelError: nobody was.
    """
    if not (counted.practice >= 0).any():
        problem = Problem("the year", f"nobody was registered with a practice in {year.told}")
        raise ModelError("There are no practices to compare:", [problem], "Ask for another year with --year.")


def _keep(workspace: Any, found: Sequence[Compared], manifest: Mapping[str, Any]) -> Version:
    """Write the exact figures into a version of the workspace."""
    with workspace.draft(STEP) as draft:
        for one in found:
            rows = practice_rows(one)
            text = json.dumps(rows, indent=1, sort_keys=True)
            (draft / f"{one.measure.name}.json").write_text(text + "\n", encoding="utf-8")
        about = {
            "step": STEP, "year": found[0].year.words, "measures": [one.measure.name for one in found],
            "over_dispersion": found[0].recipe, "limits": found[0].level, "site": manifest["site"],
            "demonstration": bool(manifest["demonstration"]), "extract_date": manifest["extract_date"],
        }  # fmt: skip
        return draft.finish(about)


def practice_rows(found: Compared) -> dict[str, Any]:
    """Return the exact figures of a measure, as they are kept in the workspace."""
    tables = {
        "practices": found.practices.to_dict("records"),
        "monthly": found.monthly.tolist(),
        "monthly_expected": found.monthly_expected.tolist(),
    }
    figures = {"tau2": found.funnel.tau2, "phi": found.funnel.phi, "spread": found.spread, "elsewhere": found.elsewhere}
    return {**figures, **tables}


def _tell(found: Compared, page: Path, reporter: Reporter) -> None:
    reporter.say(f"{found.measure.title}, {found.year.told}:")
    for words in summary_words(found):
        reporter.say(f"  {words}")
    reporter.say(f"  page: {page}")
