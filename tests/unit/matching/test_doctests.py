"""Every example in the docstrings of the room runs."""

import doctest
from importlib import import_module
from pkgutil import iter_modules

import pytest

from casefinder import matching

MODULES = [module.name for module in iter_modules(matching.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name):
    assert doctest.testmod(import_module(f"casefinder.matching.{name}")).failed == 0
