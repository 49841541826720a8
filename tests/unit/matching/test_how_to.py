"""The lines of the how-to run, and give what the page says they give."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "match-a-cohort.md"


def test_the_how_to_runs_and_shows_what_it_says():
    pytest.importorskip("statsmodels")
    shown: dict = {}
    lines = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(lines) == 3
    exec(compile("\n".join(lines), PAGE.name, "exec"), shown)
    assert shown["pairs"].share_unmatched < 0.1
    assert all(one.is_balanced for one in shown["found"])
    assert shown["effect"].ratio.low < 1 < shown["effect"].ratio.high
    assert shown["trap"].ratio.high < 0.8
