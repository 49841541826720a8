"""``casefinder worklist``: whose list, who is on it and who is not, why, and what its three files hold."""

import hashlib
import html
import json
import re
import sqlite3
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook

from casefinder.codelists import load_codelists
from casefinder.config.site import ClusterShare
from casefinder.engines import Workspace
from casefinder.explain.reasons import BACKGROUND, spoken
from casefinder.features import FeatureTable, chosen
from casefinder.histories import Histories
from casefinder.worklist.rules import DECISIONS
from tests.functional.conftest import AS_OF
from tests.functional.lists import (
    HEADER,
    copied,
    csv_rows,
    done,
    excel_rows,
    excel_table,
    list_file,
    removed,
    run,
    set_site,
    visible_text,
)

ONE = "Z80001"
PRACTICES = tuple(f"Z800{number:02d}" for number in range(1, 51, 7))
IN_CARE_HOME, ON_CASELOAD, END_OF_LIFE = (
    "lives in a care home",
    "on the caseload of a service",
    "on the end-of-life register",
)


def candidates(folder: Path, version: str = "000001") -> pd.DataFrame:
    """Return everyone who could stand on a list, best first."""
    return pd.read_parquet(folder / "workspace" / "lists" / version / "candidates.parquet")


def listed(folder: Path, scope: str) -> list[str]:
    """Return the pseudonyms of a list in order."""
    return [row["Pseudonym"] for row in csv_rows(list_file(folder, AS_OF, scope, "csv"))]


def made(folder: Path, *words: str) -> None:
    """Score the district again under its present settings, and make one list."""
    done(folder, "weekly", "--as-of", AS_OF)
    done(folder, "worklist", "--as-of", AS_OF, *words)


# Whose list


@pytest.mark.parametrize(
    "words", [(), ("--practice", ONE, "--cluster", "Aldermoor"), ("--practice", ONE, "--all"), ("--cluster", "x", "--all")]
)
def test_one_list_at_a_time_or_all(district, words):
    ran = run(district, "worklist", "--as-of", AS_OF, *words)
    assert ran.code == 10
    assert "give one of --practice CODE, --cluster NAME or --all" in ran.words


def test_names_do_not_go_on_every_list_at_once(district):
    ran = run(district, "worklist", "--as-of", AS_OF, "--all", "--identities", district / "identities.csv")
    assert ran.code == 10
    assert "--identities: names the people of one list and does not go with --all" in ran.words


def test_places_are_drawn_for_one_list_at_a_time(district):
    ran = run(district, "worklist", "--as-of", AS_OF, "--all", "--invite-at-random", "5")
    assert ran.code == 10
    assert "--invite-at-random: is for the places of one meeting" in ran.words


def test_who_is_invited_is_drawn_once_before_the_list_is_issued(own_district):
    words = ("worklist", "--as-of", AS_OF, "--practice", ONE, "--invite-at-random")
    seen = run(own_district, *words, "5")
    assert seen.code != 0
    assert "was issued before without a draw" in seen.words
    with sqlite3.connect(own_district / "workspace" / "decisions.db") as database:
        database.execute("delete from issued_lists where scope = ?", (f"practice:{ONE}",))
    drawn = run(own_district, *words, "5")
    assert drawn.code == 0, drawn.words
    assert "5 of 15 were drawn to be invited now" in drawn.words
    path = list_file(own_district, AS_OF, f"practice-{ONE}", "csv")
    first = path.read_bytes()
    assert sorted(row["Invitation"] for row in csv_rows(path)) == ["Invite"] * 5 + ["Not drawn"] * 10
    again = run(own_district, *words, "6")
    assert again.code == seen.code
    assert "a draw stands" in again.words
    assert "nothing was drawn again" in done(own_district, *words[:-1]).words
    assert path.read_bytes() == first


@pytest.mark.parametrize(
    ("option", "given", "meant"), [("practice", "Z8O001", r"Z80\d+"), ("cluster", "Aldermore", "Aldermoor")]
)
def test_a_misspelt_practice_or_cluster_brings_the_nearest_one(district, option, given, meant):
    ran = run(district, "worklist", "--as-of", AS_OF, f"--{option}", given)
    assert ran.code == 16
    assert f"There is no list of this {option}:" in ran.words
    assert re.search(rf"--{option}: nobody to list for '{given}'; did you mean '{meant}'\?", ran.words)


@pytest.mark.parametrize(
    ("as_of", "code", "words"),
    [("2026-04-02", 16, f"There are lists of {AS_OF}. Make them with: casefinder weekly"), ("soon", 10, "is not a date")],
)
def test_a_date_without_a_weekly_run(district, as_of, code, words):
    ran = run(district, "worklist", "--as-of", as_of, "--practice", ONE)
    assert ran.code == code
    assert words in ran.words


