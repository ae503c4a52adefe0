from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from tests.advisories.examples import NOW, V4, V31, case, finding, findings

from seawall.advisories import AdvisoryProduct, draft
from seawall.intake import AffectedProduct, Evidence, Finding
from seawall.kernel.errors import InvalidInputError
from seawall.kernel.marking import Marking
from seawall.priority import Decision
from seawall.validation.model import (
    ControlName,
    ControlRecord,
    ControlState,
    EnvironmentRecord,
    Grade,
    Outcome,
    Proof,
    RunRecord,
)


def _proof(item: Finding, grade: Grade, *, vulnerable: str = "1.0", fixed: str = "1.2", held: bool = True) -> Proof:
    return Proof(
        id=f"SWP-{item.id[4:]}",
        finding_id=item.id,
        grade=grade,
        reason=f"Reason for {grade}.",
        rule="validation.grade/1",
        evidence_digest="0" * 64,
        driver="python",
        oracle="timeout",
        seen=5,
        tried=5,
        runs=(
            RunRecord("vulnerable", Outcome.REPRODUCED, "over the limit", 10.0, 10.0, "a"),
            RunRecord("fixed_version", Outcome.NOT_REPRODUCED, "done", 0.1, 0.1, "b"),
        ),
        controls=(ControlRecord(ControlName.FIXED_VERSION, ControlState.HELD if held else ControlState.NOT_RUN, ""),),
        environments=(
            EnvironmentRecord("a", f"pkg:pypi/rocket@{vulnerable}", "python 3.11", ()),
            EnvironmentRecord("b", f"pkg:pypi/rocket@{fixed}", "python 3.11", ()),
        ),
        decided_at=NOW,
    )


def test_union_of_all_findings() -> None:
    left = finding(1, identifiers=("CVE-2026-10001",), weaknesses=("CWE-400",), vectors=(V31,), credits=("Ann",))
    right = finding(2, identifiers=("GHSA-2345-6789-cfgh",), weaknesses=("CWE-79",), vectors=(V4,), credits=("Bob",))
    other = finding(3, identifiers=("CVE-2026-99999",))
    made = draft(case(left, right), [other, right, left], at=NOW)
    assert made.identifiers == ("CVE-2026-10001", "GHSA-2345-6789-cfgh")
    assert made.weaknesses == ("CWE-79", "CWE-400")
    assert set(made.vectors) == {V31, V4}
    assert made.credits == ("Ann", "Bob")
    assert made.grade == "E0"


def test_draft_needs_a_finding_of_the_case() -> None:
    with pytest.raises(InvalidInputError) as caught:
        draft(case(finding(1)), [finding(2)], at=NOW)
    assert caught.value.code == "advisories.no-findings"


def test_marking_is_the_strictest_and_words_come_from_the_most_open_source() -> None:
    secret = finding(1, marking=Marking.RED, description="A very long description with inside knowledge.")
    public = finding(2, marking=Marking.CLEAR, description="Short.")
    made = draft(case(secret, public), [secret, public], at=NOW)
    assert made.marking is Marking.RED
    assert made.description == "Short."


def test_bare_report_gives_a_range() -> None:
    item = finding(evidence=Evidence("input", {"kind": "timeout"}, fixed_version="1.2"))
    assert draft(case(item), [item], at=NOW).products == (
        AdvisoryProduct(
            "pkg:pypi/rocket", affected=("1.0",), fixed=("1.2",), ranges=((("introduced", "1.0"), ("fixed", "1.2")),)
        ),
    )


def test_ranges_are_kept_as_given_and_end_in_fixed_versions() -> None:
    events = (("introduced", "0"), ("fixed", "1.2"))
    item = finding(products=(AffectedProduct("pkg:pypi/rocket", events=events),))
    (product,) = draft(case(item), [item], at=NOW).products
    assert product.ranges == (events,)
    assert product.fixed == ("1.2",)
    assert product.affected == ()


def test_contradicting_claims_are_under_investigation() -> None:
    left = finding(1, products=(AffectedProduct("pkg:pypi/rocket@1.1"),))
    right = finding(2, products=(AffectedProduct("pkg:pypi/rocket@1.1", status="not_affected"),))
    (product,) = draft(case(left, right), [left, right], at=NOW).products
    assert product == AdvisoryProduct("pkg:pypi/rocket", under_investigation=("1.1",))


def test_what_was_seen_beats_what_was_claimed() -> None:
    left = finding(1, products=(AffectedProduct("pkg:pypi/rocket@1.0", status="fixed"),))
    right = finding(2, products=(AffectedProduct("pkg:pypi/rocket@1.2"),))
    proofs = [_proof(left, Grade.INPUT_REPRODUCED)]
    (product,) = draft(case(left, right), [left, right], proofs, at=NOW).products
    assert product.affected == ("1.0",)
    assert product.fixed == ("1.2",)


def test_only_proven_runs_and_held_controls_count() -> None:
    item = finding(products=(AffectedProduct("pkg:pypi/rocket"),))
    for proof in (_proof(item, Grade.INCONCLUSIVE), _proof(item, Grade.REFUTED)):
        (product,) = draft(case(item), [item], [proof], at=NOW).products
        assert product == AdvisoryProduct("pkg:pypi/rocket")
    (product,) = draft(case(item), [item], [_proof(item, Grade.INPUT_REPRODUCED, held=False)], at=NOW).products
    assert product.affected == ("1.0",)
    assert product.fixed == ()


def test_best_grade_speaks_for_the_case() -> None:
    left, right = finding(1), finding(2)
    proofs = [_proof(left, Grade.REFUTED), _proof(right, Grade.INPUT_REPRODUCED)]
    made = draft(case(left, right), [left, right], proofs, at=NOW)
    assert (made.grade, made.grade_reason) == ("E3", "Reason for E3.")
    made = draft(case(left, right), [left, right], proofs[:1], at=NOW)
    assert made.grade == "refuted"


def test_priority_in_words() -> None:
    decision = Decision(
        subject="SW-2026-000007", policy="cisa:BOD2604:1.0.0", outcome="14D", outcome_name="within 14 days", days=14,
        clock_start=date(2026, 11, 21), due=date(2026, 12, 5), forensics=False, points=(), reason="Automatable.",
    )  # fmt: skip
    item = finding()
    made = draft(case(item), [item], at=NOW, decision=decision)
    assert made.priority == "within 14 days (cisa:BOD2604:1.0.0): Automatable."


@given(findings())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_laws(items: list[Finding]) -> None:
    made = draft(case(*items), items, at=NOW)
    assert draft(case(*items), list(reversed(items)), at=NOW) == made
    assert {name for item in items for name in item.identifiers} - {made.id} == set(made.identifiers)
    assert made.marking == max(item.marking for item in items)
    assert b"TOP-SECRET" not in msgspec.json.encode(made)
    later = replace(made, revisions=(replace(made.revisions[0], at=datetime(2030, 1, 1, tzinfo=UTC)),))
    assert later.content_digest() == made.content_digest()
