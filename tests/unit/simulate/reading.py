"""Raw files of an economy as the product reads them, and as plain tables."""

import csv
import json
from pathlib import Path

import pandas as pd

from casefinder.codelists import load_codelists
from casefinder.config import load_site
from casefinder.engines import DuckEngine
from casefinder.record.identity import Pseudonymiser
from casefinder.record.intake import take_in
from casefinder.record.reading import SourceFiles
from casefinder.shipped import shipped
from casefinder.simulate.write import file_name
from casefinder.sources import extracts

DEMONSTRATION = shipped("configs") / "sites" / "demonstration.yaml"


def raw(folder: Path, name: str) -> pd.DataFrame:
    """Return a raw file as text."""
    path = folder / "raw" / file_name(name)
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    return pd.read_csv(path, dtype=str, keep_default_na=False).replace("", None)


def truth(folder: Path, name: str) -> pd.DataFrame:
    """Return a table of the truth, its dates as dates."""
    table = pd.read_parquet(folder / "truth" / f"{name}.parquet")
    for column in table.columns[table.columns.str.endswith("date")]:
        table[column] = pd.to_datetime(table[column])
    return table


def facts(folder: Path, name: str) -> dict:
    """Return a record of the truth."""
    return json.loads((folder / "truth" / f"{name}.json").read_text())


def names(folder: Path) -> list[str]:
    """Return the extracts of an economy that have a layout."""
    return sorted(path.name.split(".")[0] for path in (folder / "raw").iterdir() if not path.name.startswith("mhsds_bridge"))


def taken_in(folder: Path, name: str, engine: DuckEngine, scratch: Path):
    """Return one raw file as the product takes it in: typed rows with their problems, and the counts."""
    site = load_site(DEMONSTRATION)
    bridge = None
    if name.startswith("mhsds"):
        with (folder / "raw" / "mhsds_bridge.csv").open() as stream:
            bridge = {row["Person_ID"]: row["NHS_NUMBER"] for row in csv.DictReader(stream)}
    source = SourceFiles.of(name, extracts()[name], site.sources[name], [folder / "raw" / file_name(name)])
    people = Pseudonymiser(site, b"k" * 32, bridge)
    path, counts, _ = take_in(engine, site, source, people, load_codelists(), scratch, lambda _source, _rows: None)
    return pd.read_parquet(path), counts
