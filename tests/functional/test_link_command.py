"""``casefinder link``: every row accounted for, every planted fault found, the same bytes, and a killed run harmless."""

import csv
import gzip
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.parquet as pq
import pytest

from casefinder.codelists import load_codelists
from casefinder.engines import Workspace
from casefinder.histories import Histories
from casefinder.record.identity import pseudonym
from tests.functional.conftest import KEY, SITE, casefinder
from tests.functional.small_site import PEOPLE, SmallSite, entry, episode, manifest, newest, whole_tree

IDENTIFIER = re.compile(r"(?<![0-9a-f])999\d{7}(?![0-9a-f])")
NUMBERS = ("NHS_NUMBER", "NHS_Number", "NEWNHSNO", "PERSON ID", "Pseudo NHS Number")


@pytest.fixture(scope="module")
def sources(linked_district):
    """What the manifest says of each source of the economy."""
    return manifest(linked_district / "workspace")["sources"]


@pytest.fixture(scope="module")
def planted(economy):
    """How many faults of each kind the truth says were planted, by file."""
    faults = json.loads((economy / "truth" / "faults.json").read_text(encoding="utf-8"))
    return {kind: fault["rows"] for kind, fault in faults.items()}


@pytest.fixture(scope="module")
def raw(economy):
    """Read a raw file of the economy as text."""

    def read(source: str) -> pd.DataFrame:
        path = next((economy / "raw").glob(f"{source}.*"))
        if path.suffix == ".parquet":
            return pq.read_table(path).to_pandas().astype("string").fillna("")
        return pd.read_csv(path, dtype=str, keep_default_na=False)

    return read


def rows_in(path) -> int:
    """Return the rows of a raw file, counted without casefinder."""
    if path.suffix == ".parquet":
        return pq.ParquetFile(path).metadata.num_rows
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as stream:
        return sum(1 for _ in csv.reader(stream)) - 1


def test_every_row_is_read_and_accepted_or_quarantined_in_the_manifest_and_on_screen(linked_district, economy, sources):
    screen = " ".join((linked_district / "link.txt").read_text(encoding="utf-8").split())
    quarantine = pq.read_table(newest(linked_district / "workspace") / "quarantine.parquet").to_pylist()
    kinds = Counter((row["source"], row["column"], row["problem"]) for row in quarantine)
    for name, one in sources.items():
        assert one["read"] == sum(rows_in(economy / "raw" / file["name"]) for file in one["files"]), name
        assert one["read"] == one["accepted"] + one["quarantined"], name
        told = " ".join(f"{one[column]:,}" for column in ("read", "accepted", "quarantined", "duplicates", "corrected"))
        assert f" {name} {told} " in screen, name
        assert {(kind[1], kind[2]): n for kind, n in kinds.items() if kind[0] == name} == {
            (problem["column"], problem["problem"]): problem["rows"] for problem in one["problems"]
        }
        assert one["quarantined"] == sum(problem["rows"] for problem in one["problems"])
        if "linked_share" in one:
            assert f"{100 * one['linked_share']:.1f} %" in screen


WORDS = {
    "sentinel_dates": ["stands for 'not known'"],
    "future_dates": ["is a date after the extract"],
    "bad_codes": ["is not a code of its value set"],
    "impossible_ages": ["is not written as it should be", "is below 1905"],
    "invalid_identifiers": ["not a valid NHS number"],
    "sentinel_identifiers": ["an identifier that stands for nobody"],
}


def test_every_planted_row_that_should_be_refused_is_and_no_other(sources, planted):
    for kind, words in WORDS.items():
        found = {
            name: sum(one["rows"] for one in counts["problems"] if one["problem"] in words)
            for name, counts in sources.items()
        }
        assert {name: n for name, n in found.items() if n} == planted[kind], kind
    known = {words for several in WORDS.values() for words in several}
    others = {one["problem"] for counts in sources.values() for one in counts["problems"]} - known
    assert others <= {"is before START_DATE"}, "a move on the day of a birth"


