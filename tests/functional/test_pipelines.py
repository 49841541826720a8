"""Jobs run as scripts leave with the exit code of the step that stopped, and in plain words."""

import subprocess
import sys

import pytest

from casefinder.errors import ConfigError
from tests.functional.conftest import ROOT


@pytest.mark.parametrize("job", ["weekly.py", "retrain.py", "monitor.py", "allocate.py", "evaluate.py"])
def test_a_job_that_stops_has_the_exit_code_of_its_step_and_no_traceback(job, tmp_path):
    words = [sys.executable, ROOT / "pipelines" / job, "--site", tmp_path / "site.yaml", "--workspace", tmp_path / "ws"]
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == ConfigError.exit_code
    assert "There is no site file" in done.stderr
    assert "Traceback" not in done.stderr
