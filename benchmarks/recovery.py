"""How much of what could be known the models find: ranked by them and by the true risk, on economies of several seeds.

The true risk of each person is in an economy's ``truth/``, which nothing but tests and benchmarks reads. No model can rank
better than it but by chance. The share reached is (AUROC of the model less 0.5) over (AUROC of the true risk less 0.5), and
PPV of the model's list over PPV of a list by true risk, on the people and the date on which the model is tested.
"""

import argparse
import datetime as dt
import json
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.report import RESULTS, Figure, write

SEEDS = (2, 3, 4)
PEOPLE = 160_000
TRUTH = {"emergency_admission": "emergency_admission_12m", "care_home_entry": "care_home_entry_12m"}
RECORDED = {"emergency_admission": "emergency_admission_12m", "care_home_entry": "care_home_recorded_12m"}
LISTS = {"1 in 100": 0.01, "1 in 400": 0.0025}
"""Lengths of a list, as shares of the people in the cohort."""
REPLICATES = 500
BOUND = 0.9


def one_seed(folder: Path, people: int, seed: int) -> dict[str, Any]:
    """Simulate and link an economy, fit both models, and return how each ranks beside the true risk."""
    from casefinder.commands.demonstration import MODELS, identities_beside, open_demonstration
    from casefinder.commands.linking import run_link
    from casefinder.commands.reporter import Silent
    from casefinder.engines import Workspace

    if not Workspace(folder).versions("histories"):
        run_link(open_demonstration(folder, people, seed, Silent()), Silent(), identities=identities_beside(folder))
    return {model: one_model(folder, model) for model in MODELS}


def one_model(folder: Path, model: str) -> dict[str, Any]:
    """Fit a model on the linked economy in a folder, tested at a date on which the truth is written down."""
    from casefinder.codelists import load_codelists
    from casefinder.config import load_model
    from casefinder.engines import Workspace
    from casefinder.histories import Histories
    from casefinder.modelling.stored_rows import Storage
    from casefinder.modelling.train import dates_of, train

    settings = load_model(model)
    histories = Histories(Workspace(folder).newest("histories"))
    risks = pd.read_parquet(folder / "simulated" / "truth" / "risks.parquet")
    known = pd.to_datetime(risks["index_date"]).dt.date
    latest = max(date for date in known.unique() if date <= dates_of(histories, settings).test_date)
    settings = settings.model_copy(update={"split": settings.split.model_copy(update={"index_date": latest})})
    with TemporaryDirectory(dir=folder) as kept:
        test = train(histories, settings, load_codelists(), Storage(Path(kept))).test
    truth = _by_person(risks[(known == latest).to_numpy()], folder)
    rows = pd.DataFrame({name: test[name] for name in ("people", "outcome", "raw_trees", "raw_logistic")})
    rows = rows.merge(truth, left_on="people", right_on="person_id")
    rows["true_outcome"] = _happened(folder, model, latest, settings.horizon_days, rows["nhs_number"])
    rows = rows[rows["alive_and_here"]]
    return {"index_date": str(latest), "served": settings.served, **compared(rows, model, settings.served)}


def _by_person(risks: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Return the true risks with the pseudonym of each person."""
    from casefinder.commands.demonstration import identities_beside

    identities = pd.read_csv(identities_beside(folder), dtype=str)
    return risks.merge(identities, left_on="nhs_number", right_on="identifier")


def _happened(folder: Path, model: str, index_date: dt.date, horizon_days: int, people: pd.Series) -> np.ndarray:
    """Return whether the outcome truly happened to each person within the horizon, recorded or not."""
    events = pd.read_parquet(folder / "simulated" / "truth" / "events.parquet")
    day = pd.to_datetime(events["date"])
    start = pd.Timestamp(index_date)
    inside = (events["kind"] == model) & (day >= start) & (day < start + pd.Timedelta(days=horizon_days))
    return people.isin(set(events.loc[inside, "nhs_number"])).to_numpy(dtype=float)


def compared(rows: pd.DataFrame, model: str, served: str) -> dict[str, Any]:
    """Return the model's and the true risk's AUROC and PPV, and the shares reached with their intervals."""
    found: dict[str, Any] = {"people": len(rows)}
    labels = {"recorded": ("outcome", RECORDED[model]), "true": ("true_outcome", TRUTH[model])}
    for label, (outcome, risk) in labels.items():
        happened = rows[outcome].to_numpy(dtype=float)
        ranks = {kind: rows[f"raw_{kind}"].to_numpy(dtype=float) for kind in ("trees", "logistic")}
        # Who already lives in a care home unknown to any record is in the cohort, and cannot enter one.
        ranks |= {"true risk": rows[risk].fillna(0.0).to_numpy(dtype=float)}
        ranks |= {"served": ranks[served]}
        found[label] = {"events": int(happened.sum()), **_figures(happened, ranks), **_shares(happened, ranks)}
    return found


Measure = Callable[[np.ndarray, np.ndarray], float]


def _measures() -> dict[str, Measure]:
    """Return what is measured of a ranking: outcome and rank in, a figure out."""
    return {"auroc": _auroc, **{f"ppv {name}": partial(_ppv, share=share) for name, share in LISTS.items()}}


def _figures(happened: np.ndarray, ranks: dict[str, np.ndarray]) -> dict[str, Any]:
    measures = _measures()
    return {kind: {name: round(of(happened, rank), 4) for name, of in measures.items()} for kind, rank in ranks.items()}


def _shares(happened: np.ndarray, ranks: dict[str, np.ndarray]) -> dict[str, Any]:
    """Return the shares of the true risk's figures that the served model reaches, with bootstrap intervals over people."""
    generator = np.random.default_rng(1)
    people = len(happened)
    draws = [np.arange(people), *(generator.integers(0, people, people) for _ in range(REPLICATES))]
    found = {}
    for name, measure in _measures().items():
        by_chance = 0.5 if name == "auroc" else 0.0
        ratios = []
        for draw in draws:
            reached, possible = (measure(happened[draw], ranks[kind][draw]) - by_chance for kind in ("served", "true risk"))
            ratios.append(reached / possible if possible else float("nan"))
        low, high = np.nanquantile(ratios[1:], [0.025, 0.975])
        found[f"share of {name}"] = [round(float(figure), 4) for figure in (ratios[0], low, high)]
    return found


def _auroc(happened: np.ndarray, rank: np.ndarray) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(happened, rank))


