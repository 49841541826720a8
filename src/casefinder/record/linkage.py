"""How well the sources linked: the share of each source's accepted rows whose person the record knows, also by practice."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ibis
from ibis import _

from casefinder.engines import Engine
from casefinder.record.intake import SourceFiles


def linkage(
    engine: Engine, sources: Sequence[SourceFiles], typed: Mapping[str, Path], known: ibis.Table
) -> dict[str, dict[str, Any]]:
    """Return the share of accepted rows that found their person, by source.

    Args:
        engine: runs the work.
        sources: the sources of the site.
        typed: the typed rows of each.
        known: ``person_id`` of everyone whom any source describes, those left out of the record among them.

    Returns:
        by source: ``linked_share``, and ``linked_by_practice`` where its rows name a practice.
    """
    everyone = known.select("person_id", is_known=True).distinct()
    found: dict[str, dict[str, Any]] = {}
    for source in sources:
        if not source.extract.person:
            continue
        rows = engine.read(typed[source.name]).filter(_.problem.isnull())
        practice = source.extract.practice
        named = rows.select("person_id", practice=rows[practice] if practice else ibis.null("string"))
        joined = named.left_join(everyone, "person_id")
        grouped = joined.group_by("practice").agg(rows=_.count(), linked=_.is_known.notnull().sum()).order_by("practice")
        counted = engine.fetch(grouped).to_pylist()
        total = sum(one["rows"] for one in counted)
        if total:
            found[source.name] = {
                "linked_share": round(sum(one["linked"] for one in counted) / total, 4),
                "linked_by_practice": {
                    one["practice"]: round(one["linked"] / one["rows"], 4) for one in counted if one["practice"] is not None
                },
            }
    return found
