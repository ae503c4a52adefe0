"""Feeds on a stick: the same checks, the same state, and no older than they say."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.remediation.feeds import feed_samples as samples
from tests.remediation.feeds.feed_samples import NOW

from seawall.kernel.errors import NotFoundError
from seawall.kernel.testing import FixedClock
from seawall.remediation.feeds import Mirror, Outcome, SyncResult, load_catalogue
from seawall.remediation.feeds.loading import FeedLoader
from seawall.remediation.feeds.sync import Rules


class Desk:
    def __init__(self, tmp_path: Path) -> None:
        self.stick = tmp_path / "stick"
        self.stick.mkdir()
        self.mirror = Mirror(tmp_path / "feeds")

    def put(self, name: str, content: bytes | str) -> Path:
        path = self.stick / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def load(self, *names: str, force: bool = False) -> dict[str, SyncResult]:
        loader = FeedLoader(self.mirror, load_catalogue({}, {}), FixedClock(NOW), rules=Rules(force=force))
        return {result.source: result for result in loader.load(self.stick, names)}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


LAYOUTS = {
    "a mirror": {
        "kev/known_exploited_vulnerabilities.json": samples.kev(),
        "epss/epss_scores-current.csv.gz": samples.epss(),
        "cve/vulnrichment.zip": samples.cves(),
        "osv/PyPI.zip": samples.osv(),
        "csaf/acme/2026/acme-2026-001.json": samples.advisory(),
    },
    "publishers' names": {
        "known_exploited_vulnerabilities.json": samples.kev(),
        "epss_scores-2026-11-19.csv.gz": samples.epss(day="2026-11-19T00:00:00+0000"),
        "epss_scores-2026-11-20.csv.gz": samples.epss(),
        "vulnrichment-develop.zip": samples.cves(),
        "PyPI/all.zip": samples.osv(),
        "csaf/ACME/white/2026/acme-2026-001.json": samples.advisory(),
        "csaf/ACME/white/2026/acme-2026-001.json.sha512": samples.sidecar(samples.advisory()),
        "csaf/ACME/white/feed.json": b"{}",
    },
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_a_folder_holds_is_taken(desk: Desk, layout: str) -> None:
    for name, data in LAYOUTS[layout].items():
        desk.put(name, data)
    results = desk.load()
    assert set(results) == {"kev", "epss", "vulnrichment", "osv/PyPI", "csaf/acme"}
    assert {result.outcome for result in results.values()} == {Outcome.UPDATED}, results
    assert results["epss"].as_of == "2026-11-20T00:00:00Z"
    root = desk.mirror.root
    assert (root / "kev/known_exploited_vulnerabilities.json").read_bytes() == samples.kev()
    assert (root / "osv/PyPI.zip").read_bytes() == samples.osv()
    assert (root / "csaf/acme/2026/acme-2026-001.json").read_bytes() == samples.advisory()
    entries = desk.mirror.entries()
    assert entries["kev"].checked_at == "2026-11-20T17:00:00Z"
    assert entries["kev"].fetched_at == "2026-11-21T12:00:00Z"
    assert desk.mirror.staleness(NOW) == [
        "csaf/acme: the data are of 2026-11-10, 11 days old (limit 7); run `seawall feeds sync csaf/acme`"
    ]
    again = desk.load()
    assert {result.outcome for result in again.values()} == {Outcome.UNCHANGED}, again


def test_a_folder_of_records_becomes_an_archive(desk: Desk) -> None:
    for number in range(1000, 1010):
        name = f"CVE-2026-{number}"
        desk.put(f"vulnrichment/2026/1xxx/{name}.json", samples.cve_record(name))
    desk.put("vulnrichment/package.json", b"{")
    first = desk.load()["vulnrichment"]
    assert first.records == 10
    packed = (desk.mirror.root / "cve/vulnrichment.zip").read_bytes()
    desk.load(force=True)
    assert (desk.mirror.root / "cve/vulnrichment.zip").read_bytes() == packed, "the same files give the same bytes"


@pytest.mark.parametrize("data", [b"", samples.osv(50)[:-100], b"<html>"])
def test_a_damaged_file_is_refused_and_the_others_are_taken(desk: Desk, data: bytes) -> None:
    desk.put("osv/PyPI.zip", samples.osv())
    desk.load()
    desk.put("osv/PyPI.zip", data)
    desk.put("osv/npm.zip", samples.osv())
    results = desk.load()
    assert results["osv/PyPI"].outcome is Outcome.FAILED
    assert results["osv/npm"].outcome is Outcome.UPDATED
    assert (desk.mirror.root / "osv/PyPI.zip").read_bytes() == samples.osv()
    assert not list((desk.mirror.root / ".state" / "parts").iterdir())


def test_an_older_file_replaces_nothing(desk: Desk) -> None:
    new = samples.kev(20, released="2026-11-20T00:00:00Z")
    desk.put("known_exploited_vulnerabilities.json", new)
    desk.load()
    desk.put("known_exploited_vulnerabilities.json", samples.kev(20, released="2026-10-01T00:00:00Z"))
    result = desk.load()["kev"]
    assert result.outcome is Outcome.UNCHANGED
    assert "2026-10-01" in result.notes[0]
    assert (desk.mirror.root / "kev/known_exploited_vulnerabilities.json").read_bytes() == new
    assert desk.load(force=True)["kev"].outcome is Outcome.UPDATED


def test_a_wrong_digest_beside_a_document_refuses_it(desk: Desk) -> None:
    desk.put("csaf/acme/2026/a.json", samples.advisory("A-1"))
    desk.put("csaf/acme/2026/a.json.sha512", samples.sidecar(b"else"))
    desk.put("csaf/acme/2026/b.json", samples.advisory("B-1"))
    desk.put("csaf/acme/2026/c.json", samples.advisory("C-1", label="RED"))
    result = desk.load()["csaf/acme"]
    assert result.outcome is Outcome.PARTIAL
    assert [path.name for path in (desk.mirror.root / "csaf/acme/2026").iterdir()] == ["b-1.json"]
    assert any("SHA-512" in note for note in result.notes)


def test_only_what_is_named_is_taken_and_what_is_missing_is_said(desk: Desk) -> None:
    desk.put("known_exploited_vulnerabilities.json", samples.kev())
    desk.put("osv/PyPI.zip", samples.osv())
    desk.put("osv/npm.zip", samples.osv())
    assert set(desk.load("osv")) == {"osv/PyPI", "osv/npm"}
    results = desk.load("kev", "epss")
    assert results["kev"].fresh
    assert results["epss"].outcome is Outcome.FAILED
    with pytest.raises(NotFoundError):
        desk.load("nvd")


def test_a_folder_with_nothing(desk: Desk) -> None:
    desk.put("holiday.jpg", b"")
    desk.put("osv/..zip", b"")
    with pytest.raises(NotFoundError) as caught:
        desk.load()
    assert caught.value.code == "feeds.nothing-to-load"
