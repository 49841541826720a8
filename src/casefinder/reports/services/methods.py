"""How an evaluation was made, its limits, the target trial beside it, and where items of RECORD and TARGET are answered."""

import math
from typing import Final

from casefinder.dates import plain, to_date
from casefinder.disclosure import DEFAULT, shown
from casefinder.services.evaluated import Evaluated
from casefinder.services.measures import MEASURES
from casefinder.services.protocol import catalogue_of_features

BY_SELECTION: Final = "By chance in the trial; here by recorded selection, imitated by matching within risk sets."
BY_DRAW: Final = "By chance in the trial and here: by a draw among those on the same list."
_EXACT: Final = {
    "sex": "sex", "age_band": "age band", "recent_admission": "answer to whether there was a recent emergency admission",
    "imd_fifth": "fifth of deprivation", "in_care_home": "answer to whether they live in a care home",
    "practice": "practice", "cluster": "cluster",
}  # fmt: skip
_TRIAL: Final = "the protocol: {}"
_HERE: Final = "'How it was made'"


def notes(found: Evaluated) -> tuple[str, ...]:
    """Return how it was made and its limits in plain words."""
    manifest, protocol = found.signed.manifest, found.protocol
    first, last = (plain(to_date(int(day))) for day in manifest["landmarks"])
    lines = [
        f"Protocol {protocol.hash}. Design {manifest['design']} was signed off by {manifest['signed_by']} on "
        f"{manifest['signed_on']}; pairs and protocol were frozen then.",
        f"Served: {manifest['served_from']}. Time zero lies between {first} and {last}. Estimand: {manifest['estimand']}.",
        f"Run-up: emergency admissions in windows up to {protocol.run_up.days[-1]} days before time zero, "
        + (
            "as they happened, whenever the feed told them."
            if protocol.run_up.seen == "happened"
            else "as far as the feed had told them by then."
        ),
        *_how_compared(found),
        "Intervals of rates are clustered on the matched set; those of shares come from matched sets drawn again; means "
        "count whoever was lost by the inverse probability of being followed.",
        "Limits. One outcome was declared as primary. With many exploratory outcomes and subgroups some intervals leave out "
        "1 by chance alone: read them as questions.",
    ]  # fmt: skip
    if protocol.alternatives.replacement and not protocol.is_randomised:
        lines.append(
            "With replacement a control may serve several people; its intervals are clustered on the person as well."
        )
    p = found.figures["hazards_alike_p"]
    if not math.isnan(p):
        lines.append(f"Deaths: p of the same hazard ratio in both halves of follow-up is {p:.2f}.")
    lines += [f"Not shown: {words}, because {why}." for words, why in found.left_out.items()]
    lines += [f"Design: {words}." for words in manifest["remarks"]]
    return tuple(lines)


def _how_compared(found: Evaluated) -> tuple[str, ...]:
    """Return how people of both arms came to be comparable, and what that leaves open."""
    manifest, protocol = found.signed.manifest, found.protocol
    effective = shown(DEFAULT.count(round(manifest["effective_controls"])))
    if protocol.is_randomised:
        return (
            "Arms: by a draw, where a meeting had places for fewer people than its list held. The draw is a hash of list "
            "and person, was on record before anybody was invited, and was worked out again for the design: those on "
            "record are those whom it gives. Everyone counts once, at their first draw and in the arm that it gave them, "
            "also where a later list invited them. Each of those invited stands with others of the same list, dealt out by "
            f"a hash; they count as much as {effective} with equal weights.",
            "Limits. People on one list may talk to each other and share a team: if those not invited gained or lost by the "
            "places that others had, it is in the figures. People who moved away are followed until they left.",
        )
    return (
        f"Matching: {protocol.matching.method}, up to {protocol.matching.ratio} controls each, calipers of "
        f"{protocol.matching.caliper:g} standard deviations ({protocol.matching.spread.replace('_', ' ')}) on the logit of "
        f"each score; the same {', '.join(_EXACT[name] for name in protocol.exact)}. Those taken on later are controls "
        f"until then. Controls count as much as {effective} with equal weights.",
        "Limits. People were not put into arms by chance. Matching makes them alike in what is recorded: not in what their "
        "GP saw, in who cares for them at home, or in whether they wanted help. A feed that records less of one area makes "
        "it look better. People who moved away are followed until they left.",
    )  # fmt: skip


def cut_words(found: Evaluated) -> tuple[str, ...]:
    """Return how people at the cut of lists are compared, and whether the cut looks like one."""
    assert found.cut is not None
    about = found.signed.manifest["cut"]
    density, jumps = about["density"], about["jumps"]
    off = sum(one["low"] is not None and not one["low"] <= 0 <= one["high"] for one in jumps)
    later = shown(DEFAULT.count(int(found.cut["later"].iloc[0])))
    if density["low"] is None:
        told = "Whether people were moved across the cut cannot be told: the archive does not reach far enough below it."
    else:
        whether = "no sign of" if density["low"] <= 1 <= density["high"] else "a sign of"
        told = (
            f"The density of scores just above the cut is {density['value']:.2f} times that just below "
            f"({density['low']:.2f} to {density['high']:.2f}; scores within {about['density_bandwidth']:g}): {whether} "
            "people moved across it."
        )
    return (
        "A list holds the highest scores, so people just above and just below its cut differ in little else. A line is "
        "fitted on each side, near the cut; the jump between them is what being listed does, to people near the cut and to "
        "no others. Everyone counts once, at the first list that they stood near the cut of, not having been listed before.",
        f"{about['lists']} lists had a cut to look at and {about['lists_passed_over']} had none. Of those below, {later} "
        "were listed later within the follow-up, and count below all the same: that draws the two sides together.",
        f"{told} Of {len(jumps)} things settled before, {off} differ at the cut by more than chance allows.",
    )


