"""People held out of lists, from the shell: named on nothing that a practice gets, recorded for later fits, full lists."""

import datetime as dt
import sqlite3

import numpy as np
import pandas as pd
import pytest

from casefinder.commands.deployment import open_deployment
from casefinder.commands.frames import training_rows
from casefinder.engines import Workspace
from casefinder.errors import ModelError
from casefinder.modelling.served_people import held_out
from casefinder.worklist.history import HoldOutOfList, IssuedRow, ListHistory, history_url
from tests.conftest import made_once
from tests.functional.conftest import ROOT, casefinder
from tests.functional.lists import copied, csv_rows, done, excel_table, set_site, visible_text

AFTER = "2026-04-08"
"""The list of the week after, the first under the hold-out."""
SHARE = 0.3


@pytest.fixture(scope="module")
def holding(tmp_path_factory, district):
    """The district a week on, with three in ten people held out, and the lists of every practice and cluster."""

    def make(folder):
        copied(district, folder)
        lines = f"  practice_k: 15\n  hold_out: {{share: {SHARE}, starts: {AFTER}, approval: REF-9}}"
        set_site(folder, practice_k=lines)
        done(folder, "weekly", "--as-of", AFTER)
        done(folder, "worklist", "--all", "--as-of", AFTER)

    return made_once(tmp_path_factory, "holding", make)


def files(folder, ending):
    return sorted((folder / "workspace" / "lists-for-meetings" / AFTER).glob(f"*.{ending}"))


def rows_of(folder, table):
    with sqlite3.connect(folder / "workspace" / "decisions.db") as database:
        found = pd.read_sql(f"select * from {table}", database)
    return found[found["as_of"].astype(str) == AFTER]


def test_nobody_held_out_stands_on_any_list_and_lists_are_full(holding):
    listed = rows_of(holding, "issued_lists")
    assert not held_out(listed["person_id"].tolist(), SHARE, 1).any()
    before = {path.name.replace("2026-04-01", AFTER): len(csv_rows(path)) for path in
              (holding / "workspace" / "lists-for-meetings" / "2026-04-01").glob("*.csv")}  # fmt: skip
    after = {path.name: len(csv_rows(path)) for path in files(holding, "csv")}
    assert after.keys() == before.keys()
    assert sum(count == before[name] for name, count in after.items()) > 0.8 * len(after)


def test_everyone_kept_off_is_drawn_by_the_hash_scored_and_recorded_with_their_list(holding):
    kept, listed, lists = (rows_of(holding, table) for table in ("held_out", "issued_lists", "lists_with_hold_out"))
    assert held_out(kept["person_id"].tolist(), SHARE, 1).all()
    assert 0.15 < len(kept) / (len(kept) + len(listed)) < 0.45
    assert set(kept["list_id"]) <= set(lists["list_id"]) == set(listed["list_id"])
    assert set(lists["share"]) == {SHARE}
    risks = pd.read_parquet(Workspace(holding / "workspace").newest("lists") / "risks" / "emergency_admission")
    risk = risks.set_index("person_id")["raw_score"]
    lowest = listed.assign(raw=listed["person_id"].map(risk)).groupby("list_id")["raw"].min()
    of_practices = kept[kept["list_id"].str.contains("practice")]
    assert (of_practices["person_id"].map(risk) >= of_practices["list_id"].map(lowest)).all()


def test_nothing_that_a_practice_gets_names_them(holding):
    kept = set(rows_of(holding, "held_out")["person_id"])
    assert kept
    told = [path.read_text(encoding="utf-8-sig") for ending in ("csv", "html") for path in files(holding, ending)]
    assert not any(person in text for text in told for person in kept)
    for path in files(holding, "xlsx")[:4]:
        for sheet in ("Removed by rule", "Left the list"):
            assert not any(cell in kept for row in excel_table(path, sheet) for cell in row)


def test_each_list_says_so_with_the_approval_and_a_count_that_names_nobody(holding):
    text = visible_text(files(holding, "html")[0].read_text(encoding="utf-8"))
    assert "By agreement (approval REF-9), from 8 Apr 2026 on 30 in 100 people" in text
    assert "discuss anyone you are concerned about, listed or not" in text
    assert "Held out of this list so:" in text


def test_a_fit_on_those_held_out_needs_lists_that_were_issued_under_a_hold_out(district, tmp_path):
    folder = copied(district, tmp_path / "none")
    own = folder / "site" / "models"
    own.mkdir()
    text = (ROOT / "configs" / "models" / "emergency_admission.yaml").read_text(encoding="utf-8")
    (own / "emergency_admission.yaml").write_text(f"{text}served_people: hold_out\n", encoding="utf-8")
    ran = casefinder("train", "emergency_admission", "--workspace", folder / "workspace")
    assert ran.code == ModelError.exit_code, ran.words
    assert "no list was issued under a hold-out" in ran.words
    assert "served_people: keep" in ran.words


def test_rows_that_a_list_reached_give_way_to_those_held_out(district, tmp_path):
    """Lists and hold-outs written into the past of the first index date that the model is fitted on."""
    folder = copied(district, tmp_path / "past")
    deployment = open_deployment(None, folder / "workspace", "train")
    before = training_rows(deployment, "emergency_admission").set_index(["person_id", "index_date"])
    fitted = before[before["part"] == "fit"].reset_index()
    first = min(fitted["index_date"])
    day = first + dt.timedelta(days=364)
    people = fitted.loc[fitted["index_date"] == first, "person_id"].tolist()
    listed, kept = people[:40], people[40:60]
    (folder / "workspace" / "decisions.db").unlink()
    history = ListHistory(history_url("", folder / "workspace"))
    history.issue([IssuedRow("list-1", rank, one, day, "practice:Z80001", "m@1", 0.5) for rank, one in enumerate(listed)])
    history.hold_out(HoldOutOfList("list-1", day, 0.25, len(listed), tuple(kept)))
    history.close()
    own = folder / "site" / "models"
    own.mkdir()
    text = (ROOT / "configs" / "models" / "emergency_admission.yaml").read_text(encoding="utf-8")
    (own / "emergency_admission.yaml").write_text(f"{text}served_people: hold_out\n", encoding="utf-8")
    after = training_rows(deployment, "emergency_admission").set_index(["person_id", "index_date"])
    names, dates = (before.index.get_level_values(level) for level in ("person_id", "index_date"))
    touched = np.array([0 <= (day - date).days < 365 for date in dates])
    gone = touched & names.isin(listed)
    assert gone.any()
    assert list(after.index) == list(before.index[~gone])
    times = np.where(touched & names.isin(kept), 4.0, 1.0)[~gone]
    assert (times == 4).any()
    np.testing.assert_allclose(after["weight"], before["weight"][~gone] * times)
    np.testing.assert_array_equal(after["outcome"], before["outcome"][~gone])
