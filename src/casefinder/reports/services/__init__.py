"""The reports of a service's evaluation and of its design: disclosed tables, with the pictures drawn from them."""

from casefinder.reports.services.report import design_publication, service_publication

__all__ = ["design_publication", "service_publication"]
