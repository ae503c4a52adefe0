"""What a test is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from seawall.advisories.csaf.checks.index import DocumentIndex


class Severity(StrEnum):
    """How a program must treat a failed test (CSAF 2.0, section 6)."""

    ERROR = "error"
    """A schema error or a failed mandatory test: the document is not valid."""
    WARNING = "warning"
    """A failed optional test, or a mandatory test that could not be decided."""
    INFO = "info"
    """A failed informative test."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """One place where a test fails."""

    pointer: str
    """JSON pointer (RFC 6901); empty for the whole document."""
    message: str
    remedy: str
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Check:
    """One test of the standard."""

    id: str
    """Its section, for example `6.1.1`."""
    title: str
    run: Callable[[DocumentIndex], Iterator[Flaw]]


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """One failed test at one place."""

    test: str
    """Section of the test, or `schema`."""
    severity: Severity
    pointer: str
    message: str
    remedy: str
