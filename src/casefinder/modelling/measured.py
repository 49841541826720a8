"""Every further measure of a version on the people it was tested on, in one exact record that stays in the workspace.

The headline figures are in ``figures``, observed over expected by cluster, practice and characteristic in ``by_group``;
neither is worked out here again. ``disclosed_measures`` gives what of this record may leave the workspace, with the same
structure.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from casefinder.config.model import ModelSettings
from casefinder.evaluation import (
    bootstrap_measures,
    c_statistic_within,
    calibration_curve,
    decision_curve,
    instability,
    list_length,
    places,
    topk_overlap,
)
from casefinder.evaluation.equity import EVENT_FLOOR
from casefinder.modelling.equity_rows import equity_rows
from casefinder.modelling.figures import rounded
from casefinder.modelling.list_rows import KnownPeople, list_rows, practice_rows, scores_of
from casefinder.modelling.refits import Refits
from casefinder.modelling.subgroups import age_band

FILE: Final = "evaluation.json"
GRID: Final = (0.01, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.125, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Risks at which the calibration curve is read."""
FEWEST_AT_A_POINT: Final = 20
"""People whose risk lies nearest to a point of the curve; with fewer it is not drawn."""
FEWEST_PRACTICES: Final = 5
"""Fewer practices than this give no interval by drawing practices."""
MEASURES: Final = (
    "c_statistic", "average_precision", "brier", "ipa", "observed_expected", "calibration_in_the_large", "calibration_slope",
)  # fmt: skip

Record = dict[str, Any]


def measured(
    people: pd.DataFrame, settings: ModelSettings, refits: Refits | None = None, known: KnownPeople | None = None
) -> Record:
    """Return every further measure; None where a figure is not defined or there is nothing to make it from.

    Args:
        people: the people tested, as ``tested_people`` gives them.
        settings: of the model.
        refits: what refits on bootstrap samples gave these people; None where none were asked for.
        known: people whom the team knew before the test date; None where no list had been issued in the year before.

    Returns:
        ``index_date``; ``people``, ``events``; ``replicates`` of every bootstrap; ``note``: why there is nothing, or
        nothing. Below 20 people with, or without, the outcome every table is empty. Then:

        ``within_age``: ``c_statistic`` over pairs of people of one age band. Each band's own is in ``equity``.

        ``intervals``: ``practices``, how many there are, and ``rows``, one a measure (``MEASURES``): ``measure``,
        ``value``, ``low``, ``high`` by drawing people, ``practice_low``, ``practice_high`` by drawing practices.

        ``curve``: ``smoother``, and ``rows`` with ``risk``, ``observed``, ``low``, ``high``, ``people`` near the point.

        ``lists``: ``rows``, one a score and length. ``score`` is model, other_model or simple_rule (emergency admissions
        in the last year, then age; absent where not recorded); ``share`` of people, ``k``, ``seen`` (of them followed up),
        ``found`` (with the outcome), ``cut_off`` (the lowest risk on the model's list), ``ppv``, ``sensitivity``, each
        with ``_low`` and ``_high``, ``lift``, ``number_needed_to_review``, ``no_recent_admission`` (share of the list
        without an emergency admission in two years), ``new_to_team`` (share whom the team did not know).

        ``new_to_team``: ``since``, ``until`` (the test date) and ``lists`` that were issued between; None without any.

        ``practice_lists``: ``rows``, one a score and length: ``score``, ``k`` on each practice's list among people
        tested, ``stands_for`` (the length of a list of the whole practice that goes as deep), ``practices``, ``listed``,
        ``seen``, ``found``, ``ppv`` and ``sensitivity`` with limits by drawing practices, ``lift``,
        ``number_needed_to_review``, and over practices ``ppv_least``, ``ppv_quarter``, ``ppv_median``,
        ``ppv_three_quarters``, ``ppv_most`` and ``ppv_spread`` (standard deviation).

        ``net_benefit``: ``rows``, one a threshold: ``threshold``, ``treated`` (people at or above it), ``found``,
        ``treat_all``, ``model``, and where there is such a rule ``simple_rule`` of equal size with ``rule_found``.
        Treating nobody gains 0.

        ``equity``: ``share`` and ``k`` of the list, ``floor`` of events, and ``rows``, one a characteristic and group;
        see ``equity_rows``. O/E of the same groups is in ``calibration``, under ``subgroups``.

        ``stability``: None, or ``refits``, ``k``, ``mean_error`` and ``centile_95_error`` (absolute differences of
        people's risks between the model and its refits), ``overlap_mean`` and ``overlap_least`` of the top k.
    """
    seen = people["weight"].to_numpy() > 0
    events = int((people["outcome"].to_numpy() * seen).sum())
    record: Record = {
        "index_date": str(people["index_date"].iloc[0]),
        "people": len(people),
        "events": events,
        "replicates": settings.evaluation.replicates,
        "note": "",
    } | _nothing()
    if min(events, int(seen.sum()) - events) < EVENT_FLOOR:
        return record | {"note": f"fewer than {EVENT_FLOOR} people tested with, or without, the outcome"}
    k = list_length(len(people), share=settings.list_share)
    found = {
        "within_age": _within_age(people),
        "intervals": _intervals(people, settings),
        "curve": _curve(people),
        "lists": {"rows": list_rows(people, settings, known)},
        "new_to_team": None if known is None else known.about(),
        "practice_lists": {"rows": practice_rows(people, settings)},
        "net_benefit": {"rows": _net_benefit(people, settings)},
        "equity": _equity(people, settings),
        "stability": None if refits is None else _stability(people, refits, k),
    }
    plain: Record = rounded(record | found)
    return plain


