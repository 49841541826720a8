"""What the main job leaves in a workspace is what the contract says, and link refuses to leave anything else."""

import pytest

from casefinder.engines import check_written
from casefinder.record.link import KEPT
from casefinder.tables import PARTS, RISKS
from tests.functional.conftest import casefinder


def newest(workspace, step):
    return sorted((workspace / step).glob("[0-9]*"))[-1]


def test_every_table_of_a_linked_record_is_looked_at_and_passes(district):
    record = newest(district / "workspace", "record")
    paths = {name: record / name if (record / name).is_dir() else record / f"{name}.parquet" for name in KEPT}
    check_written((PARTS[name], path) for name, path in paths.items())
    kept = {path.name.partition(".")[0] for path in record.iterdir()} - {"manifest", "feeds"}
    assert kept == set(KEPT)


def test_risks_of_a_weekly_run_pass(district):
    folders = sorted((newest(district / "workspace", "lists") / "risks").iterdir())
    assert folders
    check_written((RISKS, folder) for folder in folders)


@pytest.mark.slow
def test_link_keeps_the_last_record_when_a_table_would_break_the_contract(own_district):
    raw = own_district / "site" / "raw"
    text = (raw / "practices.csv").read_text(encoding="utf-8")
    heading, first, *_ = text.splitlines()
    code, _name, rest = first.split(",", 2)
    raw_files = raw.resolve()
    raw.unlink()
    raw.mkdir()
    for path in raw_files.iterdir():
        (raw / path.name).symlink_to(path)
    (raw / "practices.csv").unlink()
    (raw / "practices.csv").write_text(f"{text.rstrip()}\n{code},A second name,{rest}\n", encoding="utf-8")
    before = newest(own_district / "workspace", "record")
    ran = casefinder("link", "--site", own_district / "site" / "site.yaml", "--workspace", own_district / "workspace")
    assert ran.code == 14, ran.words
    assert "practices.practice_code: 1 rows repeat the key of another" in ran.words
    assert newest(own_district / "workspace", "record") == before
    assert heading.startswith("PRACTICE_CODE")
