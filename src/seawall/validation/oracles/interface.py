"""What a family of oracles has in common: it says whether the effect is there, from what the supervisor saw.

Invariant: an oracle reads the `Verdict` and the run's own draw, and nothing that the hostile process said. Printed
text, exit codes and the driver's account are within the finder's reach, so no oracle looks at them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from seawall.platform.sandbox.interface import Bounds, Verdict
from seawall.validation.evidence import Draw


@dataclass(frozen=True, slots=True)
class Sight:
    """What an oracle saw in one run."""

    seen: bool
    """The effect was there."""
    detail: str
    """In words."""
    undecided: bool = False
    """The run ended in a way that says nothing: the effect may have been on its way."""


class Oracle(Protocol):
    """Judges runs of one finding."""

    @property
    def name(self) -> str:
        """Kind and version, for the proof."""
        ...

    def bounds(self, usual: Bounds) -> Bounds:
        """Return the bounds under which the effect can be seen."""
        ...

    def judge(self, verdict: Verdict, draw: Draw) -> Sight:
        """Say whether the effect is there."""
        ...


LIMITS_HIT = frozenset({"cpu_limit", "wall_limit", "memory_limit", "process_limit", "lost"})
"""Endings that come from outside the job."""


def not_seen(verdict: Verdict, what: str) -> Sight:
    """Return the sight of a run without the effect; a run that a limit ended says nothing."""
    if verdict.ended in LIMITS_HIT:
        return Sight(seen=False, detail=f"no {what}; the run was ended ({verdict.ended})", undecided=True)
    return Sight(seen=False, detail=f"no {what}; the process {_ending(verdict)}")


def with_cpu(bounds: Bounds, seconds: float) -> Bounds:
    """Return bounds with another CPU limit and a wall limit that a busy machine can keep."""
    return replace(bounds, cpu_seconds=seconds, wall_seconds=max(bounds.wall_seconds, 10.0 + 5.0 * seconds))


def _ending(verdict: Verdict) -> str:
    return f"ended by signal {verdict.code}" if verdict.ended == "signaled" else f"exited with {verdict.code}"
