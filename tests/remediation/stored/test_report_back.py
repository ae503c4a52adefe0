"""Report-back: the transition table, and what inventories, the calendar and VEX do to what was said."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from tests.remediation.stored_cases import OWNER, Bench, affected, component, inventory, new, record

from seawall.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from seawall.kernel.testing import FixedClock
from seawall.platform.database import Database
from seawall.platform.ledger.store import ENTRY
from seawall.platform.units import Units
from seawall.remediation.model import Asset, VexStatement, VexStatus
from seawall.remediation.store import remediation_units
from seawall.remediation.stored.report_back import (
    SAID,
    TRANSITIONS,
    Act,
    ExposureState,
    Statement,
    after,
    check_statement,
)
from seawall.remediation.testing import MemoryRemediation

DJANGO, FIXED, OTHER = "pkg:pypi/django@4.2", "pkg:pypi/django@4.2.8", "pkg:pypi/flask@2.0"
CVE, GHSA = "CVE-2026-1000", "GHSA-2222-2222-2222"
HOLE = record(CVE, affected("pypi/django", "4.2.8"), aliases=(GHSA,))
DAY = timedelta(days=1)
FIX = Statement(Act.FIXED, "Kim", "upgraded")


def open_bench(bench: Bench, *purls: str) -> Bench:
    bench.index.records.append(HOLE)
    bench.service.add(new(inventory(*(purls or (DJANGO, OTHER)))))
    bench.clock.advance(DAY)
    return bench


def state(bench: Bench) -> ExposureState:
    (standing,) = bench.reports.exposures(OWNER, "pump-1")
    return standing.state


def test_every_step_of_the_table_starts_and_ends_at_a_state_and_people_never_verify() -> None:
    for (before, act), result in TRANSITIONS.items():
        assert (result is ExposureState.VERIFIED) == (act is Act.GONE)
        assert not (act in SAID and before is ExposureState.VERIFIED)
    assert {before for before, _ in TRANSITIONS} == set(ExposureState)
    with pytest.raises(ConflictError):
        after(ExposureState.VERIFIED, Act.FIXED, CVE)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (Statement(Act.FIXED, " "), "remediation.no-reason"),
        (Statement(Act.MITIGATED, "Kim"), "remediation.no-reason"),
        (Statement(Act.DEFERRED, "Kim", "later"), "remediation.invalid-deferral"),
        (Statement(Act.NOT_AFFECTED, "Kim", "trust me"), "remediation.invalid-justification"),
        (Statement(Act.NOT_AFFECTED, "Kim", "", "not_reachable"), "remediation.invalid-justification"),
        (Statement(Act.FIXED, "Kim", "", "component_not_present"), "remediation.invalid-justification"),
    ],
)
def test_incomplete_statements_are_refused(said: Statement, code: str, clock: FixedClock) -> None:
    today = clock.now().date()
    with pytest.raises(InvalidInputError) as caught:
        check_statement(said, today)
    assert caught.value.code == code
    for until, act in ((today - DAY, Act.DEFERRED), (today, Act.FIXED)):
        with pytest.raises(InvalidInputError, match=r"passed|belongs to deferred"):
            check_statement(Statement(act, "Kim", "why", until=until), today)


@pytest.fixture
def fake_bench(clock: FixedClock) -> Bench:
    fake = MemoryRemediation()
    return open_bench(Bench(fake.open, clock, lambda: [event.name for event in fake.events]))


@pytest.fixture
def database_bench(database: Database, units: Units, clock: FixedClock) -> Bench:
    def events() -> list[str]:
        with database.read() as connection:
            rows = connection.execute(sa.select(ENTRY.c.body).order_by(ENTRY.c.position)).scalars()
            return [str(json.loads(row)["name"]) for row in rows]

    return open_bench(Bench(remediation_units(units), clock, events))


class Contract:
    """Run by the two classes below, which say what `bench` is."""

    def test_a_claim_is_verified_by_a_later_inventory_without_it(self, bench: Bench) -> None:
        said = bench.reports.report(OWNER, "pump-1", GHSA, FIX)
        assert (said.state, said.by, said.at, said.reason) == (
            ExposureState.CLAIMED,
            "Kim",
            bench.clock.now(),
            "upgraded",
        )
        assert state(bench) is ExposureState.CLAIMED
        bench.clock.advance(DAY)
        (added,) = bench.service.add(new(inventory(FIXED, OTHER)))
        assert added.verified == (CVE,)
        assert not bench.reports.exposures(OWNER, "pump-1")
        assert [each.state for each in bench.reports.history(OWNER, "pump-1")] == [
            ExposureState.CLAIMED,
            ExposureState.VERIFIED,
        ]
        assert bench.events()[1:] == ["ReportedBack", "FixVerified", "InventoryAdded"]

    def test_a_claim_that_a_later_inventory_contradicts_is_open_again(self, bench: Bench) -> None:
        bench.reports.report(OWNER, "pump-1", CVE, FIX)
        bench.clock.advance(DAY)
        (added,) = bench.service.add(new(inventory("pkg:pypi/django@4.2.1", OTHER)))
        assert added.contradicted == (CVE,)
        (standing,) = bench.reports.exposures(OWNER, "pump-1")
        assert (standing.state, standing.state.is_open) == (ExposureState.CONTRADICTED, True)
        assert "Kim said on 2026-11-22 that it is fixed" in standing.reports[-1].reason
        assert "below 4.2.8" in standing.reports[-1].reason
        assert standing.reports[-1].by == "inventory 2"
        bench.clock.advance(DAY)
        assert bench.reports.report(OWNER, "pump-1", CVE, FIX).state is ExposureState.CLAIMED

    def test_an_inventory_that_was_taken_before_the_claim_says_nothing_about_it(self, bench: Bench) -> None:
        before = bench.clock.now() - timedelta(hours=1)
        bench.reports.report(OWNER, "pump-1", CVE, FIX)
        bench.service.add(new(inventory("pkg:pypi/django@4.2.1", OTHER), before))
        assert state(bench) is ExposureState.CLAIMED

    def test_the_same_file_again_contradicts_nothing_unless_it_was_taken_later(self, bench: Bench) -> None:
        bench.reports.report(OWNER, "pump-1", CVE, FIX)
        bench.clock.advance(DAY)
        bench.service.add(new(inventory(DJANGO, OTHER)))
        assert state(bench) is ExposureState.CLAIMED
        (added,) = bench.service.add(new(inventory(DJANGO, OTHER), bench.clock.now()))
        assert added.contradicted == (CVE,)

    @pytest.mark.parametrize(
        ("later", "reason"),
        [
            (inventory(), "empty"),
            (inventory(OTHER, unreadable=("row 7: torn",)), "1 entries"),
            (inventory("pkg:pypi/django", OTHER), "cannot be compared"),
        ],
    )
    def test_an_inventory_that_hides_things_verifies_nothing(self, bench: Bench, later, reason: str) -> None:
        bench.reports.report(OWNER, "pump-1", CVE, FIX)
        bench.clock.advance(DAY)
        (added,) = bench.service.add(new(later))
        assert not added.verified
        assert reason in added.not_verified[0]
        assert bench.reports.history(OWNER, "pump-1")[-1].state is ExposureState.CLAIMED

    @pytest.mark.parametrize(("whose", "verified"), [("pump-2", True), ("pump-1", False)])
    def test_what_cannot_be_read_of_another_asset_leaves_nothing_open(
        self, bench: Bench, whose: str, *, verified: bool
    ) -> None:
        bench.reports.report(OWNER, "pump-1", CVE, FIX)
        bench.clock.advance(DAY)
        assets = (Asset("pump-1"), Asset("pump-2"))
        listed = replace(
            inventory(name="list", unreadable=("row 3: it names no version",), assets=assets),
            components=(component(FIXED, "row 2", "pump-1"), component(OTHER, "row 4", "pump-2")),
            unread_on=(whose,),
        )
        added = next(each for each in bench.service.add(new(listed)) if each.asset.name == "pump-1")
        assert (added.verified == (CVE,)) is verified
        assert bool(added.not_verified) is not verified

    def test_a_record_that_changed_is_no_fix(self, bench: Bench) -> None:
        bench.reports.report(OWNER, "pump-1", CVE, FIX)
        bench.index.records[:] = [record(CVE, affected("pypi/django", "4.0"), aliases=(GHSA,))]
        bench.service.match_all()
        bench.clock.advance(DAY)
        (added,) = bench.service.add(new(inventory(DJANGO)))
        assert not added.verified
        assert "no record calls it affected any more" in added.not_verified[0]

    def test_a_verified_exposure_that_returns_is_open(self, bench: Bench) -> None:
        bench.reports.report(OWNER, "pump-1", CVE, FIX)
        for purl in (FIXED, DJANGO):
            bench.clock.advance(DAY)
            (added,) = bench.service.add(new(inventory(purl)))
        assert added.returned == (CVE,)
        assert state(bench) is ExposureState.RETURNED
        assert bench.events()[-2:] == ["ExposureReturned", "InventoryAdded"]

    def test_nothing_can_be_said_about_what_is_verified(self, bench: Bench) -> None:
        bench.reports.report(OWNER, "pump-1", CVE, FIX)
        bench.clock.advance(DAY)
        bench.service.add(new(inventory(FIXED)))
        with pytest.raises(ConflictError) as caught:
            bench.reports.report(OWNER, "pump-1", CVE, Statement(Act.MITIGATED, "Kim", "firewall"))
        assert caught.value.code == "remediation.contradictory-report"
        assert caught.value.remedy

    def test_a_deferral_lapses_after_its_day_and_not_on_it(self, bench: Bench) -> None:
        until = (bench.clock.now() + 3 * DAY).date()
        said = Statement(Act.DEFERRED, "Kim", "spare pump comes in March", until=until)
        bench.reports.report(OWNER, "pump-1", CVE, said)
        bench.clock.advance(3 * DAY)
        assert state(bench) is ExposureState.DEFERRED
        bench.clock.advance(DAY)
        assert bench.service.review() == (f"{OWNER}/pump-1: the deferral of {CVE} has lapsed",)
        assert bench.service.review() == ()
        (standing,) = bench.reports.exposures(OWNER, "pump-1")
        assert (standing.state, standing.reports[-1].by) == (ExposureState.LAPSED, "calendar")
        assert bench.events()[-1] == "DeferralLapsed"

    def test_the_same_words_again_change_nothing(self, bench: Bench) -> None:
        said = Statement(Act.NOT_AFFECTED, "Kim", "no templates", "vulnerable_code_not_in_execute_path")
        first = bench.reports.report(OWNER, "pump-1", CVE, said)
        bench.clock.advance(DAY)
        assert bench.reports.report(OWNER, "pump-1", CVE, said) == first
        assert bench.events().count("ReportedBack") == 1
        assert state(bench) is ExposureState.NOT_AFFECTED

    def test_a_person_may_change_their_mind_and_both_stay(self, bench: Bench) -> None:
        bench.reports.report(OWNER, "pump-1", CVE, Statement(Act.MITIGATED, "Kim", "behind a firewall"))
        bench.reports.report(OWNER, "pump-1", CVE, FIX)
        assert [each.act for each in bench.reports.history(OWNER, "pump-1")] == [Act.MITIGATED, Act.FIXED]

    def test_what_is_not_there_cannot_be_reported(self, bench: Bench) -> None:
        with pytest.raises(NotFoundError) as caught:
            bench.reports.report(OWNER, "pump-1", "CVE-2020-1", FIX)
        assert caught.value.code == "remediation.unknown-exposure"
        with pytest.raises(NotFoundError):
            bench.reports.report("nobody", "pump-1", CVE, FIX)

    def test_vex_is_shown_with_its_author_and_moves_nothing(self, bench: Bench) -> None:
        said = VexStatement(GHSA, "pkg:pypi/django", VexStatus.NOT_AFFECTED, "component_not_present", author="Vendor")
        assert bench.reports.hear([said, replace(said, product="pkg:pypi/flask")]) == 2
        assert bench.reports.hear([said]) == 0
        own = replace(said, author="Jo", product="pump-1", status=VexStatus.UNDER_INVESTIGATION, justification="")
        assert bench.reports.hear([own], owner="somebody else") == 1
        assert bench.reports.hear([own], owner=OWNER) == 1
        (standing,) = bench.reports.exposures(OWNER, "pump-1")
        assert standing.said == (said, own)
        assert standing.state is ExposureState.OPEN

    def test_one_vulnerability_in_two_components_is_one_exposure(self, bench: Bench) -> None:
        both = replace(
            inventory(name="pump-2"), components=(component(DJANGO, "a"), component("pkg:pypi/django@3.2", "b"))
        )
        bench.service.add(new(both))
        (standing,) = bench.reports.exposures(OWNER, "pump-2")
        assert [(each.component.ref, each.matched) for each in standing.exposures] == [
            ("a", "below 4.2.8 (fixed)"),
            ("b", "below 4.2.8 (fixed)"),
        ]
        assert standing.decision.due is None or standing.decision.due >= standing.first_seen


class TestOnFake(Contract):
    @pytest.fixture
    def bench(self, fake_bench: Bench) -> Bench:
        return fake_bench


class TestOnDatabases(Contract):
    @pytest.fixture
    def bench(self, database_bench: Bench) -> Bench:
        return database_bench
