"""MLflow: every fit logged and registered. The only code that knows it; no row of a person ever goes in.

By default the store is SQLite in the workspace with its artifacts beside it; a site may name any tracking URI. Telemetry is
off.
"""

import logging
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Any

from casefinder import __version__
from casefinder.errors import MissingPartError

CHAMPION, CHALLENGER = "champion", "challenger"
EXPERIMENT = "casefinder"


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
        if self._mlflow.get_experiment_by_name(EXPERIMENT) is None:
            self._mlflow.create_experiment(EXPERIMENT, artifact_location=self._artifacts or None)
        self._mlflow.set_experiment(EXPERIMENT)
        return self._mlflow.MlflowClient()

    def log_fit(self, bundle: Path, about: Mapping[str, Any], champion: bool) -> str:
        """Log one fit with its parameters, figures, card and bundle, register it and give it its alias.

        Returns:
            what to look for: registered name, version and alias, and where the store is.
        """
        name = str(about["name"])
        with _quiet():
            client = self._open()
        with _quiet(), self._mlflow.start_run(run_name=f"{name}-{about['version']}"):
            self._mlflow.log_params(_flat(about["settings"]))
            self._mlflow.log_metrics({key: float(value) for key, value in _numbers(about["figures"])})
            self._mlflow.set_tags(_tags(about))
            self._mlflow.log_text((bundle / "card.md").read_text(encoding="utf-8"), "card.md")
            info = self._mlflow.pyfunc.log_model(
                name="model",
                python_model=str(Path(__file__).with_name("served_model.py")),
                artifacts={"bundle": str(bundle)},
                signature=_signature(bundle),
                pip_requirements=[f"casefinder=={__version__}"],
                registered_model_name=name,
            )
        version = info.registered_model_version
        alias = CHAMPION if champion else CHALLENGER
        client.set_registered_model_alias(name, alias, version)
        return f"{name} version {version}, alias {alias}, in {self.uri}"


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


def _numbers(figures: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in figures.items() if isinstance(value, int | float)]


def _tags(about: Mapping[str, Any]) -> dict[str, str]:
    return {
        "casefinder": __version__,
        "site": str(about["site"]),
        "demonstration": str(about["demonstration"]).lower(),
        "outcome": str(about["outcome"]["name"]),
        "test_index_date": str(about["index_dates"]["test"][0]),
        "bundle_version": str(about["version"]),
    }


def _signature(bundle: Path) -> Any:
    """Return the signature that a served model enforces: each feature of the contract as a double; risk and raw score."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, Schema

    from casefinder.modelling.bundle import read_bundle

    names = read_bundle(bundle).contract.names
    inputs = Schema([ColSpec(DataType.double, name, required=True) for name in names])
    outputs = Schema([ColSpec(DataType.double, name) for name in ("risk", "raw_score")])
    return ModelSignature(inputs=inputs, outputs=outputs)