def _nothing() -> Record:
    tables: Record = {name: {"rows": []} for name in ("lists", "practice_lists", "net_benefit")}
    return tables | {
        "within_age": None, "intervals": {"practices": 0, "rows": []}, "curve": {"smoother": None, "rows": []},
        "equity": {"share": None, "k": None, "floor": EVENT_FLOOR, "rows": []}, "new_to_team": None, "stability": None,
    }  # fmt: skip


def _equity(people: pd.DataFrame, settings: ModelSettings) -> Record:
    share = settings.evaluation.equity_share
    k = list_length(len(people), share=share)
    return {"share": share, "k": k, "floor": EVENT_FLOOR, "rows": equity_rows(people, k, settings)}


def _within_age(people: pd.DataFrame) -> Record | None:
    if "age" not in people:
        return None
    within = c_statistic_within(people["outcome"], people["raw_score"], age_band(people["age"]), people["weight"])
    return {"c_statistic": within.overall}


def _intervals(people: pd.DataFrame, settings: ModelSettings) -> Record:
    practice = people["practice_code"].fillna("").astype(str)
    own, drawn = (
        bootstrap_measures(
            people["outcome"], people["risk"], weight=people["weight"], cluster=cluster,
            replicates=settings.evaluation.replicates, seed=settings.seed, gaps=False,
        ).set_index("measure")
        for cluster in (None, practice)
    )  # fmt: skip
    places_known = practice.nunique()
    rows = [
        {"measure": name, **own.loc[name, ["value", "low", "high"]].to_dict()}
        | {f"practice_{end}": drawn.loc[name, end] if places_known >= FEWEST_PRACTICES else None for end in ("low", "high")}
        for name in MEASURES
    ]
    return {"practices": places_known, "rows": rows}


def _curve(people: pd.DataFrame) -> Record:
    """Return the smoothed observed risk at the points of the grid near which there are enough people."""
    grid = np.array(GRID)
    nearest = np.searchsorted((grid[1:] + grid[:-1]) / 2, people["risk"].to_numpy())
    near = np.bincount(nearest, minlength=len(grid))
    kept = near >= FEWEST_AT_A_POINT
    if not kept.any():
        return {"smoother": None, "rows": []}
    table = calibration_curve(people["outcome"], people["risk"], people["weight"], at=grid[kept])
    rows = table[["risk", "observed", "low", "high"]].to_dict("records")
    return {
        "smoother": str(table["smoother"].iloc[0]),
        "rows": [row | {"people": int(count)} for row, count in zip(rows, near[kept], strict=True)],
    }


def _net_benefit(people: pd.DataFrame, settings: ModelSettings) -> list[Record]:
    scores = {name: score for name, score in scores_of(people).items() if name == "simple_rule"}
    outcome, risk, weight = (people[name].to_numpy() for name in ("outcome", "risk", "weight"))
    curve = decision_curve(outcome, risk, settings.evaluation.thresholds, weight, scores=scores)
    seen = outcome * (weight > 0)
    rows = []
    for row in curve.drop(columns="treat_none").to_dict("records"):
        row["found"] = float(seen[risk >= row["threshold"]].sum())
        for score in scores.values():
            row["rule_found"] = float(places(score, row["treated"]) @ seen) if row["treated"] else 0.0
        rows.append({str(name): value for name, value in row.items()})
    return rows


def _stability(people: pd.DataFrame, refits: Refits, k: int) -> Record:
    """Return how far refits move risks, and who is among the k with the highest raw scores."""
    found = instability(people["risk"], refits.risks, k)
    overlaps = [topk_overlap(people["raw_score"], one, k) for one in refits.raw_scores]
    return {
        "refits": found.refits,
        "k": k,
        "mean_error": found.mean,
        "centile_95_error": found.centile_95,
        "overlap_mean": float(np.mean(overlaps)),
        "overlap_least": min(overlaps),
    }


def record_text(record: Mapping[str, Any]) -> str:
    """Return an exact or disclosed record as the text of its file."""
    return json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
