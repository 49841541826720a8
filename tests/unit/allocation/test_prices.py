"""The price list and the year that is fitted on: gaps, mixed or old editions, years not yet complete."""

import datetime as dt

import pandas as pd
import pytest

from casefinder.allocation.dates import fit_date, priced_kinds
from casefinder.allocation.prices import ACTIVITIES, check_prices
from casefinder.dates import horizon
from casefinder.errors import ConfigError, ModelError
from casefinder.outcomes import outcome
from casefinder.simulate.rows_reference import _PRICES

APRIL = dt.date(2025, 4, 1)
EDITION = "National prices 2025/26"
NAMES = sorted({price for one in ACTIVITIES.values() for price in one.prices})


def _list(**changes):
    prices = {name: 100 for name in NAMES} | changes
    rows = [(name, price) for name, price in prices.items() if price is not None]
    return pd.DataFrame(rows, columns=["activity", "price"]).assign(edition=EDITION)


def _units(**changes):
    return {f"{name}_{what}": 1000.0 for name in ACTIVITIES for what in ("units", "pence")} | changes


def test_every_kind_that_the_outcome_adds_up_is_an_activity():
    kinds = {kind for one in ACTIVITIES.values() for kind in one.of.kinds}
    assert kinds == set(outcome("cost").event(horizon(365)).of.kinds)


def test_the_demonstrations_list_prices_everything():
    assert set(NAMES) <= {name for name, _unit, _pounds in _PRICES}


def test_a_whole_list_of_the_right_year_has_no_remarks():
    found = check_prices(_list(), _units(), APRIL, dt.date(2026, 4, 1))
    assert found.remarks == ()
    assert found.edition == EDITION
    assert found.activities["pounds"].tolist() == [10.0] * len(ACTIVITIES)


def test_a_gap_is_refused_where_the_activity_took_place():
    with pytest.raises(ConfigError, match=r"maternity_admission: no price, and 1,000 maternity stays took place"):
        check_prices(_list(maternity_admission=None), _units(), APRIL, APRIL)
    check_prices(_list(maternity_admission=None), _units(maternity_stays_units=0.0), APRIL, APRIL)


def test_a_small_number_of_unpriced_units_is_not_told():
    with pytest.raises(ConfigError) as caught:
        check_prices(_list(maternity_admission=None), _units(maternity_stays_units=3.0), APRIL, APRIL)
    assert "3 maternity" not in str(caught.value)
    assert "* maternity stays" in str(caught.value)


def test_a_price_of_nothing_is_a_choice_that_is_told():
    found = check_prices(_list(call_111=0), _units(calls_111_pence=0.0), APRIL, APRIL)
    assert found.remarks == ("calls to NHS 111 are priced at 0: 1,000 of them count as no cost",)


def test_costs_that_come_with_the_feed_need_no_list():
    nothing = _list().iloc[:0]
    assert "no price list" in check_prices(nothing, _units(), APRIL, APRIL).edition
    with pytest.raises(ConfigError, match="gp_contact"):
        check_prices(nothing, _units(gp_contacts_pence=0.0), APRIL, APRIL)
    check_prices(_list(prescription_item=None), _units(), APRIL, APRIL)


def test_mixed_editions_are_refused():
    mixed = _list()
    mixed.loc[0, "edition"] = "National prices 2019/20"
    with pytest.raises(ConfigError, match="mixes 2 editions"):
        check_prices(mixed, _units(), APRIL, APRIL)


@pytest.mark.parametrize(("edition", "says"), [("Prices 2019/20", "is of 2019/20"), ("Prices", "names no year"),
                                               ("Prices 2021", "is of 2021")])  # fmt: skip
def test_another_year_is_told(edition, says):
    found = check_prices(_list().assign(edition=edition), _units(), APRIL, APRIL)
    assert says in found.remarks[0]


COMPLETE = {"hospital": "2026-01-30", "outpatient": "2026-02-19", "gp_record": "2025-02-01"}


def test_the_year_is_the_latest_that_every_feed_of_costs_holds():
    assert priced_kinds(COMPLETE) == ["hospital", "outpatient"]
    assert fit_date(COMPLETE, dt.date(2026, 4, 1), None) == dt.date(2025, 1, 1)
    assert fit_date(COMPLETE, dt.date(2024, 6, 20), None) == dt.date(2024, 6, 1)
    assert fit_date({"hospital": "2025-12-31"}, dt.date(2026, 4, 1), None) == dt.date(2025, 1, 1)
    assert fit_date({"hospital": "2025-12-30"}, dt.date(2026, 4, 1), None) == dt.date(2024, 12, 1)


def test_a_year_that_is_not_complete_is_refused_with_the_latest_that_is():
    with pytest.raises(ModelError) as caught:
        fit_date(COMPLETE, dt.date(2026, 4, 1), APRIL)
    assert "hospital: is complete to 2026-01-30 only" in str(caught.value)
    assert "begins on 2025-01-01" in str(caught.value)


def test_a_year_after_the_lists_is_refused():
    with pytest.raises(ModelError, match="after the date of the lists"):
        fit_date(COMPLETE, dt.date(2024, 4, 1), dt.date(2024, 5, 1))


def test_without_hospital_care_there_is_no_allocation():
    with pytest.raises(ModelError, match="hospital"):
        fit_date({"outpatient": "2026-01-01"}, dt.date(2026, 4, 1), None)
