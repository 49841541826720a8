"""Everything that make does, for machines without make.

python bootstrap.py setup | demo | test | test-spark | check | bench | mlflow-ui | lock

Only the standard library is used here, so a fresh Python 3.11 or newer can run it.
"""

import argparse
import contextlib
import hashlib
import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
LOCK = HERE / "requirements" / "all.lock"
SPARK_LOCK = HERE / "requirements" / "spark.lock"
STAMP = VENV / "casefinder-setup.sha256"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")


def run(*command: str | Path) -> None:
    """Run a command in the checkout, and leave with its exit code if it fails."""
    done = subprocess.run([str(part) for part in command], cwd=HERE, env=_environment(), check=False)
    if done.returncode:
        sys.exit(done.returncode)


def _environment() -> dict[str, str]:
    """Return the environment of commands: the virtual environment first, telemetry off, one thread for each process."""
    path = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    return {"OMP_NUM_THREADS": "1", **os.environ, "PATH": path, "VIRTUAL_ENV": str(VENV), **quiet}


def _wanted() -> str:
    """Return a hash of everything that setup depends on."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    files = (LOCK, HERE / "pyproject.toml", HERE / "src" / "casefinder" / "__init__.py")
    return hashlib.sha256(version.encode() + b"".join(path.read_bytes() for path in files)).hexdigest()


def setup() -> None:
    """Make .venv with the locked requirements and the package itself; do nothing where all that is up to date."""
    if PYTHON.is_file() and STAMP.is_file() and STAMP.read_text(encoding="utf-8") == _wanted():
        return
    if sys.version_info < (3, 11):  # noqa: UP036 an older Python runs this too
        sys.exit(
            f"casefinder needs Python 3.11 or newer; this is {sys.version.split()[0]}. Try: make PYTHON=python3.12 demo"
        )
    print("setting up .venv (a few minutes the first time)", flush=True)
    if not PYTHON.is_file():
        venv.create(VENV, with_pip=True)
    pip = (PYTHON, "-m", "pip", "--quiet", "install")
    run(*pip, "--require-hashes", "--only-binary", ":all:", "-r", LOCK)
    run(*pip, "--no-deps", "--no-build-isolation", "--editable", ".")
    STAMP.write_text(_wanted(), encoding="utf-8")


def demo(rest: Sequence[str]) -> None:
    """Run the main job on invented people."""
    run(BIN / "casefinder", "demo", *(rest or ("--workspace", "demo", "--people", os.environ.get("PEOPLE", "20000"))))


def test(rest: Sequence[str]) -> None:
    """Run every test, one worker a core; a module stays on one worker, so that what it makes is made once."""
    run(PYTHON, "-m", "pytest", "-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder", *rest)


def test_spark(rest: Sequence[str]) -> None:
    """Run the tests of Spark, with PySpark put into .venv; they need a Java runtime, 17 or newer."""
    # PySpark is published as source only.
    built = ("--only-binary", ":all:", "--no-binary", "pyspark")
    run(PYTHON, "-m", "pip", "--quiet", "install", "--require-hashes", *built, "-r", SPARK_LOCK)
    run(PYTHON, "-m", "pytest", "tests/spark", "-n", "2", "--dist", "loadfile", *(rest or ("-m", "not whole_sets")))


def check(_rest: Sequence[str]) -> None:
    """Check formatting, lint, types and the import order of the rooms."""
    run(PYTHON, "-m", "ruff", "format", "--check", "--quiet", ".")
    run(PYTHON, "-m", "ruff", "check", "--quiet", "--output-format", "concise", ".")
    run(PYTHON, "-m", "mypy")
    run(PYTHON, "-m", "pytest", "-q", "tests/unit/test_architecture.py")


def bench(rest: Sequence[str]) -> None:
    """Measure speed and memory; write benchmarks/results/."""
    run(PYTHON, "-m", "benchmarks", *rest)


def mlflow_ui(rest: Sequence[str]) -> None:
    """Open MLflow's own pages on a workspace, on the loopback address only, until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="bootstrap.py mlflow-ui")
    parser.add_argument("--workspace", type=Path, default=Path(os.environ.get("WORKSPACE", "demo")))
    parser.add_argument("--port", type=int, default=5000)
    given = parser.parse_args(rest)
    store = given.workspace.resolve() / "mlflow" / "mlflow.db"
    if not store.is_file():
        sys.exit(f"there is no MLflow store at {store}; fit a model first: casefinder train MODEL --workspace DIR")
    print(f"MLflow: http://127.0.0.1:{given.port} (Ctrl-C ends it)", flush=True)
    where = ("--host", "127.0.0.1", "--port", str(given.port), "--workers", "1")
    with contextlib.suppress(KeyboardInterrupt):
        run(BIN / "mlflow", "server", "--backend-store-uri", f"sqlite:///{store.as_posix()}", *where)


def lock(_rest: Sequence[str]) -> None:
    """Renew the lock files: what scoring needs, everything but Spark, scoring on Spark; each bound by the one before."""
    uv = (
        PYTHON,
        "-m",
        "uv",
        "pip",
        "compile",
        "--quiet",
        "--universal",
        "--python-version",
        "3.11",
        "--generate-hashes",
        "--no-header",
    )
    run(PYTHON, "-m", "pip", "--quiet", "install", "uv")
    run(*uv, "pyproject.toml", "-o", "requirements/run.lock")
    extras = [part for name in ("train", "app", "postgresql", "dev") for part in ("--extra", name)]
    run(*uv, "pyproject.toml", *extras, "-c", "requirements/run.lock", "-o", "requirements/all.lock")
    run(*uv, "pyproject.toml", "--extra", "spark", "-c", "requirements/all.lock", "-o", "requirements/spark.lock")


TASKS = {
    "demo": demo,
    "test": test,
    "test-spark": test_spark,
    "check": check,
    "bench": bench,
    "mlflow-ui": mlflow_ui,
    "lock": lock,
}


def main() -> None:
    """Run one task, once everything it needs is installed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=["setup", *TASKS])
    parser.add_argument("rest", nargs=argparse.REMAINDER, help="passed on to the task")
    given = parser.parse_args()
    setup()
    if given.task in TASKS:
        TASKS[given.task](given.rest)


if __name__ == "__main__":
    main()
