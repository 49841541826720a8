"""What the documents say of the code is there: links lead somewhere, files and names exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [DOCS / "architecture.md", *sorted((DOCS / "decisions").glob("*.md")), *sorted((DOCS / "reference").glob("*.md"))]
READ = [
    ROOT / "README.md",
    DOCS / "README.md",
    DOCS / "tutorial.md",
    *sorted(DOCS.glob("how-to/*.md")),
    *sorted(DOCS.glob("safety/*.md")),
]
"""Pages that name files of a reader's own, so only their links are looked at."""
PLACES = [ROOT, ROOT / "src" / "casefinder", ROOT / "tests" / "property"]
IN_A_WORKSPACE = ("record/", "histories/", "lists/", "models/NAME", "risks/", "lists-for-meetings/", "log/", "STEP/")


def links(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.findall(r"\]\(([^)\s]+)\)", text)


def anchors(page):
    found = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^a-z0-9_ -]", "", one.lower()).replace(" ", "-") for one in found}


def named_in(page):
    """Every file, or name in a file, that a page writes as code with a slash in it."""
    found = re.findall(r"`([a-z_0-9]+(?:/[A-Za-z_0-9.]*)+)`", page.read_text(encoding="utf-8"))
    return sorted({one for one in found if not one.startswith(IN_A_WORKSPACE) or one.endswith(".py")})


def exists(name):
    """Say whether a path stands in the checkout, or a module holds the name after its last dot."""
    for place in PLACES:
        if (place / name).exists():
            return True
        module, _, inside = name.rpartition(".")
        path = place / f"{module}.py"
        if module and path.is_file():
            return bool(
                re.search(rf"^\s*(def|class) {inside}\b|^{inside}\b", path.read_text(encoding="utf-8"), re.MULTILINE)
            )
    return False


@pytest.mark.parametrize("page", [*PAGES, *READ], ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    lost = []
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if "://" in link and page in READ:
            continue
        if "://" in link or not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)
    assert lost == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_and_names_of_the_code_are_there(page):
    assert [name for name in named_in(page) if not exists(name)] == []


def test_the_architecture_names_every_room_that_is_built():
    text = (DOCS / "architecture.md").read_text(encoding="utf-8").partition("## 3.")[2].partition("## 4.")[0]
    rooms = {path.stem for path in (ROOT / "src" / "casefinder").iterdir() if not path.name.startswith(("_", "py.typed"))}
    assert rooms == {name.rstrip("/") for name in re.findall(r"^\| `([a-z_/]+)` \|", text, re.MULTILINE)}


def test_every_decision_stands_in_the_index_with_its_title():
    index = (DOCS / "decisions" / "README.md").read_text(encoding="utf-8")
    for path in sorted((DOCS / "decisions").glob("[0-9]*.md")):
        number, title = re.match(r"# (\d+)\. (.+)", path.read_text(encoding="utf-8")).groups()
        assert int(path.name[:4]) == int(number)
        assert f"| {number} | [{title}]({path.name}) |" in index
