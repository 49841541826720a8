"""What may be said of the primary outcome, by one rule: cautious about a fall, and about hiding a rise (decision 22).

A fall is spoken of only where everything that was worked out before agrees with it. A rise is spoken of as soon as the ratio
that was declared shows it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from casefinder.evaluation.intervals import Estimate

UNFIT: Final = "the design was judged not fit to proceed"


@dataclass(frozen=True)
class Finding:
    """What may be said.

    Attributes:
        side: ``more`` or ``fewer`` in those served, or ``open`` where neither may be said.
        lacking: where one of the two ratios shows a fall that may not be spoken of: what stands against it.
    """

    side: Literal["more", "fewer", "open"]
    lacking: tuple[str, ...] = ()


def finding(declared: Estimate, adjusted: Estimate, controls: Mapping[str, Estimate], is_fit: bool) -> Finding:
    """Return what may be said of a ratio of treated over controls.

    Args:
        declared: the ratio as the protocol declares it.
        adjusted: the same adjusted for what the pairs were matched on; limits are NaN where it could not be worked out.
        controls: ratios of negative controls and of earlier periods by their words; those without limits say nothing.
        is_fit: whether the design was judged fit to proceed.

    >>> below, none = Estimate(0.8, 0.7, 0.9), Estimate(1.0, 0.8, 1.2)
    >>> finding(below, below, {"fractures": none}, True).side
    'fewer'
    >>> finding(below, none, {}, True)
    Finding(side='open', lacking=('the adjusted ratio does not leave out 1',))
    """
    if declared.low > 1:
        return Finding("more")
    if not (declared.high < 1 or adjusted.high < 1):
        return Finding("open")
    lacking = tuple(_lacking(declared, adjusted, controls, is_fit))
    return Finding("open", lacking) if lacking else Finding("fewer")


def _lacking(declared: Estimate, adjusted: Estimate, controls: Mapping[str, Estimate], is_fit: bool) -> Iterator[str]:
    for name, ratio in (("ratio as declared", declared), ("adjusted ratio", adjusted)):
        if not ratio.high < 1:
            known = ratio.high == ratio.high
            yield f"the {name} {'does not leave out 1' if known else 'could not be worked out'}"
    off = [name for name, ratio in controls.items() if ratio.low > 1 or ratio.high < 1]
    if off:
        yield f"the arms differ in what the service cannot have changed: {', '.join(off)}"
    if not is_fit:
        yield UNFIT
