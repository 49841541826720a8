"""The section of a card that says what the model is for, who uses it, and what it must not be used for."""

from casefinder.reports.card.content import Bullets, Heading, Prose, Section
from casefinder.reports.card.described import Described

TITLE = "Intended use"
NOT_FOR = (
    "diagnosis, or choosing, stopping, refusing or delaying care for anybody",
    "a decision without a person: the score proposes whom to discuss, and a team that can look at the full record decides",
    "emergencies, wards, ambulance or 111 queues: the records are days to months late",
    "children or anybody else whom the rules leave out, other places, other outcomes or later years without a check",
    "judging a practice or a clinician, or sharing out money or staff: use of care is not need",
    "saying that a service worked because the people listed were admitted less afterwards: that is regression to the mean",
    "insurance, employment, benefits, housing, immigration or policing",
)
"""What the model must not be used for; docs/safety/not-for.md has the reasons."""


def intended_use(one: Described) -> Section:
    """Return background, scope, users and uses that are out of scope."""
    about = one.about
    short = about["outcome"].get("short") or "the outcome"
    return Section(
        TITLE,
        (
            Heading("Background"),
            Prose(
                "A team can talk about a few people a week. This model puts the registered people of a practice in "
                f"order by how likely {short} is within {about['horizon_days']} days, from what linked records held "
                "before the index date, so that the team can begin with those at the top. It adds to what a team "
                "notices by itself."
            ),
            Heading("Scope"),
            Prose(
                "To put people forward for discussion by a team that knows them. A person decides, never the score. "
                "Being low or absent on a list says nothing about anybody's need."
            ),
            Heading("Intended users"),
            Bullets(
                (
                    "teams of general practice and neighbourhoods, who read a list and decide about each person on it",
                    "analysts of the deploying organisation, who link records, fit versions and make lists",
                    "clinical safety and information governance leads, who approve versions and purposes by this card",
                )
            ),
            Heading("Out of scope"),
            Prose("Not for:"),
            Bullets(NOT_FOR),
            Prose("A deployer who changes this purpose makes another product and must assess it again (docs/safety)."),
        ),
    )
