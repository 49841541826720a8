"""Simulated programmes with a planted effect: how often 95 % intervals hold it, and how often nothing is called a success.

One base record is simulated once: months of emergency admissions of people who differ in ways that are recorded and in one
that is not, and whose rate stays high for some months after an admission. Each programme then enrols people of its own, at
monthly landmarks. Enrolment is driven by recorded recent admissions, or, in a second set, by the unrecorded frailty too.
Admissions of the enrolled after their start are thinned, or added to, by the planted rate ratio, so the truth is known.
What is said of each programme is settled by the product's own rule (``casefinder.services.finding``).

``python -m benchmarks programmes`` writes ``programmes.json``.
"""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.report import Figure, write
from casefinder import matching as m
from casefinder.services.finding import finding

PEOPLE: Final = 60_000
BEFORE: Final = 24
"""Months before the first landmark."""
RUN_UP: Final = 12
"""Months before a landmark that people are matched on."""
LANDMARKS: Final = 4
AFTER: Final = 12
ENROLLED: Final = 300
PROGRAMMES: Final = 1_000
RATIOS: Final = (0.8, 1.0, 1.15)
SEED: Final = 20_260_601
HIDDEN: Final = 1.0
"""Weight of the logarithm of the unrecorded frailty in the second set; an admission in the last month weighs 0.8."""
PRIMARY: Final = "matched and adjusted"
SAID: Final = "said by the report's rule"
SIDES: Final = ("fewer", "open", "more")
CONTROLS: Final = ("fractures", "year before the run-up")
"""Negative controls: an outcome and a period that the service cannot have changed."""
FITTED_SHARE: Final = 0.2
SHOWN_FAILING: Final = 250
"""Programmes on which the estimates without matching are made too."""


@dataclass(frozen=True)
class Base:
    """The base record: months in columns, people in rows; what is recorded, and the frailty that is not."""

    admissions: np.ndarray
    fractures: np.ndarray
    alive_until: np.ndarray
    age: np.ndarray
    female: np.ndarray
    conditions: np.ndarray
    frailty: np.ndarray


def base_record(people: int = PEOPLE, seed: int = SEED) -> Base:
    """Simulate the months of everyone once."""
    draw = np.random.default_rng(seed)
    age, female = np.clip(draw.normal(74, 9, people), 50, 100), draw.integers(0, 2, people)
    conditions, frailty = draw.poisson(1.5, people), draw.gamma(2, 0.5, people)
    usual = 0.02 * np.exp(0.03 * (age - 74) + 0.2 * (conditions - 1.5)) * frailty
    months = BEFORE + LANDMARKS + AFTER
    admissions, shock = np.zeros((people, months), dtype=np.int64), np.zeros(people)
    for month in range(months):
        admissions[:, month] = draw.poisson(usual * (1 + shock))
        shock = 0.6 * shock + 2.0 * np.minimum(admissions[:, month], 2)
    # Deaths hang on age and frailty and not on the service, so a programme changes nobody's time at risk.
    alive_until = BEFORE + draw.exponential(1 / (0.004 * np.exp(0.06 * (age - 74)) * (0.5 + 0.5 * frailty)))
    fractures = draw.poisson((0.006 * np.exp(0.04 * (age - 74)) * frailty**1.5)[:, None], (people, months))
    return Base(admissions, fractures, alive_until, age, female, conditions, frailty)


def recorded(base: Base, month: int) -> np.ndarray:
    """Return what is known of everyone at the start of a month: admissions in three windows, age, sex, conditions."""
    windows = [base.admissions[:, month - last : month - first].sum(axis=1) for first, last in ((0, 1), (1, 3), (3, 12))]
    return np.column_stack([*windows, base.age, base.female, base.conditions]).astype(np.float64)


@dataclass(frozen=True)
class Study:
    """What all programmes share: the base, its columns at each landmark, and the prognostic score of a year earlier."""

    base: Base
    columns: list[np.ndarray]
    prognosis: list[np.ndarray]


def study(base: Base) -> Study:
    """Fit the prognostic score on the year before the first landmark, when nobody was served."""
    year_before = BEFORE - 12
    outcome = base.admissions[:, year_before:BEFORE].sum(axis=1) > 0
    score = m.prognostic_score(recorded(base, year_before), outcome, np.zeros(len(outcome)))
    columns = [recorded(base, BEFORE + landmark) for landmark in range(LANDMARKS)]
    return Study(base, columns, [score.log_odds(one) for one in columns])


