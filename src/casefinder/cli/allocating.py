"""``casefinder allocate``: fair shares by need."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from casefinder.cli.options import SitePath, WorkspacePath, opened
from casefinder.cli.terminal import Terminal, explained

_AsOf = Annotated[str, typer.Option("--as-of", help="The date of the lists, YYYY-MM-DD: whose people share the pot.")]
_Pot = Annotated[float, typer.Option("--pot", help="Pounds to share.")]
_Current = Annotated[
    Path | None,
    typer.Option("--current", help="A CSV file of today's budgets: practice_code, budget. Default: those of the record."),
]
_By = Annotated[Literal["practice", "cluster", "place"], typer.Option("--by", help="Who gets a share.")]
_Grouping = Annotated[
    Path | None,
    typer.Option("--grouping", help="A CSV file of any other grouping: practice_code, group. Stands above --by."),
]
_Cap = Annotated[
    str, typer.Option("--cap", help="Highest cost of a person in a year: a centile (99.5%), pounds (25000), or none.")
]
_Model = Annotated[
    str, typer.Option("--model", help="age_sex, diagnoses, area, supply, parsimonious, tweedie, two_part or trees.")
]
_ListSizes = Annotated[
    Path | None,
    typer.Option("--list-sizes", help="Published list sizes by sex and age: CODE, SEX, AGE_GROUP_5, NUMBER_OF_PATIENTS."),
]
_Unmet = Annotated[
    float, typer.Option("--unmet-need", help="Part of the pot that goes by deprivation instead, such as 0.1.")
]
_UnmetRatio = Annotated[
    float,
    typer.Option("--unmet-need-ratio", help="There, what a person in the most deprived tenth counts over one in the least."),
]
_Floor = Annotated[
    float | None, typer.Option("--floor", help="Pace of change: least growth of a budget, such as -0.02. Default: no pace.")
]
_Ceiling = Annotated[float | None, typer.Option("--ceiling", help="Pace of change: most growth, such as 0.05.")]
_FitAt = Annotated[
    str | None, typer.Option("--fit-at", help="First day of the year to fit on. Default: the latest complete one.")
]
_Refit = Annotated[bool, typer.Option("--refit", help="Fit again, even where the same was fitted before.")]
_Out = Annotated[Path | None, typer.Option("--out", help="Folder for workbook, page and tables. Default: in the workspace.")]


def allocate(
    as_of: _AsOf,
    workspace: WorkspacePath,
    pot: _Pot = 100_000_000.0,
    current: _Current = None,
    by: _By = "practice",
    grouping: _Grouping = None,
    cap: _Cap = "99.5%",
    model: _Model = "supply",
    list_sizes: _ListSizes = None,
    unmet_need: _Unmet = 0.0,
    unmet_need_ratio: _UnmetRatio = 10.0,
    floor: _Floor = None,
    ceiling: _Ceiling = None,
    fit_at: _FitAt = None,
    refit: _Refit = False,
    out: _Out = None,
    site: SitePath = None,
) -> None:
    """Share a pot by what people of each practice will need: need, target, distance from today's budget, with intervals."""
    with explained(Terminal()) as terminal:
        from casefinder.commands.allocating import AllocationAsked, run_allocate
        from casefinder.dates import parse_date

        asked = AllocationAsked(
            parse_date(as_of, "--as-of"), pot, cap, model, by, grouping, current, list_sizes, unmet_need, unmet_need_ratio,
            floor, ceiling, parse_date(fit_at, "--fit-at") if fit_at else None, refit, out,
        )  # fmt: skip
        run_allocate(opened(site, workspace, "allocate", terminal), asked, terminal)
