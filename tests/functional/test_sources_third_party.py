"""Records that nobody here wrote, through the command line: counts add up, and their known traps come out right.

Synthea: github.com/synthetichealth/synthea (Apache-2.0). Artificial HES: NHS Digital (Open Government Licence v3).
"""

import datetime as dt
import os
import re
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from casefinder.codelists import load_codelists
from casefinder.record.identity import pseudonym
from tests.functional.conftest import KEY, ROOT, SITE, casefinder
from tests.functional.small_site import manifest, newest

pytestmark = pytest.mark.third_party
DATA = ROOT.parent / "shared" / "data"


def third_party(name: str) -> Path:
    """Return the folder of a third-party data set; skip without it on a user's machine, fail where CI=true."""
    folder = DATA / name
    if not folder.is_dir():
        words = f"the third-party data set '{name}' is not at ../shared/data/{name}, relative to the project"
        if os.environ.get("CI") == "true":
            pytest.fail(words)
        pytest.skip(words)
    return folder


class Linked:
    """A third-party data set linked from the command line."""

    def __init__(self, name: str, workspace: Path) -> None:
        self.raw, self.workspace = third_party(name), workspace
        self.ran = casefinder("link", "--site", ROOT / "configs" / "sites" / name / SITE, "--workspace", workspace,
                              "--data", self.raw)  # fmt: skip
        assert self.ran.code == 0, self.ran.words
        self.manifest = manifest(workspace)

    def text(self, file: str) -> pd.DataFrame:
        """Return a raw file as text."""
        return pd.read_csv(self.raw / file, dtype=str, keep_default_na=False)

    def table(self, name: str) -> pd.DataFrame:
        """Return a table of the record."""
        return pq.read_table(newest(self.workspace) / name).to_pandas()


@pytest.fixture(scope="module")
def synthea(tmp_path_factory):
    return Linked("synthea", tmp_path_factory.mktemp("synthea") / "workspace")


@pytest.fixture(scope="module")
def hes(tmp_path_factory):
    return Linked("artificial_hes", tmp_path_factory.mktemp("hes") / "workspace")


def person(identifier: str) -> str:
    """Return the pseudonym of an identifier under the key of the tests."""
    return pseudonym(identifier, KEY.encode())


def holds_that_counts_add_up(linked: Linked, files: dict[str, str]) -> None:
    assert set(linked.manifest["sources"]) == set(files)
    for source, file in files.items():
        one = linked.manifest["sources"][source]
        assert one["read"] == len(linked.text(file)), source
        assert one["read"] == one["accepted"] + one["quarantined"], source
        assert f"{source} {one['read']:,} {one['accepted']:,} {one['quarantined']:,} " in linked.ran.words
        assert one["quarantined"] == sum(problem["rows"] for problem in one["problems"])


SYNTHEA = {
    f"synthea_{name}": f"{name}.csv"
    for name in ("patients", "encounters", "conditions", "medications", "observations", "procedures", "careplans")
}


def test_every_row_of_synthea_is_accounted_for(synthea):
    holds_that_counts_add_up(synthea, SYNTHEA)
    assert synthea.manifest["people"]["n"] == len(synthea.text("patients.csv")) == 113
    assert synthea.manifest["left_out"] == {}


def test_synthea_keeps_histories_as_old_as_its_people(synthea):
    patients, conditions = synthea.text("patients.csv"), synthea.text("conditions.csv")
    people = synthea.table("people.parquet").set_index("person_id")
    born = {
        person(one): dt.date.fromisoformat(date[:10]).replace(day=1)
        for one, date in zip(patients.Id, patients.BIRTHDATE, strict=True)
    }
    assert people.birth_month.to_dict() == born
    entries = synthea.table("points")
    entries = entries[(entries.source == "synthea_conditions")]
    expected = {
        (person(one), date[:10], code)
        for one, date, code in zip(conditions.PATIENT, conditions.START, conditions.CODE, strict=True)
    }
    assert set(zip(entries.person_id, entries.event_date.astype(str), entries.code, strict=True)) == expected


