from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.intake.test_sarif import log

import seawall.intake.formats
from seawall.intake import Finding, IntakeService, IntakeUnit, ReportState
from seawall.intake.store import intake_units
from seawall.intake.testing import MemoryIntakeUnit, memory_units
from seawall.kernel.errors import (
    BusyError,
    ConflictError,
    InvalidInputError,
    LimitExceededError,
    NotFoundError,
    UnavailableError,
)
from seawall.kernel.limits import Limits
from seawall.kernel.marking import Marking
from seawall.kernel.testing import FixedClock
from seawall.platform.blobs import FolderBlobStore
from seawall.platform.database import Database
from seawall.platform.units import ReadUnits, Units

OSV = json.dumps({"id": "CVE-2024-1234", "modified": "2024-01-01T00:00:00Z", "summary": "s"}).encode()
OpenUnit = Callable[[], AbstractContextManager[IntakeUnit]]


@dataclass
class World:
    memory: MemoryIntakeUnit
    blobs: FolderBlobStore
    service: IntakeService
    clock: FixedClock

    def events(self) -> list[str]:
        return [event.name for event in self.memory.events]


@pytest.fixture
def world(tmp_path: Path, clock: FixedClock) -> World:
    memory = MemoryIntakeUnit()
    blobs = FolderBlobStore(tmp_path / "blobs")
    return World(memory, blobs, IntakeService(memory_units(memory), blobs, clock), clock)


def submit(world: World, data: bytes = OSV, **rest: Any) -> Any:
    return world.service.submit(data, **{"name": "a.json", "submitter": "me"} | rest)


def test_submit_parse_and_what_is_recorded(world: World) -> None:
    report = submit(world, marking=Marking.RED, product="pkg:pypi/Some_App@1")
    assert report.state is ReportState.RECEIVED
    assert report.product == "pkg:pypi/some-app@1"
    assert report.size == len(OSV)
    assert world.blobs.read(report.digest) == OSV
    assert world.service.pending() == [report]
    outcome = world.service.parse(report.id)
    assert outcome.parsed
    assert outcome.fresh
    assert (outcome.report.format, outcome.report.findings) == ("osv", 1)
    assert world.service.pending() == []
    (finding,) = world.memory.findings.all()
    assert finding.report_id == report.id
    assert finding.marking is Marking.RED
    received, parsed = world.memory.events
    assert received.name == "ReportReceived"
    assert received.subject == report.id
    facts = {"digest": report.digest, "size": len(OSV), "marking": "TLP:RED", "receipt": report.receipt()}
    assert received.facts == facts
    assert parsed.name == "ReportParsed"
    assert parsed.facts == {
        "digest": report.digest,
        "format": "osv",
        "findings": 1,
        "findings_digest": world.memory.findings.digest_of(report.id),
    }


def test_streams_are_taken_from_where_they_stand(world: World) -> None:
    stream = io.BytesIO(b"skipped" + OSV)
    stream.read(7)
    assert world.blobs.read(world.service.submit(stream, name="-", submitter="me").digest) == OSV


def test_the_same_bytes_from_the_same_submitter_are_one_report(world: World) -> None:
    first = submit(world)
    world.clock.advance(timedelta(days=1))
    assert submit(world, name="other.json", marking=Marking.RED) == first
    world.service.parse(first.id)
    assert submit(world).state is ReportState.PARSED
    assert world.events() == ["ReportReceived", "ReportParsed"]
    other = submit(world, submitter="somebody else")
    assert other.id != first.id
    assert other.digest == first.digest


def test_parsing_twice_takes_effect_once(world: World) -> None:
    report = submit(world)
    first = world.service.parse(report.id)
    again = world.service.parse(report.id)
    assert (first.fresh, again.fresh) == (True, False)
    assert again.report == first.report
    assert world.memory.findings.count() == 1
    assert world.events() == ["ReportReceived", "ReportParsed"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "intake.empty"),
        (b'{"runs": [', "intake.truncated-json"),
        (b"PK\x03\x04", "intake.not-text"),
        (b'{"a": "\xff"}', "intake.invalid-utf8"),
        (b'{"hello": 1}', "intake.unknown-format"),
        (b'{"document": {"csaf_version": "2.1"}}', "intake.wrong-version"),
        (b'{"a":' * 10_000, "intake.too-deep"),
    ],
)
def test_what_cannot_be_read_is_set_aside_and_kept(world: World, data: bytes, code: str) -> None:
    report = submit(world, data)
    outcome = world.service.parse(report.id)
    assert not outcome.parsed
    problem = outcome.report.problem
    assert problem is not None
    assert problem.code == code
    assert problem.remedy
    assert world.service.quarantined() == [outcome.report]
    assert world.service.pending() == []
    assert world.blobs.read(report.digest) == data
    event = world.memory.events[-1]
    assert (event.name, event.facts) == ("ReportQuarantined", {"digest": report.digest, "code": code})


