"""``casefinder validate``: the headline again, each cluster under a model that never saw it, and what may be shown."""

import json
import re

import numpy as np
import pytest

from casefinder.engines import Workspace
from casefinder.modelling.tested import read_tested
from tests.functional.lists import copied, done, run

MODEL = "emergency_admission"


@pytest.fixture(scope="module")
def validated(district, tmp_path_factory):
    """A copy of the district whose model has been validated; its folder, and what was printed."""
    folder = copied(district, tmp_path_factory.mktemp("validated") / "district")
    return folder, done(folder, "validate", MODEL)


def exact(folder):
    return json.loads((Workspace(folder / "workspace").newest("validations") / "exact.json").read_text(encoding="utf-8"))


def test_the_last_share_of_the_learning_curve_is_the_version_that_was_trained(validated):
    """The same people, dates, settings and seed give the same model."""
    folder, _ran = validated
    path = folder / "workspace" / "models" / MODEL / "000001" / "exact.json"
    trained = json.loads(path.read_text(encoding="utf-8"))["figures"]
    curve = exact(folder)["curve"]
    assert [row["share"] for row in curve] == [0.125, 0.25, 0.5, 1.0]
    assert (curve[-1]["people"], curve[-1]["events"]) == (trained["people"], trained["events"])
    # Weights at the test date come from everyone here, from the tested alone there.
    assert curve[-1]["c_statistic"] == pytest.approx(trained["c_statistic"], abs=2e-3)
    assert curve[-1]["ici"] == pytest.approx(trained["ici"], abs=2e-3)
    people = [row["fit_people"] for row in curve]
    assert people == sorted(set(people))


def test_every_cluster_is_tested_with_everyone_it_has(validated, district):
    folder, _ran = validated
    found = exact(folder)
    tested = read_tested(Workspace(district / "workspace"), MODEL, 1)
    assert {row["group"] for row in found["groups"]} == set(tested["gp_cluster"])
    share = len(tested) / sum(row["people"] for row in found["groups"])
    assert 0.1 < share < 0.25
    values = [row["c_statistic"] for row in found["groups"]]
    assert 0.55 < min(values) <= max(values) < 0.95
    pooled = {row["measure"]: row for row in found["pooled"]}["c_statistic"]
    assert min(values) <= pooled["estimate"] <= max(values)
    assert pooled["prediction_low"] < pooled["low"] < pooled["high"] < pooled["prediction_high"]


def test_what_is_shared_is_rounded_and_names_nobody(validated, district):
    folder, ran = validated
    pages = folder / "workspace" / "pages"
    files = {path.name: path.read_text(encoding="utf-8") for path in pages.iterdir()}
    assert set(files) == {
        f"{MODEL}-validation-cluster{end}" for end in (".html", "-groups.csv", "-pooled.csv", "-curve.csv")
    }
    heading, *lines = files[f"{MODEL}-validation-cluster-groups.csv"].splitlines()
    for line in lines:
        row = dict(zip(heading.split(","), line.split(","), strict=True))
        assert int(row["people"]) % 5 == int(row["events"]) % 5 == 0
    page = files[f"{MODEL}-validation-cluster.html"]
    assert "<script" not in page
    assert not re.search(r"(src|href)=\"(?!data:|#)", page)
    assert page.count("<svg") == 4
    people = set(read_tested(Workspace(district / "workspace"), MODEL, 1)["person_id"])
    for text in (*files.values(), ran.out, ran.err):
        assert not people & set(re.findall(r"[0-9a-hj-km-np-tv-z]{12}", text))


def test_the_screen_shows_the_ladder(validated):
    folder, ran = validated
    assert "Fitted on more and more people, tested on a later date; the last line is the headline" in ran.words
    assert "Each cluster under a model fitted without it" in ran.words
    estimate = exact(folder)["pooled"][0]["estimate"]
    assert f"c-statistic {np.round(estimate, 3):.3f} (" in ran.words


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["emergency_admision"], 10, "did you mean 'emergency_admission'?"),
        ([MODEL, "--by", "street"], 2, "--by"),
        (["care_home_entry"], 15, "There are too few events to fit a model"),
    ],
)
def test_what_cannot_be_validated(validated, words, code, said):
    ran = run(validated[0], "validate", *words)
    assert ran.code == code, ran.words
    assert said in ran.words
