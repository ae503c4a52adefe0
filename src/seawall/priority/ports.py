"""What the room needs from the outside: stores of signals and decisions, inside a unit of work."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from seawall.kernel.events import Recorder
from seawall.priority.model import Signal, StoredDecision


class SignalSource(Protocol):
    """Whatever can tell the statements about vulnerabilities: a store, or what was read from files."""

    def series(self, identifiers: Collection[str]) -> Mapping[str, Sequence[Signal]]:
        """Return all statements about each identifier that has any, retractions included, oldest first."""
        ...


class SignalStore(SignalSource, Protocol):
    """Keeps statements; never changes or removes one."""

    def identifiers_of(self, feed: str) -> set[str]:
        """Return the identifiers about which the feed ever said anything."""
        ...

    def add(self, signals: Sequence[Signal], recorded_at: datetime) -> int:
        """Add those statements that are not there yet, and return how many were."""
        ...


class DecisionStore(Protocol):
    """Keeps decisions; a later one about the same thing stands beside the earlier ones."""

    def latest(self, subject: str, policy: str, asset: str) -> StoredDecision | None:
        """Return the decision that stands."""
        ...

    def history(self, subject: str) -> Sequence[StoredDecision]:
        """Return all decisions about a subject, under any policy and on any asset, oldest first."""
        ...

    def add(self, stored: StoredDecision) -> None:
        """Add a decision."""
        ...


class PriorityUnit(Recorder, Protocol):
    """One transaction of this room."""

    @property
    def signals(self) -> SignalStore:
        """Statements."""
        ...

    @property
    def decisions(self) -> DecisionStore:
        """Decisions."""
        ...
