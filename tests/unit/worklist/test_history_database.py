"""The database of lists and decisions: SQLite by default, PostgreSQL by URL, and what is said where neither opens."""

import datetime as dt
import os

import pytest

from casefinder.errors import ConfigError, DecisionError, MissingPartError
from casefinder.worklist.history import IssuedRow, ListHistory, PastDecision, history_url

PASSWORD = "hunter2"
SERVER = os.environ.get("CASEFINDER_TEST_POSTGRESQL", "")


@pytest.mark.parametrize(
    ("url", "kind", "words"),
    [
        (f"nonsense {PASSWORD}", ConfigError, "is not the URL of a database"),
        (f"oracl://me:{PASSWORD}@localhost/x", ConfigError, "is not the URL of a database"),
        (f"postgresql://me:{PASSWORD}@localhost:1/x", ConfigError, "cannot be reached"),
        (f"postgresql+psycopg_none://me:{PASSWORD}@localhost/x", ConfigError, "is not the URL of a database"),
        (f"mysql+pymysql://me:{PASSWORD}@localhost/x", MissingPartError, "needs the Python package pymysql"),
    ],
)
def test_a_database_that_does_not_open_is_told_without_its_password(url, kind, words):
    with pytest.raises(kind) as told:
        ListHistory(url)
    assert words in told.value.render()
    assert "decisions_url" in told.value.render()
    assert PASSWORD not in told.value.render()


@pytest.fixture(params=["sqlite", "postgresql"])
def history(request, tmp_path):
    if request.param == "postgresql" and not SERVER:
        pytest.skip("set CASEFINDER_TEST_POSTGRESQL to the URL of an empty PostgreSQL database to try it")
    opened = ListHistory(SERVER if request.param == "postgresql" else history_url("", tmp_path))
    yield opened
    opened.close()


def test_lists_and_decisions_come_back_as_they_went_in(history):
    day = dt.date(2026, 4, 1)
    rows = [IssuedRow("list-1", rank, f"person{rank:06}", day, "practice Z1", "m@1", 0.5 / rank) for rank in (1, 2)]
    history.issue(rows)
    history.issue(rows)
    assert history.issued("list-1") == rows
    assert history.last_before("practice Z1", dt.date(2026, 4, 8)) == rows
    decision = PastDecision("list-1", "person000001", day, "discuss", owner="Ó Néill", review_by=dt.date(2026, 5, 1))
    history.record([decision])
    assert history.decisions() == {"person000001": [decision]}
    with pytest.raises(DecisionError):
        history.record([decision])
    history.note(dt.datetime(2026, 4, 1, 9), "somebody", "named people on a list", "list-1", 2)
    assert history.audit()[0]["people"] == 2
    assert history.purge(dt.date(2027, 1, 1), delete=True) == 3
    assert history.issued("list-1") == []


def test_whom_a_team_knew_between_two_dates(history):
    days = [dt.date(2024, 12, 31), dt.date(2025, 1, 1), dt.date(2025, 6, 1), dt.date(2026, 1, 1)]
    for number, day in enumerate(days):
        history.issue([IssuedRow(f"list-{number}", 1, f"person{number:06}", day, "practice Z1", "m@1", 0.5)])
    for person, day in (("person000008", dt.date(2023, 5, 1)), ("person000009", dt.date(2026, 1, 1))):
        history.record([PastDecision("list-0", person, day, "discuss")])
    lists, people = history.known_between(dt.date(2025, 1, 1), dt.date(2026, 1, 1))
    assert lists == 2
    assert people == {"person000001", "person000002", "person000008"}
    assert history.known_between(dt.date(2020, 1, 1), dt.date(2021, 1, 1)) == (0, set())


def test_of_two_lists_of_one_day_the_last_is_the_one_issued_last(tmp_path):
    history = ListHistory(history_url("", tmp_path))
    day = dt.date(2026, 4, 1)
    for list_id in ("b", "a", "c"):
        history.issue([IssuedRow(list_id, 1, "person000001", day, "practice Z1", "m@1", 0.5)])
    history.issue([IssuedRow("a", 1, "person000001", day, "practice Z1", "m@1", 0.5)])
    assert history.last_before("practice Z1", dt.date(2026, 4, 8))[0].list_id == "c"
    history.close()
