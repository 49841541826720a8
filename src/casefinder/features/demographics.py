"""Age, sex, ethnic group, deprivation of the area, time with the practice."""

from casefinder.dates import EVER
from casefinder.definitions import Absent, AgeYears, Category, DaysSince, Family, Feature, Latest, Theme
from casefinder.definitions.measures import select
from casefinder.features._make import DAYS_A_YEAR
from casefinder.tables import ETHNICITIES, SEXES

FAMILY = Family(
    "demographics",
    "who the person is and where they live",
    (
        Feature("age", "age in years, from the month of birth", AgeYears(), Absent.UNKNOWN, Theme.AGE, "aged {years}"),
        Feature(
            "sex",
            "sex as recorded",
            Category(select("sex"), {name: (name,) for name in SEXES}),
            Absent.UNKNOWN,
            Theme.AGE,
            "sex: {category}",
        ),
        Feature(
            "ethnicity",
            "ethnic group, in six",
            Category(select("ethnicity"), {name: (name,) for name in ETHNICITIES}),
            Absent.UNKNOWN,
            Theme.AGE,
            "ethnic group: {category}",
            sensitive=True,
            unknown_words="ethnic group not recorded",
        ),
        Feature(
            "imd_decile",
            "deprivation decile of the area: 1 is the most deprived tenth",
            Latest(select("residence"), EVER),
            Absent.UNKNOWN,
            Theme.AREA,
            "lives in an area of deprivation decile {n} (1 is the most deprived)",
        ),
        Feature(
            "years_at_address",
            "years since the person moved to the present area",
            DaysSince(select("residence")),
            Absent.UNKNOWN,
            Theme.AREA,
            "moved to this area on {date}",
            scale=1 / DAYS_A_YEAR,
        ),
        Feature(
            "years_with_practice",
            "years since the person joined the present practice",
            DaysSince(select("registration")),
            Absent.UNKNOWN,
            Theme.GENERAL_PRACTICE,
            "joined the practice on {date}",
            scale=1 / DAYS_A_YEAR,
        ),
    ),
)
