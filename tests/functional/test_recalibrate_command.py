"""casefinder recalibrate from the shell: what the test chooses is done, tested on people nobody fitted on, and told."""

import datetime as dt
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from casefinder.commands.deployment import open_deployment
from casefinder.commands.recalibrating import Wanted, run_recalibrate
from casefinder.commands.reporter import Silent
from casefinder.config.model import ModelSettings
from casefinder.engines import Workspace
from casefinder.evaluation import observed_expected
from casefinder.modelling.bundle import read_bundle
from casefinder.modelling.splits import TEST, parts_of
from casefinder.modelling.tested import read_tested
from tests.conftest import made_once
from tests.functional.conftest import AS_OF
from tests.functional.lists import copied, done, run
from tests.functional.recalibrated_district import MODEL, bundle_of, fitted_a_year_ago, model_file, planted

SHIFT = -0.8
"""Added to the log odds of every risk that the first version gives."""


@pytest.fixture(scope="module")
def earlier(tmp_path_factory, linked_district):
    """The district with a model fitted a year ago, whose calibration is right. Read only."""
    return made_once(tmp_path_factory, "earlier", lambda folder: fitted_a_year_ago(linked_district, folder))


def _recalibrated(earlier, folder):
    copied(earlier, folder)
    former = read_bundle(bundle_of(folder, 1)).calibrator
    planted(folder, 1, intercept=former.intercept + SHIFT)
    ran = done(folder, "recalibrate", MODEL)
    (folder / "ran.txt").write_text(ran.out + ran.err, encoding="utf-8")


@pytest.fixture(scope="module")
def shifted(tmp_path_factory, earlier):
    """The district with a first version whose intercept is wrong, and that version recalibrated. Read only."""
    return made_once(tmp_path_factory, "shifted", lambda folder: _recalibrated(earlier, folder))


@pytest.fixture
def own_earlier(earlier, tmp_path):
    """A copy of the district with a model fitted a year ago, which a test may change."""
    return copied(earlier, tmp_path / "district")


def told(folder):
    return " ".join((folder / "ran.txt").read_text(encoding="utf-8").split())


def about(folder, version):
    return read_bundle(bundle_of(folder, version)).about


def exact(folder, version):
    return json.loads((bundle_of(folder, version).parent / "exact.json").read_text(encoding="utf-8"))


def test_the_intercept_is_chosen_and_the_shift_is_undone(shifted):
    words = told(shifted)
    assert "the simplest that fits no worse at level 0.05: intercept" in words
    assert "version 2: the test chose intercept; done: intercept (log odds +" in words
    assert "people on whom neither was fitted: before, observed / expected" in words
    assert "net benefit at 0.2: before" in words
    former, now = (read_bundle(bundle_of(shifted, version)) for version in (1, 2))
    assert now.calibrator.slope == former.calibrator.slope
    assert now.calibrator.intercept - former.calibrator.intercept == pytest.approx(-SHIFT, abs=0.3)
    for name in ("trees.txt", "logistic.json"):
        assert (bundle_of(shifted, 1) / name).read_bytes() == (bundle_of(shifted, 2) / name).read_bytes()
    assert now.contract == former.contract


def test_it_is_calibrated_on_later_outcomes_that_had_closed(shifted):
    former, now = about(shifted, 1)["index_dates"], about(shifted, 2)["index_dates"]
    assert (now["fit"], now["stop"]) == (former["fit"], former["stop"])
    assert min(now["calibrate"]) > max(former["calibrate"])
    test = dt.date.fromisoformat(now["test"][0])
    assert test > dt.date.fromisoformat(former["test"][0])
    assert all(dt.date.fromisoformat(date) + dt.timedelta(days=365) <= test for date in now["calibrate"])
    record = exact(shifted, 2)["recalibration"]
    assert record["events"] >= 200
    assert record["index_dates"] == now["calibrate"]


def test_it_is_tested_on_people_whom_no_version_fitted_on_beside_the_former_version(shifted):
    people = read_tested(Workspace(shifted / "workspace"), MODEL, 2)
    split = ModelSettings(**about(shifted, 1)["settings"]).split
    assert (parts_of(pa.array(people["person_id"]), split) == TEST).all()
    former, now = (read_bundle(bundle_of(shifted, version)) for version in (1, 2))
    assert set(people["champion_version"]) == {1}
    assert np.array_equal(people["champion_raw_score"], people["raw_score"])
    assert np.array_equal(people["risk"], now.risks(people["raw_score"].to_numpy()))
    assert np.array_equal(people["champion_risk"], former.risks(people["raw_score"].to_numpy()))
    ratios = [
        observed_expected(people["outcome"], people[risk], people["weight"]).ratio for risk in ("champion_risk", "risk")
    ]
    assert abs(np.log(ratios[1])) < abs(np.log(ratios[0]))
    assert exact(shifted, 2)["recalibration"]["before"]["observed_expected"] == pytest.approx(ratios[0], abs=0.01)


