"""The main job on records that nobody here made up: CMS DE-SynPUF linked, trained on and listed by the command line.

Practice stands for county, cluster for state. The data lie outside the project, in ../shared/data/desynpuf.
"""

import csv
import gzip
import html
import json
import math
import os
import re
import shutil
from collections import Counter
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from casefinder.codelists import load_codelists
from casefinder.config import load_site
from casefinder.dates import parse_date
from casefinder.engines import Workspace
from casefinder.errors import CalibrationAlarm
from casefinder.features import FeatureTable, chosen, families
from casefinder.histories import Histories
from tests.conftest import made_once
from tests.functional.conftest import ROOT, casefinder

pytestmark = [pytest.mark.third_party, pytest.mark.slow]

DATA = ROOT.parent / "shared" / "data" / "desynpuf"
SITE = ROOT / "configs" / "sites" / "desynpuf" / "site.yaml"
AS_OF = "2011-01-01"
"""The day after the last yearly summary was known."""
UNFED = ("community", "emergency_admissions", "frailty", "general_practice", "medicines", "mental_health", "outpatients",
         "social_care", "tests_and_measures", "urgent_care")  # fmt: skip
"""Families that nothing in a yearly summary and inpatient claims in ICD-9 can feed."""


def raw(part):
    """The raw rows of a kind of file, straight from the gzip."""
    for path in sorted(DATA.glob(f"DE1_0_*{part}*.csv.gz")):
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)


def whole_job(folder):
    workspace = folder / "workspace"
    county = "05200"
    state = "State 05"
    for words in (
        ("link", "--site", SITE, "--data", DATA),
        ("train", "any_admission"),
        ("weekly", "--as-of", AS_OF),
        ("worklist", "--practice", county, "--as-of", AS_OF, "--out", folder / "county"),
        ("worklist", "--cluster", state, "--as-of", AS_OF, "--out", folder / "state"),
    ):
        ran = casefinder(*words, "--workspace", workspace)
        assert ran.code == 0, f"casefinder {words[0]}: {ran.words}"
        with (folder / f"{words[0]}.txt").open("a", encoding="utf-8") as file:
            file.write(ran.out + ran.err)


@pytest.fixture(scope="session")
def job(tmp_path_factory):
    """The folder of the whole job: workspace/, county/, state/, and what each command printed."""
    if not any(DATA.glob("*.csv.gz")):
        message = "CMS DE-SynPUF is not at hand: expected in ../shared/data/desynpuf beside the checkout"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)

    def make(folder):
        folder.mkdir()
        whole_job(folder)

    return made_once(tmp_path_factory, "desynpuf", make)


@pytest.fixture(scope="session")
def record(job):
    return Workspace(job / "workspace").newest("record", "link first")


@pytest.fixture(scope="session")
def claims(job):
    return list(raw("Inpatient"))


@pytest.fixture(scope="session")
def bundle(job):
    folder = job / "workspace" / "models" / "any_admission" / "000001"
    return json.loads((folder / "bundle" / "bundle.json").read_text(encoding="utf-8")), folder


@pytest.fixture(scope="session")
def lists(job):
    return Workspace(job / "workspace").newest("lists", "weekly first")


