"""Who is linked and who is not: opt-outs, protected and test records, identifiers that are not one person, keys, bridges."""

import csv
import re

import pyarrow.parquet as pq
import pytest

from casefinder.record.identity import pseudonym
from tests.functional.conftest import KEY, casefinder
from tests.functional.small_site import (
    DIABETES,
    PEOPLE,
    PRACTICES,
    SmallSite,
    as_csv,
    death,
    entry,
    manifest,
    nhs_number,
    patient,
)

DISSENT, WITHDRAWN, IN_VITRO = "827241000000103", "827261000000102", "52637005"
(DUMMY, SENSITIVE, CONFIDENTIAL, OBJECTS, WITHDREW, AGAIN, SAME_DAY, SHARED, CORRECTED, FULL, OPTED_OUT, STRANGER) = (
    nhs_number(place) for place in range(101, 113)
)
LEFT_OUT = {
    "confidential record": 1,
    "dummy record": 1,
    "identifier holds more events than one person can": 1,
    "national opt-out": 1,
    "sensitive record": 1,
    "two people under one identifier": 1,
    "type 1 opt-out": 3,
}
GONE = (DUMMY, SENSITIVE, CONFIDENTIAL, OBJECTS, AGAIN, SAME_DAY, SHARED, FULL, OPTED_OUT, STRANGER)
STAYED = (*PEOPLE, WITHDREW, CORRECTED)
SPACED = f"{PEOPLE[3][:3]} {PEOPLE[3][3:6]} {PEOPLE[3][6:]}"


def _people():
    flagged = [
        patient(DUMMY, IS_DUMMY_PATIENT="1"),
        patient(SENSITIVE, IS_SPINE_SENSITIVE="1"),
        patient(CONFIDENTIAL, IS_CONFIDENTIAL="1"),
    ]
    two = [patient(SHARED), patient(SHARED, BIRTH_YEAR=1980), patient(CORRECTED), patient(CORRECTED, BIRTH_MONTH=9)]
    return [*flagged, *two, *map(patient, (OBJECTS, WITHDREW, AGAIN, SAME_DAY, FULL, OPTED_OUT))]


def _entries():
    return [
        entry(OBJECTS, DISSENT),
        entry(WITHDREW, DISSENT, "2019-01-01"),
        entry(WITHDREW, WITHDRAWN, "2020-01-01"),
        entry(AGAIN, WITHDRAWN, "2019-01-01"),
        entry(AGAIN, DISSENT, "2020-01-01"),
        entry(SAME_DAY, DISSENT, "2020-01-01"),
        entry(SAME_DAY, WITHDRAWN, "2020-01-01"),
        *[entry(FULL, DIABETES, f"2019-{1 + day // 28:02d}-{1 + day % 28:02d}") for day in range(101)],
        entry(STRANGER, DIABETES),
        entry(PEOPLE[2], IN_VITRO),
        entry(PEOPLE[3], IN_VITRO, "2018-02-03"),
        entry(SPACED, "38341003"),
    ]


@pytest.fixture(scope="module")
def sorted_out(tmp_path_factory):
    """A linked site that holds one of every kind of person, with what the command said and the map back."""
    site = SmallSite(tmp_path_factory.mktemp("identity"))
    site.rows["gp_patients"] += _people()
    site.rows["gp_observations"] += _entries()
    cleaned = [{"NHS_NUMBER": number} for number in (*STAYED, *GONE) if number != OPTED_OUT]
    site.add("national_cleaned_list", cleaned, known={"date": "2021-03-28"})
    site.ran = site.link("--identities", site.folder / "held by the practice.csv")
    assert site.ran.code == 0, site.ran.words
    return site


def test_everyone_left_out_is_counted_under_one_reason(sorted_out):
    assert manifest(sorted_out.workspace)["left_out"] == LEFT_OUT
    for why, count in LEFT_OUT.items():
        assert f"{why} {count}" in sorted_out.ran.words


