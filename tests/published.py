"""One walk over everything that a report for commissioners is made of: page, workbook, CSV files, charts, words, properties.

``walk(folder, people)`` reads every file as a stranger would and holds that each number stands in a column that declares its
kind, or in a sentence of ``SAID``, which names the settings, or in a chart where a shown figure puts it; that figures fit
their kinds; that no file holds a person; and that what is withheld cannot be worked back from what stands beside it.
"""

import csv
import io
import re
import zipfile
from dataclasses import dataclass, field
from html.parser import HTMLParser

import openpyxl

from casefinder.disclosure import NHS, holds_identifier

WITHHELD, NONE = "*", "–"
NUMBER = re.compile(r"\d(?:[\d,]*\d)?(?:\.\d+)?")
VOID = {"meta", "link", "input", "br", "circle", "line", "polyline", "rect", "path", "option"}
ROUNDED = {"count", "expected count", "expected less observed"}
WORDS = {"words", "words that follow from a count"}
NEVER_SHOWN = {"script", "style", "svg", "table"}
SAID = tuple(
    re.compile(one)
    for one in (
        # Days, months and years; practices' codes; names of methods, populations and illnesses.
        r"\b\d{1,2} [A-Z][a-z]{2,8} \d{4}\b",
        r"\b20\d\d-\d\d-\d\d\b",
        r"\b20\d\d/\d\d\b",
        r"\b(?:19|20)\d\d\b",
        r"\([A-Z]{1,3}\d{3,6}\)",
        r"\bR²",
        r"stage \d or \d",
        r"\b\d or more illnesses",
        r"type \d\d\b",
        r"\b111\b",
        r"within 30 days",
        r"in \d equal steps?",
        r"capped at £\d[\d,]*00\b",
        # Settings of the figures.
        r"\b95 %",
        r"\b99\.8 %",
        r"\b95 in 100\b",
        r"nearest (?P<base>\d+)",
        r"(?P<withheld>1 to \d+)\b",
        r"10th and 90th",
        r"[Ee]ach 1,000\b",
        r"\b[Ii]n 100\b",
        r"exact below 10",
        r"fewer than 1 expected",
        r"[Bb]elow 0\.5\b",
        r"distance from 1 ",
        r"\bfrom 1\b",
        r"1\.5 times",
        r"2\.66",
        r"in 20 years",
        r"once in 20",
        r"above 0\b",
        r"\b0 is fair",
        r"Above 1 the group",
        r"below 1 it",
        r"\b1 less the sum",
        r"\b1 - SSE/SST",
        r"within 10 %",
        r"includes 0\b",
        r"1 to 4\b",
        r"65 and over",
        r"With 3 conditions",
        r"1 is the most deprived tenth",
        r"£ a year \(99",
        r"\(99\.[59]%\)",
        r"99\.[59]%",
        r"\b99%",
        r"0 years?\b",
        # Practices are no people: how many lie where, and by luck.
        r"\d+ of \d+ practices?",
        r"about \d+(?:\.\d+)? would",
        r"charts of \d+ practices?",
        r"\d+ practices? (?:is|are) ",
        r"\d+ without a figure to show",
        r"other \d+ an interval",
        r"and \d+ clearly below",
        r"among \d+ (?:practice|cluster|place|group)s?\b",
        r"explains -?\d+ % of the differences",
        r"For \d+ % of them the prediction",
        r"rests on \d+ practices(?:\. With fewer than about \d+ its)?",
        r"^Of \d+ \w+, \d+ stand clearly above",
        r"; for the other \d+\b",
        # One figure of all practices together.
        r"by about \d+ % \(one standard deviation\)",
        r"\d+\.\d times as much \(variance\)",
        r"luck takes of 95 % limits [\d.]+ %(?: and of 99\.8 % limits [\d.]+ %)? outside",
        r"luck takes of 99\.8 % limits [\d.]+ % outside",
        # Choices of who asked: pot, pace, adjustment.
        r"£(?P<pot>[\d,]+) is shared",
        r"pot of £(?P<pots>[\d,]+)",
        r"(?:less than|today's budget) [+-][\d.]+ %(?: and at most [+-][\d.]+ %)?",
        r"floor below 0\b",
        r"\d+(?:\.\d+)? % of the pot",
        r"counts \d+(?:\.\d+)? times",
        # The evaluation of a service: its protocol, its design, its doubts.
        r"(?:then|within|first) \d+ days\b",
        r"\b\d+ to \d+ days before",
        r"up to \d+ days before",
        r"\bin the (?:last )?\d+ (?:days|months)\b",
        r"\b\d+ of \d+ columns (?:is|are) further",
        r"target 0\.\d+",
        r"\([+-]\d\.\d\d,",
        r"[Aa]bove 0:",
        r"[Ll]eft of 1\b",
        r"0 is alike",
        r"per 100 people",
        r"ratio of 1 is right",
        r"crosses 1\b",
        r"by a ratio of \d+\.\d\d each",
        r"by \d+\.\d\d each for its interval to reach 1\b",
        r"leaves? out [01]\b",
        r"only about \d+ in 100 of the treated have a control; \d+ are asked for",
        r"[Pp]robability of 0\.\d+",
        r"(?:ratio|rise only|or) of \d+\.\d\d(?: or (?:more|less))?",
        r"\b\d+ in 100 of the treated lie",
        r"c-statistic is \d\.\d\d",
        r"Protocol [0-9a-f]{64}\. Design \d+",
        r"up to \d+ controls each",
        r"calipers? of [\d.]+",
        r"as much as (?P<weights>[\d,]+) with equal",
        r"outside 0\.8 to 1\.25",
        r"differ by 0\.1 or more: \d+",
        r"In absolute terms, [^:]*: (?P<rate>\d+(?:\.\d)?) .* served, (?P<other>\d+(?:\.\d)?) among their controls; "
        r"difference (?P<difference>-?\d+(?:\.\d)?) \((?P<low>-?\d+(?:\.\d)?) to (?P<high>-?\d+(?:\.\d)?)\)",
        r"a standard deviation more \([\d.e+-]+\)",
        r"\b[0-9a-f]{8}(?: [0-9a-f]{8}){7}\b",
        r"(?:RECORD|TARGET) \d+",
        r"\b\d+ of \d+$",
        r"\bin \d+ days\b",
        r"last \d years",
        r"observed in the last \d\b",
        r"(?P<matched>[\d,]+) matched people",
        r"(?P<lost>[\d,]+) people left before",
        # Facts of elsewhere, with their source in the caveat of an outcome.
        r"about 37 in 100 residents; 22 in 100 in the most and 54 in 100",
        # Counts and money in words.
        r"(?<!to )\b(?P<count>[\d,]+) fell in months",
        r"with (?P<people>[\d,]+) people on their lists",
        r"£(?P<pounds>[\d,]+) fell in",
        r"add up to £(?P<budgets>[\d,]+)",
        r"(?P<fitted>[\d,]+) people were fitted on",
        r"(?P<part>[\d,]+) were seen for part",
        r"(?P<died>[\d,]+) died in it",
        r"(?P<left>[\d,]+) had left before",
        r"(?P<below>[\d,]+) people have a predicted",
        r"(?P<negative>[\d,]+) people had a cost below zero",
        r"(?P<unknown>[\d,]+) people live where supply",
        r"(?P<free>[\d,]+) of them count as no cost",
    )
)
"""What may stand in words with a number in it. Named groups are counts (rounded) or pounds (to the nearest thousand)."""
FIGURES_IN_WORDS = {"doubts"}
"""Tables of one figure a line, of the whole comparison and of several kinds, some in words: E-values and the like."""
POUNDS = {"pounds", "budgets"}
COUNTS = {
    "matched",
    "lost",
    "weights",
    "count",
    "people",
    "fitted",
    "part",
    "died",
    "left",
    "below",
    "negative",
    "unknown",
    "free",
}


