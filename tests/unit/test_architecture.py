"""The architecture is a test, not a picture: rooms import only from rooms above them, and one library has one door."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "src" / "casefinder"
ROOMS = [
    *(
        "shipped",
        "errors",
        "dates",
        "codelists",
        "disclosure",
        "pages",
        "workbooks",
        "evaluation",
        "comparison",
        "matching",
        "tables",
        "definitions",
    ),
    *("config", "engines", "sources", "record", "histories", "simulate", "cohorts", "features", "outcomes", "modelling"),
    *("explain", "worklist", "monitoring", "allocation", "practices", "services", "reports", "app", "commands", "cli"),
]
FLOOR = {room: place for place, room in enumerate(ROOMS)}
DOORS = {
    "duckdb": {"engines"},
    "fsspec": {"engines"},
    "pyspark": {"engines"},
    "numba": {"histories"},
    "lightgbm": {"modelling"},
    "mlflow": {"modelling"},
    "shap": {"explain", "reports"},
    "typer": {"cli"},
    "fastapi": {"app"},
    "yaml": {"config"},
    "sqlalchemy": {"worklist"},
    "optuna": {"modelling"},
}


def room_of(path):
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imports(path):
    """Every module that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names if node.module == "casefinder")


MODULES = [path for path in sorted(ROOT.rglob("*.py")) if room_of(path) != "__init__"]


def test_every_room_has_its_place_in_the_plan():
    assert {room_of(path) for path in MODULES} <= set(ROOMS)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_imports_only_from_rooms_above_it(path):
    own = room_of(path)
    for name in imports(path):
        package, _, rest = name.partition(".")
        other = rest.split(".")[0]
        if package == "casefinder" and other in FLOOR:
            assert other == own or FLOOR[other] < FLOOR[own], f"{own} must not import {other}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_library_has_one_door(path):
    for name in imports(path):
        library = name.split(".")[0]
        if library in DOORS:
            assert room_of(path) in DOORS[library], f"{library} belongs in {DOORS[library]}"


def test_only_the_registry_and_what_it_serves_know_mlflow():
    knowing = {path.name for path in MODULES if any(name.split(".")[0] == "mlflow" for name in imports(path))}
    assert knowing == {"registry.py", "served_model.py"}


ON_DATA = ("sources", "record", "histories", "cohorts", "features", "outcomes", "explain", "worklist")
"""Rooms whose data may lie in a store; what later rooms write lies in the workspace's folder."""


@pytest.mark.parametrize(
    "path", [path for path in MODULES if room_of(path) in ON_DATA], ids=lambda path: str(path.relative_to(ROOT))
)
def test_only_engines_open_and_remove_data_files(path):
    assert not {"pyarrow.parquet", "pyarrow.fs", "shutil", "glob"} & set(imports(path)), "call engines.files"
    tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    used = {node.attr for node in tree if isinstance(node, ast.Attribute)}
    assert not {"read_parquet", "to_parquet", "rmtree"} & used, "call engines.files"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_stay_small(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") < 400, "a module has at most 400 lines"
    long = [
        (node.name, node.end_lineno - node.lineno + 1 - _docstring_lines(node))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
    ]
    assert not [one for one in long if one[1] > 45], "a function has at most 45 lines beside its docstring"


def _docstring_lines(node):
    first = node.body[0]
    is_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    return first.end_lineno - first.lineno + 1 if is_text else 0


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from typer.testing import CliRunner; from casefinder.cli import app;"
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0;"
        "heavy = {'mlflow', 'shap', 'matplotlib', 'lightgbm', 'sklearn', 'pandas', 'numpy', 'duckdb', 'ibis', 'numba'};"
        "heavy |= {'pyspark', 'fsspec'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_scoring_loads_neither_mlflow_nor_shap_nor_matplotlib_nor_pyspark_nor_the_libraries_of_stores():
    code = (
        "import sys; import casefinder.commands.listing, casefinder.commands.linking;"
        "print(sorted({'mlflow', 'shap', 'matplotlib', 'optuna', 'pyspark', 'fsspec'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
