"""Settings of the boosted trees, searched for on the rows kept for stopping: seeded, bounded in time, and resumable.

Every trial fits the trees on the fit rows and is judged by log loss on the stop rows, of which no figure is ever reported.
The first trial has the settings of the model's file, so a search never ends with worse ones on those rows. A trial's seed
is the search's seed and its place, and each finished trial is kept on disk: a search that was stopped goes on where it was,
and ends with the same settings as one that was not. A bound on time makes how many trials there are depend on the machine.

Source of the sampler: Bergstra and others 2011, NeurIPS 24 (tree-structured Parzen estimators), as Optuna has it.
"""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from casefinder.config.model import BoostingSettings
from casefinder.errors import ModelError
from casefinder.modelling.stored_rows import Rows, batches
from casefinder.modelling.trees import fit_trees

SEARCHED: Final[Mapping[str, tuple[float, float, bool]]] = {
    "learning_rate": (0.02, 0.1, True),
    "num_leaves": (7, 63, True),
    "max_depth": (3, 8, False),
    "min_data_in_leaf": (20, 1000, True),
    "feature_fraction": (0.2, 0.9, False),
    "bagging_fraction": (0.5, 1.0, False),
    "lambda_l2": (0.1, 100.0, True),
}
"""What is searched: least, most, and whether on a scale of ratios. Whole numbers where both ends are."""


@dataclass(frozen=True)
class Search:
    """How long to search, and where finished trials are kept.

    Attributes:
        trials: how many, those kept from before included.
        minutes: none is begun after so many minutes; None for no bound.
        folder: where the file of trials stands; one file for each question.
        seed: same seed, same trials.
    """

    trials: int
    minutes: float | None
    folder: Path
    seed: int = 1


@dataclass(frozen=True)
class Searched:
    """What a search found.

    Attributes:
        settings: the best settings.
        trials: finished trials, resumed ones included.
        resumed: those that stood on disk before.
        log_loss_given: log loss on the stop rows with the settings of the model's file.
        log_loss_best: with the best settings.
    """

    settings: BoostingSettings
    trials: int
    resumed: int
    log_loss_given: float
    log_loss_best: float

    def content(self) -> dict[str, Any]:
        """Return what the bundle says of the search; nothing that depends on whether it was stopped in between."""
        found = asdict(self) | {"settings": self.settings.model_dump(mode="json")}
        return {name: value for name, value in found.items() if name != "resumed"}


def search(
    fit: Rows,
    stop: Rows,
    names: tuple[str, ...],
    categorical: tuple[str, ...],
    given: BoostingSettings,
    wanted: Search,
    tell: Callable[[int, int], None] = lambda _done, _all: None,
) -> Searched:
    """Search for the settings with the least log loss on the stop rows.

    Args:
        fit: features, outcome and weight to fit on.
        stop: those to stop and to judge on.
        names: names of the columns.
        categorical: names of those that are categories.
        given: settings of the model's file, which are the first trial.
        wanted: how long, and where trials are kept.
        tell: called with finished and wanted trials.

    Raises:
        ModelError: trials kept from before cannot be read.
    """
    study = _study(wanted.folder, _question(fit, stop, names, given, wanted.seed))
    begun, kept = time.monotonic(), len(_finished(study))
    for number in range(kept, wanted.trials):
        tell(number, wanted.trials)
        if wanted.minutes is not None and number and time.monotonic() - begun > 60 * wanted.minutes:
            break
        study.sampler = _sampler(wanted.seed + number)
        trial = study.ask(_fixed(given) if number == 0 else None)
        settings = given if number == 0 else given.model_copy(update=_written(_suggested(trial)))
        trees, _ = fit_trees(fit, stop, names, categorical, settings, wanted.seed)
        study.tell(trial, log_loss(stop[1], trees.raw_scores(stop[0]), stop[2]))
    done = _finished(study)
    best = min(done, key=lambda one: (one.value, one.number))
    chosen = given if best is done[0] else given.model_copy(update=_written(best.params))
    return Searched(chosen, len(done), kept, round(done[0].value, 8), round(best.value, 8))


def log_loss(outcome: np.ndarray, raw_score: np.ndarray, weight: np.ndarray) -> float:
    """Return the weighted mean of -log of the probability given to what happened, from log-odds.

    >>> round(log_loss(np.array([1.0, 0.0]), np.array([0.0, 0.0]), np.ones(2)), 4)
    0.6931
    """
    lost = np.logaddexp(0.0, np.where(outcome > 0, -raw_score, raw_score))
    return float(np.average(lost, weights=weight))


def _question(fit: Rows, stop: Rows, names: tuple[str, ...], given: BoostingSettings, seed: int) -> str:
    """Return a hash of everything that a trial's result depends on, so that other data begin another file."""
    digest = hashlib.sha256(json.dumps([names, given.model_dump(mode="json"), dict(SEARCHED), seed]).encode())
    for features, outcome, weight in (fit, stop):
        for array in (*batches(features), outcome, weight):
            digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()[:16]


def _study(folder: Path, question: str) -> Any:
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{question}.log"
    _cut_unfinished(path)
    try:
        storage = JournalStorage(JournalFileBackend(str(path)))
        return optuna.create_study(storage=storage, study_name=question, load_if_exists=True)
    except (ValueError, KeyError):
        remedy = f"Delete {path} and search again; nothing else is lost."
        raise ModelError("Trials kept from an earlier search cannot be read.", remedy=remedy) from None


def _cut_unfinished(path: Path) -> None:
    """Cut off a last line that was being written when a search was killed; Optuna reads whole lines only."""
    if not path.is_file():
        return
    whole = path.read_bytes()
    kept = whole[: whole.rfind(b"\n") + 1]
    if len(kept) < len(whole):
        path.write_bytes(kept)


def _sampler(seed: int) -> Any:
    from optuna.samplers import TPESampler

    return TPESampler(seed=seed)


def _finished(study: Any) -> list[Any]:
    """Return finished trials in order; one that was stopped half-way does not count and is tried again."""
    from optuna.trial import TrialState

    return list(study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)))


def _fixed(given: BoostingSettings) -> dict[str, Any]:
    from optuna.distributions import FloatDistribution

    return {"given": FloatDistribution(0.0, 0.0)}


def _suggested(trial: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, (least, most, ratios) in SEARCHED.items():
        whole = isinstance(least, int) and isinstance(most, int)
        suggest = trial.suggest_int if whole else trial.suggest_float
        found[name] = suggest(name, least, most, log=ratios)
    return found


def _written(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings to four figures, as somebody would write them into the model's file."""
    return {name: float(f"{value:.4g}") if isinstance(value, float) else value for name, value in found.items()}
