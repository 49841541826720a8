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


@pytest.fixture(scope="module")
def rows(district):
    return training_rows(open_deployment(None, district / "workspace", "train"), MODEL)


def test_rows_are_those_that_the_model_was_fitted_and_tested_on(district, rows):
    exact = json.loads((district / "workspace" / "models" / MODEL / "000001" / "exact.json").read_text(encoding="utf-8"))
    assert rows.groupby("part").size().to_dict() == exact["rows"]
    assert rows.groupby("part")["outcome"].sum().to_dict() == exact["events"]
    dates = rows.groupby("part")["index_date"].unique()
    assert {part: sorted(str(date)[:10] for date in found) for part, found in dates.items()} == exact["index_dates"]
    parts = rows.groupby("person_id")["part"].nunique()
    assert (parts == 1).all()


def test_a_sampled_model_leaves_out_rows_without_the_outcome_alone_and_the_others_weigh_for_them(district, rows, tmp_path):
    text = (ROOT / "configs" / "models" / f"{MODEL}.yaml").read_text(encoding="utf-8")
    path = tmp_path / f"{MODEL}.yaml"
    path.write_text(text.replace("  fit_share:", "  without_outcome_share: 0.25\n  fit_share:"), encoding="utf-8")
    fewer = training_rows(open_deployment(None, district / "workspace", "train"), str(path))
    key = ["person_id", "index_date"]
    both = rows.merge(fewer[[*key, "weight"]], on=key, how="left", suffixes=("", "_now"), validate="one_to_one")
    sampled = both["part"].isin(["fit", "stop"]) & (both["outcome"] == 0)
    assert both.loc[~sampled, "weight_now"].equals(both.loc[~sampled, "weight"])
    assert both.loc[sampled, "weight_now"].notna().mean() == pytest.approx(0.25, abs=0.03)
    kept = both[sampled].dropna(subset=["weight_now"])
    assert (kept["weight_now"] == 4 * kept["weight"]).all()
    columns = [name for name in rows.columns if name != "weight"]
    found = rows.merge(fewer[key], on=key)[columns]
    pd.testing.assert_frame_equal(found, fewer[columns])


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