# Who is on it


@pytest.mark.parametrize("code", PRACTICES)
def test_a_practice_s_list_holds_the_first_k_whom_no_rule_removes(district, code):
    here = candidates(district).query("practice_code == @code")
    free = here[here["because"].isna()]
    assert len(free) > 15
    assert listed(district, f"practice-{code}") == free["person_id"].head(15).tolist()
    above = here[here["because"].notna() & (here["raw"] >= free["raw"].iloc[14])]
    expected = {row.person_id: row.because for row in above.itertuples()}
    told = removed(list_file(district, AS_OF, f"practice-{code}", "xlsx"))
    assert {person: why[:1].lower() + why[1:] for person, why in told.items()} == expected


def test_people_who_came_from_another_practice_stand_on_the_list(district):
    """A registration that ended elsewhere does not make anyone look moved away."""
    registered = pd.read_parquet(district / "workspace" / "record" / "000001" / "registrations.parquet")
    came = set(registered[registered["end_date"].notna()]["person_id"])
    on_lists = {person for code in PRACTICES for person in listed(district, f"practice-{code}")}
    assert came & on_lists


def test_each_rule_is_a_setting(district, own_district):
    """Whom a rule removes stands on the removed sheet with its reason; with the rule off they may be listed."""
    before = candidates(district)
    assert {IN_CARE_HOME, ON_CASELOAD, END_OF_LIFE} == set(before["because"].dropna())
    off = "{care_home_residents: false, on_caseload: false, end_of_life_register: false}"
    set_site(own_district, practice_k=f"  practice_k: 40\n  rules: {off}")
    made(own_district, "--practice", ONE)
    after = candidates(own_district, "000002")
    assert after["because"].isna().all()
    here = after.query("practice_code == @ONE")
    assert listed(own_district, f"practice-{ONE}") == here["person_id"].head(40).tolist()
    barred = set(before.query("practice_code == @ONE and because.notna()")["person_id"])
    assert barred & set(here["person_id"].head(40))
    assert removed(list_file(own_district, AS_OF, f"practice-{ONE}", "xlsx")) == {}


def test_equal_scores_stand_in_the_order_of_a_hash_of_seed_and_person(own_district):
    """A model without any term gives everyone one score; seed and person then settle the order."""
    folder = own_district / "workspace" / "models" / "emergency_admission" / "000001" / "bundle"
    model = json.loads((folder / "logistic.json").read_text(encoding="utf-8")) | {"terms": []}
    (folder / "logistic.json").write_text(json.dumps(model), encoding="utf-8")
    bundle = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
    bundle["about"]["served"] = "logistic"
    bundle["files"]["logistic.json"] = hashlib.sha256((folder / "logistic.json").read_bytes()).hexdigest()
    (folder / "bundle.json").write_text(json.dumps(bundle), encoding="utf-8")
    set_site(own_district, ranked_by="  ranked_by: emergency_admission\n  seed: 7")
    made(own_district, "--practice", ONE)
    found = candidates(own_district, "000002").query("practice_code == @ONE")
    assert found["raw"].nunique() == 1
    scored = pd.read_parquet(own_district / "workspace" / "lists" / "000002" / "risks" / "emergency_admission")
    everyone = scored.query("practice_code == @ONE")["person_id"]
    draw = {one: hashlib.sha256(f"7/{one}".encode()).digest()[:8] for one in everyone}
    barred = set(found[found["because"].notna()]["person_id"])
    assert len(barred) < len(found)
    expected = [one for one in sorted(everyone, key=draw.__getitem__) if one not in barred][:15]
    assert listed(own_district, f"practice-{ONE}") == expected


# A meeting of several practices


def places(free: pd.DataFrame, share: ClusterShare, sizes: dict[str, int], k: int) -> set[str]:
    """Return who should stand on a cluster's list, worked out the long way."""
    if share.method == "risk":
        return set(free["person_id"].head(k))
    codes = sorted(free["practice_code"].unique())
    if share.method == "floor":
        quota = dict.fromkeys(codes, share.floor)
    else:
        exact = {code: k * sizes[code] / sum(sizes[one] for one in codes) for code in codes}
        quota = {code: int(value) for code, value in exact.items()}
        for code in sorted(codes, key=lambda one: (quota[one] - exact[one], one))[: k - sum(quota.values())]:
            quota[code] += 1
    first = {one for code in codes for one in free[free["practice_code"] == code]["person_id"].head(quota[code])}
    others = [one for one in free["person_id"] if one not in first][: k - len(first)]
    return first | set(others)