@dataclass
class Element:
    """An element of a page."""

    tag: str
    own: dict[str, str]
    inside: "list[Element | str]" = field(default_factory=list)

    def every(self, tag=None, **own):
        """Yield every element below of a tag, with attributes as given."""
        for one in self.inside:
            if isinstance(one, Element):
                if tag in (None, one.tag) and all(one.own.get(name.replace("_", "-")) == said for name, said in own.items()):
                    yield one
                yield from one.every(tag, **own)

    @property
    def text(self):
        """All words inside, on one line."""
        return " ".join(" ".join(one if isinstance(one, str) else one.text for one in self.inside).split())

    def classes(self):
        """The names of the style."""
        return set(self.own.get("class", "").split())


class Page(HTMLParser):
    """A page as elements."""

    def __init__(self, text):
        super().__init__()
        self.root = Element("root", {})
        self.open = [self.root]
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        one = Element(tag, {name: said or "" for name, said in attrs})
        self.open[-1].inside.append(one)
        if tag not in VOID or (tag in ("circle", "polyline", "path", "rect", "line", "option") and not self._closed()):
            self.open.append(one)

    def handle_startendtag(self, tag, attrs):
        self.open[-1].inside.append(Element(tag, {name: said or "" for name, said in attrs}))

    def handle_endtag(self, tag):
        for place in range(len(self.open) - 1, 0, -1):
            if self.open[place].tag == tag:
                del self.open[place:]
                return

    def handle_data(self, data):
        self.open[-1].inside.append(data)

    def _closed(self):
        return self.get_starttag_text().endswith("/>")


