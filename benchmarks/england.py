"""What a whole country would take every week, from what the benchmark of engines measured and from stated numbers.

Nothing is run: CPU a million points comes from ``engines.json``, bytes from the tables of the workspace, and the rest from
the assumptions below, each of which is a number.
"""

import json
from pathlib import Path
from typing import Any, Final

from benchmarks.given import Given
from benchmarks.measure import folder_bytes
from benchmarks.report import Figure, write
from casefinder.engines import Workspace

PEOPLE: Final = 60e6
POINTS: Final = 5e9
BLOCK_PEOPLE: Final = 50_000
CORES: Final = 256
"""Cores of the cluster."""
BUSY: Final = 0.6
"""Share of the cores' time that does the work: the rest is waiting for the slowest task, reading and starting."""
KEPT: Final = 3
"""Versions of the record and of the histories that are kept."""
SHUFFLES: Final = 3
"""Times that a point crosses the network: told apart from its copies, joined with its person, sent to its block."""
SHUFFLED_BYTES: Final = 60
"""Bytes of a point on its way, compressed."""
PARTITION_BYTES: Final = 128e6
"""Bytes of a partition of the relational steps."""
RAW_FILE_BYTES: Final = 1e9
"""Bytes of a raw file, which one task reads."""
DRIVER_BYTES_A_PRACTICE: Final = 20_000
"""What the command's own process holds of a practice: the candidates of its lists, with reasons and the past year."""
PRACTICES: Final = 6_300

WAY: Final = "spark, 2 workers"
JOBS: Final = ("link", "weekly")


def run(given: Given) -> None:
    """Write ``england.json``."""
    measured = json.loads((given.results / "engines.json").read_text(encoding="utf-8"))["details"]
    found = needed(_cpu(measured["link"]), _cpu(measured["weekly"]), _bytes(given.linked()))
    found += [(f"{job}: core hours, if they go by people and not by points", _by_people(measured[job]), "h") for job in JOBS]
    notes = [
        f"Assumed: {PEOPLE:,.0f} people, {POINTS:,.0f} points, blocks of {BLOCK_PEOPLE:,}, {CORES} cores, {BUSY:.0%} of "
        f"whose time is work, {KEPT} versions kept, {SHUFFLES} crossings of {SHUFFLED_BYTES} bytes a point, partitions of "
        f"{PARTITION_BYTES / 1e6:.0f} MB, raw files of {RAW_FILE_BYTES / 1e9:.0f} GB, {PRACTICES:,} practices with "
        f"{DRIVER_BYTES_A_PRACTICE / 1000:.0f} kB each at the driver.",
        "Measured: CPU a million points with two workers at the largest size of 'engines', bytes of raw files, of the "
        "record and of histories a point in a simulated economy.",
        "Cores are those of the machine that measured. Nobody has run this at such a size: it is arithmetic.",
    ]
    write(given.results, "england", "sixty million people a week, by arithmetic", [Figure(*one) for one in found], notes, {})


def needed(link_cpu: float, weekly_cpu: float, sizes: dict[str, float]) -> list[tuple[str, float, str]]:
    """Return what is needed, from CPU seconds a million points of both jobs and bytes a point of raw, record, histories."""
    link, weekly = (POINTS / 1e6 * cpu / 3600 for cpu in (link_cpu, weekly_cpu))
    stored = {name: POINTS * size / 1e12 for name, size in sizes.items()}
    shuffled = POINTS * SHUFFLES * SHUFFLED_BYTES
    return [
        ("link: core hours", link, "h"),
        ("link: hours on the cluster", link / CORES / BUSY, "h"),
        ("weekly: core hours", weekly, "h"),
        ("weekly: hours on the cluster", weekly / CORES / BUSY, "h"),
        ("raw files", stored["raw"], "TB"),
        ("one record", stored["record"], "TB"),
        ("one set of histories", stored["histories"], "TB"),
        ("records and histories kept", KEPT * (stored["record"] + stored["histories"]), "TB"),
        ("shuffled by a link", shuffled / 1e12, "TB"),
        ("blocks, which are tasks", PEOPLE / BLOCK_PEOPLE, ""),
        ("points of a block", POINTS / PEOPLE * BLOCK_PEOPLE / 1e6, "million"),
        ("bytes of a block on disk", POINTS / PEOPLE * BLOCK_PEOPLE * sizes["histories"] / 1e6, "MB"),
        ("partitions of a shuffle", shuffled / SHUFFLES / PARTITION_BYTES, ""),
        ("raw files, which are tasks", stored["raw"] * 1e12 / RAW_FILE_BYTES, ""),
        ("held by the command's own process", PRACTICES * DRIVER_BYTES_A_PRACTICE / 1e9, "GB"),
    ]


def _cpu(measured: dict[str, Any]) -> float:
    """Return CPU seconds a million points at the largest size."""
    return float(measured[max(measured, key=int)][WAY]["cpu_seconds_a_million_points"])


def _by_people(measured: dict[str, Any]) -> float:
    """Return core hours for everyone at the CPU a person of the largest size; that population has more points a person."""
    largest = max(measured, key=int)
    return float(measured[largest][WAY]["cpu_seconds"]) / int(largest) * PEOPLE / 3600


def _bytes(workspace: Path) -> dict[str, float]:
    """Return bytes a point of raw files, of a record and of histories."""
    record, histories = (Workspace(workspace).newest(step) for step in ("record", "histories"))
    points = record.manifest["facts"]["points"]
    folders = {"raw": workspace / "simulated" / "raw", "record": record.folder, "histories": histories.folder}
    return {name: folder_bytes(folder) / points for name, folder in folders.items()}
