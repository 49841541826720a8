"""Code lists and value sets, read from CSV: ICD-10 and 9, OPCS-4, SNOMED CT, BNF, and the NHS's own value sets.

One list is one CSV file. Lines that begin with ``#`` at its top are ``key: value`` notes: ``meaning``, ``source`` and
``licence`` must be there. The columns are ``system`` and ``code``, and where needed ``match`` (``exact`` or
``prefix``), ``group`` (codes that count as one idea), ``weight`` (of the group), ``first_date`` and ``last_date`` (when
the code was in use) and ``meaning``. A site that gives a folder of its own replaces lists of the same name.
"""

import csv
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from casefinder.errors import ConfigError, Problem, one_of
from casefinder.shipped import shipped

SYSTEMS = ("icd10", "icd9", "opcs4", "snomed", "bnf", "loinc", "rxnorm", "cms", "nhs", "local")
"""Code systems that a fact may be coded in; ``nhs`` covers the data dictionary's short value sets."""


@dataclass(frozen=True)
class Code:
    """One line of a code list."""

    system: str
    code: str
    prefix: bool = False
    group: str = ""
    weight: float = 1.0
    first_date: dt.date | None = None
    last_date: dt.date | None = None
    meaning: str = ""

    def covers(self, code: str) -> bool:
        """Say whether this line covers a code written without dot or padding."""
        return code.startswith(self.code) if self.prefix else code == self.code


@dataclass(frozen=True)
class CodeList:
    """A named list of codes, with where it came from."""

    name: str
    meaning: str
    source: str
    licence: str
    codes: tuple[Code, ...]

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups in the order in which the file first names them."""
        return tuple(dict.fromkeys(code.group for code in self.codes))

    def group(self, name: str) -> "CodeList":
        """Return the part of the list that belongs to one group.

        Raises:
            KeyError: the list has no such group.
        """
        codes = tuple(code for code in self.codes if code.group == name)
        if not codes:
            raise KeyError(f"code list '{self.name}' has no group '{name}'; {one_of(name, self.groups)}")
        return CodeList(f"{self.name}:{name}", f"{self.meaning}: {name}", self.source, self.licence, codes)

    def values(self) -> tuple[str, ...]:
        """Return the bare codes in the order of the file."""
        return tuple(code.code for code in self.codes)

    def by_group(self) -> dict[str, str]:
        """Return code to group, for value sets whose codes are exact."""
        return {code.code: code.group for code in self.codes}

    def covers(self, system: str, code: str) -> bool:
        """Say whether any line of the list covers this code of this system."""
        return any(line.system == system and line.covers(code) for line in self.codes)


class CodeLists(Mapping[str, CodeList]):
    """Every code list at hand, by name; ``name:group`` gives one group of a list."""

    def __init__(self, lists: Iterable[CodeList]) -> None:
        self._lists = {one.name: one for one in lists}

    def __getitem__(self, name: str) -> CodeList:
        whole, _, group = name.partition(":")
        if whole not in self._lists:
            raise KeyError(f"no code list called '{whole}'; {one_of(whole, self._lists)}")
        return self._lists[whole].group(group) if group else self._lists[whole]

    def __iter__(self) -> Iterator[str]:
        return iter(self._lists)

    def __len__(self) -> int:
        return len(self._lists)


def read_codelist(path: Path) -> CodeList:
    """Read one list from its CSV file.

    Raises:
        ConfigError: notes or columns are missing, or a line cannot be used; every problem is named with its line.
    """
    text = path.read_text(encoding="utf-8").splitlines()
    notes = [line.lstrip("# ").partition(":") for line in text if line.startswith("#")]
    about = {key.strip(): value.strip() for key, _, value in notes}
    problems = [Problem("notes", f"no '# {key}: ...' line") for key in ("meaning", "source", "licence") if key not in about]
    rows = list(csv.DictReader(line for line in text if not line.startswith("#")))
    codes = []
    for number, row in enumerate(rows, start=len(notes) + 2):
        try:
            codes.append(_code(row))
        except (KeyError, ValueError) as error:
            problems.append(Problem(f"line {number}", str(error)))
    if not codes:
        problems.append(Problem("rows", "the list is empty"))
    if problems:
        raise ConfigError(f"The code list {path.name} cannot be used:", problems)
    return CodeList(path.stem, about["meaning"], about["source"], about["licence"], tuple(codes))


def _code(row: Mapping[str, str]) -> Code:
    """Return one line of a list as a record."""
    if row.get("system") not in SYSTEMS:
        raise ValueError(f"unknown system '{row.get('system')}'; {one_of(str(row.get('system')), SYSTEMS)}")
    if not row.get("code"):
        raise ValueError("the code is empty")
    if row.get("match", "exact") not in ("exact", "prefix", ""):
        raise ValueError(f"match is 'exact' or 'prefix', not '{row['match']}'")
    return Code(
        system=row["system"],
        code=row["code"],
        prefix=row.get("match") == "prefix",
        group=row.get("group") or "",
        weight=float(row.get("weight") or 1),
        first_date=dt.date.fromisoformat(row["first_date"]) if row.get("first_date") else None,
        last_date=dt.date.fromisoformat(row["last_date"]) if row.get("last_date") else None,
        meaning=row.get("meaning") or "",
    )


@cache
def load_codelists(own: Path | None = None) -> CodeLists:
    """Return the shipped lists, with a site's own lists in place of shipped ones of the same name.

    Raises:
        ConfigError: a list cannot be used.
    """
    folders = [shipped("configs") / "codelists", *([own] if own else [])]
    paths = {path.stem: path for folder in folders for path in sorted(folder.rglob("*.csv"))}
    return CodeLists(read_codelist(path) for _, path in sorted(paths.items()))
