"""A comparison of practices in plain words: what stands on top, and how it was made."""

import math
from typing import Final

import numpy as np

from casefinder.comparison.funnel import LEAST_EXPECTED, LEVELS
from casefinder.disclosure import DEFAULT, WITHHELD, Policy, disclosed
from casefinder.practices.comparing import Compared, luck
from casefinder.reports.practices.tables import NO_SIGNAL, SIGNAL, judged, over_time_table

MOST_NAMED: Final = 10
"""More practices than this are not named in the summary."""
FAR: Final = 0.2
"""A true rate that differs from the nominal one by more than this part of it is told."""
_RECIPES: Final = {
    "log": "on the log scale, extremes winsorised at the 10th and 90th centile",
    "shmi": "on the log scale, the top and bottom tenth left out, as NHS England's mortality indicator does",
    "sqrt": "on the square-root scale, extremes winsorised, limits squared back",
    "none": "left out: limits are those of chance alone",
}
_WHOSE: Final = (
    "People are of the practice where they were registered, as was known then, on the first of each month, until they left "
    "or died within it."
)
_EXPECTED: Final = (
    "Expected: a Poisson regression on all people by age, sex, deprivation of the area and conditions on record before the "
    "year, with no term for practices and nothing that care within the year can change, such as earlier use. What is "
    "expected adds up to what was observed over all practices."
)
_RATIO_LIMITS: Final = "Limits of a ratio are exact below 10 and Byar's from there on, taken of the rounded count."
_RELIABILITY: Final = (
    "Reliability: the share of a practice's distance from 1 that is more than chance. Below 0.5, nothing should be said of "
    "the practice itself."
)
_STANDARDISED: Final = (
    "Standardised rates are direct, to the European Standard Population 2013 by age, with Dobson's limits: they may be "
    "compared between practices."
)
_PROMPT: Final = (
    "A practice outside the limits is a prompt to look, never a verdict: need that nobody recorded, coding, access and care "
    "all move these figures."
)


def summary_words(found: Compared, policy: Policy = DEFAULT) -> tuple[str, ...]:
    """Return what stands on top of the page and of the workbook, the headline first.

    Practices whose figures are withheld are judged nowhere: their number, less those named, would tell of them.
    """
    known = judged(found, policy)
    told = [_headline(found, known), _named(found, known), _variation(found, known), _signals(found, policy)]
    return tuple(filter(None, [*told, _left_out(found, known, policy), _PROMPT]))


def _headline(found: Compared, known: np.ndarray) -> str:
    if not known.any():
        return "No practice can be judged here."
    outside = int((found.funnel.position[found.level][known] != 0).sum())
    by_luck = float(luck(found, found.level)[known].sum())
    what = "chance explains" if found.recipe == "none" else "chance and ordinary variation explain"
    differ = "differs" if outside == 1 else "differ"
    return (
        f"{outside} of {int(known.sum())} practices {differ} from expectation more than {what} "
        f"({100 * found.level:g} % limits); by luck alone about {_about(by_luck)} would."
    )


def _about(number: float) -> str:
    """Return a number as people say it.

    >>> _about(1.05), _about(0.084), _about(2.4)
    ('1', '0.1', '2')
    """
    return f"{number:.0f}" if number >= 0.95 else f"{number:.1f}" if number >= 0.05 else f"{number:.2f}"


def _named(found: Compared, known: np.ndarray) -> str:
    position = np.where(known, found.funnel.position[found.level], 0)
    told = []
    for side, word in ((1, "More than expected"), (-1, f"{found.measure.fewer.capitalize()} than expected")):
        names = sorted(found.practices["practice"][position == side])
        if names and len(names) <= MOST_NAMED:
            told.append(f"{word}: {', '.join(names)}.")
    return " ".join(told)


