"""What opening a site puts in force: a stricter rule of disclosure than the NHS's, and never a laxer one."""

from pathlib import Path

import pytest

from casefinder.commands.deployment import open_deployment
from casefinder.disclosure import DEFAULT, NHS, enforce
from casefinder.errors import ConfigError
from casefinder.reports.card import audience
from casefinder.reports.published.content import reading

SITE = Path(__file__).resolve().parents[3] / "configs" / "sites" / "demonstration.yaml"


@pytest.fixture
def opened(tmp_path):
    """Return a function that opens the demonstration with more lines in its site file."""

    def open_with(lines):
        path = tmp_path / "site.yaml"
        path.write_text(f"{SITE.read_text(encoding='utf-8')}\n{lines}\n", encoding="utf-8")
        (tmp_path / "demonstration.key").write_text("k" * 40, encoding="utf-8")
        return open_deployment(path, tmp_path / "workspace", "compare")

    yield open_with
    enforce(NHS)


def test_a_stricter_rule_holds_from_the_opening_of_the_site(opened):
    opened("disclosure: {withhold_up_to: 10, round_to: 10}")
    assert [DEFAULT.count(one) for one in (10, 11, 26)] == [None, 10, 30]
    assert DEFAULT.ratio(9, 3.0) is None
    assert "rests on 1 to 10 people" in reading()
    assert "nearest 10, and 1 to 10 are withheld" in audience()
    opened("")
    assert [DEFAULT.count(one) for one in (7, 8)] == [None, 10]
    assert "1 to 7" in reading()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{withhold_up_to: 5}", "withhold_up_to is laxer than the rule for NHS figures; give 7 or more"),
        ("{round_to: 1}", "round_to is laxer than the rule for NHS figures; give 5 or more"),
        ("{round_pounds_to: 1}", "round_pounds_to is laxer than the rule for NHS figures; give 1000 or more"),
        ("{round_to: 40}", "withhold_up_to is too small: counts from 8 to 19 would be shown as 0"),
        ("{threshold: 9}", "no such setting"),
    ],
)
def test_a_laxer_rule_is_refused_and_changes_nothing(opened, line, says):
    with pytest.raises(ConfigError, match=says):
        opened(f"disclosure: {line}")
    assert DEFAULT.count(7) is None
    assert DEFAULT.count(8) == 10
