"""The card of a model: what it is for, how it was made, how good it is, what it must not be used for."""

from collections.abc import Mapping, Sequence
from typing import Any

from casefinder.disclosure import WITHHELD, shown
from casefinder.modelling.train import Fitted
from casefinder.reports.recalibration import recalibration_section

KINDS = {"trees": "gradient-boosted trees (LightGBM)", "logistic": "penalised logistic regression"}

CALIBRATION = "Calibration by cluster"
SECTIONS = ("Specification", "Intended use", "Data", "Performance", CALIBRATION, "Features", "Limits")
"""Sections without which a card is not complete."""

GROUP_HEADING = ("group", "people", "events", "O/E", "interval", "shrunken", "interval of shrunken", "note")


def model_card(about: Mapping[str, Any], fitted: Fitted) -> str:
    """Return the card in Markdown. Every figure comes from ``about``, which holds only what may leave the workspace."""
    parts = [
        _title(about),
        _specification(about),
        _use(about),
        _data(about),
        *([recalibration_section(about)] if about.get("recalibration") else []),
        _performance(about),
        _by_group(about),
        _features(fitted),
        _limits(about),
    ]
    return "\n\n".join(parts) + "\n"


def _title(about: Mapping[str, Any]) -> str:
    warning = (
        "\n\n**A demonstration model, fitted on invented people. It knows nothing about real ones.**"
        if about["demonstration"]
        else ""
    )
    return f"# {about['name']}, version {about['version']}\n\n{about['meaning']}{warning}"


def _specification(about: Mapping[str, Any]) -> str:
    rows = [
        ("Outcome", about["outcome"]["meaning"]),
        ("Horizon", f"{about['horizon_days']} days from the index date, day 0 included"),
        ("Who is scored", "; ".join(f"not: {rule}" for rule in about["cohort_rules"])),
        (
            "Model",
            f"{about['served']}: {KINDS[about['served']]}",
        ),
        ("Trees", f"{about['rounds']} rounds, stopped on people {'and a date ' if about['temporal'] else ''}kept for it"),
        ("Risk shown", "calibrated on people never fitted on; rank is by raw score"),
        ("Deaths", "stay in as no event: the risk is that of a world in which people also die"),
        ("People who leave", "weighted by the inverse probability of being seen"),
        ("Site", about["site"]),
        ("Records to", about["extract_date"]),
    ]
    return _table("Specification", ("", ""), rows)


def _use(about: Mapping[str, Any]) -> str:
    return (
        "## Intended use\n\nTo put people forward for discussion by a team that knows them. "
        "A person decides, never the score.\n\n"
        "Not for: diagnosis, treatment, refusing care, performance of a practice, sharing money, "
        "or any group left out above. "
        "A deployer who changes this purpose must assess it again (docs/safety)."
    )


def _data(about: Mapping[str, Any]) -> str:
    dates = about["index_dates"]
    rows = [(part, ", ".join(dates[part]), shown(about["rows"][part]), shown(about["events"][part])) for part in dates]
    split = (
        "The test date lies after every training outcome had closed, and nobody tested was trained on."
        if about["temporal"]
        else "**Not a temporal test: same date, other people.** Nobody tested was trained on."
    )
    lacking = ", ".join(about["not_supplied"][:8])
    more = f" and {len(about['not_supplied']) - 8} more" if len(about["not_supplied"]) > 8 else ""
    missing = f"\n\nFeatures that no feed supplies (empty, never zero): {lacking}{more}." if lacking else ""
    attrition = [(one["rule"], shown(one["left_out"]), shown(one["left"])) for one in about["attrition"]]
    return "\n\n".join(
        [
            _table("Data", ("part", "index dates", "rows", "events"), rows),
            split + missing,
            _table("Who was left out at the test date", ("rule", "left out", "left"), attrition, level=3),
        ]
    )


def _performance(about: Mapping[str, Any]) -> str:
    served, other = about["figures"], about["figures_of_other"]
    rows = [(name.replace("_", " "), _figure(served.get(name)), _figure(other.get(name))) for name in served]
    heading = ("on the test people", f"{about['served']} (served)", "the other model")
    return _table("Performance", heading, rows)


def _by_group(about: Mapping[str, Any]) -> str:
    """Return calibration by cluster, practice and characteristic, worst kept in its place: no rank is given."""
    tables = about["calibration"]
    parts = [_table(CALIBRATION, GROUP_HEADING, [_group_row(row) for row in tables["cluster"]["rows"]])]
    parts.append(
        "O/E is observed over expected: above 1 the model predicts too little. Shrunken is each group's odds ratio against "
        "the average group, drawn towards 1 as far as its size demands. Limits are those of the rounded count. A group's "
        "figure mixes unmeasured need, coding, access and care: it says where risks are wrong, not who gives good care."
    )
    parts.append(_table("By practice", GROUP_HEADING, [_group_row(row) for row in tables["practice"]["rows"]], level=3))
    rows = [(row["characteristic"], *_group_row(row)[:5], row["note"]) for row in tables["subgroups"]["rows"]]
    heading = ("characteristic", "group", "people", "events", "O/E", "interval", "note")
    return "\n\n".join([*parts, _table("By characteristic", heading, rows, level=3)])


def _group_row(row: Mapping[str, Any]) -> tuple[str, ...]:
    counts = (str(row["group"]), shown(row["people"]), shown(row["events"]))
    shrunken = _between(row, "shrunken_low", "shrunken_high")
    ratios = (_two(row["ratio"]), _between(row, "low", "high"), _two(row.get("shrunken")), shrunken)
    return (*counts, *ratios, row["note"])


def _two(ratio: float | None) -> str:
    return WITHHELD if ratio is None else f"{ratio:.2f}"


def _between(row: Mapping[str, Any], low: str, high: str) -> str:
    return f"{row[low]:.2f} to {row[high]:.2f}" if row.get(low) is not None else WITHHELD


def missing_sections(card: str) -> list[str]:
    """Return the sections that a card lacks, or that hold nothing.

    >>> missing_sections("# m\\n\\n## Limits\\n\\nSome.\\n")[:2]
    ['Specification', 'Intended use']
    """
    found = {}
    for part in card.split("\n## ")[1:]:
        title, _, rest = part.partition("\n")
        found[title.strip()] = rest.strip()
    return [name for name in SECTIONS if not found.get(name)]


def _features(fitted: Fitted) -> str:
    return f"## Features\n\n{len(fitted.contract.names)} features; each with its meaning in docs/reference/features.md."


def _limits(about: Mapping[str, Any]) -> str:
    caveat = f"{about['outcome']['caveat']} " if about["outcome"]["caveat"] else ""
    return (
        f"## Limits\n\n{caveat}Admission and entry are use of services, not need: people with poor access look healthy. "
        "High risk is not "
        "the same as able to be helped. In the one large trial in the UK, giving practices a score raised emergency "
        "admissions by about "
        "1 in 100 (PRISM: Snooks 2019, BMJ Qual Saf 28:697). Check calibration on your own people before use, "
        "and again as it ages."
    )


def _table(title: str, heading: tuple[str, ...], rows: Sequence[tuple[str, ...]], level: int = 2) -> str:
    lines = [f"{'#' * level} {title}", "", f"| {' | '.join(heading)} |", f"|{'---|' * len(heading)}"]
    return "\n".join([*lines, *(f"| {' | '.join(str(cell) for cell in row)} |" for row in rows)])


def _figure(value: object) -> str:
    return "*" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
