"""What is installed holds all that it needs: policies, addresses of feeds, templates, drivers."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOSPITAL = ROOT / "examples" / "hospital"
BUILD = """
import sys
from hatchling.builders.wheel import WheelBuilder
print(next(WheelBuilder(sys.argv[1]).build(directory=sys.argv[2])))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the content of the wheel, and nothing of the checkout."""
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    built = run("-c", BUILD, str(ROOT), str(folder))
    with zipfile.ZipFile(built.stdout.strip()) as wheel:
        wheel.extractall(folder / "site")
    return folder / "site"


def run(*words: str, code: int = 0, **variables: str) -> subprocess.CompletedProcess[str]:
    ran = subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, timeout=120, check=False, env=os.environ | variables
    )
    assert ran.returncode == code, ran.stderr
    return ran


def test_each_file_of_data_in_the_package_is_in_the_wheel(installed: Path) -> None:
    kept = ROOT / "src"
    data = {path.relative_to(kept) for path in kept.rglob("*") if path.is_file() and path.suffix not in {".py", ".pyc"}}
    assert {"sources.json", "plan.html", "cisa_bod_26_04.json", "py.typed"} <= {path.name for path in data}
    assert {path for path in data if not (installed / path).is_file()} == set()


def test_what_was_installed_checks_a_hospital(installed: Path, tmp_path: Path) -> None:
    where = {"PYTHONPATH": str(installed), "SEAWALL_HOME": str(tmp_path / "home")}
    records = HOSPITAL / "records"
    sources = [f"--{kind}={records / name}" for kind, name in (("osv", "osv.ndjson"), ("csaf", "csaf.ndjson"))]
    assert str(installed) in run("-c", "import seawall; print(seawall.__file__)", **where).stdout
    run("-m", "seawall", "index", "build", *sources, **where)
    page = tmp_path / "plan.html"
    told = run("-m", "seawall", "check", str(HOSPITAL / "assets.csv"), "--out", str(page), code=1, **where)
    assert "CARESCAPE Central Station" in told.stdout
    assert "CARESCAPE Central Station" in page.read_text(encoding="utf-8")
    run("-m", "seawall", "feeds", "list", code=1, **where)
