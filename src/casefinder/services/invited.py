"""A design made by chance: those whom a draw invited, against those on the same list whom it did not.

Everyone drawn counts once, at their first draw and in the arm that it gave them, whatever came later: by intention to treat.
Nothing recorded or unrecorded settled who was invited, so no propensity is fitted and nobody is matched. Controls are dealt
out by a hash among those invited from the same list, which leaves sets like those of any other design.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from casefinder.codelists import CodeLists
from casefinder.config.service import ServedSettings, ServiceProtocol
from casefinder.dates import NEVER, plain, to_day
from casefinder.errors import Problem, ServiceError
from casefinder.histories import Histories
from casefinder.histories.practices import Practices
from casefinder.matching import Calipers, MatchSettings, Pairs, RiskSets, overlap, risk_sets
from casefinder.modelling.stored_rows import Storage
from casefinder.services.columns import Recipe
from casefinder.services.compiled import Compiled
from casefinder.services.designed import (
    Design,
    Flow,
    chosen_starts,
    earlier_people,
    in_order,
    left_out_by_rule,
    refuse_few,
    with_scores,
)
from casefinder.services.gather import Grid, Rows, gather_asked, moved
from casefinder.services.scoring import Scores, prognosis
from casefinder.services.starts import Starts
from casefinder.worklist.history import Invitation
from casefinder.worklist.invitations import drawn


@dataclass(frozen=True)
class Drawn:
    """Everyone on a list with a draw, at their first draw, in the order of their pseudonyms.

    Attributes:
        starts: people and the day of their first draw, invited or not.
        lists: the list of that draw.
        invited: whether it invited them.
        own: day on which each was invited for the first time, ``dates.NEVER`` for never.
        odds: logarithm of the odds of being invited from that list.
    """

    starts: Starts
    lists: np.ndarray
    invited: np.ndarray
    own: np.ndarray
    odds: np.ndarray


def first_draws(invitations: Sequence[Invitation], listed: Mapping[str, Sequence[str]], served: ServedSettings) -> Drawn:
    """Return everyone drawn.

    Args:
        invitations: every draw on record.
        listed: people of each list that was drawn from.
        served: says whose lists count.

    Raises:
        ServiceError: no draw counts; people of a draw were purged, or those on record are not those whom it gives.
    """
    own = [one for one in invitations if not served.scopes or one.scope in served.scopes]
    if not own:
        known = ", ".join(sorted({one.scope for one in invitations})) or "none"
        raise ServiceError(
            "Nobody was ever invited at random:",
            [Problem("served.scopes", f"no draw counts; there are draws of: {known}")],
            "Draw one: casefinder worklist --practice CODE --as-of DATE --invite-at-random N",
        )
    _refuse_changed(own, listed, served)
    facts = [(one.as_of, one.list_id, person, person in set(one.people), np.log(one.places / (one.listed - one.places)))
             for one in own for person in listed.get(one.list_id, ())]  # fmt: skip
    table = pd.DataFrame(sorted(facts), columns=["as_of", "list_id", "person", "invited", "odds"])
    first = table.drop_duplicates("person").sort_values("person")
    start = table[table["invited"]].drop_duplicates("person").set_index("person")["as_of"].map(to_day)
    own_day = first["person"].map(start).fillna(NEVER).to_numpy(dtype=np.int64)
    days = first["as_of"].map(to_day).to_numpy(dtype=np.int64)
    words = f"those drawn to be invited, against the others on the same {first['list_id'].nunique()} lists"
    again = int((table.groupby("person").size() > 1).sum())
    return Drawn(
        Starts(tuple(first["person"]), days, again, 0, words), first["list_id"].to_numpy(dtype=object),
        first["invited"].to_numpy(dtype=bool), own_day, first["odds"].to_numpy(dtype=float),
    )  # fmt: skip


def _refuse_changed(own: Sequence[Invitation], listed: Mapping[str, Sequence[str]], served: ServedSettings) -> None:
    problems = []
    for one in own:
        if served.starts_from and one.as_of < served.starts_from:
            continue
        people = listed.get(one.list_id, ())
        if len(people) != one.listed or len(one.people) != one.places:
            problems.append(Problem(one.scope, f"people of the draw of {plain(one.as_of)} are no longer on record"))
        elif drawn(one.list_id, people, one.places, one.seed) != one.people:
            problems.append(Problem(one.scope, f"those on record for {plain(one.as_of)} are not those whom the draw gives"))
    if problems:
        raise ServiceError(
            "The record of draws is not whole, so chance did not settle the arms:",
            problems,
            "Give served.starts_from, a date after those draws.",
        )


def dealt(rows: RiskSets) -> Pairs:
    """Return sets of one invited person and controls of the same list, dealt out round after round in the order of a hash.

    Where a list invited more people than it left, a control stands in several sets.

    Args:
        rows: whose strata are lists.
    """
    pairs: list[tuple[int, int]] = []
    alone: list[int] = []
    for stratum in np.unique(rows.stratum[rows.treated]):
        here = np.flatnonzero(rows.stratum == stratum)
        here = here[np.argsort(rows.person[here])]
        one, other = here[rows.treated[here]], here[~rows.treated[here]]
        if len(other):
            pairs += [(one[turn % len(one)], other[turn % len(other)]) for turn in range(max(len(one), len(other)))]
        else:
            alone += one.tolist()
    treated, control = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    order = np.lexsort((rows.person[control], rows.person[treated]))
    most = int(np.unique(treated, return_counts=True)[1].max()) if len(treated) else 1
    again = len(np.unique(control)) < len(control)
    settings = MatchSettings(ratio=most, caliper=None, replacement=again, propensity_only=True)
    unmatched = np.array(sorted(alone, key=lambda row: int(rows.person[row])), dtype=np.int64)
    found = Pairs(
        treated[order], control[order], np.zeros(len(order)), unmatched, settings, Calipers(0.0, 0.0), rows.seed
    )  # fmt: skip
    found.check(rows)
    return found


def design_by_chance(
    protocol: ServiceProtocol,
    histories: Histories,
    codelists: CodeLists,
    everyone: Drawn,
    practices: Practices,
    storage: Storage,
    tell: Callable[[str, int, int], None],
) -> Design:
    """Return the design of a protocol whose people were invited by chance.

    Raises:
        ServiceError: too few of those invited are eligible, or nobody stands on a list with them.
    """
    ready, chosen = Compiled.of(protocol, histories, codelists), chosen_starts(protocol, histories, everyone.starts)
    people = tuple(np.array(everyone.starts.people, dtype=object)[chosen])
    # Invited later is no start of a control's: chance gave them the other arm, and there they stay.
    own = np.where(everyone.invited, everyone.starts.days, np.maximum(everyone.own, everyone.starts.days + 1))
    tell("people on the lists", 0, 0)
    rows = gather_asked(ready, people, everyone.starts.days[chosen], own[chosen], storage)
    if rows is None:
        raise ServiceError("Nobody who was drawn is in the histories.")
    rules, found_there = left_out_by_rule(ready, rows), int(rows.treated.sum())
    eligible = moved(dict(vars(rows)), in_order(rows, rows.rule == 0))
    _refuse_hopeless(protocol, eligible)
    place = pd.Index(everyone.starts.people).get_indexer(pd.Index(eligible.person))
    recipe = Recipe.settled_on(ready.features.features, protocol.covariates, ready.run_up.names, eligible.features)
    columns = recipe.columns(eligible.features, eligible.run_up).varied()
    grid = Grid.of(protocol, everyone.starts, chosen)
    earlier = earlier_people(protocol, ready, grid, eligible, storage)
    risk, about = prognosis(protocol, columns, recipe, earlier)
    odds = everyone.odds[place]
    found = Scores(odds, risk, overlap(odds, eligible.treated.astype(float)), (), 0, about)
    columns = with_scores(columns, eligible, found)
    sets = risk_sets(
        eligible.person.tolist(), eligible.landmark, eligible.treated.astype(float), odds, None, None,
        [everyone.lists[place]], protocol.seed,
    )  # fmt: skip
    pairs = dealt(sets)
    refuse_few(protocol, pairs)
    codes = practices.codes(eligible.practice)
    flow = _flow(everyone, chosen, found_there, eligible, pairs, rules)
    served = tuple(sorted({str(code) for code in codes if code is not None}))
    return Design(
        protocol, eligible, columns, found, sets, pairs, {}, flow, np.ones(len(eligible), dtype=bool), served, codes
    )


def _refuse_hopeless(protocol: ServiceProtocol, rows: Rows) -> None:
    treated, problems = int(rows.treated.sum()), []
    if treated < protocol.go.least_people:
        words = f"{protocol.go.least_people} are asked for; {treated} of those invited are eligible"
        problems.append(Problem("go.least_people", words))
    if rows.treated.all():
        problems.append(Problem("served", "nobody eligible was listed and not invited"))
    if problems:
        raise ServiceError("These people cannot be evaluated:", problems, "Widen the protocol, or wait for more draws.")


def _flow(everyone: Drawn, chosen: np.ndarray, there: int, eligible: Rows, pairs: Pairs, rules: dict[str, int]) -> Flow:
    steps = (
        ("invited at their first draw", int(everyone.invited.sum())),
        ("with a draw in the period of the protocol", int((everyone.invited & chosen).sum())),
        ("found in the histories at their time zero", there),
        ("eligible at their time zero", int(eligible.treated.sum())),
        ("with somebody eligible on the same list who was not drawn", len(np.unique(pairs.treated))),
    )
    others = eligible.person[~eligible.treated]
    return Flow(steps, len(others), len(np.unique(others)), rules)