def test_its_bundle_tells_rounded_counts_and_the_whole_test(shifted):
    record, true = about(shifted, 2)["recalibration"], exact(shifted, 2)["recalibration"]
    assert (record["of"], record["method"], record["chosen"], record["forced"]) == (1, "intercept", "intercept", False)
    assert [one["update"] for one in record["tests"]] == ["keep", "intercept", "intercept and slope"]
    assert record["tests"][0]["rejected"]
    assert not record["tests"][1]["rejected"]
    for name in ("people", "events"):
        assert record[name] % 5 == 0
        assert abs(record[name] - true[name]) <= 2
    assert "chi-squared" in (bundle_of(shifted, 2) / "card.md").read_text(encoding="utf-8")


def test_the_same_record_gives_the_same_bytes(shifted, earlier, tmp_path):
    _recalibrated(earlier, tmp_path / "again")
    for name in ("bundle.json", "calibrator.json", "card.md", "trees.txt", "logistic.json"):
        assert (bundle_of(tmp_path / "again", 2) / name).read_bytes() == (bundle_of(shifted, 2) / name).read_bytes(), name
    for name in ("exact.json", "calibration.json"):
        one, other = (bundle_of(folder, 2).parent / name for folder in (shifted, tmp_path / "again"))
        assert one.read_bytes() == other.read_bytes(), name


def test_a_recalibrated_version_is_shown_compared_promoted_and_serves_its_terms(shifted, tmp_path):
    folder = copied(shifted, tmp_path / "own")
    clusters = sorted(read_tested(Workspace(folder / "workspace"), MODEL, 2)["gp_cluster"].unique())
    planted(folder, 2, clusters={clusters[0]: 0.4})
    assert "recalibration of 1: intercept" in done(folder, "models", "list").words
    assert "the closed test chose intercept" in done(folder, "models", "show", MODEL, 2).words
    compared = done(folder, "models", "compare", MODEL, 1, 2).words
    assert "people at the same date, on whom neither was fitted" in compared
    assert "100 in 100 stand on both" in compared
    shown = done(folder, "calibration", "--model", MODEL, "--by", "cluster", "--across-versions").words
    assert "1 (in use)" in shown
    done(folder, "models", "promote", MODEL, 2, "--approved-by", "A. Clinician", "--override", "Few people are tested here")
    done(folder, "weekly", "--as-of", AS_OF)
    lists = Workspace(folder / "workspace").newest("lists")
    risks = pd.concat([pd.read_parquet(path) for path in sorted((lists / "risks" / MODEL).glob("*.parquet"))])
    bare = replace(read_bundle(bundle_of(folder, 2)).calibrator, clusters={}).risks(risks["raw_score"].to_numpy())
    moved = np.log(risks["risk"] / (1 - risks["risk"])) - np.log(bare / (1 - bare))
    assert moved.to_numpy() == pytest.approx(np.where(risks["gp_cluster"] == clusters[0], 0.4, 0.0), abs=1e-9)
    said = lists.manifest["models"][MODEL]
    assert (said["origin"], said["cluster_terms"]) == ("recalibration of 1: intercept", {clusters[0]: 0.4})


def test_a_version_that_fits_is_kept_and_nothing_is_written(own_earlier):
    ran = done(own_earlier, "recalibrate", MODEL)
    assert "the simplest that fits no worse at level 0.05: keep" in ran.words
    assert f"{MODEL}@1 is kept as it is; nothing was written" in ran.words
    assert len(Workspace(own_earlier / "workspace").versions(f"models/{MODEL}")) == 1
    assert len(Workspace(own_earlier / "workspace").versions("tested")) == 1


def test_too_few_people_with_the_outcome_are_refused_with_what_to_type(own_earlier):
    # A record that reaches one month further than the version's offers two dates at most.
    model_file(own_earlier, test_months_before=11)
    ran = run(own_earlier, "recalibrate", MODEL)
    assert ran.code == 15
    assert "too few people with the outcome" in ran.words
    assert "200 are needed" in ran.words
    assert f"casefinder train {MODEL}" in ran.words
    assert len(Workspace(own_earlier / "workspace").versions(f"models/{MODEL}")) == 1


def test_a_record_that_is_not_newer_is_refused_with_what_to_type(district):
    ran = run(district, "recalibrate", MODEL)
    assert ran.code == 15
    assert f"The newest record holds no outcomes later than those {MODEL}@1 was made on" in ran.words
    assert "casefinder link --site FILE --workspace DIR --extract-date DATE" in ran.words


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((MODEL, "--version", 9), 15, "There is no version 9"),
        (("care_home_entry",), 15, "No version of 'care_home_entry' scores the lists of this workspace"),
        ((MODEL, "--method", "isotonic"), 2, "--method"),
    ],
)
def test_what_cannot_be_recalibrated_is_said(district, words, code, said):
    ran = run(district, "recalibrate", *words)
    assert ran.code == code
    assert said in ran.words


def test_a_refit_goes_through_training_unless_it_is_not_wanted(own_earlier, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "casefinder.commands.recalibrating.run_train", lambda *given: asked.append(given) or _first(own_earlier)
    )
    deployment = open_deployment(None, own_earlier / "workspace", "train")
    wanted = Wanted(method="refit")
    assert run_recalibrate(deployment, MODEL, replace(wanted, refit=False), Silent()) is None
    assert asked == []
    assert run_recalibrate(deployment, MODEL, wanted, Silent()) is not None
    [(_deployment, model, _reporter, how)] = asked
    assert (model, how.serve_it) == (MODEL, False)


def _first(folder):
    return Workspace(folder / "workspace").versions(f"models/{MODEL}")[0]
