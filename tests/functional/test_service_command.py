"""A service evaluated from protocol to report, and everything that must stop on the way."""

import csv
import datetime as dt
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from casefinder.dates import NEVER, to_day
from casefinder.engines import Workspace
from casefinder.histories import Histories, happened
from casefinder.services.at_the_cut import AT_THE_CUT
from casefinder.worklist.history import Invitation, IssuedRow, ListHistory, history_url
from casefinder.worklist.invitations import drawn
from tests.functional.conftest import casefinder
from tests.functional.test_privacy import numbers_of, people_of
from tests.published import walk

NAME = "small_service"
PROTOCOL = """
name: small_service
title: Case management, a small made-up district
question: Do people taken on have fewer emergency admissions in the half year that follows?
trial:
  eligibility: Adults registered for a year.
  strategies: Case management against what people get without it.
  start: The day on which the caseload begins.
  outcome: Emergency admissions in 180 days.
  contrast: The effect in those taken on, by intention to treat.
served: {source: caseload, caseloads: [community_case_management]}
comparator: {area: both, justification: It runs in two clusters of several.}
horizon_days: 180
outcomes: [ae_attendances, care_home_entry, cost, days_alive_out_of_hospital]
negative_controls: [eye_appointments, skin_appointments]
exact: [sex]
covariates: [age, condition_count, hospital_frailty_risk_score, ae_attendances_365d]
closeness: [prognostic_score, age]
matching: {ratio: 3, caliper: 0.5}
alternatives: {calipers: [0.3], ratios: [1], replacement: true, propensity_only: false}
go: {least_people: 10, least_matched: 0.3}
organisation_level: true
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory, linked_district):
    """A copy of the linked district with a protocol, designed once."""
    from tests.functional.conftest import _copy

    folder = _copy(linked_district, tmp_path_factory.mktemp("served") / "district")
    write_protocol(folder, PROTOCOL)
    ran = service(folder, "design")
    assert ran.code == 0, ran.words
    (folder / "design.txt").write_text(ran.out, encoding="utf-8")
    return folder


def write_protocol(folder: Path, text: str, name: str = NAME) -> None:
    (folder / "site" / "services").mkdir(exist_ok=True)
    (folder / "site" / "services" / f"{name}.yaml").write_text(text, encoding="utf-8")


def service(folder: Path, word: str, *more: str | Path, name: str = NAME):
    return casefinder("service", word, name, "--workspace", folder / "workspace", *more)


def design_of(folder: Path, number: int = 1) -> Path:
    return folder / "workspace" / "service_designs" / f"{number:06d}"


def test_a_new_protocol_is_written_once_and_refused_until_it_is_filled_in(served):
    made = service(served, "new", name="virtual_ward")
    assert made.code == 0, made.words
    again = service(served, "new", name="virtual_ward")
    assert again.code == 10
    checked = service(served, "check", name="virtual_ward")
    assert checked.code == 10
    assert "served.caseloads[0]: still says" in checked.words
    assert service(served, "check").code == 0


def test_the_design_says_whether_it_is_fit_and_holds_no_outcome(served):
    said = (served / "design.txt").read_text(encoding="utf-8")
    assert "matched with at least one control" in said
    assert "it to proceed" in said
    manifest = json.loads((design_of(served) / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["flow"][-1][1] >= 10
    members = pd.read_parquet(design_of(served) / "members.parquet")
    declared = members[members["design"] == "as declared"]
    assert declared.loc[~declared["treated"], "person_id"].is_unique
    assert (declared.groupby("matched_set")["said_sex"].nunique() == 1).all()
    assert (declared.groupby("matched_set")["landmark"].nunique() == 1).all()
    assert (declared["own_start"] >= declared["landmark"]).all()


def test_whoever_starts_later_is_a_control_until_then_and_nobody_after_their_start(served):
    members = pd.read_parquet(design_of(served) / "members.parquet")
    others = members[~members["treated"]]
    assert (others["own_start"] > others["landmark"]).all()
    assert (others["own_start"] < NEVER).any()


def test_the_run_up_counts_what_had_happened_whenever_it_was_told(served):
    histories = Histories(Workspace(served / "workspace").newest("histories"))
    members = pd.read_parquet(design_of(served) / "members.parquet")
    members = members[members["design"] == "as declared"]
    stays: dict[str, list[int]] = {}
    for block in histories:
        people = block.people.to_pylist()
        facts = happened(block, histories.concepts, ["hospital"])
        for person, start in facts.loc[facts["method"] == "emergency", ["person", "start"]].itertuples(index=False):
            stays.setdefault(people[person], []).append(start)
    seen = 0
    for row in members.to_dict("records"):
        apart = [row["landmark"] - day for day in stays.get(row["person_id"], [])]
        for near, far in ((0, 30), (30, 90), (90, 365), (365, 730)):
            count = sum(near < days <= far for days in apart)
            assert row[f"emergency_admissions_{near + 1 if near else 0}_to_{far}_days_before"] == count
            seen += count
    assert seen > 20


def test_what_happens_after_time_zero_changes_no_byte_of_the_design(served, tmp_path):
    """Deaths, stays, attendances and all other facts from the last time zero on are taken out of the histories."""
    folder = tmp_path / "district"
    shutil.copytree(served, folder, symlinks=True)
    note = folder / "workspace" / "deployment.json"
    note.write_text(note.read_text(encoding="utf-8").replace(str(served), str(folder)), encoding="utf-8")
    workspace = Workspace(folder / "workspace")
    members = pd.read_parquet(design_of(folder) / "members.parquet")
    first_by_person = members[members["treated"]].groupby("person_id")["landmark"].min()
    last = int(members["landmark"].max())
    taken = forget(Histories(workspace.newest("histories")), first_by_person, last)
    assert taken > 1000
    ran = service(folder, "design")
    assert ran.code == 0, ran.words
    for name in ("members.parquet", "balance.parquet", "unmatched.parquet"):
        assert (design_of(folder) / name).read_bytes() == (design_of(folder, 2) / name).read_bytes()


def forget(histories: Histories, own: pd.Series, last: int) -> int:
    """Take out every fact from a treated person's own time zero on, and of all others from the last one on."""
    taken = 0
    for number in histories.numbers:
        path = histories.folder / "blocks" / f"{number:05d}.parquet"
        table = pq.read_table(path)
        people = histories.block(number).people.to_pandas()
        zero = people.map(own).fillna(last).to_numpy(dtype=np.int64)
        person, start = table["person"].to_numpy(), table["start"].to_numpy()
        keep = start < zero[person]
        end = table["end"].to_numpy().copy()
        end[end >= zero[person]] = NEVER
        changed = table.set_column(table.column_names.index("end"), "end", pa.array(end))
        pq.write_table(changed.filter(pa.array(keep)), path)
        taken += int((~keep).sum())
    return taken


