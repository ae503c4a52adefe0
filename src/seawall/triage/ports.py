"""What triage needs from the outside: findings, a store of cases, units of work.

Inside this room findings have *numbers*: counted from 1 in the order in which they were triaged, small and dense, so
that keys and decisions stay compact. Numbers never leave the room.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from seawall.intake import Finding
from seawall.kernel.events import Event
from seawall.triage.model import DecisionState, MergeDecision, Split
from seawall.triage.profile import Profile


@dataclass(frozen=True, slots=True)
class Member:
    """A finding that is in a case."""

    number: int
    finding: str
    case: int
    """Number of its case."""
    profile: Profile


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """A case that was opened once; it holds members only while it is no former case."""

    number: int
    """Counted from 1, never reset."""
    year: int
    opened_at: datetime
    founder: int
    """Number of the finding that it belongs to: wherever the founder is, the case's id leads there."""
    neighbourhood: int
    """Number of the first case of those that merging links connect; cases of one neighbourhood are settled together."""
    uniform: str = ""
    """`Profile.uniform` of all findings of the neighbourhood, if it is one case, they agree and nobody ruled on it.

    Findings of the same kind that link to such a case join it without a look at its members.
    """


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """A merge decision with its ends' numbers."""

    decision: MergeDecision
    left: int
    right: int
    pinned: bool
    """A person applied it: it holds before all rules."""


@dataclass(frozen=True, slots=True)
class SplitRecord:
    """A standing split with the numbers of both sides."""

    split: Split
    moved: frozenset[int]
    kept: frozenset[int]


@dataclass(frozen=True, slots=True)
class Counters:
    """The next numbers to give out."""

    member: int = 1
    case: int = 1


class FindingSource(Protocol):
    """The findings that intake keeps; its store is used inside triage's own unit of work."""

    def untriaged(self, limit: int) -> Sequence[Finding]:
        """Return up to `limit` findings that are in no case yet, in the order of arrival."""
        ...

    def mark_triaged(self, ids: Sequence[str]) -> None:
        """Note that the findings are in a case now."""
        ...

    def get_many(self, ids: Sequence[str]) -> Sequence[Finding]:
        """Return the findings with these ids, in any order."""
        ...


class CaseStore(Protocol):
    """Cases, members, decisions and the candidate index, inside one unit of work."""

    def lock(self) -> Counters:
        """Return the next numbers, locked: one writer at a time settles cases until the unit ends."""
        ...

    def advance(self, counters: Counters) -> None:
        """Store the next numbers."""
        ...

    # --- the candidate index

    def sightings(self, keys: Iterable[int]) -> list[tuple[int, int]]:
        """Return all pairs (key, member number) of the index for these keys, sorted."""
        ...

    def add_keys(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Write (key, member number) pairs, without repeats, into the index."""
        ...

    # --- members and cases

    def members(self, numbers: Iterable[int]) -> list[Member]:
        """Return the members with these numbers, by number."""
        ...

    def members_of(self, cases: Iterable[int]) -> list[Member]:
        """Return all members of these cases, by number."""
        ...

    def members_of_neighbourhoods(self, neighbourhoods: Iterable[int]) -> list[Member]:
        """Return all members of all cases of these neighbourhoods, by number."""
        ...

    def members_named(self, findings: Iterable[str]) -> list[Member]:
        """Return the members with these finding ids, by number."""
        ...

    def add_members(self, members: Iterable[Member]) -> None:
        """Add new members."""
        ...

    def move_members(self, moves: Iterable[tuple[int, int]]) -> None:
        """Put members (number) into another case (number)."""
        ...

    def cases(self, numbers: Iterable[int]) -> list[CaseRecord]:
        """Return the cases with these numbers, former ones too, by number."""
        ...

    def cases_founded_by(self, members: Iterable[int]) -> list[CaseRecord]:
        """Return the cases, former ones too, whose founders are among these members, by number."""
        ...

    def page(self, after: int, limit: int) -> list[CaseRecord]:
        """Return up to `limit` cases that hold members, with numbers above `after`, by number."""
        ...

    def count(self) -> int:
        """Return how many cases hold members."""
        ...

    def open_cases(self, cases: Iterable[CaseRecord]) -> None:
        """Add new cases."""
        ...

    def change_cases(self, cases: Iterable[CaseRecord]) -> None:
        """Store founder, neighbourhood and uniform of cases that exist."""
        ...

    # --- what was decided

    def decisions(self, ids: Iterable[str]) -> list[DecisionRecord]:
        """Return the decisions with these ids, by id."""
        ...

    def decisions_between(self, members: Iterable[int], state: DecisionState) -> list[DecisionRecord]:
        """Return the decisions of one state whose ends are both among these members, by id."""
        ...

    def pins(self, members: Iterable[int]) -> list[tuple[int, int]]:
        """Return the ends of all pinned, applied decisions that one of these members is an end of."""
        ...

    def asked(self, cases: Iterable[int]) -> set[tuple[int, int]]:
        """Return the pairs of cases, smaller first, between which a proposal is open or was declined.

        One case of each pair is among those given.
        """
        ...

    def open_proposals(self, limit: int) -> list[DecisionRecord]:
        """Return up to `limit` proposals whose ends are in different cases, by id."""
        ...

    def put_decisions(self, decisions: Iterable[DecisionRecord]) -> None:
        """Add decisions, or replace those with the same id."""
        ...

    def splits_of(self, members: Iterable[int]) -> list[SplitRecord]:
        """Return the standing splits that one of these members is part of, by id."""
        ...

    def add_split(self, split: SplitRecord) -> None:
        """Add a standing split."""
        ...

    def lift_split(self, split_id: str) -> None:
        """End a split; its record stays."""
        ...


class TriageUnit(Protocol):
    """One unit of work: all of it happens, with its ledger entries, or none."""

    @property
    def findings(self) -> FindingSource:
        """Findings to triage."""
        ...

    @property
    def cases(self) -> CaseStore:
        """Cases and decisions."""
        ...

    def record(self, event: Event) -> None:
        """Have the event in the ledger if and only if the unit commits."""
        ...


OpenUnit = Callable[[], AbstractContextManager[TriageUnit]]
"""Opens a unit of work."""
