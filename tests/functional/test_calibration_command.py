"""``casefinder calibration``: table, page and CSV file, disclosed; and what happens when people were purged."""

import csv
import shutil

import pytest

from casefinder.engines import Workspace
from casefinder.modelling.tested import read_tested
from tests.functional.lists import done, run, visible_text

MODEL = "emergency_admission"


@pytest.fixture(scope="module")
def out(district, tmp_path_factory):
    return tmp_path_factory.mktemp("calibration")


@pytest.fixture(scope="module")
def ran(district, out):
    return done(district, "calibration", "--model", MODEL, "--out", out)


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_every_cluster_stands_on_the_screen_in_the_file_and_on_the_page(district, out, ran):
    people = read_tested(Workspace(district / "workspace"), MODEL, 1)
    clusters = sorted(people["gp_cluster"].unique())
    assert len(clusters) >= 3
    assert [row["cluster"] for row in rows_of(out / f"{MODEL}_by_cluster.csv")] == clusters
    page = visible_text((out / f"{MODEL}_by_cluster.html").read_text(encoding="utf-8"))
    for name in clusters:
        assert name in ran.words
        assert name in page
    assert f"Of {len(clusters)} clusters" in ran.words


def test_figures_are_those_of_the_people_tested_and_disclosed(district, out, ran):
    people = read_tested(Workspace(district / "workspace"), MODEL, 1)
    for row in rows_of(out / f"{MODEL}_by_cluster.csv"):
        own = people[people["gp_cluster"] == row["cluster"]]
        events = int((own["outcome"] * (own["weight"] > 0)).sum())
        if 0 < events < 8:
            assert row["observed_expected"] == row["events"] == "*"
            continue
        assert int(row["events"]) == 5 * round(events / 5)
        assert int(row["people"]) % 5 == 0
        ratio = (own["outcome"] * own["weight"]).sum() / own["risk"].sum()
        assert float(row["observed_expected"]) == pytest.approx(ratio, abs=0.0051)


def test_by_practice(district, out):
    done(district, "calibration", "--model", MODEL, "--by", "practice", "--out", out)
    people = read_tested(Workspace(district / "workspace"), MODEL, 1)
    assert {row["practice"] for row in rows_of(out / f"{MODEL}_by_practice.csv")} == set(people["practice_code"])


def test_it_needs_no_people_once_a_version_has_its_tables(own_district):
    shutil.rmtree(own_district / "workspace" / "tested")
    done(own_district, "calibration", "--model", MODEL, "--across-versions")
    assert (own_district / "workspace" / "calibration" / f"{MODEL}_by_cluster.html").is_file()


def test_a_version_of_which_nothing_is_held_is_said(own_district):
    shutil.rmtree(own_district / "workspace" / "tested")
    (own_district / "workspace" / "models" / MODEL / "000001" / "calibration.json").unlink()
    ran = run(own_district, "calibration", "--model", MODEL)
    assert ran.code == 13
    assert "version 1 is left out: the people on whom it was tested were purged" in ran.words
    assert f"Fit it again: casefinder train {MODEL}" in ran.words


def test_a_model_that_was_never_fitted(district):
    ran = run(district, "calibration", "--model", "care_home_entry")
    assert ran.code == 15
    assert "Fit one with: casefinder train care_home_entry" in ran.words
