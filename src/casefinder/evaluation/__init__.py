"""Evaluation of a risk model: arrays in, numbers out, usable without the rest of the package.

Every function takes ``outcome`` (0 or 1), ``risk`` and, if there is one, ``weight``, one value a person. ``evaluate``
returns all measures in one record.

Weights are inverse probability of censoring weights (``ipcw``). They enter every measure: a person lost before the horizon
has weight 0 and is not seen, but keeps a risk, so still counts in what was expected and still takes a place on a list.
Measures of rank and of accuracy are the same as on rows repeated by whole-number weights; O/E, the ICI and lists of k, which
count people, are not.

A mistake in the arrays (unequal lengths, a missing value, an outcome other than 0 or 1, a risk outside 0 to 1, k out of
range) raises ValueError. A measure that is not defined (no outcomes, only outcomes, a constant risk) is NaN. No figure
depends on the order of the rows beyond rounding; bootstrap intervals depend on the seed alone.
"""

from casefinder.evaluation.amounts import (
    PersonMeasures,
    PracticeMeasures,
    person_measures,
    practice_means,
    practice_measures,
    predictive_ratios,
    tenths,
)
from casefinder.evaluation.calibration import (
    CalibrationError,
    CalibrationSlope,
    ObservedExpected,
    calibration_curve,
    calibration_error,
    calibration_in_the_large,
    calibration_slope,
    e50,
    e90,
    ici,
    observed_expected,
)
from casefinder.evaluation.censoring import (
    CENSORED,
    DEATH,
    EVENT,
    CensoringWeights,
    Loss,
    aalen_johansen,
    censoring_survival,
    ipcw,
    loss,
)
from casefinder.evaluation.closed_test import AgainstFullest, ClosedTest, closed_test
from casefinder.evaluation.discrimination import (
    WithinGroups,
    average_precision,
    c_statistic,
    c_statistic_interval,
    c_statistic_within,
    delong_variance,
)
from casefinder.evaluation.equity import bootstrap_measures, by_subgroup
from casefinder.evaluation.groups import PartialPooling, calibration_by_group, partial_pooling
from casefinder.evaluation.intervals import Estimate, Interval, poisson_interval
from casefinder.evaluation.list_draws import bootstrap_group_lists, bootstrap_lists
from casefinder.evaluation.lists import (
    GroupLists,
    ListYield,
    decision_curve,
    lift_at_k,
    list_length,
    list_yield,
    lists_within,
    net_benefit,
    net_benefit_of_rule,
    number_needed_to_review,
    places,
    ppv_at_k,
    sensitivity_at_k,
    share_with,
)
from casefinder.evaluation.overall import brier, ipa, prevalence
from casefinder.evaluation.paired import paired_ranking
from casefinder.evaluation.pooling import Pooled, pool, pool_c_statistics, pool_observed_expected
from casefinder.evaluation.resampling import bootstrap_interval
from casefinder.evaluation.sample_size import (
    DevelopmentSize,
    ValidationSize,
    cox_snell_r2,
    development_size,
    size_for_c_statistic,
    size_for_net_benefit,
    size_for_observed_expected,
    size_for_slope,
    validation_size,
)
from casefinder.evaluation.stability import (
    Churn,
    Instability,
    churn,
    instability,
    mean_absolute_prediction_error,
    topk_overlap,
)
from casefinder.evaluation.summary import Evaluation, evaluate
from casefinder.evaluation.validation import PooledPerformance, pooled_performance

__all__ = [
    "CENSORED",
    "DEATH",
    "EVENT",
    "AgainstFullest",
    "CalibrationError",
    "CalibrationSlope",
    "CensoringWeights",
    "Churn",
    "ClosedTest",
    "DevelopmentSize",
    "Estimate",
    "Evaluation",
    "GroupLists",
    "Instability",
    "Interval",
    "ListYield",
    "Loss",
    "ObservedExpected",
    "PartialPooling",
    "PersonMeasures",
    "Pooled",
    "PooledPerformance",
    "PracticeMeasures",
    "ValidationSize",
    "WithinGroups",
    "aalen_johansen",
    "average_precision",
    "bootstrap_group_lists",
    "bootstrap_interval",
    "bootstrap_lists",
    "bootstrap_measures",
    "brier",
    "by_subgroup",
    "c_statistic",
    "c_statistic_interval",
    "c_statistic_within",
    "calibration_by_group",
    "calibration_curve",
    "calibration_error",
    "calibration_in_the_large",
    "calibration_slope",
    "censoring_survival",
    "churn",
    "closed_test",
    "cox_snell_r2",
    "decision_curve",
    "delong_variance",
    "development_size",
    "e50",
    "e90",
    "evaluate",
    "ici",
    "instability",
    "ipa",
    "ipcw",
    "lift_at_k",
    "list_length",
    "list_yield",
    "lists_within",
    "loss",
    "mean_absolute_prediction_error",
    "net_benefit",
    "net_benefit_of_rule",
    "number_needed_to_review",
    "observed_expected",
    "paired_ranking",
    "partial_pooling",
    "person_measures",
    "places",
    "poisson_interval",
    "pool",
    "pool_c_statistics",
    "pool_observed_expected",
    "pooled_performance",
    "ppv_at_k",
    "practice_means",
    "practice_measures",
    "predictive_ratios",
    "prevalence",
    "sensitivity_at_k",
    "share_with",
    "size_for_c_statistic",
    "size_for_net_benefit",
    "size_for_observed_expected",
    "size_for_slope",
    "tenths",
    "topk_overlap",
    "validation_size",
]
