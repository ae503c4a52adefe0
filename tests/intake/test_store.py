"""One contract, held by the fakes and by SQL on each dialect."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa

from seawall.intake import (
    AffectedProduct,
    Evidence,
    Finding,
    FindingStore,
    IntakeUnit,
    Location,
    Report,
    ReportState,
    ReportStore,
)
from seawall.intake.store import FINDING, SQLFindings, SQLReports, intake_units
from seawall.intake.testing import MemoryFindings, MemoryIntakeUnit, MemoryReports, memory_units
from seawall.kernel.errors import Diagnostics
from seawall.kernel.events import Event
from seawall.kernel.marking import Marking
from seawall.platform.database import Database
from seawall.platform.units import Units

AT = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
OpenUnit = Callable[[], AbstractContextManager[IntakeUnit]]


def report(number: int = 1, **changes: object) -> Report:
    plain = Report(f"SWR-{number:016x}", f"{number:064x}", 12, "me", "a.json", Marking.AMBER, "pkg:npm/a@1", AT)
    return replace(plain, **changes)  # type: ignore[arg-type]


def finding(number: int, report_id: str = report().id) -> Finding:
    return Finding(f"SWF-{number:016x}", report_id, f"/{number}", f"title {number}")


RICH = Finding(
    id="SWF-rich",
    report_id=report().id,
    place="/runs/0",
    title="ä\u2028\x00",
    identifiers=("CVE-2024-1234",),
    products=(AffectedProduct("pkg:npm/a@1", (("introduced", "0"), ("fixed", "2")), ("1",), "fixed"),),
    location=Location("a.py", 3, "f", "x"),
    marking=Marking.RED,
    evidence=Evidence("input", {"kind": "crash"}, {"args": [1, None, 2.5]}, files={"f": b"\x00\xff"}),
    extra={"deep": [{"a": 10**20}]},
)


@pytest.fixture(params=["memory", "sql"])
def open_unit(request: pytest.FixtureRequest, units: Units) -> OpenUnit:
    return memory_units(MemoryIntakeUnit()) if request.param == "memory" else intake_units(units)


def test_fakes_and_adapters_are_the_ports(database: Database) -> None:
    with database.begin() as connection:
        reports: list[ReportStore] = [MemoryReports(), SQLReports(connection)]
        findings: list[FindingStore] = [MemoryFindings(), SQLFindings(connection)]
    assert reports
    assert findings


def test_a_report_is_added_once_and_comes_back_whole(open_unit: OpenUnit) -> None:
    with open_unit() as unit:
        assert unit.reports.add(report())
        assert not unit.reports.add(report(name="other"))
    with open_unit() as unit:
        assert unit.reports.get(report().id) == report()
        assert unit.reports.get("SWR-none") is None
        assert unit.reports.count() == 1


def test_times_come_back_in_utc(open_unit: OpenUnit) -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=5)))
    with open_unit() as unit:
        unit.reports.add(report(received_at=elsewhere))
    with open_unit() as unit:
        stored = unit.reports.get(report().id)
        assert stored is not None
        assert stored.received_at == AT
        assert stored.received_at.tzinfo is not None


def test_an_update_changes_what_may_change(open_unit: OpenUnit) -> None:
    problem = Diagnostics("intake.empty", "m", "r", {"k": "v"})
    with open_unit() as unit:
        unit.reports.add(report())
        unit.reports.update(report(state=ReportState.QUARANTINED, problem=problem, name="changed", size=99))
    with open_unit() as unit:
        assert unit.reports.get(report().id) == report(state=ReportState.QUARANTINED, problem=problem)
        unit.reports.update(report(state=ReportState.PARSED, format="osv", findings=3))
        assert unit.reports.get(report().id) == report(state=ReportState.PARSED, format="osv", findings=3)


def test_reports_are_listed_in_the_order_of_receipt(open_unit: OpenUnit) -> None:
    with open_unit() as unit:
        for number in (3, 1, 2):
            unit.reports.add(report(number))
        unit.reports.update(report(1, state=ReportState.PARSED))
    with open_unit() as unit:
        assert [row.id[-1] for row in unit.reports.all()] == ["3", "1", "2"]
        assert [row.id[-1] for row in unit.reports.by_state(ReportState.RECEIVED)] == ["3", "2"]
        assert [row.id[-1] for row in unit.reports.get_many([report(2).id, "none", report(3).id])] == ["2", "3"]


def test_findings_come_back_whole_and_are_added_once(open_unit: OpenUnit) -> None:
    with open_unit() as unit:
        unit.reports.add(report())
        unit.findings.add_many([RICH, finding(1)])
        unit.findings.add_many([replace(RICH, title="other"), finding(2), finding(2)])
        unit.findings.add_many([])
    with open_unit() as unit:
        assert unit.findings.get(RICH.id) == RICH
        assert unit.findings.get("SWF-none") is None
        assert unit.findings.count() == 3
        assert [row.id for row in unit.findings.all()] == [RICH.id, finding(1).id, finding(2).id]


def test_many_findings_keep_their_order_across_pages(open_unit: OpenUnit) -> None:
    findings = [finding((number * 7919) % 1201) for number in range(1201)]
    with open_unit() as unit:
        unit.reports.add(report())
        unit.findings.add_many(findings)
    with open_unit() as unit:
        assert list(unit.findings.all()) == findings
        wanted = [row.id for row in reversed(findings)]
        assert unit.findings.get_many([*wanted, "SWF-none"]) == findings[::-1]


def test_triage_takes_each_finding_once_in_order(open_unit: OpenUnit) -> None:
    with open_unit() as unit:
        unit.reports.add(report())
        unit.findings.add_many([finding(number) for number in range(1300)])
    seen = []
    while True:
        with open_unit() as unit:
            batch = unit.findings.untriaged(600)
            assert unit.findings.count_untriaged() == 1300 - len(seen)
            unit.findings.mark_triaged([row.id for row in batch])
        if not batch:
            break
        seen += batch
    assert seen == [finding(number) for number in range(1300)]
    with open_unit() as unit:
        unit.findings.mark_triaged([finding(0).id, "SWF-none"])
        assert unit.findings.count_untriaged() == 0


def test_the_digest_binds_content_order_and_report(open_unit: OpenUnit) -> None:
    digests = []
    for rows in ([finding(1), finding(2)], [finding(2), finding(1)], [finding(1)], []):
        with open_unit() as unit:
            unit.reports.add(report())
            unit.reports.add(report(2))
            unit.findings.add_many(rows)
            unit.findings.add_many([finding(9, report(2).id)])
            digests.append(unit.findings.digest_of(report().id))
            assert [row.id for row in unit.findings.of_report(report().id)] == [row.id for row in rows]
            unit.findings.add_many([])
        _clear(open_unit)
    assert len(set(digests)) == 4
    assert all(len(digest) == 64 for digest in digests)


def _clear(open_unit: OpenUnit) -> None:
    with open_unit() as unit:
        if isinstance(unit, MemoryIntakeUnit):
            unit.findings.rows.clear()
        else:
            unit.findings._connection.execute(sa.delete(FINDING))  # type: ignore[attr-defined]


def test_fake_and_sql_agree_on_the_digest(units: Units) -> None:
    found = set()
    for open_one in (memory_units(MemoryIntakeUnit()), intake_units(units)):
        with open_one() as unit:
            unit.reports.add(report())
            unit.findings.add_many([RICH, finding(1)])
            found.add(unit.findings.digest_of(report().id))
    assert len(found) == 1


def test_nothing_stays_when_the_unit_raises(open_unit: OpenUnit) -> None:
    with open_unit() as unit:
        unit.reports.add(report())
    with pytest.raises(RuntimeError):
        _fail_at_the_end(open_unit)
    with open_unit() as unit:
        assert unit.findings.count() == 0
        assert unit.reports.get(report().id) == report()


def _fail_at_the_end(open_unit: OpenUnit) -> None:
    with open_unit() as unit:
        unit.findings.add_many([finding(1)])
        unit.reports.update(report(state=ReportState.PARSED))
        unit.record(Event("ReportParsed", report().id, AT))
        raise RuntimeError


def test_a_finding_needs_its_report(units: Units) -> None:
    with pytest.raises(sa.exc.IntegrityError), intake_units(units)() as unit:
        unit.findings.add_many([finding(1, "SWR-none")])


def test_asking_for_untriaged_findings_uses_the_partial_index(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("the plan is SQLite's")
    waiting = sa.select(FINDING.c.body).where(FINDING.c.triaged.is_(sa.false())).order_by(FINDING.c.seq).limit(10)
    with database.read() as connection:
        text = str(waiting.compile(database.engine, compile_kwargs={"literal_binds": True}))
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}").fetchall()
    assert "ix_finding_untriaged" in str(plan)
    assert "TEMP B-TREE" not in str(plan)


@pytest.mark.slow
def test_a_hundred_thousand_findings_are_added_in_seconds(units: Units) -> None:
    start = time.perf_counter()
    with intake_units(units)() as unit:
        unit.reports.add(report())
        for page in range(100):
            unit.findings.add_many([finding(page * 1000 + number) for number in range(1000)])
    assert time.perf_counter() - start < 30  # 2 s on SQLite, 10 s on PostgreSQL, on an idle machine of 2 cores
