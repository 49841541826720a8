"""A site of a handful of people that a test writes, spoils as it likes, and links from the command line."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import yaml

from tests.functional.conftest import SITE, Ran, casefinder

Row = dict[str, Any]
PRACTICES = ("Z10001", "Z10002")
EXTRACT_DATE = "2021-03-31"


def nhs_number(place: int) -> str:
    """Return a valid number of the 999 range, which nobody has; another one for each place."""
    stem = f"999{place:06d}"
    check = 11 - sum(int(digit) * weight for digit, weight in zip(stem, range(10, 1, -1), strict=True)) % 11
    return nhs_number(place + 500_000) if check == 10 else f"{stem}{check % 11}"


PEOPLE = tuple(nhs_number(place) for place in range(1, 13))


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as the text of a CSV file."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def patient(number: str, **changes: Any) -> Row:
    """Return a row of the people table."""
    row: Row = {
        "NHS_NUMBER": number, "BIRTH_YEAR": 1950, "BIRTH_MONTH": 6, "GENDER": "2", "ETHNIC_CATEGORY": "A",
        "DEATH_YEAR": "", "DEATH_MONTH": "", "IS_DUMMY_PATIENT": "0", "IS_SPINE_SENSITIVE": "0", "IS_CONFIDENTIAL": "0",
    }  # fmt: skip
    return row | changes


def entry(number: str, concept: str, date: str = "2020-05-01", **changes: Any) -> Row:
    """Return a coded entry of a practice."""
    row: Row = {
        "NHS_NUMBER": number, "PRACTICE_CODE": PRACTICES[0], "CLINICAL_EFFECTIVE_DATE": date,
        "MAPPED_CONCEPT_CODE": concept, "RESULT_VALUE": "", "DATE_RECORDED": date,
    }  # fmt: skip
    return row | changes


def episode(number: str, key: str, admitted: str, discharged: str, **changes: Any) -> Row:
    """Return a finished emergency episode that is the whole of its spell."""
    row: Row = {
        "NEWNHSNO": number, "EPIKEY": key, "PROCODE3": "R1A", "ADMIDATE": admitted, "ADMIMETH": "21", "ADMISORC": "19",
        "CLASSPAT": "1", "EPIORDER": 1, "EPISTART": admitted, "EPIEND": discharged, "EPISTAT": "3", "DISDATE": discharged,
        "DISDEST": "19", "DISMETH": "1", "STARTAGE": "75", "DIAG_4_01": "J181", "DIAG_4_02": "",
    }  # fmt: skip
    return row | changes


def death(number: str, date: str, registered: str) -> Row:
    """Return a registered death."""
    return {"NHS_NUMBER": number, "DEATH_DATE": date, "REGISTRATION_DATE": registered, "UNDERLYING_CAUSE": "I219"}


DIABETES = "44054006"


def plain_rows() -> dict[str, list[Row]]:
    """Return twelve people with nothing wrong: rows by source. Hospital rows take longest to link, and are added at need."""
    return {
        "practices": [{"PRACTICE_CODE": code, "PRACTICE_NAME": f"The {code}", "GP_CLUSTER": "North"} for code in PRACTICES],
        "gp_patients": [patient(number) for number in PEOPLE],
        "gp_registrations": [
            {"NHS_NUMBER": number, "PRACTICE_CODE": PRACTICES[place % 2], "START_DATE": "2010-04-01", "END_DATE": ""}
            for place, number in enumerate(PEOPLE)
        ],
        "gp_observations": [entry(number, DIABETES) for number in PEOPLE],
        "deaths": [death(PEOPLE[0], "2020-12-24", "2021-01-02")],
    }  # fmt: skip


class SmallSite:
    """The folder of a real site: site.yaml, governance.yaml and raw files, changed in place and written when linked."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.workspace = folder, folder / "workspace"
        self.rows: dict[str, list[Row]] = {}
        self.raw: dict[str, bytes] = {}
        self.settings: dict[str, Any] = {
            "name": "Small site",
            "extract_date": EXTRACT_DATE,
            "history_from": "2015-04-01",
            "person_key": {"kind": "nhs_number", "max_events": 100},
            "pseudonym_key": {"env": "CASEFINDER_KEY"},
            "data": "raw",
            "memory": "500MB",
            "threads": 1,
            "sources": {},
        }
        self.governance: dict[str, Any] | None = {
            "controller": "Nobody's data",
            "purpose": "Tests on invented people",
            "approval": {"body": "the testers", "reference": "TEST-1", "expires": "2099-12-31"},
            "audience": ["testers"],
            "retention_days": 3650,
            "sources": {},
        }
        for source, rows in plain_rows().items():
            self.add(source, rows)

    def add(self, source: str, rows: list[Row], **settings: Any) -> None:
        """Add a source with its rows and, where it holds people, its legal basis."""
        self.rows[source] = rows
        known = {} if source == "practices" else {"known": {"lag_days": 5}}
        self.settings["sources"][source] = {"files": f"{source}.csv", **known, **settings}
        if known and self.governance is not None:
            basis = {"legal_basis": "not personal data", "uses": ["link", "train", "score", "show"]}
            self.governance["sources"][source] = basis

    @property
    def site(self) -> Path:
        """The site file."""
        return self.folder / SITE

    def file(self, source: str) -> Path:
        """Where the raw file of a source lies."""
        return self.folder / "raw" / self.settings["sources"][source]["files"]

    def write(self) -> None:
        """Write the settings, the approvals and the raw files; a file whose bytes are given is written as they are."""
        (self.folder / "raw").mkdir(parents=True, exist_ok=True)
        self.site.write_text(yaml.safe_dump(self.settings, sort_keys=False), encoding="utf-8")
        approvals = self.folder / "governance.yaml"
        approvals.unlink(missing_ok=True)
        if self.governance is not None:
            approvals.write_text(yaml.safe_dump(self.governance, sort_keys=False), encoding="utf-8")
        for source in self.settings["sources"]:
            if source in self.raw or source in self.rows:
                self.file(source).write_bytes(self.raw[source] if source in self.raw else as_csv(self.rows[source]).encode())

    def link(self, *words: str | Path, **environment: str) -> Ran:
        """Write the site and link it in a process of its own."""
        self.write()
        return casefinder("link", "--site", self.site, "--workspace", self.workspace, *words, **environment)

    def linked(self, *words: str | Path, **environment: str) -> dict[str, Any]:
        """Link, and return the manifest of the newest record."""
        ran = self.link(*words, **environment)
        assert ran.code == 0, ran.words
        return manifest(self.workspace)

    def quarantine(self) -> list[Row]:
        """Return the quarantined rows of the newest record."""
        return pq.read_table(newest(self.workspace) / "quarantine.parquet").to_pylist()

    def first(self, source: str) -> None:
        """Have a source read before the others, so that what is wrong with it shows at once."""
        sources = self.settings["sources"]
        self.settings["sources"] = {source: sources[source], **sources}

    def table(self, name: str) -> list[Row]:
        """Return the rows of a table of the newest record."""
        return pq.read_table(newest(self.workspace) / name).to_pylist()

    def standing(self) -> dict[str, bytes]:
        """Return the bytes of everything in the workspace but the log and the note of the site."""
        return {name: content for name, content in whole_tree(self.workspace).items() if name != "deployment.json"}


def newest(workspace: Path, step: str = "record") -> Path:
    """Return the newest finished version of a step."""
    return max(path.parent for path in (workspace / step).glob("*/manifest.json"))


def manifest(workspace: Path, step: str = "record") -> dict[str, Any]:
    """Return the manifest of the newest finished version of a step."""
    return json.loads((newest(workspace, step) / "manifest.json").read_text(encoding="utf-8"))


def whole_tree(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file under a folder, by path, but the log and the empty file that locks the workspace."""
    kept_out = {"log", "scratch.lock"}
    files = (path for path in folder.rglob("*") if path.is_file() and not kept_out & {*path.relative_to(folder).parts})
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(files)}
