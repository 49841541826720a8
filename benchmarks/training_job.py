"""One fit in one process, as ``casefinder train`` does it, but for few trees and one penalty, and without MLflow.

``python -m benchmarks.training_job WORKSPACE FOLDER`` keeps rows under FOLDER and prints what was fitted, and how long.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any, Final

from casefinder.codelists import load_codelists
from casefinder.config import load_model
from casefinder.engines import Workspace
from casefinder.histories import Histories
from casefinder.modelling.stored_rows import Storage
from casefinder.modelling.train import train

MODEL: Final = "emergency_admission"
ROUNDS: Final = 60
STRENGTHS: Final = (0.003,)


def main(workspace: Path, folder: Path) -> dict[str, Any]:
    """Fit the model on the newest histories of a workspace."""
    seconds: dict[str, float] = {}
    begun = [("", time.perf_counter())]

    def tell(stage: str, _done: int, _all: int) -> None:
        name, start = begun[0]
        if stage != name:
            seconds[name] = round(time.perf_counter() - start, 1)
            begun[0] = (stage, time.perf_counter())

    own = load_model(MODEL)
    settings = own.model_copy(
        update={
            "trees": own.trees.model_copy(update={"max_rounds": ROUNDS}),
            "logistic": own.logistic.model_copy(update={"strengths": STRENGTHS}),
        }
    )
    histories = Histories(Workspace(workspace).newest("histories"))
    fitted = train(histories, settings, load_codelists(), Storage(folder), tell)
    tell("", 0, 0)
    seconds.pop("", None)
    about = fitted.about
    return {
        "people": sum(len(histories.block(number)) for number in histories.numbers),
        "rows": sum(about["rows"].values()),
        "fitted_on": about["rows"]["fit"],
        "features": len(fitted.contract.names),
        "trees": about["rounds"],
        "regression_fitted_on": about.get("logistic_rows", {}).get("fitted_on", about["rows"]["fit"]),
        "seconds": seconds,
        "disk_gb": round(sum(path.stat().st_size for path in folder.rglob("*.features")) / 1e9, 2),
    }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]))))
