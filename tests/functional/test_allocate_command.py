"""``casefinder allocate`` on a linked district: what is written, tried again and refused, and what may change need."""

import csv
import datetime as dt
import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from casefinder.allocation.people import Compiled, WritePeople, illnesses
from casefinder.codelists import load_codelists
from casefinder.engines import Workspace
from casefinder.histories import Block, Histories
from casefinder.histories.kernel import Rows
from tests.functional.conftest import AS_OF
from tests.functional.lists import copied, done, run
from tests.functional.test_privacy import numbers_of, people_of
from tests.published import walk

POT = "9000000"
"""Near what the made-up budgets of 6,000 people add up to."""
DONE = {
    "hospital", "procedure", "admission_reason", "ae_attendance", "outpatient", "gp_contact", "prescription",
    "community_contact", "mental_health_contact", "mental_health_referral", "gp_record", "diagnosis", "call_111",
    "ambulance", "social_care_request",
}  # fmt: skip
"""Kinds of fact of which a practice can bring about more of the same."""


@pytest.fixture(scope="module")
def allocated(linked_district, tmp_path_factory):
    """A copy of the linked district that has been allocated; its folder, and what was printed."""
    folder = copied(linked_district, tmp_path_factory.mktemp("allocated") / "district")
    return folder, done(folder, "allocate", "--as-of", AS_OF, "--pot", POT, "--floor", "-0.02", "--unmet-need", "0.05")


STEM = f"allocation-practice-{AS_OF}-pot-{POT}-unmet-0-05-floor-minus-0-02"


def table(folder, name, stem=STEM):
    path = folder / "workspace" / "pages" / f"{stem}-{name}.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def amounts(rows, heading):
    return [float(row[heading]) for row in rows if row[heading] not in ("*", "")]


def test_targets_add_up_to_the_pot_and_next_budgets_too(allocated):
    folder, _ran = allocated
    need, pace = table(folder, "need"), table(folder, "pace")
    assert sum(amounts(need, "Target")) == pytest.approx(float(POT), abs=1e4)
    assert sum(amounts(pace, "Next budget")) == pytest.approx(float(POT), abs=1e4)
    assert sum(amounts(need, "Share of need, %")) == pytest.approx(100, abs=0.1)
    assert min(amounts(pace, "Growth, %")) >= -2.0
    for row in table(folder, "distance"):
        low, high = float(row["Chance, low %"]), float(row["Chance, high %"])
        assert low < float(row["Distance, %"]) < high
        assert ("includes 0" in row["Reading"]) == (
            min(low, float(row["Model, low %"])) <= 0 <= max(high, float(row["Model, high %"]))
        )


def test_the_ladder_rises_from_age_and_sex_to_diagnoses(allocated):
    folder, _ran = allocated
    rows = {(row["Model"], row["Judged on"]): row for row in table(folder, "models")}
    assert len(rows) == 16
    for held in ("people held out", "whole practices held out"):
        r2 = [float(rows[(step, held)]["R² of people"]) for step in ("age and sex", "and diagnoses")]
        assert r2[0] < r2[1]


def test_money_spent_is_the_money_of_the_record(allocated, linked_district):
    """Cost of the year by activity, on the people of the lists, is what the fitted people cost."""
    folder, _ran = allocated
    version = Workspace(folder / "workspace").newest("allocations")
    about = json.loads((version / "about.json").read_text(encoding="utf-8"))
    with (version / "activities.csv").open(encoding="utf-8") as stream:
        pounds = sum(float(row["pounds"]) for row in csv.DictReader(stream))
    people = pq.read_table(Workspace(folder / "workspace").newest("allocation_rows") / "people.parquet").to_pandas()
    first = people[people["date"] == 0]
    assert first["cost"].sum() / 100 == pytest.approx(pounds)
    assert about["counts"]["pounds"] == pytest.approx(first["cost"][first["days"] > 0].sum() / 100)
    assert (first["days"] <= 365).all()
    assert first.loc[first["died"], "days"].max() < 366


def test_another_cap_model_and_grouping_are_tried_without_fitting(allocated):
    folder, _ran = allocated
    workspace = Workspace(folder / "workspace")
    before = len(workspace.versions("allocations"))
    grouping = folder / "grouping.csv"
    codes = json.loads((workspace.newest("allocations") / "about.json").read_text(encoding="utf-8"))["practices"]
    lines = [f"{code},{'north' if place % 2 else 'south'}" for place, code in enumerate(codes)]
    grouping.write_text("\n".join(["practice_code,group", *lines]) + "\n", encoding="utf-8")
    words = ("--cap", "none", "--model", "parsimonious", "--grouping", grouping)
    ran = done(folder, "allocate", "--as-of", AS_OF, "--pot", POT, *words)
    assert "nothing is fitted again" in ran.words
    assert len(workspace.versions("allocations")) == before
    assert table(folder, "need"), "what was chosen before is still there"
    groups = table(folder, "need", f"allocation-group-{AS_OF}-parsimonious-cap-none-pot-{POT}")
    assert {row["Group"] for row in groups} == {"north", "south"}
    assert sum(amounts(groups, "Target")) == pytest.approx(float(POT), abs=1e4)


