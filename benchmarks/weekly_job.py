"""The weekly job in one process: everyone scored by both models, then every list written.

``python -m benchmarks.weekly_job WORKSPACE SITE`` prints the seconds of each part and what came out.
"""

import datetime as dt
import json
import sys
import time
from pathlib import Path

from casefinder.commands.deployment import open_deployment
from casefinder.commands.listing import run_all_lists, run_weekly
from casefinder.commands.reporter import Silent


def main(workspace: Path, site: Path) -> dict[str, object]:
    """Run the job for the day after the extract."""
    start = time.perf_counter()
    deployment = open_deployment(site, workspace, "score")
    as_of = deployment.site.extract_date + dt.timedelta(days=1)
    lists = run_weekly(deployment, as_of, Silent())
    scored = time.perf_counter()
    written = run_all_lists(deployment, str(as_of), None, Silent())
    return {
        "scoring_seconds": round(scored - start, 1),
        "lists_seconds": round(time.perf_counter() - scored, 1),
        "scored": lists.manifest["scored"],
        "models": [one["label"] for one in lists.manifest["models"].values()],
        "lists": sum(path.suffix == ".html" for path in written),
        "files": len(written),
    }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]))))
