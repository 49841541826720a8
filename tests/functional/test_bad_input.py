"""Files that cannot be used: one clear message that names the file, the column and what to do, and nothing half-written."""

import gzip
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.functional.small_site import PEOPLE, PRACTICES, as_csv, death, entry, patient

HEADING = b"NHS_NUMBER,DEATH_DATE,REGISTRATION_DATE,UNDERLYING_CAUSE\n"


def _row(cause: str = "I21") -> bytes:
    return f"{PEOPLE[1]},2020-01-01,,{cause}\n".encode()


def _parquet(**columns) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream)
    return stream.getvalue()


def _deaths(content: bytes, name: str = "deaths.csv", **settings):
    """Return what replaces the file of deaths, and has it read first."""

    def spoil(site):
        site.settings["sources"]["deaths"].update(files=name, **settings)
        site.raw["deaths"] = content
        site.first("deaths")

    return spoil


def _without(column: str, source: str = "deaths"):
    def spoil(site):
        site.rows[source] = [{name: cell for name, cell in row.items() if name != column} for row in site.rows[source]]

    return spoil


def _missing_file(site):
    site.settings["sources"]["deaths"]["files"] = "death_register.csv"
    del site.rows["deaths"]


def _folder_in_place_of_a_file(site):
    (site.folder / "raw" / "deaths.csv").mkdir(parents=True)
    del site.rows["deaths"]


def _missing_bridge(site):
    site.settings["sources"]["deaths"]["bridge"] = {"file": "bridge.csv", "own": "ID", "person": "NHS_NUMBER"}
    site.first("deaths")


def _misspelt_layout(site):
    site.settings["sources"]["deths"] = site.settings["sources"].pop("deaths")


def _two_faults(site):
    _missing_file(site)
    _without("BIRTH_YEAR", "gp_patients")(site)


def _nobody(site):
    for source in ("gp_patients", "gp_registrations", "gp_observations", "deaths"):
        site.rows[source] = [row | {"NHS_NUMBER": "1234567890"} for row in site.rows[source]]


def _mapped_to_nothing(site):
    site.settings["sources"]["deaths"]["columns"] = {"DEATH_DATE": "date_of_deth"}
    site.raw["deaths"] = HEADING.replace(b"DEATH_DATE", b"date_of_death") + _row()


