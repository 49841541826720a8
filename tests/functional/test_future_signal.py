"""A strong signal that becomes known only after an index date leaves its features and its cohort exactly as they were."""

import datetime as dt
import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from casefinder.codelists import load_codelists
from casefinder.cohorts import Cohort
from casefinder.config import load_model
from casefinder.engines import Workspace
from casefinder.features import FeatureTable, chosen
from casefinder.histories import Histories
from casefinder.outcomes import OutcomeTable, outcome
from tests.functional.lists import copied, done, own_raw
from tests.functional.test_release_again import identities

INDEX, LATER = dt.date(2024, 10, 1), dt.date(2025, 10, 1)
FALL, SEVERE_FRAILTY = "161898004", "925861000000102"


def answers(folder: Path, date: dt.date) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the features and the cohort of everyone on a date, by person."""
    histories = Histories(Workspace(folder / "workspace").newest("histories"))
    codelists, model = load_codelists(None), load_model("emergency_admission")
    table = FeatureTable(chosen(), histories.concepts, codelists, histories.version.manifest["supplied"])
    cohort = Cohort(model.cohort, histories.concepts, codelists)
    practices = histories.concepts.table["code"]
    features, rows = [], []
    for block in histories:
        people, found = block.people.to_pylist(), cohort.rows(block, [date])
        at = [practices.get(one) for one in found.practice[:, 0]]
        features.append(pd.DataFrame(table.rows(block, [date]), index=people, columns=table.names))
        rows.append(pd.DataFrame({"rule": found.rule[:, 0], "practice": at}, index=people))
    return pd.concat(features).sort_index(), pd.concat(rows).sort_index()


def with_the_outcome(folder: Path) -> list[str]:
    """Return everyone who is admitted as an emergency in the year from the index date."""
    histories = Histories(Workspace(folder / "workspace").newest("histories"))
    table = OutcomeTable(
        outcome("emergency_admission"), 365, histories.concepts, load_codelists(None), follows_leavers=False
    )
    found: list[str] = []
    for block in histories:
        seen = table.rows(block, [INDEX], np.ones((len(block), 1), dtype=bool)).observed
        found += np.asarray(block.people.to_pylist())[seen > 0].tolist()
    return found


@pytest.fixture(scope="module")
def told(linked_district, tmp_path_factory) -> Path:
    """The district linked again; its raw files tell of everyone with the outcome what nobody could know at the index date.

    Falls before the index date that were entered after it; frailty, A&E visits and emergency stays from after it; and for
    every tenth of them a registered death and an end of registration.
    """
    folder = copied(linked_district, tmp_path_factory.mktemp("told") / "district")
    raw = own_raw(folder, "gp_observations.parquet", "ecds.csv", "hes_apc.csv", "deaths.csv.gz", "gp_registrations.csv")
    number = identities(folder)
    people = [number[person] for person in with_the_outcome(folder)]
    assert len(people) > 200
    plant_entries(raw / "gp_observations.parquet", people)
    plant_visits(raw / "ecds.csv", people)
    plant_stays(raw / "hes_apc.csv", people)
    alive = known_alive(raw, people)[::10]
    with gzip.open(raw / "deaths.csv.gz", "at", encoding="utf-8", newline="") as stream:
        stream.writelines(f"{one},2026-01-20,2026-01-27,I219\n" for one in alive)
    end_registrations(raw / "gp_registrations.csv", alive)
    done(folder, "link")
    return folder


def plant_entries(path: Path, people: list[str]) -> None:
    rows = pd.read_parquet(path)
    one = rows.iloc[[0] * len(people)].assign(NHS_NUMBER=people, RESULT_VALUE=None, RESULT_UNIT_CODE=None)
    late = one.assign(MAPPED_CONCEPT_CODE=FALL, CLINICAL_EFFECTIVE_DATE="2024-09-03", DATE_RECORDED="2024-10-01")
    after = one.assign(MAPPED_CONCEPT_CODE=SEVERE_FRAILTY, CLINICAL_EFFECTIVE_DATE="2024-10-01", DATE_RECORDED="2024-10-02")
    pd.concat([rows, late, after]).to_parquet(path, index=False)


def plant_visits(path: Path, people: list[str]) -> None:
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    keys = [str(800_000_000 + place) for place in range(len(people))]
    more = rows.iloc[[0] * len(people)].assign(NHS_Number=people, Attendance_Identifier=keys, Arrival_Date="2024-10-04")
    pd.concat([rows, more]).to_csv(path, index=False)


def plant_stays(path: Path, people: list[str]) -> None:
    """Two emergency stays apart from any other: one from after the index date, one from before it that arrived after it."""
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    like = rows[(rows["EPIORDER"] == "1") & (rows["ADMIMETH"] == "21") & (rows["DISDATE"] == rows["EPIEND"])].iloc[[0]]
    near = pd.to_datetime(rows["ADMIDATE"], errors="coerce").between("2024-08-15", "2024-12-31")
    open_stay = ~rows["DISDATE"].str.match(r"20\d\d-")
    clear = sorted(set(people) - set(rows[near | open_stay]["NEWNHSNO"]))
    assert len(clear) > 100
    more = []
    for start, (admitted, discharged, sent) in enumerate(
        [("2024-11-10", "2024-11-20", "2024-12-10"), ("2024-09-10", "2024-09-20", "2024-10-01")]
    ):
        keys = [str(800_000_000 + 10_000 * start + place) for place in range(len(clear))]
        more.append(
            pd.concat([like] * len(clear)).assign(
                NEWNHSNO=clear, EPIKEY=keys, ADMIDATE=admitted, EPISTART=admitted, EPIEND=discharged, DISDATE=discharged,
                SUBDATE=sent, STARTAGE="75",
            )
        )  # fmt: skip
    pd.concat([rows, *more]).to_csv(path, index=False)


def known_alive(raw: Path, people: list[str]) -> list[str]:
    dead = set(pd.read_csv(raw / "deaths.csv.gz", dtype=str)["NHS_NUMBER"])
    patients = pd.read_csv(raw / "gp_patients.csv", dtype=str, keep_default_na=False)
    dead |= set(patients[patients["DEATH_YEAR"] != ""]["NHS_NUMBER"])
    return [one for one in people if one not in dead]


def end_registrations(path: Path, people: list[str]) -> None:
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    now = rows["NHS_NUMBER"].isin(people) & (rows["END_DATE"] == "")
    rows.loc[now, ["END_DATE", "END_DATE_RECORDED"]] = ["2024-09-25", "2024-10-01"]
    rows.to_csv(path, index=False)


def test_features_and_cohort_of_the_index_date_are_identical(linked_district, told):
    before, after = answers(linked_district, INDEX), answers(told, INDEX)
    assert len(before[0]) > 5000
    pd.testing.assert_frame_equal(before[0], after[0], check_exact=True)
    pd.testing.assert_frame_equal(before[1], after[1])


def test_the_same_facts_change_a_later_date(linked_district, told):
    """So the test above would notice them: a year later everyone told of has a fall and severe frailty on record."""
    before, after = answers(linked_district, LATER), answers(told, LATER)
    people = with_the_outcome(linked_district)
    changed = (before[0].loc[people].fillna(-1) != after[0].loc[people].fillna(-1)).any(axis=1)
    assert changed.all()
    stays = "emergency_admissions_365d"
    assert (after[0].loc[people, stays] - before[0].loc[people, stays]).sum() > 100
    assert (before[1]["rule"] != after[1]["rule"]).sum() > 10
