"""Reasons: contributions that add up, grouped by idea, said only through what is on record and may be spoken."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from tests.spec.facts import INDEX, ago, history, person, point, stay
from tests.unit.modelling.small_model import EVERY, FEATURES, KINDS, LISTS, NAMES, bundle, fitted

from casefinder.definitions import Theme
from casefinder.errors import ModelError
from casefinder.explain import Explainer
from casefinder.explain.reasons import Reason, background_last, check_additivity, spoken, unknown
from casefinder.explain.words import Number, number, out_of_hundred, said, when
from casefinder.features import FeatureTable, families
from casefinder.modelling.logistic import Logistic, Term

BP = "271649006"


@pytest.fixture(scope="module")
def models():
    return fitted()


def some_people():
    """Someone with much on record, someone with nothing, and someone between."""
    much = person(
        stay("hospital", ago(300), ago(290), "emergency"),
        stay("hospital", ago(60), ago(58), "emergency"),
        point("ae_attendance", ago(60), "01"),
        point("diagnosis", ago(290), "I500", "icd10", position=1),
        point("gp_record", ago(400), BP, "snomed", value=150.0),
        point("gp_record", ago(40), BP, "snomed", value=131.0),
        point("gp_record", ago(90), "77176002", "snomed"),
        *(point("prescription", ago(20), f"02{place:02d}000B0AAAAAA", "bnf", cost=900) for place in range(12)),
        born=dt.date(1939, 2, 1),
    )
    return much, person(), person(point("ae_attendance", ago(9), "01"), sex="male", born=dt.date(1990, 1, 1))


def explained(model, people, *, not_supplied=(), supplied=KINDS):
    block, concepts = history(*people)
    table = FeatureTable(FEATURES, concepts, LISTS, supplied)
    values = table.rows(block, [INDEX])
    made = Explainer(bundle(model), FEATURES, concepts, LISTS, not_supplied)
    return made.explain(block, INDEX, values), values


def weighing(**weights):
    """A model that adds so much for each unit of a feature, and nothing else."""
    terms = tuple(Term(name, "log", 0, 0.0, 1.0, weight) for name, weight in weights.items())
    return Logistic(NAMES, terms, -2.0, (0.0, 1.0, 2.0, 3.0), 1.0)


# --- adding up -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [0, 1], ids=["trees", "logistic"])
def test_themes_and_base_add_up_to_the_raw_score(models, kind):
    found, values = explained(models[kind], some_people())
    raw = models[kind].raw_scores(values)
    sums = [sum(one.by_theme.values()) + one.base for one in found]
    assert np.abs(np.array(sums) - raw).max() < 1e-6
    assert len(found) == 3


def test_the_contributions_of_trees_are_those_of_shap(models):
    shap = pytest.importorskip("shap")
    import lightgbm

    _, values = explained(models[0], some_people())
    explainer = shap.TreeExplainer(lightgbm.Booster(model_str=models[0].text))
    expected = np.asarray(explainer.shap_values(values))
    contributions = models[0].contributions(values)
    assert np.abs(contributions[:, :-1] - expected).max() < 1e-6
    assert contributions[0, -1] == pytest.approx(float(np.ravel(explainer.expected_value)[-1]), abs=1e-6)


def test_a_theme_is_the_sum_of_its_features(models):
    found, values = explained(models[0], some_people())
    contributions = models[0].contributions(values)
    for row, one in enumerate(found):
        for theme in {feature.theme for feature in FEATURES}:
            own = [place for place, feature in enumerate(FEATURES) if feature.theme is theme]
            assert one.by_theme[theme] == pytest.approx(contributions[row, own].sum(), abs=1e-9)


def test_contributions_that_do_not_add_up_stop_everything():
    contributions = np.array([[0.5, -0.2, 1.0]])
    check_additivity(contributions, np.array([1.3 + 9e-7]), "small@3")
    with pytest.raises(ModelError, match="Reasons would not be true") as caught:
        check_additivity(contributions, np.array([1.3 + 2e-6]), "small@3")
    assert "small@3: contributions miss the raw score by up to 2e-06" in caught.value.render()


# --- what is said ----------------------------------------------------------------------------------


def test_the_strongest_theme_comes_first_with_its_value_and_latest_date():
    model = weighing(emergency_admissions_365d=2.0, ae_attendances_365d=0.4, age=-0.01)
    (much, *_), _ = explained(model, some_people())
    first, second = much.raising
    assert (first.theme, first.words) == (
        Theme.EMERGENCY, "2 emergency admissions in the last 12 months, the latest on 31 Jan",
    )  # fmt: skip
    assert first.latest == dt.date(2025, 1, 31)
    assert first.contribution == pytest.approx(2.0 * np.log1p(2))
    assert (second.theme, second.words) == (Theme.URGENT, "1 A&E attendance in the last 12 months, the latest on 31 Jan")
    assert [one.words for one in much.lowering] == ["aged 86"]


def test_a_theme_speaks_with_two_phrases_when_the_second_is_strong_enough():
    strong = weighing(emergency_admissions_365d=1.0, days_since_emergency_admission=0.2)
    weak = weighing(emergency_admissions_365d=1.0, days_since_emergency_admission=0.05)
    words = [explained(model, some_people())[0][0].raising[0].words for model in (strong, weak)]
    assert words[0].endswith("; latest emergency admission on 31 Jan")
    assert words[1] == "2 emergency admissions in the last 12 months, the latest on 31 Jan"


def test_at_most_four_themes_raise_and_only_age_and_area_lower():
    up = weighing(**dict.fromkeys(NAMES, 0.5))
    down = weighing(**dict.fromkeys(NAMES, -0.5))
    assert len(explained(up, some_people())[0][0].raising) == 4
    assert explained(up, some_people())[0][0].lowering == ()
    assert [one.theme for one in explained(down, some_people())[0][0].lowering] == [Theme.AGE]


def test_care_that_was_used_is_never_said_to_lower_a_risk():
    """Among features that go together a model may share a risk out so; a reader would take it for a cause."""
    model = weighing(emergency_admissions_365d=-2.0, heart_failure_years=-1.0, age=-0.01)
    found = explained(model, some_people())[0][0]
    assert found.by_theme[Theme.EMERGENCY] < found.by_theme[Theme.AGE] < 0
    assert [one.words for one in found.lowering] == ["aged 86"]


def test_nothing_absent_is_ever_a_reason():
    """Having no admission, no test and no deprivation on record pushes the score, and is never given as a reason."""
    terms = [
        Term("emergency_admissions_365d", "log", 0, 1.0, 1.0, -2.0),
        Term("systolic_bp_latest", "unknown", 0, 0.0, 1.0, 1.5),
        Term("imd_decile", "unknown", 0, 0.0, 1.0, 1.0),
    ]
    model = Logistic(NAMES, tuple(terms), -2.0, (0.0, 1.0, 2.0, 3.0), 1.0)
    found, values = explained(model, [person()])
    assert model.contributions(values)[0, :-1].max() == 2.0
    assert found[0].raising == found[0].lowering == found[0].review == ()
    assert sum(found[0].by_theme.values()) == pytest.approx(4.5)


def test_what_is_not_known_is_said_but_not_where_nobody_supplies_it():
    model = weighing(age=0.1)
    assert explained(model, [person()])[0][0].unknown == ("no systolic blood pressure in the last 2 years",
                                                           "ethnic group not recorded")  # fmt: skip
    unfed, _ = explained(model, [person()], not_supplied=("systolic_bp_latest",))
    assert unfed[0].unknown == ("ethnic group not recorded",)


def test_what_may_be_worth_reviewing_raises_the_score_and_is_on_record():
    up = weighing(substances_90d=0.5, systolic_bp_latest=0.2, ae_attendances_365d=3.0)
    found = explained(up, some_people())[0][0]
    assert found.review == (
        "12 different medicines in the last 3 months",
        "latest systolic blood pressure 131 mmHg, on 20 Feb",
    )
    down = weighing(substances_90d=-0.5, systolic_bp_latest=-0.2)
    assert explained(down, some_people())[0][0].review == ()


def test_sensitive_features_count_and_are_never_spoken():
    model = weighing(alcohol_problems_entries_365d=5.0, age=0.01)
    alcohol = next(line for line in LISTS["conditions:alcohol_problems"].codes if line.system == "icd10")
    people = [person(point("diagnosis", ago(20), alcohol.code, "icd10"))]
    found = explained(model, people)[0][0]
    assert found.by_theme[Theme.MIND] == pytest.approx(5.0 * np.log(2))
    spoken = " ".join(one.words for one in (*found.raising, *found.lowering)) + " ".join(found.review)
    assert "alcohol" not in spoken
    assert Theme.MIND not in {one.theme for one in found.raising}


def test_every_sensitive_idea_is_marked():
    marked = {feature.name for family in families().values() for feature in family.features if feature.sensitive}
    for part in ("alcohol", "substance_misuse", "severe_mental_illness", "ethnicity", "poisoning", "crisis", "lithium"):
        assert any(part in name for name in marked), part
    for family in families().values():
        for feature in family.features:
            hidden = ("alcohol", "substance_misuse", "safeguard", "abuse", "prison", "self_harm", "poisoning")
            if any(part in feature.name for part in hidden):
                assert feature.sensitive, feature.name


@pytest.mark.parametrize(
    ("name", "value", "is_spoken"),
    [
        ("emergency_admissions_365d", 1, True),
        ("emergency_admissions_365d", 0, False),
        ("emergency_admissions_365d", np.nan, False),
        ("systolic_bp_change", 0, True),
        ("systolic_bp_latest", np.nan, False),
        ("sex", 0, True),
        ("sex", 2, False),
        ("sex", 3, False),
        ("ethnicity", 0, False),
        ("alcohol_problems_entries_365d", 4, False),
    ],
)
def test_what_may_be_spoken(name, value, is_spoken):
    assert spoken([EVERY["age"], EVERY[name]], np.array([[70.0, value]])).tolist() == [[True, is_spoken]]


def test_an_unknown_category_is_unknown():
    features = [EVERY["sex"], EVERY["imd_decile"]]
    assert unknown(features, np.array([[3.0, 1.0], [0.0, np.nan]])).tolist() == [[True, False], [False, True]]


# --- the table of words ----------------------------------------------------------------------------

WORDS = [
    ("emergency_admissions_365d", 1, ago(20), "1 emergency admission in the last 12 months, the latest on 12 Mar"),
    ("emergency_admissions_365d", 3, ago(20), "3 emergency admissions in the last 12 months, the latest on 12 Mar"),
    ("emergency_admissions_1095d", 2, ago(400), "2 emergency admissions in the last 3 years, the latest on 26 Feb 2024"),
    ("emergency_bed_days_90d", 1, None, "1 day in hospital after emergency admission in the last 3 months"),
    ("days_since_emergency_discharge", 11, ago(11), "latest discharge after an emergency on 21 Mar"),
    ("emergency_admissions_trend", 2, None, "+2 emergency admissions compared with the year before"),
    ("emergency_admissions_trend", -10, None, "-10 emergency admissions compared with the year before"),
    ("age", 84.92, None, "aged 84"),
    ("sex", 1, None, "sex: male"),
    ("smoking", 0, None, "smoking: current"),
    ("imd_decile", 2, None, "lives in an area of deprivation decile 2 (1 is the most deprived)"),
    ("heart_failure_years", 1.1, ago(400), "heart failure, on record since 26 Feb 2024"),
    ("substances_90d", 14, None, "14 different medicines in the last 3 months"),
    ("systolic_bp_latest", 131, ago(40), "latest systolic blood pressure 131 mmHg, on 20 Feb"),
    ("systolic_bp_change", -19.5, None, "systolic blood pressure changed by -19.5 mmHg over 2 years"),
    (
        "outpatient_specialties_730d",
        3,
        ago(9),
        "3 specialties seen as an outpatient in the last 2 years, the latest on 23 Mar",
    ),
    ("diagnoses_730d", 2, ago(9), "2 different diagnoses coded in hospital in the last 2 years, the latest on 23 Mar"),
    ("ae_share_by_ambulance", 0.667, None, "67 % of A&E attendances came by ambulance"),
    ("cost_total_365d", 12_345.6, None, "all care cost about £12,350 in the last 12 months"),
    ("deficits", 1, None, "1 of the 36 frailty deficits on record"),
    ("cambridge_score", 5.89, None, "Cambridge Multimorbidity Score 5.9"),
    ("home_care_hours", 10.5, ago(90), "home-care package of 10.5 hours a week, from 1 Jan"),
    ("care_home_days_730d", 1, None, "1 day with a care-home service in the last 2 years"),
]


@pytest.mark.parametrize(("name", "value", "latest", "expected"), WORDS)
def test_values_in_words(name, value, latest, expected):
    assert said(EVERY[name], float(value), latest, INDEX) == expected


@pytest.mark.parametrize(
    ("risk", "expected"),
    [
        (0.384, "about 38 in 100"),
        (0.386, "about 39 in 100"),
        (0.01, "about 1 in 100"),
        (0.0099, "fewer than 1 in 100"),
        (0.99, "about 99 in 100"),
        (0.991, "more than 99 in 100"),
    ],
)
def test_a_risk_is_people_out_of_a_hundred(risk, expected):
    assert out_of_hundred(risk) == expected


def test_dates_carry_their_year_once_they_could_be_mistaken():
    assert when(ago(334), INDEX) == "2 May"
    assert when(ago(335), INDEX) == "1 May 2024"


def test_numbers_as_people_write_them():
    assert [number(value) for value in (3.0, 1200.0, 2.25, 1.04, 0.5, 0.125)] == ["3", "1,200", "2.2", "1", "0.50", "0.12"]
    assert f"{Number(1.0):item of opioid}" == "1 item of opioid"


def test_every_feature_that_may_be_spoken_can_be_said():
    for feature in EVERY.values():
        if feature.words and not feature.sensitive:
            words = said(feature, 1.0, ago(30), INDEX)
            assert words
            assert "{" not in words
            assert "nan" not in words.split()


def test_the_words_of_a_feature_that_is_not_there_are_an_error():
    with pytest.raises(KeyError):
        said(replace(EVERY["age"], words="{unheard_of}"), 1.0, None, INDEX)


def test_background_stands_after_what_a_team_can_look_into():
    themes = (Theme.USUAL, Theme.EMERGENCY, Theme.AGE, Theme.BURDEN)
    reasons = [Reason(theme, theme.value, 4.0 - place, None) for place, theme in enumerate(themes)]
    assert [one.theme for one in background_last(reasons)] == [Theme.EMERGENCY, Theme.BURDEN, Theme.USUAL, Theme.AGE]
