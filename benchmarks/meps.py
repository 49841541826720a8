"""Cost models on real people: the Medical Expenditure Panel Survey, spending of 2013 from 2012 and of 2014 from 2013.

The arithmetic is the product's own: top-coding, sums, least squares, challengers, measures. Two questions are asked. As a
prediction benchmark, spending of the year before is allowed, and nothing is capped. As an allocation, what a practice could
change is barred as in ``casefinder allocate``, and spending is capped. Everybody is predicted by models that saw nobody of
their household; weights are the survey's, of the year predicted. The survey has no practices.

Nothing was chosen by its result but one thing: the first trial gave every model the money of the year before as it is, and
a few very dear years then ruled the models with a log link and, in one pair of years, least squares. So money and visits are
top-coded where they predict, as the product top-codes what it predicts, and models with a log link get logarithms only.
"""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from benchmarks.given import Given
from benchmarks.report import Figure, write
from casefinder.allocation.caps import DEFAULT_CAP, applied
from casefinder.allocation.design import AGES, age_band
from casefinder.allocation.models import rescaled
from casefinder.allocation.moments import Moments, solve
from casefinder.evaluation.amounts import person_measures, predictive_ratios, tenths
from casefinder.modelling.cost_models import fit_tweedie, fit_tweedie_trees, fit_two_part

FOLDER: Final = Path(__file__).resolve().parents[2] / "shared" / "data" / "meps"
PAIRS: Final = ((2012, 2013, 17), (2013, 2014, 18))
"""First year, second year, and the panel that was asked in both."""
BOUND: Final = 0.18
PARTS: Final = 10
CONDITIONS: Final = ("hibpdx", "chddx", "angidx", "midx", "ohrtdx", "strkdx", "emphdx", "chbron31", "choldx", "cancerdx",
                     "diabdx", "arthdx", "asthdx", "jtpain31")  # fmt: skip
_MANY: Final = (2, 3, 4, 6)
_HEALTH: Final = ("rthlth42", "mnhlth42")
_MONEY: Final = ("totexp", "obvexp", "optexp", "ertexp", "iptexp", "rxexp", "hhaexp", "dvtexp")
_VISITS: Final = ("obtotv", "optotv", "ertot", "ipdis", "rxtot", "hhtotd")
LADDER: Final = ("age_sex", "diagnoses", "income", "cover")
"""Steps that need may have here: income stands for deprivation, insurance cover for supply, held at its mean."""


def year(number: int) -> pd.DataFrame:
    """Return the people of a year, columns without the year in their names, negative values (reserve codes) missing."""
    raw = pd.read_csv(FOLDER / f"meps_{number}.csv.gz")
    end = f"{number % 100:02d}"
    named = {name: name.replace(f"{end}x", "").replace(f"{end}f", "").removesuffix(end) for name in raw.columns}
    found = raw.rename(columns=named)
    income = found["faminc"].copy()
    found = found.mask(found < 0)
    found["faminc"] = income  # a loss is an income below 0, no code
    return found


def pair(first: int, second: int, panel: int) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return people asked in both years, with ``spent`` and ``weight`` of the second, and how many were left out and why."""
    before, after = year(first), year(second)
    own = before[before["panel"] == panel]
    spent = after.loc[after["panel"] == panel, ["dupersid", "totexp", "perwt"]]
    both = own.merge(spent.rename(columns={"totexp": "spent", "perwt": "weight"}), on="dupersid", validate="one_to_one")
    known = both["age"].notna() & both["spent"].notna() & both["totexp"].notna()
    weighed = both["weight"] > 0
    counts = {
        "first_year": len(own), "not_in_second_year": len(own) - len(both), "age_or_spending_not_known": int((~known).sum()),
        "no_weight_in_second_year": int((known & ~weighed).sum()), "used": int((known & weighed).sum()),
    }  # fmt: skip
    return both[known & weighed].reset_index(drop=True), counts


def need_columns(people: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the columns of each step of the ladder; what is not known counts as not having it, except cover."""
    age_sex = np.zeros((len(people), 2 * len(AGES)))
    band, male = age_band(people["age"].to_numpy()), (people["sex"] == 1).to_numpy()
    age_sex[np.arange(len(people)), band + len(AGES) * male] = 1.0
    ill = (people[list(CONDITIONS)] == 1).to_numpy(dtype=np.float64)
    many = np.stack([ill.sum(axis=1) >= least for least in _MANY], axis=1)
    fifth = pd.qcut(people["faminc"].rank(method="first"), 5, labels=False).to_numpy()
    income = np.stack([fifth == place for place in (0, 1, 3, 4)], axis=1)
    cover = np.stack([people["inscov"] == kind for kind in (2, 3)], axis=1)
    return {"age_sex": age_sex, "diagnoses": np.hstack([ill, many]), "income": income, "cover": cover}


