"""Stored inventories: adding, superseding, comparing, matching once, and whom an advisory touches."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.remediation.stored_cases import KNOWN, OWNER, Bench, affected, component, inventory, new, record

from seawall.kernel.errors import ConflictError, InvalidInputError, LimitExceededError, NotFoundError
from seawall.kernel.testing import FixedClock
from seawall.kernel.versions import VersionRange
from seawall.platform.database import Database
from seawall.platform.ledger.store import ENTRY
from seawall.platform.units import Units
from seawall.remediation.model import Affected, Asset, Component, ProductName
from seawall.remediation.service import InventoryService
from seawall.remediation.store import remediation_units
from seawall.remediation.stored.snapshots import apply_difference, difference, kind_of
from seawall.remediation.testing import MemoryDocuments, MemoryRemediation

DJANGO, FLASK, LODASH = "pkg:pypi/django@4.2", "pkg:pypi/flask@2.0", "pkg:npm/lodash@4.17.20"
HOLE = record("CVE-2026-1000", affected("pypi/django", "4.2.8"), aliases=("GHSA-2222-2222-2222",))
DAY = timedelta(days=1)


@pytest.fixture
def fake_bench(clock: FixedClock) -> Bench:
    fake = MemoryRemediation()
    return Bench(fake.open, clock, lambda: [event.name for event in fake.events])


@pytest.fixture
def database_bench(database: Database, units: Units, clock: FixedClock) -> Bench:
    def events() -> list[str]:
        with database.read() as connection:
            rows = connection.execute(sa.select(ENTRY.c.body).order_by(ENTRY.c.position)).scalars()
            return [str(json.loads(row)["name"]) for row in rows]

    return Bench(remediation_units(units), clock, events)


class Contract:
    """Run by the two classes below, which say what `bench` is."""

    def test_adding_keeps_document_components_and_event(self, bench: Bench) -> None:
        (added,) = bench.service.add(new(inventory(DJANGO, FLASK)))
        assert (added.asset.owner, added.asset.name, added.snapshot) == (OWNER, "pump-1", 1)
        assert (added.components, added.came, added.went, added.unchanged) == (2, 2, 0, False)
        assert [each.ref for each in bench.service.components(OWNER, "pump-1")] == [DJANGO, FLASK]
        (snapshot,) = bench.service.snapshots(OWNER, "pump-1")
        assert (snapshot.by, snapshot.taken_at, snapshot.format) == ("Kim", bench.clock.now(), "test")
        assert len(bench.documents.kept) == 1
        assert bench.events() == ["InventoryAdded"]

    def test_the_same_document_again_is_no_news(self, bench: Bench) -> None:
        bench.service.add(new(inventory(DJANGO)))
        bench.clock.advance(DAY)
        (again,) = bench.service.add(new(inventory(DJANGO)))
        assert again.unchanged
        assert len(bench.service.snapshots(OWNER, "pump-1")) == 1
        assert bench.events() == ["InventoryAdded"]

    def test_the_same_document_taken_later_is_a_snapshot(self, bench: Bench) -> None:
        bench.service.add(new(inventory(DJANGO)))
        bench.clock.advance(DAY)
        (again,) = bench.service.add(new(inventory(DJANGO), bench.clock.now()))
        assert (again.unchanged, again.snapshot, again.came, again.went) == (False, 2, 0, 0)

    def test_a_newer_one_supersedes_and_the_history_stays(self, bench: Bench) -> None:
        bench.service.add(new(inventory(DJANGO, FLASK)))
        bench.clock.advance(DAY)
        (added,) = bench.service.add(new(inventory("pkg:pypi/django@5.0", FLASK, LODASH)))
        assert (added.snapshot, added.came, added.went) == (2, 2, 1)
        change = bench.service.diff(OWNER, "pump-1")
        assert [str(each.purl) for each in change.came] == [LODASH]
        assert not change.went
        assert [(str(c.before.purl), str(c.after.purl)) for c in change.changed] == [(DJANGO, "pkg:pypi/django@5.0")]
        assert [str(c.purl) for c in bench.service.components(OWNER, "pump-1", 1)] == [DJANGO, FLASK]
        assert not bench.service.affected_assets(HOLE).affected

    def test_one_package_twice_under_two_refs_is_kept_twice_and_told_once(self, bench: Bench) -> None:
        twice = replace(inventory(), components=(component(DJANGO, "a"), component(DJANGO, "b")))
        bench.service.add(new(twice))
        assert [each.ref for each in bench.service.components(OWNER, "pump-1")] == ["a", "b"]
        assert len(bench.service.affected_assets(HOLE).affected) == 1

    def test_an_older_one_is_refused_and_changes_nothing(self, bench: Bench) -> None:
        now = bench.clock.now()
        bench.service.add(new(inventory(DJANGO), now))
        with pytest.raises(ConflictError) as caught:
            bench.service.add(new(inventory(FLASK), now - DAY))
        assert (caught.value.code, bool(caught.value.remedy)) == ("remediation.older-inventory", True)
        with pytest.raises(ConflictError) as caught:
            bench.service.add(new(inventory(FLASK), now))
        assert caught.value.code == "remediation.rival-inventory"
        assert [str(c.purl) for c in bench.service.components(OWNER, "pump-1")] == [DJANGO]
        assert bench.events() == ["InventoryAdded"]

    def test_what_cannot_be_kept_is_refused(self, bench: Bench) -> None:
        with pytest.raises(InvalidInputError, match="yet to come"):
            bench.service.add(new(inventory(DJANGO), bench.clock.now() + DAY))
        with pytest.raises(InvalidInputError, match="which asset"):
            bench.service.add(new(inventory(DJANGO, name=" ")))
        with pytest.raises(InvalidInputError, match="no owner"):
            bench.service.add(new(inventory(DJANGO), owner=""))
        with pytest.raises(LimitExceededError, match="200 characters"):
            bench.service.add(new(inventory(DJANGO, name="x" * 201)))
        with pytest.raises(InvalidInputError, match="exposed"):
            bench.service.add(new(inventory(DJANGO), exposed="maybe"))
        small = InventoryService(bench.open_unit, bench.documents, bench.clock, max_components=1)
        with pytest.raises(LimitExceededError, match="2 components"):
            small.add(new(inventory(DJANGO, FLASK)))
        assert not bench.service.assets()

    def test_a_list_of_assets_is_one_snapshot_each(self, bench: Bench) -> None:
        listed = replace(
            inventory(assets=(Asset("gate", "yes"), Asset("archive", "no"))),
            components=(component(DJANGO, "row 1", "gate"), component(FLASK, "row 2", "archive")),
        )
        added = bench.service.add(new(listed))
        assert [(each.asset.name, each.asset.exposed, each.components) for each in added] == [
            ("gate", "yes", 1),
            ("archive", "no", 1),
        ]
        assert [each.asset for each in bench.service.affected_assets(HOLE).affected] == ["gate"]

    def test_exposure_once_known_is_not_forgotten(self, bench: Bench) -> None:
        bench.service.add(new(inventory(DJANGO), exposed="no"))
        bench.clock.advance(DAY)
        (added,) = bench.service.add(new(inventory(FLASK)))
        assert added.asset.exposed == "no"

    def test_each_distinct_version_is_asked_once(self, bench: Bench) -> None:
        news = [new(inventory(DJANGO, FLASK, name=f"pump-{n}")) for n in range(120)]
        assert len(list(bench.service.add_many(news))) == 120
        bench.service.add(new(inventory(DJANGO, LODASH, name="last")))
        assert sorted(each.package for each in bench.index.asked) == ["npm/lodash", "pypi/django", "pypi/flask"]

    def test_an_advisory_touches_its_own_packages_only(self, bench: Bench) -> None:
        bench.service.add(new(inventory(DJANGO, FLASK, LODASH)))
        bench.index.asked.clear()
        bench.index.records.append(HOLE)
        impact = bench.service.take_advisory(HOLE)
        assert [(each.owner, each.asset, str(each.component.purl)) for each in impact.affected] == [
            (OWNER, "pump-1", DJANGO)
        ]
        assert impact.affected[0].words == "below 4.2.8 (fixed)"
        assert [each.package for each in bench.index.asked] == ["pypi/django"]
        assert [each.vulnerability.id for each in bench.reports.exposures(OWNER, "pump-1")] == ["CVE-2026-1000"]

    def test_a_changed_advisory_also_touches_what_it_named_before(self, bench: Bench) -> None:
        bench.index.records.append(HOLE)
        bench.service.add(new(inventory(DJANGO, FLASK)))
        moved = record("CVE-2026-1000", affected("pypi/flask", "3.0"))
        bench.index.records[:] = [moved]
        bench.service.take_advisory(moved)
        (standing,) = bench.reports.exposures(OWNER, "pump-1")
        assert str(standing.exposures[0].component.purl) == FLASK

    def test_a_withdrawn_advisory_touches_nobody(self, bench: Bench) -> None:
        bench.index.records.append(HOLE)
        bench.service.add(new(inventory(DJANGO)))
        gone = replace(HOLE, withdrawn=True)
        bench.index.records[:] = [gone]
        assert not bench.service.take_advisory(gone).affected
        assert not bench.reports.exposures(OWNER, "pump-1")

    def test_what_is_no_version_is_undecided_and_never_clean(self, bench: Bench) -> None:
        bench.service.add(new(inventory("pkg:npm/lodash@built-by-hand")))
        impact = bench.service.affected_assets(record("CVE-2026-3000", affected("npm/lodash", "5.0.0")))
        assert not impact.affected
        assert "built-by-hand" in impact.undecided[0].words

    def test_a_product_by_name_is_found_by_its_names(self, bench: Bench) -> None:
        plc = Component(None, "row 3", "SIMATIC S7-1500", "2.9", "Siemens", asset="")
        bench.service.add(new(replace(inventory(), components=(plc,))))
        versions = VersionRange.from_osv("generic", [[("introduced", "0"), ("fixed", "3.1")]])
        named = record("CVE-2026-2000", Affected("", versions, ProductName("Siemens", "SIMATIC S7-1500")))
        assert [each.component.name for each in bench.service.affected_assets(named).affected] == ["SIMATIC S7-1500"]
        other = record("CVE-2026-2001", Affected("", versions, ProductName("Siemens", "SCALANCE X200")))
        assert not bench.service.affected_assets(other).affected

    def test_components_that_nobody_can_be_asked_about_are_counted(self, bench: Bench) -> None:
        (added,) = bench.service.add(new(inventory("pkg:pypi/django", DJANGO)))
        assert added.not_compared == 1

    def test_without_an_index_versions_wait(self, bench: Bench) -> None:
        bench.index.records.append(HOLE)
        bench.blind.add(new(inventory(DJANGO)))
        assert not bench.reports.exposures(OWNER, "pump-1")
        assert bench.blind.match_waiting() == 0
        assert bench.service.match_waiting() == 1
        assert bench.service.match_waiting() == 0
        assert len(bench.reports.exposures(OWNER, "pump-1")) == 1

    def test_a_new_index_is_asked_about_everything(self, bench: Bench) -> None:
        bench.service.add(new(inventory(DJANGO, FLASK)))
        bench.index.records.append(HOLE)
        assert bench.service.match_all() == 2
        assert len(bench.reports.exposures(OWNER, "pump-1")) == 1

    def test_the_clock_does_not_start_again_with_an_upgrade_that_fixes_nothing(self, bench: Bench) -> None:
        bench.index.records.append(HOLE)
        bench.service.add(new(inventory(DJANGO)))
        for patch in (1, 2):
            bench.clock.advance(10 * DAY)
            bench.service.add(new(inventory(f"pkg:pypi/django@4.2.{patch}")))
        (standing,) = bench.reports.exposures(OWNER, "pump-1")
        assert standing.first_seen == date(2026, 11, 21)
        bench.clock.advance(10 * DAY)
        bench.service.add(new(inventory(FLASK)))
        bench.clock.advance(10 * DAY)
        bench.service.add(new(inventory(DJANGO)))
        (standing,) = bench.reports.exposures(OWNER, "pump-1")
        assert standing.first_seen == date(2026, 12, 31)

    def test_an_old_component_is_first_seen_when_the_vulnerability_is(self, bench: Bench) -> None:
        bench.service.add(new(inventory(DJANGO), KNOWN))
        bench.index.records.append(HOLE)
        bench.service.take_advisory(HOLE)
        bench.clock.advance(5 * DAY)
        bench.service.match_all()
        (standing,) = bench.reports.exposures(OWNER, "pump-1")
        assert standing.first_seen == date(2026, 11, 21)

    def test_a_vulnerability_that_gets_another_name_keeps_its_day(self, bench: Bench) -> None:
        bench.index.records.append(record("GHSA-2222-2222-2222", affected("pypi/django", "4.2.8")))
        bench.service.add(new(inventory(DJANGO)))
        bench.clock.advance(5 * DAY)
        bench.index.records[:] = [HOLE]
        bench.service.take_advisory(HOLE)
        (standing,) = bench.reports.exposures(OWNER, "pump-1")
        assert (standing.vulnerability.id, standing.first_seen) == ("CVE-2026-1000", date(2026, 11, 21))

    def test_what_is_unknown_is_not_found(self, bench: Bench) -> None:
        with pytest.raises(NotFoundError, match="no asset"):
            bench.service.components(OWNER, "nothing")
        bench.service.add(new(inventory(DJANGO)))
        with pytest.raises(NotFoundError, match="no inventory 7"):
            bench.service.diff(OWNER, "pump-1", 7)


class TestOnFake(Contract):
    @pytest.fixture
    def bench(self, fake_bench: Bench) -> Bench:
        return fake_bench


class TestOnDatabases(Contract):
    @pytest.fixture
    def bench(self, database_bench: Bench) -> Bench:
        return database_bench

    def test_a_batch_that_fails_leaves_nothing(self, bench: Bench) -> None:
        now = bench.clock.now()
        news = [new(inventory(DJANGO, name="a"), now), new(inventory(FLASK, name="a"), now - DAY)]
        with pytest.raises(ConflictError):
            list(bench.service.add_many(news))
        assert not bench.service.assets()
        assert bench.events() == []


PACKAGES = ("pypi/django", "pypi/flask", "npm/lodash", "npm/left-pad")
VERSIONS = ("1.0.0", "1.1.0", "2.0.0", "2.0.1", "3.0.0", "no version")
KINDS = st.sampled_from(
    [f"pkg:{package}@{version.replace(' ', '%20')}" for package in PACKAGES for version in VERSIONS]
)
LISTS = st.lists(KINDS, max_size=8)


@given(LISTS, LISTS)
def test_a_difference_applied_gives_the_other(one: list[str], other: list[str]) -> None:
    before, after = [component(text, f"a{n}") for n, text in enumerate(one)], [component(text) for text in other]
    made = apply_difference(difference(before, after), before)
    assert sorted(map(repr, made)) == sorted(repr(kind_of(each)) for each in after)


def test_a_difference_does_not_take_away_what_is_not_there() -> None:
    with pytest.raises(ValueError, match="not there"):
        apply_difference(difference([component(DJANGO)], []), [])


RANGES = st.lists(
    st.tuples(
        st.sampled_from(PACKAGES),
        st.sampled_from(VERSIONS[:5]),
        st.sampled_from((*VERSIONS[:5], "")),
        st.lists(st.sampled_from(VERSIONS), max_size=2),
    ),
    min_size=1,
    max_size=3,
)


@given(st.lists(st.lists(LISTS, min_size=1, max_size=3), min_size=1, max_size=4), RANGES)
def test_affected_assets_are_those_that_brute_force_finds(
    histories: list[list[list[str]]], entries: list[tuple[str, str, str, list[str]]]
) -> None:
    fake, clock = MemoryRemediation(), FixedClock(datetime(2026, 11, 21, tzinfo=UTC))
    service = InventoryService(fake.open, MemoryDocuments(), clock)
    for number, history in enumerate(histories):
        for purls in history:
            clock.advance(DAY)
            service.add(new(inventory(*purls, name=f"asset-{number}"), clock.now()))
    wanted = record("CVE-2026-1", *(_entry(*entry) for entry in entries))
    found = {(each.asset, str(each.component.purl)) for each in service.affected_assets(wanted).affected}
    undecided = {(each.asset, str(each.component.purl)) for each in service.affected_assets(wanted).undecided}
    certain, doubtful = set(), set()
    for number, history in enumerate(histories):
        for text in history[-1]:
            purl = component(text).purl
            assert purl is not None
            for entry in wanted.affected:
                if entry.package != f"{purl.type}/{purl.name}":
                    continue
                try:
                    if entry.versions.contains(purl.version):
                        certain.add((f"asset-{number}", str(purl)))
                except InvalidInputError:
                    doubtful.add((f"asset-{number}", str(purl)))
    assert found == certain
    assert undecided == doubtful - certain


def _entry(package: str, introduced: str, fixed: str, listed: list[str]) -> Affected:
    ecosystem = {"pypi": "PyPI", "npm": "npm"}[package.partition("/")[0]]
    events = [("introduced", introduced), *([("fixed", fixed)] if fixed else [])]
    return Affected(package, VersionRange.from_osv(ecosystem, [events], listed))
