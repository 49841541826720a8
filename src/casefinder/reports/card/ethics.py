"""The section of a card on fairness and safety, from what was measured and from the hazard log."""

from casefinder.reports.card.content import Bullets, Heading, Prose, Section
from casefinder.reports.card.described import Described
from casefinder.reports.card.groups import short_of_places
from casefinder.reports.card.words import evaluation, listed, no_evaluation

TITLE = "Ethical considerations"


def ethics(one: Described) -> Section:
    """Return what is known of bias and fairness, and what guards safety."""
    return Section(
        TITLE,
        (
            Heading("Bias and fairness"),
            Prose(_fairness(one)),
            Prose(
                "The outcome is use of care. Where a group finds care hard to reach, or is coded less, the model "
                "learns that it needs less, and good calibration in that group is no proof that it is served fairly. "
                "Thresholds are the same for everybody, and no group's risks were adjusted."
            ),
            Heading("Safety"),
            Bullets(
                (
                    "a person who can look at the full record decides about each row; nothing follows from a score alone",
                    "deaths, registrations and objections are checked again when a list is made, and stale records stop it",
                    "reasons explain the score and not what to do; sensitive codes are never spoken",
                    "a version is promoted by a named person through stated gates, and can be rolled back",
                    "hazards, their controls and what remains for the deployer stand in docs/safety; no clinical "
                    "safety officer has signed for this version here",
                )
            ),
        ),
    )


def _fairness(one: Described) -> str:
    found = evaluation(one.about)
    if found is None:
        return f"Yield and ranking by group: {no_evaluation(one.about)}."
    names = list(dict.fromkeys(row["characteristic"] for row in found["equity"]["rows"]))
    if not names:
        return "Groups: not known, no characteristic was recorded."
    words = (
        f"Looked at by {listed(names)}. Groups whose share of the list is less than four fifths of their share of the "
        "outcome (in brackets the one over the other): "
    )
    short = listed(short_of_places(one.about) or [])
    return (
        f"{words}{short}. That is about places on a short list; risks of such a group may "
        "still be right and well ranked, as under Caveats. Figures of small lists swing; intervals stand in the table above."
    )
