"""``casefinder compare-models``: the same people for every score, what it writes, and each refusal in its own words."""

import csv
import datetime as dt
import re

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from casefinder.codelists import load_codelists
from casefinder.config import load_model
from casefinder.engines import Workspace
from casefinder.histories import Histories
from casefinder.modelling.questions import FIRST, Question, answers
from casefinder.modelling.splits import CALIBRATE, FIT, STOP, TEST, parts_of
from casefinder.modelling.stored_rows import Storage
from casefinder.modelling.tested import read_tested
from casefinder.modelling.train import dates_of
from tests.functional.conftest import Ran
from tests.functional.lists import copied, done, run

MODEL = "emergency_admission"
TABLE, PAGE = f"{MODEL}-1-comparison.csv", f"{MODEL}-1-comparison.html"


@pytest.fixture(scope="module")
def compared(district, tmp_path_factory):
    """A copy of the district whose model has been compared on what is usual; its folder, and what was printed."""
    folder = copied(district, tmp_path_factory.mktemp("compared") / "district")
    return folder, done(folder, "compare-models", MODEL)


@pytest.fixture(scope="module")
def people(district):
    return read_tested(Workspace(district / "workspace"), MODEL, 1)


def shared(folder, name):
    return (folder / "workspace" / "pages" / name).read_text(encoding="utf-8")


def exact(folder):
    return pd.read_csv(Workspace(folder / "workspace").newest("comparisons") / "exact.csv")


def test_every_score_is_measured_on_the_same_people(compared, people):
    folder, _ran = compared
    table = exact(folder)
    own = table[(table["outcome"] == MODEL) & (table["horizon_days"] == 365)].set_index("score")
    simple = {"age_and_sex", "two_or_more_admissions", "charlson", "hospital_frailty_risk_score", "deficits"}
    assert set(own.index) == {"model", "other_model", *simple}
    assert (own["people"] == len(people)).all()
    assert (own["events"] == people["outcome"].sum()).all()
    for name, column in (("model", "raw_score"), ("charlson", "charlson"), ("deficits", "deficits")):
        expected = roc_auc_score(people["outcome"], people[column], sample_weight=people["weight"])
        assert own.loc[name, "c_statistic"] == pytest.approx(expected, abs=1e-9)


def test_outcomes_and_horizons_keep_the_people_but_for_those_who_cannot_have_them(compared, people):
    table = exact(compared[0])
    first = table[table["score"] == "model"].set_index(["outcome", "horizon_days"])
    assert {(MODEL, 30), (MODEL, 90), (MODEL, 365), (f"{MODEL}_or_death", 365), (FIRST, 365)} <= set(first.index)
    before = people["emergency_admissions_730d"] == 0
    assert first.loc[(FIRST, 365), "people"] == before.sum()
    assert first.loc[(FIRST, 365), "events"] == people.loc[before, "outcome"].sum()
    others = first.drop(index=(FIRST, 365))
    assert (others["people"] == len(people)).all()
    events = first["events"]
    assert events[(MODEL, 30)] <= events[(MODEL, 90)] <= events[(MODEL, 365)] <= events[(f"{MODEL}_or_death", 365)]


def test_what_was_not_observed_yet_is_said_and_left_out(compared):
    folder, ran = compared
    assert (
        "not compared: a move into a care home within 365 days; the 365 days from 2025-01-01 had not all passed" in ran.words
    )
    assert "care_home_entry" not in set(exact(folder)["outcome"])


def test_asked_again_the_record_gives_the_outcome_that_the_model_was_tested_on(district, people, tmp_path):
    """And age and sex are fitted on people and dates of the fit alone: those tested have no part in it."""
    histories = Histories(Workspace(district / "workspace").newest("histories"))
    settings = load_model(MODEL)
    plan = dates_of(histories, settings)
    found = answers(Question(MODEL, 365), histories, settings, load_codelists(), plan, Storage(tmp_path))
    both = people.merge(found, on="person_id", suffixes=("", "_again"), validate="one_to_one")
    assert len(both) == len(people) == len(found)
    np.testing.assert_array_equal(both["outcome"], both["outcome_again"])
    np.testing.assert_allclose(both["weight"], both["weight_again"])
    assert 0.6 < roc_auc_score(both["outcome"], both["age_and_sex"]) < 0.9
    for block in histories:
        tested = np.isin(block.people.to_pylist(), found["person_id"])
        assert (parts_of(block.people, plan.settings)[tested] == TEST).all()
    assert set(plan.dates) == {FIT, STOP, CALIBRATE, TEST}
    assert max(plan.dates[FIT]) + dt.timedelta(365) <= plan.test_date


def test_counts_leave_rounded_and_nobody_stands_in_what_is_shared(compared, people):
    folder, ran = compared
    rows = list(csv.DictReader(shared(folder, TABLE).splitlines()))
    table = exact(folder)
    assert len(rows) == len(table)
    for name in ("people", "events", "k"):
        assert all(row[name] == "*" or int(row[name]) % 5 == 0 for row in rows)
    few = table.loc[table["events"] <= 7, "horizon_days"]
    assert [row["events"] for row in rows].count("*") == len(few)
    for row in rows:
        if row["events"] == "*":
            assert row["c_statistic"] == row["ppv_at_k"] == "*"
    everyone = set(people["person_id"])
    for text in (shared(folder, TABLE), shared(folder, PAGE), ran.out, ran.err):
        assert not everyone & set(re.findall(r"[0-9a-hj-km-np-tv-z]{12}", text))