def test_no_outcome_is_looked_at_before_the_sign_off_or_after_an_edited_protocol(served):
    refused = service(served, "effect")
    assert refused.code == 22
    assert "has not been signed off" in refused.words
    pages = served / "workspace" / "pages"
    assert not list(pages.glob("service-*")) if pages.is_dir() else True
    write_protocol(served, PROTOCOL.replace("caliper: 0.5", "caliper: 0.6"))
    edited = service(served, "sign-off", "--by", "An evaluator", "--despite", "a test")
    write_protocol(served, PROTOCOL)
    assert edited.code == 22
    assert "was changed after its design" in edited.words


def test_a_signed_design_is_followed_up_and_reported_with_disclosed_figures_only(served, tmp_path):
    unfit = service(served, "sign-off", "--by", "An evaluator")
    signed = (
        unfit if unfit.code == 0 else service(served, "sign-off", "--by", "An evaluator", "--despite", "a small district")
    )
    assert signed.code == 0, signed.words
    assert unfit.code == 0 or "--despite REASON" in unfit.words
    ran = service(served, "effect", "--out", tmp_path)
    assert ran.code == 0, ran.words
    walk(tmp_path, people_of(served) | numbers_of(served))
    page = (tmp_path / "service-small-service.html").read_text(encoding="utf-8")
    members = pd.read_parquet(design_of(served) / "members.parquet")
    assert not any(person in page for person in members["person_id"])
    for words in (
        "In short",
        "Three comparisons, one estimate",
        "Over practices, before and after",
        "Negative controls",
        "assumes recorded selection",
        "An evaluator",
    ):
        assert words in page, words
    with (tmp_path / "service-small-service-flow.csv").open(encoding="utf-8-sig", newline="") as stream:
        counts = [row["People"] for row in csv.DictReader(stream)]
    assert all(one == "*" or int(one) % 5 == 0 for one in counts)
    write_protocol(served, PROTOCOL.replace("horizon_days: 180", "horizon_days: 181"))
    edited = service(served, "effect", "--out", tmp_path / "again")
    write_protocol(served, PROTOCOL)
    assert edited.code == 22
    assert "was changed after its sign-off" in edited.words
    assert not (tmp_path / "again").exists()


