"""What of the record of measures may leave the workspace, with the structure of ``measured``.

Counts are rounded or withheld. A figure worked out from a count of people is withheld (None) where that count, or its
complement, is 1 to 7: who was found by a list, and who on it was not; who with the outcome it missed. Other figures have two
decimals, measures of rank and of accuracy three, net benefit four. A row says in ``note`` why figures are missing.
"""

from collections.abc import Mapping
from typing import Any, Final

from casefinder.disclosure import DEFAULT, Policy
from casefinder.evaluation.equity import EVENT_FLOOR
from casefinder.modelling.disclosed_groups import BELOW_FLOOR, WITHHELD

Row = Mapping[str, Any]
DECIMALS: Final = {
    "c_statistic": 3, "average_precision": 3, "brier": 4, "ipa": 3, "cut_off": 3, "mean_error": 4, "centile_95_error": 4,
    "risk": 3, "observed": 3, "low": 3, "high": 3, "model": 4, "treat_all": 4, "simple_rule": 4, "threshold": 3, "share": 4,
}  # fmt: skip
"""Decimals of a figure where they are not two; its limits have as many."""
OF_LIST_WITHHELD: Final = "what the list finds is withheld"
NOBODY: Final = 1e-6
"""Below this a sum of shares of places is no one, and the rest is rounding."""
_SPREAD_FROM: Final = 8
"""Practices from which on the spread of their PPVs is told: of fewer, one could be worked out from the others."""
_OF_LIST: Final = ("ppv", "sensitivity", "lift", "number_needed_to_review", "cut_off")
_LIMITS: Final = ("", "_low", "_high")


def disclosed_measures(record: Row, policy: Policy = DEFAULT) -> dict[str, Any]:
    """Return the record that may leave the workspace.

    Returns:
        The keys of ``measured``, but: rows have no ``seen``, ``found`` or ``rule_found``, rows of the curve no ``people``;
        rows of practices have of their spread only ``ppv_spread``; rows have a ``note``: withheld, why, or nothing.
    """
    people, events = (int(record[name]) for name in ("people", "events"))
    known = {"people": policy.count(people), "events": policy.count(events)}
    kept = {name: record[name] for name in ("index_date", "replicates", "note", "new_to_team")}
    lists = [_list_row(row, events, policy) for row in record["lists"]["rows"]]
    practices = [_practice_row(row, events, policy) for row in record["practice_lists"]["rows"]]
    curve = record["curve"]
    points = [] if curve["smoother"] == "means" else [_point(row) for row in curve["rows"]]
    equity = record["equity"]
    totals = {"people": people, "events": events, "listed": equity["k"]}
    rows = [_equity_row(row, totals, policy) for row in equity["rows"]]
    return {
        **kept,
        **known,
        "within_age": _decimals(record["within_age"]),
        "intervals": record["intervals"] | {"rows": [_interval(row) for row in record["intervals"]["rows"]]},
        "curve": {"smoother": curve["smoother"], "rows": points},
        "lists": {"rows": lists},
        "practice_lists": {"rows": practices},
        "net_benefit": {"rows": [_benefit_row(row, people, events, policy) for row in record["net_benefit"]["rows"]]},
        "equity": {**equity, "k": _count(equity["k"], policy), "rows": rows},
        "stability": _stability(record["stability"], policy),
    }


def _hidden(policy: Policy, *counts: float) -> bool:
    """Say whether any of these counts of people may not be told; a share of one, who ties, counts as one."""
    return any(policy.count(round(one) if one > 1 or one < NOBODY else 1) is None for one in counts)


def _count(count: float | None, policy: Policy) -> int | None:
    return None if count is None else policy.count(round(count))


def _decimals(row: Row | None) -> dict[str, Any] | None:
    """Return a row with as many decimals as each figure may have."""
    return None if row is None else {name: _short(name, value) for name, value in row.items()}


def _short(name: str, value: Any) -> Any:
    if not isinstance(value, float):
        return value
    return round(value, DECIMALS.get(name.removesuffix("_low").removesuffix("_high"), 2)) + 0.0


def _interval(row: Row) -> dict[str, Any]:
    """Return a measure of everyone with all its limits, which have its own decimals."""
    return {name: _short(row["measure"], value) for name, value in row.items()}


