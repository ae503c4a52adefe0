"""The plan in a real browser: it shows, and it prints on paper."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from seawall.remediation.outputs import Sheet, output_of
from seawall.remediation.planning.plan import plan_of
from tests.remediation import hospital
from tests.remediation.outputs.test_plan_page import HOSTILE, Elements

pytestmark = pytest.mark.slow

Browse = Callable[..., str]
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=900,1200",
)


@pytest.fixture
def browse(tmp_path: Path) -> Browse:
    """Open the hospital's plan in a browser without a screen."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium is installed")
    result = hospital.result()
    hostile = hospital.exposure(
        hospital.product(HOSTILE, "", "", hospital.LAB.name, "row 99"),
        "CVE-2026-9999",
        hospital.decision("CVE-2026-9999", hospital.LAB),
        hospital.LAB,
        title=HOSTILE,
    )
    result = hospital.result(*result.exposures, hostile)
    page = tmp_path / "plan.html"
    page.write_bytes(output_of("html").write(Sheet(result, plan_of(result, hospital.TODAY), "0.1.0")))

    def run(*more: str) -> str:
        command = [chromium, *_FLAGS, f"--user-data-dir={tmp_path / 'profile'}", *more, page.as_uri()]
        answer = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    return run


def test_a_real_browser_shows_it(browse: Browse, tmp_path: Path) -> None:
    dom = browse("--dump-dom")
    elements = Elements(dom)
    assert elements.tags.count("article") == 10
    assert {"script", "img"}.isdisjoint(elements.tags), "what an inventory says is no markup"
    picture = tmp_path / "plan.png"
    browse(f"--screenshot={picture}")
    data = picture.read_bytes()
    assert struct.unpack(">II", data[16:24]) == (900, 1200)
    assert len(data) > 40_000, "an empty page is smaller"


def test_it_prints_on_a_few_sheets(browse: Browse, tmp_path: Path) -> None:
    paper = tmp_path / "plan.pdf"
    browse("--no-pdf-header-footer", f"--print-to-pdf={paper}")
    sheets = len(re.findall(rb"/Type\s*/Page[^s]", paper.read_bytes()))
    assert 4 <= sheets <= 12