def test_an_inpatient_stay_of_synthea_is_an_emergency_only_where_it_says_so(synthea):
    encounters = synthea.text("encounters.csv")
    stayed = encounters[encounters.ENCOUNTERCLASS == "inpatient"]
    stays = synthea.table("stays")
    hospital = stays[stays.kind == "hospital"]
    repairs = synthea.manifest["hospital_stays"]
    assert repairs["spells"] - repairs["spells_joined_by_overlap"] - repairs["spells_joined_by_transfer"] == len(hospital)
    begun = set(zip(hospital.person_id, hospital.start_date.astype(str), strict=True))
    assert begun <= {(person(one), date[:10]) for one, date in zip(stayed.PATIENT, stayed.START, strict=True)}
    assert not stayed.DESCRIPTION.str.contains("emergency", case=False).any()
    assert set(hospital.method) == {"other"}, "planned stays are among them, and nothing says which are not"


def test_emergency_encounters_of_synthea_are_attendances(synthea):
    encounters = synthea.text("encounters.csv")
    urgent = encounters[encounters.ENCOUNTERCLASS.isin(["emergency", "urgentcare"])]
    points = synthea.table("points")
    attended = points[points.kind == "ae_attendance"]
    expected = {(person(one), date[:10]) for one, date in zip(urgent.PATIENT, urgent.START, strict=True)}
    assert set(zip(attended.person_id, attended.event_date.astype(str), strict=True)) == expected


HES = {
    "hes_apc": "artificial_hes_apc_0102_truncated.csv",
    "hes_ae": "artificial_hes_ae_0708_truncated.csv",
    "hes_op": "artificial_hes_op_0304_truncated.csv",
}
UNKNOWN_DATE = ("1800-01-01", "1801-01-01")


@pytest.fixture(scope="module")
def episodes(hes):
    """The raw episodes of artificial HES."""
    return hes.text(HES["hes_apc"])


def test_every_row_of_artificial_hes_is_accounted_for(hes, episodes):
    holds_that_counts_add_up(hes, HES)
    assert len(episodes.columns) == 193


def test_the_tables_of_artificial_hes_do_not_link_and_it_says_so(hes):
    shares = {name: one["linked_share"] for name, one in hes.manifest["sources"].items()}
    assert (shares["hes_ae"], shares["hes_op"]) == (0, 0)
    assert shares["hes_apc"] > 0.9
    others = {one for name in ("hes_ae", "hes_op") for one in hes.text(HES[name]).PSEUDO_HESID}
    unborn = (
        hes.text(HES["hes_apc"]).groupby("PSEUDO_HESID").MYDOB.agg(lambda dates: all(born(date) is None for date in dates))
    )
    assert hes.manifest["left_out"] == {"no month of birth": len(others) + int(unborn.sum())}


def born(text: str) -> dt.date | None:
    """Return the month that an MYDOB spells, None where it stands for nothing or nobody alive was born then."""
    if not re.fullmatch(r"(0[1-9]|1[0-2])\d{4}", text):
        return None
    month = dt.date(int(text[2:]), int(text[:2]), 1)
    return month if month >= dt.date(1905, 1, 1) else None


def test_mydob_is_a_month_and_a_year(hes, episodes):
    people = hes.table("people.parquet")
    taken = episodes[~episodes.ADMIDATE.isin(UNKNOWN_DATE)]
    said = taken.assign(person=taken.PSEUDO_HESID.map(person), month=taken.MYDOB.map(born)).dropna(subset="month")
    agreed = said.groupby("person").month.agg(lambda months: months.iloc[0] if months.nunique() == 1 else None).dropna()
    found = people.set_index("person_id").birth_month
    assert found.loc[agreed.index].to_dict() == agreed.to_dict()
    assert len(agreed) > 800


