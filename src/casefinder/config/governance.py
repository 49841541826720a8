"""Who approved what: purpose, legal basis by source and by use, expiry, retention. Nothing runs on real records without it.

Legal frame (docs/safety): risk stratification is a purpose beyond individual care, so each use of each source needs its
own basis and an approval that has not run out; social and community care data stay off until they are named.
"""

import datetime as dt
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from casefinder.config._yaml import Settings, build, read_yaml
from casefinder.errors import GovernanceError, Problem

Use = Literal["link", "train", "score", "show", "allocate", "compare", "evaluate"]
USES: tuple[Use, ...] = ("link", "train", "score", "show", "allocate", "compare", "evaluate")
WARN_DAYS = 90


class Approval(Settings):
    """One approval: what it is called, its reference, and the last day on which it holds."""

    body: str = Field(min_length=1)
    """Who approved."""
    reference: str = Field(min_length=1)
    """The approval's reference."""
    expires: dt.date
    """Last day on which it holds; from 90 days before, every command warns."""


class SourceBasis(Settings):
    """The legal basis of one source, and the uses that it covers."""

    legal_basis: str = Field(min_length=3)
    """Legal basis of processing this source, in the site's own words."""
    uses: tuple[Use, ...] = Field(min_length=1)
    """Uses that it covers."""


class Governance(Settings):
    """The approvals under which a site runs."""

    controller: str = Field(min_length=2)
    """Name of the data controller."""
    purpose: str = Field(min_length=10)
    """What the records are used for."""
    approval: Approval
    """The approval under which they are."""
    audience: tuple[str, ...] = Field(min_length=1)
    """Who may see lists."""
    retention_days: int = Field(ge=1, le=3650)
    """Days after which `casefinder purge` deletes results, lists and decisions."""
    sources: dict[str, SourceBasis] = Field(min_length=1)
    """Legal basis and uses of each source that holds people, by its name in the site file."""
    hold_out: Approval | None = None
    """The approval of a hold-out, where `lists.hold_out` is set; no list is made past its last day while it is set."""

    def told(self) -> dict[str, Any]:
        """Return what the card of a model says of the approvals under which it was fitted; nothing in it is of a person."""
        return {
            "controller": self.controller,
            "purpose": self.purpose,
            "approval": f"{self.approval.body}, {self.approval.reference}, until {self.approval.expires}",
            "legal_bases": {
                name: basis.legal_basis for name, basis in sorted(self.sources.items()) if "train" in basis.uses
            },
        }

    def _not_filled_in(self) -> list[str]:
        """Return the lines that still hold a placeholder of the starter: words in angle brackets."""
        lines = {
            "controller": self.controller,
            "purpose": self.purpose,
            "approval.body": self.approval.body,
            "approval.reference": self.approval.reference,
            **{f"sources.{name}.legal_basis": basis.legal_basis for name, basis in self.sources.items()},
        }
        return [where for where, words in lines.items() if words.startswith("<") and words.endswith(">")]

    def check(self, use: Use, sources: tuple[str, ...], today: dt.date, origin: str) -> list[str]:
        """Raise unless ``use`` of every source is covered today; return warnings.

        Raises:
            GovernanceError: the approval has run out, or a source is not named for this use; names each missing line.
        """
        problems = [
            Problem(where, "still says what 'casefinder init' wrote; write your own") for where in self._not_filled_in()
        ]
        if today > self.approval.expires:
            problems.append(Problem("approval.expires", f"{self.approval.reference} ran out on {self.approval.expires}"))
        for source in sources:
            basis = self.sources.get(source)
            if basis is None:
                problems.append(
                    Problem(f"sources.{source}", "is missing: name its legal_basis and uses, or take the source out")
                )
            elif use not in basis.uses:
                problems.append(Problem(f"sources.{source}.uses", f"does not name '{use}'"))
        if problems:
            raise GovernanceError(
                f"{origin} does not allow '{use}':", problems, "Nothing was read. Mend the lines named above."
            )
        left = (self.approval.expires - today).days
        return (
            [f"approval {self.approval.reference} runs out in {left} days, on {self.approval.expires}"]
            if left <= WARN_DAYS
            else []
        )

    def check_hold_out(self, reference: str, today: dt.date, origin: str) -> list[str]:
        """Raise unless a hold-out of lists is approved today under this reference; return warnings.

        Raises:
            GovernanceError: nothing approves it, the references differ, or the approval has run out.
        """
        own = self.hold_out
        if own is None:
            problem = Problem("hold_out", "is missing: body, reference and expires of the approval of lists.hold_out")
        elif own.reference.startswith("<") and own.reference.endswith(">"):
            problem = Problem("hold_out.reference", "is still a placeholder")
        elif own.reference != reference:
            problem = Problem("hold_out.reference", "is not the same as lists.hold_out.approval in the site file")
        elif today > own.expires:
            problem = Problem("hold_out.expires", f"{own.reference} ran out on {own.expires}")
        else:
            left = (own.expires - today).days
            return [f"approval {reference} of the hold-out runs out in {left} days"] if left <= WARN_DAYS else []
        remedy = "Holding people out is an ethical decision of its own: have it approved, or take lists.hold_out out."
        raise GovernanceError(f"{origin} does not allow people to be held out of lists:", [problem], remedy)


def load_governance(path: Path) -> Governance:
    """Read a governance file.

    Raises:
        GovernanceError: there is none.
        ConfigError: listing every line that is missing or cannot be used.
    """
    if not path.is_file():
        problem = Problem(str(path), "is missing: controller, purpose, approval, audience, retention_days, sources")
        raise GovernanceError(
            "These are not demonstration records, and nothing says who approved their use:",
            [problem],
            "Write governance.yaml beside the site file; 'casefinder init DIR' makes a commented one.",
        )
    return build(Governance, read_yaml(path, "governance file"), str(path))
