"""Every example in the docstrings of the room runs."""

import doctest
from importlib import import_module
from pkgutil import iter_modules

import pytest

from casefinder import worklist

MODULES = [module.name for module in iter_modules(worklist.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name):
    assert doctest.testmod(import_module(f"casefinder.worklist.{name}")).failed == 0


def test_the_files_of_a_list_have_examples():
    modules = [import_module(f"casefinder.worklist.{name}") for name in ("columns", "page", "told", "year")]
    assert all(doctest.testmod(module).attempted for module in modules)
