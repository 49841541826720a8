"""What a model expects of its features, and the refusal when a record offers something else.

Each feature is told by its place, its definition (hashed with the code list it uses) and its categories. A feature whose
definition or code list has changed is another feature under an old name.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from casefinder.codelists import CodeLists
from casefinder.definitions import Feature
from casefinder.errors import ModelError, Problem, one_of


@dataclass(frozen=True)
class FeatureContract:
    """The features of a model in order: names, hash of each definition, categories, and the kinds that fed them.

    ``codelists`` holds the hash of each code list that a feature uses, by its name; empty in bundles written before it was.
    """

    names: tuple[str, ...]
    definitions: tuple[str, ...]
    categories: Mapping[str, tuple[str, ...]]
    supplied: tuple[str, ...]
    codelists: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> dict[str, Any]:
        """Return the contract as plain values."""
        content: dict[str, Any] = {
            "names": list(self.names),
            "definitions": list(self.definitions),
            "categories": {name: list(values) for name, values in self.categories.items()},
            "supplied": list(self.supplied),
        }
        return content | ({"codelists": dict(self.codelists)} if self.codelists else {})

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> "FeatureContract":
        """Return the contract written by ``content``."""
        return cls(
            tuple(content["names"]),
            tuple(content["definitions"]),
            {name: tuple(values) for name, values in content["categories"].items()},
            tuple(content["supplied"]),
            dict(content.get("codelists", {})),
        )

    def check(self, features: Sequence[Feature], codelists: CodeLists, supplied: Sequence[str], model: str) -> None:
        """Raise unless these features are what the model was fitted on.

        Raises:
            ModelError: naming every feature that is missing or defined differently, and every feed that is gone.
        """
        offered = {feature.name: feature for feature in features}
        problems = []
        for name, definition in zip(self.names, self.definitions, strict=True):
            if name not in offered:
                problems.append(Problem(name, f"no such feature any more; {one_of(name, offered)}"))
            elif definition_hash(offered[name], codelists) != definition:
                problems.append(Problem(name, "is defined differently now, or its code list has changed"))
            elif offered[name].categories != self.categories.get(name, ()):
                problems.append(Problem(name, "has other categories now"))
        selections = [offered[name].select for name in self.names if name in offered]
        used = {kind for one in selections if one is not None for kind in one.kinds}
        gone = sorted((set(self.supplied) & used) - set(supplied))
        problems += [Problem(kind, "was supplied when the model was fitted and is not now") for kind in gone]
        if problems:
            raise ModelError(
                f"The model {model} does not fit these features:",
                problems,
                f"Fit it again: casefinder train {model.split('@')[0]} --workspace DIR",
            )


def contract_of(features: Sequence[Feature], codelists: CodeLists, supplied: Sequence[str]) -> FeatureContract:
    """Return the contract of some features."""
    return FeatureContract(
        names=tuple(feature.name for feature in features),
        definitions=tuple(definition_hash(feature, codelists) for feature in features),
        categories={feature.name: feature.categories for feature in features if feature.categories},
        supplied=tuple(sorted(supplied)),
        codelists=_codelists(features, codelists),
    )


def _codelists(features: Sequence[Feature], codelists: CodeLists) -> dict[str, str]:
    """Return the short hash of every code list that a feature looks at, whole lists by name."""
    used = {one.select.codes.partition(":")[0] for one in features if one.select is not None and one.select.codes}
    return {name: hashlib.sha256(_text(codelists, name).encode()).hexdigest()[:16] for name in sorted(used)}


def _text(codelists: CodeLists, name: str) -> str:
    codes = codelists[name].codes
    return "\n".join(f"{one.system}|{one.code}|{one.prefix}|{one.group}|{one.weight}" for one in codes)


def definition_hash(feature: Feature, codelists: CodeLists) -> str:
    """Return a hash of how a feature is computed: its measure, its absence, its scale and the codes that it uses."""
    parts = [repr(feature.measure), feature.absent.value, repr(feature.scale)]
    if feature.select is not None and feature.select.codes:
        parts.append(_text(codelists, feature.select.codes))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
