"""Why a score is what it is: contributions that add up, grouped by idea, in plain words."""

from casefinder.explain.reasons import Explained, Explainer, Reason

__all__ = ["Explained", "Explainer", "Reason"]
