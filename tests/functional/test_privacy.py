"""Nobody is named in a workspace, a log, a message or a file name; what leaves the workspace is disclosed."""

import csv
import json
import re
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tests.functional.conftest import AS_OF
from tests.functional.lists import run

NHS_NUMBER = re.compile(rb"(?<!\d)999[ -]?\d{3}[ -]?\d{4}(?!\d)")
PSEUDONYM = re.compile(r"(?=([0-9a-hj-km-np-tv-z]{12}))")


def numbers_of(district) -> set[str]:
    """Return every NHS number of the map that the practices hold."""
    with (district / "identities.csv").open(encoding="utf-8", newline="") as stream:
        return {row["identifier"] for row in csv.DictReader(stream)}


def people_of(district) -> set[str]:
    """Return every pseudonym of the record."""
    return set(pd.read_parquet(district / "workspace" / "record" / "000001" / "people.parquet")["person_id"])


def texts_of(path: Path) -> dict[str, set[str]]:
    """Return the different texts in each column of a Parquet file that holds text."""
    with pq.ParquetFile(path) as file:
        schema = file.schema_arrow
        names = [one.name for one in schema if pa.types.is_string(one.type) or pa.types.is_large_string(one.type)]
        return {name: set(pc.unique(file.read([name])[name]).to_pylist()) for name in names}


def test_no_nhs_number_stands_anywhere_in_the_workspace(district):
    numbers = numbers_of(district)
    assert len(numbers) > 5000
    checked = 0
    for path in (district / "workspace").rglob("*"):
        if not path.is_file():
            continue
        checked += 1
        if path.suffix == ".parquet":
            for name, column in texts_of(path).items():
                assert not numbers & column, f"{path.name}: {name}"
        else:
            found = {one.decode().replace(" ", "").replace("-", "") for one in NHS_NUMBER.findall(path.read_bytes())}
            assert not numbers & found, path.name
    assert checked > 50


def test_the_key_is_not_in_the_workspace(district):
    key = (district / "site" / "demonstration.key").read_bytes().strip()
    assert [path for path in (district / "workspace").rglob("*") if path.is_file() and key in path.read_bytes()] == []


def test_commands_print_and_log_nobody(district):
    people, numbers = people_of(district), numbers_of(district)
    texts = [(district / f"{name}.txt").read_text(encoding="utf-8") for name in ("link", "train", "weekly", "worklist")]
    texts += [path.read_text(encoding="utf-8") for path in (district / "workspace" / "log").iterdir()]
    texts.append(run(district, "worklist", "--practice", "Z80001", "--as-of", AS_OF).words)
    for text in texts:
        assert not people & set(PSEUDONYM.findall(text))
        assert not numbers & set(re.findall(r"\d{10}", text))
    assert len(texts) == 6


def test_no_path_holds_a_person(district):
    people, numbers = people_of(district), numbers_of(district)
    names = "\n".join(str(path.relative_to(district)) for path in (district / "workspace").rglob("*"))
    assert not people & set(PSEUDONYM.findall(names))
    assert not numbers & set(re.findall(r"\d{10}", names))


def test_bundle_card_and_mlflow_hold_disclosed_counts_and_the_exact_ones_stay_beside(district):
    """A count from 1 to 7 is withheld, any other is rounded to the nearest 5."""
    version = district / "workspace" / "models" / "emergency_admission" / "000001"
    exact = json.loads((version / "exact.json").read_text(encoding="utf-8"))
    about = json.loads((version / "bundle" / "bundle.json").read_text(encoding="utf-8"))["about"]
    counts = [(exact["rows"][part], about["rows"][part]) for part in exact["rows"]]
    counts += [(exact["events"][part], about["events"][part]) for part in exact["events"]]
    counts += [
        (one[name], told[name])
        for one, told in zip(exact["attrition"], about["attrition"], strict=True)
        for name in ("left_out", "left")
    ]
    counts += [(exact["figures"][name], about["figures"][name]) for name in ("people", "events", "k")]
    assert any(one % 5 for one, _told in counts)
    for one, told in counts:
        assert told == (None if 0 < one <= 7 else 5 * ((one + 2) // 5))
    tracked = [path for path in (district / "workspace" / "mlflow").rglob("exact.json")]
    assert tracked == []


def test_no_exact_count_of_the_record_or_of_the_people_tested_stands_on_the_card(district):
    version = district / "workspace" / "models" / "emergency_admission" / "000001"
    exact = [json.loads((version / name).read_text(encoding="utf-8")) for name in ("exact.json", "evaluation.json")]
    manifest = json.loads((district / "workspace" / "record" / "000001" / "manifest.json").read_text(encoding="utf-8"))
    found = counts_in([exact, manifest["sources"], manifest["left_out"], manifest["people"]])
    wanted = {count for count in found if count > 999 and count % 5}
    assert len(wanted) > 40
    for name in ("card.md", "card.html"):
        text = re.sub(
            r"<style>.*?</style>|<[^>]*>", " ", (version / "bundle" / name).read_text(encoding="utf-8"), flags=re.S
        )
        numbers = {int(one.replace(",", "")) for one in re.findall(r"(?<![\w.,-])\d[\d,]*\d(?![\w.-])", text)}
        assert len(numbers) > 100
        assert not wanted & numbers, name


def counts_in(content) -> set[int]:
    """Return every whole number in nested lists and tables, but for settings and what is needed."""
    if isinstance(content, dict):
        return set().union(*(counts_in(one) for name, one in content.items() if name not in ("settings", "sample_size")))
    if isinstance(content, list):
        return set().union(*map(counts_in, content))
    whole = isinstance(content, int | float) and not isinstance(content, bool) and content == int(content)
    return {int(content)} if whole else set()
