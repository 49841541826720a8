"""Who is who: identifiers checked, turned into keyed pseudonyms, and bridged between sources.

A pseudonym is 60 bits of HMAC-SHA256 of the identifier under the site's key, written as 12 characters of Crockford's
base 32. The key comes from a file or the environment and never reaches the workspace or a query plan.
"""

import csv
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
from nhs_number.validate import is_valid

from casefinder.config import Site, SourceSettings
from casefinder.errors import ConfigError, Problem, RawDataError

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_CACHE = 2_000_000

NO_ID = "no identifier"
SENTINEL = "an identifier that stands for nobody"
BAD_CHECK = "not a valid NHS number"
NOT_DEMO = "not in the 999 range, which is all that a demonstration may hold"
BAD_PATTERN = "does not fit the site's pattern for pseudonyms"

_NHS_SENTINELS = frozenset({"0000000000", "1111111111", "9999999999", "4444444444", "6666666666", "2333455667"})


def pseudonym(identifier: str, key: bytes) -> str:
    """Return the pseudonym of an identifier: 12 characters.

    >>> pseudonym("9990000018", b"k" * 32) == pseudonym("9990000018", b"k" * 32)
    True
    """
    bits = int.from_bytes(hmac.digest(key, identifier.encode(), "sha256")[:8], "big") >> 4
    return "".join(_ALPHABET[(bits >> shift) & 31] for shift in range(55, -1, -5))


def row_hash(text: str, key: bytes) -> str:
    """Return a keyed hash of a raw row, by which it can be found again in its file."""
    return hmac.digest(key, text.encode(), "sha256").hex()[:16]


@dataclass
class Pseudonymiser:
    """Turns identifiers into pseudonyms of the site, or says why not; ``folder`` is where the bridge was read."""

    site: Site
    key: bytes
    bridge: dict[str, str] | None = None
    remember: bool = False
    folder: Path = Path()
    seen: dict[str, str] = field(default_factory=dict)
    _known: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)

    def columns(self, raw: pa.Array) -> tuple[pa.Array, pa.Array]:
        """Return for each raw identifier its pseudonym (or null), and its problem (or null)."""
        coded = raw.dictionary_encode()
        pairs = [self.one(text) for text in coded.dictionary.to_pylist()]
        pairs.append((None, NO_ID))
        indices = coded.indices.fill_null(len(pairs) - 1)
        people = pa.array([person for person, _ in pairs], pa.string())
        problems = pa.array([problem for _, problem in pairs], pa.string())
        return people.take(indices), problems.take(indices)

    def one(self, raw: str) -> tuple[str | None, str | None]:
        """Return the pseudonym of one identifier, or the problem with it; neither where a bridge does not know it."""
        if raw not in self._known:
            if len(self._known) >= _CACHE:
                self._known.clear()
            self._known[raw] = self._work_out(raw)
        return self._known[raw]

    def _work_out(self, raw: str) -> tuple[str | None, str | None]:
        text = re.sub(r"[\s-]", "", raw) if self.site.person_key.kind == "nhs_number" else raw
        if self.bridge is not None:
            if raw in self.site.person_key.sentinels:
                return None, SENTINEL
            bridged = self.bridge.get(raw)
            if bridged is None:
                return None, None
            text = bridged
        problem = self._problem(text)
        if problem:
            return None, problem
        person = pseudonym(text, self.key)
        if self.remember:
            self.seen[person] = text
        return person, None

    def _problem(self, text: str) -> str | None:
        key = self.site.person_key
        if text in key.sentinels:
            return SENTINEL
        if key.kind == "pseudonym":
            return None if re.fullmatch(key.pattern, text) else BAD_PATTERN
        if text in _NHS_SENTINELS:
            return SENTINEL
        if not re.fullmatch(r"\d{10}", text) or not is_valid(text):
            return BAD_CHECK
        return NOT_DEMO if self.site.demonstration and not text.startswith("999") else None


def pseudonymiser(site: Site, settings: SourceSettings | None, folder: Path, remember: bool = False) -> Pseudonymiser:
    """Return the pseudonymiser of the site, or of one source that has a bridge of its own.

    ``remember`` keeps which identifier each pseudonym stands for, for the map back.

    Raises:
        ConfigError: the key is missing, or the bridge file lacks its columns.
    """
    bridge = None
    if settings is not None and settings.bridge:
        path = folder / settings.bridge.file
        if not path.is_file():
            problem = Problem(settings.bridge.file, "no such file in the data folder")
            raise RawDataError("A bridge between identifiers is missing:", [problem], "Check 'bridge' in the site file.")
        bridge = _read_bridge(path, settings.bridge.own, settings.bridge.person)
    return Pseudonymiser(site, site.key(), bridge, remember, folder)


def _read_bridge(path: Path, own: str, person: str) -> dict[str, str]:
    try:
        return _bridged(path, own, person)
    except UnicodeDecodeError:
        raise RawDataError(f"The bridge {path.name} is not UTF-8 text.", remedy="Save it as UTF-8 and try again.") from None


def _bridged(path: Path, own: str, person: str) -> dict[str, str]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = csv.DictReader(stream)
        lacking = [name for name in (own, person) if name not in (rows.fieldnames or [])]
        if lacking:
            problems = [Problem(name, "no such column") for name in lacking]
            raise ConfigError(f"The bridge {path.name} lacks columns:", problems, "Mend 'bridge' in the site file.")
        return {row[own].strip(): re.sub(r"[\s-]", "", row[person]) for row in rows if row[own] and row[person]}


def write_identities(path: Path, seen: dict[str, str]) -> None:
    """Write the map from pseudonyms back to identifiers, for the practice to hold."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["person_id", "identifier"])
        writer.writerows(sorted(seen.items()))


def read_identities(path: Path) -> dict[str, str]:
    """Read the map written by ``write_identities``.

    Raises:
        ConfigError: the file is missing or lacks its columns.
    """
    if not path.is_file():
        raise ConfigError(
            f"There is no identities file at {path}.",
            remedy="Make it with: casefinder link --site FILE --workspace DIR --identities FILE",
        )
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows: Iterable[dict[str, str]] = csv.DictReader(stream)
        try:
            return {row["person_id"]: row["identifier"] for row in rows}
        except KeyError as error:
            raise ConfigError(f"{path.name} has no column {error}; it should have person_id and identifier.") from None
