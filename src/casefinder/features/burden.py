"""Published measures of several conditions together: Charlson, Hospital Frailty Risk Score, Cambridge, a deficit count.

Charlson: Quan 2005 code lists, original weights, a mild category not counted beside its severe form (Charlson 1987; Med
Care 43:1130). Hospital Frailty Risk Score: Gilbert 2018, each of 109 three-character codes once, two years, validated at 75
and over. Cambridge Multimorbidity Score: Payne 2020, 20 conditions, general outcome. Deficits: Clegg 2016's list of ideas.
"""

from casefinder.codelists import load_codelists
from casefinder.dates import EVER, lookback
from casefinder.definitions import Absent, Count, Derived, Family, Feature, Theme, Weighed
from casefinder.definitions.measures import select
from casefinder.features.conditions import CODED

_HIERARCHY = {
    "charlson_mild_liver_disease": "charlson_moderate_or_severe_liver_disease",
    "charlson_diabetes_without_complication": "charlson_diabetes_with_complication",
    "charlson_any_malignancy": "charlson_metastatic_solid_tumour",
}
_WINDOW = 1825
"""Five years of hospital diagnoses."""


def _charlson() -> tuple[Feature, ...]:
    """Return a flag for each category, kept out of the models, and the score."""
    listed = load_codelists()["charlson"]
    weights = {f"charlson_{code.group}": code.weight for code in listed.codes}
    flags = tuple(
        Feature(
            name,
            f"codes of the Charlson category '{name.removeprefix('charlson_').replace('_', ' ')}' in the last 5 years",
            Count(select("diagnosis", codes=f"charlson:{name.removeprefix('charlson_')}"), lookback(_WINDOW)),
            Absent.ZERO,
            Theme.BURDEN,
            "",
            model=False,
        )
        for name in weights
    )
    score = Feature(
        "charlson",
        "Charlson comorbidity score from hospital diagnoses of the last 5 years (Quan 2005 codes, original weights)",
        Derived("weighted", tuple(weights), tuple(weights.values()), _HIERARCHY),
        Absent.ZERO,
        Theme.BURDEN,
        "Charlson comorbidity score {n}",
    )
    return (*flags, score)


FAMILY = Family(
    "burden",
    "several conditions together",
    (
        *_charlson(),
        Feature("hospital_frailty_risk_score", "Hospital Frailty Risk Score from diagnoses of the last 2 years",
                Weighed(select("diagnosis", codes="hfrs"), lookback(730)), Absent.ZERO, Theme.FRAILTY,
                "Hospital Frailty Risk Score {n} (5 to 15 is intermediate, over 15 high)"),
        Feature("cambridge_score", "Cambridge Multimorbidity Score, 20 conditions, general weights",
                Weighed(select(*CODED, codes="cambridge"), EVER), Absent.ZERO, Theme.BURDEN,
                "Cambridge Multimorbidity Score {n}"),
        Feature("deficits", "deficits of the electronic frailty index's list that are on record",
                Weighed(select(*CODED, codes="deficits"), EVER), Absent.ZERO, Theme.FRAILTY,
                "{n} of the 36 frailty deficits on record"),
        Feature("condition_count", "long-term conditions on record",
                Weighed(select(*CODED, codes="conditions"), EVER), Absent.ZERO, Theme.BURDEN,
                "{n:long-term condition} on record"),
    ),
)  # fmt: skip
