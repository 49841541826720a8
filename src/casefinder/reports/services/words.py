"""What a service's report says in short, from disclosed tables: the finding first; and how wrong it could be."""

import math
from collections.abc import Iterator
from typing import Any, Final

from casefinder.disclosure import DEFAULT, WITHHELD, DisclosedTable
from casefinder.reports.services.tables import CONTROLS, HIGH, LOW, RATIO, TREATED
from casefinder.services.effects import ADJUSTED
from casefinder.services.evaluated import Evaluated
from casefinder.services.finding import UNFIT
from casefinder.services.judged import power_words
from casefinder.services.kept import SignedOff
from casefinder.services.measures import MEASURES, MORTALITY

LEAST_CONTROLS: Final = 5
_FEW: Final = ("No", "Only one", "Only two", "Only three", "Only four")


def summary(found: Evaluated, effects: DisclosedTable) -> tuple[str, ...]:
    """Return the report in short, the finding first; where use rose, the first line says so."""
    rows = list(effects.records())
    primary = rows[found.effects["is_primary"].tolist().index(True)]
    adjusted = rows[found.effects["way"].tolist().index(ADJUSTED)]
    last = max(place for place, name in enumerate(found.effects["outcome"]) if name == MORTALITY.name)
    return (
        f"{_finding(found, primary, adjusted)}{_unfit(found)}{_increased(found, rows)}",
        *_despite(found),
        _mortality(rows[last], not found.effects[["behind_treated", "behind_control"]].iloc[last].any()),
        f"{_absolute(primary, found)}{_parted(primary, found)}",
        _assumes(found),
        expected_power(found.signed),
    )


def _finding(found: Evaluated, row: dict[str, Any], adjusted: dict[str, Any]) -> str:
    words = found.primary["words"]
    declared, beside = _interval(row, found.primary), _interval(adjusted, found.adjusted)
    if declared is None:
        return f"Too few {words} happened in one of the arms for a comparison to be shown."
    both = f"ratio {declared}; {ADJUSTED} {beside or 'it could not be worked out'}"
    said = found.finding
    if said.side == "more":
        return f"Those served had MORE {words} than people like them: {both}."
    if said.side == "fewer":
        return f"Those served had fewer {words} than people like them: {both}."
    if said.lacking:
        return f"That those served had fewer {words} CANNOT be said: {'; '.join(said.lacking)} ({both})."
    rose = f" Adjusted, those served had MORE {words}." if beside and found.adjusted["ratio_low"] > 1 else ""
    return f"No difference in {words} could be shown; whatever lies inside the interval is possible: {both}.{rose}"


def _unfit(found: Evaluated) -> str:
    """Return that the design was not fit to proceed, where the finding itself does not say so."""
    if found.signed.manifest["is_fit"] or UNFIT in found.finding.lacking:
        return ""
    return f" But {UNFIT}: this is no ground for a claim."


def _parted(row: dict[str, Any], found: Evaluated) -> str:
    """Return why the ratio's interval may leave out 1 and the difference's not 0, or the other way round; else nothing."""
    exact = found.primary
    if not all(isinstance(row[name], int | float) for name in (LOW, HIGH, "Difference, low", "Difference, high")):
        return ""
    of_ratio = not exact["ratio_low"] <= 1 <= exact["ratio_high"]
    of_difference = not exact["difference_low"] <= 0 <= exact["difference_high"]
    if of_ratio == of_difference:
        return ""
    first, second = ("ratio leaves out 1", "difference does not leave out 0")
    if of_difference:
        first, second = ("difference leaves out 0", "ratio does not leave out 1")
    return (
        f" The interval of the {first} and that of the {second}: a ratio's is worked out on a scale of multiples, a "
        "difference's on the plain one, and with few events the two part. Take neither as settling it."
    )


def _interval(row: dict[str, Any], exact: Any) -> str | None:
    """Return a ratio with its interval; a limit that is not 1 is not written as 1.00. None where it may not be shown."""
    low, high = row[LOW], row[HIGH]
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        return None
    limits = [_limit(limit, exact[name]) for limit, name in ((low, "ratio_low"), (high, "ratio_high"))]
    return f"{row[RATIO]:.2f}, 95 % interval {limits[0]} to {limits[1]}"


def _limit(shown_limit: float, exact: float) -> str:
    if shown_limit != 1 or exact == 1:
        return f"{shown_limit:.2f}"
    return "just under 1" if exact < 1 else "just over 1"


def _increased(found: Evaluated, rows: list[dict[str, Any]]) -> str:
    """Return which other use of care rose, where any did."""
    more = []
    for exact, row in zip(found.effects.to_dict("records"), rows, strict=True):
        of = MEASURES.get(exact["outcome"])
        hopes_for_less = of is not None and of.fewer_is_better and of.name not in ("death", found.protocol.primary)
        if hopes_for_less and isinstance(row[LOW], int | float) and row[LOW] > 1:
            more.append(f"{exact['words']} ({row[RATIO]:.2f}, {row[LOW]:.2f} to {row[HIGH]:.2f})")
    return f" They had MORE {', '.join(dict.fromkeys(more))} (exploratory)." if more else ""