def test_a_late_mistake_leaves_no_finding(world: World) -> None:
    results = [{"message": {"text": f"m{number}"}} for number in range(2500)]
    report = submit(world, log(*results, {"message": {"text": 7}}).encode())
    outcome = world.service.parse(report.id)
    assert outcome.report.problem is not None
    assert outcome.report.problem.details["place"] == "/runs/0/results/2500"
    assert world.memory.findings.count() == 0


def test_retry_makes_it_pending_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seawall.intake.formats, "FORMATS", ())
    report = submit(world)
    world.service.parse(report.id)
    monkeypatch.undo()
    again = world.service.retry(report.id)
    assert again.state is ReportState.RECEIVED
    assert again.problem is None
    assert world.service.pending() == [again]
    assert world.service.quarantined() == []
    assert world.service.parse(report.id).parsed
    assert world.events() == ["ReportReceived", "ReportQuarantined", "ReportRetried", "ReportParsed"]
    with pytest.raises(ConflictError) as caught:
        world.service.retry(report.id)
    assert caught.value.code == "intake.not-quarantined"


def test_unknown_reports_are_not_found(world: World) -> None:
    for ask in (world.service.parse, world.service.retry, world.service.get):
        with pytest.raises(NotFoundError) as caught:
            ask("SWR-none")
        assert caught.value.code == "intake.no-such-report"


def test_submissions_that_cannot_be_answered_for_are_refused(world: World) -> None:
    with pytest.raises(InvalidInputError, match="submitter"):
        submit(world, submitter=" \n")
    with pytest.raises(InvalidInputError) as caught:
        submit(world, product="lodash")
    assert caught.value.code == "kernel.invalid-purl"
    assert world.memory.reports.count() == 0


def test_names_are_made_printable(world: World) -> None:
    report = submit(world, name="a\nb\x00\udcff\x1b[31m.json", submitter="me\tand you")
    assert report.name == "a b [31m.json"
    assert report.submitter == "me and you"
    assert submit(world, b"2", name="").name == "unnamed"


def test_too_many_bytes_are_not_acknowledged(world: World) -> None:
    service = IntakeService(memory_units(world.memory), world.blobs, world.clock, Limits(bytes=10))
    with pytest.raises(LimitExceededError) as caught:
        service.submit(OSV, name="a", submitter="me")
    assert caught.value.code == "blob.too-large"
    assert world.memory.reports.count() == 0


class Broken:
    """A format with a defect."""

    name = title = "broken"
    streams = True

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def recognises(self, _document: object) -> bool:
        return True

    def read(self, _document: object, _context: object) -> Iterator[Finding]:
        yield Finding("SWF-1", "SWR-1", "/0", "half done")
        raise self._error