def test_duplicates_corrections_and_unbridged_people_are_counted_as_planted(sources, planted):
    for name in ("hes_apc", "hes_op", "ecds", "nhs_111"):
        assert sources[name]["duplicates"] == planted["duplicate_rows"][name], name
    assert sources["hes_apc"]["corrected"] == planted["resubmitted_rows"]["hes_apc"]
    for name, again in planted["resubmitted_contacts"].items():
        unchanged = sources[name]["duplicates"] - planted["duplicate_rows"].get(name, 0)
        assert sources[name]["corrected"] + unchanged == again, "some contacts are sent again with nothing changed"
    assert sources["mhsds_contacts"]["not_bridged"] == planted["unbridged_people"]["mhsds_contacts"]


def usable_people(raw) -> pd.DataFrame:
    """Return the rows of the people table whose age is possible."""
    people = raw("gp_patients")
    return people[people.BIRTH_YEAR.astype(int) >= 1905]


def strangers(raw, people) -> set[str]:
    """Return the numbers that hospital rows describe and the people table does not."""
    said = {number for source in ("hes_apc", "hes_op") for number in raw(source).NEWNHSNO}
    valid = {number for number in said if IDENTIFIER.fullmatch(number) and checks(number) and number != "9999999999"}
    return valid - set(people.NHS_NUMBER)


def checks(number: str) -> bool:
    """Say whether the check digit of an NHS number is right."""
    total = sum(int(digit) * weight for digit, weight in zip(number, range(10, 1, -1), strict=False))
    return (11 - total % 11) % 11 == int(number[9])


def objecting(raw) -> set[str]:
    """Return the numbers whose latest type 1 entry is a dissent."""
    codes = load_codelists()
    kinds = {code: kind for kind in ("dissent", "withdrawn") for code in codes[f"type1_opt_out:type1_{kind}"].values()}
    entries = raw("gp_observations")
    entries = entries[entries.MAPPED_CONCEPT_CODE.isin(kinds)]
    latest: dict[str, tuple[str, str]] = {}
    for number, date, code in zip(
        entries.NHS_NUMBER, entries.CLINICAL_EFFECTIVE_DATE, entries.MAPPED_CONCEPT_CODE, strict=True
    ):
        here = (date, "b" if kinds[code] == "dissent" else "a")
        latest[number] = max(latest.get(number, here), here)
    return {number for number, (_date, kind) in latest.items() if kind == "b"}


def test_people_left_out_are_those_that_the_raw_files_show(linked_district, economy, raw, planted):
    people = usable_people(raw)
    everybody = set(people.NHS_NUMBER) | strangers(raw, people)
    medicines = raw("gp_medications").NHS_NUMBER.value_counts()
    months = people.BIRTH_YEAR.astype(int) * 12 + people.BIRTH_MONTH.astype(int)
    spread = months.groupby(people.NHS_NUMBER).agg(lambda values: values.max() - values.min())
    kinds = {
        "identifier holds more events than one person can": set(medicines.index[medicines > 3000]) - {"9999999999"},
        "two people under one identifier": set(spread.index[spread > 12]),
        "sensitive record": set(people.NHS_NUMBER[people.IS_SPINE_SENSITIVE == "1"]),
        "dummy record": set(people.NHS_NUMBER[people.IS_DUMMY_PATIENT == "1"]),
        "confidential record": set(people.NHS_NUMBER[people.IS_CONFIDENTIAL == "1"]),
        "type 1 opt-out": objecting(raw),
        "national opt-out": everybody - set(raw("national_cleaned_list").NHS_NUMBER),
    }
    expected, gone = {}, set()
    for why, numbers in kinds.items():
        expected[why] = len(numbers - gone)
        gone |= numbers
    record = manifest(linked_district / "workspace")
    assert record["left_out"] == expected
    assert record["people"]["n"] == len(everybody - gone)
    screen = " ".join((linked_district / "link.txt").read_text(encoding="utf-8").split())
    for why, n in expected.items():
        assert f"{why} {n:,}" in screen
    for kind, file in (
        ("dummy_people", "dummy record"),
        ("sensitive_people", "sensitive record"),
        ("confidential_people", "confidential record"),
    ):
        assert 0 < expected[file] <= planted[kind]["gp_patients"]


