"""What a worker process does: prove one finding. It gets the finding and a cache folder, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from seawall.intake import Finding
from seawall.validation import Proof
from seawall.validation.service import Prover


@dataclass(frozen=True, slots=True)
class Assignment:
    """One finding to prove."""

    finding: Finding
    cache: Path
    """Folder of package environments."""


def prove_one(assignment: Assignment) -> Proof:
    """Prove a finding; see `Prover.prove`."""
    return _prover(assignment.cache).prove(assignment.finding)


@lru_cache(maxsize=1)
def _prover(cache: Path) -> Prover:
    from seawall.entry.bootstrap import build_prover  # noqa: PLC0415 - bootstrap knows this module

    return build_prover(cache)
