"""Which features a record can feed: by kind of fact, by the systems in which it is coded, and by what is said of stays.

A feed of diagnoses in ICD-9 says nothing about a score defined on ICD-10, and a feed of stays that never says how one began
says nothing about emergencies. A zero made from either would be false.
"""

from collections.abc import Collection, Sequence

from casefinder.codelists import CodeLists
from casefinder.definitions import Derived, Feature, Select
from casefinder.histories import Concepts

_SAYS_NOTHING = frozenset({"", "other"})
"""Methods of a stay that do not say how it began."""


def fed(features: Sequence[Feature], concepts: Concepts, codelists: CodeLists, supplied: Collection[str]) -> dict[str, bool]:
    """Return for each feature whether the record can feed it.

    Args:
        features: inputs of a derived feature stand before it.
        concepts: what the record holds; a feed in which nothing has arrived yet counts as able to tell.
        codelists: the code lists that the features name.
        supplied: kinds of fact that the site supplies.
    """
    groups = concepts.table.groupby("kind", sort=False)
    systems, methods = groups["code_system"].agg(set).to_dict(), groups["method"].agg(set).to_dict()
    found: dict[str, bool] = {}
    for feature in features:
        if isinstance(feature.measure, Derived):
            parts = [found[name] for name in feature.measure.inputs]
            found[feature.name] = any(parts) if feature.measure.how in ("sum", "weighted") else all(parts)
            continue
        of = feature.measure.of
        kinds = [kind for kind in of.kinds if kind in supplied]
        coded: set[str] = set().union(*(systems.get(kind, set()) for kind in kinds))
        said: set[str] = set().union(*(methods.get(kind, set()) for kind in kinds))
        found[feature.name] = bool(kinds) and _can_tell(of, coded, said, codelists)
    return found


def _can_tell(of: Select, systems: set[str], methods: set[str], codelists: CodeLists) -> bool:
    """Say whether facts in these systems, begun in these ways, can tell what a selection asks."""
    if of.codes and systems and systems.isdisjoint(line.system for line in codelists[of.codes].codes):
        return False
    return not (of.methods and methods and methods <= _SAYS_NOTHING)