def test_hopeless_cohorts_are_refused_and_nothing_is_written(served):
    before = sorted((served / "workspace" / "service_designs").iterdir())
    caseload = "caseloads: [community_case_management]"
    hopeless = {
        "too_few": ("least_people: 10", "least_people: 5000", "go.least_people: 5000 are asked for"),
        "too_late": (caseload, f"{caseload}, starts_from: 2026-03-01", "outcome window"),
        "nobody": (caseload, "caseloads: [hospital_at_home]", "there are: community_case_management"),
    }
    for name, (said, instead, words) in hopeless.items():
        write_protocol(served, PROTOCOL.replace(said, instead).replace(f"name: {NAME}", f"name: {name}"), name)
        ran = service(served, "design", name=name)
        assert ran.code == 22, ran.words
        assert words in ran.words
    assert sorted((served / "workspace" / "service_designs").iterdir()) == before


LIST_DAY = dt.date(2024, 6, 3)


def issue(served: Path, list_id: str, scope: str, people: list[str], places: int = 0) -> list[str]:
    """Put a list on record as issued, and whom of it a draw invited; return those."""
    history = ListHistory(history_url("", served / "workspace"))
    invited = drawn(list_id, people, places, 1)
    if places:
        history.invite(Invitation(list_id, scope, LIST_DAY, places, len(people), 1, invited))
    rows = [IssuedRow(list_id, rank, person, LIST_DAY, scope, "made up", 0.2) for rank, person in enumerate(people, 1)]
    history.issue(rows)
    history.close()
    return list(invited)


def some_people(served: Path, first: int, last: int) -> list[str]:
    people = pd.read_parquet(design_of(served) / "members.parquet")
    return sorted(people.loc[people["design"] == "not matched", "person_id"].unique())[first:last]


def write_service(served: Path, name: str, source: str, *lines: str) -> None:
    text = PROTOCOL.replace("{source: caseload, caseloads: [community_case_management]}", source)
    text = text.replace(f"name: {NAME}", f"name: {name}").replace("organisation_level: true\n", "")
    write_protocol(served, "\n".join([text, *lines]), name)