@dataclass
class Table:
    """A table of a page: its name, headings, kind of each column, and cells as they are printed."""

    name: str
    headings: list[str]
    kinds: list[str]
    rows: list[list[str]]

    def column(self, heading):
        """Return the cells under a heading."""
        place = self.headings.index(heading)
        return [row[place] for row in self.rows]


def number(cell):
    """Return a printed cell as a number; None where it is none."""
    text = cell.replace("£", "").replace(",", "")
    return float(text) if re.fullmatch(r"-?\d+(?:\.\d+)?", text) else None


def tables_of(page):
    """Return the tables of a page."""
    found = []
    for region in page.every("div"):
        if not region.own.get("id", "").endswith("-table"):
            continue
        heads = list(next(region.every("thead")).every("th"))
        rows = [
            [cell.text for cell in row.inside if isinstance(cell, Element)]
            for row in next(region.every("tbody")).every("tr")
        ]
        name = region.own["id"].removesuffix("-table")
        found.append(Table(name, [one.text for one in heads], [one.own.get("data-kind", "") for one in heads], rows))
    return found


def walk(folder, people=frozenset(), policy=NHS):
    """Walk every report of a folder; return the pages' tables by the stem of their files.

    Args:
        folder: with everything that commands published, and nothing else.
        people: identifiers that must stand nowhere: pseudonyms, NHS numbers, postcodes, names.
        policy: how counts are to be disclosed.
    """
    found, left = {}, {path.name for path in folder.iterdir()}
    for path in sorted(folder.glob("*.html")):
        page = Page(path.read_text(encoding="utf-8")).root
        tables = tables_of(page)
        assert tables, path.name
        words = _words(page, tables, policy, path.name)
        for table in tables:
            _kinds(table, policy, f"{path.name}: {table.name}")
        _beside(tables, policy, path.name)
        for figure in page.every("figure"):
            _chart(figure, next(one for one in tables if figure.own["data-chart"] == f"{path.stem}-{one.name}"), path.name)
        _workbook(path.with_suffix(".xlsx"), tables, words, page)
        for table in tables:
            _csv(path.with_name(f"{path.stem}-{table.name}.csv"), table)
        left -= {path.name, f"{path.stem}.xlsx", *(f"{path.stem}-{table.name}.csv" for table in tables)}
        found[path.stem] = tables
    assert not left, f"published beside a page: {sorted(left)}"
    for path in folder.iterdir():
        _nobody(path, people)
    return found


def _nobody(path, people):
    """Hold that no identifier stands in a file, or in a part of a workbook."""
    parts = {path.name: path.read_bytes()}
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            parts = {name: book.read(name) for name in book.namelist()}
    for name, written in parts.items():
        text = written.decode("utf-8-sig")
        assert not people & {*re.findall(r"[0-9a-z]{12}", text), *re.findall(r"\d{10}", text)}, f"{path.name} {name}"
        assert not re.search(r"\b999[ -]?\d{3}[ -]?\d{4}\b", text), f"{path.name} {name}"
        assert not {one for one in people if " " in one and one in text}, f"{path.name} {name}"


def _loose(element):
    """Yield every text outside tables, pictures, script and style, and every attribute that is read out or searched."""
    for one in element.inside:
        if isinstance(one, str):
            yield one
        elif one.tag not in NEVER_SHOWN:
            yield from (one.own[name] for name in ("aria-label", "value", "title", "alt") if name in one.own)
            yield from _loose(one)