def test_people_left_out_are_in_no_table_of_the_workspace(sorted_out):
    gone = {pseudonym(number, KEY.encode()) for number in GONE}
    stayed = {pseudonym(number, KEY.encode()) for number in STAYED}
    seen = set()
    for path in sorted_out.workspace.rglob("*.parquet"):
        table = pq.read_table(path)
        if "person_id" in table.column_names:
            seen |= set(table["person_id"].to_pylist())
    assert seen == stayed
    assert not seen & gone


def test_no_identifier_reaches_the_workspace_the_screen_or_a_file_name(sorted_out):
    numbers = [*STAYED, *GONE, SPACED]
    for path in sorted_out.workspace.rglob("*"):
        assert not any(number in path.name for number in numbers)
        if path.suffix == ".parquet":
            texts = [str(row) for row in pq.read_table(path).to_pylist()]
            assert not any(number in text for text in texts for number in numbers), path.name
        elif path.is_file():
            content = path.read_bytes()
            assert not any(number.encode() in content for number in numbers), path.name
            assert KEY.encode() not in content
    assert not any(number in sorted_out.ran.out + sorted_out.ran.err for number in numbers)


def test_the_map_back_names_the_people_of_the_record_and_nobody_else(sorted_out):
    with (sorted_out.folder / "held by the practice.csv").open(encoding="utf-8", newline="") as stream:
        held = {row["identifier"]: row["person_id"] for row in csv.DictReader(stream)}
    assert held == {number: pseudonym(number, KEY.encode()) for number in STAYED}


def test_restricted_codes_are_dropped_and_counted(sorted_out):
    assert manifest(sorted_out.workspace)["sources"]["gp_observations"]["restricted code"] == 2
    assert "2 facts with a restricted code dropped" in sorted_out.ran.words
    assert IN_VITRO not in {row["code"] for row in sorted_out.table("points")}


def test_a_number_written_with_spaces_is_the_same_person(sorted_out):
    codes = {row["code"] for row in sorted_out.table("points") if row["person_id"] == pseudonym(PEOPLE[3], KEY.encode())}
    assert codes == {DIABETES, "38341003"}


def test_rows_of_strangers_lower_the_linkage_rate_of_their_source_and_practice(sorted_out):
    counts = manifest(sorted_out.workspace)["sources"]["gp_observations"]
    assert counts["linked_share"] == round(1 - 1 / counts["accepted"], 4)
    assert counts["linked_by_practice"] == {PRACTICES[0]: counts["linked_share"]}
    assert f"{100 * counts['linked_share']:.1f} %" in sorted_out.ran.words


def test_a_national_list_that_is_too_old_stops_the_link(linked):
    before = linked.standing()
    linked.add("national_cleaned_list", [{"NHS_NUMBER": number} for number in PEOPLE], known={"date": "2021-03-01"})
    ran = linked.link()
    assert ran.code == 11
    assert (
        "sources.national_cleaned_list.known: the list was 30 days old at the extract; at most 10 are allowed" in ran.words
    )
    assert linked.standing() == before


@pytest.mark.parametrize("key", ["", "too short"])
def test_a_key_that_protects_nobody_is_refused_with_a_command_that_makes_one(linked, key):
    before = linked.standing()
    ran = linked.link(CASEFINDER_KEY=key)
    assert ran.code == 10
    assert "pseudonym_key: no key of at least 32 characters in the environment variable CASEFINDER_KEY" in ran.words
    assert "secrets.token_hex(32)" in ran.words
    assert linked.standing() == before


def test_a_key_inside_the_workspace_is_refused(linked):
    linked.settings["pseudonym_key"] = {"file": "workspace/casefinder.key"}
    (linked.workspace / "casefinder.key").write_text(KEY, encoding="utf-8")
    ran = linked.link()
    assert ran.code == 10
    assert "pseudonym_key.file: casefinder.key lies inside the workspace" in ran.words
    assert KEY not in ran.words


