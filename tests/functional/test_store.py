"""Raw files and everything large in a store: the record, the histories and the lists are those of a local folder."""

import shutil

import pytest

from casefinder.engines import Workspace, place
from casefinder.histories import Histories
from tests.bucket import REFUSED, SECRET, known_elsewhere, known_here
from tests.functional.conftest import AS_OF, KEY, casefinder, site_folder
from tests.functional.small_site import PEOPLE, SmallSite, whole_tree
from tests.functional.test_link_command import kill_once, start_link

LARGE = ("record", "histories", "lists")


def written(folder):
    """Return the bytes of everything under a folder of the store, but what only begins a version."""
    return {name: content for name, content in whole_tree(folder).items() if not name.endswith("begun")}


@pytest.fixture(scope="module")
def stored(tmp_path_factory, economy, district):
    """The district's raw files and results in a bucket; its model, and what is made for people, in a local workspace."""
    folder = tmp_path_factory.mktemp("stored")
    shutil.copytree(economy / "raw", folder / "nhs" / "raw")
    shutil.copytree(district / "workspace" / "models", folder / "workspace" / "models")
    site = site_folder(economy, folder / "site", data='data: "s3://nhs/raw"\nstore: "s3a://nhs/deep/store"')
    around = known_elsewhere(folder)
    for words in (["link", "--site", site], ["weekly", "--as-of", AS_OF], ["worklist", "--all", "--as-of", AS_OF]):
        ran = casefinder(*words, "--workspace", folder / "workspace", **around)
        assert ran.code == 0, ran.words
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("step", LARGE)
def test_what_is_large_lies_in_the_store_with_the_bytes_of_a_local_workspace(stored, district, step):
    here, there = district / "workspace" / step / "000001", stored / "nhs" / "deep" / "store" / step / "000001"
    assert len(whole_tree(here)) > 3
    assert written(there) == whole_tree(here)


@pytest.mark.slow
def test_lists_for_meetings_and_history_stay_in_the_workspace(stored, district):
    there, here = stored / "workspace", district / "workspace"
    assert whole_tree(there / "lists-for-meetings") == whole_tree(here / "lists-for-meetings")
    assert (there / "decisions.db").is_file()
    assert not [step for step in (*LARGE, "scratch") if (there / step).exists()]


@pytest.mark.slow
def test_nothing_is_left_in_the_store_but_results(stored):
    assert {path.name for path in (stored / "nhs" / "deep" / "store").iterdir()} == set(LARGE)


@pytest.fixture
def small_stored(tmp_path):
    """A site of twelve people with raw files and results in a bucket, and the environment that knows of it."""
    small = SmallSite(tmp_path)
    small.settings |= {"data": "s3://nhs/raw", "store": "s3://nhs/store"}
    small.write()
    shutil.move(tmp_path / "raw", tmp_path / "nhs" / "raw")
    return small, known_elsewhere(tmp_path)


@pytest.mark.parametrize("place_of", ["record/000002", "record/000002/points", "histories/000002"])
def test_a_link_killed_midway_leaves_the_last_record_of_a_store_readable(small_stored, tmp_path, monkeypatch, place_of):
    small, around = small_stored
    assert small.link(**around).code == 0
    store, before = tmp_path / "nhs" / "store", whole_tree(tmp_path / "nhs" / "store")
    for name, value in around.items():
        monkeypatch.setenv(name, value)
    kill_once(start_link(small.workspace, small.site), lambda: (store / place_of).exists())
    after = whole_tree(store)
    assert {name: after[name] for name in before} == before
    known_here(monkeypatch, tmp_path)
    found = Histories(Workspace(small.workspace, place("s3://nhs/store")).newest("histories"))
    assert found.version.number == 1
    assert sum(len(block) for block in found) == len(PEOPLE)


def test_a_store_that_refuses_ends_a_command_with_what_to_do(small_stored):
    small, around = small_stored
    ran = small.link(**around, **{REFUSED: "1"})
    assert ran.code == 21
    assert "s3://nhs/store: refused access" in ran.words
    assert SECRET not in ran.words
    assert "Traceback" not in ran.words


def test_a_raw_file_that_is_not_in_the_store_is_named(small_stored):
    small, around = small_stored
    ran = small.link("--data", "s3://nhs/elsewhere", **around)
    assert ran.code == 11
    assert "no file fits 'deaths.csv' in s3://nhs/elsewhere" in ran.words


def test_a_key_in_a_place_is_refused_and_not_repeated(small_stored):
    small, around = small_stored
    small.settings["store"] = f"s3://user:{SECRET}@nhs/store"
    for ran in (small.link("--data", f"s3://user:{SECRET}@nhs/raw", **around), small.link(**around)):
        assert ran.code == 10
        assert "credentials come from the environment" in ran.words
        assert SECRET not in ran.words


def test_the_workspace_itself_is_no_url(small, tmp_path):
    small.write()
    ran = casefinder("link", "--site", small.site, "--workspace", "s3://nhs/workspace", CASEFINDER_KEY=KEY)
    assert ran.code == 10
    assert "store: s3://nhs/workspace" in ran.words