def held_map(linked_district) -> dict[str, str]:
    """Return the map back: person by identifier."""
    with (linked_district / "identities.csv").open(encoding="utf-8", newline="") as stream:
        return {row["identifier"]: row["person_id"] for row in csv.DictReader(stream)}


def test_the_map_back_holds_the_people_of_the_record_under_keyed_pseudonyms(linked_district):
    held = held_map(linked_district)
    people = pq.read_table(newest(linked_district / "workspace") / "people.parquet")["person_id"].to_pylist()
    assert sorted(held.values()) == people
    assert all(person == pseudonym(number, KEY.encode()) for number, person in held.items())


def test_restricted_codes_of_the_people_of_the_record_are_dropped_and_counted(linked_district, raw, sources):
    restricted, held = load_codelists()["restricted"], held_map(linked_district)
    entries = raw("gp_observations")
    entries = entries[entries.NHS_NUMBER.isin(held)]
    bad = {code for code in entries.MAPPED_CONCEPT_CODE.unique() if restricted.covers("snomed", code)}
    assert sources["gp_observations"]["restricted code"] == entries.MAPPED_CONCEPT_CODE.isin(bad).sum() > 0
    episodes = raw("hes_apc").drop_duplicates()
    diagnoses = episodes[episodes.NEWNHSNO.isin(held)].filter(like="DIAG_4").stack()
    hidden = {code for code in diagnoses.unique() if restricted.covers("icd10", code.rstrip("X"))}
    assert sources["hes_apc"]["restricted code"] == diagnoses.isin(hidden).sum() > 0
    for path in (newest(linked_district / "workspace") / "points").glob("*.parquet"):
        codes = set(pq.read_table(path, columns=["code"])["code"].to_pylist())
        assert not codes & (bad | {code.rstrip("X") for code in hidden})


def test_no_identifier_is_on_screen_in_a_manifest_in_the_log_or_in_a_file_name(linked_district):
    texts = [(linked_district / "link.txt").read_text(encoding="utf-8")]
    workspace = linked_district / "workspace"
    for path in [*(workspace / "record").rglob("*"), *(workspace / "histories").rglob("*"), *(workspace / "log").rglob("*")]:
        texts += [path.name, path.read_text(encoding="utf-8") if path.suffix in (".json", ".jsonl") else ""]
    assert len(texts) > 10
    assert not any(IDENTIFIER.search(text) for text in texts)


def start_link(workspace, site) -> subprocess.Popen:
    """Start a link in a process of its own, and leave it running."""

    words = [sys.executable, "-m", "casefinder.cli", "link", "--site", str(site), "--workspace", str(workspace)]
    return subprocess.Popen(
        words,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "CASEFINDER_KEY": KEY, "OMP_NUM_THREADS": "1"},
    )


def kill_once(running: subprocess.Popen, there) -> None:
    """Kill a process as soon as something is there, with a signal that it cannot answer."""
    give_up = time.monotonic() + 300
    while not there():
        assert running.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < give_up
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL


def results(workspace) -> dict[str, bytes]:
    """Return the bytes of every finished record and history."""
    found = {}
    for step in ("record", "histories"):
        for done in (workspace / step).glob("*/manifest.json"):
            found |= {f"{step}/{done.parent.name}/{name}": content for name, content in whole_tree(done.parent).items()}
    return found


@pytest.mark.parametrize(
    "place", ["scratch/typed/gp_patients.parquet", "record/000002", "record/000002/points", "record/000002/manifest.json"]
)
def test_a_link_killed_midway_leaves_the_last_record_readable(linked, place):
    linked.write()
    before, workspace = results(linked.workspace), linked.workspace
    kill_once(start_link(workspace, linked.site), lambda: (workspace / place).exists())
    assert {name: results(workspace)[name] for name in before} == before
    found = Histories(Workspace(workspace).newest("histories"))
    assert found.version.number == 1
    assert sum(len(block) for block in found) == len(PEOPLE)
    expected = "000002" if place.endswith("manifest.json") else "000001"
    assert Workspace(workspace).newest("record").folder.name == expected


