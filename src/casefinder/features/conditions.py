"""Long-term conditions from GP, hospital and register codes: since when, and how active in the last year."""

from casefinder.codelists import load_codelists
from casefinder.definitions import Family, Feature, Theme
from casefinder.definitions.measures import select
from casefinder.features._make import DAYS_A_YEAR, counts, since

CODED = ("gp_record", "diagnosis", "register")
"""Kinds of fact in which a condition may be recorded."""

NAMES = {
    "copd": "chronic obstructive pulmonary disease (COPD)",
    "stroke_tia": "stroke or transient ischaemic attack",
    "chronic_kidney_stage_4_5": "chronic kidney disease stage 4 or 5",
    "parkinsons": "Parkinson's disease",
    "thyroid": "thyroid disease",
    "severe_mental_illness": "severe mental illness",
    "painful_condition": "a painful condition",
    "inflammatory_bowel": "inflammatory bowel disease",
    "irritable_bowel": "irritable bowel syndrome",
}
"""How a condition is said where its group's name will not do."""

SENSITIVE = ("alcohol_problems", "substance_misuse", "severe_mental_illness")

_STEADY = (
    "hearing_loss", "visual_impairment", "irritable_bowel", "obesity", "thyroid", "gout", "peptic_ulcer", "osteoarthritis",
    "learning_disability", "multiple_sclerosis", "osteoporosis", "hypertension", "inflammatory_bowel", "painful_condition",
    "rheumatoid_arthritis", "chronic_liver_disease",
)  # fmt: skip
"""Conditions whose entries within a year say little beyond that the person has them."""

_THEMES = {
    Theme.HEART: ("atrial_fibrillation", "coronary_heart_disease", "heart_failure", "hypertension",
                  "peripheral_arterial_disease"),
    Theme.LUNGS: ("asthma", "copd", "bronchiectasis"),
    Theme.DIABETES: ("diabetes", "chronic_kidney_disease", "chronic_kidney_stage_4_5", "thyroid", "obesity"),
    Theme.BRAIN: ("stroke_tia", "dementia", "epilepsy", "parkinsons", "multiple_sclerosis", "learning_disability"),
    Theme.MIND: ("depression", "anxiety", "severe_mental_illness", "alcohol_problems", "substance_misuse"),
    Theme.CANCER: ("cancer",),
    Theme.JOINTS: ("osteoporosis", "rheumatoid_arthritis", "osteoarthritis", "gout", "painful_condition",
                   "fragility_fracture"),
    Theme.FRAILTY: ("pressure_ulcer", "urinary_incontinence", "visual_impairment", "hearing_loss"),
}  # fmt: skip
_THEME = {condition: theme for theme, listed in _THEMES.items() for condition in listed}


def said(condition: str) -> str:
    """Return how a condition is said."""
    return NAMES.get(condition, condition.replace("_", " "))


def _of(condition: str) -> tuple[Feature, ...]:
    """Return the features of one condition."""
    of = select(*CODED, codes=f"conditions:{condition}")
    theme = _THEME.get(condition, Theme.BURDEN)
    name, hidden = said(condition), condition in SENSITIVE
    words = f"{name}, on record since {{date}}"
    years = since(f"{condition}_years", of, theme, words, which="first", sensitive=hidden, scale=1 / DAYS_A_YEAR)
    if condition in _STEADY:
        return (years,)
    noun = f"day with an entry for {name}"
    return (years, *counts(f"{condition}_entries", of, (365,), theme, noun, by_day=True, sensitive=hidden))


FAMILY = Family(
    "conditions",
    "long-term conditions",
    tuple(feature for group in load_codelists()["conditions"].groups for feature in _of(group)),
)
