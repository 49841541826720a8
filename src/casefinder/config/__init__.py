"""Settings: YAML in, frozen records out, once, at the edge. Nothing else in the package reads YAML."""

from casefinder.config.governance import Governance, Use, load_governance
from casefinder.config.model import ModelSettings, load_model
from casefinder.config.site import ListSettings, Site, SourceSettings, load_site
from casefinder.config.spark import SparkSettings

__all__ = [
    "Governance",
    "ListSettings",
    "ModelSettings",
    "Site",
    "SourceSettings",
    "SparkSettings",
    "Use",
    "load_governance",
    "load_model",
    "load_site",
]
