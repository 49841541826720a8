"""Prescribing: how much, how many different substances, high-risk groups, burden and change."""

from casefinder.codelists import load_codelists
from casefinder.dates import lookback
from casefinder.definitions import Absent, Count, Derived, Distinct, Family, Feature, Theme, Weighed
from casefinder.definitions.measures import select
from casefinder.features._make import PERIODS, counts, since

_ITEMS = select("prescription")
_SUBSTANCE = 9
"""Characters of a BNF code that name the chemical substance."""
_M = Theme.MEDICINES
_REVIEWED = ("opioid", "strong_opioid", "hypnotic", "antipsychotic", "nsaid", "gabapentinoid", "urinary_anticholinergic",
             "anticoagulant", "oral_steroid")  # fmt: skip
NAMES = {
    "ace_inhibitor_arb": "ACE inhibitor or ARB",
    "anti_emetic": "anti-sickness medicine",
    "antiepileptic": "epilepsy medicine",
    "catheter": "catheter supplies",
    "dementia_drug": "dementia medicine",
    "gabapentinoid": "gabapentin or pregabalin",
    "hypnotic": "sleeping tablet or sedative",
    "inhaled_steroid": "steroid inhaler",
    "nsaid": "anti-inflammatory (NSAID)",
    "oral_diabetes": "diabetes tablet",
    "oral_steroid": "steroid tablet",
    "parkinsons_drug": "Parkinson's medicine",
    "urinary_anticholinergic": "bladder anticholinergic",
    "vitamin_d": "vitamin D",
}
"""How a group of medicines is said where its name will not do."""

_SENSITIVE = ("lithium", "anticipatory")


def _groups() -> tuple[Feature, ...]:
    """Return items issued in the last six months for each group of medicines."""
    found: list[Feature] = []
    for group in load_codelists()["medicines"].groups:
        of = select("prescription", codes=f"medicines:{group}")
        noun = f"item of {NAMES.get(group, group.replace('_', ' '))}"
        found += counts(f"items_{group}", of, (180,), _M, noun, review=group in _REVIEWED, sensitive=group in _SENSITIVE)
    return tuple(found)


FAMILY = Family(
    "medicines",
    "items issued in general practice",
    (
        *counts("items", _ITEMS, (30, 90, 365), _M, "item"),
        *(
            Feature(
                f"substances_{days}d",
                f"different chemical substances issued {PERIODS[days]}",
                Distinct(_ITEMS, lookback(days), length=_SUBSTANCE),
                Absent.ZERO,
                _M,
                f"{{n:different medicine}} {PERIODS[days]}",
                review=True,
            )
            for days in (90, 365)
        ),
        Feature("substances_before_90d", "different chemical substances issued 3 to 6 months ago",
                Distinct(_ITEMS, lookback(90, until=90), length=_SUBSTANCE), Absent.ZERO, _M,
                "{n:different medicine} 3 to 6 months ago"),
        Feature("substances_trend", "different substances in the last 3 months less those of the 3 months before",
                Derived("difference", ("substances_90d", "substances_before_90d")), Absent.ZERO, _M,
                "{signed} medicines compared with 3 to 6 months ago", review=True),
        Feature("high_risk_medicines_90d", "groups of high-risk medicines issued in the last 3 months",
                Weighed(select("prescription", codes="high_risk_medicines"), lookback(90)), Absent.ZERO, _M,
                "{n:kind} of high-risk medicine in the last 3 months, the latest on {date}", review=True),
        Feature("anticholinergic_burden_90d", "anticholinergic burden of medicines issued in the last 3 months",
                Weighed(select("prescription", codes="anticholinergic"), lookback(90)), Absent.ZERO, _M,
                "anticholinergic burden {n} from medicines of the last 3 months", review=True),
        Feature("antibiotic_courses_365d", "antibiotic items in the last 12 months",
                Count(select("prescription", codes="medicines:antibiotic"), lookback(365)), Absent.ZERO, _M,
                "{n:antibiotic item} in the last 12 months, the latest on {date}"),
        since("days_since_item", _ITEMS, _M, "latest item issued on {date}"),
        *_groups(),
    ),
)  # fmt: skip
