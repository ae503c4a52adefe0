"""Which statement of a time series is in force at an instant.

A source's latest statement not after the instant stands, and a retraction stands for silence. Between sources:

- Where a point has an authority (for KEV the catalogue itself) and it ever spoke about the vulnerability, it alone
  counts, its retraction included: copies elsewhere may be stale.
- Else the latest statement wins; at the same instant the source whose name comes first, so that order of arrival never
  matters.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final

from seawall.priority.model import Point, Signal

KEV_SOURCE: Final = "CISA-KEV"
"""The catalogue of known exploited vulnerabilities."""
AUTHORITIES: Final = {Point.KEV: KEV_SOURCE}
EVERYTHING_ELSE: Final = "*"
"""Identifier of statements about all vulnerabilities that a complete catalogue does not list: silence of the catalogue
is then a value with a source and a date, and not an assumption."""


class SignalIndex:
    """A `SignalSource` in memory, for statements read from files and kept nowhere."""

    def __init__(self, signals: Iterable[Signal] = ()) -> None:
        self._by_identifier: dict[str, list[Signal]] = {}
        for signal in sorted(signals, key=lambda signal: signal.as_of):
            self._by_identifier.setdefault(signal.identifier, []).append(signal)

    def series(self, identifiers: Collection[str]) -> dict[str, list[Signal]]:
        """See `SignalSource.series`."""
        return {name: self._by_identifier[name] for name in set(identifiers) if name in self._by_identifier}


def in_force(signals: Iterable[Signal], point: Point, when: datetime) -> Signal | None:
    """Return the statement in force about one identifier.

    Args:
        signals: The identifier's statements, in any order; those about other points do not count.
        point: What is asked.
        when: UTC instant.
    """
    latest: dict[str, Signal] = {}
    for signal in signals:
        if signal.point is point and signal.as_of <= when:
            known = latest.get(signal.source)
            if known is None or _rank(signal) > _rank(known):
                latest[signal.source] = signal
    authority = latest.get(AUTHORITIES.get(point, ""))
    standing = [authority] if authority else list(latest.values())
    standing = [signal for signal in standing if not signal.retracted]
    if not standing:
        return None
    newest = max(signal.as_of for signal in standing)
    return min((signal for signal in standing if signal.as_of == newest), key=lambda signal: signal.source)


def said_by(signals: Iterable[Signal], point: Point, source: str, when: datetime) -> Signal | None:
    """Return a source's own latest statement, which may be a retraction."""
    own = [s for s in signals if s.point is point and s.source == source and s.as_of <= when]
    return max(own, key=_rank, default=None)


def _rank(signal: Signal) -> tuple[datetime, bool, str]:
    """At one instant a retraction undoes the statement; two values at one instant are put in a fixed order."""
    return signal.as_of, signal.retracted, signal.value
