"""Every example in the docstrings of the room runs."""

import doctest
from importlib import import_module
from pkgutil import iter_modules

import pytest

from casefinder import evaluation

MODULES = [module.name for module in iter_modules(evaluation.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name):
    module = import_module(f"casefinder.evaluation.{name}")
    assert doctest.testmod(module).failed == 0


def test_the_room_has_examples():
    modules = [import_module(f"casefinder.evaluation.{name}") for name in MODULES]
    assert sum(doctest.testmod(module).attempted for module in modules) > 20
