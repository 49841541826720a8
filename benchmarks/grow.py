"""Make a workspace of many more people from a linked one: its blocks over and over, every copy with people of its own.

Copy after copy is a district like the first: ids of people, codes of practices and names of clusters carry the number of
the copy, and everything else stays. The last block is cut so that exactly as many people are there as were asked for.
``python -m benchmarks.grow FROM TO PEOPLE`` prints what was made.
"""

import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from casefinder.engines import Draft, Version, Workspace
from casefinder.histories import Concepts, Histories
from casefinder.histories.kernel import POINT
from casefinder.modelling.serving import POINTER

ROWS_A_GROUP = 122_880


def grow(source: Path, target: Path, people: int) -> dict[str, int]:
    """Write the grown workspace; return people, points, rows, blocks, copies and practices."""
    histories, grown = Histories(Workspace(source).newest("histories")), Workspace(target)
    record = next(one for one in Workspace(source).versions("record") if one.number == histories.version.manifest["record"])
    base = sum(len(histories.block(number)) for number in histories.numbers)
    copies = -(-people // base)
    with grown.draft("record") as draft:
        practices = _record(record, draft, copies)
        written = draft.finish(record.manifest)
    with grown.draft("histories") as draft:
        made = _blocks(histories, draft, copies, people)
        draft.finish(
            {**histories.version.manifest, "record": written.number, "rows": made["rows"], "blocks": made["blocks"]}
        )
    for model in sorted(path.name for path in (source / "models").iterdir()):
        _copy_model(Workspace(source), model, target)
    return {**made, "copies": copies, "practices": practices}


def _numbered(column: pa.ChunkedArray, copy: int) -> pa.ChunkedArray:
    """Return texts with the number of a copy at their end."""
    return pc.binary_join_element_wise(column.cast(pa.string()), pa.scalar(f"{copy:02d}"), "")


def _record(record: Version, draft: Draft, copies: int) -> int:
    """Write what a list is checked against, and what money is shared by; return how many practices."""
    keyed = {"people": ("person_id",), "registrations": ("person_id", "practice_code"), "feeds": ("practice_code",),
             "practices": ("practice_code", "gp_cluster"), "budgets": ("practice_code",)}  # fmt: skip
    for name in ("areas", "prices"):
        shutil.copyfile(record / f"{name}.parquet", draft / f"{name}.parquet")
    for name, keys in keyed.items():
        table = pq.read_table(record / f"{name}.parquet")
        with pq.ParquetWriter(draft / f"{name}.parquet", table.schema, compression="zstd") as file:
            for copy in range(copies):
                changed = table
                for key in keys:
                    column = _numbered(table[key], copy).cast(table.schema.field(key).type)
                    changed = changed.set_column(changed.schema.get_field_index(key), table.schema.field(key), column)
                file.write_table(changed)
    return pq.read_metadata(draft / "practices.parquet").num_rows


def _blocks(histories: Histories, draft: Draft, copies: int, people: int) -> dict[str, int]:
    """Write blocks and their people until there are enough."""
    for name in ("blocks", "people"):
        (draft / name).mkdir()
    concepts, renumbered = _concepts(histories.concepts, copies)
    concepts.to_parquet(draft / "concepts.parquet", index=False)
    is_point = (histories.concepts.table["row_kind"] == POINT).to_numpy()
    made = {"people": 0, "points": 0, "rows": 0, "blocks": 0}
    for copy in range(copies):
        for number in histories.numbers:
            left = people - made["people"]
            if left:
                counts = _block(histories, number, draft, made["blocks"], copy, left, renumbered[copy], is_point)
                made = {name: made[name] + counts.get(name, 1) for name in made}
    return made


def _concepts(concepts: Concepts, copies: int) -> tuple[pd.DataFrame, list[np.ndarray]]:
    """Return the concepts with every copy's practices among them, and each copy's new number of every old one."""
    table = concepts.table
    practices = np.flatnonzero(table["kind"] == "registration")
    parts, renumbered = [table.assign(code=table["code"].where(table["kind"] != "registration", table["code"] + "00"))], []
    for copy in range(copies):
        numbers = np.arange(len(table), dtype=np.int32)
        if copy:
            numbers[practices] = sum(len(part) for part in parts) + np.arange(len(practices))
            parts.append(table.iloc[practices].assign(code=table["code"].iloc[practices] + f"{copy:02d}"))
        renumbered.append(numbers)
    return pd.concat(parts, ignore_index=True), renumbered


def _block(
    histories: Histories,
    number: int,
    draft: Draft,
    new: int,
    copy: int,
    most: int,
    renumbered: np.ndarray,
    is_point: np.ndarray,
) -> Mapping[str, int]:
    """Write one block of one copy, of the first ``most`` people; return how many people, points and rows it has."""
    name, path = f"{number:05d}.parquet", histories.folder
    listed = pq.read_table(path / "people" / name).slice(0, most)
    ids = listed.set_column(
        0, listed.schema.field(0), _numbered(listed["person_id"], copy).cast(listed.schema.field(0).type)
    )
    pq.write_table(ids, draft / "people" / f"{new:05d}.parquet", compression="zstd")
    rows = pq.read_table(path / "blocks" / name)
    rows = rows.slice(0, int(np.searchsorted(rows["person"].to_numpy(), len(ids))))
    concept = rows["concept"].to_numpy()
    rows = rows.set_column(
        rows.schema.get_field_index("concept"), rows.schema.field("concept"), pa.array(renumbered[concept])
    )
    codec = pq.ParquetFile(path / "blocks" / name).metadata.row_group(0).column(0).compression.lower()
    pq.write_table(rows, draft / "blocks" / f"{new:05d}.parquet", compression=codec, row_group_size=ROWS_A_GROUP)
    return {"people": len(ids), "points": int(is_point[concept].sum()), "rows": len(rows)}


def _copy_model(source: Workspace, model: str, target: Path) -> None:
    """Copy the newest version of a model, and score with it."""
    newest = source.versions(f"models/{model}")[-1]
    folder = target / "models" / model
    shutil.copytree(newest.folder, folder / newest.folder.name)
    (folder / POINTER).write_text(f"{newest.number}\n", encoding="utf-8")


if __name__ == "__main__":
    print(json.dumps(grow(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))))
