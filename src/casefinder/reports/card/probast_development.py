"""Questions on how a model was made, after the topics of PROBAST+AI."""

from casefinder.config.model import GateSettings
from casefinder.disclosure import shown
from casefinder.reports.card.described import Described
from casefinder.reports.card.probast import DOMAINS, NO, NO_INFORMATION, PROBABLY_NO, PROBABLY_YES, YES, Judged, Question
from casefinder.reports.card.words import evaluation, resampling

PEOPLE, PREDICTORS, OUTCOME, ANALYSIS = DOMAINS
SHORT_OF_FEEDS = 0.1
"""Share of features without a feed from which predictors are probably not at hand."""


def sources(one: Described) -> Judged:
    """Were the data sources suitable?"""
    if one.about["demonstration"]:
        return NO, "the people are invented"
    if not one.lineage:
        return NO_INFORMATION, "sources were not kept with this version"
    return PROBABLY_YES, "routine linked records of the place where it is used; how well they are coded is not known"


def rules(one: Described) -> Judged:
    """Were the rules of who is in and out suitable?"""
    left_out = len(one.about["cohort_rules"])
    return (
        PROBABLY_YES,
        f"the {left_out} rules are those by which people are scored, asked at each index date of what was known then",
    )


def standing_for(one: Described) -> Judged:
    """Do the people stand for those for whom it is meant?"""
    if one.about["demonstration"]:
        return NO, "the people are invented"
    if not one.lineage:
        return NO_INFORMATION, "who was left out when records were linked was not kept"
    told = [shown(people) for why, people in one.lineage["left_out"].items() if "opt-out" in why]
    return (
        NO_INFORMATION,
        f"everyone of the place, but for people who objected ({', '.join(told) or 'none'}); how they differ is not known",
    )


def alike(one: Described) -> Judged:
    """Were predictors defined and measured alike for everyone?"""
    return PROBABLY_YES, "one definition in code for everybody, kept by hash; practices differ in what they code"


def unseen(one: Described) -> Judged:
    """Were predictors settled without knowledge of the outcome?"""
    return YES, "only facts that had happened and were known before the index date are seen"


def at_hand(one: Described) -> Judged:
    """Are the predictors at hand when it is used?"""
    lacking = len(one.about["not_supplied"])
    if lacking > SHORT_OF_FEEDS * max(1, len(one.contract.names)):
        return PROBABLY_NO, f"{lacking} features have no feed here"
    return (
        YES,
        f"fitting replays the delay of each feed; {lacking} features have no feed and were empty when it was fitted too",
    )


def outcome(one: Described) -> Judged:
    """Was the outcome suitable and defined in a standard way?"""
    if one.about["outcome"]["caveat"]:
        return PROBABLY_NO, one.about["outcome"]["caveat"]
    return PROBABLY_YES, "a stated rule on coded records; it is use of care, and not need"


def outcome_alike(one: Described) -> Judged:
    """Was the outcome found alike for everyone, without regard to predictors?"""
    if one.about["outcome"]["caveat"]:
        return PROBABLY_NO, "under-recording differs between groups"
    return PROBABLY_YES, "recorded by others for other ends; people treated elsewhere may be missed"


def window(one: Described) -> Judged:
    """Had the time in which the outcome counts passed?"""
    return YES, f"{one.about['horizon_days']} days, used only where every feed of the outcome had reached their end"


def enough(one: Described) -> Judged:
    """Were there enough people with the outcome?"""
    return enough_people(one, "development")


def enough_people(one: Described, part: str) -> Judged:
    """Were there enough people to fit (``development``) or to test (``validation``)?"""
    sizes = one.about.get("sample_size")
    if not sizes:
        return NO_INFORMATION, "people needed were not worked out"
    told = f"{sizes[part]['people']:,} needed, {shown(sizes[part]['available'])} at hand"
    return (YES if sizes[part]["enough"] else NO), told


def handled(one: Described) -> Judged:
    """Were predictors kept whole, not cut into classes, and few events left as they are?"""
    return YES, f"counts, days and values enter as they are; only what is a category is one; {resampling(one.about)}"


def missing(one: Described) -> Judged:
    """Was missing information handled suitably?"""
    return (
        PROBABLY_YES,
        "unknown is kept apart from none, in fitting as in use; nobody is left out for it, nothing is imputed from others",
    )


def chosen(one: Described) -> Judged:
    """Was it avoided to choose predictors by their own relation to the outcome?"""
    return YES, f"all {len(one.contract.names)} features of the families were offered; the fit shrinks them"


def censored(one: Described) -> Judged:
    """Were people who left, and deaths, handled suitably?"""
    if not one.about.get("censoring"):
        return NO_INFORMATION, "weights were not kept with this version"
    return (
        PROBABLY_YES,
        "inverse probability of being seen, at each index date; deaths are no event, so the risk is in their presence",
    )


def optimism(one: Described) -> Judged:
    """Were overfitting and optimism kept in check?"""
    slope = one.about["figures"].get("calibration_slope")
    low, high = GateSettings(**one.about["settings"].get("gates", {})).slope
    if slope is None:
        return NO_INFORMATION, "the slope on the test people is not known"
    how = "at a later date" if one.about["temporal"] else "at the same date"
    within = low <= slope <= high
    words = f"calibration slope {slope:.2f} on other people {how}, {'within' if within else 'outside'} {low:g} to {high:g}"
    return (PROBABLY_YES if within and one.about["temporal"] else PROBABLY_NO), words


def steady(one: Described) -> Judged:
    """Was it asked whether other people would have given the same model?"""
    found = evaluation(one.about)
    if not found or not found.get("stability"):
        return NO_INFORMATION, "no refits on other samples of people were asked for"
    return YES, f"{found['stability']['refits']} refits; see Stability"


QUESTIONS = (
    Question(PEOPLE, "Were the data sources suitable for the purpose?", sources),
    Question(PEOPLE, "Were the rules of who is in and out suitable?", rules),
    Question(PEOPLE, "Do the people stand for those it is meant for?", standing_for),
    Question(PREDICTORS, "Were predictors defined and measured alike for everyone?", alike),
    Question(PREDICTORS, "Were predictors settled without knowledge of the outcome?", unseen),
    Question(PREDICTORS, "Are predictors at hand when it is used?", at_hand),
    Question(OUTCOME, "Is the outcome suitable, and its definition a stated one?", outcome),
    Question(OUTCOME, "Was it found alike for everyone, without regard to predictors?", outcome_alike),
    Question(OUTCOME, "Had the time in which it counts passed?", window),
    Question(ANALYSIS, "Were there enough people with the outcome?", enough),
    Question(ANALYSIS, "Were values kept whole, and few events not evened out?", handled),
    Question(ANALYSIS, "Was missing information handled suitably?", missing),
    Question(ANALYSIS, "Was choosing predictors by single relations avoided?", chosen),
    Question(ANALYSIS, "Were people who left, and deaths, handled suitably?", censored),
    Question(ANALYSIS, "Were overfitting and optimism kept in check?", optimism),
    Question(ANALYSIS, "Was it asked whether other people would give the same?", steady),
)