MANY = HEADING + _row() * 60_000
REFUSED = {
    "missing file": (_missing_file, 11, ["sources.deaths.files", "no file fits 'death_register.csv'", "--data DIR"]),
    "missing column": (
        _without("DEATH_DATE"), 11,
        ["deaths.csv lacks columns of the layout 'deaths'", "DEATH_DATE: no such column",
         "every column of the file is in use", "Ask the sender for it."],
    ),
    "column mapped to a name that is not there": (
        _mapped_to_nothing, 11,
        ["DEATH_DATE (which the site file calls 'date_of_deth'): no such column; did you mean 'date_of_death'?"],
    ),
    "truncated gzip": (
        _deaths(gzip.compress(MANY)[:-400], "deaths.csv.gz"), 11,
        ["deaths.csv.gz cannot be read", "cut short or damaged", "Copy or send the file again."],
    ),
    "gzip cut within its heading": (
        _deaths(gzip.compress(MANY)[:20], "deaths.csv.gz"), 11, ["deaths.csv.gz cannot be read", "cut short or damaged"],
    ),
    "plain text called gzip": (_deaths(HEADING + _row(), "deaths.csv.gz"), 11, ["deaths.csv.gz", "cut short or damaged"]),
    "truncated Parquet": (
        _deaths(_parquet(NHS_NUMBER=["1"], DEATH_DATE=["2"], UNDERLYING_CAUSE=["3"])[:200], "deaths.parquet"), 11,
        ["deaths.parquet cannot be read", "not a whole Parquet file"],
    ),
    "a Parquet column of a wrong type": (
        _deaths(_parquet(NHS_NUMBER=[["1"]], DEATH_DATE=["2"], UNDERLYING_CAUSE=["3"]), "deaths.parquet"), 11,
        ["deaths.parquet cannot be read", "the column NHS_NUMBER is of type list", "Write it as text"],
    ),
    "wrong encoding": (
        _deaths(HEADING + f"{PEOPLE[1]},2020-01-01,,Café\n".encode("cp1252")), 11,
        ["deaths.csv cannot be read", "not utf-8 text", "sources.deaths.encoding: cp1252"],
    ),
    "wrong encoding far down": (
        _deaths(MANY * 3 + f"{PEOPLE[1]},2020-01-01,,Café\n".encode("cp1252")), 11,
        ["deaths.csv cannot be read", "not utf-8 text", "sources.deaths.encoding: cp1252"],
    ),
    "no such encoding": (_deaths(HEADING, encoding="latin-900"), 10, ["sources.deaths.encoding", "'latin-900'", "cp1252"]),
    "empty file": (_deaths(b""), 11, ["deaths.csv cannot be read", "the file is empty"]),
    "blank heading": (_deaths(b"\n\n"), 11, ["deaths.csv cannot be read", "the file has no heading"]),
    "a folder in place of a file": (_folder_in_place_of_a_file, 11, ["no file fits 'deaths.csv'"]),
    "missing bridge": (_missing_bridge, 11, ["bridge.csv: no such file", "Check 'bridge' in the site file."]),
    "misspelt layout": (_misspelt_layout, 11, ["sources.deths.extract: no layout called 'deths'; did you mean 'deaths'?"]),
    "two sources amiss": (
        _two_faults, 11, ["2 sources cannot be read", "gp_patients.csv lacks columns", "BIRTH_YEAR", "death_register.csv"],
    ),
    "nobody linked": (
        _nobody, 11,
        ["Nobody could be linked", "gp_patients.NHS_NUMBER: not a valid NHS number in 12 of 12 rows", "Check person_key"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_it_is_refused_in_words_and_the_record_before_stands(linked, kind):
    spoil, code, words = REFUSED[kind]
    before = linked.standing()
    spoil(linked)
    ran = linked.link()
    assert ran.code == code, ran.words
    for one in words:
        assert one in ran.words
    assert "Traceback" not in ran.err
    assert not any(number in ran.words for number in PEOPLE)
    assert linked.standing() == before, "nothing new, nothing lost, and nothing half-written"


def test_a_first_link_that_fails_leaves_no_record(small):
    _without("DEATH_DATE")(small)
    assert small.link().code == 11
    assert small.standing() == {}


def test_a_renamed_column_is_mapped_in_the_site_file(small):
    small.rows["deaths"] = [
        {"died": row["DEATH_DATE"], **{name: row[name] for name in row if name != "DEATH_DATE"}}
        for row in small.rows["deaths"]
    ]
    small.settings["sources"]["deaths"]["columns"] = {"DEATH_DATE": "died"}
    assert small.linked()["sources"]["deaths"]["accepted"] == 1
    assert [str(one["death_date"]) for one in small.table("people.parquet") if one["death_date"]] == ["2020-12-24"]


BAD_ROWS = {
    "deaths": (
        [
            (death(PEOPLE[1], "1801-01-01", ""), "DEATH_DATE", "stands for 'not known'"),
            (death(PEOPLE[2], "1803-05-06", ""), "DEATH_DATE", "is a date before 1905"),
            (death(PEOPLE[3], "soon", ""), "DEATH_DATE", "is not a date"),
            (death(PEOPLE[4], "2021-04-01", ""), "DEATH_DATE", "is a date after the extract"),
            (death(PEOPLE[5], "2020-05-02", "2020-05-01"), "REGISTRATION_DATE", "is before DEATH_DATE"),
        ]
    ),
    "gp_patients": (
        [
            (patient("9990000019"), "NHS_NUMBER", "not a valid NHS number"),
            (patient("9999999999"), "NHS_NUMBER", "an identifier that stands for nobody"),
            (patient(PEOPLE[1], BIRTH_MONTH=13), "BIRTH_MONTH", "is above 12"),
            (patient(PEOPLE[1], BIRTH_YEAR="nineteen"), "BIRTH_YEAR", "is not a whole number"),
        ]
    ),
    "gp_observations": (
        [
            (entry(PEOPLE[1], "diabetes"), "MAPPED_CONCEPT_CODE", "is not written as it should be"),
            (entry(PEOPLE[1], "44054006", "1801-01-01"), "CLINICAL_EFFECTIVE_DATE", "stands for 'not known'"),
        ]
    ),
    "ecds": (
        [
            (
                {
                    "NHS_Number": PEOPLE[1], "Attendance_Identifier": "a1", "Provider_Code": "R1A",
                    "Arrival_Date": "2020-01-02", "Arrival_Time": "10:00", "EC_Department_Type": "77",
                    "EC_AttendanceCategory": "1", "EC_Arrival_Mode_SNOMED_CT": "", "EC_Acuity_SNOMED_CT": "",
                    "EC_Discharge_Status_SNOMED_CT": "",
                },
                "EC_Department_Type", "is not a code of its value set",
            ),
        ]
    ),
}  # fmt: skip


def test_every_bad_row_is_quarantined_with_its_file_line_column_and_problem(small):
    good = {source: len(rows) for source, rows in small.rows.items()}
    small.add("ecds", [])
    for source, faults in BAD_ROWS.items():
        small.rows[source] = [*small.rows[source], *[row for row, _column, _problem in faults]]
    small.rows["gp_patients"][5]["GENDER"] = "Q"
    small.raw["gp_observations"] = as_csv(small.rows["gp_observations"]).encode() + f"{PEOPLE[0]},{PRACTICES[0]}\n".encode()
    ran = small.link()
    assert ran.code == 0, ran.words
    expected = {
        (source, f"{source}.csv", good.get(source, 0) + 2 + place, column, problem)
        for source, faults in BAD_ROWS.items()
        for place, (_row, column, problem) in enumerate(faults)
    }
    torn = ("gp_observations", "gp_observations.csv", 16, "the row", "has 2 values where the heading has 6")
    found = {tuple(row[name] for name in ("source", "file", "line", "column", "problem")) for row in small.quarantine()}
    assert found == {*expected, torn}
    from tests.functional.small_site import manifest

    sources = manifest(small.workspace)["sources"]
    for source, faults in BAD_ROWS.items():
        counts, bad = sources[source], len(faults) + (source == "gp_observations")
        assert (counts["read"], counts["accepted"], counts["quarantined"]) == (
            good.get(source, 0) + bad,
            good.get(source, 0),
            bad,
        )
        assert f"{source} {counts['read']} {counts['accepted']} {counts['quarantined']} " in ran.words, "and on screen"
    assert sources["gp_patients"]["blanked"] == {"GENDER: is not a code of its value set": 1}
    for _source, faults in BAD_ROWS.items():
        for _row, column, problem in faults:
            assert f"{column} {problem}" in ran.words


def test_strict_stops_at_the_first_kind_of_problem_above_the_stated_share(linked):
    before = linked.standing()
    linked.rows["gp_observations"].append(entry(PEOPLE[0], "44054006", "1801-01-01"))
    linked.first("gp_observations")
    refused = linked.link("--strict")
    assert refused.code == 11
    assert "gp_observations.CLINICAL_EFFECTIVE_DATE: stands for 'not known' in 1 of 13 rows (7.7 %)" in refused.words
    assert "The site allows 5 % (sources.gp_observations.max_quarantined_percent)" in refused.words
    assert "Run without --strict to go on." in refused.words
    assert linked.standing() == before
    linked.settings["sources"]["gp_observations"]["max_quarantined_percent"] = 8
    assert linked.linked("--strict")["sources"]["gp_observations"]["quarantined"] == 1