def enrol(given: Study, hidden: float, draw: np.random.Generator) -> np.ndarray:
    """Return the landmark at which each person starts; ``LANDMARKS`` for those who never do.

    Recent admissions make enrolment likelier; ``hidden`` is the weight of the unrecorded frailty's logarithm.
    """
    base, start = given.base, np.full(len(given.base.age), LANDMARKS)
    for landmark, columns in enumerate(given.columns):
        score = columns[:, :3] @ [0.8, 0.5, 0.25] + 0.02 * columns[:, 3] + 0.1 * columns[:, 5]
        score = score + hidden * np.log(base.frailty) + draw.gumbel(size=len(start))
        score[(start < LANDMARKS) | (months_followed(base, landmark) < 1)] = -np.inf
        start[np.argsort(-score)[: ENROLLED // LANDMARKS]] = landmark
    return start


def months_followed(base: Base, landmark: int) -> np.ndarray:
    """Return the whole months, at most ``AFTER``, for which each person is alive from a landmark on."""
    return np.clip(np.floor(base.alive_until).astype(np.int64) - BEFORE - landmark, 0, AFTER)


def matched_rows(given: Study, start: np.ndarray, draw: np.random.Generator) -> dict[str, np.ndarray]:
    """Return the members of matched sets, with the columns known at their landmark."""
    here = [
        np.flatnonzero((start >= landmark) & (months_followed(given.base, landmark) >= 1)) for landmark in range(LANDMARKS)
    ]
    person, landmark = np.concatenate(here), np.repeat(np.arange(LANDMARKS), [len(one) for one in here])
    columns = np.concatenate([given.columns[place][one] for place, one in enumerate(here)])
    prognosis = np.concatenate([given.prognosis[place][one] for place, one in enumerate(here)])
    treated = start[person] == landmark
    wide = np.column_stack([columns, columns[:, :3] ** 2])
    # The score is fitted on the treated and a share of the candidates, each of whom stands for others.
    drawn = np.flatnonzero(treated | (draw.random(len(treated)) < FITTED_SHARE))
    weight = np.where(treated[drawn], 1.0, 1 / FITTED_SHARE)
    logit = m.propensity_score(wide[drawn], treated[drawn], weight).log_odds(wide)
    near = np.column_stack([prognosis, columns[:, :4]])
    exact = [columns[:, 4], columns[:, 3] // 10]
    rows = m.risk_sets(person, landmark, treated, logit, prognosis, near, exact)
    pairs = m.match(rows)
    members = pairs.members()
    return {
        "person": person[members.row], "landmark": landmark[members.row], "set": members.matched_set,
        "treated": members.treated, "weight": members.weight,
        "columns": np.column_stack([logit, prognosis, columns[:, :3].sum(axis=1), columns[:, 3]])[members.row],
        "unmatched": np.array([len(pairs.unmatched)]),
    }  # fmt: skip


def followed(
    given: Study, start: np.ndarray, of: dict[str, np.ndarray], events: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return counts and years of matched people: until death, a year, or for a control their own start."""
    person, landmark = of["person"], of["landmark"]
    whole = np.clip(np.floor(given.base.alive_until[person]).astype(np.int64) - BEFORE - landmark, 0, AFTER)
    own = np.where(of["treated"], AFTER, np.where(start[person] < LANDMARKS, start[person] - landmark, AFTER))
    months = np.minimum(whole, own)
    first = BEFORE + landmark
    total = np.concatenate([np.zeros((len(events), 1), dtype=np.int64), np.cumsum(events, axis=1)], axis=1)
    return total[person, first + months] - total[person, first], months / 12


def earlier(given: Study, of: dict[str, np.ndarray]) -> np.ndarray:
    """Return the admissions of matched people in the year before the run-up: no service can have changed them."""
    total = np.cumsum(given.base.admissions, axis=1)
    first = BEFORE + of["landmark"]
    months = [np.where(first > back, total[of["person"], first - back - 1], 0) for back in (RUN_UP, RUN_UP + 12)]
    return np.asarray(months[0] - months[1])


def planted(count: np.ndarray, treated: np.ndarray, ratio: float, draw: np.random.Generator) -> np.ndarray:
    """Return counts in which each event of the treated is dropped, or has another beside it, by chance."""
    if ratio <= 1:
        return np.where(treated, draw.binomial(count, ratio), count)
    return count + np.where(treated, draw.binomial(count, ratio - 1), 0)


def naive(given: Study, start: np.ndarray, draw: np.random.Generator) -> dict[str, Any]:
    """Return what is reported of a service that does nothing without matching: the other people are a tenth of the rest."""
    base = given.base
    landmark = np.where(start < LANDMARKS, start, 0)
    months = np.clip(np.floor(base.alive_until).astype(np.int64) - BEFORE - landmark, 0, AFTER)
    treated = start < LANDMARKS
    here = (months >= 1) & (treated | (draw.random(len(start)) < 0.1))
    total = np.concatenate([np.zeros((len(start), 1), dtype=np.int64), np.cumsum(base.admissions, axis=1)], axis=1)
    people, first = np.arange(len(start)), BEFORE + landmark
    before = (total[people, first] - total[people, first - 12])[here]
    after = (total[people, first + months] - total[people, first])[here]
    years, treated = months[here] / 12, treated[here]
    ones = np.ones(len(years))
    cells = m.cells(np.r_[before, after], np.r_[ones, years], np.tile(treated, 2), np.repeat([-1, 0], len(years)),
                    np.tile(people[here], 2))  # fmt: skip
    return {
        "before and after": m.before_after(before[treated], ones[treated], after[treated], years[treated]).ratio,
        "unmatched contrast": m.rate_effect(after, years, treated, people[here]).ratio,
        "unmatched difference-in-differences": m.difference_in_differences(cells).estimate,
    }


def programme(given: Study, hidden: float, number: int) -> list[dict[str, Any]]:
    """Enrol and match once, and return what is estimated at each planted ratio."""
    draw = np.random.default_rng([SEED, int(1000 * hidden), number])
    start = enrol(given, hidden, draw)
    of = matched_rows(given, start, draw)
    count, years = followed(given, start, of, given.base.admissions)
    fractures, _ = followed(given, start, of, given.base.fractures)
    common = of["treated"], of["set"], of["weight"]
    controls = {
        "fractures": m.rate_effect(fractures, years, *common, person=of["person"]).ratio,
        "year before the run-up": m.rate_effect(earlier(given, of), np.ones(len(years)), *common, person=of["person"]).ratio,
    }
    noticed = [name for name, one in controls.items() if not one.low <= 1 <= one.high]
    found = []
    for ratio in RATIOS:
        seen = planted(count, of["treated"], ratio, draw)
        declared = m.rate_effect(seen, years, *common, person=of["person"]).ratio
        adjusted = m.rate_effect(seen, years, *common, of["columns"], of["person"]).ratio
        estimates = {
            "matched": declared,
            "matched and adjusted": adjusted,
            **(naive(given, start, draw) if ratio == 1 and number < SHOWN_FAILING else {}),
        }
        found.append({
            "ratio": ratio, "unmatched": int(of["unmatched"][0]), "noticed": noticed,
            "said": finding(declared, adjusted, controls, is_fit=True).side,
            "estimates": {name: (one.value, one.low, one.high) for name, one in estimates.items()},
        })  # fmt: skip
    return found


_STUDY: dict[str, Study] = {}


def _begin() -> None:
    _STUDY["given"] = study(base_record())


def _one(task: tuple[float, int]) -> list[dict[str, Any]]:
    return programme(_STUDY["given"], *task)


def simulated(hidden: float, programmes: int) -> list[dict[str, Any]]:
    """Return what every programme estimates at every ratio, on two processes."""
    with ProcessPoolExecutor(2, initializer=_begin) as pool:
        done = pool.map(_one, [(hidden, number) for number in range(programmes)], chunksize=10)
        return [one for found in done for one in found]


def summary(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Return coverage, mean log error and share called a success, for each way of estimating and planted ratio."""
    told: dict[str, Any] = {}
    for name in max((one["estimates"] for one in found), key=len):
        for ratio in RATIOS:
            limits = np.array(
                [one["estimates"][name] for one in found if one["ratio"] == ratio and name in one["estimates"]]
            )
            if not len(limits):
                continue
            holds = (limits[:, 1] <= ratio) & (ratio <= limits[:, 2])
            low, high = share_interval(int(holds.sum()), len(holds))
            told.setdefault(name, {})[str(ratio)] = {
                "coverage": round(float(holds.mean()), 4),
                "coverage_99": [round(low, 4), round(high, 4)],
                "mean_ratio": round(float(np.exp(np.log(limits[:, 0]).mean())), 4),
                "called_a_success": round(float((limits[:, 2] < 1).mean()), 4),
            }
    for ratio in RATIOS:
        said = [one["said"] for one in found if one["ratio"] == ratio]
        told.setdefault(SAID, {})[str(ratio)] = {side: round(said.count(side) / len(said), 4) for side in SIDES}
    for name in CONTROLS:
        told[f"noticed by the {name}"] = round(float(np.mean([name in one["noticed"] for one in found])), 4)
    told["unmatched share"] = round(float(np.mean([one["unmatched"] for one in found])) / ENROLLED, 4)
    return told


def share_interval(count: int, of: int, level: float = 0.99) -> tuple[float, float]:
    """Return the exact binomial interval of a share (Clopper and Pearson 1934)."""
    from scipy.stats import binomtest

    found = binomtest(count, of).proportion_ci(level, "exact")
    return float(found.low), float(found.high)


def run(results: Path, programmes: int = PROGRAMMES) -> None:
    """Simulate both sets of programmes and write ``programmes.json``."""
    asked = (0.0, programmes), (HIDDEN, programmes // 4)
    recorded_only, unrecorded = (summary(simulated(hidden, number)) for hidden, number in asked)
    figures, notes = _figures(recorded_only, unrecorded, programmes), _notes(programmes)
    details = {"recorded": recorded_only, "unrecorded": unrecorded}
    write(results, "programmes", "simulated programmes with a planted effect", figures, notes, details)


def _figures(recorded_only: dict[str, Any], unrecorded: dict[str, Any], programmes: int) -> list[Figure]:
    from scipy.stats import binom

    low, high = (round(100 * float(binom.ppf(tail, programmes, 0.95)) / programmes, 1) for tail in (0.005, 0.995))
    figures = []
    for ratio in RATIOS:
        covered = 100 * recorded_only[PRIMARY][str(ratio)]["coverage"]
        figures.append(Figure(f"{PRIMARY}: 95 % intervals that hold a rate ratio of {ratio}", covered, "%", low, "at least"))
        figures.append(Figure(f"the same, {ratio}", covered, "%", high, "at most"))
    said = {ratio: recorded_only[SAID][str(ratio)] for ratio in RATIOS}
    figures.append(Figure("programmes without effect called a success by the report", 100 * said[1.0]["fewer"], "%", 2.5))
    figures.append(Figure("programmes without effect of which the report says more", 100 * said[1.0]["more"], "%"))
    figures.append(Figure("programmes with a rate ratio of 0.8 called a success", 100 * said[0.8]["fewer"], "%"))
    figures.append(
        Figure("programmes with a rate ratio of 1.15 of which the report says more", 100 * said[1.15]["more"], "%")
    )
    for name, told in recorded_only.items():
        if not isinstance(told, dict) or name == SAID:
            continue
        if name != PRIMARY:
            figures.append(Figure(f"{name}: 95 % intervals that hold a rate ratio of 1", 100 * told["1.0"]["coverage"], "%"))
        below = 100 * told["1.0"]["called_a_success"]
        figures.append(Figure(f"{name} alone: intervals below 1 without effect", below, "%"))
    return [*figures, *_unrecorded_figures(recorded_only, unrecorded)]


def _unrecorded_figures(recorded_only: dict[str, Any], unrecorded: dict[str, Any]) -> list[Figure]:
    told, enrolled = unrecorded[PRIMARY]["1.0"], "enrolled on unrecorded frailty"
    figures = [
        Figure(f"{enrolled}: 95 % intervals that hold a rate ratio of 1", 100 * told["coverage"], "%"),
        Figure(f"{enrolled}: mean rate ratio where it is 1", told["mean_ratio"], ""),
        Figure(f"{enrolled}: without effect, called a success by the report", 100 * unrecorded[SAID]["1.0"]["fewer"], "%"),
    ]
    for name in CONTROLS:
        for words, found in ((enrolled, unrecorded), ("enrolled on what is recorded", recorded_only)):
            figures.append(Figure(f"{words}: noticed by the {name}", 100 * found[f"noticed by the {name}"], "%"))
    return figures


def _notes(programmes: int) -> list[str]:
    return [
        f"{programmes:,} programmes of {ENROLLED} people at {LANDMARKS} monthly landmarks, out of one simulated record of "
        f"{PEOPLE:,} people; {programmes // 4:,} more that enrol on an unrecorded frailty as well. Each planted ratio on "
        "the same enrolment and matching.",
        "The bounds of coverage are the shares that 99 % of such studies would see were it 95 %.",
        "Matched 3 : 1 in risk sets, sex and ten-year age band exact, calipers of 0.2 standard deviations on the logits of "
        "propensity and prognosis; Poisson with errors clustered on set and person; adjusted for both "
        "logits, admissions of the run-up and age, as in the product. Controls treated later are followed until then.",
        f"Estimates without matching are made on the first {SHOWN_FAILING} programmes, the others being a tenth of "
        "those never enrolled.",
        "Negative controls: fractures, which the service cannot change and frailty does, and admissions in the year before "
        "the run-up. Noticed: the interval is off 1.",
        "Called a success: the report's own rule says 'fewer', which asks that the interval as declared and the adjusted "
        "one both lie below 1 and no negative control is off 1. Every design counts as fit to proceed.",
    ]
