"""The part of a card on how a version was recalibrated: the closed test, the change made, and terms of clusters."""

from collections.abc import Mapping
from typing import Any

from casefinder.reports.card.content import Block, Bullets, Prose, Table
from casefinder.reports.recalibration import TEST_HEADING, cluster_words, rows_of_test, update_words, words_of_test


def recalibration_blocks(record: Mapping[str, Any]) -> list[Block]:
    """Return what was tested and changed.

    Args:
        record: ``about["recalibration"]`` of a bundle: disclosed figures only.
    """
    words = (
        f"Version {record['of']} recalibrated: the same trees and logistic regression, {update_words(record)}. How much "
        "had to change was settled by a closed test on later people: the least change that fits no worse than the "
        "fullest model, which is logistic regression without a penalty on the log odds of the risk and "
        f"{record['fullest_has']} columns that add to it, made from {', '.join(record['predictors'])} (Vergouwe and "
        "others 2017, Stat Med 36:4529)."
    )
    found: list[Block] = [Prose(words), Bullets(tuple(words_of_test(record)))]
    found.append(Table("The closed test", TEST_HEADING, rows_of_test(record)))
    return found + (_terms(record["clusters"]) if record.get("clusters") else [])


def _terms(clusters: Mapping[str, Any]) -> list[Block]:
    rows = [(name, f"{term:+.2f}") for name, term in clusters["terms"].items()]
    how_far = cluster_words(clusters)
    words = (
        "A term of the GP cluster is part of the risk, and no part of the raw score or of any reason. It is shrunken "
        "towards the average cluster and mixes unmeasured need, coding, access and care: it serves the risk of a "
        f"person, and never the sharing of money or the comparison of practices. {how_far[:1].upper()}{how_far[1:]}."
    )
    return [Prose(words), Table("Terms of clusters", ("cluster", "added to the log odds"), rows)]