def _words(page, tables, policy, name):
    """Hold that each number in words is a setting, or a figure that went through disclosure; return the texts."""
    texts = [" ".join(one.split()) for one in _loose(page)]
    for table in page.every("table"):
        texts += [one.text for one in table.every("caption")] + [one.text for one in next(table.every("thead")).every("th")]
    named = {row[0] for row in tables[0].rows} if tables[0].kinds[0] == "words" else set()
    named |= {one.rsplit(" (", 1)[0] for one in named}
    for text in texts:
        left = text
        for one in sorted(named, key=len, reverse=True):
            left = left.replace(one, " ") if NUMBER.search(one) else left
        _said(left, tables, policy, name)
    for table in tables:
        for heading, kind in list(zip(table.headings, table.kinds, strict=True))[1:]:
            for cell in table.column(heading) if kind in WORDS and table.name not in FIGURES_IN_WORDS else ():
                _said(cell, tables, policy, f"{name}: {table.name}")
    return set(texts)


def _without_shown(text, tables):
    """Return a text without figures with decimals that a table of the page shows."""
    if "." not in text:
        return text
    shown = {cell for table in tables for row in table.rows for cell, kind in zip(row, table.kinds, strict=True)
             if kind not in WORDS and "." in cell}  # fmt: skip
    return re.sub(r"(?<![\d.,])-?\d[\d,]*\.\d+(?!\d)", lambda found: " " if found[0] in shown else found[0], text)


def _said(text, tables, policy, name):
    for found in _declared(text):
        for kind, said in found.groupdict().items():
            _figure_in_words(kind, said, policy, f"{name}: {text}")
    left = _without_shown(_without(text), tables)
    assert not NUMBER.search(left), f"{name}: a number that nothing declares, in '{text}': '{left}'"
    assert not holds_identifier(text), f"{name}: {text}"


def _declared(text):
    return [found for one in SAID for found in one.finditer(text)]


def _without(text):
    """Return a text without what ``SAID`` knows of."""
    kept = list(text)
    for found in _declared(text):
        kept[found.start() : found.end()] = " " * (found.end() - found.start())
    return "".join(kept)


def _figure_in_words(kind, said, policy, where):
    if kind == "withheld":
        return
    figure = int(said.replace(",", ""))
    if kind == "base":
        assert figure == policy.base, where
    elif kind in POUNDS:
        assert figure % policy.pounds == 0, where
    elif kind in COUNTS:
        assert figure % policy.base == 0, where


def _kinds(table, policy, name):
    """Hold that every cell fits the kind that its column declares."""
    assert all(table.kinds), f"{name}: a column declares no kind"
    for heading, kind, cells in zip(table.headings, table.kinds, zip(*table.rows, strict=True), strict=True):
        for cell in cells:
            where, figure = f"{name}, {heading}: {cell}", number(cell)
            if cell in (WITHHELD, NONE):
                continue
            if kind in WORDS:
                assert not holds_identifier(cell), where
                continue
            assert figure is not None, where
            if kind in ROUNDED:
                assert figure % policy.base == 0, where
            if kind == "count":
                assert figure == 0 or figure >= policy.count(policy.threshold + 1), where
            if kind == "money":
                assert figure % policy.pounds == 0, where
            if kind in ("ratio", "limit of a ratio"):
                assert re.fullmatch(r"\d+\.\d\d", cell), where


def _beside(tables, policy, name):
    """Hold that figures which stand beside each other tell no more than each alone."""
    for table in tables:
        for row in table.rows:
            _rates(table, row, policy, f"{name}: {table.name}, {row[0]}")
            _ratios(table, row, policy, f"{name}: {table.name}, {row[0]}")
    named = {table.name: table for table in tables}
    _so_far(named, name)
    _shares(named, name)


def _shares(tables, name):
    """What follows from both shares of a yes/no column is withheld where one of them is."""
    if "table-one-shares" not in tables:
        return
    for what, *shares in tables["table-one-shares"].rows:
        told = {table: next((row for row in tables[table].rows if row[0] == what), ()) for table in ("balance", "unmatched")
                if table in tables}  # fmt: skip
        if WITHHELD in shares:
            assert set(told["balance"][1:5]) <= {WITHHELD, NONE}, f"{name}: {what}"
            assert set(told.get("unmatched", ())[1:]) <= {WITHHELD, NONE}, f"{name}: {what}"


def _of(table, row, kind):
    return [cell for cell, own in zip(row, table.kinds, strict=True) if own == kind]


