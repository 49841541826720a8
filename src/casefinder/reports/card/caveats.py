"""The section of a card on caveats: what such models cannot do, and what is weak about this one."""

from casefinder.reports.card.content import Block, Bullets, Heading, Section
from casefinder.reports.card.described import Described
from casefinder.reports.card.groups import weak

TITLE = "Caveats and limitations"
_PARTS = {"development": "to fit it", "validation": "to test it"}
PRISM = (
    "In the one large randomised trial in the UK, giving practices a score raised emergency admissions by about 1 in "
    "100, without evidence of benefit (PRISM: Snooks and others 2019, BMJ Qual Saf 28:697)."
)


def caveats(one: Described) -> Section:
    """Return what such models cannot do, and what is weak about this one."""
    blocks: list[Block] = [Bullets(tuple(_lines(one))), Heading("Known weak groups"), *weak(one.about)]
    return Section(TITLE, tuple(blocks))


def _lines(one: Described) -> list[str]:
    about = one.about
    found = [
        PRISM,
        "Use of services is not need: people with poor access look healthy in records.",
        "High risk is not the same as able to be helped.",
        "Risks rest on one site's records, coding and services. Check calibration on your own people before use, and "
        "as it ages.",
        "A risk belongs to one date and one version; it is no label that stays with a person.",
    ]
    if about["outcome"]["caveat"]:
        found.insert(1, about["outcome"]["caveat"])
    if not about["temporal"]:
        found.append("The test was not temporal: figures may flatter it.")
    if about["not_supplied"]:
        found.append(f"{len(about['not_supplied'])} features have no feed at this site and are empty for everyone.")
    sizes = about.get("sample_size")
    if sizes:
        short = [words for part, words in _PARTS.items() if not sizes[part]["enough"]]
        if short:
            found.append(
                f"There were fewer people than are needed {' and '.join(short)}; risks are less sure than they look."
            )
    if about.get("served_people", {}).get("is_learnt"):
        found.append("Services reached so many of the people fitted on that this version puts such people too low.")
    return found


def opening(one: Described) -> tuple[str, ...]:
    """Return what must be known before anything else, for the top of the card."""
    about, found = one.about, []
    if about["demonstration"]:
        found.append(
            "Demonstration only: a demonstration model, fitted on invented people. It knows nothing about real ones."
        )
    if not about["temporal"]:
        found.append("Not a temporal test: same date, other people.")
    if about.get("recalibration"):
        found.append(
            f"A recalibration of version {about['recalibration']['of']}: the same model, another map from score to risk."
        )
    return tuple(found)