def test_sentinel_dates_are_quarantined_or_read_as_not_known(hes, episodes):
    sentinel = episodes.ADMIDATE.isin(UNKNOWN_DATE) | episodes.EPISTART.isin(UNKNOWN_DATE)
    assert sentinel.sum() == 1
    rejected = hes.table("quarantine.parquet")
    assert rejected[["source", "line", "column", "problem"]].to_numpy().tolist() == [
        ["hes_apc", int(sentinel.idxmax()) + 2, "ADMIDATE", "stands for 'not known'"]
    ]
    for table, columns in (("points", ["event_date", "known_date"]), ("stays", ["start_date", "end_date"])):
        for column in columns:
            assert hes.table(table)[column].dropna().min() >= dt.date(1905, 1, 1)
    repairs = hes.manifest["hospital_stays"]
    assert 0 < repairs["ended_without_a_discharge_date"] <= (episodes.DISDATE == "").sum()


def test_infant_ages_are_ages(hes, episodes):
    infants = episodes[episodes.STARTAGE.str.fullmatch(r"700[1-7]")]
    assert set(infants.STARTAGE) == {f"700{part}" for part in range(1, 8)}
    assert not [one for one in hes.manifest["sources"]["hes_apc"]["problems"] if one["column"] == "STARTAGE"]
    assert not any(what.startswith("STARTAGE") for what in hes.manifest["sources"]["hes_apc"]["blanked"])
    linked = set(hes.table("people.parquet").person_id)
    with_birth = infants[infants.MYDOB.map(born).notna() & ~infants.ADMIDATE.isin(UNKNOWN_DATE)]
    assert len(with_birth) > 100
    assert set(with_birth.PSEUDO_HESID.map(person)) <= linked


def test_diagnoses_ending_in_x_lose_it_and_empty_marks_are_no_codes(hes, episodes):
    points = hes.table("points")
    diagnoses = points[points.kind == "diagnosis"]
    assert episodes.DIAG_4_01.str.endswith("X").any()
    assert diagnoses.code.str.fullmatch(r"[A-Z]\d[0-9A-WYZ]\d?").all()
    restricted = load_codelists()["restricted"]
    months = hes.table("people.parquet").set_index("person_id").birth_month
    whole = episodes.assign(person=episodes.PSEUDO_HESID.map(person))
    whole = whole[whole.person.isin(months.index) & ~whole.ADMIDATE.isin(UNKNOWN_DATE)]
    whole = whole[[dt.date.fromisoformat(day) >= months[one] for one, day in zip(whole.person, whole.EPISTART, strict=True)]]
    main = whole[whole.DIAG_4_01.str.fullmatch(r"[A-Z]\d\dX")]
    expected = {
        (one, day, code[:3])
        for one, day, code in zip(main.person, main.EPISTART, main.DIAG_4_01, strict=True)
        if not restricted.covers("icd10", code[:3])
    }
    first = diagnoses[diagnoses.position == 1]
    found = set(zip(first.person_id, first.event_date.astype(str), first.code, strict=True))
    assert len(expected) > 100
    assert expected <= found


def test_practices_that_stand_for_no_practice_register_nobody(hes, episodes):
    assert {"&", "V81998", "V81999"} <= set(episodes.GPPRAC)
    codes = hes.table("registrations.parquet").practice_code
    assert not codes.isin(["&", "V81997", "V81998", "V81999"]).any()
    assert len(codes) > 1000


def test_ethnicity_not_known_or_not_stated_is_unknown(hes, episodes):
    people = hes.table("people.parquet").set_index("person_id").ethnicity
    said = episodes.groupby(episodes.PSEUDO_HESID.map(person)).ETHNOS.agg(set)
    never = [one for one, codes in said.items() if one in people.index and codes <= {"Z", "X", "9"}]
    assert len(never) > 100
    assert set(people.loc[never]) == {"unknown"}


def test_no_identifier_of_artificial_hes_is_on_screen_or_in_the_manifest(hes):
    text = hes.ran.out + hes.ran.err + str(hes.manifest)
    assert not re.search(r"TEST[0-9A-Za-z]{28}", text)
