"""Frailty, falls, daily living, and what the record says about the person's circumstances."""

from casefinder.dates import EVER, lookback
from casefinder.definitions import Absent, Category, Family, Feature, Latest, Theme
from casefinder.definitions.measures import select
from casefinder.features._make import DAYS_A_YEAR, counts, since

_F = Theme.FRAILTY
_GP = ("gp_record",)
_EITHER = ("gp_record", "diagnosis")
_YEARS = 1 / DAYS_A_YEAR

FAMILY = Family(
    "frailty",
    "frailty, falls and circumstances as coded",
    (
        *(
            since(f"frailty_{grade}_years", select(*_GP, codes=f"frailty:{grade}"), _F,
                  f"{grade} frailty on record since {{date}}", which="first", scale=_YEARS)
            for grade in ("mild", "moderate", "severe")
        ),
        Feature("frailty_index_latest", "latest electronic frailty index in the GP record",
                Latest(select(*_GP, codes="frailty:score"), EVER), Absent.UNKNOWN, _F,
                "electronic frailty index {n}, on {date}"),
        *counts("falls", select(*_EITHER, codes="falls"), (365, 730), _F, "fall", by_day=True, review=True),
        since("days_since_fall", select(*_EITHER, codes="falls"), _F, "latest fall on record on {date}", review=True),
        since("housebound_days", select(*_GP, codes="housebound"), _F, "recorded as housebound on {date}"),
        since("lives_alone_days", select(*_GP, codes="lives_alone"), _F, "recorded as living alone on {date}"),
        since("has_carer_days", select(*_GP, codes="has_carer"), _F, "recorded as having a carer on {date}"),
        since("is_carer_days", select(*_GP, codes="is_carer"), _F, "recorded as being a carer on {date}", review=True),
        since("mobility_days", select(*_EITHER, codes="mobility"), _F, "mobility problem recorded on {date}"),
        since("daily_living_days", select(*_EITHER, codes="activities_of_living"), _F,
              "difficulty with daily living recorded on {date}"),
        since("memory_days", select(*_EITHER, codes="memory"), Theme.BRAIN, "memory concern noted on {date}", review=True),
        *counts("memory_entries", select(*_EITHER, codes="memory"), (365,), Theme.BRAIN,
                "day with a memory concern or confusion recorded", by_day=True),
        since("weight_loss_days", select(*_EITHER, codes="weight_loss"), _F, "weight loss recorded on {date}", review=True),
        since("loneliness_days", select(*_GP, codes="loneliness"), _F, "loneliness recorded on {date}", review=True),
        since("palliative_days", select(*_EITHER, codes="palliative"), Theme.CANCER,
              "end-of-life or palliative care recorded on {date}"),
        since("care_plan_days", select(*_GP, codes="care_plan"), Theme.GENERAL_PRACTICE, "care plan recorded on {date}"),
        since("interpreter_days", select(*_GP, codes="interpreter"), Theme.AGE, "interpreter needed, recorded on {date}"),
        since("care_home_evidence_days", select("care_home_evidence"), Theme.SOCIAL,
              "a sign of living in a care home on {date}"),
        Feature("smoking", "latest smoking status",
                Category(select(*_GP, codes="smoking"), {"current": (), "ex": (), "never": ()}, over=lookback(3650)),
                Absent.UNKNOWN, Theme.LUNGS, "smoking: {category}", review=True),
    ),
)  # fmt: skip