def _rates(table, row, policy, where):
    """A rate, times the people beside it, gives a rounded count again; it is withheld where its count is."""
    counts = _of(table, row, "count") if table.name != "months" else []  # whose people stand in another table
    for heading, cell, kind in zip(table.headings, row, table.kinds, strict=True):
        if kind != "rate of rounded counts" or number(cell) is None or not counts or number(counts[0]) is None:
            continue
        per = 1000 if "1,000" in heading else 100
        people = number(counts[0])
        off = abs((number(cell) * people / per + policy.base / 2) % policy.base - policy.base / 2)
        assert off <= 0.051 * people / per + 1e-9, where


def _ratios(table, row, policy, where):
    """What follows from a withheld count is withheld; what is expected follows from the rounded count and the ratio."""
    ratio, expected, counts = _of(table, row, "ratio"), _of(table, row, "expected count"), _of(table, row, "count")
    if not ratio:
        return
    if WITHHELD in counts[1:2]:
        told = {"words that follow from a count", "ratio", "limit of a ratio", "rate of rounded counts"}
        own = [cell for cell, kind in zip(row, table.kinds, strict=True) if kind in told]
        assert set(own) <= {WITHHELD, NONE, "not compared: fewer than 1 expected"}, where
    elif number(ratio[0]) and number(expected[0]) is not None:
        due = policy.base * round(number(counts[1]) / number(ratio[0]) / policy.base)
        assert number(expected[0]) == max(policy.base, due), where


def _so_far(tables, name):
    """The lines over the year end at what the first table says, and tell nothing of a practice that is withheld there."""
    if not {"practices", "over-time"} <= set(tables):
        return
    main, lines = tables["practices"], tables["over-time"]
    for row, line in zip(main.rows, lines.rows, strict=True):
        assert row[0] == line[0]
        counts, expected = _of(main, row, "count")[1:], _of(main, row, "expected count")
        if not counts:
            continue
        if counts[0] == WITHHELD:
            assert set(line[1:]) <= {WITHHELD, NONE}, f"{name}: {row[0]}"
        elif number(line[-1]) is not None and number(expected[0]) is not None:
            assert number(line[-1]) == number(expected[0]) - number(counts[0]), f"{name}: {row[0]}"


def _chart(figure, table, name):
    """Hold that a picture tells what its table says, in words and in the places of what is drawn."""
    svg = next(figure.every("svg"))
    shown = {cell for row in table.rows for cell in row}
    figures = {abs(number(cell)) for cell in shown if number(cell) is not None}
    for one in svg.every():
        if one.tag == "text" and one.classes() & {"tick", "axis"}:
            continue
        for text in (*(part for part in one.inside if isinstance(part, str)), one.own.get("aria-label", "")):
            _told_by_chart(text, shown, figures, f"{name}: {table.name}")
    _places(svg, table, name)


def _told_by_chart(text, shown, figures, where):
    """Hold that each number in the words of a picture stands in the table, or is a step between such."""
    left = text
    for cell in shown if "…" in text else ():  # a long name is cut on a picture
        left = " " if cell.startswith(text.partition("…")[0]) else left
    for cell in sorted((cell for cell in shown if len(cell) > 1), key=len, reverse=True):
        left = left.replace(cell, " ")
    for said in NUMBER.findall(_without(left)):
        figure = float(said.replace(",", ""))
        between = bool(figures) and min(figures) <= figure <= max(figures) and " to " in text
        known = any(abs(figure - one) < 1e-9 for one in figures)
        assert known or between, f"{where}: '{text.strip()}' tells {said}"


def _scale(svg, along):
    """Return what gives a value for a place, from two marks of an axis; None where the axis has no numbers."""
    marks = {}
    for one in svg.every("text"):
        figure = number(one.text.replace(" %", "").replace("+", "").replace("£", ""))
        if one.classes() & {"tick", "axis"} and figure is not None and "transform" not in one.own:
            ends = "end" in one.classes()
            if ends == (along == "y"):
                marks[figure] = float(one.own[along]) - (4 if along == "y" else 0)
    if len(marks) < 2:
        return None
    (first, at), (last, to) = min(marks.items()), max(marks.items())
    return lambda place: first + (place - at) * (last - first) / (to - at), abs((last - first) / (to - at))


