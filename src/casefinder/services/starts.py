"""Who was served, and from when: a file, stays on a caseload, or people on issued lists. Nothing else is read of them."""

import csv
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from casefinder.config.service import ServedSettings
from casefinder.dates import to_date, to_day
from casefinder.engines import Version
from casefinder.engines.files import read_frame
from casefinder.errors import Problem, ServiceError

COLUMNS = ("person_id", "start_date", "end_date")
MOST_UNKNOWN = 0.25
"""Greatest share of a file's people who may be missing from the record: opt-outs are few, a wrong kind of code is not."""
_SHOWN = 20


@dataclass(frozen=True)
class Starts:
    """The first start of everybody served, in the order of their pseudonyms.

    Attributes:
        people: pseudonyms.
        days: day number of each first start.
        again: people who started again later; their first start counts.
        unknown: people of a file who are not in the record, as after an opt-out.
        words: where it is from.
    """

    people: tuple[str, ...]
    days: np.ndarray
    again: int = 0
    unknown: int = 0
    words: str = ""

    def between(self, first: dt.date | None, last: dt.date | None) -> np.ndarray:
        """Say who started in a period, its last day included."""
        inside = np.ones(len(self.days), dtype=bool)
        if first is not None:
            inside &= self.days >= to_day(first)
        if last is not None:
            inside &= self.days <= to_day(last)
        return inside


def first_starts(people: Sequence[str], days: Sequence[int], words: str, unknown: int = 0) -> Starts:
    """Return the first start of each person.

    >>> found = first_starts(["b", "a", "b"], [5, 9, 3], "")
    >>> found.people, found.days.tolist(), found.again
    (('a', 'b'), [9, 3], 1)
    """
    rows = pd.DataFrame({"person": list(people), "day": np.asarray(list(days), dtype=np.int64)})
    first = rows.groupby("person", sort=True)["day"].min()
    again = int((rows.groupby("person").size() > 1).sum())
    return Starts(tuple(first.index.astype(str)), first.to_numpy(dtype=np.int64), again, unknown, words)


def starts_of_caseloads(record: Version, served: ServedSettings) -> Starts:
    """Return those on a caseload of the record; a start that the record corrected away does not count.

    Raises:
        ServiceError: nobody was.
    """
    names = ("person_id", "start_date", "superseded_date", "provider")
    stays = read_frame(record / "stays", columns=names, filters=[("kind", "==", "caseload")])
    stays = stays[stays["superseded_date"].isna()]
    own = stays[stays["provider"].astype(str).str.startswith(served.caseloads)]
    if own.empty:
        known = sorted(set(stays["provider"].dropna().astype(str)))
        problem = Problem(
            "served.caseloads", f"no stay on {', '.join(served.caseloads)}; there are: {', '.join(known) or 'none'}"
        )
        raise ServiceError("Nobody is on record as served:", [problem], "Mend served.caseloads in the protocol.")
    days = [to_day(pd.Timestamp(date).date()) for date in own["start_date"]]
    return first_starts(own["person_id"].astype(str).tolist(), days, f"caseload {', '.join(served.caseloads)}")


def starts_of_lists(
    listings: Sequence[tuple[str, str, dt.date]], scopes: Mapping[str, str], served: ServedSettings
) -> Starts:
    """Return everyone on an issued list, from the first one on, whatever was decided there: by intention to treat.

    Args:
        listings: list, person and day.
        scopes: practice or cluster of each list.
        served: says which count.

    Raises:
        ServiceError: no list counts.
    """
    own = [one for one in listings if not served.scopes or scopes.get(one[0]) in served.scopes]
    if not own:
        known = ", ".join(sorted(set(scopes.values()))) or "none"
        problem = Problem(
            "served.scopes", f"no issued list of {', '.join(served.scopes) or 'any practice'}; there are: {known}"
        )
        raise ServiceError("Nobody was ever listed:", [problem])
    words = f"everyone on {len({one[0] for one in own})} issued lists, by intention to treat"
    return first_starts([one[1] for one in own], [to_day(one[2]) for one in own], words)