def rows_of(folder):
    (path,) = folder.glob("*.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


# --- linking ------------------------------------------------------------------------------------------------------------


def test_every_raw_row_is_accounted_for(job, record, claims):
    sources = record.manifest["sources"]
    assert {name: one["read"] for name, one in sources.items()} == {
        "desynpuf_inpatient": len(claims),
        "summary_2008": sum(1 for _ in raw("2008_Beneficiary")),
        "summary_2009": sum(1 for _ in raw("2009_Beneficiary")),
        "summary_2010": sum(1 for _ in raw("2010_Beneficiary")),
    }
    for name, one in sources.items():
        assert one["read"] == one["accepted"] + one["quarantined"], name
        assert one["quarantined"] <= one["read"] / 1000, name
    assert "Rows (read = accepted + quarantined)" in (job / "link.txt").read_text(encoding="utf-8")


def test_a_claim_in_two_segments_is_one_spell(record, claims):
    assert max(Counter(row["CLM_ID"] for row in claims).values()) == 2
    assert record.manifest["hospital_stays"]["spells"] == len({row["CLM_ID"] for row in claims})


def test_stays_that_overlap_are_joined_and_none_is_lost(record):
    found = record.manifest["hospital_stays"]
    joined = found["spells_joined_by_overlap"] + found["spells_joined_by_transfer"]
    assert joined > 0
    assert record.manifest["facts"]["stays"] == found["spells"] - joined


def test_negative_payments_are_blanked_and_counted_and_all_others_add_up(record, claims):
    paid = [float(row["CLM_PMT_AMT"]) for row in claims]
    negative = sum(amount < 0 for amount in paid)
    assert negative > 0
    assert record.manifest["sources"]["desynpuf_inpatient"]["blanked"] == {"CLM_PMT_AMT: is below 0": negative}
    stays = pd.read_parquet(record / "stays", columns=["cost"])
    assert int(stays["cost"].min()) == 0
    assert int(stays["cost"].sum()) == round(100 * sum(amount for amount in paid if amount > 0))


def test_a_negative_yearly_payment_is_no_cost(record):
    expected = 0
    for row in raw("Beneficiary"):
        expected += sum(max(0.0, float(row[name])) for name in ("MEDREIMB_IP", "MEDREIMB_OP", "MEDREIMB_CAR"))
    points = pd.read_parquet(record / "points", columns=["kind", "cost"], filters=[("kind", "==", "annual_cost")])
    assert int(points["cost"].min()) > 0
    assert int(points["cost"].sum()) == round(100 * expected)


def test_flags_mean_yes_by_one_and_no_by_two(record):
    expected = sum(row["SP_DIABETES"] == "1" for row in raw("Beneficiary"))
    wanted = [("kind", "==", "register"), ("code", "==", "SP_DIABETES")]
    assert len(pd.read_parquet(record / "points", columns=["person_id"], filters=wanted)) == expected


def test_people_and_deaths_are_those_of_the_files(record):
    people = pd.read_parquet(record / "people.parquet")
    ids = {row["DESYNPUF_ID"] for row in raw("Beneficiary")}
    dead = {row["DESYNPUF_ID"]: row["BENE_DEATH_DT"] for row in raw("Beneficiary") if row["BENE_DEATH_DT"]}
    assert len(people) == len(ids)
    assert people["death_date"].notna().sum() == len(dead)
    known = pd.to_datetime(people["death_known_date"].dropna())
    assert {(date.month, date.day) for date in known} == {(12, 31)}, "the yearly summary is known at the end of its year"


def test_no_identifier_of_the_files_is_in_the_workspace(job, record):
    some = [row["DESYNPUF_ID"] for _, row in zip(range(50), raw("2008_Beneficiary"), strict=False)]
    people = set(pd.read_parquet(record / "people.parquet")["person_id"])
    assert people.isdisjoint(some)
    for path in (*job.glob("*.txt"), *(job / "county").iterdir(), *(job / "state").iterdir()):
        content = path.read_bytes()
        assert not any(one.encode() in content for one in some), path.name


# --- what the site cannot feed --------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def features(job):
    """The features of one block of people, and the table that made them."""
    histories = Histories(Workspace(job / "workspace").newest("histories", "link first"))
    table = FeatureTable(chosen(), histories.concepts, load_codelists(), histories.version.manifest["supplied"])
    return table, table.rows(histories.block(histories.numbers[0]), [parse_date(AS_OF, "AS_OF")])


def test_the_card_names_the_controller_and_the_legal_basis_of_each_source_fitted_on(bundle):
    _, folder = bundle
    card = (folder / "bundle" / "card.md").read_text(encoding="utf-8")
    assert "Whoever runs casefinder on this public-use file, the data controller" in card
    assert "not personal data: public synthetic records" in card
    assert "DE-SynPUF public-use file, until 2035-12-31" in card


@pytest.mark.parametrize("family", UNFED)
def test_a_family_that_cannot_be_fed_is_empty_and_never_zero(features, bundle, family):
    table, values = features
    place = {name: number for number, name in enumerate(table.names)}
    for feature in families()[family].features:
        assert np.isnan(values[:, place[feature.name]]).all(), feature.name
        assert feature.name in bundle[0]["about"]["not_supplied"]


def test_scores_on_icd10_alone_are_empty_and_those_on_icd9_too_are_not(features):
    table, values = features
    for name in ("hospital_frailty_risk_score", "deficits", "imd_decile"):
        assert np.isnan(values[:, table.names.index(name)]).all(), name
    for name in ("charlson", "cambridge_score", "any_admissions_730d", "diabetes_years", "cost_yearly_inpatient_365d"):
        column = values[:, table.names.index(name)]
        assert len(np.unique(column[~np.isnan(column)])) > 3, name


# --- the model ------------------------------------------------------------------------------------------------------------


def test_any_admission_reaches_an_auroc_of_three_quarters(bundle):
    about = bundle[0]["about"]
    assert about["index_dates"]["test"] == ["2009-01-01"]
    for figures in (about["figures"], about["figures_of_other"]):
        assert figures["c_statistic"] >= 0.75
        assert figures["c_statistic_low"] <= figures["c_statistic"] <= figures["c_statistic_high"]
    assert 0.9 < about["figures"]["observed_expected"] < 1.1


def test_the_model_is_person_disjoint_and_says_that_it_is_not_temporal(job, bundle):
    content, folder = bundle
    assert content["about"]["temporal"] is False
    card = (folder / "bundle" / "card.md").read_text(encoding="utf-8")
    assert "Not a temporal test: same date, other people." in card
    assert "Nobody tested was trained on." in card
    assert "The test date lies after" not in card
    assert "on people never trained on (not temporal)" in (job / "train.txt").read_text(encoding="utf-8")


def test_each_person_of_the_cohort_is_in_one_part(bundle):
    exact = json.loads((bundle[1] / "exact.json").read_text(encoding="utf-8"))
    assert sum(exact["rows"].values()) == exact["attrition"][-1]["left"]
    assert set(exact["rows"]) == {"fit", "stop", "calibrate", "test"}


def test_the_figures_are_not_too_good_to_be_true(bundle):
    """Nothing of 2009 was known on its first day: a model that saw it would do much better than this."""
    assert bundle[0]["about"]["figures"]["c_statistic"] < 0.82


# --- the lists ------------------------------------------------------------------------------------------------------------


def test_counts_of_the_weekly_run_add_up(lists, record):
    attrition = lists.manifest["attrition"]["any_admission"]
    assert attrition[0]["left"] == record.manifest["people"]["n"]
    for before, after in pairwise(attrition):
        assert after["left"] == before["left"] - after["left_out"], after["rule"]
    assert lists.manifest["scored"] == {"any_admission": attrition[-1]["left"]}
    risks = pd.read_parquet(lists / "risks" / "any_admission")
    assert len(risks) == attrition[-1]["left"] == risks["person_id"].nunique()
    assert sum(lists.manifest["registered"].values()) == len(risks)
    assert risks["risk"].between(0, 1, inclusive="neither").all()


@pytest.mark.parametrize(
    ("folder", "column", "name"), [("county", "practice_code", "05200"), ("state", "gp_cluster", "State 05")]
)
def test_a_list_holds_exactly_its_first_people(job, lists, folder, column, name):
    settings = load_site(SITE).lists
    k = settings.practice_k if folder == "county" else settings.cluster_k
    rows = rows_of(job / folder)
    assert [int(row["Rank"]) for row in rows] == list(range(1, k + 1))
    risks = pd.read_parquet(lists / "risks" / "any_admission")
    here = risks[risks[column] == name].nlargest(k, "raw_score", keep="all")
    listed = {row["Pseudonym"] for row in rows}
    assert len(listed) == k
    assert listed <= set(here["person_id"])
    percent = [float(row["Risk %"]) for row in rows]
    assert percent == sorted(percent, reverse=True)
    shown = dict(zip(here["person_id"], here["risk"], strict=True))
    assert percent == pytest.approx([100 * shown[row["Pseudonym"]] for row in rows], abs=0.051)


def test_reasons_are_spoken_and_nothing_that_is_not_supplied_is_one(job):
    for folder in ("county", "state"):
        for row in rows_of(job / folder):
            said = " ".join(row[f"Reason {number}"] for number in (1, 2, 3, 4)) + row["What lowers it"]
            assert row["Reason 1"]
            assert not re.search(r"A&E|111|ambulance|GP contact|medicine|emergency|blood pressure|home care|nan", said), said
            assert "blood pressure" not in row["Not known"], "a missing feed says nothing about a person"


def test_the_page_says_which_feeds_are_not_supplied(job):
    (path,) = (job / "county").glob("*.html")
    text = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", path.read_text(encoding="utf-8"))).split())
    found = re.search(r"Not supplied: ([^.]+)\.", text)
    assert found
    named = set(found[1].split(", "))
    assert named == {"A&E", "111 calls", "Ambulance", "Outpatients", "GP records", "Prescriptions", "Community services",
                     "Mental health", "Social care"}  # fmt: skip


def test_contributions_of_everyone_listed_add_up_to_their_raw_score(lists):
    reasons = pd.read_parquet(lists / "reasons.parquet")
    parts = reasons[reasons["kind"].isin(("sum", "base"))].groupby("person_id")["contribution"].sum()
    risks = pd.read_parquet(lists / "risks" / "any_admission").set_index("person_id")["raw_score"]
    gap = (parts - risks.reindex(parts.index)).abs().max()
    assert not math.isnan(gap)
    assert gap < 1e-6


def test_a_practice_that_is_not_there_is_refused(job):
    ran = casefinder("worklist", "--practice", "99999", "--as-of", AS_OF, "--workspace", job / "workspace")
    assert ran.code == 16
    assert "nobody to list for '99999'" in ran.words


# --- monitoring -----------------------------------------------------------------------------------------------------------

SEEN_ON = "2011-02-01"
"""The first day on which the whole of 2010 would have been known, at the 30 days that claims are said to take."""


@pytest.fixture(scope="session")
def looked(tmp_path_factory, job):
    """What was seen of the model fitted on 2008 to predict 2009, used at the end of 2009: manifest, page, and the words."""

    def make(folder):
        shutil.copytree(job / "workspace", folder / "workspace", ignore=shutil.ignore_patterns("lists*", "log"))
        ran = casefinder("monitor", "--as-of", SEEN_ON, "--workspace", folder / "workspace")
        (folder / "monitor.json").write_text(json.dumps([ran.code, ran.words, ran.err]), encoding="utf-8")

    folder = made_once(tmp_path_factory, "desynpuf_looked", make)
    return (Workspace(folder / "workspace").newest("monitoring"), *json.loads((folder / "monitor.json").read_text("utf-8")))


def test_the_model_used_at_the_end_of_2009_raises_the_calibration_alarm(looked):
    version, code, words, _errors = looked
    assert code == CalibrationAlarm.exit_code, words
    assert version.manifest["models"]["any_admission"]["looks"] == ["2010-01-01"]
    alarms = {one["cluster"]: one["way"] for one in version.manifest["alarms"]}
    assert alarms["all clusters"] == "over-predicts"
    assert set(alarms.values()) == {"over-predicts"}
    clusters = pd.read_parquet(version / "by_cluster.parquet").set_index("cluster")
    assert clusters.loc["all clusters", "ratio"] < 0.7


def test_the_incomplete_inpatient_feed_is_named_before_the_alarm(looked):
    version, _code, _words, errors = looked
    lines = [line.strip() for line in errors[errors.index("The risks of a model are wrong") :].splitlines()]
    assert lines[1].startswith(
        "Hospital stays: incomplete: 11 of the last 12 complete months lie below their range (Dec 2010"
    )
    alarm = next(line for line in lines if line.startswith("any_admission@1, all clusters"))
    assert alarm.endswith("Look at the feed first: Hospital stays")
    assert version.manifest["feeds_at_fault"][0] == "Hospital stays"


def test_monthly_admissions_decay_through_2010_as_in_the_raw_claims(looked, claims):
    volumes = pd.read_parquet(looked[0] / "volumes.parquet")
    stays = volumes[volumes["kind"] == "hospital"].set_index("month")["facts"]
    raw_months = Counter(row["CLM_ADMSN_DT"].replace("-", "")[:6] for row in claims if row["SEGMENT"] == "1")
    months = [f"2010{number:02d}" for number in range(1, 13)]
    seen = [int(stays.loc[parse_date(f"{month[:4]}-{month[4:]}-01", "month")]) for month in months]
    # Stays that overlap are joined, and a few claims of the last days were not known yet.
    assert all(0.95 * raw_months[month] <= count <= raw_months[month] for month, count in zip(months, seen, strict=True))
    assert seen[-1] < seen[0] / 5


def test_the_alarm_rests_on_the_people_of_the_files(looked, record):
    """A twelfth of the people, admitted in 2010 as the claims say, over the risks that the model gave them then."""
    months = pd.read_parquet(looked[0] / "by_month.parquet")
    people = int(months["people"].iloc[0])
    share = months["events"].iloc[0] / people
    stays = pd.read_parquet(record / "stays", columns=["person_id", "start_date"])
    in_2010 = stays[pd.to_datetime(stays["start_date"]).dt.year == 2010]["person_id"].nunique()
    alive = pd.read_parquet(record / "people.parquet")["death_date"]
    there = int((alive.isna() | (pd.to_datetime(alive) >= "2010-01-01")).sum())
    assert people == pytest.approx(there / 12, rel=0.1)
    assert share == pytest.approx(in_2010 / there, rel=0.1)
