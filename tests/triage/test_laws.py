"""The laws of merging, on findings that collide as much as possible."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.triage.triage_cases import findings

from seawall.intake import Finding
from seawall.kernel.testing import FixedClock
from seawall.triage import partition
from seawall.triage.service import TriageService
from seawall.triage.testing import FakeTriage

Partition = frozenset[frozenset[str]]
CLOCK = FixedClock(datetime(2026, 11, 21, tzinfo=UTC))


def triaged(batches: list[list[Finding]]) -> tuple[TriageService, FakeTriage]:
    fake = FakeTriage()
    service = TriageService(fake.open, CLOCK)
    for batch in batches:
        fake.findings.add(batch)
        service.triage_pending(1000)
    return service, fake


def parts(fake: FakeTriage) -> Partition:
    found: dict[int, set[str]] = {}
    for member in fake.cases.by_number.values():
        found.setdefault(member.case, set()).add(member.finding)
    return frozenset(map(frozenset, found.values()))


@st.composite
def two_histories(draw: st.DrawFn) -> tuple[list[list[Finding]], list[list[Finding]]]:
    made = draw(findings())

    def cut(order: list[Finding]) -> list[list[Finding]]:
        borders = sorted(draw(st.sets(st.integers(1, max(1, len(order) - 1)), max_size=4)))
        return [order[start:stop] for start, stop in zip([0, *borders], [*borders, len(order)], strict=True)]

    return cut(made), cut(draw(st.permutations(made)))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(two_histories())
def test_partition_does_not_depend_on_order_or_batches(histories: Any) -> None:
    one, other = histories
    assert parts(triaged(one)[1]) == parts(triaged(other)[1])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(two_histories())
def test_comparing_by_keys_gives_what_comparing_all_pairs_gives(histories: Any) -> None:
    with patch.object(partition, "SMALL", 0):
        by_keys = parts(triaged(histories[0])[1])
    assert by_keys == parts(triaged([[finding for batch in histories[0] for finding in batch]])[1])
