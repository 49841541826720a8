"""The report: what its first line says, what it withholds, and that nobody is in it."""

import dataclasses
import datetime as dt
import re

import numpy as np
import pandas as pd
import pytest
from tests.published import walk
from tests.unit.services.made_up import HORIZON, programme

from casefinder.config.service import load_protocol
from casefinder.dates import to_date
from casefinder.disclosure import WITHHELD
from casefinder.engines import Version
from casefinder.engines.files import write_frame
from casefinder.reports.published import publish
from casefinder.reports.services import design_publication, service_publication, tables, words
from casefinder.reports.services.tables import effect_table, monthly_table
from casefinder.services.doubts import doubts
from casefinder.services.effects import effects
from casefinder.services.evaluated import Evaluated, _around, _figures
from casefinder.services.followed import Followed
from casefinder.services.kept import SignedOff
from casefinder.services.measures import MEASURES
from casefinder.services.trap import trap

COMPLETE = dict.fromkeys(
    ("hospital", "ae_attendance", "outpatient", "death", "care_home_entry"), str(to_date(1000 + HORIZON))
)
PROTOCOL = load_protocol("community_case_management")
MANIFEST = {
    "design": 3, "signed_by": "An evaluator", "signed_on": "2026-01-05", "despite": "", "is_fit": True,
    "verdict": "Fit to proceed.", "why_not": [], "remarks": [], "after_effects_were_seen": False, "landmarks": [1000, 1000],
    "flow": [["on record as served", 45], ["eligible at their time zero", 42], ["matched with at least one control", 40]],
    "rules": {"died": 3}, "candidate_people": 4000, "overlap": {"share": 0.98, "c_statistic": 0.8},
    "estimand": "the effect in those treated", "effective_controls": 70.0, "extract_date": "2026-01-01",
    "power": {"below": 0.713, "above": 1.352}, "served_from": "a caseload",
    "protocol": PROTOCOL.model_dump(mode="json"),
}  # fmt: skip


NOBODY = pd.DataFrame(columns=["name", "words", "unmatched", "matched", "smd"])


