"""What is kept of an evaluation: designs, what was signed off, effects. Rows of people stay in the workspace."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import pandas as pd

from casefinder.config.service import ServiceProtocol
from casefinder.engines import Version, Workspace
from casefinder.engines.files import file_hash, read_frame, write_frame
from casefinder.errors import Problem, ServiceError
from casefinder.services.designed import Design
from casefinder.services.judged import Judged, balance_table, unmatched_table

DESIGNS: Final = "service_designs"
SIGNED: Final = "service_signed"
EFFECTS: Final = "service_effects"
_TABLES: Final = ("members.parquet", "balance.parquet", "unmatched.parquet")


def newest_of(workspace: Workspace, step: str, name: str) -> Version | None:
    """Return the newest finished version of a step for one service."""
    found = [one for one in workspace.versions(step) if one.manifest["service"] == name]
    return found[-1] if found else None


def write_design(
    workspace: Workspace, design: Design, judged: Judged, about: Mapping[str, Any], more: pd.DataFrame | None = None
) -> Version:
    """Write a design: matched people, balance, and everything it was judged by. The same input gives the same bytes.

    ``more`` are members of a design that is not matched, and is frozen with it.
    """
    words = dict(zip(design.columns.names, design.columns.words, strict=True))
    with workspace.draft(DESIGNS) as draft:
        members = design.members_table()
        write_frame(members if more is None else pd.concat([members, more], ignore_index=True), draft / "members.parquet")
        write_frame(balance_table(judged, words), draft / "balance.parquet")
        write_frame(unmatched_table(judged, words), draft / "unmatched.parquet")
        return draft.finish({"step": "design of a service's evaluation", **_told(design, judged), **about})


def _told(design: Design, judged: Judged) -> dict[str, Any]:
    protocol, found = design.protocol, design.scores
    return {
        "service": protocol.name,
        "protocol": protocol.model_dump(mode="json"),
        "protocol_hash": protocol.hash,
        "flow": [list(step) for step in design.flow.steps],
        "rules": design.flow.rules,
        "candidates": design.flow.candidates,
        "candidate_people": design.flow.candidate_people,
        "service_practices": list(design.service_practices),
        "seed": protocol.seed,
        "calipers": asdict(design.pairs.calipers),
        "distance_mean": float(design.pairs.distance.mean()),
        "effective_controls": design.pairs.effective_controls(design.sets),
        "overlap": asdict(found.overlap),
        "propensity": {"columns": list(found.columns), "rows_fitted_on": found.fitted_on},
        "prognostic": found.earlier,
        "power": asdict(judged.powered),
        "estimand": judged.estimand,
        "is_fit": judged.is_fit,
        "verdict": judged.verdict,
        "why_not": list(judged.why_not),
        "remarks": list(judged.remarks),
        "landmarks": [
            int(design.rows.landmark[design.pairs.treated].min()),
            int(design.rows.landmark[design.pairs.treated].max()),
        ],
    }


@dataclass(frozen=True)
class SignedOff:
    """What was signed off: the frozen design and who froze it."""

    version: Version

    @property
    def manifest(self) -> Mapping[str, Any]:
        """Design, protocol and signature."""
        return self.version.manifest

    @property
    def is_randomised(self) -> bool:
        """Whether chance settled who was invited."""
        return bool(self.manifest["protocol"]["served"]["source"] == "invited")

    @property
    def asks_for_the_cut(self) -> bool:
        """Whether the protocol asks for people at the cut of lists."""
        return self.manifest["protocol"].get("cut_bandwidth") is not None

    def members(self) -> pd.DataFrame:
        """Return everybody matched, in every design."""
        return read_frame(self.version / "members.parquet")

    def table(self, name: str) -> pd.DataFrame:
        """Return ``balance`` or ``unmatched``."""
        return read_frame(self.version / f"{name}.parquet")


def sign(workspace: Workspace, protocol: ServiceProtocol, by: str, day: dt.date, despite: str = "") -> SignedOff:
    """Freeze the newest design of a service with its protocol.

    Args:
        workspace: where it lies.
        protocol: as its file stands now.
        by: who signs.
        day: of the signature.
        despite: why a design that is not fit is taken all the same; printed on top of the report.

    Raises:
        ServiceError: there is no design, the protocol changed after it, it is not fit and no reason is given, or effects
            of this protocol have been looked at before.
    """
    found = newest_of(workspace, DESIGNS, protocol.name)
    if found is None:
        raise ServiceError(
            f"There is no design of '{protocol.name}' to sign off.",
            remedy=f"Make one: {workspace.command(f'service design {protocol.name}')}",
        )
    manifest = found.manifest
    if manifest["protocol_hash"] != protocol.hash:
        raise _edited(protocol, "design", workspace)
    if not by.strip():
        raise ServiceError(
            "A design is signed off by somebody.", remedy=workspace.command(f"service sign-off {protocol.name} --by WHO")
        )
    if not manifest["is_fit"] and not despite.strip():
        problems = [Problem("", why) for why in manifest["why_not"]]
        despite_it = workspace.command(f"service sign-off {protocol.name} --by WHO --despite REASON")
        remedy = f"Mend the protocol and design again; or, with the reason on top of the report: {despite_it}"
        raise ServiceError("The design is not fit to proceed:", problems, remedy)
    with workspace.draft(SIGNED) as draft:
        for name in _TABLES:
            write_frame(read_frame(found / name), draft / name)
        looked = newest_of(workspace, EFFECTS, protocol.name)
        about = {
            **{name: value for name, value in manifest.items() if name not in ("step", "casefinder")},
            "step": "sign-off of a service's evaluation", "design": found.number, "signed_by": by.strip(),
            "signed_on": str(day), "despite": despite.strip(), "members_hash": file_hash(draft / "members.parquet"),
            "after_effects_were_seen": looked is not None,
        }  # fmt: skip
        return SignedOff(draft.finish(about))


def signed_off(workspace: Workspace, protocol: ServiceProtocol) -> SignedOff:
    """Return what was signed off last, unless the protocol or the pairs are no longer those.

    Raises:
        ServiceError: nothing was signed off, or it was changed since.
    """
    found = newest_of(workspace, SIGNED, protocol.name)
    if found is None:
        raise ServiceError(
            f"The design of '{protocol.name}' has not been signed off, so no outcome is looked at.",
            remedy=f"Look at the design, then: {workspace.command(f'service sign-off {protocol.name} --by WHO')}",
        )
    if found.manifest["protocol_hash"] != protocol.hash:
        raise _edited(protocol, "sign-off", workspace)
    if file_hash(found / "members.parquet") != found.manifest["members_hash"]:
        raise ServiceError("The signed pairs were changed after they were signed off; no outcome is looked at.")
    return SignedOff(found)


def _edited(protocol: ServiceProtocol, since: str, workspace: Workspace) -> ServiceError:
    return ServiceError(
        f"The protocol '{protocol.name}' was changed after its {since}.",
        [Problem("protocol", "its hash is not the one that was kept")],
        f"Put it back as it was, or go through it again: {workspace.command(f'service design {protocol.name}')}",
    )
