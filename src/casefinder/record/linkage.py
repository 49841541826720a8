"""How well the sources linked: the share of each source's accepted rows whose person the record knows, also by practice."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ibis
from ibis import _

from casefinder.engines import Engine
from casefinder.record.reading import SourceFiles


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
    named = [_named(engine, source, typed[source.name]) for source in sources if source.extract.person]
    joined = (ibis.union(*named) if len(named) > 1 else named[0]).left_join(everyone, "person_id")
    grouped = joined.group_by("source", "practice").agg(rows=_.count(), linked=_.is_known.notnull().sum())
    counted: dict[str, list[dict[str, Any]]] = {}
    for one in engine.fetch(grouped.order_by("source", "practice")).to_pylist():
        counted.setdefault(one["source"], []).append(one)
    return {source: _shares(rows) for source, rows in counted.items()}


def _named(engine: Engine, source: SourceFiles, typed: Path) -> ibis.Table:
    """Return the person and the practice of each accepted row of a source."""
    rows = engine.read(typed).filter(_.problem.isnull())
    practice = source.extract.practice
    named = rows[practice] if practice else ibis.null("string")
    return rows.select("person_id", source=ibis.literal(source.name), practice=named)


def _shares(counted: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the share linked of one source, and of each practice that its rows name."""
    return {
        "linked_share": round(sum(one["linked"] for one in counted) / sum(one["rows"] for one in counted), 4),
        "linked_by_practice": {
            one["practice"]: round(one["linked"] / one["rows"], 4) for one in counted if one["practice"] is not None
        },
    }
