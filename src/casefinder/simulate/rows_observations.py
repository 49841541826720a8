"""The extract of coded entries: records and measurements together, as practices hold them."""

import numpy as np

from casefinder.simulate import codes
from casefinder.simulate.arrays import Floats, Rows
from casefinder.simulate.chunk import Chunk
from casefinder.simulate.measurements import UNITS, measurements
from casefinder.simulate.records import Entries, entries
from casefinder.simulate.rows import Extract, Text, dates, decimals, words


def observations(chunk: Chunk) -> Extract:
    """Return coded entries and results, about six a person-year, known on the day they were written."""
    found = [*entries(chunk), *measurements(chunk)]
    person = np.concatenate([one.person for one in found])
    day = np.concatenate([one.day for one in found]).astype(np.int32)
    recorded = np.concatenate([one.recorded for one in found]).astype(np.int32)
    order = np.lexsort((day, person))
    order = order[recorded[order] <= chunk.months.last]
    columns = {
        "NHS_NUMBER": chunk.identifier(person[order]),
        "PRACTICE_CODE": chunk.practice(person[order], recorded[order]),
        "CLINICAL_EFFECTIVE_DATE": dates(day[order]),
        "MAPPED_CONCEPT_CODE": _concepts(found, chunk.chance("concepts")).take(order),
        "RESULT_VALUE": decimals(np.concatenate([_values(one) for one in found])[order], 1, 10_000),
        "RESULT_UNIT_CODE": _units(found).take(order),
        "DATE_RECORDED": dates(recorded[order]),
    }
    return Extract("gp_observations", columns, recorded[order], person="NHS_NUMBER", about=person[order])


def _concepts(found: list[Entries], chance: np.random.Generator) -> Text:
    """Return the code of each entry: for a measure always the same one, else one of several of its list."""
    groups = [codes.snomed(one.name, 1 if one.value is not None else 4) for one in found]
    vocabulary = tuple(dict.fromkeys(code for group in groups for code in group))
    place = {code: number for number, code in enumerate(vocabulary)}
    cells: list[Rows] = []
    for one, group in zip(found, groups, strict=True):
        own = np.array([place[code] for code in group], np.int32)
        cells.append(own[codes.pick(len(one), len(group), chance)])
    return words(np.concatenate(cells), vocabulary)


def _values(one: Entries) -> Floats:
    return np.full(len(one), np.nan) if one.value is None else one.value


def _units(found: list[Entries]) -> Text:
    known = tuple(dict.fromkeys(UNITS.values()))
    unit = [known.index(UNITS[one.name.split(":")[1]]) if one.value is not None else -1 for one in found]
    return words(np.repeat(np.array(unit, np.int32), [len(one) for one in found]), known)
