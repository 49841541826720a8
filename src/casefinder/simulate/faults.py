"""Faults planted in the raw files of a chunk, each kind counted as it is planted; no row carries two of them."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from casefinder.dates import to_date
from casefinder.simulate import codes
from casefinder.simulate.arrays import Flags, Names, Rows
from casefinder.simulate.chunk import Chunk
from casefinder.simulate.nhs_numbers import with_wrong_check_digit
from casefinder.simulate.planter import Counts, Planter
from casefinder.simulate.rows import FIRST_DATE, Extract, Text
from casefinder.simulate.rows_admitted import submission_day

QUARANTINED: Final = (
    "sentinel_dates", "invalid_identifiers", "sentinel_identifiers", "impossible_ages", "bad_codes", "future_dates",
)  # fmt: skip
"""Kinds of which every row should be refused when it is read; the rows of other kinds are accepted."""

SENTINEL: Final = "9999999999"
_OVER_FULL_SHARES: Final = (
    ("gp_medications", 0.45),
    ("gp_observations", 0.25),
    ("hes_op", 0.15),
    ("ecds", 0.10),
    ("csds_contacts", 0.05),
)
_DUPLICATED: Final = (
    "hes_apc",
    "hes_op",
    "ecds",
    "gp_observations",
    "gp_medications",
    "csds_contacts",
    "social_care",
    "nhs_111",
)
_IDENTIFIED: Final = ("hes_apc", "hes_op", "ecds", "gp_observations", "gp_medications", "csds_contacts", "social_care")
_STRANGERS: Final = ("hes_apc", "hes_op", "ecds", "nhs_111", "ambulance")
_SENTINEL_CELLS: Final = (
    ("hes_apc", "ADMIDATE", "1801-01-01"), ("hes_op", "APPTDATE", "1800-01-01"),
    ("gp_observations", "CLINICAL_EFFECTIVE_DATE", "1900-01-01"),
)  # fmt: skip
_BAD_CODES: Final = (("hes_apc", "ADMIMETH", "ZZ"), ("ecds", "EC_Department_Type", "77"), ("hes_op", "ATTENDED", "Q"))
_PRACTICE_FEEDS: Final = ("gp_observations", "gp_medications", "gp_appointments")
_AHEAD_DAYS: Final = 200


def plant(chunk: Chunk, made: Sequence[Extract], spare: Rows, over_full: tuple[str, int]) -> tuple[list[Extract], Counts]:
    """Plant every kind of fault that the settings name; return the extracts and how many of each kind each file holds.

    ``spare``: valid numbers for people who are not registered here; ``over_full``: the one number under which events of
    many people are filed, and how many events of this chunk go there.
    """
    planter = Planter(chunk, made, spare)
    for kind, planting in _KINDS.items():
        if chunk.settings.plants(kind):
            planting(planter)
        if kind == "silent_practice":
            _count_what_is_there(planter)
    if chunk.settings.plants("over_full_identifier"):
        _over_full(planter, *over_full)
    return planter.finish(), planter.counts


def _silent_practice(planter: Planter) -> None:
    """Hold back what one practice wrote in the last months. Comes first: no fault is planted in what is not sent."""
    district = planter.chunk.district
    for name in (*_PRACTICE_FEEDS, "gp_registrations"):
        rows = planter.files[name]
        own = rows.columns["PRACTICE_CODE"].codes == district.silent_practice
        planter.drop("silent_practice", name, own & (rows.known >= district.silent_from))
    _unsay(planter, "gp_patients", "DEATH_RECORDED", ("DEATH_YEAR", "DEATH_MONTH", "DEATH_RECORDED"))
    _unsay(planter, "gp_registrations", "END_DATE_RECORDED", ("END_DATE", "END_DATE_RECORDED"))


def _unsay(planter: Planter, file: str, when: str, columns: tuple[str, ...]) -> None:
    """Empty what the silent practice recorded about its people after it fell silent."""
    district, rows = planter.chunk.district, planter.files[file]
    _, practice = planter.chunk.people.place(district.silent_from, rows.about)
    late = rows.columns[when].codes + FIRST_DATE >= district.silent_from
    unsaid = np.flatnonzero((practice == district.silent_practice) & late)
    for column in columns:
        planter.files[file] = planter.files[file].emptied(column, unsaid)


def _sentinel_dates(planter: Planter) -> None:
    for file, column, date in _SENTINEL_CELLS:
        planter.say("sentinel_dates", file, column, date, planter.some(file, 0.7))


def _bad_codes(planter: Planter) -> None:
    for file, column, code in _BAD_CODES:
        planter.say("bad_codes", file, column, code, planter.some(file, 0.5))


def _future_dates(planter: Planter) -> None:
    date = to_date(planter.chunk.months.last + _AHEAD_DAYS).isoformat()
    for file, column in (("gp_observations", "CLINICAL_EFFECTIVE_DATE"), ("ecds", "Arrival_Date")):
        planter.say("future_dates", file, column, date, planter.some(file, 0.4))


def _impossible_ages(planter: Planter) -> None:
    planter.say("impossible_ages", "hes_apc", "STARTAGE", "194", planter.some("hes_apc", 0.5))
    rows = planter.some("gp_patients", 0.4)
    copied = planter.copies("gp_patients", rows, fresh=True).with_cells("BIRTH_YEAR", np.arange(len(rows)), "1799")
    planter.add("impossible_ages", _renamed(planter, copied))


def _renamed(planter: Planter, rows: Extract) -> Extract:
    """Return rows filed under numbers of nobody here, one for each row."""
    for row in range(len(rows)):
        rows = rows.with_cells(rows.person, np.array([row]), planter.number())
    return rows


def _invalid_identifiers(planter: Planter) -> None:
    for file in _IDENTIFIED:
        rows = planter.some(file, 0.5)
        about = planter.files[file].about[rows]
        wrong = with_wrong_check_digit(planter.chunk.people.number[about])
        for row, number in zip(rows, wrong, strict=True):
            planter.files[file] = planter.files[file].with_cells(planter.files[file].person, np.array([row]), str(number))
        planter.counts["invalid_identifiers", file] += len(rows)


def _sentinel_identifiers(planter: Planter) -> None:
    for file in ("gp_medications", "ecds", "hes_op", "nhs_111"):
        planter.say("sentinel_identifiers", file, planter.files[file].person, SENTINEL, planter.some(file, 0.6))


def _unbridged_people(planter: Planter) -> None:
    rows = planter.some("mhsds_contacts", 0.4)
    planter.say("unbridged_people", "mhsds_contacts", "Person_ID", f"MHX{planter.chunk.number:06d}", rows)


def _unknown_people(planter: Planter) -> None:
    for file in _STRANGERS:
        planter.add("unknown_people", _renamed(planter, planter.copies(file, planter.some(file, 0.8), fresh=True)))


def _duplicate_rows(planter: Planter) -> None:
    for file in _DUPLICATED:
        planter.add("duplicate_rows", planter.copies(file, planter.some(file, 2.0), fresh=False))


def _cells(rows: Extract, column: str) -> Names:
    """Return the cells of a column as words, empty ones as ''."""
    return np.asarray(rows.columns[column].arrow().cast("string").fill_null(""), object)


def _single(rows: Extract) -> Flags:
    """Say which episodes are the whole of a spell that is over, with no death and no transfer in it."""
    first = (rows.columns["DISDATE"].codes >= 0) & (_cells(rows, "EPIORDER") == "1")
    return first & (_cells(rows, "DISMETH") == "1") & (_cells(rows, "DISDEST") != "51")


def _nights(rows: Extract) -> Rows:
    return rows.columns["DISDATE"].codes.astype(np.int64) - rows.columns["ADMIDATE"].codes


def _emergency(rows: Extract) -> Flags:
    return _cells(rows, "ADMIMETH") == "21"


def _resubmitted_rows(planter: Planter) -> None:
    """Send some episodes again, a month or two later: half with another diagnosis, half a day shorter."""
    rows, last = planter.files["hes_apc"], planter.chunk.months.last
    other = codes.icd10("emergency_reasons:other_signs_symptoms")[1]
    able = _single(rows) & (_nights(rows) >= 2) & (rows.known <= last - 100) & (_cells(rows, "DIAG_4_01") != other)
    chosen = planter.some("hes_apc", 2.0, able)
    copied = planter.copies("hes_apc", chosen, fresh=False)
    shorter = np.arange(len(chosen)) % 2 == 0
    for column in ("DISDATE", "EPIEND"):
        copied = copied.moved_days(column, np.flatnonzero(shorter), -1)
    copied = copied.with_cells("DIAG_4_01", np.flatnonzero(~shorter), other)
    later = submission_day((copied.known + 20 + 30 * (np.arange(len(chosen)) % 3 == 0)).astype(np.int32), 0)
    planter.add("resubmitted_rows", _sent_again(copied, "SUBDATE", later))


def _sent_again(rows: Extract, column: str, day: Rows) -> Extract:
    dated = rows.columns[column]
    rows = rows.with_column(column, Text((day - FIRST_DATE).astype(np.int32), dated.words))
    return Extract(rows.name, rows.columns, day, rows.person, rows.key, rows.about)


def _resubmitted_contacts(planter: Planter) -> None:
    last = planter.chunk.months.last
    changes = (
        ("csds_contacts", "EFFECTIVE FROM", "ATTENDANCE STATUS"),
        ("mhsds_contacts", "EFFECTIVE_FROM", "AttendStatus"),
    )
    for file, column, status in changes:
        rows = planter.files[file]
        chosen = planter.some(file, 3.0, rows.known <= last - 60)
        copied = planter.copies(file, chosen, fresh=False)
        missed = codes.nhs("attendance_status:missed", 2)[-1]
        copied = copied.with_cells(status, np.arange(len(chosen)), missed)
        planter.add(
            "resubmitted_contacts", _sent_again(copied, column, submission_day(copied.known.astype(np.int32) + 20, 0))
        )


def _overlapping_stays(planter: Planter) -> None:
    """Add a spell at another hospital that begins the day after a stay began, and outlasts it by a day."""
    rows = planter.files["hes_apc"]
    chosen = planter.some("hes_apc", 0.8, _single(rows) & (_nights(rows) >= 3) & _emergency(rows))
    copied = planter.copies("hes_apc", chosen, fresh=True)
    every = np.arange(len(chosen))
    for column in ("ADMIDATE", "EPISTART", "EPIEND", "DISDATE"):
        copied = copied.moved_days(column, every, 1)
    copied = (
        copied.with_cells("PROCODE3", every, "R9D").with_cells("ADMIMETH", every, "81").with_cells("ADMISORC", every, "19")
    )
    planter.add("overlapping_stays", copied)


def _open_stays(planter: Planter) -> None:
    """Take away the end of some spells of long ago."""
    rows, last = planter.files["hes_apc"], planter.chunk.months.last
    chosen = planter.some("hes_apc", 0.4, _single(rows) & _emergency(rows) & (rows.known <= last - 200))
    for column in ("EPIEND", "DISDATE"):
        planter.files["hes_apc"] = planter.files["hes_apc"].emptied(column, chosen)
    for column, word in (("EPISTAT", "1"), ("DISDEST", "98"), ("DISMETH", "8")):
        planter.files["hes_apc"] = planter.files["hes_apc"].with_cells(column, chosen, word)
    planter.counts["open_stays", "hes_apc"] += len(chosen)


def _births_at_home_on_adults(planter: Planter) -> None:
    rows = planter.files["hes_apc"]
    mothers = _cells(rows, "ADMIMETH") == "31"
    planter.say("births_at_home_on_adults", "hes_apc", "ADMIMETH", "2C", planter.some("hes_apc", 0.15, mothers))


def _restricted_codes(planter: Planter) -> None:
    rows = planter.files["gp_observations"]
    plain = planter.some("gp_observations", 0.8, rows.columns["RESULT_VALUE"].codes < 0)
    for group in ("sti_hiv", "termination"):
        code = codes.snomed(f"restricted:{group}", 1)
        if code:
            half = plain[::2] if group == "sti_hiv" else plain[1::2]
            copied = planter.copies("gp_observations", half, fresh=False)
            planter.add("restricted_codes", copied.with_cells("MAPPED_CONCEPT_CODE", np.arange(len(half)), code[0]))
    hospital = planter.some("hes_apc", 0.4, _with_room(planter.files["hes_apc"]))
    planter.say("restricted_codes", "hes_apc", "DIAG_4_12", codes.icd10("restricted:sti_hiv", 1)[0], hospital)


def _with_room(rows: Extract) -> Flags:
    """Say which episodes have no diagnosis in the twelfth place."""
    return rows.columns["DIAG_4_12"].codes == 0


def _registration_floors(planter: Planter) -> None:
    rows = planter.files["gp_registrations"]
    before = rows.columns["START_DATE"].codes + FIRST_DATE < planter.chunk.months.first
    chosen = planter.some("gp_registrations", 4.0, before)
    planter.say("registration_floors", "gp_registrations", "START_DATE", "1900-01-01", chosen)


def _shared_number(planter: Planter) -> None:
    """File a second person's details under a number that is someone else's."""
    rows = planter.some("gp_patients", 0.3)
    copied = planter.copies("gp_patients", rows, fresh=False)
    numbers = planter.chunk.people.number
    for row, person in enumerate(planter.files["gp_patients"].about[rows]):
        copied = copied.with_cells("NHS_NUMBER", np.array([row]), str(numbers[(person + 11) % len(numbers)]))
    planter.add("shared_number", copied)


def _dummy_people(planter: Planter) -> None:
    """Add test records: a person, a registration, and a few entries, all under one number that nobody has."""
    count = max(1, round(0.3 * len(planter.chunk.people) / 1000))
    for _ in range(count):
        number = planter.number()
        for file, wanted in (("gp_patients", 1), ("gp_registrations", 1), ("gp_observations", 3)):
            rows = planter.files[file]
            chosen = planter.exactly(file, wanted)
            copied = rows.take(chosen).with_cells("NHS_NUMBER", np.arange(len(chosen)), number)
            if file == "gp_patients":
                copied = copied.with_cells("IS_DUMMY_PATIENT", np.arange(1), "1")
            planter.add("dummy_people", copied)


def _flagged(kind: str, column: str) -> Callable[[Planter], None]:
    def planting(planter: Planter) -> None:
        planter.say(kind, "gp_patients", column, "1", planter.some("gp_patients", 0.5))

    return planting


def _dead(planter: Planter) -> Flags:
    """Say which rows of the people table hold a recorded death."""
    return planter.files["gp_patients"].columns["DEATH_YEAR"].codes >= 0


def _deaths_without_registration(planter: Planter) -> None:
    dead = planter.files["gp_patients"].about[_dead(planter)]
    rows = planter.files["deaths"]
    chosen = planter.some("deaths", 0.2, np.isin(rows.about, dead))
    planter.drop("deaths_without_registration", "deaths", np.isin(np.arange(len(rows)), chosen))


def _deaths_unknown_to_practice(planter: Planter) -> None:
    registered = planter.files["deaths"].about
    people = planter.files["gp_patients"]
    chosen = planter.some("gp_patients", 0.2, _dead(planter) & np.isin(people.about, registered))
    for column in ("DEATH_YEAR", "DEATH_MONTH", "DEATH_RECORDED"):
        planter.files["gp_patients"] = planter.files["gp_patients"].emptied(column, chosen)
    ghosts = people.about[chosen]
    still = planter.files["gp_registrations"]
    ended = np.flatnonzero(
        np.isin(still.about, ghosts) & (still.columns["END_DATE"].codes + FIRST_DATE == _death_codes(planter, still))
    )
    for column in ("END_DATE", "END_DATE_RECORDED"):
        planter.files["gp_registrations"] = planter.files["gp_registrations"].emptied(column, ended)
    planter.counts["deaths_unknown_to_practice", "gp_patients"] += len(chosen)


def _death_codes(planter: Planter, rows: Extract) -> Rows:
    return planter.chunk.course.death[rows.about].astype(np.int64)


def _deaths_registered_twice(planter: Planter) -> None:
    rows = planter.files["deaths"]
    chosen = planter.some("deaths", 0.2, rows.known <= planter.chunk.months.last - 30)
    copied = planter.copies("deaths", chosen, fresh=False)
    every = np.arange(len(chosen))
    copied = copied.moved_days("DEATH_DATE", every, 1).moved_days("REGISTRATION_DATE", every, 21)
    planter.add("deaths_registered_twice", copied)


def _over_full(planter: Planter, number: str, events: int) -> None:
    """File copies of many people's rows under one number."""
    for file, part in _OVER_FULL_SHARES:
        rows = planter.exactly(file, round(events * part))
        copied = planter.copies(file, rows, fresh=True)
        planter.add("over_full_identifier", copied.with_cells(copied.person, np.arange(len(rows)), number))