def _despite(found: Evaluated) -> Iterator[str]:
    manifest = found.signed.manifest
    if not manifest["is_fit"]:
        yield f"The design was judged not fit to proceed and was signed off all the same, because: {manifest['despite']}"
        yield f"Why not fit: {'; '.join(manifest['why_not'])}."
    if manifest["after_effects_were_seen"]:
        yield "Effects of this service had been looked at before this design was signed off, so it is not blind to them."


def _mortality(row: dict[str, Any], nobody: bool) -> str:
    if WITHHELD in (row[TREATED], row[CONTROLS]):
        return f"Deaths first: too few people died {row['How']} in one of the arms for figures to be shown."
    if nobody:
        return f"Deaths first: nobody died {row['How']}, in either arm."
    return (
        f"Deaths first: {row['How']} {_figure(row[TREATED])} in 100 of those served died and {_figure(row[CONTROLS])} in "
        f"100 of their controls; difference {_figure(row['Difference'])} ({_figure(row['Difference, low'])} to "
        f"{_figure(row['Difference, high'])}). Who lives longer has longer to be admitted."
    )


def _figure(cell: Any) -> str:
    if cell is None:
        return "not defined"
    return cell if isinstance(cell, str) else f"{cell:g}"


def _absolute(row: dict[str, Any], found: Evaluated) -> str:
    return (
        f"In absolute terms, {row['Unit']}: {_figure(row[TREATED])} {found.primary['words']} among those served, "
        f"{_figure(row[CONTROLS])} among their controls; difference {_figure(row['Difference'])} "
        f"({_figure(row['Difference, low'])} to {_figure(row['Difference, high'])})."
    )


def _assumes(found: Evaluated) -> str:
    figures, controls = found.doubts.figures, int(found.doubts.figures["negative_controls"])
    told = ""
    if not math.isnan(figures["e_value"]) and _may_show(found):
        told = (
            f" An unrecorded factor would have to go with both service and outcome by a ratio of {figures['e_value']:.2f} "
            f"each to explain the estimate away, and by {figures['e_value_limit']:.2f} each for its interval to reach 1."
        )
    noun = "negative control" if controls == 1 else "negative controls"
    few = f" {_FEW[controls]} {noun} had enough events, too few to tell." if controls < LEAST_CONTROLS else ""
    if found.protocol.is_randomised:
        return (
            "Who was invited was drawn by chance among those on the same list, so nothing, recorded or not, settled it: the "
            "intervals hold chance alone. It is the effect of being invited, whoever came, and of those who were listed."
        )
    return (
        "Every interval assumes recorded selection: that nothing unrecorded decided who was taken on and also their "
        f"outcome. It says nothing of how wrong that is.{told}{few}"
    )


def expected_power(signed: SignedOff) -> str:
    """Return what the design could show, as the design itself says it: worked out before any outcome was read."""
    return f"With so many people, as expected before any outcome was read: {power_words(signed.manifest['power'])}."


def figure_rows(found: Evaluated) -> list[tuple[str, str]]:
    """Return E-values, gamma and what negative controls say, in words; nothing where the ratio itself is withheld."""
    figures = found.doubts.figures
    if not _may_show(found):
        return [("Figures of the primary ratio", "withheld, as the ratio is")]
    none = math.isnan(figures["gamma"])
    told = [("Negative controls that can be used", f"{figures['negative_controls']:.0f}")]
    if not found.protocol.is_randomised:
        told += [
            ("E-value of the estimate", _told(figures["e_value"])),
            ("E-value of the limit nearest 1", _told(figures["e_value_limit"])),
            ("Largest gamma at which p stays below 0.05", "not even 1" if none else _told(figures["gamma"])),
        ]  # fmt: skip
    if not math.isnan(figures["calibrated"]):
        low, high = _told(figures["calibrated_low"]), _told(figures["calibrated_high"])
        told += [
            ("Systematic error of the log ratio: mean", _told(figures["error_mean"])),
            ("Systematic error of the log ratio: spread", _told(figures["error_deviation"])),
            ("Ratio calibrated by negative controls", f"{_told(figures['calibrated'])} ({low} to {high})"),
        ]
    return told


def _may_show(found: Evaluated) -> bool:
    """Say whether enough people had the primary outcome for its ratio to be shown."""
    return DEFAULT.count(int(found.figures["behind"])) is not None


def _told(figure: float) -> str:
    return WITHHELD if math.isnan(figure) else f"{figure:.2f}"
