"""Cases, and the decisions that put findings into them.

A `Case` is the union of findings about one vulnerability. A `MergeDecision` joins two findings, says why in words,
and can be reversed. The partition is what the findings and the standing words of people say: order of arrival does
not matter (`docs/merging.md` has the rules, `docs/adr/0006-merging.md` the reasons).

Invariants: a finding is in exactly one case; a case belongs to the finding it was opened for (its founder), so an
identifier that was given once resolves for ever to the case that holds its founder.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Layer(StrEnum):
    """Which rule joined two findings, strongest first."""

    IDENTIFIER = "identifier"
    """They share an identifier or alias."""
    CRASH = "crash"
    """Same product and crash signature."""
    LOCATION = "location"
    """Same product, file, weakness, and symbol, snippet or nearby line."""
    TEXT = "text"
    """Same product and near-duplicate wording."""
    HINT = "hint"
    """Too little to merge on its own: always a proposal."""
    PERSON = "person"
    """A person said so."""


class DecisionState(StrEnum):
    """Standing of a merge: `proposed → applied | declined`, `applied → reversed → applied`."""

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
class Split:
    """A person's word that two groups of findings are not one vulnerability.

    Each side stays together and apart from the other, whatever the rules say, until a person merges the two again
    or splits a side further.
    """

    id: str
    """`SWS-` and 16 hex digits."""
    moved: tuple[str, ...]
    """Finding ids that were taken out, sorted."""
    kept: tuple[str, ...]
    """Finding ids that stayed, sorted; the case's later reports follow this side where both would fit."""
    reason: str
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Proposal:
    """An open question for a person."""

    decision: MergeDecision
    cases: tuple[str, str]
    """The two cases that it would join, older first."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why the findings of a case are together."""

    case: str
    decisions: tuple[MergeDecision, ...]
    """Applied merges between findings of the case; together they connect all of them."""
    splits: tuple[Split, ...]
    """Standing splits that hold findings of the case together or apart from others."""


@dataclass(frozen=True, slots=True)
class TriageBatch:
    """What one unit of work did."""

    findings: int
    """Findings that are in a case now and were not before; 0 when nothing is left to do."""
    opened: int
    """Cases opened."""
    merged: int
    """Merges applied."""
    proposed: int
    """Proposals made."""


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
