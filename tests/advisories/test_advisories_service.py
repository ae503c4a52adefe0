from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from tests.advisories.examples import PUBLISHER, advisory

from seawall.advisories import (
    AdvisoryService,
    InvalidDocumentError,
    OSVFormat,
    Release,
    standard_formats,
    validate,
    validate_record,
)
from seawall.advisories.errors import Finding
from seawall.advisories.model import body_of
from seawall.advisories.osv import RecordFinding
from seawall.advisories.ports import AdvisoryFormat
from seawall.advisories.testing import MemoryAdvisories, MemoryFolder
from seawall.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from seawall.kernel.marking import Marking
from seawall.kernel.testing import FixedClock
from seawall.platform.blobs import FolderBlobStore

_CLEAR = Release(Marking.CLEAR, "Coordinator")
_CSAF = "csaf/2026/sw-2026-000007.json"
_OSV = "osv/SW-2026-000007.json"


@dataclass
class House:
    memory: MemoryAdvisories
    folder: MemoryFolder
    service: AdvisoryService


@pytest.fixture
def house(tmp_path: Path, clock: FixedClock) -> House:
    return _house(tmp_path, clock, standard_formats(PUBLISHER, "0.1.0"))


def _house(tmp_path: Path, clock: FixedClock, formats: Sequence[AdvisoryFormat]) -> House:
    memory, folder = MemoryAdvisories(), MemoryFolder()
    service = AdvisoryService(
        open_unit=memory,
        blobs=FolderBlobStore(tmp_path / "blobs"),
        folder=folder,
        formats=formats,
        publisher=PUBLISHER,
        clock=clock,
    )
    return House(memory, folder, service)


def test_publishes_valid_documents_in_their_places(house: House) -> None:
    csaf, osv = house.service.publish(advisory())
    assert (csaf.format, csaf.number, csaf.path) == ("csaf", 1, _CSAF)
    assert (osv.format, osv.number, osv.path) == ("osv", 1, _OSV)
    assert validate(house.folder.files[_CSAF]) == []
    assert validate_record(house.folder.files[_OSV]) == []
    assert sha256(house.folder.files[_CSAF]).hexdigest() == csaf.digest
    assert house.folder.files[f"{_CSAF}.sha256"] == f"{csaf.digest}  sw-2026-000007.json\n".encode()
    assert set(house.folder.files) == {_CSAF, f"{_CSAF}.sha256", _OSV}


def test_each_state_change_is_one_event_with_the_digest_of_its_body(house: House) -> None:
    csaf, osv = house.service.publish(advisory())
    (revision,) = house.service.history("SW-2026-000007")
    facts = [(event.name, event.subject, event.facts["digest"]) for event in house.memory.events]
    assert facts == [
        ("AdvisoryRevised", "SW-2026-000007/1", sha256(body_of(revision)).hexdigest()),
        ("AdvisoryPublished", csaf.id, sha256(body_of(csaf)).hexdigest()),
        ("AdvisoryPublished", osv.id, sha256(body_of(osv)).hexdigest()),
    ]
    assert house.memory.events[1].facts["document"] == csaf.digest


def test_same_content_is_not_published_again(house: House, clock: FixedClock) -> None:
    first = house.service.publish(advisory())
    clock.advance(timedelta(days=1))
    again = advisory(revisions=(replace(advisory().revisions[0], at=clock.now()),))
    assert house.service.publish(again) == first
    assert len(house.memory.events) == 3
    assert len(house.service.publications("SW-2026-000007")) == 2


def test_changed_content_is_a_new_revision_in_every_format_published(house: House, clock: FixedClock) -> None:
    house.service.publish(advisory())
    clock.advance(timedelta(days=1))
    (csaf,) = house.service.publish(advisory(title="Other", grade="E4"), ["csaf"])
    assert csaf.number == 2
    tracking = json.loads(house.folder.files[_CSAF])["document"]["tracking"]
    assert [item["number"] for item in tracking["revision_history"]] == ["1", "2"]
    assert tracking["revision_history"][1]["summary"] == "Changed: title, evidence grade."
    assert json.loads(house.folder.files[_OSV])["database_specific"]["revision"] == 2
    assert [item.number for item in house.service.publications("SW-2026-000007")] == [1, 1, 2, 2]


