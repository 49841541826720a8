"""How a list says it was made."""

from dataclasses import replace

from casefinder.worklist.how_made import figures_in_words, how_made
from casefinder.worklist.told import sharing_section, shown_heading, summary


def test_figures_that_are_not_on_file_are_left_out():
    assert list(figures_in_words({}, "an emergency admission")) == []
    rows = list(figures_in_words({"people": 900, "events": 12, "ici": None}, "death"))
    assert rows == [("People in the test", "900", "Death followed for 12 of them.")]


def test_counts_that_are_withheld_are_said_to_be_few():
    figures = {"people": 600, "events": None, "k": None, "ppv_at_k": 0.5, "sensitivity_at_k": 0.1}
    rows = {name: words for name, _value, words in figures_in_words(figures, "death")}
    assert rows["People in the test"] == "Death followed for few (a count from 1 to 7 is withheld) of them."
    assert rows["Found by a list (PPV)"].startswith("Among the few (a count from 1 to 7 is withheld) people at highest risk")
    assert rows["Share of all found (sensitivity)"].endswith("were among those few (a count from 1 to 7 is withheld).")


def test_figures_are_told_in_plain_words(practice):
    model = practice.models["emergency_admission"]
    rows = {name: (value, words) for name, value, words in figures_in_words(model["figures"], model["short"])}
    assert rows["Found by a list (PPV)"] == (
        "52 %",
        "Among the 319 people at highest risk, an emergency admission followed for about 52 in 100.",
    )
    assert rows["Observed over expected"][0] == "1.02 (0.98 to 1.06)"
    assert rows["Calibration slope"][0] == "0.97 (0.93 to 1.01)"
    assert "differ by 0.4 in 100" in rows["Calibration error (ICI)"][1]


def test_a_model_without_figures_says_so(practice):
    models = {name: {**one, "figures": {}} for name, one in practice.models.items()}
    section = next(one for one in how_made(replace(practice, models=models)) if one.heading.startswith("Model"))
    assert section.words[-1] == "No figures of a test are on file for this model."
    assert section.columns == ()


def test_only_a_meeting_of_practices_has_shares(practice, cluster):
    assert sharing_section(practice) is None
    assert len(sharing_section(cluster).rows) == 3


def test_what_people_are_named_by(practice, named):
    assert shown_heading(practice.people) == "Pseudonym"
    assert shown_heading(named.people) == "NHS number or pseudonym"
    assert shown_heading(named.people[:3]) == "NHS number"
    own = tuple(replace(one, identifier=f"local-{one.rank}") for one in practice.people)
    assert shown_heading(own) == "Identifier"


def test_the_summary_counts_a_single_person(practice):
    assert summary(replace(practice, people=practice.people[:1])).startswith("1 person on this list (15 asked for; ")


def test_a_recalibrated_version_and_its_cluster_terms_are_told_apart_from_what_the_record_adds(practice):
    added = {"origin": "recalibration of 2: intercept", "cluster_terms": {"Elm": -0.1, "Ash & Oak": 0.25}}
    models = {**practice.models, "emergency_admission": {**practice.models["emergency_admission"], **added}}
    words = next(one for one in how_made(replace(practice, models=models)) if one.heading.startswith("Model")).words
    assert "Recalibration of 2: intercept. Trees, scores and rank are those of that version." in words
    [terms] = [one for one in words if "GP cluster" in one]
    assert "their odds are multiplied by it (Ash & Oak 1.28, Elm 0.90; any other cluster by 1)" in terms
    assert "changes nobody's place on a list" in terms
    assert not [one for section in how_made(practice) for one in section.words if "cluster, the same for all" in one]
