"""Features: one file a family. A file here without a leading underscore holds ``FAMILY``."""

from collections.abc import Sequence
from functools import cache

from casefinder.definitions import Family, Feature, catalogue
from casefinder.errors import ConfigError, Problem, one_of
from casefinder.features._table import FeatureTable

__all__ = ["FeatureTable", "chosen", "families"]


@cache
def families() -> dict[str, Family]:
    """Return every family by name.

    Raises:
        ValueError: two families define a feature of the same name.
    """
    import casefinder.features as package

    found = catalogue(package, "FAMILY")
    names = [feature.name for family in found.values() for feature in family.features]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"features defined twice: {', '.join(twice)}")
    return found


def chosen(
    names: Sequence[str] = (), without_families: Sequence[str] = (), without: Sequence[str] = ()
) -> tuple[Feature, ...]:
    """Return the features of the named families (all by default), less families and features named to be left out.

    Features that others are worked out from come along, marked as no part of a model.

    Raises:
        ConfigError: a family or feature does not exist.
    """
    known = families()
    every = {feature.name for family in known.values() for feature in family.features}
    asked = [("families", name) for name in names] + [("without_families", name) for name in without_families]
    problems = [
        Problem(where, f"no family called '{name}'; {one_of(name, known)}") for where, name in asked if name not in known
    ]
    problems += [
        Problem("without", f"no feature called '{name}'; {one_of(name, every)}") for name in without if name not in every
    ]
    if problems:
        raise ConfigError("The model asks for features that do not exist:", problems)
    wanted = [name for name in names or known if name not in without_families]
    return tuple(feature for name in wanted for feature in known[name].features if feature.name not in without)