def _count_what_is_there(planter: Planter) -> None:
    """Count what is made where it belongs and not here: objections, opt-outs, transfers. Comes before rows are copied."""
    concepts = _cells(planter.files["gp_observations"], "MAPPED_CONCEPT_CODE")
    for kind, group in (("type1_dissents", "type1_dissent"), ("type1_withdrawals", "type1_withdrawn")):
        said = np.isin(concepts, codes.snomed(f"type1_opt_out:{group}"))
        planter.counts[kind, "gp_observations"] += int(said.sum())
    everybody = int((planter.chunk.people.entry <= planter.chunk.months.last).sum())
    planter.counts["national_opt_outs", "national_cleaned_list"] += everybody - len(planter.files["national_cleaned_list"])
    episodes = planter.files["hes_apc"]
    second = (_cells(episodes, "ADMISORC") == "51") & (_cells(episodes, "EPIORDER") == "1")
    planter.counts["transfers", "hes_apc"] += int(second.sum())


_KINDS: Final[dict[str, Callable[[Planter], None]]] = {
    "silent_practice": _silent_practice,
    "deaths_without_registration": _deaths_without_registration,
    "deaths_unknown_to_practice": _deaths_unknown_to_practice,
    "deaths_registered_twice": _deaths_registered_twice,
    "open_stays": _open_stays,
    "overlapping_stays": _overlapping_stays,
    "resubmitted_rows": _resubmitted_rows,
    "resubmitted_contacts": _resubmitted_contacts,
    "births_at_home_on_adults": _births_at_home_on_adults,
    "restricted_codes": _restricted_codes,
    "sensitive_people": _flagged("sensitive_people", "IS_SPINE_SENSITIVE"),
    "confidential_people": _flagged("confidential_people", "IS_CONFIDENTIAL"),
    "registration_floors": _registration_floors,
    "shared_number": _shared_number,
    "dummy_people": _dummy_people,
    "impossible_ages": _impossible_ages,
    "sentinel_dates": _sentinel_dates,
    "bad_codes": _bad_codes,
    "future_dates": _future_dates,
    "invalid_identifiers": _invalid_identifiers,
    "sentinel_identifiers": _sentinel_identifiers,
    "unbridged_people": _unbridged_people,
    "unknown_people": _unknown_people,
    "duplicate_rows": _duplicate_rows,
}
"""Kinds in the order in which they are planted; the over-full identifier comes last."""
