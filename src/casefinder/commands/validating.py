"""``casefinder validate``: fit a model again without each group and on fewer people, and say what a new place may expect."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from casefinder.codelists import load_codelists
from casefinder.commands.archive import services_and_lists
from casefinder.commands.comparing import PAGES
from casefinder.commands.deployment import Deployment
from casefinder.commands.reporter import Reporter, timed
from casefinder.commands.storing import row_storage
from casefinder.commands.training import LINK_FIRST
from casefinder.config import load_model
from casefinder.engines import Version
from casefinder.histories import Histories
from casefinder.histories.practices import practices_of, record_of
from casefinder.modelling.ladder import groups_of, ladder, learning_curve, leave_one_out
from casefinder.modelling.validated import Validated, disclosed_validation, plain_rows, validated
from casefinder.reports.validation import curve_table, group_table, pooled_table, validation_page
from casefinder.worklist.columns import guarded

STEP: Final = "validations"


def run_validate(deployment: Deployment, model: str, by: str, reporter: Reporter, out: Path | None = None) -> Version:
    """Validate a model on the linked record; write the exact figures, tables and a page to share."""
    site, workspace, seconds = deployment.site, deployment.workspace, dict[str, float]()
    settings = load_model(model, site.folder / "models")
    histories = Histories(workspace.newest("histories", LINK_FIRST))
    practices = practices_of(record_of(workspace, histories), histories)
    with row_storage(site, workspace) as storage:
        with timed(seconds, "rows"):
            codelists, lists = load_codelists(site.own_codelists()), services_and_lists(site, workspace)
            rows = ladder(histories, settings, codelists, practices, storage, reporter.stage, lists)
        groups_of(rows, by)
        with timed(seconds, "learning curve"):
            curve = learning_curve(rows, reporter.stage)
        with timed(seconds, f"without each {by}"):
            exact = validated(leave_one_out(rows, by, reporter.stage), curve)
    manifest = histories.version.manifest
    about = {
        "name": settings.name, "meaning": settings.meaning, "served": settings.served, "by": by, "site": manifest["site"],
        "demonstration": bool(manifest["demonstration"]), "extract_date": manifest["extract_date"],
        "index_date": str(rows.plan.test_date), "temporal": settings.split.temporal,
    }  # fmt: skip
    with workspace.draft(STEP) as draft:
        text = json.dumps(plain_rows(exact), indent=1, sort_keys=True)
        (draft / "exact.json").write_text(text + "\n", encoding="utf-8")
        version = draft.finish({"step": "validation", **about})
    workspace.log({"command": "validate", "model": settings.name, "by": by, "seconds": seconds})
    _tell(disclosed_validation(exact), about, out or workspace / PAGES, reporter)
    return version


def _tell(shown: Validated, about: dict[str, Any], out: Path, reporter: Reporter) -> None:
    """Show the tables, and write them with a page for those who may not see exact figures."""
    name, by = about["name"], about["by"]
    reporter.say(f"{name}, {about['served']}, index date {about['index_date']}")
    for table in (curve_table(shown), group_table(shown, by), pooled_table(shown, by)):
        reporter.table(*table)
    out.mkdir(parents=True, exist_ok=True)
    for part, rows in plain_rows(shown).items():
        _write(out / f"{name}-validation-{by}-{part}.csv", rows)
    page = out / f"{name}-validation-{by}.html"
    page.write_bytes(validation_page(shown, about))
    reporter.say(f"page: {page}")


def _write(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows([{key: guarded(one) if isinstance(one, str) else one for key, one in row.items()} for row in rows])
