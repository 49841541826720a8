"""Reports for commissioners: one workbook, one page and a CSV file a table, made of disclosed tables only.

    made = Publication(
        name="practices-emergency_admissions-2024",
        title="Practices: emergency admissions, 2024",
        about="Demonstration district, 1 January to 31 December 2024",
        summary=("3 of 21 practices differ from expectation by more than chance explains.",),
        parts=(Part("Practices against expectation", disclosed(table), chart=funnel(...)),),
        notes=("How it was counted.",),
        made=dt.date(2025, 3, 1),
        demonstration=True,
    )
    publish(made, folder)

A part is a table with, if it has one, the chart drawn from that table, so every chart has its table beside it. Words of the
summary and the notes must be made of disclosed figures too: take them from the tables, or from ``Policy``.
"""

from casefinder.reports.published.content import Chart, Part, Publication
from casefinder.reports.published.files import publish

__all__ = ["Chart", "Part", "Publication", "publish"]
