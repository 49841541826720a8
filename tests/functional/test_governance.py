"""Nothing runs on a real site without an approval that names the use; what may no longer be kept is deleted on request."""

import datetime as dt

import pytest

from tests.functional.conftest import SITE, casefinder
from tests.functional.small_site import EXTRACT_DATE, PEOPLE

TODAY = dt.date.today()
COMMANDS = {
    "link": ("link",),
    "train": ("train", "emergency_admission"),
    "weekly": ("weekly", "--as-of", EXTRACT_DATE),
    "worklist": ("worklist", "--as-of", EXTRACT_DATE, "--all"),
    "decisions read": ("decisions", "read", "filled.xlsx"),
    "models list": ("models", "list"),
    "purge": ("purge", "--yes"),
}
USE_OF = {"train": "train", "weekly": "score", "worklist": "show", "decisions read": "show", "models list": "score"}


def run(site, command: str):
    """Write the site and run one of its commands."""
    site.write()
    return casefinder(*COMMANDS[command], "--site", site.site, "--workspace", site.workspace)


def refused(site, command: str, *words: str, code: int = 12) -> None:
    """Hold that a command stops with these words, reads nothing and changes nothing."""
    before = site.standing()
    ran = run(site, command)
    assert ran.code == code, ran.words
    for one in words:
        assert one in ran.words
    assert "Traceback" not in ran.err
    assert ran.out == "", "stopped before anything was read"
    assert site.standing() == before


@pytest.mark.parametrize("command", COMMANDS)
def test_without_an_approval_every_command_stops(linked, command):
    linked.governance = None
    words = (
        "governance.yaml: is missing: controller, purpose, approval, audience, retention_days, sources",
        "casefinder init",
    )
    refused(linked, command, *words)


@pytest.mark.parametrize("command", COMMANDS)
def test_past_its_expiry_every_command_stops(linked, command):
    linked.governance["approval"]["expires"] = TODAY - dt.timedelta(days=1)
    refused(linked, command, f"approval.expires: TEST-1 ran out on {TODAY - dt.timedelta(days=1)}", "Nothing was read.")


@pytest.mark.parametrize("command", USE_OF)
def test_a_use_that_is_not_approved_is_refused_for_every_source(linked, command):
    for basis in linked.governance["sources"].values():
        basis["uses"] = [use for use in ("link", "train", "score", "show") if use != USE_OF[command]]
    words = [f"sources.{source}.uses: does not name '{USE_OF[command]}'" for source in linked.governance["sources"]]
    refused(linked, command, f"does not allow '{USE_OF[command]}'", *words)


def test_a_source_that_no_approval_names_stops_the_link(linked):
    del linked.governance["sources"]["gp_observations"]
    refused(linked, "link", "sources.gp_observations: is missing: name its legal_basis and uses, or take the source out")


@pytest.mark.parametrize("line", ["controller", "purpose", "approval", "audience", "retention_days", "sources"])
def test_a_missing_line_is_named(linked, line):
    del linked.governance[line]
    refused(linked, "link", "governance.yaml has 1 problem", f"{line}: is missing", code=10)


def test_a_missing_line_within_the_approval_is_named(linked):
    del linked.governance["approval"]["expires"]
    refused(linked, "link", "approval.expires: is missing", code=10)


@pytest.mark.parametrize(("days", "warned"), [(0, True), (90, True), (91, False)])
def test_ninety_days_before_its_end_an_approval_warns_and_lets_the_command_run(linked, days, warned):
    linked.governance["approval"]["expires"] = TODAY + dt.timedelta(days=days)
    ran = run(linked, "models list")
    assert ran.code == 0, ran.words
    words = f"Warning: approval TEST-1 runs out in {days} days, on {TODAY + dt.timedelta(days=days)}"
    assert (words in " ".join(ran.err.split())) == warned


def test_a_demonstration_needs_no_approval(own_linked_district):
    assert not (own_linked_district / "site" / "governance.yaml").exists()
    ran = casefinder(
        "models", "list", "--site", own_linked_district / "site" / SITE, "--workspace", own_linked_district / "workspace"
    )
    assert ran.code == 0, ran.words


