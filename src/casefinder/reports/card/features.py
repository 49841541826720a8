"""The section of a card on features: which the model leans on, and every one with its meaning, by theme."""

from collections.abc import Mapping
from typing import Final

from casefinder.definitions import Feature, Theme
from casefinder.disclosure import WITHHELD, shown
from casefinder.features import families
from casefinder.reports.card.content import Block, Chart, Heading, Prose, Section, Table
from casefinder.reports.card.described import Described
from casefinder.reports.card.words import refit, unknown
from casefinder.reports.dot_chart import Line, dot_chart
from casefinder.reports.reference_features import looked_at, span

TITLE = "Features"
TOP: Final = 20
_LONGEST: Final = 46
_GONE: Final = "no longer defined in this version of casefinder"


def features(one: Described) -> Section:
    """Return the features: the first by importance, then all by theme."""
    known = {feature.name: feature for family in families().values() for feature in family.features}
    words = f"{len(one.contract.names)} features. Windows are days before the index date, which is day 0."
    return Section(TITLE, (Prose(words), *_importance(one, known), *_themes(one, known)))


def _importance(one: Described, known: Mapping[str, Feature]) -> list[Block]:
    found, heading = one.about.get("importance"), Heading("What the score leans on")
    if not found:
        return [heading, Prose(f"Mean absolute contributions: {unknown(refit(one.about))}.")]
    means = {name: mean for name, mean in found["means"].items() if mean}
    first = sorted(means.items(), key=lambda one: (-one[1], one[0]))[:TOP]
    if not first:
        return [heading, Prose("Mean absolute contributions: withheld, too few people were tested.")]
    words = (
        f"How far each feature moves raw scores on average, up or down, on the log odds, over {shown(found['people'])} "
        "of the people tested. It says what the score leans on, never what causes the outcome; of two features that "
        "tell much the same, one may take the whole."
    )
    lines = [Line(_short(_meaning(name, known)), f"{mean:.3f}", mean, None, None, "model") for name, mean in first]
    title = f"The {len(first)} features that move scores most"
    drawn = dot_chart([("Mean absolute contribution, log odds", lines)], 0.0, first[0][1])
    rows = [(_meaning(name, known), known[name].theme.value if name in known else "", f"{mean:.3f}") for name, mean in first]
    table = Table(title, ("feature", "theme", "mean absolute contribution, log odds"), rows)
    return [heading, Prose(words), Chart("dots", title, "The table holds the same figures.", drawn), table]


def _short(words: str) -> str:
    """Return words cut at a space where they would not fit beside a chart."""
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST].rsplit(' ', 1)[0]} …"


def _meaning(name: str, known: Mapping[str, Feature]) -> str:
    return known[name].meaning if name in known else f"{name}: {_GONE}"


def _themes(one: Described, known: Mapping[str, Feature]) -> list[Block]:
    """Return a table for each theme, in the order of the themes."""
    means = (one.about.get("importance") or {}).get("means", {})
    by_theme: dict[str, list[tuple[str, ...]]] = {theme.value: [] for theme in Theme}
    for name in one.contract.names:
        theme = known[name].theme.value if name in known else Theme.OTHER.value
        by_theme[theme].append((name, _meaning(name, known), _window(name, known), _mean(means, name)))
    heading = ("name", "meaning", "window, days", "mean absolute contribution")
    tables = [
        Table(f"{theme} ({len(rows)})", heading, rows, words=True, folded=True) for theme, rows in by_theme.items() if rows
    ]
    return [Heading("All features by theme"), *tables]


def _window(name: str, known: Mapping[str, Feature]) -> str:
    if name not in known:
        return ""
    return ", ".join(dict.fromkeys(span(one) for one in looked_at(known[name], known)[1]))


def _mean(means: Mapping[str, float | None], name: str) -> str:
    if name not in means:
        return "not known"
    mean = means[name]
    return WITHHELD if mean is None else f"{mean:.3f}"
