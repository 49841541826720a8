"""What a reader with one minute should know of a version: how it ranks, whether risks are right, what a list finds, who is
served worse.
"""

from casefinder.disclosure import WITHHELD, shown
from casefinder.reports.card.content import Table
from casefinder.reports.card.described import Described
from casefinder.reports.card.groups import short_of_places, weak_groups
from casefinder.reports.card.words import listed, measured, refit, share, tested_at, unknown

TITLE = "At a glance"


def glance(one: Described) -> Table:
    """Return a short table in words; the sections below hold all figures."""
    about, figures = one.about, one.about["figures"]
    tested = f"{shown(figures.get('people'))} people never fitted on, {shown(figures.get('events'))} with the outcome"
    rows = [
        ("Tested on", f"{tested}, at {tested_at(about)}"),
        ("How well it ranks people", f"c-statistic {measured(figures, 'c_statistic')}; 0.5 is chance, 1 is perfect"),
        ("Whether risks are right", f"observed over expected {measured(figures, 'observed_expected')}; 1 is right"),
        ("What a list finds", _list(one)),
        ("Who is served worse", _worse(one)),
    ]
    return Table(TITLE, ("", ""), rows, words=True)


def _list(one: Described) -> str:
    figures, top = one.about["figures"], f"{100 * one.about['settings']['list_share']:g} in 100"
    found, of_all = figures.get("ppv_at_k"), figures.get("sensitivity_at_k")
    if found is None or of_all is None:
        return f"of the {top} people at highest risk: {WITHHELD}, too few to tell"
    return (
        f"of the {top} people at highest risk, {share(found)} had the outcome; they were {share(of_all)} of all who had it, "
        "so most who had it stand on no list"
    )


def _worse(one: Described) -> str:
    found = weak_groups(one.about)
    if found is None:
        return unknown(refit(one.about))
    weak = listed(found) if found else "no group that could be measured; some were too small to say"
    short = short_of_places(one.about)
    if short is None:
        return f"in risks and ranking: {weak}"
    places = listed(short) if short else "no group that could be measured"
    return (
        f"in risks and ranking: {weak}. In places on the list, less than four fifths of its share of the outcome: {places}"
    )