def break_formats(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    monkeypatch.setattr(seawall.intake.formats, "FORMATS", (Broken(error),))


def test_a_defect_in_a_parser_sets_the_report_aside(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    break_formats(monkeypatch, ZeroDivisionError("secret text of the report"))
    outcome = world.service.parse(submit(world).id)
    problem = outcome.report.problem
    assert problem is not None
    assert problem.code == "intake.parser-failed"
    assert "ZeroDivisionError" in problem.message
    assert "secret" not in problem.message
    assert world.memory.findings.count() == 0


@pytest.mark.parametrize(
    "error",
    [KeyboardInterrupt(), SystemExit(), BusyError("c", "m", remedy="r"), UnavailableError("c", "m", remedy="r")],
)
def test_troubles_of_the_machine_leave_the_report_to_be_read(
    world: World, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    report = submit(world)
    break_formats(monkeypatch, error)
    with pytest.raises(type(error)):
        world.service.parse(report.id)
    assert world.service.pending() == [report]
    assert world.memory.findings.count() == 0
    assert world.events() == ["ReportReceived"]
    monkeypatch.undo()
    assert world.service.parse(report.id).parsed


def test_changed_bytes_are_noticed(world: World) -> None:
    report = submit(world)
    path = world.blobs.path(report.digest)
    path.chmod(0o600)
    path.write_bytes(OSV.replace(b"1234", b"4321"))
    outcome = world.service.parse(report.id)
    assert outcome.report.problem is not None
    assert outcome.report.problem.code == "blob.corrupt"


def test_limits_on_findings_and_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    data = log(*[{"message": {"text": "m"}}] * 3).encode()
    few = IntakeService(memory_units(world.memory), world.blobs, world.clock, Limits(items=2))
    outcome = few.parse(submit(world, data).id)
    assert outcome.report.problem is not None
    assert outcome.report.problem.code == "intake.too-many-findings"

    def slow_read(*_arguments: object) -> Any:
        world.clock.advance(timedelta(seconds=11))
        return original(*_arguments)  # type: ignore[arg-type]

    original = seawall.intake.formats.read
    monkeypatch.setattr(seawall.intake.formats, "read", slow_read)
    hasty = IntakeService(memory_units(world.memory), world.blobs, world.clock, Limits(seconds=10))
    outcome = hasty.parse(submit(world, b" " + data).id)
    assert outcome.report.problem is not None
    assert outcome.report.problem.code == "intake.too-slow"
    assert world.memory.findings.count() == 0


class Crash(BaseException):
    """The process is gone."""


def crash_at(open_unit: OpenUnit, unit_number: int, call: str) -> OpenUnit:
    """Open units of which one dies at a call (`enter`, `add`, `update`, `add_many`, `record`, `leave`)."""
    opened = 0

    def dying(real: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:
            real(*arguments)
            raise Crash

        return run

    @contextmanager
    def open_one() -> Iterator[IntakeUnit]:
        nonlocal opened
        opened += 1
        mine = opened == unit_number
        if mine and call == "enter":
            raise Crash
        with open_unit() as unit:
            if mine and call in {"add", "update"}:
                setattr(unit.reports, call, dying(getattr(unit.reports, call)))
            if mine and call == "add_many":
                unit.findings.add_many = dying(unit.findings.add_many)  # type: ignore[method-assign]
            if mine and call == "record":
                unit.record = dying(unit.record)  # type: ignore[method-assign]
            yield unit
            if mine and call == "leave":
                raise Crash

    return open_one


@pytest.mark.parametrize("call", ["enter", "add", "update", "add_many", "record", "leave"])
@pytest.mark.parametrize("unit_number", [1, 2, 3, 4])
@pytest.mark.parametrize("readable", [True, False])
def test_a_crash_anywhere_loses_nothing_and_repeats_nothing(
    units: Units, database: Database, tmp_path: Path, clock: FixedClock, unit_number: int, call: str, readable: bool
) -> None:
    blobs = FolderBlobStore(tmp_path / "blobs")
    data = log(*[{"message": {"text": f"m{number}"}} for number in range(1500)]).encode() if readable else b"no report"
    dying = IntakeService(crash_at(intake_units(units), unit_number, call), blobs, clock)
    acknowledged = False
    try:
        report = dying.submit(data, name="a", submitter="me")
        acknowledged = True
        dying.parse(report.id)
    except Crash:
        pass
    after = IntakeService(intake_units(units), blobs, clock)
    if not acknowledged:
        report = after.submit(data, name="a", submitter="me")
    for waiting in after.pending():
        after.parse(waiting.id)
    state = after.get(report.id)
    assert state.state is (ReportState.PARSED if readable else ReportState.QUARANTINED)
    with intake_units(units)() as unit:
        assert unit.reports.count() == 1
        assert unit.findings.count() == (1500 if readable else 0)
    names = ledger_names(database)
    assert names == ["ReportReceived", "ReportParsed" if readable else "ReportQuarantined"]


def ledger_names(database: Database) -> list[str]:
    from seawall.platform.ledger.store import entries  # noqa: PLC0415 - only here

    with database.read() as connection:
        return [json.loads(body)["name"] for _, body in entries(connection)]


def test_another_process_that_was_faster_is_believed(units: Units, tmp_path: Path, clock: FixedClock) -> None:
    blobs = FolderBlobStore(tmp_path / "blobs")
    quick = IntakeService(intake_units(units), blobs, clock)
    report = quick.submit(OSV, name="a", submitter="me")

    class Overtaken(FolderBlobStore):
        def read(self, digest: str) -> bytes:
            assert quick.parse(report.id).fresh
            return super().read(digest)

    slow = IntakeService(intake_units(units), Overtaken(tmp_path / "blobs"), clock)
    outcome = slow.parse(report.id)
    assert outcome.parsed
    assert not outcome.fresh
    with intake_units(units)() as unit:
        assert unit.findings.count() == 1


def test_looking_waits_for_no_writer(database: Database, units: Units, tmp_path: Path, clock: FixedClock) -> None:
    blobs = FolderBlobStore(tmp_path / "blobs")
    readers = ReadUnits(database, units._ledger)
    service = IntakeService(intake_units(units), blobs, clock, open_view=intake_units(readers))
    report = service.submit(OSV, name="a", submitter="me")
    with intake_units(units)() as unit:
        unit.reports.update(replace(report, state=ReportState.PARSED))
        assert service.pending() == [report]
        assert service.get(report.id) == report
        assert service.quarantined() == []
