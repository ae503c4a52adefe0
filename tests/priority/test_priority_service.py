"""Loading, history and decisions: the same contract on the fake and on the database."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from io import BufferedReader, BytesIO
from pathlib import Path

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from seawall.kernel.errors import InvalidInputError
from seawall.kernel.testing import FixedClock
from seawall.platform.ledger.store import entries
from seawall.platform.units import Units
from seawall.priority import (
    LoadReport,
    Point,
    PointValue,
    PriorityService,
    PriorityUnit,
    Signal,
    SignalService,
    decision_digest,
    in_force,
)
from seawall.priority.store import DECISION, priority_units
from seawall.priority.testing import MemoryPriorityUnit

SHARED = Path(os.environ.get("SEAWALL_SHARED", Path(__file__).parents[3] / "shared"))
KEV = SHARED / "data" / "kev" / "known_exploited_vulnerabilities.json"
RECORDS = SHARED / "data" / "cve" / "vulnrichment-2024.ndjson.zst"
CVE, OTHER = "CVE-2026-1000", "CVE-2026-2000"
SEEN = date(2026, 11, 1)

OpenUnit = Callable[[], AbstractContextManager[PriorityUnit]]


@pytest.fixture
def signals(open_unit: OpenUnit, clock: FixedClock) -> SignalService:
    return SignalService(open_unit, clock)


@pytest.fixture
def priorities(open_unit: OpenUnit, clock: FixedClock) -> PriorityService:
    return PriorityService(open_unit, clock)


def day(number: int, month: int = 3) -> datetime:
    return datetime(2026, month, number, tzinfo=UTC)


def load_kev(service: SignalService, released: datetime, *entries: tuple[str, datetime]) -> LoadReport:
    document = {
        "dateReleased": released.isoformat(),
        "count": len(entries),
        "vulnerabilities": [{"cveID": cve, "dateAdded": added.date().isoformat()} for cve, added in entries],
    }
    return service.load("kev", BytesIO(json.dumps(document).encode()))


def record(
    cve: str, updated: datetime, assessed: datetime, *, automatable: str = "no", impact: str = "partial"
) -> bytes:
    ssvc = {
        "timestamp": assessed.isoformat(),
        "options": [{"Exploitation": "none"}, {"Automatable": automatable}, {"Technical Impact": impact}],
    }
    adp = {"providerMetadata": {"shortName": "CISA-ADP"}, "metrics": [{"other": {"type": "ssvc", "content": ssvc}}]}
    return json.dumps(
        {
            "dataType": "CVE_RECORD",
            "cveMetadata": {"cveId": cve, "state": "PUBLISHED", "dateUpdated": updated.isoformat()},
            "containers": {"cna": {}, "adp": [adp] if automatable else []},
        }
    ).encode()


def counts(report: LoadReport) -> tuple[int, int, int]:
    return report.added, report.unchanged, report.retracted


def value(service: SignalService, when: datetime, point: Point = Point.KEV) -> str | None:
    signal = service.at(CVE, point, when)
    return signal.value if signal else None


class PriorityContract:
    """What holds on any store."""

    def test_reading_a_catalogue_twice_changes_nothing(self, signals: SignalService) -> None:
        assert counts(load_kev(signals, day(10), (CVE, day(5)), (OTHER, day(6)))) == (3, 0, 0)
        assert counts(load_kev(signals, day(11), (CVE, day(5)), (OTHER, day(6)))) == (1, 2, 0)
        assert len(signals.series([CVE])[CVE]) == 1

    def test_the_value_in_force_depends_on_the_instant(self, signals: SignalService) -> None:
        load_kev(signals, day(10), (CVE, day(5)))
        assert [value(signals, day(4)), value(signals, day(5)), value(signals, day(20))] == [None, "yes", "yes"]

    def test_an_entry_that_vanished_is_retracted_and_its_history_stays(self, signals: SignalService) -> None:
        load_kev(signals, day(10), (CVE, day(5)), (OTHER, day(6)))
        assert counts(load_kev(signals, day(20), (OTHER, day(6)))) == (1, 1, 1)
        assert [value(signals, day(19)), value(signals, day(20))] == ["yes", None]
        assert counts(load_kev(signals, day(21), (OTHER, day(6)))) == (1, 1, 0)

    def test_an_entry_that_came_back_counts_from_the_catalogue_that_has_it_again(self, signals: SignalService) -> None:
        load_kev(signals, day(10), (CVE, day(5)))
        load_kev(signals, day(20))
        assert counts(load_kev(signals, day(25), (CVE, day(5)))) == (2, 0, 0)
        assert [value(signals, on) for on in (day(6), day(22), day(25))] == ["yes", None, "yes"]

    def test_an_older_catalogue_retracts_nothing_that_is_younger(self, signals: SignalService) -> None:
        load_kev(signals, day(20), (CVE, day(15)), (OTHER, day(6)))
        assert counts(load_kev(signals, day(10), (OTHER, day(6)))) == (1, 1, 0)
        assert value(signals, day(30)) == "yes"

    def test_the_catalogue_overrules_copies_of_it(self, signals: SignalService) -> None:
        copy = Signal(CVE, Point.KEV, "yes", "CISA-ADP", day(5), feed="vulnrichment")
        said = replace(copy, source="CISA-KEV", feed="kev")
        gone = replace(said, value="", as_of=day(9), retracted=True)
        assert in_force([copy], Point.KEV, day(10)) == copy
        assert in_force([copy, said], Point.KEV, day(8)) == said
        assert in_force([copy, said, gone], Point.KEV, day(10)) is None

    def test_a_new_assessment_follows_the_old_one_and_neither_is_lost(self, signals: SignalService) -> None:
        signals.load("vulnrichment", BytesIO(record(CVE, day(2), day(1))))
        report = signals.load("vulnrichment", BytesIO(record(CVE, day(9), day(8), automatable="yes")))
        assert counts(report) == (1, 2, 0)  # exploitation and impact are as they were
        assert [value(signals, on, Point.AUTOMATABLE) for on in (day(3), day(8))] == ["no", "yes"]

    def test_older_news_that_arrives_later_fills_the_history(self, signals: SignalService) -> None:
        signals.load("vulnrichment", BytesIO(record(CVE, day(9), day(8), automatable="yes")))
        signals.load("vulnrichment", BytesIO(record(CVE, day(2), day(1))))
        assert [value(signals, on, Point.AUTOMATABLE) for on in (day(3), day(9))] == ["no", "yes"]

    def test_a_record_without_what_it_said_before_takes_it_back(self, signals: SignalService) -> None:
        signals.load("vulnrichment", BytesIO(record(CVE, day(2), day(1))))
        assert counts(signals.load("vulnrichment", BytesIO(record(CVE, day(9), day(8), automatable="")))) == (0, 0, 3)
        assert value(signals, day(9), Point.TECHNICAL_IMPACT) is None

    def test_a_feed_does_not_take_back_what_another_one_said(self, signals: SignalService) -> None:
        signals.load("vulnrichment", BytesIO(record(CVE, day(2), day(1))))
        assert counts(load_kev(signals, day(20), (OTHER, day(6)))) == (2, 0, 0)
        assert value(signals, day(21), Point.AUTOMATABLE) == "no"

    def test_two_versions_of_a_record_in_one_document_are_both_kept(self, signals: SignalService) -> None:
        lines = record(CVE, day(2), day(1)) + b"\n" + record(CVE, day(9), day(8), automatable="yes") + b"\n{\n"
        report = signals.load("vulnrichment", BytesIO(lines))
        assert (report.records, report.unreadable, counts(report)) == (2, 1, (4, 2, 0))
        assert report.problems[0].startswith("line 3: ")

    def test_a_folder_of_records_is_read_whole(self, signals: SignalService, tmp_path: Path) -> None:
        (tmp_path / "1xxx").mkdir()
        (tmp_path / "1xxx" / f"{CVE}.json").write_bytes(record(CVE, day(2), day(1)))
        (tmp_path / f"{OTHER}.json").write_bytes(b"{")
        (tmp_path / "readme.json").write_bytes(b"{")
        report = signals.load_folder("vulnrichment", tmp_path)
        assert (report.records, report.added, report.unreadable) == (1, 3, 1)
        assert report.problems[0].startswith(f"{OTHER}.json: ")

    def test_an_unreadable_document_changes_nothing(self, signals: SignalService) -> None:
        load_kev(signals, day(10), (CVE, day(5)))
        with pytest.raises(InvalidInputError):
            signals.load("kev", BytesIO(b'{"dateReleased": "2026-03-20", "count": 1, "vulnerabilities": []}'))
        assert value(signals, day(30)) == "yes"

    def test_a_statement_added_twice_is_kept_once(self, open_unit: OpenUnit) -> None:
        signal = Signal(CVE, Point.KEV, "yes", "CISA-KEV", day(5) + timedelta(microseconds=1), feed="kev")
        with open_unit() as unit:
            assert unit.signals.add([signal], day(6)) == 1
            assert unit.signals.add([signal, replace(signal, value="no")], day(7)) == 1
            assert unit.signals.add([], day(8)) == 0
            assert [s.as_of for s in unit.signals.series([CVE, OTHER])[CVE]] == [signal.as_of] * 2
            assert unit.signals.identifiers_of("kev") == {CVE}
            assert unit.signals.identifiers_of("other") == set()

    def test_a_decision_is_stored_when_it_differs(
        self, signals: SignalService, priorities: PriorityService, clock: FixedClock
    ) -> None:
        def decide() -> str:
            return priorities.decide_case("SW-2026-000001", [CVE], first_seen=SEEN, fix_published=SEEN).outcome

        assert decide() == "60D"
        clock.advance(timedelta(days=1))
        assert decide() == "60D"
        load_kev(signals, clock.now(), (CVE, clock.now()))
        assert decide() == "3DF"
        history = priorities.history("SW-2026-000001")
        assert [stored.decision.outcome for stored in history] == ["60D", "3DF"]
        assert all(stored.digest == decision_digest(stored.decision) for stored in history)
        assert history[0].decided_at == clock.now() - timedelta(days=1)

    def test_assets_are_decided_apart(self, priorities: PriorityService) -> None:
        def decide(asset: str, exposed: str) -> None:
            priorities.decide_case("SW-2026-000001", [], first_seen=SEEN, asset=asset, exposed=exposed)

        for asset, exposed in (("web", "yes"), ("lab", "no"), ("web", "yes"), ("web", "no")):
            decide(asset, exposed)
        assert [stored.decision.asset for stored in priorities.history("SW-2026-000001")] == ["web", "lab", "web"]

    def test_exposure_is_one_of_three_words(self, priorities: PriorityService) -> None:
        with pytest.raises(InvalidInputError) as caught:
            priorities.decide_case("SW-2026-000001", [], first_seen=SEEN, exposed="maybe")
        assert caught.value.code == "priority.invalid-exposure"


class TestMemory(PriorityContract):
    @pytest.fixture
    def open_unit(self) -> OpenUnit:
        return MemoryPriorityUnit().open


class TestDatabase(PriorityContract):
    @pytest.fixture
    def open_unit(self, units: Units) -> OpenUnit:
        return priority_units(units)


def test_each_change_is_in_the_ledger_with_its_digest(units: Units, clock: FixedClock) -> None:
    open_unit = priority_units(units)
    load_kev(SignalService(open_unit, clock), day(10), (CVE, day(5)))
    priorities = PriorityService(open_unit, clock)
    for _ in range(2):
        priorities.decide_case("SW-2026-000001", [CVE], first_seen=SEEN)
    with units.begin() as unit:
        events = [json.loads(body) for _, body in entries(unit.connection)]
        (row,) = unit.connection.execute(sa.select(DECISION)).all()
    assert [event["name"] for event in events] == ["SignalsRecorded", "DecisionMade"]
    assert events[0]["facts"] | {"digest": ""} == {"added": 2, "retracted": 0, "digest": ""}
    assert events[1]["facts"]["digest"] == row.digest


def test_silence_of_a_loaded_catalogue_is_a_value_with_a_source_and_a_date(units: Units, clock: FixedClock) -> None:
    open_unit = priority_units(units)
    priorities = PriorityService(open_unit, clock)

    def kev() -> PointValue:
        decision = priorities.decide_case("SW-2026-000001", [CVE], first_seen=SEEN)
        return next(point for point in decision.points if point.point is Point.KEV)

    assert kev().assumed
    load_kev(SignalService(open_unit, clock), day(10), (OTHER, day(5)))
    silent = kev()
    assert (silent.value, silent.assumed, silent.as_of[:10]) == ("no", False, day(10).date().isoformat())
    assert "does not list it" in silent.source
    load_kev(SignalService(open_unit, clock), day(11), (OTHER, day(5)))
    assert kev().as_of[:10] == day(11).date().isoformat()
    load_kev(SignalService(open_unit, clock), day(12), (OTHER, day(5)), (CVE, day(12)))
    assert (kev().value, kev().source) == ("yes", f"CISA-KEV on {CVE}")


@pytest.mark.slow
@pytest.mark.skipif(not (KEV.exists() and RECORDS.exists()), reason="the published data is not here")
def test_the_published_catalogue_and_all_records_load(units: Units, clock: FixedClock) -> None:
    zstandard = pytest.importorskip("zstandard")
    service = SignalService(priority_units(units), clock)
    began = time.perf_counter()
    with KEV.open("rb") as stream:
        assert counts(service.load("kev", stream)) == (1_405, 0, 0)
    with RECORDS.open("rb") as packed, BufferedReader(zstandard.ZstdDecompressor().stream_reader(packed)) as stream:
        report = service.load("vulnrichment", stream)
    assert (report.records, report.unreadable) == (23_975, 0)
    assert report.added >= 3 * 23_906
    with KEV.open("rb") as stream:
        assert counts(service.load("kev", stream)) == (0, 1_405, 0)
    assert time.perf_counter() - began < 60
    when = datetime(2024, 6, 1, tzinfo=UTC)
    automatable = service.at("CVE-2024-3400", Point.AUTOMATABLE, when)
    assert automatable is not None
    assert (automatable.value, automatable.source) == ("yes", "CISA-ADP")
