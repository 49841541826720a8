"""What somebody types first: help, init, simulate, demo."""

import re
import shutil

import pytest
import yaml

import casefinder as package
from tests.functional.conftest import AS_OF, casefinder
from tests.functional.small_site import whole_tree


def test_help_names_every_command():
    ran = casefinder("--help")
    assert ran.code == 0
    for command in ("init", "simulate", "demo", "link", "train", "weekly", "worklist", "decisions", "models", "purge"):
        assert f" {command} " in ran.words
    assert casefinder("--version").out == f"casefinder {package.__version__}\n"


def test_init_writes_a_site_that_loads_and_asks_for_its_files(tmp_path):
    folder = tmp_path / "my site"
    ran = casefinder("init", folder)
    assert ran.code == 0, ran.words
    assert f"casefinder link --site '{folder / 'site.yaml'}' --workspace ws" in ran.words
    assert {path.name for path in folder.iterdir()} == {"site.yaml", "governance.yaml", "raw", "models"}
    approvals = folder / "governance.yaml"
    filled = re.sub(r'"<(.*)>"', r'"\1"', approvals.read_text(encoding="utf-8").replace("2027-03-31", "2099-12-31"))
    approvals.write_text(filled, encoding="utf-8")
    sources = yaml.safe_load((folder / "site.yaml").read_text(encoding="utf-8"))["sources"]
    ran = casefinder("link", "--site", folder / "site.yaml", "--workspace", tmp_path / "ws")
    assert ran.code == 11, "the settings are in order; only the raw files are not there yet"
    assert f"{len(sources)} sources cannot be read" in ran.words
    for name in sources:
        assert f"sources.{name}.files: no file fits" in ran.words


@pytest.mark.parametrize("held", ["site.yaml", "notes.txt"])
def test_init_refuses_a_folder_that_holds_something(tmp_path, held):
    (tmp_path / held).write_text("mine", encoding="utf-8")
    ran = casefinder("init", tmp_path)
    assert ran.code == 10
    assert f"{tmp_path}: is not empty" in ran.words
    assert whole_tree(tmp_path) == {held: b"mine"}


def test_a_setting_that_does_not_exist_is_named_with_the_nearest(tmp_path):
    casefinder("init", tmp_path / "site")
    file = tmp_path / "site" / "site.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("max_gap_days: 2 ", "max_gap_day: 2 "), encoding="utf-8")
    ran = casefinder("link", "--site", file, "--workspace", tmp_path / "ws")
    assert ran.code == 10
    assert "hospital_stays.max_gap_day: no such setting; did you mean 'max_gap_days'?" in ran.words


def test_simulate_writes_the_economy_of_a_seed_and_keeps_the_truth_apart(tmp_path):
    for name in ("one", "two"):
        ran = casefinder("simulate", "--out", tmp_path / name, "--people", "1000", "--seed", "7")
        assert ran.code == 0, ran.words
    assert "1,000 invented people" in ran.words
    one = whole_tree(tmp_path / "one")
    assert one == whole_tree(tmp_path / "two"), "same seed, same bytes"
    assert {name.split("/")[0] for name in one} == {"raw", "truth"}
    assert len([name for name in one if name.startswith("raw/")]) > 20


def test_too_few_people_are_refused(tmp_path):
    ran = casefinder("simulate", "--out", tmp_path / "few", "--people", "10")
    assert ran.code == 2
    assert "--people" in ran.words


def test_demo_leaves_a_list_for_every_practice_and_cluster(tmp_path):
    workspace = tmp_path / "demo"
    ran = casefinder("demo", "--workspace", workspace, "--people", "2000")
    assert ran.code == 0, ran.words
    practices = (workspace / "simulated" / "raw" / "practices.csv").read_text(encoding="utf-8").splitlines()[1:]
    codes = {line.split(",")[0] for line in practices}
    clusters = {line.split(",")[2] for line in practices}
    pages = [path.stem for path in (workspace / "lists-for-meetings" / AS_OF).glob("*.html")]
    assert len(pages) == len(codes) + len(clusters)
    assert all(any(code in page for page in pages) for code in codes)
    assert (tmp_path / "demo-identities.csv").is_file(), "the map back lies beside the workspace"
    assert not list(workspace.rglob("*identities*"))
    shutil.rmtree(workspace)
