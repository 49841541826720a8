"""The model that MLflow serves, as code: it reads the bundle, so nothing is pickled and the risk served is calibrated."""

from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel

from casefinder.modelling.bundle import read_bundle


class ServedModel(PythonModel):
    """A bundle behind MLflow's interface."""

    def load_context(self, context: Any) -> None:
        """Read the bundle."""
        self._bundle = read_bundle(Path(context.artifacts["bundle"]))

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Return the calibrated risk and the raw score of each row, whatever the order of its columns.

        Where the model carries terms for GP clusters, a column ``gp_cluster`` may name each row's; without it none is added.
        """
        values = model_input[list(self._bundle.contract.names)].to_numpy(dtype=float)
        raw = self._bundle.raw_scores(values)
        clusters = model_input.get("gp_cluster")
        return pd.DataFrame({"risk": self._bundle.risks(raw, clusters), "raw_score": raw}, index=model_input.index)


set_model(ServedModel())