def _ppv(happened: np.ndarray, rank: np.ndarray, share: float) -> float:
    k = max(1, round(share * len(rank)))
    return float(happened[np.argsort(-rank, kind="stable")[:k]].mean())


def run(results: Path, seeds: tuple[int, ...] = SEEDS, people: int = PEOPLE, folder: Path | None = None) -> None:
    """Measure every seed in a process of its own, and write what they reach together."""
    import tempfile

    with tempfile.TemporaryDirectory() as own:
        base = folder or Path(own)
        found = {str(seed): _in_own_process(base / str(seed), people, seed) for seed in seeds}
    figures = [figure for model in TRUTH for figure in _pooled(found, model)]
    notes = [
        f"{len(seeds)} economies of {people:,} invented people (seeds {', '.join(map(str, seeds))}), configs/models.",
        "Test people were never trained on, and the test date lies after every training outcome had closed.",
        "Shares are means over seeds; each seed's own, with a bootstrap interval over people, is in recovery.json.",
        "Figures on invented people say nothing about real ones.",
    ]
    write(results, "recovery", "how much of the true risk's ranking the models reach", figures, notes, found)


def _in_own_process(folder: Path, people: int, seed: int) -> dict[str, Any]:
    """Return one seed's figures; what a folder holds already is not measured again."""
    kept = folder / "recovery.json"
    if not kept.is_file():
        words = ["--folder", str(folder), "--people", str(people), "--seed", str(seed)]
        subprocess.run([sys.executable, "-m", "benchmarks.recovery", *words], check=True)
    return json.loads(kept.read_text(encoding="utf-8"))


def _pooled(found: dict[str, Any], model: str) -> list[Figure]:
    """Return each figure of a model as the mean over seeds, with the lowest and highest."""
    figures = []
    for label in ("recorded", "true"):
        of_seeds = [seed[model][label] for seed in found.values()]
        said = f"{model}, {label} outcomes"
        for kind in ("served", "true risk"):
            figures.append(Figure(f"{said}: AUROC of {kind}", float(np.mean([one[kind]["auroc"] for one in of_seeds])), ""))
        for name in ("auroc", *(f"ppv {length}" for length in LISTS)):
            values = [one[f"share of {name}"][0] for one in of_seeds]
            low, high = interval([one[f"share of {name}"] for one in of_seeds])
            bound = BOUND if model == "emergency_admission" and label == "recorded" and name != "ppv 1 in 400" else None
            what = f"{said}: share of the true risk's {name} ({low:.3f} to {high:.3f})"
            figures.append(Figure(what, round(float(np.mean(values)), 4), "", bound, "at least"))
    return figures


def interval(shares: list[list[float]]) -> tuple[float, float]:
    """Return a 95 % interval of the mean share over seeds, from the bootstrap interval of each."""
    errors = np.array([(high - low) / (2 * 1.96) for _, low, high in shares])
    mean = float(np.mean([share for share, _, _ in shares]))
    error = float(np.sqrt((errors**2).sum()) / len(errors))
    return mean - 1.96 * error, mean + 1.96 * error


def main() -> None:
    """Measure one seed and write it into its folder; or, with --pool, write the results of seeds measured before."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pool", action="store_true")
    given = parser.parse_args()
    if given.pool:
        run(RESULTS, folder=given.folder, people=given.people)
        return
    found = one_seed(given.folder, given.people, given.seed)
    (given.folder / "recovery.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
