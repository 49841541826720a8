"""The main job from raw files to lists, through the command line."""

from tests.functional.conftest import AS_OF


def test_a_list_for_every_practice_and_cluster_in_three_formats(district):
    lists = district / "workspace" / "lists-for-meetings" / AS_OF
    by_suffix = {suffix: {path.stem for path in lists.glob(f"*{suffix}")} for suffix in (".csv", ".xlsx", ".html")}
    assert by_suffix[".csv"] == by_suffix[".xlsx"] == by_suffix[".html"]
    practices = (district / "site" / "raw" / "practices.csv").read_text(encoding="utf-8").splitlines()[1:]
    codes = {line.split(",")[0] for line in practices}
    assert all(any(code in stem for stem in by_suffix[".csv"]) for code in codes)
