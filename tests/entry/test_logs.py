"""Log lines: never in the answer, and only failures."""

from __future__ import annotations

import subprocess
import sys

import pytest

_WORKER = """
from pathlib import Path
from seawall.entry.bootstrap import build_prover
build_prover(Path("cache"))
import structlog
structlog.get_logger("room").warning("dropped", id=1)
structlog.get_logger("room").error("shown", id=2)
"""
_FEEDS = _WORKER.replace('build_prover(Path("cache"))', "from seawall.entry.logs import log_to_stderr; log_to_stderr()")


@pytest.mark.parametrize("code", [_WORKER, _FEEDS], ids=["worker", "feeds"])
def test_failures_go_to_standard_error_and_the_rest_nowhere(code: str) -> None:
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout == ""
    assert "shown" in ran.stderr
    assert "dropped" not in ran.stderr
