"""The section of a card that says what the model is."""

from casefinder.disclosure import shown
from casefinder.modelling.recalibrated import origin
from casefinder.reports.card.content import Block, Prose, Section, Table
from casefinder.reports.card.described import Described
from casefinder.reports.card.glance import glance
from casefinder.reports.card.words import NOT_KNOWN, listed, refit, served_words, unknown

TITLE = "Specification"
_NOBODY = ("not yet born", "died", "not registered with a practice")


def specification(one: Described) -> Section:
    """Return what the model is, who made it, from which records, and which version this is."""
    blocks: list[Block] = [glance(one), Table("What it is", ("", ""), _rows(one), words=True)]
    if one.about["demonstration"]:
        blocks.append(
            Prose("It was fitted on invented people, to show how the software works. No real person may be scored.")
        )
    return Section(TITLE, tuple(blocks))


def _rows(one: Described) -> list[tuple[str, str]]:
    about, from_where = one.about, one.lineage
    made = f", with casefinder {from_where['casefinder']}" if from_where.get("casefinder") else ""
    clusters = (about.get("recalibration") or {}).get("clusters")
    parts = f"{served_words(about)}, and a map from its score to a risk" + (
        ", with a term for GP clusters" if clusters else ""
    )
    return [
        ("Description", about["meaning"]),
        ("Outcome", about["outcome"]["meaning"]),
        ("Horizon", f"{about['horizon_days']} days from the index date, that day included"),
        ("Who is scored", who_is_scored(one)),
        ("Model type", parts),
        ("Version", f"{about['version']}{_origin(one)}"),
        ("Developed by", f"{about['site']}{made}"),
        ("Date", _dates(one)),
        ("People in the record", shown(from_where["people"]) if "people" in from_where else unknown(refit(about))),
        ("What is said of a risk", f"about N in 100 {about['risk_words']}"),
        ("Whom to ask", _controller(one)),
    ]


def _controller(one: Described) -> str:
    if one.governance:
        return f"{one.governance['controller']}, the data controller"
    return f"{NOT_KNOWN} here: the controller is named in the site's `governance.yaml`"


def who_is_scored(one: Described) -> str:
    """Return who is in, and which rules leave people out."""
    left_out = [rule for rule in one.about["cohort_rules"] if rule not in _NOBODY]
    return f"everyone alive who is registered with a practice, unless {listed(left_out, 'or')}"


def _origin(one: Described) -> str:
    words = origin(one.about)
    return f", a {words}" if words else ""


def _dates(one: Described) -> str:
    about = one.about
    return (
        f"records to {about['extract_date']}, tested at {about['index_dates']['test'][0]}. The day of the fit is kept "
        "in MLflow and not here, so that the same records give the same card"
    )
