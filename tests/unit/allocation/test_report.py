"""The report of an allocation, made and published: what small practices give away, and what readers are told."""

import datetime as dt
from dataclasses import replace

import numpy as np
import openpyxl
import pytest
from tests.unit.allocation.made_up import CODES, PRACTICES, local

from casefinder.allocation.allocated import Choice, allocate
from casefinder.allocation.models import MODELS
from casefinder.disclosure import DEFAULT, WITHHELD, Count, Label, ModelOutput, Money
from casefinder.reports.allocation import Setting, _explained, allocation_publication
from casefinder.reports.published import publish

SMALL = 6
SETTING = Setting(
    "practice", "the file budgets.csv", False, ("Z9",), "Somewhere", False, dt.date(2026, 3, 31), dt.date(2026, 4, 1),
    dt.date(2025, 1, 1),
)  # fmt: skip


def _with_small(fitted, people):
    """Return the same, with one practice that has so few people on its list."""
    lists = fitted.lists
    share = np.ones(PRACTICES)
    share[SMALL] = people / lists.people[SMALL]
    deciles = np.zeros_like(lists.deciles[SMALL])
    deciles[3] = people
    shrunk = replace(lists, columns=lists.columns * share[:, None], cells=lists.cells * share[:, None],
                     deciles=np.where(np.arange(PRACTICES)[:, None] == SMALL, deciles, lists.deciles))  # fmt: skip
    return replace(fitted, lists=shrunk)


def _published(fitted, choice, setting=SETTING, **more):
    found = allocate(fitted, choice, local(current=np.linspace(45_000, 85_000, PRACTICES), **more), 20)
    return allocation_publication(fitted, choice, found, setting)


@pytest.fixture(scope="module")
def choice():
    return Choice("99.5%", "supply", 1e6, unmet_need=0.1, floor=-0.02)


def test_every_table_of_every_model_can_be_published(fitted, tmp_path):
    for model in MODELS:
        made = _published(fitted, Choice("99.5%", model, 1e6))
        files = publish(made, tmp_path / model)
        book = openpyxl.load_workbook(next(path for path in files if path.suffix == ".xlsx"))
        assert len(book.sheetnames) == 1 + len(made.parts)


def test_every_count_is_rounded_or_withheld(fitted, choice):
    for part in _published(_with_small(fitted, 4), choice).parts:
        for heading, kind in zip(part.table.headings, part.table.kinds, strict=True):
            if isinstance(kind, Count):
                assert all(cell == WITHHELD or cell % 5 == 0 for cell in part.table.column(heading)), heading


def test_a_practice_of_one_to_seven_people_cannot_be_told_from_another(fitted, choice):
    rows = set()
    for people in range(1, 8):
        made = _published(_with_small(fitted, people), choice)
        named = [part.table for part in made.parts if part.table.name in ("distance", "need", "pace", "coding")]
        assert len(named) == 4
        for table in named:
            row = dict(zip(table.headings, zip(table.rows[SMALL], table.kinds, strict=True), strict=True))
            shown = [cell for cell, kind in row.values() if isinstance(kind, ModelOutput | Money | Count)]
            assert set(shown) == {WITHHELD}
        rows.add(tuple(cell for table in named for cell, kind in zip(table.rows[SMALL], table.kinds, strict=True)
                       if not isinstance(kind, Label)))  # fmt: skip
    assert len(rows) == 1


def test_need_a_head_beside_a_target_tells_rounded_people_only(fitted, choice):
    """Targets are known to a hundredth of a per cent: over need a head to the pound they would give the exact list."""
    for setting, more in ((SETTING, {}), (replace(SETTING, reconciled=True), {"published": fitted.lists.cells * 1.2})):
        found = allocate(fitted, choice, local(current=np.linspace(45_000, 85_000, PRACTICES), **more), 20).table
        made = allocation_publication(
            fitted, choice, allocate(fitted, choice, local(**more), 20), replace(setting, current="")
        )
        table = next(part.table for part in made.parts if part.table.name == "need")
        shown = np.array(table.column(table.headings[1]), dtype=float)
        assert (shown % 5 == 0).all()
        assert np.array(table.column("Need, £ a head a year")) == pytest.approx(found["need"] / shown, abs=0.51)


def test_activity_that_is_seldom_gives_no_cost_away(fitted, choice):
    table = next(part.table for part in _published(fitted, choice).parts if part.table.name == "prices")
    rows = {row[0]: row[1:] for row in table.rows}
    assert set(rows["seldom"]) == {WITHHELD}
    assert rows["made up"][0] == 1005


def test_the_summary_counts_what_the_table_says(fitted, choice):
    made = _published(fitted, choice)
    readings = made.parts[0].table.column("Reading")
    above, below = (sum(words in reading for reading in readings) for words in ("above", "below"))
    assert made.summary[0].startswith(f"Of {PRACTICES} practices, {above} stand clearly above and {below} clearly below")
    assert "Practices with nobody on their list get no share: Z9." in made.notes


def test_without_budgets_there_are_targets_and_no_distances(fitted, choice):
    found = allocate(fitted, replace(choice, floor=None), local(), 20)
    made = allocation_publication(fitted, replace(choice, floor=None), found, replace(SETTING, current=""))
    assert next(part.table.name for part in made.parts) == "need"
    assert "distance" not in {part.table.name for part in made.parts}
    assert made.summary[0].startswith("£1,000,000 is shared among 15 practices")


def test_people_not_scored_stand_in_columns_of_their_own(fitted, choice):
    published = fitted.lists.cells * 1.2
    made = _published(fitted, choice, replace(SETTING, reconciled=True), published=published)
    table = next(part.table for part in made.parts if part.table.name == "need")
    assert "Listed and not scored" in table.headings
    assert min(table.column("Listed and not scored")) > 0
    # Everybody knows the published list to the person: scored people beside it would tell those not scored.
    assert "People" not in {heading for part in made.parts for heading in part.table.headings if part.table.name == "need"}
    assert list(table.column("People on the published list")) == [DEFAULT.count(round(one)) for one in published.sum(axis=1)]
    assert len(CODES) == len(table.rows)


def test_a_model_on_few_practices_and_one_no_better_than_a_mean_are_told_on_top(fitted, choice):
    assert f"The model rests on {PRACTICES} practices." in " ".join(_published(fitted, choice).summary)
    assert _explained(-0.05).endswith("no better than one mean for all would.")
    assert "explains 23 % of" in _explained(0.23)


def test_one_place_shares_nothing(fitted, choice):
    there = replace(local(current=np.linspace(45_000, 85_000, PRACTICES)), group=["here"] * PRACTICES)
    made = allocation_publication(fitted, choice, allocate(fitted, choice, there, 20), replace(SETTING, by="place"))
    assert made.summary[0] == "There is one place, which gets all of it: nothing is shared here."


def test_what_is_chosen_stands_in_the_name_so_that_no_choice_writes_over_another(fitted, choice):
    names = {_published(fitted, one).name for one in (choice, replace(choice, floor=None), replace(choice, cap="none"))}
    assert len(names) == 3
