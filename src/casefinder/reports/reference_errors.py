"""The page of errors: every kind of mistake that a user can mend, its exit code, and what to do."""

from casefinder.errors import kinds
from casefinder.reports.reference_page import page, section, table

_OTHERS = (
    (0, "Done.", ""),
    (1, "A defect of casefinder, shown with a traceback.", "Report it, with the traceback; it holds no person's record."),
    (2, "A command line that cannot be understood.", "Read what it says, or add `--help`."),
    (
        130,
        "Stopped from the keyboard.",
        "Run the command again. What was finished before stands; what was being written is not used.",
    ),
)


def errors_page() -> str:
    """Return the page."""
    rows = [(kind.exit_code, f"`{kind.__name__}`", kind.meaning, kind.cure) for kind in kinds()]
    return page(
        "Errors",
        "A mistake that a user can mend is told without a traceback: what is wrong, where (file, line, column or setting), "
        "and what to type. All problems of one kind are told at once. No message holds a person's identifier.",
        table(("Exit code", "Kind", "Meaning", "What to do"), rows),
        section("Other exit codes", table(("Exit code", "Meaning", "What to do"), _OTHERS)),
    )
