"""The crash: the process was killed by a signal that a fault raises. An exit code of 139 is no signal."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from seawall.platform.sandbox.interface import Bounds, Verdict
from seawall.validation.evidence import Draw
from seawall.validation.oracles.interface import Sight, not_seen

FAULTS: Final = frozenset({signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGTRAP})


@dataclass(frozen=True, slots=True)
class Crash:
    """Looks at the real wait status."""

    name: str = "crash/1"

    def bounds(self, usual: Bounds) -> Bounds:
        """See `Oracle.bounds`."""
        return usual

    def judge(self, verdict: Verdict, _draw: Draw) -> Sight:
        """See `Oracle.judge`."""
        if verdict.ended == "signaled" and verdict.code in FAULTS:
            return Sight(seen=True, detail=f"killed by {signal.Signals(verdict.code).name}")
        return not_seen(verdict, "crash")


def read_crash(_oracle: Mapping[str, Any]) -> Crash:
    """Read the oracle of evidence: it has no members of its own."""
    return Crash()
