"""The time-out: `{"kind": "timeout", "seconds": 4}` of *CPU* time used up. Sleeping and waiting are no effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from seawall.platform.sandbox.interface import Bounds, Verdict
from seawall.validation.errors import EvidenceError
from seawall.validation.evidence import Draw
from seawall.validation.oracles.interface import Sight, not_seen, with_cpu

LEAST_SECONDS: Final = 1.0
"""Less is the time that starting an interpreter takes."""
MOST_SECONDS: Final = 60.0
_IDLE_SHARE: Final = 0.25  # of the CPU time asked for; a run that used less until the wall limit was waiting


@dataclass(frozen=True, slots=True)
class Timeout:
    """Looks for a run that was ended because its CPU time was used up."""

    seconds: float
    name: str = "timeout/1"

    def bounds(self, usual: Bounds) -> Bounds:
        """See `Oracle.bounds`."""
        return with_cpu(usual, self.seconds)

    def judge(self, verdict: Verdict, _draw: Draw) -> Sight:
        """See `Oracle.judge`. A run that mostly waited until the wall limit did not show the effect."""
        used = f"{verdict.cpu_seconds:.1f} s of CPU time"
        if verdict.ended == "cpu_limit":
            return Sight(seen=True, detail=f"still running after {used}")
        if verdict.ended == "wall_limit" and verdict.cpu_seconds < _IDLE_SHARE * self.seconds:
            return Sight(seen=False, detail=f"it waited: {used} in {verdict.wall_seconds:.0f} s")
        return not_seen(verdict, f"time-out, {used}")


def read_timeout(oracle: Mapping[str, Any]) -> Timeout:
    """Read the oracle of evidence.

    Raises:
        EvidenceError: `seconds` is missing or out of bounds (`validation.bad-oracle`).
    """
    seconds = oracle.get("seconds")
    if not isinstance(seconds, int | float) or not LEAST_SECONDS <= seconds <= MOST_SECONDS:
        raise EvidenceError(
            "validation.bad-oracle",
            f"a time-out needs seconds from {LEAST_SECONDS:.0f} to {MOST_SECONDS:.0f}",
            remedy="Choose a time that is far above what harmless input of the same size takes.",
        )
    return Timeout(float(seconds))