def prior_columns(people: pd.DataFrame, logarithms_only: bool) -> np.ndarray:
    """Return what the year before says beside need: spending and visits, top-coded and as logarithms, and own health."""
    weight = people["weight"].to_numpy()
    raw = people[[*_MONEY, *_VISITS]].fillna(0.0)
    amounts = np.column_stack([applied(DEFAULT_CAP, raw[name].to_numpy(np.float64), weight)[1] for name in raw])
    health = [(people[name] == grade).to_numpy() for name in _HEALTH for grade in (3, 4, 5)]
    physical = people["pcs42"].fillna(people["pcs42"].mean()).to_numpy()
    logarithms = [np.log1p(amounts), *health, physical]
    return np.column_stack(logarithms if logarithms_only else [amounts, *logarithms])


Fit = Callable[[np.ndarray, np.ndarray, np.ndarray], Callable[[np.ndarray], np.ndarray]]


def least_squares(columns: np.ndarray, amount: np.ndarray, weight: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Fit weighted least squares by the product's sums."""
    sums = Moments.empty(1, columns.shape[1])
    sums.add(columns, amount[:, None], weight, np.zeros(len(columns), dtype=np.int64))
    b = solve(sums.xx[0], sums.xy[0, 0], range(columns.shape[1]))
    return lambda rows: np.asarray(rows @ b)


def _challenger(fit: Callable[..., Any], *more: Any) -> Fit:
    def fitted(columns: np.ndarray, amount: np.ndarray, weight: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        centre, spread = columns.mean(axis=0), columns.std(axis=0)
        spread = np.where(spread > 0, spread, 1.0)
        standard = (columns - centre) / spread
        model = rescaled(fit(standard, amount, weight, *more), standard, amount, weight)
        return lambda rows: model.predict((rows - centre) / spread)

    return fitted


FITS: Final = ("least squares", "Tweedie", "two-part", "trees")
LOG_LINK: Final = ("Tweedie", "two-part")
JUDGED: Final = ("least squares", "trees")
"""Models that the bound is set for: a log link is not made for squared error."""


def fits(columns: int) -> dict[str, Fit]:
    """Return every way of fitting, by name."""
    names = tuple(f"c{place}" for place in range(columns))
    every = (least_squares, _challenger(fit_tweedie), _challenger(fit_two_part), _challenger(fit_tweedie_trees, names, 1))
    return dict(zip(FITS, every, strict=True))


def out_of_sample(columns: np.ndarray, amount: np.ndarray, people: pd.DataFrame, fit: Fit) -> np.ndarray:
    """Return everybody's prediction by a model that saw nobody of the household; ten parts by a hash of the household."""
    weight = people["weight"].to_numpy()
    part = np.array([int(hashlib.sha256(f"{one:.0f}".encode()).hexdigest(), 16) % PARTS for one in people["duid"]])
    found = np.empty(len(people))
    for number in range(PARTS):
        own = part == number
        found[own] = fit(columns[~own], amount[~own], weight[~own])(columns[own])
    return found


def measured(amount: np.ndarray, predicted: np.ndarray, weight: np.ndarray) -> dict[str, float]:
    """Return the product's measures of people."""
    return {name: float(value) for name, value in vars(person_measures(amount, predicted, weight)).items()}


def prediction(people: pd.DataFrame, other: pd.DataFrame) -> dict[str, Any]:
    """Return the prediction benchmark, uncapped: within the pair of years, and fitted on the other pair."""
    amount, weight = people["spent"].to_numpy(), people["weight"].to_numpy()
    found: dict[str, Any] = {}
    for name in FITS:

        def columns(of: pd.DataFrame, logarithms_only: bool = name in LOG_LINK) -> np.ndarray:
            return np.hstack([*need_columns(of).values(), prior_columns(of, logarithms_only)]).astype(np.float64)

        x = columns(people)
        fit = fits(x.shape[1])[name]
        within = out_of_sample(x, amount, people, fit)
        across = fit(columns(other), other["spent"].to_numpy(), other["weight"].to_numpy())(x)
        found[name] = {"within": measured(amount, within, weight), "across": measured(amount, across, weight)}
    return found


def allocation(people: pd.DataFrame) -> dict[str, Any]:
    """Return the ladder with prior use barred, spending capped as the command does by default."""
    weight = people["weight"].to_numpy()
    cap, amount = applied(DEFAULT_CAP, people["spent"].to_numpy(), weight)
    parts, found = need_columns(people), dict[str, Any]()
    steps: Mapping[str, np.ndarray] = {
        step: np.hstack([parts[one] for one in LADDER[: place + 1]]).astype(np.float64) for place, step in enumerate(LADDER)
    }
    for step, x in steps.items():
        found[step] = measured(amount, out_of_sample(x, amount, people, least_squares), weight)
    x = steps["cover"]
    predicted = out_of_sample(x, amount, people, least_squares)
    for name, fit in list(fits(x.shape[1]).items())[1:]:
        found[name] = measured(amount, out_of_sample(x, amount, people, fit), weight)
    ratios = predictive_ratios(amount, predicted, tenths(predicted, weight), weight)
    return {
        "cap": vars(cap), "measures": found, "negative": int((predicted < 0).sum()),
        "ratios_by_tenth": [round(one, 3) for one in ratios["ratio"]],
    }  # fmt: skip


def run(given: Given) -> None:
    """Ask both questions of both pairs of years, and write the results."""
    if not FOLDER.is_dir():
        print(f"the survey is not here: the folder {FOLDER.name} is missing, so nothing was measured", flush=True)
        return
    pairs = {f"{second} from {first}": pair(first, second, panel) for first, second, panel in PAIRS}
    details: dict[str, Any] = {}
    figures: list[Figure] = []
    for name, (people, counts) in pairs.items():
        other = next(one for key, (one, _) in pairs.items() if key != name)
        details[name] = {"people": counts, "prediction": prediction(people, other), "allocation": allocation(people)}
        figures += _figures(name, details[name])
    write(given.results, "meps", "cost models on real people (MEPS)", figures, _notes(details), details)


def _figures(name: str, found: dict[str, Any]) -> list[Figure]:
    figures = []
    for model, one in found["prediction"].items():
        bound = BOUND if model in JUDGED else None
        words = f"{name}, prior spending allowed, no cap, {model}"
        figures.append(Figure(f"{words}: R², out of sample", one["within"]["r2"], "", bound, "at least"))
        figures.append(Figure(f"{words}: R², fitted on the other pair of years", one["across"]["r2"], ""))
    cap = found["allocation"]["cap"]["pounds"]
    for model, one in found["allocation"]["measures"].items():
        words = f"{name}, prior use barred, capped at ${cap:,.0f}, {model}"
        figures += [Figure(f"{words}: R²", one["r2"], ""), Figure(f"{words}: CPM", one["cpm"], "")]
    return figures


def _notes(details: dict[str, Any]) -> list[str]:
    told = []
    for name, one in details.items():
        people, cap = one["people"], one["allocation"]["cap"]
        told.append(
            f"{name}: {people['used']:,} of {people['first_year']:,} people of the panel; {people['not_in_second_year']:,} "
            f"were not asked in the second year, {people['age_or_spending_not_known']:,} have an age or spending not "
            f"known, {people['no_weight_in_second_year']:,} no weight. The cap takes "
            f"{100 * cap['share_removed']:.1f} % of the money."
        )
    told.append(
        "Weighted by the survey's weights of the year predicted; everybody is predicted by models that saw nobody of their "
        "household, ten parts. Reserve codes (negative values) are missing, but for losses in income. The survey has no "
        "practices, so nothing is said of them."
    )
    return told