def _places(svg, table, name):
    """Hold that a point or line stands where a shown figure of its row or column puts it, within half a tenth of a pixel."""
    for along, centre in (("x", "cx"), ("y", "cy")):
        scale = _scale(svg, along)
        if scale is None:
            continue
        value, step = scale
        for one in svg.every("circle"):
            known = _known(table, one.own.get("data-name", ""))
            if known and centre in one.own:
                found = value(float(one.own[centre]))
                assert min(abs(found - figure) for figure in known) <= 0.16 * step, f"{name}: {one.own}"
        for one in svg.every("polyline"):
            known = _known(table, one.own.get("data-name", ""))
            for pair in one.own["points"].split() if known and along == "y" else ():
                found = value(float(pair.split(",")[1]))
                assert min(abs(found - figure) for figure in known) <= 0.16 * step, f"{name}: {one.own['data-name']}"


def _known(table, name):
    """Return the figures that the table shows of a row, or of a column, of a name."""
    cells = next((row for row in table.rows if row[0] == name), None)
    if cells is None and name in table.headings:
        cells = table.column(name)
    return [number(cell) for cell in cells or () if number(cell) is not None]


def _workbook(path, tables, words, page):
    """Hold that a workbook says what its page says: in every sheet, the hidden ones too, in names and in properties."""
    book = openpyxl.load_workbook(path)
    assert len(book.sheetnames) == 1 + len(tables), path.name
    assert {sheet.sheet_state for sheet in book} == {"visible"}, path.name
    assert not set(book.defined_names), path.name
    told = vars(book.properties)
    assert {name for name, said in told.items() if said is not None} <= {
        "creator", "title", "subject", "created", "modified", "lastModifiedBy", "version", "keywords", "category",
        "description", "identifier", "language", "contentStatus", "revision", "lastPrinted",
    }  # fmt: skip
    assert {str(said) for name, said in told.items() if said and name not in ("created", "modified")} <= {
        "casefinder", path.stem, next(page.every("h1")).text,
    }  # fmt: skip
    _sentences(book["Summary"], words, [table.name for table in tables], path.name)
    for sheet, table in zip(book.worksheets[1:], tables, strict=True):
        _sheet(sheet, table, words, path.name)
    with zipfile.ZipFile(path) as parts:
        assert not [
            name for name in parts.namelist() if re.search(r"comment|custom|media|embed|externalLink|vba", name, re.I)
        ]


def _sentences(sheet, words, names, where):
    page = " ".join(words)
    for row in sheet.iter_rows(values_only=True):
        text = " ".join(str(row[0] or "").split())
        assert all(cell is None for cell in row[1:]), where
        if any(text.startswith(name.replace("-", " ").replace("_", " ").capitalize()[:31]) for name in names):
            continue
        assert not NUMBER.search(text) or all(part in page for part in text.split(": ", 1)), f"{where}: {text}"


def _sheet(sheet, table, words, where):
    rows = [[cell for cell in row[: len(table.headings)]] for row in sheet.iter_rows(min_row=4, values_only=True)]
    assert [str(one).lstrip("'") for one in rows[0]] == table.headings, where
    for cells, shown in zip(rows[1:], table.rows, strict=False):
        for cell, text in zip(cells, shown, strict=True):
            same = number(text) == cell if isinstance(cell, int | float) else text in (str(cell), str(cell)[1:])
            assert same, f"{where} {sheet.title}: {cell} is {text} on the page"
    rest = [cell for row in rows[1 + len(table.rows) :] for cell in row if cell is not None]
    assert all(isinstance(cell, str) and " ".join(cell.split()) in words for cell in rest), f"{where} {sheet.title}: {rest}"
    assert not any(cell.comment for row in sheet.iter_rows() for cell in row), where
    assert not sheet.column_dimensions.items() or not any(one.hidden for one in sheet.column_dimensions.values()), where
    assert not any(one.hidden for one in sheet.row_dimensions.values()), where


def _csv(path, table):
    """Hold that a CSV file holds the cells of its table and no more decimals than the page prints."""
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    assert [one.removeprefix("'") for one in rows[0]] == table.headings, path.name
    assert len(rows) == 1 + len(table.rows), path.name
    for cells, shown in zip(rows[1:], table.rows, strict=True):
        for cell, text in zip(cells, shown, strict=True):
            same = (cell == "" and text == NONE) or text in (cell, cell.removeprefix("'"))
            assert same or (number(text) is not None and float(cell) == number(text)), f"{path.name}: {cell} is {text}"
