"""Fakes of this room's ports, in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from seawall.kernel.events import Event
from seawall.priority.model import Point, Signal, StoredDecision

_Identity = tuple[str, Point, str, str, datetime, bool]


class MemorySignals:
    """Statements in a dictionary."""

    def __init__(self) -> None:
        self._rows: dict[_Identity, Signal] = {}

    def series(self, identifiers: Collection[str]) -> dict[str, list[Signal]]:
        """See `SignalSource.series`."""
        wanted, found = set(identifiers), dict[str, list[Signal]]()
        for signal in self._rows.values():
            if signal.identifier in wanted:
                found.setdefault(signal.identifier, []).append(signal)
        return {identifier: sorted(own, key=lambda signal: signal.as_of) for identifier, own in found.items()}

    def identifiers_of(self, feed: str) -> set[str]:
        """See `SignalStore.identifiers_of`."""
        return {signal.identifier for signal in self._rows.values() if signal.feed == feed}

    def add(self, signals: Sequence[Signal], recorded_at: datetime) -> int:
        """See `SignalStore.add`."""
        del recorded_at
        before = len(self._rows)
        for signal in signals:
            identity = (signal.identifier, signal.point, signal.value, signal.source, signal.as_of, signal.retracted)
            self._rows.setdefault(identity, signal)
        return len(self._rows) - before


class MemoryDecisions:
    """Decisions in a list."""

    def __init__(self) -> None:
        self._rows: list[StoredDecision] = []

    def latest(self, subject: str, policy: str, asset: str) -> StoredDecision | None:
        """See `DecisionStore.latest`."""
        wanted = (subject, policy, asset)
        for stored in reversed(self._rows):
            if (stored.decision.subject, stored.decision.policy, stored.decision.asset) == wanted:
                return stored
        return None

    def history(self, subject: str) -> list[StoredDecision]:
        """See `DecisionStore.history`."""
        return [stored for stored in self._rows if stored.decision.subject == subject]

    def add(self, stored: StoredDecision) -> None:
        """See `DecisionStore.add`."""
        self._rows.append(stored)


@dataclass(slots=True)
class MemoryPriorityUnit:
    """A unit that does not roll back."""

    signals: MemorySignals = field(default_factory=MemorySignals)
    decisions: MemoryDecisions = field(default_factory=MemoryDecisions)
    events: list[Event] = field(default_factory=list)

    def record(self, event: Event) -> None:
        """See `Recorder.record`."""
        self.events.append(event)

    @contextmanager
    def open(self) -> Iterator[MemoryPriorityUnit]:
        """What a service takes as `open_unit`."""
        yield self
