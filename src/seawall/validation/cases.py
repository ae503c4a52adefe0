"""The grade of a case: what the proofs of its findings say together.

Of each finding the latest proof counts. Then the best one, in this order: E4, E3, E2, inconclusive, E1, E0, refuted.
A refuted finding says that *its* evidence is false, not that the vulnerability is: it never weighs against another
finding that stands, and refutes the case only if all its findings are refuted. `inconclusive` stands above E1 and E0,
because there is evidence, and a person should look.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from seawall.validation.model import Grade, Proof

ORDER: Final = (
    Grade.FIX_VERIFIED,
    Grade.INPUT_REPRODUCED,
    Grade.SCRIPT_REPRODUCED,
    Grade.INCONCLUSIVE,
    Grade.PLAUSIBLE,
    Grade.CLAIMED,
    Grade.REFUTED,
)
"""Best first."""


@dataclass(frozen=True, slots=True)
class CaseGrade:
    """What is proven of a case."""

    grade: Grade
    reason: str
    proof: Proof | None = None
    """The one that decides; `None` while no finding has been tried."""


def case_grade(proofs: Iterable[Proof]) -> CaseGrade:
    """Combine the proofs of a case's findings; their order does not matter."""
    latest: dict[str, Proof] = {}
    for proof in proofs:
        known = latest.get(proof.finding_id)
        if known is None or (known.decided_at, known.id) < (proof.decided_at, proof.id):
            latest[proof.finding_id] = proof
    if not latest:
        return CaseGrade(Grade.CLAIMED, "nothing has been checked yet")
    best = min(latest.values(), key=lambda proof: (ORDER.index(proof.grade), proof.decided_at, proof.id))
    return CaseGrade(best.grade, best.reason, best)
