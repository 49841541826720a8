"""The log of decisions: added to, never changed; and what a rollback goes back to."""

import pytest

from casefinder.engines import Workspace
from casefinder.errors import ModelError
from casefinder.modelling.promotions import (
    FILE,
    PROMOTED,
    ROLLED_BACK,
    SERVED,
    Decision,
    decisions,
    note_decision,
    served_before,
)


def moves(text):
    """Decisions from words such as '+2' (promote 2) and '-1' (roll back to 1); the first version is served at training."""
    log, now = [], None
    for word in text.split():
        version, action = int(word[1:]), {"!": SERVED, "+": PROMOTED, "-": ROLLED_BACK}[word[0]]
        log.append(Decision(action, version, now))
        now = version
    return log, now


@pytest.mark.parametrize(
    ("history", "before"),
    [
        ("!1", None),
        ("!1 +2", 1),
        ("!1 +2 +3", 2),
        ("!1 +2 +3 -2", 1),
        ("!1 +2 +3 -2 -1", None),
        ("!1 +2 -1 +3", 1),
        ("!1 +2 +1", 2),
        ("!1 +2 +1 -2", 1),
        ("!1 +3 +2 -3 +2", 3),
    ],
)
def test_a_rollback_undoes_the_last_promotion_that_stands(history, before):
    log, now = moves(history)
    assert served_before(log, now) == before


def test_a_version_served_before_there_was_a_log_can_be_gone_back_to():
    assert served_before([Decision(PROMOTED, 5, 4)], 5) == 4


def test_a_pointer_moved_by_hand_is_what_counts():
    log, _now = moves("!1 +2")
    assert served_before([*log, Decision(PROMOTED, 4, 3)], 4) == 3


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path)


def test_decisions_are_read_as_they_were_noted(workspace):
    note_decision(workspace, "small", Decision(SERVED, 1, None))
    note_decision(workspace, "small", Decision(PROMOTED, 2, 1, "Jo", gates=("a: yes: b",), failed=("x",), override="why"))
    first, second = decisions(workspace, "small")
    assert (first.action, first.version, first.before) == (SERVED, 1, None)
    assert (second.approved_by, second.gates, second.failed, second.override) == ("Jo", ("a: yes: b",), ("x",), "why")
    assert second.decided_at


@pytest.mark.parametrize(
    "spoil",
    [
        lambda lines: [lines[0].replace('"Jo"', '"Al"'), *lines[1:]],
        lambda lines: lines[1:],
        lambda lines: [lines[0], lines[2]],
        lambda lines: [lines[0], "nonsense", lines[2]],
    ],
    ids=["changed", "first gone", "one gone", "not a line"],
)
def test_a_log_that_was_changed_is_refused(workspace, spoil):
    for version in (1, 2, 3):
        note_decision(workspace, "small", Decision(PROMOTED, version, None, "Jo"))
    path = workspace / "models" / "small" / FILE
    path.write_text("\n".join(spoil(path.read_text(encoding="utf-8").splitlines())) + "\n", encoding="utf-8")
    with pytest.raises(ModelError, match="not as it was written"):
        decisions(workspace, "small")
    with pytest.raises(ModelError):
        note_decision(workspace, "small", Decision(PROMOTED, 4, 3, "Jo"))
