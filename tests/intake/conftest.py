"""What the tests of the readers share: a report to read for, fixtures by name, and the data beside the checkout."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from seawall.intake.formats import Context, read
from seawall.intake.model import Finding, Report
from seawall.kernel.errors import InvalidInputError
from seawall.kernel.limits import DEFAULT_LIMITS, Limits
from seawall.kernel.marking import UNMARKED, Marking

FIXTURES = Path(__file__).parent / "fixtures"
ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("SEAWALL_SHARED") or ROOT.parent / "shared")

ReadAll = Callable[..., tuple[str, list[Finding]]]
Refusal = Callable[..., InvalidInputError]


def make_context(product: str = "", marking: Marking = UNMARKED, limits: Limits = DEFAULT_LIMITS) -> Context:
    at = datetime(2026, 11, 21, tzinfo=UTC)
    return Context(Report("SWR-1", "0" * 64, 1, "me", "a-name", marking, product, at), limits)


@pytest.fixture
def context() -> Context:
    return make_context()


@pytest.fixture
def fixture() -> Callable[[str], bytes]:
    return lambda name: (FIXTURES / name).read_bytes()


@pytest.fixture
def read_all() -> ReadAll:
    """Read bytes to the end: the format's name and all findings."""

    def run(
        data: bytes | str, product: str = "", marking: Marking = UNMARKED, limits: Limits = DEFAULT_LIMITS
    ) -> tuple[str, list[Finding]]:
        reading = read(data.encode() if isinstance(data, str) else data, make_context(product, marking, limits))
        return reading.format, list(reading.findings)

    return run


@pytest.fixture
def refusal(read_all: ReadAll) -> Refusal:
    """Read bytes that must be refused: the error."""

    def run(data: bytes | str, limits: Limits = DEFAULT_LIMITS) -> InvalidInputError:
        with pytest.raises(InvalidInputError) as caught:
            read_all(data, limits=limits)
        assert caught.value.remedy
        return caught.value

    return run


@pytest.fixture
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip(f"no shared data at {SHARED}")
    return SHARED
