"""Items 1 to 4 and 18 to 27 of TRIPOD+AI: opening, open science, results and discussion."""

from casefinder.disclosure import shown
from casefinder.reports.card.described import Described
from casefinder.reports.card.tripod import Item
from casefinder.reports.card.words import (
    NOT_KNOWN,
    PARTS,
    command,
    evaluation,
    measured,
    no_evaluation,
    refit,
    served_words,
    unknown,
)


def _title(one: Described) -> str:
    about = one.about
    return (
        f"{about['name']} version {about['version']}: a model fitted and tested. {about['meaning']} By {served_words(about)}"
    )


def _abstract(one: Described) -> str:
    figures = one.about["figures"]
    return (
        f"tested on {shown(figures.get('people'))} people, {shown(figures.get('events'))} with the outcome: c-statistic "
        f"{measured(figures, 'c_statistic')}, observed over expected {measured(figures, 'observed_expected')}, slope "
        f"{measured(figures, 'calibration_slope')}"
    )


def _objective(one: Described) -> str:
    again = f", by recalibrating version {one.about['recalibration']['of']}" if one.about.get("recalibration") else ""
    return (
        f"to make a model for lists{again}, and to test it "
        f"{'at a later date' if one.about['temporal'] else 'at the same date'} on other people"
    )


def _code(one: Described) -> str:
    digest = f"; code of this version: hash {one.lineage['code_sha256']}" if one.lineage else ""
    return f"casefinder is open (MIT){digest}"


def _flow(one: Described) -> str:
    rules = one.about["attrition"]
    return (
        f"{shown(rules[0]['left'])} in the record, {shown(rules[-1]['left'])} after every rule at the test date; table "
        "and follow-up under Data"
    )


def _characteristics(one: Described) -> str:
    found = evaluation(one.about)
    groups = "people and outcomes by group under Evaluation" if found else f"by group: {no_evaluation(one.about)}"
    return f"{groups}; how much is missing by feature: {NOT_KNOWN}"


def _analysed(one: Described) -> str:
    about = one.about
    return "; ".join(
        f"{PARTS[part]}: {shown(about['rows'][part])} rows, {shown(about['events'][part])} with the outcome"
        for part in PARTS
    )


def _performance(one: Described) -> str:
    figures = (
        f"c-statistic {measured(one.about['figures'], 'c_statistic')}, with intervals, groups and curves under Evaluation"
    )
    return (
        figures
        if evaluation(one.about)
        else f"c-statistic {measured(one.about['figures'], 'c_statistic')}; further: {no_evaluation(one.about)}"
    )


def _places(one: Described) -> str:
    tables = one.about.get("calibration")
    if not tables:
        return unknown(refit(one.about))
    spread = tables["cluster"].get("spread")
    if spread is None:
        return "each cluster under Evaluation; spread between them: not known, too few clusters"
    return f"each cluster and practice under Evaluation; spread between clusters {spread:.2f} on the log odds"


def _updated(one: Described) -> str:
    record = one.about.get("recalibration")
    return (
        f"version {record['of']} before and this one after, under Performance in deployment"
        if record
        else "not updated since it was fitted"
    )


def _meaning(one: Described) -> str:
    if one.about["demonstration"]:
        return "none: the people are invented. It shows what the software does"
    return "what it means for this site is for people to judge; weak groups and caveats are named under Caveats"


def _absent(one: Described) -> str:
    return (
        "a list says which feeds are stale or silent, and is withheld where records are too old; a bundle refuses "
        "features that differ from its contract"
    )


def _not_kept(_: Described) -> str:
    return f"{NOT_KNOWN}: casefinder does not record it"


OPENING = (
    Item("1", "what kind of study, of whom, for which outcome", _title),
    Item("2", "a summary", _abstract),
    Item(
        "3a",
        "context, reason, and models there are",
        lambda one: (
            "see Intended use. Other scores on the same people: "
            f"{unknown(command('compare-models ' + str(one.about['name'])))}"
        ),
    ),
    Item(
        "3b",
        "for whom, by whom, where in care",
        lambda _: "see Intended use: before a meeting of a team that knows the people",
    ),
    Item(
        "3c",
        "known inequalities of health",
        lambda _: (
            "people with poor access to care look healthy in records; deprivation and ethnicity shape both need and use"
        ),
    ),
    Item("4", "objectives", _objective),
)
OPEN_SCIENCE = (
    Item("18a", "funding", _not_kept),
    Item("18b", "conflicts of interest", _not_kept),
    Item(
        "18c",
        "protocol",
        lambda _: (
            "settings of the model's file, kept in the bundle, are settled before the fit; a protocol beyond that: not known"
        ),
    ),
    Item("18d", "registration", _not_kept),
    Item(
        "18e",
        "sharing of data",
        lambda _: "records of people stay with the site; simulated ones are made by anybody from a seed",
    ),
    Item("18f", "sharing of code", _code),
    Item("19", "part that patients and the public had", _not_kept),
)
RESULTS = (
    Item("20a", "flow of people", _flow),
    Item("20b", "who they are, with missing values and differences between groups", _characteristics),
    Item(
        "20c",
        "people tested beside people fitted on",
        lambda one: (
            f"the same site and rules, at another date; shift of features: {unknown(command('monitor --as-of DATE'))}"
        ),
    ),
    Item("21", "people and outcomes in each analysis", _analysed),
    Item(
        "22",
        "the whole model, so that others can use and test it",
        lambda _: (
            "the bundle: trees as text, regression and calibrator as JSON, features by hash; read without casefinder "
            "if need be"
        ),
    ),
    Item("23a", "performance with intervals, also of groups", _performance),
    Item("23b", "differences between places", _places),
    Item("24", "results of updating", _updated),
)
DISCUSSION = (
    Item("25", "what the results mean, fairness included", _meaning),
    Item("26", "limits", lambda _: "see Caveats and limitations"),
    Item("27a", "what to do where input is poor or absent", _absent),
    Item(
        "27b",
        "what users must do and know",
        lambda _: "analysts run it; teams read and decide. How to read a list is a page of the documents",
    ),
    Item(
        "27c",
        "next steps",
        lambda one: (
            "check on the people of each new place, monitor as outcomes mature, recalibrate when it drifts, evaluate "
            "what is offered"
        ),
    ),
)
