"""The forensic checklist: deadlines, what is refused, and that it goes before a fix."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.remediation.stored_cases import OWNER, Bench, affected, inventory, new, record

from seawall.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from seawall.kernel.testing import FixedClock
from seawall.platform.units import Units
from seawall.remediation.store import remediation_units
from seawall.remediation.stored.forensics import (
    Checklist,
    Compromise,
    ForensicStep,
    StepRecord,
    check_step,
    refuse_premature_fix,
)
from seawall.remediation.stored.report_back import Act, ExposureState, Statement
from seawall.remediation.testing import MemoryRemediation

OPENED = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CVE = "CVE-2026-1000"
HOUR = timedelta(hours=1)
FIX = Statement(Act.FIXED, "Kim", "upgraded")
SCOPE, EVIDENCE, DECISION = ForensicStep


def checklist(*records: StepRecord) -> Checklist:
    return Checklist(CVE, (CVE,), OPENED, "3DF", records)


def done(step: ForensicStep, hours: float = 1, **more) -> StepRecord:
    compromise = Compromise.NONE if step is DECISION and not more.get("waived") else None
    return StepRecord(
        step, "Kim", OPENED + hours * HOUR, "memory image of the pump", **{"compromise": compromise, **more}
    )


def test_deadlines_are_counted_from_the_opening() -> None:
    views = checklist().steps(OPENED + 2 * HOUR)
    assert [(view.due - OPENED) / HOUR for view in views] == [2, 24, 72]
    assert not any(view.overdue for view in views)
    assert checklist().overdue(OPENED + 2.01 * HOUR) == (SCOPE,)
    assert checklist().overdue(OPENED + 73 * HOUR) == tuple(ForensicStep)


def test_a_step_that_was_done_is_not_overdue_but_may_have_been_late() -> None:
    scope, evidence, _ = checklist(done(SCOPE, 3), done(EVIDENCE, 23)).steps(OPENED + 100 * HOUR)
    assert (scope.overdue, scope.late) == (False, True)
    assert (evidence.overdue, evidence.late) == (False, False)


def test_a_correction_after_the_deadline_does_not_make_a_step_late() -> None:
    assert not checklist(done(SCOPE, 1), done(SCOPE, 50)).steps(OPENED + 51 * HOUR)[0].late


@pytest.mark.parametrize(
    "record",
    [
        done(EVIDENCE, digest="not a digest"),
        done(EVIDENCE, waived=True, digest="0" * 64),
        done(SCOPE, compromise=Compromise.NONE),
        StepRecord(DECISION, "Kim", OPENED, "looked at it"),
        StepRecord(SCOPE, "", OPENED, "looked at it"),
        StepRecord(EVIDENCE, "Kim", OPENED, " ", waived=True),
    ],
)
def test_incomplete_records_are_refused(record: StepRecord) -> None:
    with pytest.raises(InvalidInputError) as caught:
        check_step(checklist(), record)
    assert caught.value.code == "remediation.incomplete-step"


def test_contradictions_are_refused() -> None:
    for known, step in (
        (checklist(done(SCOPE)), done(SCOPE, waived=True)),
        (checklist(done(SCOPE)), done(DECISION)),
        (checklist(), done(SCOPE, -1)),
    ):
        with pytest.raises(ConflictError) as caught:
            check_step(known, step)
        assert caught.value.code == "remediation.contradictory-step"
        assert caught.value.remedy


def test_the_same_words_are_no_news_and_a_new_finding_is() -> None:
    known = checklist(done(EVIDENCE), done(DECISION))
    assert not check_step(known, done(DECISION, 5))
    assert check_step(known, done(DECISION, 5, compromise=Compromise.CONFIRMED))


def test_a_waived_step_may_still_be_done() -> None:
    known = checklist(done(EVIDENCE, waived=True))
    assert known.evidence_secured
    assert check_step(known, done(EVIDENCE, 3))


def test_only_evidence_or_its_waiver_lets_a_fix_through() -> None:
    refuse_premature_fix(None, CVE, "pump")
    refuse_premature_fix(checklist(done(EVIDENCE)), CVE, "pump")
    refuse_premature_fix(checklist(done(EVIDENCE, waived=True)), CVE, "pump")
    with pytest.raises(ConflictError) as caught:
        refuse_premature_fix(checklist(done(SCOPE)), CVE, "pump")
    assert caught.value.code == "remediation.evidence-first"
    assert "waive" in caught.value.remedy


@pytest.fixture
def fake_bench(clock: FixedClock) -> Bench:
    fake = MemoryRemediation()
    return Bench(fake.open, clock, lambda: [event.name for event in fake.events])


@pytest.fixture
def database_bench(units: Units, clock: FixedClock) -> Bench:
    return Bench(remediation_units(units), clock, list)


class Contract:
    """Run by the two classes below, which say what `bench` is."""

    @pytest.fixture(autouse=True)
    def exploited(self, bench: Bench) -> None:
        bench.index.records.append(record(CVE, affected("pypi/django", "4.2.8")))
        bench.index.exploited(CVE)

    def add(self, bench: Bench, version: str, exposed: str = "yes"):
        (added,) = bench.service.add(new(inventory(f"pkg:pypi/django@{version}"), exposed=exposed))
        return added

    def test_3df_opens_a_checklist_with_the_inventory(self, bench: Bench) -> None:
        assert self.add(bench, "4.2").checklists == (CVE,)
        (standing,) = bench.reports.exposures(OWNER, "pump-1")
        assert standing.decision.outcome == "3DF"
        assert standing.checklist is not None
        assert standing.checklist.opened_at == bench.clock.now()
        assert "3DF" in standing.checklist.because

    def test_an_asset_that_strangers_do_not_reach_and_a_partial_impact_has_none(self, bench: Bench) -> None:
        bench.index.signals.clear()
        assert self.add(bench, "4.2", "no").checklists == ()
        with pytest.raises(NotFoundError) as caught:
            bench.reports.record_step(OWNER, "pump-1", CVE, SCOPE, by="Kim", note="the pump")
        assert caught.value.code == "remediation.no-checklist"

    def test_fixed_is_refused_until_evidence_is_recorded(self, bench: Bench) -> None:
        self.add(bench, "4.2")
        bench.clock.advance(HOUR)
        bench.reports.record_step(OWNER, "pump-1", CVE, SCOPE, by="Kim", note="the pump alone")
        with pytest.raises(ConflictError) as caught:
            bench.reports.report(OWNER, "pump-1", CVE, FIX)
        assert caught.value.code == "remediation.evidence-first"
        known = bench.reports.record_step(OWNER, "pump-1", CVE, EVIDENCE, by="Kim", note="image", digest="a" * 64)
        assert [each.step for each in known.records] == [SCOPE, EVIDENCE]
        assert bench.reports.report(OWNER, "pump-1", CVE, FIX).state is ExposureState.CLAIMED
        known = bench.reports.record_step(
            OWNER, "pump-1", CVE, DECISION, by="Kim", note="nothing in the logs", compromise=Compromise.NONE
        )
        assert known.is_closed

    def test_fixed_is_possible_after_a_waiver_with_a_reason(self, bench: Bench) -> None:
        self.add(bench, "4.2")
        with pytest.raises(InvalidInputError):
            bench.reports.record_step(OWNER, "pump-1", CVE, EVIDENCE, by="Kim", note="", waived=True)
        for _ in range(2):
            known = bench.reports.record_step(
                OWNER, "pump-1", CVE, EVIDENCE, by="Kim", note="the pump was switched off since May", waived=True
            )
        assert len(known.records) == 1
        assert bench.reports.report(OWNER, "pump-1", CVE, FIX).state is ExposureState.CLAIMED

    def test_a_checklist_that_opens_with_the_report_stays_though_the_report_is_refused(self, bench: Bench) -> None:
        signals, bench.index.signals = bench.index.signals, []
        self.add(bench, "4.2")
        bench.index.signals = signals
        with pytest.raises(ConflictError):
            bench.reports.report(OWNER, "pump-1", CVE, FIX)
        (standing,) = bench.reports.exposures(OWNER, "pump-1")
        assert standing.checklist is not None

    def test_news_about_a_vulnerability_opens_checklists_at_the_next_review(self, bench: Bench) -> None:
        signals, bench.index.signals = bench.index.signals, []
        self.add(bench, "4.2")
        assert bench.service.review() == ()
        bench.index.signals = signals
        assert bench.service.review() == (f"{OWNER}/pump-1: forensic triage opened for {CVE}",)
        assert bench.service.review() == ()

    def test_an_exposure_that_was_fixed_and_returns_gets_a_new_checklist(self, bench: Bench) -> None:
        self.add(bench, "4.2")
        bench.reports.record_step(OWNER, "pump-1", CVE, EVIDENCE, by="Kim", note="image")
        bench.reports.report(OWNER, "pump-1", CVE, FIX)
        for version, opened in (("4.2.8", ()), ("4.2", (CVE,))):
            bench.clock.advance(HOUR)
            assert self.add(bench, version).checklists == opened
        (standing,) = bench.reports.exposures(OWNER, "pump-1")
        assert standing.checklist is not None
        assert not standing.checklist.evidence_secured


class TestOnFake(Contract):
    @pytest.fixture
    def bench(self, fake_bench: Bench) -> Bench:
        return fake_bench


class TestOnDatabases(Contract):
    @pytest.fixture
    def bench(self, database_bench: Bench) -> Bench:
        return database_bench
