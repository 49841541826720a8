"""``casefinder weekly``: refusals and warnings in their own words; a run killed midway leaves the last one whole."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd

from tests.functional.conftest import AS_OF, KEY, casefinder, site_folder
from tests.functional.lists import done, list_file, run, set_site
from tests.functional.small_site import whole_tree


def start(folder: Path, *words: str | Path) -> subprocess.Popen[bytes]:
    """Start a command in the workspace of a district and return at once."""
    return subprocess.Popen(
        [sys.executable, "-m", "casefinder.cli", *map(str, words), "--workspace", str(folder / "workspace")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "CASEFINDER_KEY": KEY},
    )


def kill_once(process: subprocess.Popen[bytes], there) -> None:
    """Kill a command with no chance to tidy up, as soon as ``there()`` is true while it is still running."""
    until = time.monotonic() + 120
    while not there():
        assert process.poll() is None, "the command ended before it could be killed"
        assert time.monotonic() < until
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "the command was not killed midway"


def test_nothing_is_scored_before_linking(economy, tmp_path):
    site = site_folder(economy, tmp_path / "site")
    ran = casefinder("weekly", "--as-of", AS_OF, "--site", site, "--workspace", tmp_path / "workspace")
    assert ran.code == 13
    assert "Link the extracts first: casefinder link --site FILE --workspace DIR" in ran.words


def test_a_date_that_cannot_be_read(district):
    for written in ("01/04/2026", "2026-02-30", "today"):
        ran = run(district, "weekly", "--as-of", written)
        assert ran.code == 10
        assert f"--as-of: '{written}' is not a date; write it as YYYY-MM-DD, such as 2026-04-01" in ran.words


def test_a_date_before_the_records_begin(own_district):
    before = whole_tree(own_district / "workspace")
    ran = run(own_district, "weekly", "--as-of", "2020-04-01")
    assert ran.code == 16
    assert "--as-of: 2020-04-01 is not after 2020-04-01, the first day of the site's records (history_from)" in ran.words
    assert whole_tree(own_district / "workspace") == before


def test_a_model_that_is_neither_fitted_nor_shipped(own_district):
    set_site(own_district, ranked_by="  ranked_by: emergency_admision")
    ran = run(own_district, "weekly", "--as-of", AS_OF)
    assert ran.code == 10
    assert "there is no model called 'emergency_admision'; did you mean 'emergency_admission'?" in ran.words


def test_a_date_long_after_the_extract_is_warned_of_and_its_lists_are_not_released(own_district):
    """Deaths, registrations and objections were taken 20 days before; at most 14 are allowed."""
    ran = done(own_district, "weekly", "--as-of", "2026-04-20")
    assert "Warning: lists of 2026-04-20 are not released as things stand: deaths: taken on 2026-03-31" in ran.words
    assert "practices are prepared, but not released as things stand" in ran.words
    words = ("worklist", "--practice", "Z80001", "--as-of", "2026-04-20")
    ran = run(own_district, *words)
    assert ran.code == 16
    assert "may name someone who has died, moved or objected, so it is not released" in ran.words
    for feed in ("deaths", "registrations", "objections"):
        assert f"{feed}: taken on 2026-03-31, 20 days before this list; at most 14 are allowed" in ran.words
    assert not list_file(own_district, "2026-04-20", "practice-Z80001", "csv").exists()

    set_site(own_district, practice_k="  practice_k: 15\n  safety_feeds_max_age_days: 20")
    done(own_district, *words)
    assert list_file(own_district, "2026-04-20", "practice-Z80001", "csv").exists()


def test_only_what_was_known_by_the_date_is_scored(district, own_district):
    """An earlier date scores other people than a later one, and never those registered since."""
    ran = done(own_district, "weekly", "--as-of", "2025-06-02")
    assert "people scored with emergency_admission@1" in ran.words
    assert "make one with: casefinder worklist --practice CODE --as-of 2025-06-02 --workspace " in ran.words
    record = own_district / "workspace" / "record" / "000001"
    registered = pd.read_parquet(record / "registrations.parquet")
    first = registered.groupby("person_id")["start_date"].min()
    late = set(first[pd.to_datetime(first) >= "2025-06-02"].index)
    scored = set(pd.read_parquet(own_district / "workspace" / "lists" / "000002" / "risks")["person_id"])
    now = set(pd.read_parquet(district / "workspace" / "lists" / "000001" / "risks")["person_id"])
    assert late & set(registered["person_id"])
    assert not late & scored
    assert now != scored


def test_a_weekly_run_killed_midway_leaves_the_last_lists_whole(own_district):
    lists = own_district / "workspace" / "lists"
    before = whole_tree(lists / "000001")
    process = start(own_district, "weekly", "--as-of", AS_OF)
    kill_once(process, lambda: (lists / "000002" / "risks").exists())
    assert not (lists / "000002" / "manifest.json").exists()
    assert whole_tree(lists / "000001") == before

    page = list_file(own_district, AS_OF, "practice-Z80001", "html")
    content = page.read_bytes()
    page.unlink()
    done(own_district, "worklist", "--practice", "Z80001", "--as-of", AS_OF)
    assert page.read_bytes() == content
    done(own_district, "weekly", "--as-of", AS_OF)
    assert whole_tree(lists / "000003") == before


def test_writing_every_list_killed_midway_leaves_whole_files(own_district):
    folder = own_district / "workspace" / "lists-for-meetings" / AS_OF
    before = whole_tree(folder)
    first = folder / f"{AS_OF}_practice-Z80008.csv"
    made = first.stat().st_mtime_ns
    process = start(own_district, "worklist", "--all", "--as-of", AS_OF)
    kill_once(process, lambda: first.stat().st_mtime_ns != made)
    after = whole_tree(folder)
    assert {name: after[name] for name in before} == before
    assert all(name.endswith(".partial") for name in set(after) - set(before))
