"""The tables for notebooks hold what the commands use, and the lines of the page about them run."""

import datetime as dt
import json
import re

import pandas as pd
import pytest

from casefinder.commands.deployment import open_deployment
from casefinder.commands.frames import scored_rows, training_rows
from tests.functional.conftest import AS_OF, ROOT

MODEL = "emergency_admission"


def test_rows_are_those_that_the_model_was_fitted_and_tested_on(district):
    rows = training_rows(open_deployment(None, district / "workspace", "train"), MODEL)
    exact = json.loads((district / "workspace" / "models" / MODEL / "000001" / "exact.json").read_text(encoding="utf-8"))
    assert rows.groupby("part").size().to_dict() == exact["rows"]
    assert rows.groupby("part")["outcome"].sum().to_dict() == exact["events"]
    dates = rows.groupby("part")["index_date"].unique()
    assert {part: sorted(str(date)[:10] for date in found) for part, found in dates.items()} == exact["index_dates"]
    parts = rows.groupby("person_id")["part"].nunique()
    assert (parts == 1).all()


def test_scores_are_those_of_the_weekly_run(district):
    rows = scored_rows(open_deployment(None, district / "workspace", "score"), MODEL, dt.date.fromisoformat(AS_OF))
    weekly = pd.read_parquet(district / "workspace" / "lists" / "000001" / "risks" / MODEL)
    both = rows.merge(weekly, on="person_id", suffixes=("", "_weekly"))
    assert len(rows) == len(weekly) == len(both)
    for column in ("risk", "raw_score", "practice_code"):
        assert (both[column] == both[f"{column}_weekly"]).all()


def test_the_lines_of_the_page_run(own_district, monkeypatch):
    text = (ROOT / "docs" / "how-to" / "use-from-python.md").read_text(encoding="utf-8")
    monkeypatch.chdir(own_district)
    names: dict[str, object] = {}
    for lines in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(compile(lines.replace('Path("demo', 'Path("workspace'), "use-from-python.md", "exec"), names)
    about = json.loads((own_district / "workspace" / "models" / MODEL / "000001" / "exact.json").read_text(encoding="utf-8"))
    assert names["auroc"] == pytest.approx(about["figures"]["c_statistic"], abs=1e-6)
