"""Signals, policies and decisions: what first, by when, and why.

Signals are time series: a new value or a retraction is a new record, nothing is overwritten. A `Decision` holds every
input with its source and date and whether it was assumed, so that it can be replayed and disputed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Point(StrEnum):
    """What a signal is about."""

    KEV = "cisa:KEV:1.0.0"
    """In CISA's catalogue of known exploited vulnerabilities: `yes` or `no`."""
    EXPLOITATION = "ssvc:E:1.1.0"
    """`none`, `poc` or `active`."""
    AUTOMATABLE = "ssvc:A:2.0.0"
    """`yes` or `no`."""
    TECHNICAL_IMPACT = "ssvc:TI:1.0.0"
    """`partial` or `total`."""
    PUBLICLY_EXPOSED = "cisa:PE:1.0.0"
    """A property of the asset: `yes` or `no`."""
    CVSS = "cvss"
    """A vector string, versions 2.0 to 4.0."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One statement by one source at one time."""

    identifier: str
    """The vulnerability, usually a CVE."""
    point: Point
    value: str
    source: str
    """Who says so, for example `CISA-ADP` or `KEV 2025.08.25`."""
    as_of: datetime
    """When the source said so."""
    retracted: bool = False
    """The source takes its earlier statement back."""


@dataclass(frozen=True, slots=True)
class PointValue:
    """A decision point as it entered a decision."""

    point: Point
    value: str
    source: str
    as_of: str
    """RFC 3339; empty where the value was assumed."""
    assumed: bool = False
    """No source says so: the policy's rule for missing data gave it."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What first, by when, and why."""

    subject: str
    """Case or advisory identifier."""
    policy: str
    """Key and version, `cisa:BOD2604:1.0.0`."""
    outcome: str
    """Key of the policy's outcome, for example `14D`."""
    outcome_name: str
    """For people, for example `within 14 days`."""
    days: int | None
    """Calendar days from `clock_start`; None where the outcome has no fixed date."""
    clock_start: date
    due: date | None
    forensics: bool
    """A forensic triage goes with it."""
    points: tuple[PointValue, ...]
    reason: str
    """In words."""
