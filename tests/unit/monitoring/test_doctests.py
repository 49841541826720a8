"""Every example in the docstrings of the room runs."""

import doctest
from importlib import import_module
from pkgutil import iter_modules

import pytest

from casefinder import monitoring


@pytest.mark.parametrize("name", [module.name for module in iter_modules(monitoring.__path__)])
def test_examples_in_docstrings(name):
    assert doctest.testmod(import_module(f"casefinder.monitoring.{name}")).failed == 0
