"""What a feature is: how to compute it, what its absence means, and how to say it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Literal

from casefinder.dates import EVER
from casefinder.definitions.measures import AgeYears, Category, DaysSince, Inside, Latest, Measure, Select, Weighed


class Absent(Enum):
    """What it means that there is nothing on record."""

    ZERO = "zero"
    """None happened: the feature is 0, where the source is supplied at all."""
    UNKNOWN = "unknown"
    """Nobody knows: the feature is empty."""


class Theme(Enum):
    """The ideas under which reasons are grouped; the value is the heading that people read."""

    AGE = "Age and background"
    AREA = "Where the person lives"
    EMERGENCY = "Emergency admissions"
    PLANNED = "Planned hospital care"
    URGENT = "A&E, 111 and ambulance"
    OUTPATIENTS = "Outpatient care"
    HEART = "Heart and circulation"
    LUNGS = "Lungs"
    DIABETES = "Diabetes and kidneys"
    BRAIN = "Memory, stroke and nervous system"
    MIND = "Mental health"
    CANCER = "Cancer and end-of-life care"
    JOINTS = "Bones, joints and pain"
    BURDEN = "Several conditions together"
    MEDICINES = "Medicines"
    TESTS = "Tests and measures"
    FRAILTY = "Frailty, falls and daily living"
    COMMUNITY = "Community services"
    SOCIAL = "Social care"
    GENERAL_PRACTICE = "General practice"
    USUAL = "Usual use of care"
    COST = "Cost of care"
    OTHER = "Other"


class Need(Enum):
    """What a feature says of a person's need for care, whatever any practice does; the value is said to people."""

    PERSON = "who the person is"
    ILLNESS = "an illness on record"
    AREA = "where the person lives"
    CARE_HOME = "living in a care home"
    BARRED = "barred: a practice can change it by treating, testing or referring more"


ILLNESS_LISTS: Final = ("conditions", "cambridge")
"""Code lists that name illnesses, each once however often it is coded, and no act of care."""


@dataclass(frozen=True)
class Derived:
    """A feature worked out from others after the pass.

    ``ratio``: first over second, empty where the second is 0; ``difference``: first less second; ``sum``; ``weighted``: the
    sum of the weights of the inputs above 0, a milder condition not counted beside its severe form (``hierarchy`` maps mild
    to severe).
    """

    how: Literal["ratio", "difference", "sum", "weighted"]
    inputs: tuple[str, ...]
    weights: tuple[float, ...] = ()
    hierarchy: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        strange = {name for pair in self.hierarchy.items() for name in pair} - set(self.inputs)
        if strange or len(self.weights) != (len(self.inputs) if self.how == "weighted" else 0):
            raise ValueError(f"a derived feature weighs its own inputs; {sorted(strange)} are not among them")


@dataclass(frozen=True)
class Feature:
    """One column of the feature table.

    ``words`` says the value to a person: ``{n:noun}`` is a number with its noun in the right form, ``{n}`` the bare
    number, ``{signed}`` with its sign, ``{years}``, ``{percent}``, ``{pounds}``, ``{date}`` the date of the latest fact (or
    of the fact itself), ``{category}`` the category's name. ``scale`` turns the measure into the feature's unit. ``review``
    marks what a team may be able to look at again. A ``sensitive`` feature counts in the score and is never spoken.
    ``unknown_words`` says that nobody knows the value, where a team would want to know. A feature that is no part of a
    ``model`` is there for others to be worked out from.
    """

    name: str
    meaning: str
    measure: Measure | Derived
    absent: Absent
    theme: Theme
    words: str
    review: bool = False
    sensitive: bool = False
    unknown_words: str = ""
    scale: float = 1.0
    model: bool = True

    @property
    def categories(self) -> tuple[str, ...]:
        """Names of the categories of a categorical feature, in the order of their numbers; else empty."""
        return tuple(self.measure.categories) if isinstance(self.measure, Category) else ()

    @property
    def need(self) -> Need:
        """What the feature may say of need when money is shared, settled by what its measure looks at and how.

        Illness counts only as being on record at all, ever, where general practice or a register can tell it: a count, a
        recent date, a test, or a diagnosis that only an admission gives, rises with what is done. What is worked out from
        other features is barred with them.
        """
        measure = self.measure
        if isinstance(measure, Derived):
            return Need.BARRED
        kinds = set(measure.of.kinds)
        if isinstance(measure, AgeYears) or (isinstance(measure, Category) and kinds <= {"sex", "ethnicity"}):
            return Need.PERSON
        if kinds == {"residence"} and isinstance(measure, Latest | DaysSince):
            return Need.AREA
        if kinds <= {"care_home", "care_home_evidence"} and isinstance(measure, Inside | DaysSince):
            return Need.CARE_HOME
        return Need.ILLNESS if _is_illness(measure) else Need.BARRED

    @property
    def select(self) -> Select | None:
        """The facts that the feature looks at, or None where it is derived from other features."""
        return None if isinstance(self.measure, Derived) else self.measure.of


def _is_illness(measure: Measure) -> bool:
    """Say whether a measure asks only if illnesses are on record, ever and wherever they are told."""
    of = measure.of
    ever = measure.over == EVER and set(of.kinds) <= {"gp_record", "diagnosis", "register"}
    told = {"gp_record", "register"} & set(of.kinds) and of.codes.partition(":")[0] in ILLNESS_LISTS
    once = isinstance(measure, Weighed) or (isinstance(measure, DaysSince) and measure.which == "first")
    return bool(ever and told and once)


@dataclass(frozen=True)
class Family:
    """Features that share a source and an idea: one file."""

    name: str
    meaning: str
    features: tuple[Feature, ...]

    def __post_init__(self) -> None:
        names = [feature.name for feature in self.features]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"family '{self.name}' defines {sorted(twice)} twice")