def _variation(found: Compared, known: np.ndarray) -> str:
    if found.recipe == "none" or not known.any():
        return ""
    if not found.funnel.tau2:
        all_of_them = "Taken together, practices are spread no wider than chance spreads them"
        alone = (found.funnel.position[found.level][known] != 0).any()
        return f"{all_of_them}; one that is named stands out by itself." if alone else f"{all_of_them}."
    spread = math.sqrt(found.funnel.tau2) * (2 if found.recipe == "sqrt" else 1)
    return (
        f"Beyond chance, practices vary by about {100 * spread:.0f} % (one standard deviation), which nothing here "
        "explains. It is no measure of their quality."
    )


def _signals(found: Compared, policy: Policy) -> str:
    cells = disclosed(over_time_table(found, policy), policy).column(SIGNAL)
    signalled = sum(one not in (NO_SIGNAL, WITHHELD) for one in cells)
    if set(cells) == {WITHHELD}:
        return ""
    if not signalled:
        return "No practice's chart signalled a change within the year."
    return f"The charts of {signalled} practice{'s' if signalled > 1 else ''} signalled within the year."


def _left_out(found: Compared, known: np.ndarray, policy: Policy) -> str:
    few, none = int((~found.funnel.compared).sum()), int((found.practices["observed"] == 0).sum())
    withheld = int((found.funnel.compared & ~known).sum())
    told = []
    if withheld:
        what = "people had any" if found.measure.is_amount else "were observed"
        told.append(f"{_practices(withheld)} not judged here: {policy.withheld} {what}.")
    if few:
        told.append(f"{_practices(few)} not compared: fewer than {LEAST_EXPECTED:.0f} expected.")
    if none:
        told.append(f"{_practices(none)} shown with none at all, judged by exact limits.")
    if found.without_people:
        told.append(f"{_practices(found.without_people)} left out: nobody was registered there in the year.")
    return " ".join(told)


def _practices(many: int) -> str:
    return f"{many} practice is" if many == 1 else f"{many} practices are"


def method_words(found: Compared, policy: Policy = DEFAULT) -> tuple[str, ...]:
    """Return how the comparison was made, a sentence or two a line."""
    measure = found.measure
    told = [measure.meaning, measure.caveat, f"{_WHOSE} {_elsewhere(found, policy)}", _EXPECTED, _RATIO_LIMITS]
    told += [_spread_words(found), _recipe_words(found), _luck_words(found), _RELIABILITY, _STANDARDISED]
    return tuple(filter(None, told))


def _luck_words(found: Compared) -> str:
    """Say how often limits are crossed by luck in truth, where that is far from what they are called."""
    compared = found.funnel.compared
    told = []
    for level in LEVELS if compared.any() else ():
        rate, nominal = 100 * float(luck(found, level)[compared].mean()), 100 * (1 - level)
        if abs(rate / nominal - 1) > FAR:
            told.append(f"of {100 * level:g} % limits {rate:.{1 if rate >= 1 else 2}f} %")
    if not told:
        return ""
    return (
        f"Where few are expected, limits are approximate: of practices that do not differ, luck takes {' and '.join(told)} "
        "outside. The number on top allows for it."
    )


def _recipe_words(found: Compared) -> str:
    how = f"Variation between practices beyond chance is {_RECIPES[found.recipe]}"
    if found.recipe == "none":
        return f"{how}."
    own = " Where practices do vary, this leaves the allowance somewhat small." if found.funnel.tau2 else ""
    return f"{how} (Spiegelhalter 2005); it rests on {found.funnel.rests_on} practices.{own}"


def _elsewhere(found: Compared, policy: Policy) -> str:
    if found.measure.is_money:
        pounds = policy.money(found.elsewhere, policy.threshold + 1) or 0
        return f"£{pounds:,} fell in months that people began with no practice, and is left out."
    count = policy.count(round(found.elsewhere))
    words = policy.withheld if count is None else f"{count:,}"
    return f"{words} fell in months that people began with no practice, and are left out."


def _spread_words(found: Compared) -> str:
    if found.spread == 1.0:
        return "Chance is that of single events."
    if found.measure.is_money:
        return "Chance is measured on people, who spend much or little at once, and is allowed for in every limit."
    return (
        "Chance is measured on people: what one person has comes together, so practices vary by chance "
        f"{found.spread:.1f} times as much (variance) as single events would. Every limit allows for it."
    )
