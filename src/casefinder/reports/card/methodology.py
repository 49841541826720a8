"""The section of a card on methods: the two kinds of model, from record to risk, training, settings, updates."""

from collections.abc import Mapping
from typing import Any, Final

from casefinder.disclosure import shown
from casefinder.reports.card.content import Block, Bullets, Heading, Prose, Section, Table
from casefinder.reports.card.described import Described
from casefinder.reports.card.recalibration import recalibration_blocks
from casefinder.reports.card.words import command, other_words, refit, resampling, rows_of_regression, served_words, unknown

TITLE = "Methodology and training"
SETTINGS: Final = {
    "learning_rate": "size of each step", "num_leaves": "most leaves of a tree", "max_depth": "most levels of a tree",
    "min_data_in_leaf": "fewest rows in a leaf", "feature_fraction": "share of features a tree may use",
    "bagging_fraction": "share of rows a tree sees", "lambda_l2": "penalty on the values of leaves",
    "max_rounds": "most trees", "stop_after": "stop after so many trees without gain", "num_threads": "threads",
}  # fmt: skip


def methodology(one: Described) -> Section:
    """Return how the model was made and what else was considered."""
    return Section(
        TITLE,
        (*_kinds(one), *_algorithm(one), *_training(one), *_settings(one), *_sizes(one), *_services(one), *_update(one)),
    )


def _kinds(one: Described) -> list[Block]:
    return [
        Heading("Models used and why"),
        Prose(
            f"Served: {served_words(one.about)}. Considered beside it: {other_words(one.about)}, fitted on the same "
            "rows and features and tested on the same people; both stand in the bundle, and the figures of both below. "
            "Which is served is a choice of the model's file. Boosted trees find interactions and bends by themselves; "
            "regression is steadier with few events and is written down on a page. On routine records the two seldom "
            "differ by much."
        ),
    ]


def _algorithm(one: Described) -> list[Block]:
    calibration = one.about["settings"].get("calibration", "logistic")
    lines = [
        "records are linked under a pseudonym into a history of dated facts, each with the day on which it was known",
        f"at an index date {len(one.contract.names)} features are counted from facts that had happened and were known "
        "before it",
        f"the model, {served_words(one.about)}, gives each person a raw score on the log odds",
        f"a calibrator ({calibration}), fitted on people who were never fitted on, turns the score into a risk",
        "people are ranked by raw score; ties are broken by a hash of seed and person, never by the order of rows",
        "reasons are the contributions of features to the raw score, and add up to it",
    ]
    words = (
        "The risk is that of a world in which people also die: deaths stay in as no event, unless the outcome counts them. "
    )
    words += "People who leave before the window closes are weighted for, by the inverse probability of being seen."
    return [
        Heading("From record to risk"),
        Bullets(tuple(lines)),
        Prose(words),
        Heading("Feature engineering"),
        Prose(
            "Features are defined in code, with their words: counts, days since, latest values, changes and days "
            "within a stay, over windows from three months to five years. None was chosen by its relation to the "
            "outcome; every feature of the families in the model's file was offered to the fit. In the regression, "
            "counts enter as logarithms, age as a spline, and an unknown value as its mean with a flag of its own; "
            "trees take values as they are, unknown ones apart."
        ),
    ]


def _training(one: Described) -> list[Block]:
    about = one.about
    rounds = f"{about['rounds']} trees, stopped by rows kept for it" if "rounds" in about else "trees: not known"
    penalty = (
        f"; inverse strength of the regression's penalty {about['penalty']:g}, chosen on the same rows"
        if "penalty" in about
        else ""
    )
    drawn, capped = resampling(about), rows_of_regression(about)
    return [
        Heading("Training process"),
        Prose(
            f"{rounds[:1].upper()}{rounds[1:]}{penalty}. {drawn[:1].upper()}{drawn[1:]}, so risks keep the share with the "
            "outcome that the records have. The seed is fixed: the same records, settings and code give the same model, "
            "byte for byte."
        ),
        *([Prose(capped)] if capped else []),
    ]


def _settings(one: Described) -> list[Block]:
    settings = one.about["settings"]
    trees = settings.get("trees", {})
    rows = [(SETTINGS.get(name, name.replace("_", " ")), f"{value:g}") for name, value in trees.items()]
    strengths = settings.get("logistic", {}).get("strengths", ())
    rows.append(("inverse strengths of the regression's penalty tried", ", ".join(f"{one:g}" for one in strengths)))
    rows.append(("seed", str(settings.get("seed", "not known"))))
    blocks: list[Block] = [Heading("Settings"), Table("Settings of the fit", ("setting", "value"), rows, folded=True)]
    return [*blocks, Prose(_search(one))]


def _search(one: Described) -> str:
    found = one.about.get("tuning")
    if not found:
        return (
            "The settings are those of the model's file; no search was made. To search, type "
            f"`{refit(one.about, '--tune 30')}`."
        )
    return (
        f"The settings of the trees are the best of {found['trials']} tries, by log loss on the rows kept for stopping, "
        f"of which no figure is reported: {found['log_loss_best']:.5f}, with the file's settings "
        f"{found['log_loss_given']:.5f}."
    )


def _sizes(one: Described) -> list[Block]:
    sizes = one.about.get("sample_size")
    heading = Heading("How many people are needed")
    if not sizes:
        return [heading, Prose(f"People needed to fit and to test: {unknown(refit(one.about))}.")]
    rows = [
        (words, f"{sizes[part]['people']:,}", f"{sizes[part]['events']:,}", shown(sizes[part]["available"]),
         "yes" if sizes[part]["enough"] else "no")
        for part, words in (("development", "to fit"), ("validation", "to test"))
    ]  # fmt: skip
    words = (
        f"Worked out before the fit, for {sizes['parameters']} features, {100 * sizes['prevalence']:.1f} in 100 with "
        f"the outcome and an expected c-statistic of {sizes['anticipated_c_statistic']:g} "
        f"({sizes['anticipated_from']}); Riley and others 2020, BMJ 368:m441."
    )
    table = Table("People needed and at hand", ("", "people needed", "with the outcome", "people at hand", "enough"), rows)
    return [heading, Prose(words), table]


def _services(one: Described) -> list[Block]:
    found: Mapping[str, Any] | None = one.about.get("served_people")
    heading = Heading("People who had a service")
    if found is None:
        words = "Whether services reached the people fitted on is not known. Where they did, a version learns what they did."
        return [heading, Prose(words)]
    learnt = "so many that a version learns what services did" if found.get("is_learnt") else "too few to be learnt from"
    words = (
        f"A service began inside the window of {shown(found.get('served'))} of {shown(found.get('rows'))} rows fitted "
        f"on: {learnt}."
    )
    held = one.about.get("hold_out")
    if held:
        words += (
            f" {shown(held.get('reached_by_a_list'))} rows that a list reached were left out; "
            f"{shown(held.get('held_out_in_their_stead'))} rows of people held out of lists weigh for them."
        )
    return [heading, Prose(words, warning=bool(found.get("is_learnt")))]


def _update(one: Described) -> list[Block]:
    record = one.about.get("recalibration")
    heading = Heading("Recalibration")
    if not record:
        words = (
            "This version was fitted, and is no recalibration of another. As it ages, how much of it must change is "
            "tested by "
        )
        typed = command(f"recalibrate {one.about['name']}")
        return [heading, Prose(f"{words}`{typed}`.")]
    return [heading, *recalibration_blocks(record)]
