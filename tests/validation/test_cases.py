from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise, permutations

from seawall.validation import Grade, Proof, case_grade

START = datetime(2026, 11, 21, tzinfo=UTC)


def proof(finding: str, grade: Grade, day: int = 0) -> Proof:
    return Proof(
        f"SWP-{finding}-{grade}-{day}",
        finding,
        grade,
        f"why {grade}",
        "r/1",
        "",
        "",
        "",
        0,
        0,
        (),
        (),
        (),
        START + timedelta(days=day),
    )


def test_the_best_standing_proof_decides_in_any_order() -> None:
    order = [
        Grade.FIX_VERIFIED,
        Grade.INPUT_REPRODUCED,
        Grade.SCRIPT_REPRODUCED,
        Grade.INCONCLUSIVE,
        Grade.PLAUSIBLE,
        Grade.CLAIMED,
        Grade.REFUTED,
    ]
    for better, worse in pairwise(order):
        for proofs in permutations([proof("a", better), proof("b", worse)]):
            combined = case_grade(proofs)
            assert combined.grade is better
            assert combined.proof == proof("a", better)


def test_a_refuted_duplicate_does_not_refute_the_case() -> None:
    assert case_grade([proof("a", Grade.REFUTED), proof("b", Grade.CLAIMED)]).grade is Grade.CLAIMED
    assert case_grade([proof("a", Grade.REFUTED), proof("b", Grade.REFUTED)]).grade is Grade.REFUTED


def test_the_latest_proof_of_a_finding_counts() -> None:
    proofs = [proof("a", Grade.INPUT_REPRODUCED, 1), proof("a", Grade.REFUTED, 2), proof("a", Grade.INCONCLUSIVE, 0)]
    for order in permutations(proofs):
        assert case_grade(order).grade is Grade.REFUTED


def test_nothing_tried_is_a_claim() -> None:
    combined = case_grade([])
    assert (combined.grade, combined.proof) == (Grade.CLAIMED, None)
    assert combined.reason
