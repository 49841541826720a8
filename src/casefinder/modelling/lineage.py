"""Where a version comes from: the record, its sources, the code lists and the code, in counts and hashes.

It holds no path, no name of a file and no address, so the same records and the same code give the same words anywhere.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from casefinder import __version__
from casefinder.disclosure import DEFAULT, Policy
from casefinder.engines import Version
from casefinder.engines.files import file_hash
from casefinder.engines.workspace import MANIFEST
from casefinder.modelling.contract import FeatureContract
from casefinder.modelling.registry import code_hash

SHORT: Final = 16
"""Characters of a SHA-256 that are told: enough to tell two apart."""
_ROWS: Final = ("read", "accepted", "quarantined", "duplicates", "corrected")

Lineage = dict[str, Any]


def lineage(record: Version, contract: FeatureContract, policy: Policy = DEFAULT) -> Lineage:
    """Return where a version comes from, as it may leave the workspace.

    Args:
        record: the record it was fitted on.
        contract: of its features.
        policy: what may leave the workspace.

    Returns:
        ``casefinder``, ``code_sha256``; ``record`` (its number), ``record_sha256`` (of its manifest, which holds the hash
        of every raw file), ``extract_date``, ``history_from``, ``people``; ``sources``, one a file group: ``name``,
        ``layout``, ``as_at``, ``files``, counts of rows and, where rows have a person, ``linked``, the share whose person is
        known;
        ``left_out``, people by reason; ``repairs`` of hospital stays; ``contract_sha256`` and ``codelists``, the hash of
        each list that a feature uses.
    """
    manifest = record.manifest
    return {
        "casefinder": __version__,
        "code_sha256": code_hash()[:SHORT],
        "record": record.number,
        "record_sha256": file_hash(record / MANIFEST)[:SHORT],
        "extract_date": manifest.get("extract_date"),
        "history_from": manifest.get("history_from"),
        "people": policy.count(int(manifest["people"]["n"])) if "people" in manifest else None,
        "sources": [_source(name, one, policy) for name, one in sorted(manifest.get("sources", {}).items())],
        "left_out": {why: policy.count(int(people)) for why, people in sorted(manifest.get("left_out", {}).items())},
        "repairs": {
            what: policy.count(int(stays))
            for what, stays in sorted(manifest.get("hospital_stays", {}).items())
            if what != "max_gap_days"
        },
        "contract_sha256": contract_hash(contract),
        "codelists": dict(sorted(contract.codelists.items())),
    }


def contract_hash(contract: FeatureContract) -> str:
    """Return a short hash of a feature contract: names, definitions, categories, feeds and code lists."""
    return hashlib.sha256(json.dumps(contract.content(), sort_keys=True).encode()).hexdigest()[:SHORT]


def _source(name: str, one: Mapping[str, Any], policy: Policy) -> Lineage:
    counts = {what: policy.count(int(one[what])) if what in one else None for what in _ROWS}
    known = {"linked": _linked(one, policy)} if "linked_share" in one else {}
    about = {"name": name, "layout": one.get("extract"), "as_at": one.get("as_at"), "files": len(one.get("files", []))}
    return about | counts | known


def _linked(one: Mapping[str, Any], policy: Policy) -> float | None:
    """Return the share of rows whose person is known; None where it would tell of a few rows."""
    share, rows = float(one["linked_share"]), int(one.get("accepted", 0))
    few = any(policy.count(round(part * rows)) is None for part in (share, 1 - share))
    return None if few else round(share, 3)
