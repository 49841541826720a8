"""What the models are worth on people and practices held out: measures, and predictive ratios by group."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd

from casefinder.allocation.design import age_band, band_words, illness_words, imd_fifth
from casefinder.allocation.heldout import Fitting, HeldOut
from casefinder.allocation.models import MODELS
from casefinder.evaluation.amounts import person_measures, practice_means, practice_measures, predictive_ratios, tenths
from casefinder.evaluation.inputs import FloatArray


def measures(given: Fitting, found: HeldOut, caps: Sequence[str]) -> pd.DataFrame:
    """Return a row for each cap, model and way of holding out: measures of people (``person_…``) and of practices."""
    rows = []
    for place, cap in enumerate(caps):
        for model, name in enumerate(MODELS):
            for held, predicted in (("people", found.by_people), ("practices", found.by_practices)):
                one = predicted[place, model]
                known = ~np.isnan(one)
                if known.any():
                    about = {"cap": cap, "model": name, "held_out": held}
                    rows.append(about | _measured(given, given.amounts[place][known], one[known], known))
    return pd.DataFrame(rows)


def _measured(given: Fitting, actual: FloatArray, predicted: FloatArray, known: np.ndarray) -> dict[str, float]:
    weight = given.weight[known]
    means = practice_means(actual, predicted, given.practice[known], weight)
    of_people = asdict(person_measures(actual, predicted, weight))
    of_practices = asdict(practice_measures(means["actual"].to_numpy(), means["predicted"].to_numpy()))
    return {f"person_{name}": value for name, value in of_people.items()} | {
        f"practice_{name}": value for name, value in of_practices.items()
    }


def ratios(given: Fitting, found: HeldOut, caps: Sequence[str]) -> pd.DataFrame:
    """Return predictive ratios on held-out people: a row for each cap, model, kind of group and group.

    Columns: ``cap``, ``model``, ``by``, ``group`` (in words), ``people``, ``actual``, ``predicted``, ``ratio``.
    """
    tested = np.flatnonzero(given.tested)
    people = {name: values[tested] for name, values in given.people.items()}
    weight, parts = given.weight[tested], []
    groups = _groups(people, given.design.illnesses)
    for place, cap in enumerate(caps):
        actual = given.amounts[place][tested]
        for model, name in enumerate(MODELS):
            predicted = found.by_people[place, model][tested].astype(np.float64)
            if np.isnan(predicted).any():
                continue
            by = {"tenth of predicted cost": [f"{tenth}" for tenth in tenths(predicted, weight)], **groups}
            parts += [_ratios(actual, predicted, weight, kind, group, cap, name) for kind, group in by.items()]
            parts.append(_illness_ratios(people, given.design.illnesses, actual, predicted, weight, cap, name))
    return pd.concat(parts, ignore_index=True)


def _groups(people: Mapping[str, np.ndarray], illnesses: Sequence[str]) -> dict[str, Sequence[str]]:
    fifth = imd_fifth(people["imd"])
    number = np.minimum(np.stack([people[name] for name in illnesses]).sum(axis=0), 6)
    return {
        "age": [band_words(int(band)) for band in age_band(people["age"])],
        "deprivation fifth": ["not known" if one == 0 else str(one) for one in fifth],
        "care home": ["lives in a care home" if one else "does not" for one in people["care_home"]],
        "number of illnesses": ["6 or more" if one == 6 else str(one) for one in number],
    }


def _ratios(
    actual: FloatArray, predicted: FloatArray, weight: FloatArray, kind: str, group: Sequence[str], cap: str, model: str
) -> pd.DataFrame:
    found = predictive_ratios(actual, predicted, np.asarray(group, dtype=object), weight)
    number = found["group"].str.extract(r"(\d+)", expand=False).astype(float).fillna(np.inf)
    found = found.iloc[np.argsort(number.to_numpy(), kind="stable")]
    return found.assign(cap=cap, model=model, by=kind)


def _illness_ratios(
    people: Mapping[str, np.ndarray], illnesses: Sequence[str], actual: FloatArray, predicted: FloatArray,
    weight: FloatArray, cap: str, model: str,
) -> pd.DataFrame:  # fmt: skip
    rows = []
    for name in illnesses:
        ill = people[name]
        spent, expected = float(weight[ill] @ actual[ill]), float(weight[ill] @ predicted[ill])
        ratio = expected / spent if spent else np.nan
        rows.append(
            {"group": illness_words(name), "people": int(ill.sum()), "actual": spent, "predicted": expected, "ratio": ratio}
        )
    return pd.DataFrame(rows).assign(cap=cap, model=model, by="illness")
