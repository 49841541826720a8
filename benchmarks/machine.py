"""What the figures were measured on: the machine, the versions, the state of the code. No host name and no path."""

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOAD_AT_START = round(os.getloadavg()[0], 1)
"""How many processes wanted a core as the benchmark began; above 0, other work shares the machine."""
LIBRARIES = ("numpy", "pandas", "pyarrow", "duckdb", "polars", "numba", "lightgbm", "ibis-framework")


def describe() -> dict[str, object]:
    """Return the processor, cores, memory, system, Python and the versions of the libraries that do the work."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load_at_start": LOAD_AT_START,
        "memory_gb": round(_memory_bytes() / 1e9, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "libraries": {name: metadata.version(name) for name in LIBRARIES},
    }


def commit() -> str:
    """Return the commit measured, with a word where files of the code differ from it."""
    head = _git("rev-parse", "--short=12", "HEAD")
    changed = _git("status", "--porcelain", "--", "src", "configs", "models")
    return f"{head} with changes" if head and changed else head or "not known"


def _git(*words: str) -> str:
    try:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip()


def _processor() -> str:
    """Return the processor's model as the system names it."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def _memory_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