HOLD_OUT = {"share": 0.1, "starts": "2026-04-01", "approval": "HOLD-7"}
HELD_OK = {"body": "Research Ethics Committee", "reference": "HOLD-7", "expires": TODAY + dt.timedelta(days=30)}


@pytest.mark.parametrize(
    ("command", "approval", "words"),
    [
        ("weekly", None, "hold_out: is missing: body, reference and expires"),
        ("worklist", {**HELD_OK, "reference": "OTHER-1"}, "hold_out.reference: is not the same as lists.hold_out.approval"),
        ("weekly", {**HELD_OK, "expires": TODAY - dt.timedelta(days=1)}, "hold_out.expires: HOLD-7 ran out on"),
    ],
)
def test_people_are_held_out_of_lists_only_with_an_approval_of_its_own(linked, command, approval, words):
    linked.settings["lists"] = {"hold_out": HOLD_OUT}
    if approval:
        linked.governance["hold_out"] = approval
    refused(linked, command, "does not allow people to be held out of lists", words, "an ethical decision of its own")


def test_an_approved_hold_out_lets_commands_run_and_warns_of_its_end(linked):
    linked.settings["lists"] = {"hold_out": HOLD_OUT}
    linked.governance["hold_out"] = HELD_OK
    ran = run(linked, "models list")
    assert ran.code == 0, ran.words
    assert "approval HOLD-7 of the hold-out runs out in 30 days" in ran.words


def kept_days(days: int) -> int:
    """Return a retention that ends so many days from today for what was made from the extract of the small site."""
    return (TODAY - dt.date.fromisoformat(EXTRACT_DATE)).days + days


def purge(site, *words: str):
    """Write the site and purge it."""
    site.write()
    return casefinder("purge", "--workspace", site.workspace, "--site", site.site, *words)


def with_finished_lists(site) -> tuple[str, str]:
    """Put a folder of list files into the workspace from before the extract and one from after the retention."""
    dates = ("2020-12-24", str(TODAY))
    for date in dates:
        folder = site.workspace / "lists-for-meetings" / date
        folder.mkdir(parents=True)
        (folder / "list.csv").write_text("a list", encoding="utf-8")
    return dates


def test_purge_says_what_it_would_delete_and_deletes_nothing(linked):
    linked.governance["retention_days"] = kept_days(-1)
    with_finished_lists(linked)
    before = linked.standing()
    ran = purge(linked)
    assert ran.code == 0, ran.words
    for folder in ("record/000001", "histories/000001", "lists-for-meetings/2020-12-24"):
        assert f"would delete {linked.workspace / folder}" in ran.words
    assert "to delete them, add --yes" in ran.words
    after = {name: content for name, content in linked.standing().items() if not name.startswith("decisions.db")}
    assert after == before


def test_purge_with_yes_deletes_what_is_past_its_retention_and_keeps_the_rest(linked):
    linked.governance["retention_days"] = kept_days(-1)
    old, new = with_finished_lists(linked)
    ran = purge(linked, "--yes")
    assert ran.code == 0, ran.words
    assert f"(retention: {kept_days(-1)} days)" in ran.words
    assert not list((linked.workspace / "record").glob("*"))
    assert not list((linked.workspace / "histories").glob("*"))
    assert not (linked.workspace / "lists-for-meetings" / old).exists()
    assert (linked.workspace / "lists-for-meetings" / new / "list.csv").is_file()
    ran = run(linked, "weekly")
    assert ran.code == 13
    assert "casefinder link" in ran.words, "what to type now"


def test_purge_keeps_what_is_within_its_retention(linked):
    linked.governance["retention_days"] = kept_days(1)
    before = linked.standing()
    ran = purge(linked, "--yes")
    assert ran.code == 0, ran.words
    assert "0 results and 0 rows" in ran.words
    assert {name: linked.standing()[name] for name in before} == before


def test_what_runs_are_told_holds_no_identifier(linked):
    for command in ("models list", "purge"):
        ran = run(linked, command)
        assert not any(number in ran.words for number in PEOPLE)
