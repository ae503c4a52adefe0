"""Cases and the decisions that put findings into them.

A `Case` is the union of findings about one vulnerability. A `MergeDecision` joins two findings, says why in words,
and can be reversed. The partition is what the standing decisions say: order of arrival does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Layer(StrEnum):
    """Which rule joined two findings, strongest first."""

    IDENTIFIER = "identifier"
    """They share an identifier or alias."""
    LOCATION = "location"
    """Same product, file, weakness, and symbol, snippet or nearby line."""
    TEXT = "text"
    """Same product and near-duplicate wording."""
    PERSON = "person"
    """A person said so."""


class DecisionState(StrEnum):
    """Standing of a merge: `proposed → applied | declined`, `applied → reversed`."""

    PROPOSED = "proposed"
    APPLIED = "applied"
    DECLINED = "declined"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True)
class MergeDecision:
    """Two findings are (or may be) about one vulnerability."""

    id: str
    """`SWM-` and 16 hex digits, derived from layer and the two findings."""
    layer: Layer
    left: str
    """Finding id; `left < right`."""
    right: str
    reason: str
    """In words, for a person."""
    inputs: dict[str, str]
    """What the rule looked at: the shared identifier, both lines, the similarity."""
    rule: str
    """Name and version of the rule, `triage.location/1`."""
    decided_by: str
    """`rule` or the person's name."""
    decided_at: datetime
    state: DecisionState = DecisionState.APPLIED


@dataclass(frozen=True, slots=True)
class Case:
    """One vulnerability, as far as is known."""

    id: str
    """`SW-<year>-<number>`."""
    title: str
    findings: tuple[str, ...]
    """Finding ids, sorted; never empty."""
    identifiers: tuple[str, ...] = ()
    """Union over the findings, sorted."""
    weaknesses: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    """Version-less purls, sorted."""
    opened_at: datetime | None = None
    former_ids: tuple[str, ...] = field(default=())
    """Ids of cases that were merged into this one; they keep resolving to it."""
