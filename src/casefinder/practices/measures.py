"""What practices are compared on: each measure a frozen definition, counted from histories.

What is counted is what features and outcomes count, so a measure of a practice and a feature of a person mean the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from casefinder.dates import Window
from casefinder.definitions import Count, DaysWithin, Measure, Returns, Select, Total
from casefinder.definitions.measures import select
from casefinder.errors import ConfigError, Problem, one_of
from casefinder.outcomes import outcomes

RETURN_DAYS: Final = 30


@dataclass(frozen=True)
class PracticeMeasure:
    """Something that practices are compared on.

    Attributes:
        name: as it is typed.
        title: as it stands on a page.
        meaning: what is counted, in a sentence.
        of: makes the measure for a window of days.
        kinds: kinds of fact whose feeds must reach over the whole year.
        caveat: what should be known before anything is read into it.
        is_amount: an amount that a person has much or little of at once (days, money), so that its spread by chance is taken
            from people and not from the Poisson distribution.
        is_money: the amount is in pence.
        trials: makes the measure of what it is a share of, such as the admissions of which some are readmissions; each is
            a trial with one outcome. None where there is no such thing.
        trial_words: what the trials are.
    """

    name: str
    title: str
    meaning: str
    of: Callable[[Window], Measure]
    kinds: tuple[str, ...]
    caveat: str = ""
    is_amount: bool = False
    is_money: bool = False
    trials: Callable[[Window], Measure] | None = None
    trial_words: str = ""

    @property
    def fewer(self) -> str:
        """How it is said that there are not so many, or not so much."""
        return "less" if self.is_amount else "fewer"


def _selected(outcome: str) -> Select:
    """Return the facts that an outcome looks at."""
    return outcomes()[outcome].event(Window(0, 1)).of


def _in_hospital() -> tuple[PracticeMeasure, ...]:
    emergency, sensitive = _selected("emergency_admission"), _selected("sensitive_admission")
    return (
        PracticeMeasure(
            "emergency_admissions", "Emergency admissions",
            "Stays in hospital that began as an emergency; a stay that continues another counts once.",
            lambda over: Count(emergency, over), ("hospital",),
        ),
        PracticeMeasure(
            "sensitive_admissions", "Ambulatory-care-sensitive admissions",
            "Emergency admissions with a main diagnosis that good care outside hospital may prevent.",
            lambda over: Count(sensitive, over), ("admission_reason",),
        ),
        PracticeMeasure(
            "ae_attendances", "A&E attendances", "Unplanned first attendances at an emergency department of any type.",
            lambda over: Count(select("ae_attendance"), over), ("ae_attendance",),
            caveat="How near people live to a department moves this measure more than most.",
        ),
        PracticeMeasure(
            "readmissions", "Emergency readmissions within 30 days",
            "Emergency admissions within 30 days of leaving hospital after another, for the people registered.",
            lambda over: Returns(emergency, over, within=RETURN_DAYS), ("hospital",),
            caveat="A practice with few first admissions has few people who could be readmitted.",
            trials=lambda over: Count(emergency, over), trial_words="emergency admissions",
        ),
        PracticeMeasure(
            "bed_days", "Emergency bed days", "Nights in hospital after an emergency admission.",
            lambda over: DaysWithin(emergency, over), ("hospital",), is_amount=True,
        ),
    )  # fmt: skip


def _elsewhere() -> tuple[PracticeMeasure, ...]:
    entry, priced, known = _selected("care_home_entry"), _selected("cost"), outcomes()
    return (
        PracticeMeasure(
            "care_home_entries", "Care-home entries",
            "Moves into a care home for the long term, as the council or other sources show.",
            lambda over: Count(entry, over), ("care_home_entry",), caveat=known["care_home_entry"].caveat,
        ),
        PracticeMeasure(
            "missed_appointments", "Missed outpatient appointments",
            "Outpatient appointments that the person did not attend; cancelled ones are not counted.",
            lambda over: Count(select("outpatient_missed"), over), ("outpatient_missed",),
            caveat="What is expected does not allow for how many appointments people had; their share of appointments does.",
            trials=lambda over: Count(select("outpatient", "outpatient_missed"), over),
            trial_words="outpatient appointments kept or missed",
        ),
        PracticeMeasure(
            "costs", "Costs", f"{known['cost'].meaning.removesuffix(', in pence.')}, at the site's one price list.",
            lambda over: Total(priced, over, "cost"), priced.kinds, is_amount=True, is_money=True,
            caveat="A stay's whole cost counts in the month in which it began.",
        ),
    )  # fmt: skip


def measures() -> dict[str, PracticeMeasure]:
    """Return every measure by name, in the order of a report."""
    return {one.name: one for one in (*_in_hospital(), *_elsewhere())}


def measure_named(name: str) -> PracticeMeasure:
    """Return a measure.

    Raises:
        ConfigError: there is none of this name.
    """
    known = measures()
    if name not in known:
        problem = Problem("--measure", f"there is no measure called '{name}'; {one_of(name, known)}")
        raise ConfigError("Which measure?", [problem])
    return known[name]