@pytest.fixture(scope="module")
def shared(district, tmp_path_factory) -> Path:
    """A copy of the district whose meetings are scored again for each way of sharing places."""
    return copied(district, tmp_path_factory.mktemp("shares") / "district")


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (ClusterShare(method="floor", floor=14), "by risk, with a floor for each practice"),
        (ClusterShare(method="list_size"), "in proportion to the practices' lists"),
        (ClusterShare(method="risk"), "by risk alone"),
    ],
    ids=["floor", "list size", "risk"],
)
def test_a_meeting_s_places_are_shared_as_declared(shared, share, words):
    set_site(shared, cluster_share=f"  cluster_share: {{method: {share.method}, floor: {share.floor}}}")
    clusters = pd.read_csv(shared / "site" / "raw" / "practices.csv").groupby("GP_CLUSTER")["PRACTICE_CODE"].nunique()
    name = clusters[clusters > 1].index[0]
    made(shared, "--cluster", name)
    newest = max(path.parent for path in (shared / "workspace" / "lists").glob("*/manifest.json"))
    here = candidates(shared, newest.name).query("gp_cluster == @name")
    free = here[here["because"].isna()]
    sizes = json.loads((newest / "manifest.json").read_text(encoding="utf-8"))["registered"]
    expected = places(free, share, sizes, 30)
    found = listed(shared, f"cluster-{name}")
    assert len(found) == len(expected) == 30
    assert set(found) == expected
    assert found == [one for one in here["person_id"] if one in expected], "in order of rank"
    text = visible_text(list_file(shared, AS_OF, f"cluster-{name}", "html").read_text(encoding="utf-8"))
    assert f"The places of this meeting are shared {words}." in text
    risk = float(
        free[free["person_id"].isin(places(free, ClusterShare(method="risk"), sizes, 30))]["risk_emergency_admission"].sum()
    )
    assert f"{risk:.1f}" in text, "what sharing by risk alone would find stands beside"


# Reasons


@pytest.fixture(scope="module")
def reasons(district) -> pd.DataFrame:
    """Every reason of everyone who may be listed."""
    return pd.read_parquet(district / "workspace" / "lists" / "000001" / "reasons.parquet")


@pytest.fixture(scope="module")
def values(district, reasons) -> pd.DataFrame:
    """The features of everyone who has reasons, worked out again."""
    histories = Histories(Workspace(district / "workspace").newest("histories"))
    table = FeatureTable(chosen(), histories.concepts, load_codelists(None), histories.version.manifest["supplied"])
    parts = []
    for block in histories:
        few = block.only(np.isin(np.asarray(block.people), reasons["person_id"].unique()))
        rows = table.rows(few, [pd.Timestamp(AS_OF).date()])
        parts.append(pd.DataFrame(rows, index=few.people.to_pylist(), columns=table.names))
    return pd.concat(parts)


def test_contributions_add_up_to_the_score(district, reasons):
    parts = reasons[reasons["kind"].isin(["sum", "base"])]
    total = parts.groupby("person_id")["contribution"].sum()
    raw = candidates(district).set_index("person_id")["raw"]
    assert len(total) > 150
    assert (total - raw[total.index]).abs().max() < 1e-6


def test_at_most_four_reasons_raise_and_two_lower_strongest_first_background_last(reasons):
    for kind, sign, most in (("raising", 1, 4), ("lowering", -1, 2)):
        part = reasons[reasons["kind"] == kind].sort_values(["person_id", "place"])
        assert (sign * part["contribution"] > 0).all()
        assert part.groupby("person_id").size().max() == most
        background = part["theme"].isin([theme.value for theme in BACKGROUND]) & (kind == "raising")
        steps = part.groupby(["person_id", background])["contribution"].apply(
            lambda shares, sign=sign: (sign * shares).is_monotonic_decreasing
        )
        assert steps.all()
        assert background.groupby(part["person_id"]).apply(lambda last: last.is_monotonic_increasing).all()
        assert not part.duplicated(["person_id", "theme"]).any()


def test_nothing_absent_is_a_reason(reasons, values):
    """Each theme given as a reason has something on record that may be spoken."""
    themes: dict[str, list] = {}
    for feature in chosen():
        themes.setdefault(feature.theme.value, []).append(feature)
    given = reasons[reasons["kind"].isin(["raising", "lowering"])]
    for row in given.itertuples():
        own = themes[row.theme]
        assert spoken(own, values.loc[[row.person_id], [one.name for one in own]].to_numpy(float)).any(), row.theme
    words = given["words"].tolist() + reasons.loc[reasons["kind"] == "review", "words"].tolist()
    assert not [one for one in words if re.search(r"(^|; )(no|never|not|0) ", one)]


