"""Relational rules on drawn rows, each person a case of their own, against loops over one person's rows."""

import datetime as dt
import itertools
from collections import defaultdict

import numpy as np
import pyarrow as pa
import pytest

from casefinder.config.known import Known
from casefinder.config.site import SourceSettings
from casefinder.definitions import Extract, RawColumn
from casefinder.record.intake import standing
from casefinder.record.reading import SourceFiles
from casefinder.record.spells import closed_by_next, joined, stays_of

DAY0 = dt.date(2024, 1, 1)
PEOPLE = 300


def day(number):
    return DAY0 + dt.timedelta(days=int(number))


# --- rows that stand ----------------------------------------------------------------------------------

LAYOUT = Extract(
    name="drawn",
    meaning="rows drawn for a test",
    person="who",
    key=("key",),
    columns=(
        RawColumn("who", "text", "person"),
        RawColumn("key", "text", "key"),
        RawColumn("value", "integer", "value"),
        RawColumn("sent", "date", "day of submission"),
    ),
    facts=lambda _rows, _linking: {},
    supplies=(),
)


def drawn_rows(seed):
    """Rows of few keys, values and days, so that copies and corrections abound; each on a line of its own."""
    random = np.random.default_rng(seed)
    return [
        {
            "person_id": f"p{person:03d}",
            "key": f"k{random.integers(2)}",
            "value": None if random.integers(6) == 0 else int(random.integers(3)),
            "sent": day(random.integers(4)),
            "file": f"f{random.integers(2)}.csv",
            "line": line,
        }
        for line, person in enumerate(random.integers(0, PEOPLE, 6 * PEOPLE))
    ]


def plain_standing(rows, dated, plus_days):
    """The rows of one person that stand, with the day on which each was replaced; and the two counts."""
    order = lambda row: (*((row["sent"],) if dated else ()), row["file"], row["line"])  # noqa: E731
    content = lambda row: (row["key"], row["value"], *(() if dated else (row["sent"],)))  # noqa: E731
    distinct = {}
    for row in sorted(rows, key=order):
        distinct.setdefault(content(row), row)
    by_key = defaultdict(list)
    for row in sorted(distinct.values(), key=order):
        by_key[row["key"]].append(row)
    kept = []
    for versions in by_key.values():
        for row, later in zip(versions, [*versions[1:], None], strict=True):
            if later is None:
                kept.append((row["line"], None))
            elif dated and later["sent"] != row["sent"]:
                kept.append((row["line"], later["sent"] + dt.timedelta(days=plus_days)))
    return kept, len(rows) - len(distinct), len(distinct) - len(by_key)


@pytest.mark.parametrize("dated", [True, False])
def test_duplicates_and_corrections_are_told_apart(engine, dated, tmp_path):
    rows = drawn_rows(7)
    known = Known(column="sent", plus_days=3) if dated else Known(lag_days=0)
    source = SourceFiles("drawn", LAYOUT, SourceSettings(files=("x",), known=known), ())
    table = engine.register(pa.Table.from_pylist(rows))
    kept, duplicates, corrected = standing(engine, table, source, tmp_path / "standing.parquet")
    found = engine.fetch(kept.select("person_id", "line", "superseded_date")).to_pylist()
    of_person = defaultdict(list)
    for row in rows:
        of_person[row["person_id"]].append(row)
    expected = {person: plain_standing(mine, dated, 3) for person, mine in of_person.items()}
    lines = {(person, line, replaced) for person, (stand, _, _) in expected.items() for line, replaced in stand}
    assert {(row["person_id"], row["line"], row["superseded_date"]) for row in found} == lines
    assert duplicates == sum(one[1] for one in expected.values()) > 100
    assert corrected == sum(one[2] for one in expected.values()) > 100


# --- spells into stays --------------------------------------------------------------------------------

GAP = 2
PRICES = {"emergency_admission": 1000, "emergency_bed_day": 10, "elective_admission": 700, "elective_bed_day": 7}
METHODS = ("emergency", "elective", "transfer", "emergency_transfer")


def drawn_spells(seed):
    """Spells that lie close together, some of them open; no two of a person begin on one day at one provider."""
    random = np.random.default_rng(seed)
    rows = {}
    for person in random.integers(0, PEOPLE, 4 * PEOPLE):
        start, provider = int(random.integers(20)), f"R{random.integers(2)}"
        end = None if random.integers(8) == 0 else day(start + random.integers(8))
        rows[person, start, provider] = {
            "person_id": f"p{person:03d}",
            "version": "corrected",
            "start": day(start),
            "end": end,
            "provider": provider,
            "method": METHODS[random.integers(len(METHODS))],
            "came_from": "hospital" if random.integers(5) == 0 else "home",
            "went_to": "hospital" if random.integers(5) == 0 else "home",
            "first_episode": f"{person}-{start}-{provider}",
            "known": day(start + 30),
            "end_known": day(start + 40),
            "cost": 0,
            "source": "drawn",
        }
    return list(rows.values())


def plain_stays(spells):
    """The continuous stays of one person: start, end, method, price and how many spells each has."""
    far = dt.date(9999, 1, 1)
    ordered = sorted((dict(one) for one in spells), key=lambda one: (one["start"], one["end"] or far, one["provider"]))
    for one, following in itertools.pairwise(ordered):
        one["end"] = one["end"] or following["start"]
    ordered.sort(key=lambda one: (one["start"], one["end"] or far, one["provider"]))
    stays, reached, before = [], None, None
    for one in ordered:
        transfer = one["method"].endswith("transfer") or "hospital" in (one["came_from"], before and before["went_to"])
        overlaps = reached is not None and one["start"] < reached
        soon = reached is not None and reached != far and one["start"] <= reached + dt.timedelta(days=GAP)
        if overlaps or (soon and transfer):
            stays[-1].append(one)
        else:
            stays.append([one])
        reached, before = max(reached or dt.date.min, one["end"] or far), one
    return sorted(map(plain_stay, stays))


def plain_stay(spells):
    first = spells[0]
    end = None if any(one["end"] is None for one in spells) else max(one["end"] for one in spells)
    method = first["method"].removesuffix("_transfer") if first["method"] == "emergency_transfer" else first["method"]
    nights = (end - first["start"]).days if end else 0
    price = PRICES.get(f"{method}_admission", 0) + nights * PRICES.get(f"{method}_bed_day", 0)
    return str(first["start"]), str(end), method, price, len(spells)


def test_spells_are_joined_into_stays(engine):
    spells = drawn_spells(11)
    table = engine.stage(closed_by_next(engine.register(pa.Table.from_pylist(spells))))
    found = engine.fetch(stays_of(joined(table, GAP), PRICES)).to_pylist()
    of_person, mine = defaultdict(list), defaultdict(list)
    for row in spells:
        of_person[row["person_id"]].append(row)
    for row in found:
        mine[row["person_id"]].append((str(row["start"]), str(row["end"]), row["method"], row["cost"], row["spells"]))
    for person, rows in of_person.items():
        assert sorted(mine[person]) == plain_stays(rows), person
    assert sum(len(one) for one in mine.values()) < len(spells) - 100, "many spells are joined"