def evaluated(folder, people, manifest=MANIFEST, more=(), unmatched=NOBODY):
    """Return the evaluation of made-up people, with a signature in a folder; ``more`` are rows of balance."""
    balance = pd.DataFrame(
        [{"name": "prognostic_score", "words": "prognostic score (logit)", "is_main": True, "target": 0.05,
          "smd_before": 0.8, "smd_after": 0.02, "variance_ratio_after": 1.0, "ks_after": 0.05}, *more]
    )  # fmt: skip
    write_frame(people.rows, folder / "members.parquet")
    write_frame(balance, folder / "balance.parquet")
    write_frame(unmatched, folder / "unmatched.parquet")
    signed = SignedOff(Version(folder / "000001", manifest))
    (folder / "000001").mkdir(exist_ok=True)
    for name in ("members", "balance", "unmatched"):
        (folder / f"{name}.parquet").rename(folder / "000001" / f"{name}.parquet")
    return Evaluated(
        PROTOCOL, signed, effects(PROTOCOL, people, COMPLETE), trap(people, people, MEASURES["emergency_admissions"]),
        _around(people), doubts(PROTOCOL, [], lambda _design: people, COMPLETE), _figures(people, PROTOCOL), {},
        dt.date(2026, 1, 1), "Somewhere", True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def risen(tmp_path_factory):
    return evaluated(tmp_path_factory.mktemp("risen"), programme(300, 1.6, 11))


def test_where_use_rose_the_first_line_says_so(risen):
    assert (
        service_publication(risen).summary[0].startswith("Those served had MORE emergency admissions than people like them")
    )


def test_where_nothing_can_be_shown_the_first_line_says_that_and_what_could_have_been(tmp_path):
    made = service_publication(evaluated(tmp_path, programme(300, 1.0, 12)))
    assert made.summary[0].startswith("No difference in emergency admissions could be shown")
    assert "shown with a probability of 0.8 would be a ratio of 0.71 or less" in made.summary[-1]


def test_that_nobody_died_is_said_as_that_and_not_as_an_interval(risen, tmp_path):
    assert "nobody died within 365 days, in either arm" in service_publication(risen).summary[1]
    one = np.where(np.arange(len(risen.signed.members())) == 1, 50.0, np.inf)
    people = dataclasses.replace(programme(300, 1.0, 12), death=one)
    assert "nobody" not in service_publication(evaluated(tmp_path, people)).summary[1]


def test_a_rise_of_another_use_is_in_the_first_line_too(tmp_path):
    people = programme(300, 0.6, 13)
    treated = people.rows["treated"].to_numpy()
    every = np.repeat(np.arange(len(treated)), np.where(treated, 3, 1))
    more = pd.DataFrame(
        {"row": every, "kind": "ae_attendance", "method": "", "code": "01", "start": 5, "end": 5.0, "cost": 0}
    )
    facts = pd.concat([people.facts, more]).sort_values(["row", "start", "kind"], kind="stable").reset_index(drop=True)
    risen = Followed(people.rows, facts, people.death, people.left, people.own_start, HORIZON)
    first = service_publication(evaluated(tmp_path, risen)).summary[0]
    assert first.startswith("Those served had fewer emergency admissions")
    assert "MORE A&E attendances (3.00" in first


def test_a_fall_is_not_spoken_of_where_the_arms_differ_in_what_the_service_cannot_change(tmp_path):
    people = programme(300, 0.6, 13)
    treated = people.rows["treated"].to_numpy()[people.facts["row"]]
    eyes = (people.facts["kind"] == "outpatient").to_numpy()
    fewer = people.facts[~(eyes & treated & (np.arange(len(eyes)) % 3 > 0))].reset_index(drop=True)
    apart = Followed(people.rows, fewer, people.death, people.left, people.own_start, HORIZON)
    found = evaluated(tmp_path, apart)
    first = service_publication(found).summary[0]
    assert first.startswith("That those served had fewer emergency admissions CANNOT be said: the arms differ in what")
    assert "outpatient attendances for eyes" in first
    assert found.finding.side == "open"


def test_a_negative_control_that_is_withheld_has_no_say_since_the_line_would_tell_of_it(tmp_path):
    found = evaluated(tmp_path, programme(300, 0.6, 13))
    assert found.finding.side == "fewer"
    off = {"what": "cataract operations", "ratio": 3.0, "low": 1.5, "high": 6.0, "error": 0.3, "treated": 300}
    for behind, side in ((60, "open"), (6, "fewer"), (0, "fewer")):
        controls = pd.concat([found.doubts.controls, pd.DataFrame([{**off, "behind": behind}])])
        changed = dataclasses.replace(found, doubts=dataclasses.replace(found.doubts, controls=controls))
        assert changed.finding.side == side
        assert ("cataract" in service_publication(changed).summary[0]) == (side == "open")


def test_a_limit_that_is_not_one_is_not_written_as_one():
    row, exact = {"Ratio": 0.8, "Ratio, low": 0.64, "Ratio, high": 1.0}, {"ratio_low": 0.6401, "ratio_high": 0.9987}
    assert words._interval(row, exact) == "0.80, 95 % interval 0.64 to just under 1"
    assert words._interval({**row, "Ratio, high": WITHHELD}, exact) is None


def test_a_design_that_was_not_fit_says_so_at_once(tmp_path):
    unfit = {**MANIFEST, "is_fit": False, "why_not": ["age is apart"], "despite": "no time", "after_effects_were_seen": True}
    summary = service_publication(evaluated(tmp_path, programme(60, 1.0, 14), unfit)).summary
    assert "the design was judged not fit to proceed" in summary[0]
    assert "signed off all the same, because: no time" in summary[1]
    assert "age is apart" in summary[2]
    assert "not blind" in summary[3]


def test_a_rise_in_a_design_that_was_not_fit_is_said_with_that_beside_it(risen):
    """The first line says MORE still; where the interval of the difference holds 0 all the same, a sentence says why."""
    unfit = SignedOff(Version(risen.signed.version.folder, {**risen.signed.manifest, "is_fit": False, "why_not": ["few"]}))
    found = dataclasses.replace(risen, signed=unfit)
    first = service_publication(found).summary[0]
    assert first.startswith("Those served had MORE emergency admissions")
    assert "But the design was judged not fit to proceed" in first
    assert "not fit to proceed" not in service_publication(risen).summary[0]
    table = found.effects.copy()
    table.loc[table["is_primary"], ["difference_low", "difference_high"]] = (-3.0, 54.0)
    summary = " ".join(service_publication(dataclasses.replace(found, effects=table)).summary)
    assert "The interval of the ratio leaves out 1 and that of the difference does not leave out 0" in summary
    assert "leaves out" not in " ".join(service_publication(found).summary)


def test_a_design_has_a_page_of_its_own_before_anybody_signs_it(tmp_path):
    found = with_home_care(tmp_path / "made", 15, 30)
    files = publish(design_publication(found.signed, PROTOCOL, "Somewhere", True), tmp_path / "pages")
    assert set(walk(tmp_path / "pages", set())) == {"design-community-case-management"}
    text = files[0].read_text(encoding="utf-8")
    for said in ("Fit to proceed.", "Love plot", "home care", "shown with a probability of 0.8"):
        assert said in text, said
    assert "follow" not in " ".join(
        row[0] for row in design_publication(found.signed, PROTOCOL, "", True).parts[0].table.rows
    )


def test_nobody_and_no_small_count_is_in_the_files(risen, tmp_path):
    for file in publish(service_publication(risen), tmp_path):
        text = file.read_bytes().decode("utf-8", errors="ignore")
        assert not any(person in text for person in ("p100", "p899"))
    few = programme(20, 1.0, 15)
    dead = Followed(few.rows, few.facts, np.where(np.arange(60) < 3, 10.0, np.inf), few.left, few.own_start, HORIZON)
    folder = tmp_path / "few"
    folder.mkdir()
    table = effect_table(evaluated(folder, dead))
    deaths = [row for row in table.records() if row["Outcome"] == "deaths"]
    assert all(row["Treated"] == WITHHELD and row["Difference"] == WITHHELD for row in deaths)


HOME_CARE = {
    "name": "has_home_care", "words": "home care", "is_main": True, "target": 0.1, "smd_before": 0.29, "smd_after": 0.13,
    "variance_ratio_after": 1.2, "ks_after": 0.04,
}  # fmt: skip


def with_home_care(folder, treated, controls, unmatched=0.0):
    """Return the evaluation of 60 people, so many of whom and of their 120 controls have home care; 20 are unmatched."""
    people = programme(60, 1.0, 14)
    own = people.rows["treated"].to_numpy()
    place = np.where(own, np.cumsum(own), np.cumsum(~own))
    people.rows["has_home_care"] = np.where(own, place <= treated, place <= controls).astype(float)
    without = pd.DataFrame(
        [{"name": "has_home_care", "words": "home care", "unmatched": unmatched, "matched": treated / 60, "smd": -0.09}]
    )
    manifest = {**MANIFEST, "flow": [["eligible at their time zero", 80], ["matched with at least one control", 60]]}
    folder.mkdir(exist_ok=True)
    return evaluated(folder, people, manifest, (HOME_CARE,), without)


def test_what_follows_from_a_withheld_share_is_withheld_with_it(tmp_path):
    """Of a yes/no column the Kolmogorov-Smirnov statistic is the difference of the shares."""
    for number, (treated, controls, shown) in enumerate(((5, 30, False), (30, 5, False), (0, 6, False), (15, 30, True))):
        made = service_publication(with_home_care(tmp_path / str(number), treated, controls, 0.5))
        parts = {part.table.name: part for part in made.parts}
        share, balance = parts["table-one-shares"].table.rows[0], parts["balance"].table.rows[1]
        assert (WITHHELD not in share) == shown
        assert (balance[1:5] == (0.29, 0.13, 1.2, 0.04)) if shown else (set(balance[1:5]) == {WITHHELD})
        assert ("withheld" in parts["balance"].chart.svg) == (not shown)
        assert ("home care: +0.13" in parts["balance"].chart.svg) == shown
        assert parts["unmatched"].table.rows[0][1] == (-0.09 if shown else WITHHELD)
    few = service_publication(with_home_care(tmp_path / "few", 15, 30, 0.1))
    tables = {part.table.name: part.table for part in few.parts}
    assert WITHHELD not in tables["balance"].rows[1]
    assert tables["unmatched"].rows[0][1] == WITHHELD


def test_whoever_has_a_thing_with_little_weight_is_not_nobody(tmp_path):
    made = service_publication(with_home_care(tmp_path, 0, 1))
    shares = next(part.table for part in made.parts if part.table.name == "table-one-shares")
    assert shares.rows[0][1:] == (0.0, WITHHELD)


def test_the_flow_chart_tells_no_small_number_that_a_difference_of_rounded_ones_would(tmp_path):
    flow = [["on record as served", 148], ["in the period", 84], ["eligible at their time zero", 79], ["matched", 48]]
    made = service_publication(evaluated(tmp_path, programme(60, 1.0, 14), {**MANIFEST, "flow": flow}))
    part = made.parts[0]
    assert [row[1:] for row in part.table.rows[:4]] == [(150, None), (85, 65), (80, WITHHELD), (50, 30)]
    assert ">* not<" in part.chart.svg
    assert ">65 not<" in part.chart.svg
    assert ">5 not<" not in part.chart.svg


def test_labels_of_charts_have_the_room_that_they_need(risen):
    parts = {part.heading: part for part in service_publication(risen).parts}
    svg = parts["What happened"].chart.svg
    labels = re.findall(r'<text class="score[^"]*" x="(\d+)"[^>]*>([^<]*)<', svg)
    assert "emergency admissions, adjusted for scores, run-up and age" in {words for _, words in labels}
    assert "…" not in svg
    assert all(float(ends) >= 6 * len(words) for ends, words in labels)
    assert 'class="wider"' in svg


def test_rates_around_time_zero_peak_before_it(risen):
    table = monthly_table(risen)
    before = dict(zip(table.column("Days from time zero"), table.column("Treated"), strict=True))
    assert before["30 to 1 before"] > 3 * before["180 to 151 before"]
    assert before["30 to 1 before"] > 3 * before["150 to 179 after"]


ABOUT_THE_CUT = {
    "bandwidth": 0.4, "lists": 12, "lists_passed_over": 3, "above": 300, "below": 600,
    "density_bandwidth": 0.3, "density": {"value": 1.04, "low": 0.8, "high": 1.3},
    "jumps": [{"words": "age", "above": 70.1, "below": 70.0, "value": 0.1, "low": -1.0, "high": 1.2},
              {"words": "conditions", "above": 3.0, "below": 2.0, "value": 1.0, "low": 0.4, "high": 1.6}],
}  # fmt: skip


def test_the_cut_of_lists_is_told_with_how_it_could_be_wrong(risen, tmp_path):
    table = pd.DataFrame(
        [{"what": "scores within 0.4 of the cut", "people_above": 300, "people_below": 600, "above": 98.4, "below": 131.7,
          "difference": -33.3, "difference_low": -60.0, "difference_high": -6.6, "ratio": 0.747, "low": 0.6, "high": 0.93,
          "behind": 120, "later": 33},
         {"what": "scores within 0.2 of the cut", "people_above": 9, "people_below": 4, "above": 98.4, "below": 131.7,
          "difference": -33.3, "difference_low": -60.0, "difference_high": -6.6, "ratio": 0.747, "low": 0.6, "high": 0.93,
          "behind": 3, "later": 2}]
    )  # fmt: skip
    signed = SignedOff(Version(risen.signed.version.folder, {**risen.signed.manifest, "cut": ABOUT_THE_CUT}))
    made = service_publication(dataclasses.replace(risen, cut=table, signed=signed))
    parts = {part.heading: part for part in made.parts}
    whole, half = parts["At the cut of the lists"].table.rows
    assert whole[1:4] == (98, 132, -33)
    assert whole[-2:] == (300, 600)
    assert set(half[1:9]) == {WITHHELD}
    assert half[-2:] == (10, WITHHELD)
    words = " ".join(parts["At the cut of the lists"].words)
    assert "Of those below, 35 were listed later" in words
    assert "no sign of people moved across it" in words
    assert "Of 2 things settled before, 1 differ at the cut" in words
    assert len(parts["What was settled before the cut"].table.rows) == 2
    assert "At the cut of the lists" not in {part.heading for part in service_publication(risen).parts}


def test_where_chance_settled_the_arms_no_word_says_that_selection_did(risen):
    served = risen.protocol.served.model_copy(update={"source": "invited"})
    by_chance = dataclasses.replace(risen, protocol=risen.protocol.model_copy(update={"served": served}))
    manifest = {**risen.signed.manifest, "protocol": by_chance.protocol.model_dump(mode="json")}
    by_chance = dataclasses.replace(by_chance, signed=SignedOff(Version(risen.signed.version.folder, manifest)))
    made = service_publication(by_chance)
    text = " ".join([*made.summary, *made.notes, *(word for part in made.parts for word in part.words)])
    assert "drawn by chance" in made.summary[3]
    assert "recorded selection" not in text
    assert "E-value" not in text
    assert "Who was invited was drawn by chance" in text
    assert "recorded selection" in " ".join(service_publication(risen).summary)


def test_a_ratio_over_nothing_is_not_defined_and_the_files_are_written(tmp_path):
    people = programme(60, 1.0, 17)
    treated = people.rows["treated"].to_numpy()
    entered = pd.DataFrame(
        {"row": np.flatnonzero(treated)[:20], "kind": "care_home_entry", "method": "", "code": "", "start": 40, "end": 40.0,
         "cost": 0}
    )  # fmt: skip
    facts = pd.concat([people.facts, entered]).sort_values(["row", "start", "kind"], kind="stable").reset_index(drop=True)
    death = np.where(
        treated & (np.arange(len(treated)) % 4 == 0), 300.0, np.where(np.arange(len(treated)) % 5 == 1, 9.0, np.inf)
    )
    made = evaluated(tmp_path, dataclasses.replace(people, facts=facts, death=death))
    rows = [row for row in effect_table(made).records() if row["Outcome"] == "entries into a care home"]
    assert any(row["Ratio"] is None and row["Treated"] not in (None, WITHHELD) for row in rows)
    assert np.isnan(made.figures["hazards_alike_p"])
    assert publish(service_publication(made), tmp_path / "files")


def test_where_the_ratio_is_withheld_nothing_that_follows_from_it_is_shown(tmp_path):
    people = programme(60, 1.0, 16)
    few = people.facts[(people.facts["start"] < 0) | (people.facts["row"] >= 165) | (people.facts["kind"] != "hospital")]
    made = service_publication(
        evaluated(tmp_path, people.__class__(**{**vars(people), "facts": few.reset_index(drop=True)}))
    )
    tables = {part.table.name: part.table for part in made.parts}
    for name in ("other-designs", "unrecorded", "bounds"):
        assert name not in tables or all(set(row[1:]) <= {WITHHELD, None} for row in tables[name].rows), name
    assert tables["trap"].rows[2][1] == WITHHELD
    assert tables["doubts"].rows[0][1] == "withheld, as the ratio is"
    assert not any("E-value" in words or "would have to go" in words for words in made.summary)


def test_the_walk_finds_what_follows_from_a_withheld_share(tmp_path, monkeypatch):
    """Were each row of balance taken to rest on everybody matched, the walk would say so."""
    found = with_home_care(tmp_path / "made", 5, 30)
    monkeypatch.setattr(tables, "resting_on", lambda *_had: 60)
    publish(design_publication(found.signed, PROTOCOL, "Somewhere", True), tmp_path / "pages")
    with pytest.raises(AssertionError, match="home care"):
        walk(tmp_path / "pages", set())
