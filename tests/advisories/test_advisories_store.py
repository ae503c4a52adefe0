"""One contract for the fake and for the database."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.advisories.examples import NOW, advisory

from seawall.advisories import Advisory, Publication, PublishedAdvisory, Revision
from seawall.advisories.ports import AdvisoriesUnit
from seawall.advisories.store import advisories_units
from seawall.advisories.testing import MemoryAdvisories
from seawall.kernel.errors import ConflictError
from seawall.kernel.events import Event
from seawall.platform.units import Units

OpenUnit = Callable[[], AbstractContextManager[AdvisoriesUnit]]


def _revision(number: int, **members: object) -> PublishedAdvisory:
    revisions = tuple(Revision(n, NOW + timedelta(days=n), f"Revision {n}.") for n in range(1, number + 1))
    made: Advisory = advisory(revisions=revisions, **members)
    return PublishedAdvisory(made, made.content_digest(), "")


def _publication(number: int, format_: str = "csaf", case_id: str = "SW-2026-000007") -> Publication:
    path = f"{format_}/{case_id}.json"
    return Publication(f"SWA-{case_id}-{format_}-{number}", case_id, format_, number, f"{number:064x}", path, NOW)


class AdvisoriesContract:
    def test_nothing_is_there_at_first(self, open_unit: OpenUnit) -> None:
        with open_unit() as unit:
            assert unit.advisories.latest("SW-2026-000007") is None
            assert list(unit.advisories.history("SW-2026-000007")) == []
            assert list(unit.publications.current()) == []

    def test_revisions_come_back_as_they_were(self, open_unit: OpenUnit) -> None:
        first, second = _revision(1), _revision(2, title="Other")
        with open_unit() as unit:
            unit.advisories.add(first)
            unit.advisories.add(second)
            unit.advisories.add(_revision(1, id="SW-2026-000008"))
        with open_unit() as unit:
            assert unit.advisories.latest("SW-2026-000007") == second
            assert list(unit.advisories.history("SW-2026-000007")) == [first, second]

    def test_revision_is_published_once(self, open_unit: OpenUnit) -> None:
        with open_unit() as unit:
            unit.advisories.add(_revision(1))
        with pytest.raises(ConflictError) as caught, open_unit() as unit:
            unit.advisories.add(_revision(1, title="Other"))
        assert caught.value.code == "advisories.published-meanwhile"
        with open_unit() as unit:
            assert unit.advisories.latest("SW-2026-000007") == _revision(1)

    def test_publications(self, open_unit: OpenUnit) -> None:
        items = [
            _publication(2),
            _publication(1),
            _publication(1, "osv"),
            _publication(10),
            _publication(1, case_id="SW-2026-000008"),
        ]
        with open_unit() as unit:
            for item in items:
                unit.publications.add(item)
        with open_unit() as unit:
            assert [(i.number, i.format) for i in unit.publications.of_case("SW-2026-000007")] == [
                (1, "csaf"),
                (1, "osv"),
                (2, "csaf"),
                (10, "csaf"),
            ]
            assert list(unit.publications.current()) == [items[3], items[4], items[2]]

    def test_unit_that_fails_leaves_no_trace(self, open_unit: OpenUnit) -> None:
        def fail() -> None:
            with open_unit() as unit:
                unit.advisories.add(_revision(1))
                unit.publications.add(_publication(1))
                unit.record(Event("AdvisoryPublished", "x", NOW))
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        with open_unit() as unit:
            assert unit.advisories.latest("SW-2026-000007") is None
            assert list(unit.publications.current()) == []

    def test_bodies_keep_every_member(self, open_unit: OpenUnit) -> None:
        rich = _revision(2, priority="within 14 days")
        rich = replace(rich, released_by="Coordinator")
        with open_unit() as unit:
            unit.advisories.add(rich)
        with open_unit() as unit:
            assert unit.advisories.latest("SW-2026-000007") == rich


class TestMemory(AdvisoriesContract):
    @pytest.fixture
    def open_unit(self) -> OpenUnit:
        return MemoryAdvisories()


class TestDatabase(AdvisoriesContract):
    @pytest.fixture
    def open_unit(self, units: Units) -> OpenUnit:
        return advisories_units(units)
