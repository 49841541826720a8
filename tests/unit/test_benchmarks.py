"""What the benchmarks compare must agree: the kernel, pandas and polars on forty measures, cell for cell."""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from benchmarks.by_kernel import programs
from benchmarks.features import agree, same
from benchmarks.forty import horizons, lookbacks
from benchmarks.measure import Pairs, child
from benchmarks.questions import asked
from benchmarks.report import Figure, write, write_page
from tests.unit.forgetful import BYTES, SECONDS

from casefinder.codelists import load_codelists
from casefinder.dates import NEVER, to_day
from casefinder.engines import Version
from casefinder.histories import Histories
from casefinder.histories.kernel import FACT, POINT, STAY
from casefinder.histories.store import CONCEPT_COLUMNS

INDEX_DATE = dt.date(2025, 3, 1)
PEOPLE = 1500
PLACES = {
    (POINT, "gp_record"): ("conditions", "measures"),
    (POINT, "diagnosis"): ("conditions", "hfrs"),
    (POINT, "outpatient"): ("treatment_functions",),
}
"""Kinds of fact, and the code lists from which some of their codes come."""
EGFR = load_codelists()["measures:egfr"].values()


def concepts():
    """Concepts of every kind that the measures look at, with codes on their lists and off them."""
    codelists = load_codelists()
    rows = [(kind, name, line.system, line.code, 1 + place % 2, "") for (kind, name), lists in PLACES.items()
            for one in lists for place, line in enumerate(codelists[one].codes[::7])]  # fmt: skip
    rows += [(POINT, "gp_record", "snomed", code, 1, "") for code in EGFR]
    rows += [(POINT, name, "icd10", "Z999", 1, "") for name in ("gp_record", "diagnosis", "outpatient")]
    rows += [(POINT, "prescription", "bnf", f"{stem}0{end}", 0, "") for stem in ("0501013B0AA", "0212000B0AA", "0212000B0BB")
             for end in ("AA", "BB")]  # fmt: skip
    rows += [(POINT, name, "local", "", 0, "") for name in ("gp_contact", "ae_attendance", "outpatient_missed")]
    rows += [(STAY, "hospital", "local", "", 0, method) for method in ("emergency", "elective", "day_case", "other")]
    rows += [(STAY, name, "local", "", 0, "") for name in ("home_care", "care_home", "caseload", "observed")]
    rows += [(STAY, "registration", "nhs", code, 0, "") for code in ("Z80001", "Z80002")]
    rows += [(STAY, "residence", "nhs", "E01000001", 0, ""), (FACT, "birth", "", "", 0, "")]
    rows += [(FACT, "sex", "nhs", code, 0, "") for code in ("female", "male", "not a code")]
    return pd.DataFrame(rows, columns=list(CONCEPT_COLUMNS)).drop_duplicates().sort_values(list(CONCEPT_COLUMNS))


def facts(table, seed):
    """Random facts of people in order, many of them late, corrected, open, on one day or on the edge of a window."""
    draw = np.random.default_rng(seed)
    n, day0 = 40 * PEOPLE, to_day(INDEX_DATE)
    kind = table["row_kind"].to_numpy()
    often = (
        np.where(kind == STAY, 20, 1)
        + np.where(table["code"].isin(EGFR), 40, 0)
        + np.where(table["method"] == "emergency", 150, 0)
    )
    concept = draw.choice(len(table), n, p=often / often.sum())
    kind = kind[concept]
    edges = day0 + np.array([-1825, -730, -365, -90, -30, -1, 0, 1, 180, 365])
    near = draw.choice(edges, n) + draw.integers(-1, 2, n)
    start = np.where(draw.random(n) < 0.3, near, day0 + draw.integers(-2500, 500, n))
    length = np.where(draw.random(n) < 0.3, draw.integers(0, 400, n), draw.integers(0, 5, n))
    end = np.where((kind == STAY) & (draw.random(n) < 0.8), start + length, NEVER)
    late = np.where(draw.random(n) < 0.5, 0, draw.integers(0, 90, n))
    known = start + late
    end_known = np.where(end == NEVER, NEVER, np.maximum(end, known) + late)
    superseded = np.where(draw.random(n) < 0.1, known + 1 + late, NEVER)
    value = np.where(draw.random(n) < 0.3, np.nan, draw.integers(-5, 900, n) / 8)
    rows = pd.DataFrame({"person": draw.integers(0, PEOPLE, n), "concept": concept, "start": start, "end": end,
                         "known": known, "end_known": end_known, "superseded": superseded, "value": value,
                         "cost": draw.integers(0, 100_000, n)})  # fmt: skip
    return rows.sort_values(["person", "start", "concept", "end", "known", "end_known", "superseded", "value", "cost"])


