"""A protocol against the catalogue and a record: every name in it has to mean something; all problems are told at once."""

from collections.abc import Iterator, Sequence

from casefinder.codelists import CodeLists
from casefinder.config.service import ServiceProtocol
from casefinder.definitions import Feature
from casefinder.errors import ConfigError, Problem, one_of
from casefinder.features import chosen
from casefinder.features._supply import fed
from casefinder.histories import Histories
from casefinder.services.measures import MEASURES

CLOSENESS = ("prognostic_score", "propensity_score", "run_up")
"""What pairs may be near to each other on, besides covariates."""


def catalogue_of_features() -> dict[str, Feature]:
    """Return every feature by name, in the order of the catalogue."""
    return {feature.name: feature for feature in chosen()}


def problems_of(protocol: ServiceProtocol) -> list[Problem]:
    """Return everything in a protocol that names what does not exist, or that no evaluation may use."""
    return [
        *_placeholders(protocol), *_outcomes(protocol), *_features(protocol), *_closeness(protocol), *_file(protocol)
    ]  # fmt: skip


def check_protocol(protocol: ServiceProtocol) -> None:
    """Raise unless a protocol can be used.

    Raises:
        ConfigError: listing every problem.
    """
    refuse(protocol.name, problems_of(protocol))


def refuse(name: str, problems: Sequence[Problem]) -> None:
    """Raise where a protocol has problems.

    Raises:
        ConfigError: listing all of them.
    """
    if problems:
        noun = "problem" if len(problems) == 1 else "problems"
        raise ConfigError(f"The protocol '{name}' has {len(problems)} {noun}:", problems)


def record_problems(protocol: ServiceProtocol, histories: Histories, codelists: CodeLists) -> list[Problem]:
    """Return outcomes and covariates of a protocol that no source of a site feeds; unknown names are passed over."""
    manifest = histories.version.manifest
    feeds = MEASURES[protocol.primary].feeds if protocol.primary in MEASURES else ()
    lacking = [Problem("primary", f"{protocol.primary} needs {kind}, which no source of this site supplies")
               for kind in feeds if kind not in manifest["complete_to"]]  # fmt: skip
    supplied = fed(feature_records(protocol.covariates), histories.concepts, codelists, set(manifest["supplied"]))
    lacking += [Problem("covariates", f"{name} is not fed by any source of this site; take it out")
                for name in protocol.covariates if not supplied.get(name, True)]  # fmt: skip
    return lacking


def feature_records(names: tuple[str, ...]) -> tuple[Feature, ...]:
    """Return features by name with those that they are worked out from, in the order of the catalogue."""
    every, wanted = catalogue_of_features(), set(names)
    for feature in reversed(list(every.values())):
        if feature.name in wanted and feature.select is None:
            wanted |= set(getattr(feature.measure, "inputs", ()))
    return tuple(feature for feature in every.values() if feature.name in wanted)


def _placeholders(protocol: ServiceProtocol) -> Iterator[Problem]:
    words = {
        "title": protocol.title, "question": protocol.question,
        **{f"trial.{name}": value for name, value in protocol.trial.model_dump().items()},
        "comparator.justification": protocol.comparator.justification,
        **{f"served.caseloads[{place}]": name for place, name in enumerate(protocol.served.caseloads)},
    }  # fmt: skip
    for where, value in words.items():
        if value.startswith("<") and value.endswith(">"):
            yield Problem(where, "still says what 'casefinder service new' wrote; write your own")


def _outcomes(protocol: ServiceProtocol) -> Iterator[Problem]:
    asked = [("primary", protocol.primary), *(("outcomes", name) for name in protocol.outcomes)]
    asked += [("negative_controls", name) for name in protocol.negative_controls]
    for where, name in asked:
        if name not in MEASURES:
            yield Problem(where, f"there is no outcome called '{name}'; {one_of(name, MEASURES)}")
    for where, name in asked:
        if where != "outcomes" and name in MEASURES and MEASURES[name].kind not in ("count", "days"):
            yield Problem(where, f"{name} is no count; {where} takes counts and days")
    if "death" in protocol.outcomes:
        yield Problem("outcomes", "death always stands first; take it out")


def _features(protocol: ServiceProtocol) -> Iterator[Problem]:
    every = catalogue_of_features()
    for name in protocol.covariates:
        if name not in every:
            yield Problem("covariates", f"there is no feature called '{name}'; {one_of(name, every)}")
        elif every[name].select is not None and "caseload" in every[name].select.kinds:  # type: ignore[union-attr]
            yield Problem("covariates", f"{name} looks at caseloads, so it would tell the treated by their treatment")
    twice = sorted({name for name in protocol.covariates if protocol.covariates.count(name) > 1})
    if twice:
        yield Problem("covariates", f"given twice: {', '.join(twice)}")


def _closeness(protocol: ServiceProtocol) -> Iterator[Problem]:
    known = {*CLOSENESS, *protocol.covariates}
    for name in protocol.closeness:
        if name not in known:
            yield Problem("closeness", f"'{name}' is no covariate of this protocol; {one_of(name, known)}")


def _file(protocol: ServiceProtocol) -> Iterator[Problem]:
    if protocol.served.source == "file" and not (protocol.folder / protocol.served.file).is_file():
        yield Problem("served.file", f"there is no file {protocol.served.file} beside the protocol")
    if protocol.served.source in ("lists", "invited") and protocol.landmarks != "day":
        yield Problem("landmarks", "with lists, time zero is the date of the list; write landmarks: day")
    if protocol.cut_bandwidth is not None and protocol.served.source != "lists":
        yield Problem("cut_bandwidth", "people at the cut are those of lists; write source: lists, or leave it out")
    if protocol.is_randomised and protocol.organisation_level:
        yield Problem("organisation_level", "people were drawn one by one, not practices; write organisation_level: false")
