"""Keeps proofs: each new one is one event, in the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager

from seawall.kernel.events import Event
from seawall.validation.model import Proof
from seawall.validation.ports import ValidationUnit


class ProofRegister:
    """Keeps proofs.

    Args:
        open_unit: Opens a transaction of this room.
    """

    def __init__(self, open_unit: Callable[[], AbstractContextManager[ValidationUnit]]) -> None:
        self._open_unit = open_unit

    def record(self, proofs: Iterable[Proof]) -> int:
        """Keep proofs in one transaction, with one event for each; return how many were new.

        Raises:
            BusyError: Another writer holds the database.
        """
        added = 0
        with self._open_unit() as unit:
            for proof in proofs:
                digest = unit.proofs.add(proof)
                if digest is None:
                    continue
                added += 1
                facts: dict[str, str | int | list[str]] = {
                    "digest": digest,
                    "grade": str(proof.grade),
                    "finding": proof.finding_id,
                }
                unit.record(Event("ProofRecorded", proof.id, proof.decided_at, facts))
        return added

    def for_findings(self, finding_ids: Sequence[str]) -> tuple[Proof, ...]:
        """Return the proofs of these findings, oldest first."""
        with self._open_unit() as unit:
            return unit.proofs.for_findings(finding_ids)
