"""The laws of merging, on findings that collide as much as possible."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import permutations
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from tests.triage.triage_cases import finding, findings

from seawall.intake import Finding
from seawall.kernel.testing import FixedClock
from seawall.triage import TriageService, partition
from seawall.triage.model import DecisionState
from seawall.triage.settling import Neighbourhood
from seawall.triage.testing import FakeTriage

Parts = frozenset[frozenset[str]]
CLOCK = FixedClock(datetime(2026, 11, 21, tzinfo=UTC))
MANY = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SOME = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def triaged(batches: Iterable[list[Finding]], fake: FakeTriage | None = None) -> tuple[TriageService, FakeTriage]:
    fake = fake or FakeTriage()
    service = TriageService(fake.open, CLOCK)
    for batch in batches:
        fake.findings.add(batch)
        service.triage_pending(1000)
    return service, fake


def parts(fake: FakeTriage) -> Parts:
    found: dict[int, set[str]] = {}
    for member in fake.cases.by_number.values():
        found.setdefault(member.case, set()).add(member.finding)
    return frozenset(map(frozenset, found.values()))


def together(fake: FakeTriage, one: str, other: str) -> bool:
    return any({one, other} <= part for part in parts(fake))


@st.composite
def cut(draw: st.DrawFn, order: list[Finding]) -> list[list[Finding]]:
    borders = sorted(draw(st.sets(st.integers(1, max(1, len(order) - 1)), max_size=4)))
    return [order[start:stop] for start, stop in zip([0, *borders], [*borders, len(order)], strict=True)]


@st.composite
def two_histories(draw: st.DrawFn) -> tuple[list[list[Finding]], list[list[Finding]]]:
    made = draw(findings())
    return draw(cut(made)), draw(cut(draw(st.permutations(made))))


@MANY
@given(two_histories())
def test_the_partition_does_not_depend_on_order_or_batches(histories: Any) -> None:
    one, other = histories
    found = parts(triaged(one)[1])
    event(f"largest case: {max(map(len, found))}")
    assert found == parts(triaged(other)[1])


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_who_stands_for_a_twin_in_the_index_stands_for_all_its_links(order: tuple[int, ...]) -> None:
    """The third contradicts the first (one scan lists both) and is linked to its twin, which has no keys of its own."""
    place = {"path": "archive.py", "rule": "scan/R1", "weaknesses": ("CWE-22",), "title": ""}
    made = [
        finding(1, report_id="SWR-a", line=10, **place),
        finding(2, report_id="SWR-b", line=10, **place),
        finding(3, report_id="SWR-a", line=12, **place),
    ]
    assert len(parts(triaged([[made[at]] for at in order])[1])) == 1


@pytest.mark.parametrize("lines", [(15, 17), (17, 15), (8, 7), (7, 8)])
def test_lines_meet_across_the_borders_of_buckets(lines: tuple[int, int]) -> None:
    place = {"path": "archive.py", "rule": "scan/R1", "weaknesses": ("CWE-22",), "title": ""}
    made = [[finding(at, line=line, **place)] for at, line in enumerate(lines, 1)]
    assert len(parts(triaged(made)[1])) == 1


@SOME
@given(two_histories())
def test_comparing_by_keys_gives_what_comparing_all_pairs_gives(histories: Any) -> None:
    with patch.object(partition, "SMALL", 0):
        by_keys = parts(triaged(histories[0])[1])
    assert by_keys == parts(triaged([[finding for batch in histories[1] for finding in batch]])[1])


@SOME
@given(two_histories())
def test_the_short_way_for_uniform_neighbourhoods_changes_nothing(histories: Any) -> None:
    with patch.object(Neighbourhood, "uniform", ""):
        the_long_way = parts(triaged(histories[0])[1])
    assert the_long_way == parts(triaged(histories[1])[1])


@SOME
@given(findings())
def test_triage_again_changes_nothing(made: list[Finding]) -> None:
    service, fake = triaged([made])
    before, events = parts(fake), len(fake.events)
    assert service.triage_pending(1000).findings == 0
    fake.findings.add(made)
    assert service.triage_pending(1000).findings == 0
    assert (parts(fake), len(fake.events)) == (before, events)


@SOME
@given(two_histories())
def test_no_finding_identifier_or_package_is_lost(histories: Any) -> None:
    service, _ = triaged(histories[0])
    made = [finding for batch in histories[0] for finding in batch]
    cases = service.cases(limit=1000)
    assert sorted(name for case in cases for name in case.findings) == sorted(finding.id for finding in made)
    home = {name: case for case in cases for name in case.findings}
    for one in made:
        assert set(one.identifiers) <= set(home[one.id].identifiers)
        assert set(one.weaknesses) <= set(home[one.id].weaknesses)
        kept = next(each for each in service.findings_of(home[one.id].id) if each.id == one.id)
        assert kept == one


@SOME
@given(two_histories())
def test_decisions_connect_each_case_and_nothing_else(histories: Any) -> None:
    service, fake = triaged(histories[0])
    for case in service.cases(limit=1000):
        explained = service.explain(case.id)
        assert len(explained.decisions) == len(case.findings) - 1
        reached, rest = {case.findings[0]}, list(explained.decisions)
        while follow := [each for each in rest if {each.left, each.right} & reached]:
            reached |= {end for each in follow for end in (each.left, each.right)}
            rest = [each for each in rest if each not in follow]
        assert reached == set(case.findings)
    for record in fake.cases.decided.values():
        joined = together(fake, record.decision.left, record.decision.right)
        assert joined or record.decision.state is not DecisionState.APPLIED


@MANY
@given(two_histories())
def test_two_cves_never_meet_by_way_of_others(histories: Any) -> None:
    service, _ = triaged(histories[0])
    by_id = {finding.id: finding for batch in histories[0] for finding in batch}
    for case in service.cases(limit=1000):
        named = [{name for name in by_id[each].identifiers if name.startswith("CVE")} for each in case.findings]
        named = [cves for cves in named if cves]
        assert all(one & other for one in named for other in named)


@MANY
@given(two_histories())
def test_findings_with_identifiers_are_together_only_by_identifiers(histories: Any) -> None:
    service, _ = triaged(histories[0])
    by_id = {finding.id: finding for batch in histories[0] for finding in batch}
    for case in service.cases(limit=1000):
        waiting = [names for each in case.findings if (names := set(by_id[each].identifiers))]
        reached = waiting.pop() if waiting else set()
        while near := [names for names in waiting if names & reached]:
            reached = reached.union(*near)
            waiting = [names for names in waiting if names not in near]
        assert not waiting


@MANY
@given(findings(least=4), st.data())
def test_what_people_say_holds_for_what_comes_later(made: list[Finding], data: st.DataObject) -> None:
    """Merge, split, and let the rest arrive: no split is undone by a rule, and no merge either."""
    early = data.draw(st.integers(2, len(made)))
    service, fake = triaged([made[:early]])
    apart: set[frozenset[str]] = set()
    joined: list[tuple[str, str]] = []
    for _ in range(data.draw(st.integers(1, 4))):
        cases = service.cases(limit=1000)
        splittable = [case for case in cases if len(case.findings) > 1]
        if splittable and data.draw(st.booleans()):
            case = data.draw(st.sampled_from(splittable))
            taken = data.draw(
                st.sets(st.sampled_from(case.findings), min_size=1, max_size=len(case.findings) - 1), label="taken"
            )
            left, out = service.split(case.id, taken, "Dana", "another bug")
            assert left.id == case.id != out.id
            assert taken <= set(out.findings)
            assert set(case.findings) - taken <= set(left.findings)
            apart |= {frozenset({one, other}) for one in taken for other in left.findings}
            joined = [pair for pair in joined if frozenset(pair) not in apart]
        elif len(cases) > 1:
            one, other = data.draw(st.permutations(cases))[:2]
            merged = service.merge([one.id, other.id], "Dana", "same bug")
            assert set(one.findings) | set(other.findings) <= set(merged.findings)
            apart = {pair for pair in apart if not pair <= set(merged.findings)}
            joined.append((one.findings[0], other.findings[0]))
    service, fake = triaged([[each] for each in made[early:]], fake)
    assert not any(together(fake, *pair) for pair in apart)
    for pair in joined:
        assert together(fake, *pair)


@MANY
@given(findings(least=3), st.data())
def test_merging_again_undoes_a_split(made: list[Finding], data: st.DataObject) -> None:
    service, fake = triaged([made])
    splittable = [case for case in service.cases(limit=1000) if len(case.findings) > 1]
    if not splittable:
        return
    case = data.draw(st.sampled_from(splittable))
    taken = data.draw(st.sets(st.sampled_from(case.findings), min_size=1, max_size=len(case.findings) - 1))
    left, out = service.split(case.id, taken, "Dana", "another bug")
    merged = service.merge([left.id, out.id], "Dana", "the same after all")
    assert set(case.findings) <= set(merged.findings)
    assert service.case(out.id) == service.case(case.id) == merged
    assert not fake.cases.splits
