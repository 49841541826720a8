"""The lines of Python in the documents run, and give what the page says they give."""

import re

import pandas as pd

from tests.functional.conftest import AS_OF, ROOT


def test_a_feature_worked_out_again_as_the_architecture_shows(district, capsys):
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    (lines,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    record = sorted((district / "workspace" / "record").glob("[0-9]*"))[-1]
    stays = pd.read_parquet(record / "stays")
    recent = stays[(stays["method"] == "emergency") & (stays["start_date"].astype(str) > "2025-10-01")]
    person = recent.loc[recent["start_known_date"].astype(str) < "2026-03-01", "person_id"].iloc[0]
    for before, after in ((' Path("ws")', f' Path("{district / "workspace"}")'), ("the pseudonym", person)):
        lines = lines.replace(before.strip(), after.strip())
    assert f"dt.date({', '.join(str(int(part)) for part in AS_OF.split('-'))})" in lines
    exec(compile(lines, "architecture.md", "exec"), {})
    said = capsys.readouterr().out.splitlines()
    assert float(said[0]) >= 1
    assert any("hospital" in line and "emergency" in line for line in said[1:])
