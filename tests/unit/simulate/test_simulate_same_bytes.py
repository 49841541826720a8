"""Same seed, same bytes, whatever the number of processes; and what the function refuses."""

import datetime as dt
import hashlib
from pathlib import Path

import pytest
from tests.unit.simulate.reading import facts, raw

from casefinder.errors import ConfigError
from casefinder.simulate import FAULTS, EconomySettings, simulate


def made(folder: Path, **choices):
    """Return the hash of every file of a small economy in several chunks."""
    seed = choices.pop("seed", 4)
    simulate(folder, 1400, seed, EconomySettings(chunk_people=700, years=4, over_full_events=2000, **choices))
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    return made(tmp_path_factory.mktemp("first"), processes=2)


@pytest.mark.slow
def test_the_number_of_processes_changes_no_byte(first, tmp_path):
    assert made(tmp_path, processes=1) == first
    assert len(first) == 24 + 6


@pytest.mark.slow
def test_another_seed_changes_every_file_about_people(first, tmp_path):
    other = made(tmp_path, processes=2, seed=5)
    same = {name for name in first if first[name] == other[name]}
    assert same <= {"raw/activity_costs.csv", "raw/practices.csv"}


@pytest.mark.slow
def test_faults_can_be_left_out_and_the_rest_stays(tmp_path):
    simulate(tmp_path, 1000, 4, EconomySettings(faults=frozenset({"bad_codes"})))
    for kind, fault in facts(tmp_path, "faults").items():
        assert (fault["count"] > 0) == (kind == "bad_codes")
    assert (raw(tmp_path, "hes_apc").ADMIMETH == "ZZ").any()
    assert not raw(tmp_path, "hes_apc").duplicated().any()
    assert set(facts(tmp_path, "faults")) == set(FAULTS)


def test_progress_is_told_by_stage_and_share(tmp_path):
    told = []
    simulate(
        tmp_path, 600, 1, EconomySettings(years=4, over_full_events=500), lambda stage, done: told.append((stage, done))
    )
    stages = list(dict.fromkeys(stage for stage, _ in told))
    assert stages == ["people", "files", "truth"]
    assert all(0 < done <= 1 for _, done in told)
    assert told[-1] == ("truth", 1.0)


@pytest.mark.parametrize("people", [0, 100, 5_000_000])
def test_too_few_people_and_too_many_are_refused_before_anything_is_written(tmp_path, people):
    with pytest.raises(ConfigError, match="people"):
        simulate(tmp_path / "out", people, seed=1)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"until": dt.date(2026, 3, 30)}, "last day of a month"),
        ({"years": 2}, "from 4 to 10"),
        ({"faults": frozenset({"gremlins"})}, "gremlins"),
        ({"processes": 0}, "one process"),
    ],
)
def test_settings_that_make_no_sense_are_named(choice, words):
    with pytest.raises(ConfigError, match=words):
        EconomySettings(**choice)
