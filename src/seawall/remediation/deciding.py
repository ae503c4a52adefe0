"""Due dates for many assets: what differs in nothing but the asset's name is decided once.

A decision follows from the vulnerability, what is known about it, the days that count, and what is said of the asset;
the asset's name is only written into it. On a thousand inventories the same few thousand decisions come up again and
again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from itertools import chain
from typing import Final

import msgspec

from seawall.priority import (
    EVERYTHING_ELSE,
    ClockInputs,
    Decision,
    Point,
    Policy,
    Signal,
    SignalSource,
    decide,
    exposure_signals,
)
from seawall.remediation.model import Asset, Vulnerability

Given = tuple[tuple[Point, str], ...]
"""What an operator says of the assets beside exposure."""
_REMEMBERED: Final = 200_000


class Decider:
    """Decides under one policy, from one source of statements.

    Args:
        signals: What is said about vulnerabilities.
        policy: The rules.
    """

    def __init__(self, signals: SignalSource, policy: Policy) -> None:
        self._signals = signals
        self._policy = policy
        self._known: dict[object, Decision] = {}
        self._said: dict[tuple[str, Given, date], list[Signal]] = {}

    def decide(self, vulnerability: Vulnerability, asset: Asset, given: Given, clock: ClockInputs) -> Decision:
        """Say by when to act on a vulnerability on an asset.

        Raises:
            InvalidInputError: The asset's exposure is no word that is known (`priority.invalid-exposure`).
        """
        key = (vulnerability.identifiers, vulnerability.id, asset.exposed, given, clock)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[key] = self._decided(vulnerability, asset.exposed, given, clock)
        return msgspec.structs.replace(known, asset=asset.name)

    def _decided(self, vulnerability: Vulnerability, exposed: str, given: Given, clock: ClockInputs) -> Decision:
        names = (*vulnerability.identifiers, EVERYTHING_ELSE)
        series = self._signals.series(names)
        about = chain.from_iterable(series.get(name, ()) for name in names)
        since = min(clock.first_seen, clock.at.astimezone(UTC).date())
        own = self._of_asset(exposed, given, since)
        return decide(self._policy, vulnerability.id, [*about, *own], clock)

    def _of_asset(self, exposed: str, given: Given, since: date) -> Sequence[Signal]:
        """What the operator says, as holding since a day: dated today, it would bring a new date with each check."""
        key = (exposed, given, since)
        if key not in self._said:
            as_of = datetime.combine(since, time(), UTC)
            properties = [Signal("", point, value, "the operator", as_of) for point, value in given]
            self._said[key] = [*exposure_signals(exposed, "", since), *properties]
        return self._said[key]
