"""The groups by which a model is looked at for equity: age, sex, ethnicity, deprivation, two needs, length of record."""

from collections.abc import Callable
from typing import Final

import pandas as pd

UNKNOWN: Final = "unknown"
AGE_BANDS: Final = (
    (0, "under 18"), (18, "18 to 39"), (40, "40 to 64"), (65, "65 to 74"), (75, "75 to 84"), (85, "85 and over"),
)  # fmt: skip
"""Least age of each band, in years."""


def age_band(age: pd.Series) -> pd.Series:
    """Return each person's age band.

    >>> age_band(pd.Series([39.9, 85.0])).tolist()
    ['18 to 39', '85 and over']
    """
    edges = [*(least for least, _ in AGE_BANDS), float("inf")]
    return _named(pd.cut(age, edges, right=False, labels=[name for _, name in AGE_BANDS]))


def imd_fifth(decile: pd.Series) -> pd.Series:
    """Return each person's fifth of the Index of Multiple Deprivation from the tenth; 1 is most deprived.

    >>> imd_fifth(pd.Series([1.0, 10.0, float("nan")])).tolist()
    ['1 (most deprived)', '5 (least deprived)', 'unknown']
    """
    names = ["1 (most deprived)", "2", "3", "4", "5 (least deprived)"]
    return _named(pd.cut(decile, [0, 2, 4, 6, 8, 10], labels=names))


def ever(years: pd.Series) -> pd.Series:
    """Return yes for people who have had a condition for some years, no where none is recorded.

    >>> ever(pd.Series([3.5, float("nan")])).tolist()
    ['yes', 'no']
    """
    return years.notna().map({True: "yes", False: "no"})


def years_known(years: pd.Series) -> pd.Series:
    """Return how long the present practice has known each person: how much of a record a model has to go by.

    >>> years_known(pd.Series([0.5, 2.0, 30.0])).tolist()
    ['under 2 years', '2 to 5 years', '5 years or more']
    """
    names = ["under 2 years", "2 to 5 years", "5 years or more"]
    return _named(pd.cut(years, [float("-inf"), 2, 5, float("inf")], right=False, labels=names))


def _named(labels: pd.Series) -> pd.Series:
    return labels.astype(object).where(labels.notna(), UNKNOWN).astype(str)


_FROM: Final[dict[str, tuple[str, Callable[[pd.Series], pd.Series]]]] = {
    "age": ("age", age_band),
    "sex": ("sex", _named),
    "ethnicity": ("ethnicity", _named),
    "IMD fifth": ("imd_decile", imd_fifth),
    "learning disability": ("learning_disability_years", ever),
    "severe mental illness": ("severe_mental_illness_years", ever),
    "years with the practice": ("years_with_practice", years_known),
}


def characteristics(people: pd.DataFrame) -> dict[str, pd.Series]:
    """Return one label a person for each characteristic that the record has."""
    return {name: label(people[column]) for name, (column, label) in _FROM.items() if column in people.columns}