def _point(row: Row) -> dict[str, Any]:
    return {name: _short(name, row[name]) for name in ("risk", "observed", "low", "high")}


def _list_row(row: Row, events: int, policy: Policy) -> dict[str, Any]:
    """Return one list over everyone."""
    quiet = _share_of_list(row, "no_recent_admission", policy)
    unknown = _share_of_list(row, "new_to_team", policy)
    told = {"score": row["score"], "share": row["share"], "k": policy.count(row["k"])}
    return told | _found(row, events, policy) | {"no_recent_admission": quiet, "new_to_team": unknown}


def _found(row: Row, events: int, policy: Policy) -> dict[str, Any]:
    """Return what a list finds; nothing where few were found, few on it were not, or few with the outcome were missed."""
    hidden = _hidden(policy, row["found"], row["seen"] - row["found"], events - row["found"])
    names = [name + end for name in _OF_LIST for end in _LIMITS if name + end in row]
    told = {name: None if hidden else _short(name, row[name]) for name in names}
    return told | {"note": WITHHELD if hidden else ""}


def _share_of_list(row: Row, name: str, policy: Policy) -> float | None:
    share, k = row[name], row["k"]
    if share is None or _hidden(policy, share * k, (1 - share) * k):
        return None
    return round(float(share), 2)


def _practice_row(row: Row, events: int, policy: Policy) -> dict[str, Any]:
    """Return the lists of single practices together; of single ones only how far apart they are."""
    told = {name: row[name] for name in ("score", "k", "stands_for", "practices")} | {"listed": policy.count(row["listed"])}
    spread = row["ppv_spread"] if row["practices"] >= _SPREAD_FROM else None
    found = _found(row, events, policy)
    return told | found | {"ppv_spread": None if found["note"] else _short("ppv_spread", spread)}


def _benefit_row(row: Row, people: int, events: int, policy: Policy) -> dict[str, Any]:
    told = {"threshold": row["threshold"], "treated": policy.count(row["treated"])}
    told |= {"treat_all": _short("treat_all", row["treat_all"])}
    notes = []
    for name, found in (("model", "found"), ("simple_rule", "rule_found")):
        if name in row:
            counts = (row["treated"], row[found], row["treated"] - row[found], events - row[found], people - row["treated"])
            hidden = _hidden(policy, *(max(one, 0) for one in counts))
            told[name] = None if hidden else _short(name, row[name])
            notes += [WITHHELD] if hidden else []
    return told | {"note": notes[0] if notes else ""}


def _equity_row(row: Row, totals: Row, policy: Policy) -> dict[str, Any]:
    """Return one group of one characteristic; shares are those of the rounded counts."""
    counts = {name: policy.count(round(row[name])) for name in ("people", "events", "listed")}
    told: dict[str, Any] = {"characteristic": row["characteristic"], "group": row["group"], **counts}
    shares = {f"share_of_{name}": _share(row[of], totals[of], policy) for name, of in _SHARES.items()}
    few = _hidden(policy, row["people"], row["events"], row["people"] - row["events"])
    of_list = ["ppv", "sensitivity"]
    unlisted = few or _hidden(policy, row["listed"], row["found"], row["seen"] - row["found"], row["events"] - row["found"])
    measures = {
        name + end: None if few or (name in of_list and unlisted) else _short(name, row[name + end])
        for name in (*of_list, "c_statistic", "calibration_slope")
        for end in _LIMITS
    }
    ratio = None if unlisted else _short("list_to_events", row["list_to_events"])
    note = WITHHELD if few else "; ".join(why for why in (OF_LIST_WITHHELD if unlisted else "", _note(row)) if why)
    return told | shares | {"list_to_events": ratio} | measures | {"note": note}


_SHARES: Final = {"people": "people", "events": "events", "list": "listed"}


def _share(part: float, whole: float, policy: Policy) -> float | None:
    percentage = policy.share(round(part), round(whole))
    return None if percentage is None else round(percentage / 100, 3)


def _note(row: Row) -> str:
    return BELOW_FLOOR if min(row["events"], row["people"] - row["events"]) < EVENT_FLOOR else ""


def _stability(row: Row | None, policy: Policy) -> dict[str, Any] | None:
    told = _decimals(row)
    return None if row is None or told is None else told | {"k": policy.count(row["k"])}
