"""Every example in the docstrings of the rooms that compare practices runs."""

import doctest
from importlib import import_module
from pkgutil import iter_modules

import pytest

from casefinder import comparison, disclosure, practices
from casefinder.reports import practices as reports

MODULES = [
    f"{package.__name__}.{module.name}"
    for package in (comparison, disclosure, practices, reports)
    for module in iter_modules(package.__path__)
]
MODULES += ["casefinder.reports.funnel_chart", "casefinder.reports.published.content"]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name):
    assert doctest.testmod(import_module(name)).failed == 0
