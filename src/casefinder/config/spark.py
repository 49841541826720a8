"""Where Spark runs, for a site whose engine it is."""

import re

from pydantic import Field, field_validator

from casefinder.config._yaml import Settings

_CREDENTIAL = re.compile(r"(?i)secret|password|access\.key|account\.key|session\.token|\.sas\.")


class SparkSettings(Settings):
    """Where Spark runs, for a site with `engine: spark`."""

    master: str = ""
    """Master, such as local[2] or spark://HOST:7077. Empty: the session that is already there, else what spark-submit
    gives, else local[threads].
    """
    settings: dict[str, str] = Field(default_factory=dict)
    """Settings of Spark, as `spark.executor.memory: 4g`; they go before casefinder's own. A Spark that is already running
    keeps its own. A setting that holds a credential is refused.
    """

    @field_validator("settings", mode="before")
    @classmethod
    def _as_text(cls, values: object) -> object:
        if not isinstance(values, dict):
            return values
        held = [name for name in values if _CREDENTIAL.search(str(name))]
        if held:
            raise ValueError(
                f"{', '.join(held)}: credentials come from the environment or the platform, never from a setting"
            )
        return {name: str(one).lower() if isinstance(one, bool) else str(one) for name, one in values.items()}
