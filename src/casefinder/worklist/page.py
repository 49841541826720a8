"""A list as one page: self-contained, printable, readable without script, with nothing fetched from anywhere."""

from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment
from markupsafe import Markup

from casefinder.dates import plain
from casefinder.pages import policy, templates
from casefinder.worklist import told
from casefinder.worklist.how_made import how_made
from casefinder.worklist.meeting import BANDS, Listed, MeetingList
from casefinder.worklist.rules import DECISIONS
from casefinder.worklist.year import picture

_TEMPLATES: Final = Path(__file__).parent / "templates"
_ICONS: Final = {"fresh": "✓", "stale": "!", "silent": "!", "not supplied": "–"}
_ARROWS: Final = {"new": "●", "up": "▲", "down": "▼", "same": "="}
_CHANGES: Final = {
    "new": "New on this list",
    "up": "Up since the last list",
    "down": "Down since the last list",
    "same": "Same place as last time",
}


def page_bytes(made: MeetingList) -> bytes:
    """Return the list as the bytes of an HTML page."""
    style, script = _file("list.css") + _print_footer(made), _file("list.js")
    text = (
        _environment()
        .get_template("list.html.j2")
        .render(
            made=made,
            told=told,
            how_made=how_made(made),
            style=Markup(style),
            script=Markup(script),
            policy=policy(style, script),
            cards=[_card(person, made) for person in made.people],
            others=[one["short"] for name, one in made.models.items() if name != made.ranked_by],
            bands=[name for _least, name in BANDS if any(one.band == name for one in made.people)],
            practices=sorted({(one.practice_name, one.practice_code) for one in made.people}),
            decisions=DECISIONS,
            icons=_ICONS,
            arrows=_ARROWS,
            changes=_CHANGES,
        )
    )
    return text.encode("utf-8")


@cache
def _environment() -> Environment:
    return templates(_TEMPLATES, plain=plain, sentence=told.sentence, nhs_number=nhs_number)


@cache
def _file(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _print_footer(made: MeetingList) -> str:
    """Return the rule that prints, at the foot of every sheet, whose list it is and until when it may be used."""
    left = f"Do not use after {plain(made.do_not_use_after)}"
    middle = f"{made.title}, list of {plain(made.as_of)}"
    return f'@page {{ @bottom-left {{ content: "{css_text(left)}" }} @bottom-center {{ content: "{css_text(middle)}" }} }}\n'


def css_text(text: str) -> str:
    r"""Return text for a string of a style sheet: whatever could end it or start anything else is written as a number.

    >>> css_text('A "B" (Y00001)')
    'A\\000020\\000022B\\000022\\000020\\000028Y00001\\000029'
    """
    return "".join(one if one.isascii() and one.isalnum() else f"\\{ord(one):06x}" for one in text)


def nhs_number(text: str) -> Markup:
    """Return an identifier; an NHS number in three groups that are seen and read out apart and copied as one.

    >>> nhs_number("9990000018")
    Markup('<span class="number">999<span class="gap"> </span>000<span class="gap"> </span>0018</span>')
    """
    if len(text) != 10 or not text.isdigit():
        return Markup("{}").format(text)
    gap = Markup('<span class="gap"> </span>')
    return Markup('<span class="number">{}</span>').format(gap.join((text[:3], text[3:6], text[6:])))


def _card(person: Listed, made: MeetingList) -> dict[str, Any]:
    """Return what the page shows of a person beside their own record."""
    pushing = sum(value for theme, value in person.shares.items() if theme and value > 0)
    raising = [
        {"theme": theme, "words": words, "percent": _percent(person.shares.get(theme, 0.0), pushing)}
        for theme, words in zip(person.themes, person.raising, strict=True)
    ]
    others = [
        {
            "short": made.models[one.model]["short"],
            "words": one.words,
            "meaning": made.models[one.model]["risk_words"] if one.risk is not None else "",
        }
        for one in person.others
    ]
    return {
        "person": person,
        "name": told.shown(person),
        "risk": told.risk_sentence(person, made),
        "dots": dots(person.risk),
        "raising": raising,
        "others": others,
        "picture": picture(person, made),
    }


def _percent(part: float, whole: float) -> int:
    return round(100 * part / whole) if whole > 0 else 0


def dots(risk: float) -> tuple[str, str]:
    """Return the paths of a hundred dots: those of people to whom it happens, and the others.

    >>> [path.count("M") for path in dots(0.384)]
    [38, 62]
    """
    places = [f"M{5 + 10 * (number % 20)} {5 + 10 * (number // 20)}h0" for number in range(100)]
    share = min(max(round(100 * risk), 0), 100)
    return "".join(places[:share]), "".join(places[share:])