def test_the_page_stands_alone(compared):
    page = shared(compared[0], PAGE)
    assert "<script" not in page
    assert not re.search(r"(src|href)=\"(?!data:|#)", page)
    assert "url(" not in page
    assert "http" not in page.replace("http-equiv", "")
    assert "A demonstration on invented people" in page
    assert page.count("<svg") == 1
    figures = {row["words"] for row in csv.DictReader(shared(compared[0], TABLE).splitlines())}
    assert all(words in page for words in figures)


def test_the_screen_says_what_the_table_says(compared):
    folder, ran = compared
    model = next(row for row in csv.DictReader(shared(folder, TABLE).splitlines()) if row["score"] == "model")
    limits = "–".join(f"{float(model[f'c_statistic_{end}']):.3f}" for end in ("low", "high"))
    assert f"the model, boosted trees {float(model['c_statistic']):.3f} ({limits})" in ran.words
    assert f"{MODEL} version 1, index date 2025-01-01, top 1 in 100" in ran.words


def test_again_the_same_bytes(compared, tmp_path):
    folder, _ran = compared
    done(folder, "compare-models", MODEL, "--out", tmp_path / "again")
    for name in (TABLE, PAGE):
        assert (tmp_path / "again" / name).read_text(encoding="utf-8") == shared(folder, name)


@pytest.fixture(scope="module")
def own(district, tmp_path_factory):
    """A copy of the district for comparisons on one outcome."""
    return copied(district, tmp_path_factory.mktemp("own") / "district")


def asked(folder, path, *words) -> Ran:
    return run(folder, "compare-models", MODEL, "--horizon", "365", "--scores", path, *words)


def test_a_score_of_the_site_by_identifier_joins_on_the_people_who_have_it(own, people, tmp_path):
    named = pd.read_csv(own / "identities.csv", dtype=str).merge(people[["person_id", "raw_score"]], on="person_id")
    kept = named.sample(frac=0.8, random_state=1)
    path = tmp_path / "scores.csv"
    lines = kept.assign(index_date="2025-01-01", elsewhere=-kept["raw_score"])[["identifier", "index_date", "elsewhere"]]
    lines.to_csv(path, index=False)
    ran = asked(own, path, "--out", tmp_path / "out")
    assert ran.code == 0, ran.words
    assert "people tested who lack a supplied score are left out of every row" in ran.words
    table = exact(own).set_index("score")
    assert (table["people"] == len(kept)).all()
    turned = table.loc["elsewhere", "c_statistic"] + table.loc["model", "c_statistic"]
    assert turned == pytest.approx(1)
    text = ran.out + ran.err + "".join(one.read_text(encoding="utf-8") for one in (tmp_path / "out").iterdir())
    assert not re.search(r"(?<!\d)999\d{7}(?!\d)", text)
    for path in (own / "workspace" / "comparisons").rglob("*"):
        assert not path.is_file() or not re.search(r"(?<!\d)999\d{7}(?!\d)", path.read_text(encoding="utf-8"))


def test_a_file_of_scores_of_other_people_or_without_columns(own, tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text("person_id,efi2\nnobody,0.1\n", encoding="utf-8")
    ran = asked(own, path)
    assert ran.code == 10
    assert "scores.csv holds no score of anybody on whom the model was tested." in ran.words
    path.write_text("9990000018,0.1\n9990000026,0.4\n", encoding="utf-8")
    ran = asked(own, path)
    assert ran.code == 10
    assert "scores.csv cannot be read as scores: columns: one of person_id and identifier must be there" in ran.words
    assert "999000" not in ran.words
    ran = asked(own, tmp_path / "none.csv")
    assert ran.code == 10
    assert "There is no file of scores at" in ran.words


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["emergency_admision"], 10, "There is no model called 'emergency_admision'; did you mean 'emergency_admission'?"),
        (
            ["care_home_entry"],
            13,
            "No version of care_home_entry has been fitted here. Fit one: casefinder train care_home_entry",
        ),
        ([MODEL, "--version", "9"], 10, "There is no version 9 of emergency_admission. --version: use one of: 1"),
        ([MODEL, "--outcome", "emergency_admision"], 10, "did you mean 'emergency_admission'?"),
        ([MODEL, "--outcome", "cost"], 10, "there is no outcome called 'cost' to compare on"),
        ([MODEL, "--outcome", "care_home_entry"], 15, "had not all passed by"),
        ([MODEL, "--horizon", "0"], 2, "--horizon"),
    ],
)
def test_what_cannot_be_compared(own, words, code, said):
    ran = run(own, "compare-models", *words)
    assert ran.code == code, ran.words
    assert said in ran.words


def test_a_version_whose_tested_people_were_purged(district, tmp_path):
    import shutil

    folder = copied(district, tmp_path / "district")
    shutil.rmtree(folder / "workspace" / "tested")
    ran = run(folder, "compare-models", MODEL)
    assert ran.code == 13
    assert "may have been purged. Fit it again: casefinder train emergency_admission" in ran.words
    assert not (folder / "workspace" / "comparisons").exists()
