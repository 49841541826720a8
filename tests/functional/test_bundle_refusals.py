"""A model that was changed, does not fit, or was made for a demonstration is refused before anyone is scored."""

import json
from pathlib import Path

import pytest
import yaml

from tests.functional.conftest import AS_OF, SITE
from tests.functional.lists import copied, csv_rows, done, list_file, run, set_site


@pytest.fixture(scope="module")
def spoilt(district, tmp_path_factory) -> Path:
    """A copy of the district whose bundle each test spoils and mends again."""
    return copied(district, tmp_path_factory.mktemp("bundle") / "district")


@pytest.fixture
def bundle(spoilt):
    """The bundle of emergency admission, put right after the test."""
    folder = spoilt / "workspace" / "models" / "emergency_admission" / "000001" / "bundle"
    before = {path: path.read_bytes() for path in folder.iterdir()}
    yield folder
    for path, content in before.items():
        path.write_bytes(content)


def refused(spoilt: Path) -> str:
    """Run the week, see it refused with nothing written, and return its words."""
    ran = run(spoilt, "weekly", "--as-of", AS_OF)
    assert ran.code == 15
    assert "Traceback" not in ran.words
    assert [path.name for path in (spoilt / "workspace" / "lists").iterdir()] == ["000001"]
    return ran.words


@pytest.mark.parametrize("name", ["trees.txt", "logistic.json", "calibrator.json", "card.md"])
def test_a_file_changed_by_one_byte(spoilt, bundle, name):
    content = bytearray((bundle / name).read_bytes())
    content[len(content) // 2] ^= 1
    (bundle / name).write_bytes(bytes(content))
    words = refused(spoilt)
    assert "The model bundle emergency_admission version 1 is not as it was written" in words
    assert f"{name}: has been changed since the bundle was written" in words
    assert "Copy the bundle again from where it was approved, or fit the model again." in words


def test_a_file_that_is_missing(spoilt, bundle):
    (bundle / "calibrator.json").unlink()
    assert "calibrator.json: is missing" in refused(spoilt)


def test_a_main_file_cut_short(spoilt, bundle):
    main = bundle / "bundle.json"
    main.write_bytes(main.read_bytes()[:1000])
    assert "bundle.json: is not the JSON that was written" in refused(spoilt)


def test_a_format_of_another_version(spoilt, bundle):
    _edit(bundle, lambda content: content | {"format": 2})
    assert "is a bundle of format 2; this version reads format 1" in refused(spoilt)


def _edit(bundle: Path, change) -> None:
    main = bundle / "bundle.json"
    main.write_text(json.dumps(change(json.loads(main.read_text(encoding="utf-8")))), encoding="utf-8")


def test_features_that_no_longer_fit_are_all_named(spoilt, bundle):
    def change(content):
        contract = content["contract"]
        contract["definitions"][contract["names"].index("age")] = "0" * 16
        contract["names"][contract["names"].index("community_contacts_365d")] = "community_contacts_356d"
        contract["categories"]["sex"] = ["unknown", "female"]
        contract["supplied"].append("dental_visit")
        return content

    _edit(bundle, change)
    words = refused(spoilt)
    assert "The model emergency_admission@1 does not fit these features" in words
    assert "age: is defined differently now, or its code list has changed" in words
    assert "community_contacts_356d: no such feature any more; did you mean 'community_contacts_365d'?" in words
    assert "sex: has other categories now" in words
    assert "Fit it again: casefinder train emergency_admission" in words
    assert "dental_visit" not in words, "a kind that no feature uses does not matter"


def test_a_feed_that_has_gone(spoilt, bundle):
    manifest = max((spoilt / "workspace" / "histories").glob("*/manifest.json"))
    before = manifest.read_text(encoding="utf-8")
    content = json.loads(before)
    content["supplied"].remove("ambulance")
    manifest.write_text(json.dumps(content), encoding="utf-8")
    try:
        assert "ambulance: was supplied when the model was fitted and is not now" in refused(spoilt)
    finally:
        manifest.write_text(before, encoding="utf-8")


def test_a_bundle_named_by_its_path_that_is_not_there(own_district):
    set_site(own_district, data="data: raw\nmodels: {emergency_admission: models/mine}")
    ran = run(own_district, "weekly", "--as-of", AS_OF)
    assert ran.code == 15
    assert "There is no model bundle at" in ran.words


def as_real_site(folder: Path, **settings: object) -> None:
    """Say that the district is no demonstration, with approvals for every source."""
    path = folder / "site" / SITE
    site = yaml.safe_load(path.read_text(encoding="utf-8")) | {"demonstration": False} | settings
    path.write_text(yaml.safe_dump(site, sort_keys=False), encoding="utf-8")
    basis = {"legal_basis": "not personal data", "uses": ["link", "train", "score", "show"]}
    approvals = {
        "controller": "Nobody's data",
        "purpose": "Tests on invented people",
        "approval": {"body": "the testers", "reference": "TEST-1", "expires": "2099-12-31"},
        "audience": ["testers"],
        "retention_days": 3650,
        "sources": {name: basis for name in site["sources"]},
    }
    (folder / "site" / "governance.yaml").write_text(yaml.safe_dump(approvals), encoding="utf-8")


def test_a_real_site_has_to_ask_for_a_demonstration_model_by_name(own_district):
    as_real_site(own_district)
    ran = run(own_district, "weekly", "--as-of", AS_OF)
    assert ran.code == 15
    assert "A demonstration model does not score another site" in ran.words
    assert "emergency_admission@1: was fitted on 'Demonstration district', invented people" in ran.words
    assert "ask for it by name in the site file: models: {emergency_admission: demonstration}" in ran.words

    as_real_site(own_district, models={"emergency_admission": "demonstration"})
    ran = run(own_district, "weekly", "--as-of", AS_OF)
    assert ran.code == 15
    assert "There is no model to score with: care_home_entry: this site has fitted none of its own" in ran.words

    as_real_site(own_district, models={"emergency_admission": "demonstration", "care_home_entry": "demonstration"})
    done(own_district, "weekly", "--as-of", AS_OF)
    done(own_district, "worklist", "--practice", "Z80001", "--as-of", AS_OF)
    rows = csv_rows(list_file(own_district, AS_OF, "practice-Z80001", "csv"))
    assert all("Demonstration only: this list was made with a demonstration model" in row["Warnings"] for row in rows)


def test_a_bundle_of_the_site_s_own_choosing_scores(own_district):
    """A bundle named by its path is used as it stands, whatever else is served."""
    source = own_district / "workspace" / "models" / "emergency_admission" / "000001" / "bundle"
    source.rename(own_district / "site" / "approved")
    set_site(own_district, data="data: raw\nmodels: {emergency_admission: approved}")
    ran = done(own_district, "weekly", "--as-of", AS_OF)
    assert "people scored with emergency_admission@1" in ran.words
