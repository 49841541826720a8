"""Codes for what happens, taken from the shipped code lists, so that every code in the raw files is one the lists know."""

from functools import cache
from typing import Final

import numpy as np

from casefinder.codelists import CodeList, load_codelists
from casefinder.dates import to_day
from casefinder.simulate.arrays import Rows

_NEVER_DIVIDED: Final = (
    *("A46", "C61", "C73", "F03", "F04", "F09", "G20", "G35", "I10", "I64", "J13", "J14", "J22", "J40", "J46", "J47", "N10"),
    *("N12", "R05", "R11", "R17", "R32", "R54", "R55", "R64"),
)
"""Three-character categories without a fourth character (ICD-10, fifth edition): HES pads them with an X."""

_BNF_LENGTH: Final = 15


def _list(name: str) -> CodeList:
    return load_codelists()[name]


def _free(system: str, code: str) -> bool:
    """Say whether the law leaves a code alone; restricted ones are planted on purpose and nowhere else."""
    return not load_codelists()["restricted"].covers(system, code.rstrip("X"))


@cache
def has(name: str) -> bool:
    """Say whether there is such a list or group."""
    return name in _names()


@cache
def _names() -> frozenset[str]:
    lists = load_codelists()
    return frozenset(name if not group else f"{name}:{group}" for name in lists for group in ("", *lists[name].groups))


@cache
def snomed(name: str, most: int = 4) -> tuple[str, ...]:
    """Return the first SNOMED CT codes of a list or group."""
    found = (line.code for line in _list(name).codes if line.system == "snomed")
    return tuple(code for code in found if name.startswith("restricted") or _free("snomed", code))[:most]


@cache
def nhs(name: str, most: int = 3) -> tuple[str, ...]:
    """Return the first codes of a value set of the NHS or a group of one."""
    return tuple(line.code for line in _list(name).codes)[:most]


@cache
def meaning(name: str, words: str) -> str:
    """Return the code of a value set that means exactly this."""
    return next(line.code for line in _list(name).codes if line.meaning == words)


@cache
def in_use(name: str, day: int) -> tuple[str, ...]:
    """Return the codes of a group of a value set that are in use on a day; of two generations at once, the later one."""
    lines = [one for one in _list(name).codes if not one.last_date or to_day(one.last_date) >= day]
    begun = [one for one in lines if one.first_date and to_day(one.first_date) <= day]
    return tuple(one.code for one in begun or [one for one in lines if not one.first_date])


@cache
def icd10(name: str, most: int = 6) -> tuple[str, ...]:
    """Return diagnoses of a list or group as HES writes them: four characters, no dot, an X where there is no fourth."""
    bare = [line.code for line in _list(name).codes if line.system == "icd10"]
    whole = dict.fromkeys(full for code in bare for full in _written(code))
    return tuple(code for code in whole if name.startswith("restricted") or _free("icd10", code))[:most]


def _written(code: str) -> list[str]:
    if len(code) < 3:
        return [f"{code}{rest}9" for rest in (("80",) if len(code) == 1 else "025")]
    if len(code) == 3:
        return [code + ("X" if code in _NEVER_DIVIDED else "9")]
    return [code[:4]]


@cache
def bnf(name: str, most: int = 3) -> tuple[str, ...]:
    """Return BNF codes of a group of medicines, whole: where the list stops at a section, three substances of it."""
    whole = [full for line in _list(f"medicines:{name}").codes if line.system == "bnf" for full in _presentations(line.code)]
    return tuple(dict.fromkeys(whole))[:most]


def _presentations(code: str) -> list[str]:
    if len(code) >= 9:
        return [code.ljust(_BNF_LENGTH, "A")]
    paragraph = code.ljust(7, "0")
    return [
        (paragraph + chemical).ljust(_BNF_LENGTH, "A")
        for chemical in (("A0", "B0", "C0") if len(paragraph) == 7 else ("0",))
    ]


def pick(count: int, codes: int, chance: np.random.Generator, again: float = 0.45) -> Rows:
    """Return which of so many codes is used each time: the first most often, each later one ``again`` as often."""
    weights = again ** np.arange(codes)
    return np.searchsorted(np.cumsum(weights / weights.sum()), chance.random(count), side="right").clip(0, codes - 1)
