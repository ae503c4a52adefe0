"""An oracle that sees nothing: for a run that only asks whether the entry point is there."""

from __future__ import annotations

from dataclasses import dataclass

from seawall.platform.sandbox.interface import Bounds, Verdict
from seawall.validation.evidence import Draw
from seawall.validation.oracles.interface import Sight


@dataclass(frozen=True, slots=True)
class Blind:
    """Judges no run. Not among `ORACLES`: no evidence can ask for it."""

    name: str = "none"

    def bounds(self, usual: Bounds) -> Bounds:
        """See `Oracle.bounds`."""
        return usual

    def judge(self, _verdict: Verdict, _draw: Draw) -> Sight:
        """See `Oracle.judge`."""
        return Sight(seen=False, detail="nothing was looked for", undecided=True)