def trial_rows(found: Evaluated) -> list[tuple[str, str]]:
    """Return the target trial beside what was done."""
    protocol, trial = found.protocol, found.protocol.trial
    covariates = [feature for name, feature in catalogue_of_features().items() if name in protocol.covariates]
    return [
        ("Question", protocol.question), ("Eligibility", trial.eligibility), ("Strategies", trial.strategies),
        ("Assignment", BY_DRAW if protocol.is_randomised else BY_SELECTION),
        ("Time zero", trial.start), ("Outcome", trial.outcome), ("Contrast", trial.contrast),
        ("Comparator", f"{protocol.comparator.area}: {protocol.comparator.justification}"),
        ("Primary outcome", MEASURES[protocol.primary].words), ("Covariates", "; ".join(one.meaning for one in covariates)),
        ("Negative controls", ", ".join(MEASURES[name].words for name in protocol.negative_controls)),
        ("Hash of the protocol", " ".join(protocol.hash[place : place + 8] for place in range(0, 64, 8))),
    ]  # fmt: skip


def item_rows(found: Evaluated) -> list[tuple[str, str]]:
    """Return every item of RECORD and of TARGET, and where this report answers it; what it leaves open is said.

    RECORD, 13 items: Benchimol et al. 2015, PLoS Medicine 12: e1001885. TARGET, 21 items: Cashin et al. 2025, JAMA, doi
    10.1001/jama.2025.13350; its numbers are those of a public transcription of the checklist, not read from the paper.
    """
    return [*_record(found), *_target(found)]


def _record(found: Evaluated) -> list[tuple[str, str]]:
    manifest = found.signed.manifest
    people = shown(DEFAULT.count(int(found.figures["treated"])))
    return [
        ("RECORD 1.1: type of data, databases", f"the linked record of {found.site}; its manifest names the sources"),
        ("RECORD 1.2: area and time", "title and first lines"),
        ("RECORD 1.3: linkage", "one record linked by a keyed pseudonym"),
        ("RECORD 6.1: how the population was found", f"the flow; served: {manifest['served_from']}"),
        ("RECORD 6.2: validation of codes and algorithms", "not answered here: say what is known of the codes"),
        ("RECORD 6.3: flow of linkage", "not drawn here: counts of every source are in the manifest of the record"),
        (
            "RECORD 7.1: codes and algorithms of exposure, outcome, confounders",
            "the protocol; docs/reference: features, outcomes, code lists",
        ),
        ("RECORD 12.1: access to the database", "everyone in the record of the site; who was left out is in its manifest"),
        ("RECORD 12.2: cleaning of data", "rows accepted and quarantined with their problems: the manifest of the record"),
        ("RECORD 12.3: level and quality of linkage", "by person; rows without a match are counted in the manifest"),
        ("RECORD 13.1: selection of people", f"the flow; {people} matched people were served and followed"),
        (
            "RECORD 19.1: misclassification, unmeasured confounding, missing data, eligibility that changes",
            f"{_HERE}, negative controls, and how wrong it could be",
        ),
        ("RECORD 22.1: protocol, raw data, code", "the hash of the protocol; the version of the software in the manifest"),
    ]  # fmt: skip


def _target(found: Evaluated) -> list[tuple[str, str]]:
    figures = found.figures
    lost = shown(DEFAULT.count(int(figures["lost_treated"] + figures["lost_control"])))
    missing = "where a value is not known it takes the mean of those known, and a column says so"
    return [
        ("TARGET 1a, 1b, 1c: abstract", "title and 'In short'"),
        ("TARGET 2, 3, 4: background, causal question, why a trial is emulated", _TRIAL.format("question")),
        ("TARGET 5: data sources", f"the linked record of {found.site}"),
        (
            "TARGET 6a to 6h, the trial: eligibility, strategies, assignment, follow-up, outcome, contrast, assumptions",
            _TRIAL.format("the target trial, line by line"),
        ),
        ("TARGET 7a to 7h, the same as emulated here", f"{_HERE}; the flow; nothing between a start and time zero counts"),
        ("TARGET 8: selection of participants", "the flow"),
        ("TARGET 9: baseline characteristics by strategy", "the matched at time zero, and standardised differences"),
        ("TARGET 10: length and end of follow-up", f"the flow; {lost} people left before the end"),
        ("TARGET 11: missing data", missing),
        ("TARGET 12, 13: outcomes, effects in absolute and relative terms", "what happened from time zero on"),
        ("TARGET 14: additional analyses", "other designs, negative controls, how wrong it could be, subgroups"),
        ("TARGET 15: interpretation", "'In short'"),
        ("TARGET 16: limits, and where trial and emulation differ", f"{_HERE}: limits"),
        ("TARGET 17: ethics", "not answered here: the approval is in the site's governance file"),
        (
            "TARGET 18: registration of the protocol",
            "its hash, who signed it and when; not answered here: whether it was registered anywhere",
        ),
        ("TARGET 19: data, code, materials", "the version of the software in the manifest; the record stays with the site"),
        ("TARGET 20, 21: funding, conflicts of interest", "not answered here: for those who publish"),
    ]  # fmt: skip
