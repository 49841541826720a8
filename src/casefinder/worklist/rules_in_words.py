"""The rules of a list as sentences, for those who read it."""

from casefinder.config import ListSettings
from casefinder.config.site import HoldOut
from casefinder.dates import plain


def rules_in_words(settings: ListSettings) -> list[str]:
    """Return the rules of a list as sentences."""
    rules = settings.rules
    said = [
        (True, "People who have died, moved away or objected are removed when the list is made."),
        (rules.care_home_residents, "People who live in a care home are left out."),
        (rules.on_caseload, f"People on the caseload of {', '.join(rules.caseloads) or 'any service'} are left out."),
        (rules.end_of_life_register, "People on the end-of-life register are left out."),
        (
            rules.discussed_within_weeks > 0,
            f"People discussed in the last {rules.discussed_within_weeks} weeks are left out.",
        ),
        (
            rules.declined_within_weeks > 0,
            f"People who declined in the last {rules.declined_within_weeks} weeks are left out.",
        ),
    ]
    found = [words for on, words in said if on]
    return [*found, hold_out_words(settings.hold_out)] if settings.hold_out else found


def hold_out_words(hold_out: HoldOut) -> str:
    """Return the hold-out of a site as a rule of its lists."""
    approved = f" (approval {hold_out.approval})" if hold_out.approval else ""
    return (
        f"By agreement{approved}, from {plain(hold_out.starts)} on {100 * hold_out.share:g} in 100 people, drawn by chance, "
        "are put on no list by their score, so that later models can be fitted on what happens without lists. Nobody is "
        "told who they are, so absence from the list means nothing: discuss anyone you are concerned about, listed or not."
    )
