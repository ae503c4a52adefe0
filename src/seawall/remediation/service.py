"""`check`: an inventory against what is known, with a due date for each exposure.

Everything happens in memory, and nothing is kept: an operator can run it at home, on any system, without a database,
and need not send the inventory to anyone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

from seawall.kernel.clock import parse_rfc3339
from seawall.priority import (
    EVERYTHING_ELSE,
    ClockInputs,
    Decision,
    Policy,
    Signal,
    SignalSource,
    decide,
    exposure_signals,
    load_policy,
)
from seawall.remediation.matching import Hit, match
from seawall.remediation.model import CheckResult, Exposure, Inventory, KnownVulnerability, Vulnerability


class CheckService:
    """Checks inventories under one policy."""

    def __init__(self, policy: Policy | None = None) -> None:
        self._policy = policy or load_policy()

    def check(
        self,
        inventory: Inventory,
        known: Iterable[KnownVulnerability],
        signals: SignalSource,
        *,
        at: datetime,
        exposed: str = "unknown",
        first_seen: date | None = None,
    ) -> CheckResult:
        """Say what of an inventory is affected, and by when to act.

        The clock of an exposure starts on the later of two days: first seen on the asset, and publication of the
        record where it names a fix (that is when the fix was known to be one).

        Args:
            inventory: What the asset is made of.
            known: Vulnerabilities from cases and records; aliases are folded.
            signals: What is said about the vulnerabilities' identifiers.
            at: Instant of the check, UTC; later statements do not count.
            exposed: Whether the asset can be reached from public networks: `yes`, `no` or `unknown`, which counts
                as yes.
            first_seen: Day on which the exposures were first seen on the asset; by default the day of the check.

        Raises:
            InvalidInputError: `exposed` is none of these words (`priority.invalid-exposure`).
        """
        seen = first_seen or at.astimezone(UTC).date()
        asset = exposure_signals(exposed, inventory.name, seen)
        matching = match(inventory, known)
        wanted = {name for hit in matching.hits for name in hit.vulnerability.identifiers}
        series = signals.series({*wanted, EVERYTHING_ELSE})
        decisions: dict[tuple[str, bool], Decision] = {}
        exposures = []
        for hit in matching.hits:
            key = hit.vulnerability.id, bool(hit.fixed)
            if key not in decisions:
                names = (*hit.vulnerability.identifiers, EVERYTHING_ELSE)
                said = [signal for name in names for signal in series.get(name, ())]
                clock = ClockInputs(seen, _fix_published(hit), at)
                decisions[key] = self._decide(hit, [*said, *asset], clock, inventory.name)
            known_as = hit.vulnerability
            vulnerability = Vulnerability(known_as.id, known_as.identifiers, known_as.title, known_as.published)
            exposures.append(Exposure(hit.component, vulnerability, hit.matched, decisions[key], hit.fixed))
        exposures.sort(key=_urgency)
        return CheckResult(
            inventory,
            tuple(exposures),
            matching.undecided,
            matching.not_compared,
            matching.vulnerabilities,
            exposed,
            at,
        )

    def _decide(self, hit: Hit, signals: list[Signal], clock: ClockInputs, asset: str) -> Decision:
        return decide(self._policy, hit.vulnerability.id, signals, clock, asset=asset)


def _fix_published(hit: Hit) -> date | None:
    if not hit.fixed or not hit.vulnerability.published:
        return None
    try:
        return parse_rfc3339(hit.vulnerability.published).date()
    except ValueError:
        return None


def _urgency(exposure: Exposure) -> tuple[date, bool, str, str, str]:
    """Soonest due first, forensics before none on the same day."""
    decision = exposure.decision
    component = exposure.component
    due = decision.due or date.max
    return due, not decision.forensics, exposure.vulnerability.id, str(component.purl), component.ref