def test_format_that_was_never_published_stays_unpublished(house: House) -> None:
    house.service.publish(advisory(), ["csaf"])
    house.service.publish(advisory(title="Other"), ["csaf"])
    assert _OSV not in house.folder.files
    (osv,) = house.service.publish(advisory(title="Other"), ["osv"])
    assert osv.number == 2


def test_clock_that_was_set_back_keeps_the_history_sorted(house: House, clock: FixedClock) -> None:
    house.service.publish(advisory())
    clock.advance(timedelta(days=-30))
    house.service.publish(advisory(title="Other"))
    assert validate(house.folder.files[_CSAF]) == []


@pytest.mark.parametrize("marking", [Marking.GREEN, Marking.AMBER, Marking.AMBER_STRICT, Marking.RED])
@pytest.mark.parametrize(
    "release", [None, Release(Marking.GREEN, "Coordinator"), Release(Marking.RED, "C"), Release(Marking.CLEAR, " ")]
)
def test_confidential_content_stays_in(house: House, marking: Marking, release: Release | None) -> None:
    with pytest.raises(ConflictError) as caught:
        house.service.publish(advisory(marking=marking), release=release)
    assert caught.value.code == "advisories.marking-forbids-publication"
    assert house.folder.files == {}
    assert house.memory.events == []


def test_coordinator_may_release(house: House) -> None:
    house.service.publish(advisory(marking=Marking.RED), release=_CLEAR)
    assert json.loads(house.folder.files[_CSAF])["document"]["distribution"]["tlp"]["label"] == "WHITE"
    assert house.memory.events[0].facts["released_by"] == "Coordinator"
    assert house.service.history("SW-2026-000007")[0].released_by == "Coordinator"


def test_refuted_case_is_not_published(house: House) -> None:
    with pytest.raises(ConflictError) as caught:
        house.service.publish(advisory(grade="refuted"))
    assert caught.value.code == "advisories.refuted"


def test_unknown_format(house: House) -> None:
    with pytest.raises(InvalidInputError) as caught:
        house.service.publish(advisory(), ["pdf"])
    assert caught.value.code == "advisories.unknown-format"
    assert "csaf, osv" in caught.value.remedy


class _Broken(OSVFormat):
    def problems(self, data: bytes) -> Sequence[Finding]:
        return [RecordFinding("schema", "/id", f"{len(data)} bytes are wrong", "Do better.")]


def test_invalid_document_leaves_no_trace(tmp_path: Path, clock: FixedClock) -> None:
    csaf, _ = standard_formats(PUBLISHER, "0.1.0")
    house = _house(tmp_path, clock, (csaf, _Broken()))
    with pytest.raises(InvalidDocumentError) as caught:
        house.service.publish(advisory())
    assert caught.value.code == "advisories.invalid-document"
    assert caught.value.findings[0].pointer == "/id"
    assert (house.folder.files, house.memory.events) == ({}, [])
    assert house.service.history("SW-2026-000007") == []


def test_folder_is_completed_after_a_crash(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house.folder, "put", lambda _path, _data: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        house.service.publish(advisory())
    monkeypatch.undo()
    assert len(house.memory.events) == 3
    assert house.service.restore() == 2
    assert house.service.restore() == 0
    assert validate(house.folder.files[_CSAF]) == []
    del house.folder.files[_OSV]
    house.service.publish(advisory())
    assert _OSV in house.folder.files


def test_restore_needs_the_blobs(house: House, tmp_path: Path) -> None:
    house.service.publish(advisory())
    for path in (tmp_path / "blobs").rglob("*"):
        if path.is_file():
            path.unlink()
    with pytest.raises(NotFoundError):
        house.service.restore()