def starts_of_file(path: Path, people: pd.DataFrame, extract_date: dt.date) -> Starts:
    """Return those of a service's own file.

    Args:
        path: a CSV file of person_id (pseudonyms of the record), start_date and end_date, which may be empty.
        people: of the record: ``person_id``, ``birth_month``, ``death_date``.
        extract_date: of the record.

    Raises:
        ServiceError: naming every line that cannot be, or too many people who are not in the record. No person is named.
    """
    rows = _read(path)
    known = people.set_index("person_id")
    problems = [*_impossible(rows, known, extract_date), *_twice_at_once(rows)]
    inside = rows["person_id"].isin(known.index)
    unknown = int(rows.loc[~inside, "person_id"].nunique())
    every = int(rows["person_id"].nunique())
    if unknown > MOST_UNKNOWN * every:
        problems.append(Problem("person_id", f"{unknown} of {every} people are not in the record"))
    if problems:
        remedy = "Mend the file. Identifiers of the service become those of the record with: casefinder pseudonymise FILE"
        raise ServiceError(f"{path.name} cannot be used; lines count its heading as 1:", problems, remedy)
    own = rows[inside]
    days = [to_day(day) for day in own["start_date"]]
    return first_starts(own["person_id"].tolist(), days, f"the file {path.name}", unknown)


def _read(path: Path) -> pd.DataFrame:
    """Return the rows with their lines.

    Raises:
        ServiceError: columns are missing, or dates cannot be read.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            lacking = [name for name in COLUMNS if name not in (reader.fieldnames or [])]
            if lacking:
                raise ServiceError(f"{path.name} lacks columns:", [Problem(name, "no such column") for name in lacking])
            rows = [{**{name: (row[name] or "").strip() for name in COLUMNS}, "line": number}
                    for number, row in enumerate(reader, start=2)]  # fmt: skip
    except UnicodeDecodeError:
        raise ServiceError(f"{path.name} is not UTF-8 text.", remedy="Save it as UTF-8 and try again.") from None
    if not rows:
        raise ServiceError(f"{path.name} has no rows.")
    table, problems = pd.DataFrame(rows), []
    for name in ("start_date", "end_date"):
        table[name] = [_date(text) for text in table[name]]
        problems += _told(table[table[name].map(lambda one: one is False)], name, "is no date; write it as YYYY-MM-DD")
    problems += _told(table[table["start_date"].map(lambda one: one is None)], "start_date", "is empty")
    problems += _told(table[table["person_id"] == ""], "person_id", "is empty")
    if problems:
        raise ServiceError(f"{path.name} cannot be read; lines count its heading as 1:", problems)
    return table


def _date(text: str) -> dt.date | bool | None:
    """Return a date, None for none, False for what is no date."""
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return False


def _impossible(rows: pd.DataFrame, known: pd.DataFrame, extract_date: dt.date) -> list[Problem]:
    """Return the problems of rows whose dates cannot be."""
    start = [to_day(day) for day in rows["start_date"]]
    end = [to_day(day) if day else None for day in rows["end_date"]]
    birth, death = (_days(known[name].reindex(rows["person_id"])) for name in ("birth_month", "death_date"))
    first = np.array(start, dtype=float)
    ends = np.array([one if one is not None else np.inf for one in end], dtype=float)
    with np.errstate(invalid="ignore"):
        wrong = {
            "start_date lies before the person's month of birth": first < birth,
            "start_date lies after the person's death": first > death,
            "end_date lies before start_date": ends < first,
            "start_date lies after the extracts of the record": first > to_day(extract_date),
        }
    return [problem for words, places in wrong.items() for problem in _told(rows[places], "", words)]


def _days(dates: pd.Series) -> np.ndarray:
    """Return day numbers, NaN where there is none."""
    return np.array([np.nan if pd.isna(one) else to_day(pd.Timestamp(one).date()) for one in dates], dtype=float)


def _twice_at_once(rows: pd.DataFrame) -> list[Problem]:
    """Return the problem of people who start again before their earlier time has ended."""
    ordered = rows.sort_values(["person_id", "start_date", "line"], kind="stable")
    same = ordered["person_id"].eq(ordered["person_id"].shift())
    earlier = ordered["end_date"].shift()
    running = [one is None or (isinstance(one, dt.date) and one > start)
               for one, start in zip(earlier, ordered["start_date"], strict=True)]  # fmt: skip
    return _told(
        ordered[same.to_numpy() & np.array(running, dtype=bool)].sort_values("line"),
        "person_id",
        "is enrolled again before the earlier time has ended",
    )


def _told(rows: pd.DataFrame, where: str, words: str) -> list[Problem]:
    """Return one problem that names the lines, or none."""
    if rows.empty:
        return []
    lines = [str(line) for line in rows["line"].tolist()]
    more = f" and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
    noun = "line" if len(lines) == 1 else "lines"
    return [Problem(where, f"{words}: {noun} {', '.join(lines[:_SHOWN])}{more}")]


def last_start(starts: Starts, chosen: np.ndarray) -> dt.date:
    """Return the last start of some people."""
    return to_date(int(starts.days[chosen].max()))