def test_everyone_on_an_issued_list_is_served_from_its_date_and_the_cut_is_looked_at(served):
    listed, below = some_people(served, 0, 40), some_people(served, 40, 80)
    issue(served, "one", "practice:PRACTICE", listed)
    with Workspace(served / "workspace").draft("lists") as draft:
        scores = np.linspace(1, -1, 80)
        archived = pd.DataFrame({"person_id": listed + below, "practice_code": "PRACTICE", "raw": scores, "because": None})
        archived.astype({"because": object}).to_parquet(draft / "candidates.parquet")
        draft.finish({"as_of": str(LIST_DAY)})
    write_service(served, "listed_people", "{source: lists, scopes: ['practice:PRACTICE']}", "cut_bandwidth: 0.5")
    ran = service(served, "design", name="listed_people")
    assert ran.code == 0, ran.words
    made = sorted((served / "workspace" / "service_designs").iterdir())[-1]
    members = pd.read_parquet(made / "members.parquet")
    assert set(members["landmark"]) == {to_day(LIST_DAY)}
    cut, matched = members[members["design"] == AT_THE_CUT], members[members["design"] == "as declared"]
    assert set(matched.loc[matched["treated"], "person_id"]) <= set(listed)
    assert set(cut.loc[cut["treated"], "person_id"]) <= set(listed[20:])
    assert set(cut.loc[~cut["treated"], "person_id"]) <= set(below[:20])
    assert cut["running"].abs().max() < 0.5
    assert (cut["running"] >= 0).eq(cut["treated"]).all()
    told = json.loads((made / "manifest.json").read_text(encoding="utf-8"))["cut"]
    assert (told["above"], told["below"], told["lists"]) == (cut["treated"].sum(), (~cut["treated"]).sum(), 1)
    assert "at the cut of 1 lists" in ran.words
    assert "by intention to treat" in json.loads((made / "manifest.json").read_text(encoding="utf-8"))["served_from"]


def test_those_invited_by_chance_are_compared_with_those_on_the_same_list_who_were_not(served, tmp_path):
    people = some_people(served, 80, 200)
    lists = {"here": people[0::2], "there": people[1::2]}
    invited = [person for name, own in lists.items() for person in issue(served, name, f"practice:{name}", own, 20)]
    write_service(served, "drawn_people", "{source: invited}")
    for words in (["design"], ["sign-off", "--by", "An evaluator"], ["effect", "--out", tmp_path]):
        ran = service(served, *words, name="drawn_people")
        assert ran.code == 0, ran.words
    made = sorted((served / "workspace" / "service_signed").iterdir())[-1]
    members = pd.read_parquet(made / "members.parquet")
    assert set(members.loc[members["treated"], "person_id"]) <= set(invited)
    assert not set(members.loc[~members["treated"], "person_id"]) & set(invited)
    where = {person: name for name, own in lists.items() for person in own}
    assert members.assign(list=members["person_id"].map(where)).groupby("matched_set")["list"].nunique().eq(1).all()
    page = (tmp_path / "service-drawn-people.html").read_text(encoding="utf-8")
    assert "Who was invited was drawn by chance" in page
    assert "recorded selection" not in page
    assert "E-value" not in page


def test_identifiers_of_a_service_become_those_of_the_record_and_a_file_of_them_is_a_cohort(served, tmp_path):
    identities = pd.read_csv(served / "identities.csv", dtype=str)
    people = pd.read_parquet(design_of(served) / "members.parquet")
    treated = people.loc[(people["design"] == "as declared") & people["treated"], "person_id"].iloc[:5]
    own = identities[identities["person_id"].isin(treated)]
    raw = tmp_path / "raw.csv"
    own.assign(start_date="2024-01-05", end_date="", name="somebody")[
        ["identifier", "start_date", "end_date", "name"]
    ].to_csv(raw, index=False)
    out = tmp_path / "enrolled.csv"
    ran = casefinder("pseudonymise", raw, "--workspace", served / "workspace", "--out", out)
    assert ran.code == 0, ran.words
    made = pd.read_csv(out, dtype=str)
    assert sorted(made["person_id"]) == sorted(treated)
    assert list(made.columns) == ["person_id", "start_date", "end_date"]
    assert not any(one in ran.words for one in own["identifier"])
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("identifier,start_date,end_date\n1234567890,2024-01-05,\n", encoding="utf-8")
    refused = casefinder("pseudonymise", wrong, "--workspace", served / "workspace", "--out", tmp_path / "never.csv")
    assert refused.code == 11
    assert "line 2" in refused.words
    assert "1234567890" not in refused.words
    assert not (tmp_path / "never.csv").exists()
