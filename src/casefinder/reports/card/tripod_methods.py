"""Items 5 to 17 of TRIPOD+AI, on methods."""

from casefinder.disclosure import shown
from casefinder.reports.card.described import Described
from casefinder.reports.card.specification import who_is_scored
from casefinder.reports.card.tripod import Item
from casefinder.reports.card.words import (
    NOT_KNOWN,
    command,
    evaluation,
    listed,
    no_evaluation,
    other_words,
    refit,
    resampling,
    served_words,
    unknown,
)


def _sources(one: Described) -> str:
    if not one.lineage:
        return unknown(refit(one.about), "sources were not kept with this version")
    names = listed(str(source["name"]) for source in one.lineage["sources"])
    return (
        f"routine records of {one.about['site']}, the same for fitting and testing: {names}. How well they stand for "
        f"others: {NOT_KNOWN}"
    )


def _dates(one: Described) -> str:
    dates = one.about["index_dates"]
    fitted = f"fitted at {listed(dates['fit'])}, tested at {dates['test'][0]}"
    return f"{fitted}; each followed for {one.about['horizon_days']} days; records to {one.about['extract_date']}"


def _setting(one: Described) -> str:
    tables = one.about.get("calibration")
    if not tables:
        return (
            f"people registered with general practice at {one.about['site']}; number of practices: "
            f"{unknown(refit(one.about))}"
        )
    places = len(tables["practice"]["rows"]), len(tables["cluster"]["rows"])
    return f"people registered with {places[0]} practices in {places[1]} GP clusters at {one.about['site']}"


def _treatments(one: Described) -> str:
    found = one.about.get("served_people")
    if found is None:
        return "treatments are features where they are recorded. Services offered because of a list: not known"
    return (
        f"treatments are features; a service began in the window of {shown(found.get('served'))} of "
        f"{shown(found.get('rows'))} rows: see Methodology"
    )


def _outcome(one: Described) -> str:
    about = one.about
    caveat = f" {about['outcome']['caveat']}" if about["outcome"]["caveat"] else ""
    return f"{about['outcome']['meaning']} Within {about['horizon_days']} days, by the same rule for everybody.{caveat}"


def _size(one: Described) -> str:
    sizes = one.about.get("sample_size")
    if not sizes:
        return unknown(refit(one.about))
    told = [
        f"{words}: {sizes[part]['people']:,} needed, {shown(sizes[part]['available'])} at hand"
        for part, words in (("development", "to fit"), ("validation", "to test"))
    ]
    return f"all people of the record; worked out before the fit. {'; '.join(told)}"


def _missing(one: Described) -> str:
    lacking = len(one.about["not_supplied"])
    return (
        "a feature is 0 where absence means that nothing happened and empty where nobody knows; trees take empty "
        f"values apart, the regression as the mean with a flag; nobody is left out for it. {lacking} features have no "
        "feed and are empty for all"
    )


def _selection(one: Described) -> str:
    return (
        f"{len(one.contract.names)} features of the families in the model's file, chosen before the fit by what a team "
        "can use and a record can tell; none by its relation to the outcome"
    )


def _model(one: Described) -> str:
    search = (
        "settings searched for on rows kept for stopping"
        if one.about.get("tuning")
        else "settings of the model's file, no search"
    )
    refits = "stability by refits" if (evaluation(one.about) or {}).get("stability") else "no refits"
    return (
        f"{served_words(one.about)}, {other_words(one.about)} beside it; {search}; tested on people and rows kept "
        f"apart; {refits}"
    )


def _heterogeneity(one: Described) -> str:
    where = f"leaving places out: {unknown(command('validate ' + str(one.about['name']) + ' --by cluster'))}"
    if not one.about.get("calibration"):
        return f"by cluster and practice: {unknown(refit(one.about))}; {where}"
    return f"observed over expected of each cluster and practice with a random intercept (see Evaluation); {where}"