def test_mistakes_are_refused_in_words(allocated, tmp_path):
    folder, _ran = allocated
    budgets = tmp_path / "budgets.csv"
    budgets.write_text("practice_code,budget\nZ80001,100\nZ80001,100\n", encoding="utf-8")
    refused = {("--fit-at", "2025-06-01"): "is complete to", ("--current", budgets): "named more than once"}
    for words, says in refused.items():
        ran = run(folder, "allocate", "--as-of", AS_OF, *words)
        assert ran.code == (15 if words[0] == "--fit-at" else 10), ran.words
        assert says in ran.words
        assert "Traceback" not in ran.words


def test_all_that_is_published_is_disclosed_and_names_nobody(allocated):
    folder, _ran = allocated
    pages = walk(folder / "workspace" / "pages", people_of(folder) | numbers_of(folder))
    assert {"distance", "need", "pace", "prices", "coefficients"} <= {table.name for one in pages.values() for table in one}


def test_the_same_inputs_give_the_same_bytes(allocated, linked_district, tmp_path):
    folder, _ran = allocated
    again = copied(linked_district, tmp_path / "again")
    done(again, "allocate", "--as-of", AS_OF, "--pot", POT, "--floor", "-0.02", "--unmet-need", "0.05")
    for step in ("allocation_rows", "allocations"):
        one, other = (Workspace(place / "workspace").versions(step)[0].folder for place in (folder, again))
        names = sorted(path.name for path in one.iterdir())
        assert names == sorted(path.name for path in other.iterdir())
        for name in names:
            assert (one / name).read_bytes() == (other / name).read_bytes(), f"{step}/{name}"
    for path in sorted((again / "workspace" / "pages").iterdir()):
        assert path.read_bytes() == (folder / "workspace" / "pages" / path.name).read_bytes(), path.name


def test_treating_testing_and_referring_more_changes_no_column_of_need(linked_district, tmp_path):
    """Every act on record is brought about three times instead of once, on the same day: need must not move."""
    workspace = Workspace(linked_district / "workspace")
    histories = Histories(workspace.newest("histories"))
    ready = Compiled.of(histories, load_codelists())
    date = (dt.date(2025, 1, 1),)
    block = histories.block(histories.numbers[0])
    kinds = histories.concepts.table["kind"].to_numpy()[block.rows.concept]
    times = np.where(np.isin(kinds, sorted(DONE)), 3, 1)
    person = np.repeat(np.arange(len(block)), np.diff(block.rows.offsets))
    offsets = np.concatenate([[0], np.cumsum(np.bincount(person, times, len(block)))]).astype(np.int64)
    busier = Block(block.number, block.people, Rows(offsets, *(np.repeat(column, times) for column in block.rows[1:])))
    write = WritePeople(ready, date, tmp_path, 1)
    keep = ready.cohort.rows(block, date).included
    one, other = (write._said(those, keep) for those in (block, busier))
    assert len(busier.rows.concept) > 2 * len(block.rows.concept)
    for name in ("age", "sex", "imd", "care_home", "area", *illnesses()):
        assert np.array_equal(one[name], other[name], equal_nan=True), name
    assert any(one[name].any() for name in illnesses())


def _published_lists(economy, path):
    """Write everybody who truly is on a list on the day, as list sizes are published: by practice, sex and age band."""
    people = pq.read_table(economy / "truth" / "people.parquet").to_pandas()
    day = dt.date.fromisoformat(AS_OF)
    here = (people["entry_date"] <= day) & ~(people["exit_date"] <= day) & ~(people["death_date"] < day)
    people = people[here & (people["birth_date"] <= day)]
    moved = (people["move_date"] <= day).to_numpy(dtype=bool, na_value=False)
    age = np.array([(day - born).days // 365.25 for born in people["birth_date"]], dtype=int)
    table = {
        "CODE": np.where(moved, people["last_practice"], people["first_practice"]),
        "SEX": np.where(people["male"], "MALE", "FEMALE"),
        "AGE_GROUP_5": ["95+" if one >= 95 else f"{one // 5 * 5}_{one // 5 * 5 + 4}" for one in age],
    }
    sizes = pd.DataFrame(table).value_counts().rename("NUMBER_OF_PATIENTS").reset_index()
    sizes.to_csv(path, index=False)
    return len(people)


def test_people_who_opted_out_enter_at_the_need_of_their_age_and_sex(allocated, economy, tmp_path):
    folder, _ran = allocated
    everyone = _published_lists(economy, tmp_path / "lists.csv")
    done(
        folder, "allocate", "--as-of", AS_OF, "--pot", POT, "--list-sizes", tmp_path / "lists.csv", "--out", tmp_path / "out"
    )
    with (tmp_path / "out" / f"allocation-practice-{AS_OF}-pot-{POT}-need.csv").open(
        encoding="utf-8-sig", newline=""
    ) as stream:
        rows = list(csv.DictReader(stream))
    walk(tmp_path / "out", people_of(folder) | numbers_of(folder))
    listed, missing = sum(amounts(rows, "People on the published list")), sum(amounts(rows, "Listed and not scored"))
    beyond = sum(amounts(rows, "Scored beyond the list"))
    scored = np.load(Workspace(folder / "workspace").newest("allocations") / "lists-deciles.npy").sum()
    assert listed == pytest.approx(everyone, abs=2.5 * len(rows))
    assert missing - beyond == pytest.approx(everyone - scored, abs=5 * len(rows))
    manifest = Workspace(folder / "workspace").newest("record").manifest
    opted_out = sum(manifest["left_out"][name] for name in ("national opt-out", "type 1 opt-out"))
    assert 0.5 * opted_out < missing < 1.6 * opted_out
    assert sum(amounts(rows, "Target")) == pytest.approx(float(POT), abs=1e4)
