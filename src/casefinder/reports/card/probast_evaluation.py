"""Questions on how a model was tested, after the topics of PROBAST+AI."""

from casefinder.reports.card import probast_development as development
from casefinder.reports.card.described import Described
from casefinder.reports.card.probast import NO, NO_INFORMATION, PROBABLY_NO, PROBABLY_YES, YES, Judged, Question
from casefinder.reports.card.probast_development import ANALYSIS, OUTCOME, PEOPLE, PREDICTORS
from casefinder.reports.card.words import command, evaluation


def apart(one: Described) -> Judged:
    """Were the people tested other people than those fitted on, at a later time?"""
    if one.about["temporal"]:
        return YES, "other people, at a date after every training outcome had closed"
    return PROBABLY_NO, "other people, but at the same date"


def same_rules(one: Described) -> Judged:
    """Were the people tested taken by the rules of use?"""
    return YES, "by the rules of scoring, everyone at the test date who was drawn for it by a hash"


def elsewhere(one: Described) -> Judged:
    """Was it tested where it is to be used?"""
    if one.about["demonstration"]:
        return NO, "the people are invented"
    words = f"tested at {one.about['site']} only; for another place it says nothing until it is checked there"
    return PROBABLY_YES, words


def as_fitted(one: Described) -> Judged:
    """Were predictors the same as when it was fitted?"""
    return YES, "a bundle refuses features whose definition or code list differs from those it was fitted on"


def same_outcome(one: Described) -> Judged:
    """Was the outcome the one it was made for?"""
    level, why = development.outcome(one)
    return (YES, "the same rule and horizon") if level == PROBABLY_YES else (level, why)


def untouched(one: Described) -> Judged:
    """Was the outcome untouched by the use of scores?"""
    found = one.about.get("served_people")
    if found is None:
        return NO_INFORMATION, "who was listed or had a service is not known"
    if found.get("is_learnt"):
        return NO, "services reached so many at high risk that outcomes are lower than without them"
    return PROBABLY_YES, "services reached too few to matter"


def enough(one: Described) -> Judged:
    """Were enough people with the outcome tested?"""
    return development.enough_people(one, "validation")


def in_measures(one: Described) -> Judged:
    """Do measures allow for people who left?"""
    if not one.about.get("censoring"):
        return NO_INFORMATION, "weights were not kept with this version"
    return YES, "the weights enter every measure"


def all_measured(one: Described) -> Judged:
    """Were the measures that matter worked out?"""
    found = evaluation(one.about)
    if found is None:
        return PROBABLY_NO, "discrimination and calibration are; lists, net benefit and curves are not known"
    if not found["net_benefit"]["rows"]:
        return PROBABLY_NO, "net benefit is not known"
    return YES, "discrimination, calibration with its curve, lists at several lengths, net benefit beside a simple rule"


def as_served(one: Described) -> Judged:
    """Was the model tested the one that is served?"""
    return YES, "the same bundle and calibration; nothing was fitted on the people tested"


def uncertain(one: Described) -> Judged:
    """Is it said how sure the figures are?"""
    if evaluation(one.about) is None:
        return PROBABLY_YES, "c-statistic, observed over expected and slope have intervals; other figures have none"
    return YES, "95 % intervals by bootstrap over people and over practices"


def by_place(one: Described) -> Judged:
    """Were differences between places looked at?"""
    if not one.about.get("calibration"):
        return NO_INFORMATION, "not worked out for this version"
    ladder = command(f"validate {one.about['name']} --by cluster")
    return PROBABLY_YES, f"calibration by cluster and practice; models fitted without a place: type `{ladder}`"


def by_group(one: Described) -> Judged:
    """Were groups looked at?"""
    found = evaluation(one.about)
    if found is None or not found["equity"]["rows"]:
        return NO_INFORMATION, "not worked out, or no characteristic was recorded"
    small = sum(bool(row["note"]) for row in found["equity"]["rows"])
    return PROBABLY_YES, f"{len(found['equity']['rows'])} groups; of {small} some figures are withheld or too few to give"


QUESTIONS = (
    Question(PEOPLE, "Were the data sources suitable for the test?", development.sources),
    Question(PEOPLE, "Were people taken by the rules of use?", same_rules),
    Question(PEOPLE, "Were they other people, at a later time?", apart),
    Question(PEOPLE, "Was it tested where it is to be used?", elsewhere),
    Question(PREDICTORS, "Were predictors the same as when it was fitted?", as_fitted),
    Question(PREDICTORS, "Were they settled without knowledge of the outcome?", development.unseen),
    Question(PREDICTORS, "Were they at hand at the time of use?", development.at_hand),
    Question(OUTCOME, "Was the outcome the one it was made for?", same_outcome),
    Question(OUTCOME, "Was it found alike for everyone?", development.outcome_alike),
    Question(OUTCOME, "Was it untouched by the use of scores?", untouched),
    Question(OUTCOME, "Had the time in which it counts passed?", development.window),
    Question(ANALYSIS, "Were enough people with the outcome tested?", enough),
    Question(ANALYSIS, "Do measures allow for people who left?", in_measures),
    Question(ANALYSIS, "Was the model tested the one that is served?", as_served),
    Question(ANALYSIS, "Were the measures that matter worked out?", all_measured),
    Question(ANALYSIS, "Is it said how sure the figures are?", uncertain),
    Question(ANALYSIS, "Were differences between places looked at?", by_place),
    Question(ANALYSIS, "Were differences between groups looked at?", by_group),
)
