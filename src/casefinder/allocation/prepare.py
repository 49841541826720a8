"""From rows of people and tables of the record to what is fitted on and to the lists of the day."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from casefinder.allocation.caps import USUAL, Cap, applied
from casefinder.allocation.cost import annualise
from casefinder.allocation.design import Design, Supply
from casefinder.allocation.heldout import Fitting, fitting
from casefinder.allocation.people import illnesses
from casefinder.errors import ModelError, Problem
from casefinder.histories import Histories

FEWEST_PRACTICES: Final = 3
FEWEST_PEOPLE: Final = 1_000


@dataclass(frozen=True)
class Prepared:
    """What is fitted on, who is on the lists, the practices by their numbers, and counts to be told."""

    given: Fitting
    on_lists: dict[str, np.ndarray]
    list_practice: np.ndarray
    codes: tuple[str, ...]
    caps: tuple[Cap, ...]
    counts: dict[str, Any]


def prepare(
    fitted: Mapping[str, np.ndarray],
    on_lists: Mapping[str, np.ndarray],
    histories: Histories,
    practices: pd.DataFrame,
    areas: pd.DataFrame,
    cap: str,
    seed: int,
) -> Prepared:
    """Annualise, top-code and number what was gathered.

    Args:
        fitted: columns of people at the date of the fit.
        on_lists: columns of people at the date of the lists.
        histories: whose concepts the numbers of practices and areas are.
        practices: the table of the record.
        areas: the table of the record.
        cap: the cap asked for; the usual ones are fitted beside it.
        seed: of what is held out.

    Raises:
        ModelError: there are too few people or practices.
    """
    year = annualise(fitted["cost"] / 100, fitted["days"])
    people = {name: values[year.seen] for name, values in fitted.items()}
    codes, number = _practices(histories, practices, people["practice"], on_lists["practice"])
    _check(len(year.yearly), len(np.unique(people["practice"])), on_lists)
    residences = _concepts(histories, "residence")
    supply = Supply.of(areas, residences, people["area"], year.weight)
    design = Design(illnesses(), supply)
    words = tuple(dict.fromkeys([cap, *USUAL]))
    caps, amounts = zip(*(applied(one, year.yearly, year.weight) for one in words), strict=True)
    given = fitting(design, people, number[people["practice"]], codes, np.stack(amounts), year.weight, seed)
    counts = {
        "fitted_on": len(year.yearly),
        "part_of_a_year": int(np.sum(year.weight < 1)),
        "died": int(people["died"].sum()),
        "no_day_seen": year.unseen,
        "negative_cost": year.negative,
        "supply_not_known": int(np.sum(~_known(supply, people["area"]))),
        "deprivation_not_known": int(np.sum(people["imd"] == 0)),
        "pounds": float(year.weight @ year.yearly),
        "on_lists": len(on_lists["age"]),
        "supply_mean": dict(zip(supply.names, supply.mean.round(6).tolist(), strict=True)),
        "supply_spread": dict(zip(supply.names, supply.spread.round(6).tolist(), strict=True)),
    }
    return Prepared(given, dict(on_lists), number[on_lists["practice"]], codes, caps, counts)


def _concepts(histories: Histories, kind: str) -> dict[int, str]:
    """Return the code of each concept of a kind, by its number."""
    table = histories.concepts.table
    found = table.loc[table["kind"] == kind, "code"]
    return dict(zip(found.index.tolist(), found.tolist(), strict=True))


def _practices(histories: Histories, practices: pd.DataFrame, *concepts: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the codes of all practices in order, and the number of each concept."""
    known = _concepts(histories, "registration")
    met = {known[int(one)] for some in concepts for one in np.unique(some)}
    codes = tuple(sorted(met | set(practices["practice_code"])))
    place = {code: number for number, code in enumerate(codes)}
    number = np.full(max(known) + 1, -1, dtype=np.int64)
    for concept, code in known.items():
        number[concept] = place.get(code, -1)
    return codes, number


def _known(supply: Supply, area: np.ndarray) -> np.ndarray:
    inside = (area >= 0) & (area < len(supply.known))
    return np.where(inside, supply.known[np.where(inside, area, 0)], False)


def _check(people: int, practices: int, on_lists: Mapping[str, np.ndarray]) -> None:
    problems = []
    if people < FEWEST_PEOPLE:
        problems.append(Problem("people", f"fewer than {FEWEST_PEOPLE:,} were seen in the year"))
    if practices < FEWEST_PRACTICES:
        problems.append(
            Problem("practices", f"fewer than {FEWEST_PRACTICES} had people in the year; whole ones are held out")
        )
    if not len(on_lists["age"]):
        problems.append(Problem("--as-of", "nobody is on any list on that day"))
    if problems:
        raise ModelError(
            "There is too little to fit a model of need on:", problems, "Link more people, or give another date."
        )


def told_caps(caps: Sequence[Cap]) -> list[dict[str, Any]]:
    """Return caps as plain values."""
    return [asdict(one) for one in caps]
