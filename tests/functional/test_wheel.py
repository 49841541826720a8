"""What an installed casefinder holds: the code, the choices and the models; and it works without the checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NEEDED_AT_THE_SITE = ("configs", "models")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel of this checkout."""
    out = tmp_path_factory.mktemp("wheel")
    words = ("pip", "wheel", ".", "--no-deps", "--no-build-isolation", "--quiet", "--wheel-dir", str(out))
    subprocess.run([sys.executable, "-m", *words], cwd=ROOT, check=True, capture_output=True)
    return next(out.glob("casefinder-*.whl"))


def test_every_choice_and_every_model_travels(wheel):
    inside = set(zipfile.ZipFile(wheel).namelist())
    here = [path for name in NEEDED_AT_THE_SITE for path in (ROOT / name).rglob("*") if path.is_file()]
    wanted = {f"casefinder/shipped_files/{path.relative_to(ROOT).as_posix()}" for path in here if path.name[0] != "."}
    assert len(wanted) > 50
    assert wanted <= inside
    assert {"casefinder/py.typed", "casefinder/worklist/templates/list.html.j2"} <= inside
    assert not [name for name in inside if name.endswith((".pkl", ".pickle", ".joblib"))]


def test_an_unpacked_wheel_makes_a_starter_site_far_from_the_checkout(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    code = (
        "import casefinder.cli as cli, sys; assert 'installed' in cli.__file__; sys.argv[1:] = ['init', 'site']; cli.main()"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "installed")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site" / "site.yaml").is_file()
    assert (tmp_path / "site" / "governance.yaml").is_file()