@pytest.fixture(scope="module")
def histories(tmp_path_factory):
    folder = tmp_path_factory.mktemp("histories")
    table = concepts()
    table.to_parquet(folder / "concepts.parquet", index=False)
    (folder / "blocks").mkdir()
    (folder / "people").mkdir()
    for number in range(2):
        rows = facts(table, number)
        rows = rows.astype({name: "int32" for name in rows.columns if name != "value"})
        pq.write_table(pa.Table.from_pandas(rows, preserve_index=False), folder / "blocks" / f"{number:05d}.parquet")
        people = pa.table({"person_id": [f"p{number}{place:05d}" for place in range(PEOPLE)]})
        pq.write_table(people, folder / "people" / f"{number:05d}.parquet")
    return Histories(Version(folder, {}))


def test_the_kernel_pandas_and_polars_agree_on_forty_measures_cell_for_cell(histories):
    questions = asked(histories.concepts, load_codelists(), INDEX_DATE)
    for number in histories.numbers:
        found = agree(histories, number, questions)
        assert found["kernel"].shape == (PEOPLE, 40)
        for name in ("pandas", "polars"):
            wrong = ~same(found["kernel"], found[name])
            assert not wrong.any(), (name, [questions.names[place] for place in np.flatnonzero(wrong.any(axis=0))])


def test_every_one_of_the_forty_tells_people_apart(histories):
    questions = asked(histories.concepts, load_codelists(), INDEX_DATE)
    found = agree(histories, 0, questions)["kernel"]
    alike = [name for name, column in zip(questions.names, found.T, strict=True) if len(np.unique(column)) < 2]
    assert not alike


def test_the_forty_use_every_operation_of_the_kernel(histories):
    from casefinder.histories import kernel

    compiled = programs(histories.concepts, load_codelists())
    codes = {int(code) for one in (compiled.back, compiled.ahead) for code in one.operations.code}
    assert codes == set(range(kernel.DAYS_UNTIL + 1))
    assert {int(way) for way in compiled.back.operations.column_way} == set(range(kernel.AGE + 1))
    assert len(lookbacks()) + len(horizons()) == 40


def test_a_ratio_is_the_median_over_pairs():
    assert Pairs([1.0, 2.0, 4.0], [3.0, 2.0, 16.0]).ratio == 3.0


def test_a_child_that_holds_more_memory_is_seen_to(tmp_path):
    small = child(["timeit", "-n", "1", "-r", "1", "pass"])
    large = child(["timeit", "-n", "1", "-r", "1", "bytearray(200_000_000)"])
    assert 150e6 < large.peak_bytes - small.peak_bytes < 300e6


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only where processes can be looked at")
def test_what_a_forgotten_process_spent_counts():
    found = child(["tests.unit.forgetful"])
    assert found.cpu > 0.8 * SECONDS
    assert found.peak_bytes > BYTES


def test_a_child_that_fails_says_why():
    with pytest.raises(RuntimeError, match="no_such_module"):
        child(["no_such_module"])


def test_a_bound_that_did_not_hold_is_shown_as_such(tmp_path):
    figures = [Figure("wall", 200, "s", 180), Figure("ratio", 4.5, "", 4, "at least"), Figure("people", 10, "")]
    write(tmp_path, "scale", "a district", figures, ["one note"], {})
    page = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "| wall | 200 s | at most 180 s | **no** |" in page
    assert "| ratio | 4.50 | at least 4 | yes |" in page
    assert "| people | 10 |  |  |" in page
    (tmp_path / "other.json").write_text("[]", encoding="utf-8")
    write_page(tmp_path)
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == page
