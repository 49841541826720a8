"""Two workspaces that two engines wrote from the same raw files, held side by side."""

import json
from pathlib import Path

import pyarrow.parquet as pq

TABLES = (
    *("people", "addresses", "registrations", "practices", "areas", "prices", "budgets", "quarantine", "feeds"),
    *("points", "stays"),
)


def newest(workspace: Path, step: str) -> Path:
    """Return the newest version of a step."""
    return max((workspace / step).glob("[0-9]*"))


def files(folder: Path) -> list[str]:
    """Return the names of the Parquet files under a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.parquet"))


def difference(one: Path, other: Path) -> str:
    """Return how the rows or types of two Parquet files differ, or nothing."""
    left, right = pq.read_table(one), pq.read_table(other)
    types = [{field.name: str(field.type) for field in table.schema} for table in (left, right)]
    if types[0] != types[1]:
        return f"types {set(types[0].items()) ^ set(types[1].items())}"
    if len(left) != len(right):
        return f"{len(left)} and {len(right)} rows"
    # NaN stands for no value in the histories, and is equal to itself here.
    columns = [name for name in left.column_names if not left[name].to_pandas().equals(right[name].to_pandas())]
    return f"columns {columns} of {len(left)} rows" if columns else ""


def differences(duckdb: Path, spark: Path) -> dict[str, str]:
    """Return everything in which two linked workspaces differ, by file: manifests, tables of the record, histories."""
    found = {}
    for step in ("record", "histories"):
        one, other = newest(duckdb, step), newest(spark, step)
        manifests = [json.loads((folder / "manifest.json").read_text(encoding="utf-8")) for folder in (one, other)]
        for name in sorted(manifests[0].keys() | manifests[1].keys()):
            if manifests[0].get(name) != manifests[1].get(name):
                found[f"{step}/manifest.json {name}"] = f"{manifests[0].get(name)} and {manifests[1].get(name)}"
        if files(one) != files(other):
            found[step] = f"files {sorted(set(files(one)) ^ set(files(other)))}"
        for name in files(one):
            said = difference(one / name, other / name) if (other / name).is_file() else ""
            if said:
                found[f"{step}/{name}"] = said
    return found
