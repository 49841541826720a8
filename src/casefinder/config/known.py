"""When the rows of a source could be known."""

import datetime as dt

from pydantic import Field, model_validator

from casefinder.config._yaml import Settings


class Known(Settings):
    """Where the known date of a source comes from: a column of the file, one date for the whole file, or a lag.

    A column may have ``plus_days`` added; rows where it is empty fall back on ``lag_days`` after the event where that is
    given too, and are quarantined otherwise.
    """

    column: str = ""
    """Column of the file that holds the day on which the row could be known."""
    plus_days: int = Field(default=0, ge=0, le=730)
    """Days added to that column, where a file could be used only some time after the day it gives."""
    date: dt.date | None = None
    """The day on which the whole file was known; it stands alone."""
    with_extract: bool = False
    """The whole file was known on the extract date, whatever that is this week; it stands alone."""
    lag_days: int | None = Field(default=None, ge=0, le=730)
    """Days after the event on which its row was known; beside `column`, for rows where the column is empty."""

    @model_validator(mode="after")
    def _one_is_given(self) -> "Known":
        whole = (self.date is not None) + self.with_extract
        by_row = bool(self.column) or self.lag_days is not None
        if not whole and not by_row:
            choices = "'column: NAME' (the file says when), 'date: YYYY-MM-DD', 'with_extract: true', or 'lag_days: N'"
            raise ValueError(f"give {choices}")
        if whole + by_row > 1:
            raise ValueError("'date' and 'with_extract' stand alone: the whole file was known on one day")
        return self

    def on(self, extract_date: dt.date) -> "Known":
        """Return the same with its date filled in, where it goes with the extract."""
        return Known(date=extract_date) if self.with_extract else self
