"""Advisories: what leaves the house about a case, and where it went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from seawall.kernel.marking import Marking


@dataclass(frozen=True, slots=True)
class AdvisoryProduct:
    """One package that a case is about."""

    purl: str
    """Version-less."""
    affected: tuple[str, ...] = ()
    """Versions known to be affected."""
    fixed: tuple[str, ...] = ()
    """Versions known to be fixed."""
    events: tuple[tuple[str, str], ...] = ()
    """OSV range events, if any source gave them."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One line of an advisory's history."""

    number: int
    """Counted from 1."""
    at: datetime
    summary: str


@dataclass(frozen=True, slots=True)
class Advisory:
    """Everything that the formats need, free of any format."""

    id: str
    """The case's id."""
    title: str
    description: str
    identifiers: tuple[str, ...]
    weaknesses: tuple[str, ...]
    products: tuple[AdvisoryProduct, ...]
    vectors: tuple[str, ...]
    references: tuple[str, ...]
    credits: tuple[str, ...]
    marking: Marking
    grade: str
    grade_reason: str
    revisions: tuple[Revision, ...]
    """Oldest first; never empty."""


@dataclass(frozen=True, slots=True)
class Publication:
    """One document that was published."""

    id: str
    """`SWA-` and 16 hex digits, derived from case, format and content."""
    case_id: str
    format: str
    """`csaf` or `osv`."""
    number: int
    """Revision number of the advisory."""
    digest: str
    """SHA-256 of the bytes, also their name in the blob store."""
    path: str
    """Relative to the publication folder."""
    published_at: datetime
