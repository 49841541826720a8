"""MLflow: every fit logged and registered. The only code that knows it; no row of a person ever goes in.

By default the store is SQLite in the workspace with its artifacts beside it; a site may name any tracking URI. Telemetry is
off.
"""

import datetime as dt
import hashlib
import logging
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Any

from casefinder import __version__
from casefinder.dates import to_day
from casefinder.errors import MissingPartError
from casefinder.modelling.measure_metrics import measure_metrics
from casefinder.modelling.recalibrated import origin

CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"
EXPERIMENT = "casefinder"
METRICS_AT_ONCE = 500
"""A tracking server takes at most 1,000 at once."""


class Registry:
    """The model registry of a site."""

    def __init__(self, uri: str, workspace: Path) -> None:
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        os.environ.setdefault("DO_NOT_TRACK", "true")
        os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
        try:
            import mlflow
        except ImportError:
            raise MissingPartError(
                "Fitting a model needs MLflow, which is not installed.", remedy="Type: pip install 'casefinder[train]'"
            ) from None
        self._mlflow = mlflow
        folder = (workspace / "mlflow").resolve()
        folder.mkdir(parents=True, exist_ok=True)
        self.uri = uri or f"sqlite:///{folder / 'mlflow.db'}"
        self._artifacts = "" if uri else (folder / "artifacts").as_uri()

    def _open(self) -> Any:
        """Return a client, with the experiment made where there is none."""
        self._mlflow.set_tracking_uri(self.uri)
        self._mlflow.set_registry_uri(self.uri)
        self._mlflow.set_experiment(self.experiment())
        return self._mlflow.MlflowClient()

    def experiment(self) -> str:
        """Return the name of the experiment that runs go into, made where there is none.

        MLflow keeps an experiment's folder as an absolute path. In a workspace that was moved or copied, a new experiment
        is begun beside the old one, so that nothing is written into the folder it came from.
        """
        name, number = EXPERIMENT, 1
        while (found := self._mlflow.get_experiment_by_name(name)) is not None and not self._ours(found):
            number += 1
            name = f"{EXPERIMENT} {number}"
        if found is None:
            self._mlflow.create_experiment(name, artifact_location=self._artifacts or None)
        return name

    def _ours(self, experiment: Any) -> bool:
        """Say whether runs may go into an experiment: it is not deleted, and keeps its files in this workspace."""
        here = not self._artifacts or experiment.artifact_location.rstrip("/") == self._artifacts
        return here and experiment.lifecycle_stage == "active"

    def log_fit(
        self, bundle: Path, about: Mapping[str, Any], champion: bool, data: str, texts: Mapping[str, str] | None = None
    ) -> str:
        """Log one fit with its parameters, figures, card, bundle and hashes, register it and give it its alias.

        Args:
            bundle: folder of the bundle.
            about: what the bundle says of itself: disclosed figures only.
            champion: whether the weekly list is scored with it from now on.
            data: SHA-256 of the manifest of the record it was fitted on, which holds the hash of every raw file.
            texts: more files to keep with the run, by path; disclosed figures only.

        Returns:
            what to look for: registered name, version and alias, and where the store is.
        """
        name = str(about["name"])
        with _quiet():
            client = self._open()
        with _quiet(), self._mlflow.start_run(run_name=f"{name}-{about['version']}"):
            self._mlflow.log_params(_flat(about["settings"]))
            self._mlflow.set_tags(_tags(about) | {"data_sha256": data, "code_sha256": code_hash()})
            cards = {path.name: path.read_text(encoding="utf-8") for path in sorted(bundle.glob("card.*"))}
            for path, text in {**cards, **(texts or {})}.items():
                self._mlflow.log_text(text, path)
            info = self._mlflow.pyfunc.log_model(
                name="model",
                python_model=str(Path(__file__).with_name("served_model.py")),
                artifacts={"bundle": str(bundle)},
                signature=_signature(bundle),
                pip_requirements=[f"casefinder=={__version__}"],
                registered_model_name=name,
            )
            numbers = _numbers(about["figures"]) | group_metrics(about.get("calibration", {}))
            numbers |= {_metric_name(words): value for words, value in measure_metrics(about).items()}
            tested = _dataset(about, data)
            self._mlflow.log_input(tested, context="test")
            for some in _batches(numbers):
                self._mlflow.log_metrics(some, model_id=info.model_id, dataset=tested)
        version = info.registered_model_version
        for key, value in _tags(about).items():
            client.set_model_version_tag(name, version, key, value)
        alias = CHAMPION if champion else CHALLENGER
        if champion:
            self._set_aliases(client, name, str(version), self._aliases(client, name).get(CHAMPION))
        else:
            client.set_registered_model_alias(name, CHALLENGER, version)
        return f"{name} version {version}, alias {alias}, in {self.uri}"

    def give_champion(self, name: str, bundle_version: int, previous: int | None, site: str, tags: Mapping[str, str]) -> str:
        """Give the alias champion to a version, and tags that say who decided it.

        Args:
            name: registered name.
            bundle_version: the version, as the workspace counts.
            previous: the one that a rollback would go back to, which gets the alias previous; None for none.
            site: name of the site, since several may share a store.
            tags: what to keep with the version.

        Returns:
            what was done, or that the store holds no such version: one fitted elsewhere, or a store begun anew.
        """
        with _quiet():
            client = self._open()
            found = self._registered(client, name, bundle_version, site)
            if found is None:
                return f"{self.uri} holds no version of {name} from bundle version {bundle_version}; no alias was changed"
            before = self._registered(client, name, previous, site) if previous else None
            self._set_aliases(client, name, found, before)
            for key, value in tags.items():
                client.set_model_version_tag(name, found, key, value)
        return f"{name} version {found}, alias {CHAMPION}, in {self.uri}"

    def _set_aliases(self, client: Any, name: str, champion: str, previous: str | None) -> None:
        aliases = self._aliases(client, name)
        client.set_registered_model_alias(name, CHAMPION, champion)
        if aliases.get(CHALLENGER) == champion:
            client.delete_registered_model_alias(name, CHALLENGER)
        if previous:
            client.set_registered_model_alias(name, PREVIOUS, previous)
        elif PREVIOUS in aliases:
            client.delete_registered_model_alias(name, PREVIOUS)

    def _aliases(self, client: Any, name: str) -> dict[str, str]:
        return {alias: str(version) for alias, version in client.get_registered_model(name).aliases.items()}

    def _registered(self, client: Any, name: str, bundle_version: int, site: str) -> str | None:
        """Return the registered version of a bundle, the newest where it was logged twice; None where there is none."""
        found = []
        for one in client.search_model_versions(f"name = '{name}'"):
            tags = one.tags or {}
            if "bundle_version" not in tags and one.run_id:
                tags = client.get_run(one.run_id).data.tags
            if (tags.get("bundle_version"), tags.get("site")) == (str(bundle_version), site):
                found.append(int(one.version))
        return str(max(found)) if found else None

    def log_monitoring(self, label: str, as_of: dt.date, metrics: Mapping[str, float]) -> None:
        """Add one look at a served version to its run of monitoring, a step a look; figures must be disclosed ones.

        Args:
            label: name and version, such as ``emergency_admission@2``.
            as_of: the day of the look; days since 1970-01-01 are the step, so charts run by date.
            metrics: figures by name.
        """
        name = f"monitoring {label}"
        with _quiet():
            client = self._open()
            experiment = client.get_experiment_by_name(self.experiment()).experiment_id
            found = client.search_runs([experiment], f"tags.monitoring = '{label}'", max_results=1)
            own = {"run_id": found[0].info.run_id} if found else {"run_name": name}
            with self._mlflow.start_run(**own):
                self._mlflow.set_tags({"monitoring": label, "casefinder": __version__, "latest_look": str(as_of)})
                self._mlflow.log_metrics(dict(metrics), step=to_day(as_of))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep MLflow's own remarks off the screen: no example row is given because it would be somebody's."""
    logger = logging.getLogger("mlflow")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), redirect_stderr(StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _flat(settings: Mapping[str, Any], before: str = "") -> dict[str, str]:
    """Return nested settings as dotted names."""
    found: dict[str, str] = {}
    for name, value in settings.items():
        found |= _flat(value, f"{before}{name}.") if isinstance(value, dict) else {f"{before}{name}": str(value)[:500]}
    return found


def _numbers(figures: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in figures.items() if isinstance(value, int | float)}


def _batches(numbers: Mapping[str, float]) -> Iterator[dict[str, float]]:
    """Yield numbers in as many parts as a tracking server will take."""
    names = list(numbers)
    for start in range(0, len(names), METRICS_AT_ONCE):
        yield {name: numbers[name] for name in names[start : start + METRICS_AT_ONCE]}


def group_metrics(calibration: Mapping[str, Any]) -> dict[str, float]:
    """Return disclosed calibration by group as metrics, each with a name that MLflow takes; what is withheld has none.

    >>> group_metrics({"cluster": {"rows": [{"group": "Ash & Elm", "ratio": 1.1, "shrunken": None}], "spread": 0.2}})
    {'cluster.spread': 0.2, 'cluster.Ash _ Elm.observed_expected': 1.1}
    """
    found = {}
    for by, table in calibration.items():
        if not isinstance(table, Mapping):
            continue
        if table.get("spread") is not None:
            found[f"{by}.spread"] = float(table["spread"])
        for row in table["rows"]:
            place = ".".join(str(row[key]) for key in ("characteristic", "group") if key in row)
            for key, words in (("ratio", "observed_expected"), ("shrunken", "shrunken")):
                if row.get(key) is not None:
                    found[_metric_name(f"{by}.{place}.{words}")] = float(row[key])
    return found


def _metric_name(words: str) -> str:
    """Return words as a name that MLflow takes: letters, digits, and a few marks."""
    return "".join(one if one.isascii() and (one.isalnum() or one in "_-. /") else "_" for one in words)


def _tags(about: Mapping[str, Any]) -> dict[str, str]:
    return {
        "casefinder": __version__,
        "site": str(about["site"]),
        "demonstration": str(about["demonstration"]).lower(),
        "outcome": str(about["outcome"]["name"]),
        "test_index_date": str(about["index_dates"]["test"][0]),
        "bundle_version": str(about["version"]),
        **({"recalibration": origin(about)} if origin(about) else {}),
    }


def code_hash() -> str:
    """Return a SHA-256 of the code of casefinder: the name and the text of every module."""
    digest, root = hashlib.sha256(), Path(__file__).parents[1]
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _dataset(about: Mapping[str, Any], data: str) -> Any:
    """Return what MLflow knows of the people tested: a name and a hash; no row and no place."""
    from mlflow.data.code_dataset_source import CodeDatasetSource
    from mlflow.data.meta_dataset import MetaDataset

    name = f"{about['site']}, tested at {about['index_dates']['test'][0]}"
    return MetaDataset(CodeDatasetSource(tags={}), name=name[:500], digest=data[:36])  # type: ignore[abstract]


def _signature(bundle: Path) -> Any:
    """Return the signature that a served model enforces: each feature of the contract as a double; risk and raw score.

    A model with terms for GP clusters takes the name of each row's cluster too, where somebody gives it.
    """
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, Schema

    from casefinder.modelling.bundle import read_bundle

    read = read_bundle(bundle)
    cluster = [ColSpec(DataType.string, "gp_cluster", required=False)] if read.calibrator.clusters else []
    inputs = Schema([*(ColSpec(DataType.double, name, required=True) for name in read.contract.names), *cluster])
    outputs = Schema([ColSpec(DataType.double, name) for name in ("risk", "raw_score")])
    return ModelSignature(inputs=inputs, outputs=outputs)
