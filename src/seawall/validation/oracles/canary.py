"""The canary: a marker file under a name that was drawn for this run alone.

`{"kind": "canary"}`, or with a `path` made of `@@CANARY@@` such as `@@CANARY@@.txt`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from seawall.platform.sandbox.interface import OUT, Bounds, Verdict
from seawall.validation.errors import EvidenceError
from seawall.validation.evidence import Draw
from seawall.validation.oracles.interface import Sight, not_seen


@dataclass(frozen=True, slots=True)
class Canary:
    """Looks for the marker file in the out folder."""

    path: str
    """With placeholders."""
    name: str = "canary/1"

    def bounds(self, usual: Bounds) -> Bounds:
        """See `Oracle.bounds`."""
        return usual

    def judge(self, verdict: Verdict, draw: Draw) -> Sight:
        """See `Oracle.judge`. The file counts however the run ended."""
        if PurePosixPath(draw.fill(self.path)).name in verdict.out_files:
            return Sight(seen=True, detail="the marker file of this run is there")
        return not_seen(verdict, "marker file")


def read_canary(oracle: Mapping[str, Any]) -> Canary:
    """Read the oracle of evidence.

    Raises:
        EvidenceError: The path is not one that only this run can know (`validation.bad-oracle`).
    """
    path = oracle.get("path") or "@@CANARY@@"
    probe = Draw("0" * 32, "1" * 32)
    filled = PurePosixPath(probe.fill(path)) if isinstance(path, str) else PurePosixPath()
    if str(filled.parent) != OUT or probe.token not in filled.name:
        raise EvidenceError(
            "validation.bad-oracle",
            "the canary's path is not made of this run's token",
            remedy="Leave `path` out, or write @@CANARY@@ with an ending.",
        )
    return Canary(path)
