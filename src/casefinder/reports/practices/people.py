"""The people of each practice: what makes practices hard to compare with one another."""

import numpy as np
import pandas as pd

from casefinder.disclosure import Column, Count, ExactTable, Label, Rate
from casefinder.practices.case_mix import AGES
from casefinder.practices.counting import Counted

OLDER, MANY, MOST_DEPRIVED = 65, 3, (1, 2)


def case_mix_table(counted: Counted, names: dict[str, str], words: str) -> ExactTable:
    """Return one row a practice: how many people, and how many are older, deprived, or live with several conditions.

    Args:
        counted: of the year.
        names: name of each practice code.
        words: the year.
    """
    mix, there = counted.case_mix, counted.practice >= 0
    last = np.where(there.any(axis=1), there.shape[1] - 1 - there[:, ::-1].argmax(axis=1), 0)
    practice = counted.practice[np.arange(len(last)), last]
    here = practice >= 0
    groups = {
        "people": np.ones(len(last), dtype=bool),
        "older": mix.band >= AGES.index(OLDER),
        "deprived": np.isin(mix.decile, MOST_DEPRIVED),
        "many": mix.conditions >= MANY,
    }
    many = len(counted.practices)
    rows = pd.DataFrame({name: np.bincount(practice[here & group], minlength=many) for name, group in groups.items()})
    rows["practice"] = [f"{names.get(code, code)} ({code})" for code in counted.practices]
    columns = (
        Column("Practice", Label("practice")),
        Column("People at any time", Count("people")),
        Column(f"Aged {OLDER} and over, %", Rate("older", "people", 100)),
        Column("In the most deprived fifth of areas, %", Rate("deprived", "people", 100)),
        Column(f"With {MANY} conditions or more, %", Rate("many", "people", 100)),
    )
    return ExactTable(
        "people", f"The people of each practice, {words}", rows[rows["people"] > 0], columns,
        "People who moved count for their last practice.",
    )  # fmt: skip
