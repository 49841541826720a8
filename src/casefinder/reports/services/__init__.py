"""The report of a service's evaluation: one publication of disclosed tables, with the pictures drawn from them."""

from casefinder.reports.services.report import service_publication

__all__ = ["service_publication"]
