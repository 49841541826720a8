"""Results on disk: one JSON file a benchmark, and one page with a table of them all."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from benchmarks.machine import commit, describe

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Figure:
    """One figure beside its bound; ``bound`` is None where a figure is only shown."""

    what: str
    measured: float
    unit: str
    bound: float | None = None
    side: Literal["at most", "at least"] = "at most"

    @property
    def held(self) -> bool | None:
        """Whether the bound held."""
        if self.bound is None:
            return None
        return self.measured <= self.bound if self.side == "at most" else self.measured >= self.bound

    def content(self) -> dict[str, Any]:
        """Return the figure as plain values."""
        return {**asdict(self), "held": self.held}


def write(results: Path, name: str, title: str, figures: Sequence[Figure], notes: Sequence[str], details: Any) -> None:
    """Write the results of a benchmark, and the page of all results anew.

    Args:
        results: the folder of results.
        name: name of the benchmark.
        title: what it measures.
        figures: the figures beside their bounds.
        notes: sentences that say what was measured on what.
        details: everything else measured, as plain values.
    """
    results.mkdir(parents=True, exist_ok=True)
    content = {
        "name": name,
        "title": title,
        "commit": commit(),
        "machine": describe(),
        "figures": [one.content() for one in figures],
        "notes": list(notes),
        "details": details,
    }
    (results / f"{name}.json").write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    write_page(results)


def write_page(results: Path) -> None:
    """Write README.md from every result that has figures."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(results.glob("*.json"))]
    found = [one for one in found if isinstance(one, dict) and "figures" in one and "machine" in one]
    parts = [
        "# Benchmarks",
        "",
        "Written by `make bench`; not to be edited by hand. Each benchmark alone: `python -m benchmarks NAME`.",
    ]
    for one in found:
        parts += ["", *_section(one)]
    (results / "README.md").write_text("\n".join(parts) + "\n", encoding="utf-8")


def _section(one: dict[str, Any]) -> list[str]:
    lines = [f"## {one['name']}: {one['title']}", "", "| what | measured | bound | held |", "|---|---:|---:|---|"]
    for figure in one["figures"]:
        measured, bound = (_with_unit(figure[name], figure["unit"]) for name in ("measured", "bound"))
        limit = f"{figure['side']} {bound}" if bound else ""
        held = {True: "yes", False: "**no**", None: ""}[figure["held"]]
        lines.append(f"| {figure['what']} | {measured} | {limit} | {held} |")
    lines += ["", *(f"- {note}" for note in one["notes"])]
    return [*lines, f"- Commit {one['commit']}. {_machine(one['machine'])}"]


def _machine(about: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in about["libraries"].items())
    return (
        f"{about['processor']}, {about['cores']} cores (load of {about.get('load_at_start', 'not known')} as it began), "
        f"{about['memory_gb']} GB of memory, {about['system']}, "
        f"Python {about['python']}, {versions}."
    )


def _with_unit(value: float | None, unit: str) -> str:
    return "" if value is None else f"{_number(value)} {unit}".rstrip()


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:,.2f}"
