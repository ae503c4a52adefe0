"""Signals, policies and decisions: what first, by when, and why.

Signals are time series: a new value or a retraction is a new record, nothing is overwritten. A `Decision` holds every
input with its source and date and whether it was assumed, and every day on which its outcome changed, so that it can be
replayed and disputed. The same inputs give the same bytes (`decision_bytes`) on every machine.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import msgspec


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
    SYSTEM_EXPOSURE = "ssvc:EXP:1.0.1"
    """A property of the asset: `small`, `controlled` or `open`."""
    HUMAN_IMPACT = "ssvc:HI:2.0.2"
    """A property of the asset: `low`, `medium`, `high` or `very high`."""
    UTILITY = "ssvc:U:1.0.1"
    """`laborious`, `efficient` or `super effective`; follows from automatable and value density."""
    VALUE_DENSITY = "ssvc:VD:1.0.0"
    """`diffuse` or `concentrated`."""
    PUBLIC_SAFETY_IMPACT = "ssvc:PSI:2.0.1"
    """`minimal` or `significant`."""
    EPSS = "epss:probability"
    """FIRST's estimate that it is exploited within 30 days: a number from 0 to 1, as FIRST writes it."""
    EPSS_PERCENTILE = "epss:percentile"
    """The share of all vulnerabilities whose EPSS is not higher: a number from 0 to 1."""
    CVSS_2 = "cvss:2"
    """A vector string of CVSS 2.0. The versions are points of their own, since a source may give several at once."""
    CVSS_3 = "cvss:3"
    """A vector string of CVSS 3.0 or 3.1."""
    CVSS_4 = "cvss:4"
    """A vector string of CVSS 4.0."""


class Signal(msgspec.Struct, frozen=True):
    """One statement by one source at one time."""

    identifier: str
    """The vulnerability, usually a CVE; for properties of an asset, the asset."""
    point: Point
    value: str
    """Empty in a retraction."""
    source: str
    """Who says so, for example `CISA-KEV`, `CISA-ADP`, `CNA redhat`."""
    as_of: datetime
    """When the source said so."""
    retracted: bool = False
    """The source takes its earlier statement back."""
    feed: str = ""
    """The feed that it came by; empty for what a person or an asset record says."""


class LoadReport(msgspec.Struct, frozen=True):
    """What reading a feed changed."""

    feed: str
    records: int = 0
    """Documents or entries that were read."""
    added: int = 0
    """Statements that are new."""
    unchanged: int = 0
    """Statements that were known, or say what was in force already."""
    retracted: int = 0
    """Statements that the feed made before and makes no more."""
    problems: tuple[str, ...] = ()
    """Records that could not be read, each with its place and the reason; at most 100 are kept."""
    unreadable: int = 0
    """How many records could not be read."""


class PointValue(msgspec.Struct, frozen=True):
    """A decision point as it entered a decision."""

    point: Point
    value: str
    source: str
    as_of: str
    """RFC 3339; empty where the value was assumed."""
    assumed: bool = False
    """No source says so: the policy's rule for missing data gave it."""


class Step(msgspec.Struct, frozen=True):
    """A day on which the outcome became another one."""

    day: date
    outcome: str
    because: str
    """What changed, in words."""


class ClockInputs(msgspec.Struct, frozen=True):
    """The dates that a due date is counted from. Days are days of UTC."""

    first_seen: date
    """When the exposure was first seen on the asset."""
    fix_published: date | None
    """When a fix or mitigation was published; None if no such date is known."""
    at: datetime
    """The instant of the decision: later statements do not count."""


class Decision(msgspec.Struct, frozen=True):
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
    """Calendar days that the outcome allows; None where it has no fixed date."""
    clock_start: date
    due: date | None
    """`clock_start` plus `days`, or an earlier date that was set before and still stands; None without a fixed date."""
    forensics: bool
    """A forensic triage goes with it."""
    points: tuple[PointValue, ...]
    reason: str
    """In words."""
    asset: str = ""
    """What the decision is about beside the vulnerability; empty for the vulnerability in general."""
    first_seen: date | None = None
    fix_published: date | None = None
    steps: tuple[Step, ...] = ()
    """Days on which the outcome changed, oldest first."""


class StoredDecision(msgspec.Struct, frozen=True):
    """A decision and when it was taken."""

    decision: Decision
    digest: str
    """SHA-256 of the decision's canonical JSON, in hex."""
    decided_at: datetime
