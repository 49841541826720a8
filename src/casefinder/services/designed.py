"""A design: who is matched with whom, how alike they are, and whether that is fit to proceed. It holds no outcome."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from casefinder.codelists import CodeLists
from casefinder.config.service import ServiceProtocol
from casefinder.dates import NEVER, plain, to_date, to_day
from casefinder.errors import Problem, ServiceError
from casefinder.histories import Histories
from casefinder.histories.practices import Practices
from casefinder.matching import MatchSettings, Members, Pairs, RiskSets, match, risk_sets
from casefinder.modelling.splits import draws
from casefinder.modelling.stored_rows import Storage
from casefinder.services.columns import RUN_UP_SUM, Columns, Recipe, run_up_names
from casefinder.services.compiled import SAID, Compiled
from casefinder.services.gather import Earlier, Grid, Rows, gather, gather_earlier, moved
from casefinder.services.landmarks import closed_to, earlier_landmark, landmark_days
from casefinder.services.measures import MEASURES
from casefinder.services.scoring import Scores, scores
from casefinder.services.starts import Starts

FIRST: Final = "as declared"
"""The name of the design that the protocol declares."""
BY_CHANCE: Final = "not matched"
"""All eligible treated, and candidates of the same landmark drawn by chance: for a comparison not to be believed."""
_DRAWN: Final = 5
"""Candidates drawn for each treated person there."""


@dataclass(frozen=True)
class Flow:
    """How many people were left at each step, as words and numbers of the treated."""

    steps: tuple[tuple[str, int], ...]
    candidates: int
    candidate_people: int
    rules: dict[str, int]


@dataclass(frozen=True)
class Design:
    """A design in memory.

    Attributes:
        rows: of treated and candidates, by person and landmark.
        columns: of the same rows, both scores among them.
        scores: how they were fitted.
        pairs: the declared matching.
        members: matched people, a row for each set they are in, of the declared design and of the others by name.
        flow: from everyone served to everyone matched.
        area: of each row: whether its practice is one where the service runs.
    """

    protocol: ServiceProtocol
    rows: Rows
    columns: Columns
    scores: Scores
    sets: RiskSets
    pairs: Pairs
    others: dict[str, Pairs]
    flow: Flow
    area: np.ndarray
    service_practices: tuple[str, ...]
    practice: np.ndarray

    def members_table(self) -> pd.DataFrame:
        """Return everybody matched: design, set, person, arm, weight, time zero and own start, and the columns."""
        parts = [self._members(FIRST, self.pairs.members())]
        parts += [self._members(name, pairs.members()) for name, pairs in self.others.items()]
        if not self.protocol.is_randomised:
            parts.append(self._members(BY_CHANCE, drawn(self.rows, self.protocol.seed)))
        return pd.concat(parts, ignore_index=True)

    def _members(self, name: str, among: Members) -> pd.DataFrame:
        rows = self.rows.only(among.row)
        table = pd.DataFrame(
            {
                "design": name, "matched_set": among.matched_set, "person_id": rows.person, "treated": among.treated,
                "weight": among.weight, "landmark": rows.landmark, "own_start": rows.start, "in_area": self.area[among.row],
                "practice": self.practice[among.row],
            }
        )  # fmt: skip
        said = pd.DataFrame(rows.said, columns=[f"said_{one}" for one in SAID]).astype(float)
        values = pd.DataFrame(self.columns.values[among.row].astype(float), columns=list(self.columns.names))
        return pd.concat([table, said, values], axis=1)


def design(
    protocol: ServiceProtocol,
    histories: Histories,
    codelists: CodeLists,
    starts: Starts,
    practices: Practices,
    storage: Storage,
    tell: Callable[[str, int, int], None],
) -> Design:
    """Return the design of a protocol on a record.

    Raises:
        ServiceError: nobody is left to match, no overlap, too few pairs, or all treated in one practice.
    """
    ready, chosen = Compiled.of(protocol, histories, codelists), chosen_starts(protocol, histories, starts)
    grid = Grid.of(protocol, starts, chosen)
    rows = gather(ready, grid, storage, lambda done, whole: tell("people at their landmarks", done, whole))
    rules, found_there = left_out_by_rule(ready, rows), int(rows.treated.sum())
    codes = practices.codes(rows.practice)
    area = _area(protocol, practices, codes, rows.treated & (rows.rule == 0))
    order = in_order(rows, _comparable(protocol, rows, area))
    columns_of_rows = dict(vars(rows))
    del rows
    eligible, codes, area = moved(columns_of_rows, order), codes[order], area[order]
    _refuse_hopeless(protocol, eligible, codes)
    recipe = Recipe.settled_on(ready.features.features, protocol.covariates, ready.run_up.names, eligible.features)
    columns = recipe.columns(eligible.features, eligible.run_up).varied()
    tell("scores", 0, 0)
    found = scores(protocol, eligible, columns, recipe, earlier_people(protocol, ready, grid, eligible, storage))
    tell("matching", 0, 0)
    sets, columns = _risk_sets(protocol, eligible, columns, found, codes, practices)
    pairs = match(sets, _settings(protocol))
    refuse_few(protocol, pairs)
    others = _others(protocol, sets)
    flow = _flow(starts, chosen, found_there, eligible, pairs, rules)
    served = tuple(sorted({str(code) for code in codes[area] if code is not None}))
    return Design(protocol, eligible, columns, found, sets, pairs, others, flow, area, served, codes)


def chosen_starts(protocol: ServiceProtocol, histories: Histories, starts: Starts) -> np.ndarray:
    """Return whose start counts: in the protocol's period, or, without an end, with a window that has closed.

    Raises:
        ServiceError: nobody's.
    """
    served, manifest = protocol.served, histories.version.manifest
    kinds = (*MEASURES[protocol.primary].feeds, "death")
    closed = closed_to(manifest["complete_to"], kinds, protocol.horizon_days)
    last = served.starts_to
    if last is None:
        zero = landmark_days(starts.days, protocol.landmarks)
        chosen = starts.between(served.starts_from, None) & (zero <= to_day(closed))
    else:
        chosen = starts.between(served.starts_from, last)
    if not chosen.any():
        first, final = to_date(int(starts.days.min())), to_date(int(starts.days.max()))
        problem = Problem(
            "served",
            f"starts lie between {plain(first)} and {plain(final)}, and follow-up of {protocol.horizon_days} days has "
            f"closed only for those up to {plain(closed)}",
        )
        raise ServiceError(
            "Nobody's outcome window is complete yet:", [problem], "Wait, link newer extracts, or shorten it."
        )
    return chosen


def in_order(rows: Rows, keep: np.ndarray) -> np.ndarray:
    """Return the places of the rows to keep, by person and landmark."""
    codes = pd.factorize(rows.person, sort=True)[0]
    order = np.lexsort((rows.landmark, codes))
    return np.asarray(order[keep[order]])


def left_out_by_rule(ready: Compiled, rows: Rows) -> dict[str, int]:
    """Return how many of the treated each rule of eligibility leaves out."""
    words = {-1: "had died or left the practice by then", **dict(enumerate(ready.cohort.rules, start=1))}
    of_treated = rows.rule[rows.treated]
    return {words[rule]: int(np.sum(of_treated == rule)) for rule in sorted(set(of_treated.tolist()) - {0})}


def _area(protocol: ServiceProtocol, practices: Practices, codes: np.ndarray, treated: np.ndarray) -> np.ndarray:
    """Say of each row whether its practice is one where the service runs."""
    own = protocol.comparator
    named = set(own.practices) | {code for code, cluster in practices.cluster.items() if cluster in own.clusters}
    if not own.practices and not own.clusters:
        named = set(codes[treated].tolist())
    return np.array([code in named for code in codes], dtype=bool)


def _comparable(protocol: ServiceProtocol, rows: Rows, area: np.ndarray) -> np.ndarray:
    """Say which rows are of eligible people: the treated, and candidates of the area that the protocol asks for."""
    wanted = {"same": area, "other": ~area, "both": np.ones(len(rows), dtype=bool)}[protocol.comparator.area]
    return np.asarray((rows.rule == 0) & (rows.treated | wanted))


def _refuse_hopeless(protocol: ServiceProtocol, rows: Rows, codes: np.ndarray) -> None:
    """Raise where nothing could come of it.

    Raises:
        ServiceError: too few treated are eligible, all of them are in one practice, or there are no candidates.
    """
    treated, problems = int(rows.treated.sum()), []
    if treated < protocol.go.least_people:
        problems.append(Problem("go.least_people", f"{protocol.go.least_people} are asked for; {treated} are eligible"))
    if treated and len(set(codes[rows.treated].tolist())) < 2:
        problems.append(
            Problem("served", "all of them are in one practice, so the service cannot be told from the practice")
        )
    if not (~rows.treated).any():
        problems.append(Problem("comparator", "nobody could be a control"))
    if problems:
        raise ServiceError("These people cannot be evaluated:", problems, "Widen the protocol, or wait for more people.")


def earlier_people(protocol: ServiceProtocol, ready: Compiled, grid: Grid, rows: Rows, storage: Storage) -> Earlier | None:
    """Return people at the earlier date, or None where no prognostic score is asked for.

    Raises:
        ServiceError: the feeds do not reach back far enough.
    """
    if protocol.prognostic == "none":
        return None
    date = earlier_landmark(int(grid.starts.days.min()), protocol.horizon_days)
    first = ready.histories.version.manifest["history_from"]
    if first and date < dt.date.fromisoformat(first) + dt.timedelta(days=365):
        problem = Problem(
            "prognostic", f"the earlier date is {plain(date)}, and the feeds begin on {plain(dt.date.fromisoformat(first))}"
        )
        raise ServiceError(
            "The prognostic score cannot be fitted:", [problem], "Set 'prognostic: none', or shorten the horizon."
        )
    age = rows.said[rows.treated, SAID.index("age")].astype(float)
    bands = frozenset(int(one) for one in np.unique(grid.band(age)))
    return gather_earlier(ready, date, grid, bands, storage)


def _risk_sets(
    protocol: ServiceProtocol, rows: Rows, columns: Columns, found: Scores, codes: np.ndarray, practices: Practices
) -> tuple[RiskSets, Columns]:
    columns = with_scores(columns, rows, found)
    wanted = [own for name in protocol.closeness for own in (run_up_names(columns.names) if name == "run_up" else [name])]
    near = [name for name in wanted if name in columns.names]
    made = risk_sets(
        rows.person.tolist(), rows.landmark, rows.treated.astype(float), found.propensity, found.prognostic,
        columns.of(near) if near else None,
        [exact_values(name, protocol, rows, codes, practices) for name in protocol.exact], protocol.seed,
    )  # fmt: skip
    return made, columns


def with_scores(columns: Columns, rows: Rows, found: Scores) -> Columns:
    """Return the columns with the whole run-up and both scores."""
    more = [
        (RUN_UP_SUM, "emergency admissions in the whole run-up", rows.run_up.sum(axis=1)),
        ("propensity_score", "propensity score (logit)", found.propensity),
    ]
    if found.prognostic is not None:
        more.append(("prognostic_score", "prognostic score (logit)", found.prognostic))
    return columns.with_columns(more)


def exact_values(name: str, protocol: ServiceProtocol, rows: Rows, codes: np.ndarray, practices: Practices) -> np.ndarray:
    """Return what pairs have in common, as labels."""
    if name in ("practice", "cluster"):
        values = codes if name == "practice" else practices.clusters(codes)
        return np.array([one or "none" for one in values], dtype=object)
    if name == "recent_admission":
        return (rows.run_up[:, 0] > 0).astype(object)
    column = rows.said[:, SAID.index({"age_band": "age", "imd_fifth": "imd_decile"}.get(name, name))].astype(float)
    known = np.nan_to_num(column, nan=-1)
    if name == "age_band":
        return np.searchsorted(np.array(protocol.age_bands, dtype=float), known, side="right").astype(object)
    return (np.ceil(known / 2) if name == "imd_fifth" else known).astype(int).astype(object)


def _settings(protocol: ServiceProtocol, **changed: Any) -> MatchSettings:
    return MatchSettings(**{**protocol.matching.model_dump(), **changed})


def refuse_few(protocol: ServiceProtocol, pairs: Pairs) -> None:
    """Raise where too few of the treated have a control.

    Raises:
        ServiceError: fewer than the protocol asks for.
    """
    matched = len(np.unique(pairs.treated))
    if matched < protocol.go.least_people:
        problem = Problem("go.least_people", f"{protocol.go.least_people} are asked for; {matched} have a control")
        remedy = "Widen eligibility, the area of the comparator or what has to be equal; a wider caliper makes nobody alike."
        raise ServiceError("Too few treated people have somebody comparable:", [problem], remedy)


def _others(protocol: ServiceProtocol, sets: RiskSets) -> dict[str, Pairs]:
    """Return the other designs of the protocol, by name."""
    asked, own = protocol.alternatives, protocol.matching
    found = {f"caliper {share:g}": match(sets, _settings(protocol, caliper=share)) for share in asked.calipers}
    for ratio in asked.ratios:
        if ratio != own.ratio:
            found[f"{ratio} to 1"] = match(sets, _settings(protocol, ratio=ratio))
    if asked.replacement and not own.replacement:
        found["with replacement"] = match(sets, _settings(protocol, replacement=True, method="greedy"))
    if asked.propensity_only and not own.propensity_only:
        found["propensity only"] = match(sets, _settings(protocol, propensity_only=True))
    return {name: pairs for name, pairs in found.items() if len(pairs.treated)}


def _flow(starts: Starts, chosen: np.ndarray, found_there: int, eligible: Rows, pairs: Pairs, rules: dict[str, int]) -> Flow:
    steps = (
        ("on record as served", len(starts.people)),
        ("with a start in the period of the protocol", int(chosen.sum())),
        ("found in the histories at their time zero", found_there),
        ("eligible at their time zero", int(eligible.treated.sum())),
        ("matched with at least one control", len(np.unique(pairs.treated))),
    )
    others = eligible.person[~eligible.treated]
    return Flow(steps, len(others), len(np.unique(others)), rules)


def drawn(rows: Rows, seed: int) -> Members:
    """Return each treated person with a few candidates of the same landmark, drawn by a hash: nobody is made alike."""
    labels = [f"not matched/{person}/{day}" for person, day in zip(rows.person, rows.landmark, strict=True)]
    order = np.lexsort((draws(labels, seed), rows.treated, rows.landmark))
    others = order[~rows.treated[order]]
    treated = np.flatnonzero(rows.treated)
    first = np.searchsorted(rows.landmark[others], rows.landmark[treated], side="left")
    last = np.searchsorted(rows.landmark[others], rows.landmark[treated], side="right")
    # Those who start on one day share that day's candidates out: each takes its own stretch of them.
    turn = pd.Series(rows.landmark[treated]).groupby(rows.landmark[treated]).cumcount().to_numpy()
    taken = [others[low + _DRAWN * place : min(low + _DRAWN * (place + 1), high)]
             for low, high, place in zip(first, last, turn, strict=True)]  # fmt: skip
    parts = [
        (np.concatenate([[one], own]), number)
        for number, (one, own) in enumerate(zip(treated, taken, strict=True))
        if len(own)
    ]
    row = np.concatenate([own for own, _ in parts]).astype(np.int64)
    matched_set = np.concatenate([np.full(len(own), number) for own, number in parts]).astype(np.int64)
    weight = np.concatenate([np.where(np.arange(len(own)) == 0, 1.0, 1 / (len(own) - 1)) for own, _ in parts])
    return Members(row, matched_set, np.asarray(rows.treated[row], dtype=np.bool_), weight)


def own_start_days(rows: pd.DataFrame) -> np.ndarray:
    """Return after how many days each matched control starts the service, infinite for never; infinite for the treated."""
    day = rows["own_start"].to_numpy(dtype=np.int64)
    apart = np.where(day >= NEVER, np.inf, day - rows["landmark"].to_numpy(dtype=np.int64))
    return np.where(rows["treated"].to_numpy(dtype=bool), np.inf, apart)
