"""What the people on whom a model was tested may be asked again: other outcomes, other horizons, at the same index date.

Every question keeps the tested people and their index date. Two narrow them: a first emergency admission is asked of people
with none in the two years before, and entry into a care home of people who do not live in one.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from casefinder.codelists import CodeLists
from casefinder.cohorts import Cohort
from casefinder.config.model import ModelSettings
from casefinder.dates import horizon, to_day, window_closed
from casefinder.errors import ConfigError, Problem, one_of
from casefinder.features import FeatureTable, chosen
from casefinder.histories import Histories
from casefinder.modelling.age_and_sex import fit_age_and_sex
from casefinder.modelling.matrix import Ingredients, Matrix, assemble
from casefinder.modelling.splits import CALIBRATE, FIT, STOP, TEST, Plan
from casefinder.modelling.stored_rows import Storage
from casefinder.outcomes import OutcomeTable, outcomes
from casefinder.tables import SEXES

FIRST: Final = "first_emergency_admission"
"""An emergency admission of somebody who had none in the two years before the index date."""
_BEFORE: Final = "emergency_admissions_730d"
_FEATURES: Final = ("age", "sex", _BEFORE)
OUTCOMES: Final = (
    "emergency_admission", "emergency_admission_or_death", FIRST, "sensitive_admission", "emergency_admission_overnight",
    "care_home_entry", "care_home_entry_or_death",
)  # fmt: skip
HORIZONS: Final = (30, 90, 365)


@dataclass(frozen=True)
class Question:
    """An outcome (or ``FIRST``) within so many days of the index date."""

    name: str
    days: int

    @property
    def outcome(self) -> str:
        """Name of the outcome that is looked for."""
        return "emergency_admission" if self.name == FIRST else self.name

    @property
    def words(self) -> str:
        """The question in words.

        >>> Question("emergency_admission", 90).words
        'an emergency admission within 90 days'
        """
        short = outcomes()[self.outcome].short
        among = ", of people with none in the two years before" if self.name == FIRST else ""
        return f"{short} within {self.days} days{among}"


def questions(settings: ModelSettings, names: Sequence[str] = (), days: Sequence[int] = ()) -> list[Question]:
    """Return what is asked: every given outcome over every given horizon, the model's own where only one of them is given.

    With neither, the model's own outcome over its own horizon, over the usual horizons, and the usual outcomes over the
    model's own horizon.

    Raises:
        ConfigError: an outcome does not exist, or is an amount.
    """
    _check(names)
    own = Question(settings.outcome, settings.horizon_days)
    if names or days:
        asked = [Question(name, length) for name in names or [own.name] for length in days or [own.days]]
    else:
        asked = [own, *(Question(own.name, length) for length in HORIZONS), *(Question(name, own.days) for name in OUTCOMES)]
    return list(dict.fromkeys(asked))


def _check(names: Sequence[str]) -> None:
    known = {FIRST, *(name for name, one in outcomes().items() if not one.is_amount)}
    problems = [
        Problem("--outcome", f"there is no outcome called '{name}' to compare on; {one_of(name, known)}")
        for name in names
        if name not in known
    ]
    if problems:
        raise ConfigError("The scores cannot be compared on this:", problems)


def not_observed(question: Question, histories: Histories, index_date: dt.date) -> str:
    """Return why a question cannot be asked of a record at an index date; nothing where it can."""
    complete, kinds = histories.version.manifest["complete_to"], outcomes()[question.outcome].source_kinds
    lacking = [kind for kind in kinds if kind not in complete]
    if lacking:
        return f"it needs {', '.join(lacking)}, which no source of this site supplies"
    reached = _reached(question, histories)
    if not window_closed(index_date, horizon(question.days), reached):
        return (
            f"the {question.days} days from {index_date} had not all passed by {reached}, the last day that its feeds hold"
        )
    return ""


def _reached(question: Question, histories: Histories) -> dt.date:
    complete = histories.version.manifest["complete_to"]
    return min(dt.date.fromisoformat(complete[kind]) for kind in outcomes()[question.outcome].source_kinds)


def answers(
    question: Question,
    histories: Histories,
    settings: ModelSettings,
    codelists: CodeLists,
    plan: Plan,
    storage: Storage,
    tell: Callable[[int, int], None] = lambda _done, _all: None,
) -> pd.DataFrame:
    """Return what became of the tested people, and the risk that age and sex alone would have given them.

    Age and sex are fitted on the people and dates that the model itself was fitted on, never on those tested, as far as the
    outcome of those dates was known at the test date.

    Args:
        question: what is looked for.
        histories: the linked record.
        settings: of the model.
        codelists: of the site.
        plan: index dates and shares of the model, which settle who was tested.
        storage: where rows are kept meanwhile.
        tell: called with blocks done and all blocks.

    Returns:
        ``person_id``, ``outcome`` (0 or 1), ``weight`` (of censoring), ``age_and_sex`` (risk; NaN where there is no fit).
    """
    ready = _ingredients(question, histories, settings, codelists)
    matrix = assemble(ready, _closed(question, histories, plan), storage, tell)
    rows = _asked(matrix, question)
    fit, test = (np.flatnonzero(rows & (matrix.part == part)) for part in (FIT, TEST))
    fitted = fit_age_and_sex(*_age_and_sex(matrix, fit), matrix.outcome[fit], matrix.weight[fit])
    return pd.DataFrame(
        {
            "person_id": matrix.people[test],
            "outcome": matrix.outcome[test],
            "weight": matrix.weight[test],
            "age_and_sex": np.nan if fitted is None else fitted.risks(*_age_and_sex(matrix, test)),
        }
    )


def _ingredients(question: Question, histories: Histories, settings: ModelSettings, codelists: CodeLists) -> Ingredients:
    concepts, manifest = histories.concepts, histories.version.manifest
    target = outcomes()[question.outcome]
    enters = "care_home_entry" in target.source_kinds
    cohort = settings.cohort.model_copy(update={"not_in_care_home": enters or settings.cohort.not_in_care_home})
    features = [feature for feature in chosen() if feature.name in _FEATURES]
    follows = manifest["observation"]["hospital_data"] == "national"
    return Ingredients(
        histories=histories,
        cohort=Cohort(cohort, concepts, codelists),
        features=FeatureTable(features, concepts, codelists, manifest["supplied"]),
        outcome=OutcomeTable(target, question.days, concepts, codelists, follows_leavers=follows),
    )


def _closed(question: Question, histories: Histories, plan: Plan) -> Plan:
    """Return the dates to fit on whose outcome was known at the test date, and the test date."""
    extract = dt.date.fromisoformat(histories.version.manifest["extract_date"])
    lag = max(0, (extract - _reached(question, histories)).days)
    known = tuple(date for date in plan.dates[FIT] if to_day(date) + question.days + lag <= to_day(plan.test_date))
    return Plan({FIT: known, STOP: (), CALIBRATE: (), TEST: plan.dates[TEST]}, plan.settings)


def _asked(matrix: Matrix, question: Question) -> np.ndarray:
    """Return the rows of whom a question is asked."""
    if question.name != FIRST:
        return np.ones(len(matrix.outcome), dtype=np.bool_)
    return ~(matrix.features[:, [matrix.names.index(_BEFORE)]][:][:, 0] > 0)


def _age_and_sex(matrix: Matrix, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return age in years, and the name of the sex, of some rows."""
    columns = matrix.features[rows][:]
    place = columns[:, matrix.names.index("sex")]
    names = np.array([*SEXES, "unknown"], dtype=object)
    sex = names[np.where(np.isnan(place), len(SEXES), place).astype(np.int64)]
    return columns[:, matrix.names.index("age")].astype(np.float64), sex