def _measures(one: Described) -> str:
    beside = f"beside other scores: {unknown(command('compare-models ' + str(one.about['name'])))}"
    if evaluation(one.about) is None:
        return (
            "c-statistic, average precision, Brier, observed over expected, slope, ICI; further ones: "
            f"{no_evaluation(one.about)}"
        )
    return (
        "discrimination, overall error, calibration with its curve, lists at several lengths, net benefit, equity by "
        f"group; {beside}"
    )


def _updating(one: Described) -> str:
    record = one.about.get("recalibration")
    if record:
        return f"a recalibration of version {record['of']}, chosen by a closed test: {record['method']}; see Methodology"
    return "none; this version was fitted anew"


def _fairness(one: Described) -> str:
    return (
        "every measure by age, sex, ethnicity, deprivation and two needs where recorded; one threshold for all, no "
        "group's risks adjusted"
    )


def _differences(one: Described) -> str:
    later = "the test lies at a later date" if one.about["temporal"] else "the test lies at the same date"
    return f"same site, rules, outcome and features; {later}, on people never fitted on"


def _ethics(one: Described) -> str:
    if one.about["demonstration"]:
        return "none is needed for invented people"
    if one.governance:
        return f"approved by {one.governance['approval']}; the legal basis of each source stands under Data"
    return f"{NOT_KNOWN} here: approval and legal basis stand in the site's governance.yaml, without which nothing runs"


DATA = (
    Item("5a", "where data for fitting and testing come from, why, and for whom they stand", _sources),
    Item("5b", "dates of index and follow-up", _dates),
    Item("6a", "setting and places", _setting),
    Item("6b", "who may be in", who_is_scored),
    Item("6c", "treatments, and how they were handled", _treatments),
    Item(
        "7",
        "preparation and checks of data, alike in all groups or not",
        lambda _: "every row accepted or quarantined by the same rules for everybody; see Data. Quality by group: not known",
    ),
    Item("8a", "the outcome, its horizon and how it is found", _outcome),
    Item(
        "8b",
        "who judged the outcome where that takes judgement",
        lambda _: "nobody: it is counted from coded records by a rule",
    ),
    Item(
        "8c",
        "blinding of the outcome",
        lambda _: "recorded by others for other ends; the rule that counts it sees no feature",
    ),
    Item("9a", "how predictors were chosen to begin with", _selection),
    Item(
        "9b",
        "every predictor, how and when it is measured",
        lambda _: "see Features; only facts that had happened and were known before the index date",
    ),
    Item(
        "9c",
        "who judged predictors where that takes judgement",
        lambda _: "codes are entered by those who gave care; who and how well: not known",
    ),
    Item("10", "how the number of people was settled", _size),
    Item("11", "how missing values were handled", _missing),
)
ANALYSIS = (
    Item(
        "12a",
        "how data were divided and used",
        lambda _: (
            "people in four parts by a hash, each with its own index dates: fitted on, stopping, calibration, test; see Data"
        ),
    ),
    Item(
        "12b",
        "how predictors enter the model",
        lambda _: "trees: as they are; regression: logarithms, splines of age, flags; see Methodology",
    ),
    Item("12c", "kind of model, steps of building it, internal validation", _model),
    Item("12d", "differences between places, how handled and measured", _heterogeneity),
    Item("12e", "measures and plots of performance", _measures),
    Item("12f", "updating of the model after evaluation", _updating),
    Item(
        "12g",
        "how predictions were made for the test",
        lambda _: (
            "by the code of scoring, with the calibration that is served; from the bundle anybody with the features "
            "gets the same"
        ),
    ),
    Item("13", "handling of few events", lambda one: resampling(one.about)),
    Item("14", "fairness: what was done, and why", _fairness),
    Item(
        "15",
        "what comes out, and thresholds",
        lambda _: "a risk from 0 to 1 and a rank; lists take as many people as a team can discuss, no threshold decides",
    ),
    Item("16", "differences between fitting and test", _differences),
    Item("17", "ethical approval", _ethics),
)
