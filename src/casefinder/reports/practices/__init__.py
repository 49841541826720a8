"""A comparison of practices for commissioners: words, tables, charts."""

from casefinder.reports.practices.people import case_mix_table
from casefinder.reports.practices.report import practice_report
from casefinder.reports.practices.words import summary_words

__all__ = ["case_mix_table", "practice_report", "summary_words"]