def test_a_key_in_a_file_gives_the_pseudonyms_of_the_same_key_in_the_environment(small, linked_small):
    small.settings["pseudonym_key"] = {"file": "kept apart/casefinder.key"}
    (small.folder / "kept apart").mkdir()
    (small.folder / "kept apart" / "casefinder.key").write_text(f"{KEY}\n", encoding="utf-8")
    small.linked(CASEFINDER_KEY="")
    elsewhere = pq.read_table(linked_small / "workspace" / "record" / "000001" / "people.parquet")
    assert small.table("people.parquet") == elsewhere.to_pylist()


@pytest.mark.parametrize("place", ["workspace/map.csv", "workspace/record/map.csv", "nowhere/map.csv"])
def test_a_map_that_would_lie_in_the_workspace_or_nowhere_is_refused_before_anything_is_read(linked, place):
    before = linked.standing()
    ran = linked.link("--identities", linked.folder / place)
    assert ran.code == 10
    why = "would lie inside the workspace" if "workspace" in place else "there is no folder"
    assert re.search(rf"--identities: .*{why}", ran.words)
    assert linked.standing() == before


def test_a_workspace_of_another_site_is_refused(linked):
    before = linked.standing()
    linked.settings["name"] = "Another district"
    ran = linked.link()
    assert ran.code == 13
    assert "was made for the site 'Small site', not for 'Another district'" in ran.words
    assert "Give another folder with --workspace." in ran.words
    assert linked.standing() == before


def test_a_folder_that_is_no_workspace_is_refused_with_what_to_type(tmp_path):
    ran = casefinder("purge", "--workspace", tmp_path / "nothing")
    assert ran.code == 13
    assert "Make one with: casefinder link --site FILE --workspace DIR" in ran.words


def test_a_demonstration_that_holds_a_number_somebody_may_have_is_refused(linked):
    before = linked.standing()
    linked.settings["demonstration"] = True
    linked.rows["deaths"].append(death("9434765919", "2020-01-01", ""))
    linked.first("deaths")
    ran = linked.link()
    assert ran.code == 12
    assert "deaths.NHS_NUMBER: 1 row holds an NHS number outside the 999 range" in ran.words
    assert "set 'demonstration: false' in the site file and write governance.yaml" in ran.words
    assert "9434765919" not in ran.words
    assert linked.standing() == before


def test_a_demonstration_of_pseudonyms_is_refused(linked):
    linked.settings["demonstration"] = True
    linked.settings["person_key"] = {"kind": "pseudonym", "pattern": "^P[0-9]{4}$"}
    ran = linked.link()
    assert ran.code == 10
    assert "person_key.kind: a demonstration holds NHS numbers of the 999 range and nothing else" in ran.words


def _own(place: int) -> str:
    return f"P{place:04d}"


def test_pseudonyms_of_the_site_and_a_bridge_to_a_source_that_has_its_own(small):
    names = dict(zip(PEOPLE, map(_own, range(1, 13)), strict=True))
    for source in ("gp_patients", "gp_registrations", "gp_observations"):
        small.rows[source] = [row | {"NHS_NUMBER": names[row["NHS_NUMBER"]]} for row in small.rows[source]]
    small.rows["gp_patients"] += [patient("P0000"), patient("9990000018")]
    small.settings["person_key"] = {"kind": "pseudonym", "pattern": "^P[0-9]{4}$", "sentinels": ["P0000"]}
    small.rows["deaths"] = [death("H7", "2020-12-24", ""), death("H8", "2020-12-25", "")]
    small.settings["sources"]["deaths"]["bridge"] = {"file": "bridge.csv", "own": "HOSPITAL", "person": "SITE"}
    small.write()
    (small.folder / "raw" / "bridge.csv").write_text(as_csv([{"HOSPITAL": "H7", "SITE": _own(7)}]), encoding="utf-8")
    sources = small.linked()["sources"]
    assert {one["problem"] for one in sources["gp_patients"]["problems"]} == {
        "an identifier that stands for nobody",
        "does not fit the site's pattern for pseudonyms",
    }
    assert (sources["deaths"]["accepted"], sources["deaths"]["not_bridged"]) == (2, 1)
    died = [row["person_id"] for row in small.table("people.parquet") if row["death_date"]]
    assert died == [pseudonym(_own(7), KEY.encode())]