def test_sensitive_entries_are_never_spoken(district, reasons, values):
    sensitive = [feature for feature in chosen() if feature.sensitive and feature.words and not feature.categories]
    present = [feature for feature in sensitive if (values[feature.name].fillna(0) > 0).any()]
    assert present, "somebody on a list has something that may not be spoken"
    spoken = " ".join(reasons["words"])
    for words in (
        "mental illness",
        "alcohol problem",
        "substance misuse",
        "for poisoning",
        "lithium",
        "ward",
        "(crisis)",
        "prison",
    ):
        assert words not in spoken, words
    pages = [list_file(district, AS_OF, f"practice-{code}", "html").read_text(encoding="utf-8") for code in PRACTICES]
    text = " ".join(map(visible_text, pages))
    for words in ("substance misuse", "alcohol problems", "poisoning", "safeguarding", "prison"):
        assert words not in text, words


def test_reasons_tell_value_and_latest_date(reasons):
    raising = reasons[reasons["kind"] == "raising"]
    assert raising["words"].str.contains(r"\d").mean() > 0.8
    dated = raising[raising["latest_date"].notna()]
    assert len(dated) > 100
    assert (pd.to_datetime(dated["latest_date"]) < AS_OF).all()


# The three files


@pytest.mark.parametrize("code", [ONE, "Z80043"])
def test_the_three_files_agree(district, code):
    path = list_file(district, AS_OF, f"practice-{code}", "csv")
    rows, sheet = csv_rows(path), excel_rows(path.with_suffix(".xlsx"))
    text = visible_text(path.with_suffix(".html").read_text(encoding="utf-8"))
    assert len(rows) == len(sheet) == 15
    for row, cells in zip(rows, sheet, strict=True):
        assert str(cells["Rank"]) == row["Rank"]
        assert round(100 * float(str(cells["Risk %"])), 1) == float(row["Risk %"])
        for heading in ("Pseudonym", "Practice", "Sex", "Risk", "Band", "Change since last list", "Reason 1", "Reason 4"):
            assert (cells[heading] or "") == row[heading]
        for heading in ("What lowers it", "May be worth reviewing", "Not known"):
            assert str(cells[heading] or "").replace("\n", "; ") == row[heading]
        for heading in ("Pseudonym", "Risk", "Reason 1", "Reason 2"):
            assert row[heading] in text
    places_in_text = [text.index(row["Pseudonym"]) for row in rows]
    assert places_in_text == sorted(places_in_text)
    assert {row["Do not use after"] for row in rows} == {"15 Apr 2026"}
    assert "Do not use after 15 Apr 2026" in text
    assert load_workbook(path.with_suffix(".xlsx"))["List"]["A1"].value == "Do not use after 15 Apr 2026"


def test_the_workbook_is_ready_for_a_meeting(district):
    page = load_workbook(list_file(district, AS_OF, f"practice-{ONE}", "xlsx"))["List"]
    assert page.freeze_panes == f"C{HEADER + 1}"
    assert page.auto_filter.ref.startswith(f"A{HEADER}:")
    offered = next(one for one in page.data_validations.dataValidation if one.type == "list")
    assert offered.formula1 == f'"{",".join(DECISIONS)}"'
    headings = [one.value for one in page[HEADER]]
    for heading in ("Decision", "Owner", "Next action", "Referred to", "Review by or defer until"):
        assert heading in headings


def test_the_page_asks_for_nothing_and_reads_without_script(district):
    page = list_file(district, AS_OF, f"practice-{ONE}", "html").read_text(encoding="utf-8")
    assert "default-src 'none'" in html.unescape(page)
    assert not re.search(
        r"https?://|//[a-z]|\bsrc=|\bhref=\"(?!#|data:,)|@import|url\(",
        re.sub(r"<script>.*?</script>", "", page, flags=re.S),
    )
    assert not re.search(r"fetch\(|XMLHttpRequest|import\(|https?:", page.replace("http-equiv", ""))
    text = visible_text(page)
    for words in (
        "Removed by rule",
        "How this list was made",
        "May be worth reviewing",
        "Reasons explain the score",
        "How fresh",
    ):
        assert words.casefold() in text.casefold()


def test_every_list_says_how_fresh_each_feed_is(district):
    """The planted economy supplies every feed; social care arrives by the quarter and is late."""
    rows = excel_table(list_file(district, AS_OF, f"practice-{ONE}", "xlsx"), "How this list was made")
    told = {row[0]: row[1] for row in rows if len(row) == 3}
    assert told["Hospital stays"] == "up to date"
    assert told["Social care"] == "out of date"
