"""``casefinder pseudonymise``: a service's own identifiers into those of the record."""

import csv
from pathlib import Path
from typing import Final

from casefinder.commands.deployment import Deployment
from casefinder.commands.reporter import Reporter
from casefinder.errors import ConfigError, Problem, RawDataError
from casefinder.record.identity import pseudonymiser
from casefinder.worklist.columns import guarded

KNOWN: Final = ("person_id", "start_date", "end_date")
_SHOWN: Final = 20


def run_pseudonymise(deployment: Deployment, file: Path, column: str, source: str, out: Path, reporter: Reporter) -> Path:
    """Write a file with pseudonyms in place of a column of identifiers; of other columns only dates of a service stay.

    Args:
        deployment: the site, whose key makes the pseudonyms.
        file: a CSV file.
        column: the column of identifiers.
        source: a source of the site with a bridge from its own identifiers; empty for the identifiers of the site.
        out: the file to write.
        reporter: takes what was found; never an identifier.

    Raises:
        ConfigError: a column is missing, ``source`` is none, or the output would overwrite the input.
        RawDataError: lines whose identifier cannot be one.
    """
    site = deployment.site
    if source and source not in site.sources:
        raise ConfigError("There is no such source:", [Problem("--source", f"the site has no source called '{source}'")])
    if out.resolve() == file.resolve():
        raise ConfigError("The file of identifiers would be overwritten:", [Problem("--out", "give another file")])
    folder = Path(site.data_folder())
    turned = pseudonymiser(site, site.sources[source] if source else None, folder)
    rows, unknown, problems = [], 0, dict[str, list[int]]()
    for line, row in enumerate(_read(file, column), start=2):
        person, problem = turned.one(row[column].strip())
        if problem:
            problems.setdefault(problem, []).append(line)
        elif person is None:
            unknown += 1
        else:
            rows.append({"person_id": person, **{name: row.get(name, "") for name in KNOWN[1:]}})
    if problems:
        told = [Problem("", f"{words}: {_lines(lines)}") for words, lines in sorted(problems.items())]
        raise RawDataError(
            f"{file.name} holds identifiers that cannot be one; lines count its heading as 1:", told, "Mend them."
        )
    _write(out, rows)
    reporter.say(
        f"wrote {out}: {len(rows)} lines, each with a pseudonym of the record and the dates start_date and end_date"
    )
    if unknown:
        reporter.warn(f"{unknown} lines are left out: the bridge of '{source}' does not know them")
    reporter.say("the file of identifiers stays as it was; keep it where it was, and not in the workspace")
    return out


def _lines(lines: list[int]) -> str:
    more = f" and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
    return f"{'line' if len(lines) == 1 else 'lines'} {', '.join(map(str, lines[:_SHOWN]))}{more}"


def _read(file: Path, column: str) -> list[dict[str, str]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            names = reader.fieldnames or []
            if column not in names:
                raise ConfigError(
                    f"{file.name} has no column '{column}':", [Problem("--column", f"it has {', '.join(names)}")]
                )
            return [{name: value or "" for name, value in row.items() if name} for row in reader]
    except FileNotFoundError:
        raise ConfigError(f"There is no file {file}.") from None
    except UnicodeDecodeError:
        raise RawDataError(f"{file.name} is not UTF-8 text.", remedy="Save it as UTF-8 and try again.") from None


def _write(out: Path, rows: list[dict[str, str]]) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, KNOWN)
        writer.writeheader()
        writer.writerows({name: guarded(value) for name, value in row.items()} for row in rows)