def test_after_a_killed_link_the_next_one_gives_the_same_bytes_as_the_first(own_linked_district):
    workspace, site = own_linked_district / "workspace", own_linked_district / "site" / SITE
    before = results(workspace)
    kill_once(start_link(workspace, site), lambda: (workspace / "scratch" / "typed" / "gp_patients.parquet").exists())
    ran = casefinder("link", "--workspace", workspace)
    assert ran.code == 0, ran.words
    assert {name: results(workspace)[name] for name in before} == before
    assert newest(workspace).name != "000001"
    assert whole_tree(newest(workspace)) == whole_tree(workspace / "record" / "000001"), "same input, same bytes"
    again, first = whole_tree(newest(workspace, "histories")), whole_tree(workspace / "histories" / "000001")
    named = f'"record": {int(newest(workspace).name)},'.encode()
    assert named in again["manifest.json"], "histories name the record that they were made from"
    again["manifest.json"] = again["manifest.json"].replace(named, b'"record": 1,')
    assert again == first
    assert not (workspace / "scratch").exists()


def in_three_formats(folder):
    """Return three sites of the same rows, with hospital episodes: as CSV, as gzip, and as Parquet with its own types."""
    sites = []
    for kind in ("csv", "csv.gz", "parquet"):
        site = SmallSite(folder / kind.replace(".", "-"))
        episodes = [episode(number, f"e{place}", "2020-06-01", "2020-06-05") for place, number in enumerate(PEOPLE[:6])]
        episodes.append(
            episode(PEOPLE[0], "e6", "2020-06-05", "2020-06-20", PROCODE3="R2B", ADMIMETH="81", DIAG_4_02="I10X")
        )
        site.add("hes_apc", episodes)
        site.rows["gp_observations"] += [entry(PEOPLE[1], "38341003", RESULT_VALUE="7.5"), entry("9990000019", "38341003")]
        site.write()
        for source in site.settings["sources"]:
            plain = site.file(source)
            site.settings["sources"][source]["files"] = f"{source}.{kind}"
            if kind == "csv.gz":
                site.raw[source] = gzip.compress(plain.read_bytes())
            elif kind == "parquet":
                site.raw[source] = typed_parquet(plain)
        sites.append(site)
    return sites


def typed_parquet(path) -> bytes:
    """Return a CSV file as Parquet, with whole numbers, numbers and dates as such, and identifiers as text."""
    table = pcsv.read_csv(path, convert_options=pcsv.ConvertOptions(column_types=dict.fromkeys(NUMBERS, pa.string())))
    table = table.set_column(0, table.column_names[0], pc.cast(table.column(0), pa.string()))
    stream = pa.BufferOutputStream()
    pq.write_table(table, stream)
    return stream.getvalue().to_pybytes()


def test_the_same_rows_in_three_formats_give_the_same_record(tmp_path):
    trees, counts = [], []
    for site in in_three_formats(tmp_path):
        one = site.linked()
        trees.append({name: content for name, content in site.standing().items() if name.endswith(".parquet")})
        for source in one["sources"].values():
            source.pop("files")
        counts.append(one)
    quarantine = "record/000001/quarantine.parquet"
    names = [
        [(row["source"], row["line"], row["column"]) for row in site_rows]
        for site_rows in map(_rows, trees, [quarantine] * 3)
    ]
    assert names[0] == names[1] == names[2] == [("gp_observations", 15, "NHS_NUMBER")]
    for tree in trees:
        del tree[quarantine]
    assert trees[0] == trees[1] == trees[2]
    assert len(trees[0]) > 10
    assert counts[0] == counts[1] == counts[2]
    assert counts[0]["hospital_stays"]["spells_joined_by_transfer"] == 1


def _rows(tree, name):
    """Return the rows of a table held as bytes."""
    return pq.read_table(pa.BufferReader(tree[name])).to_pylist()
