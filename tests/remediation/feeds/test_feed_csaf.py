"""Mirroring CSAF providers that are broken in many ways, on real servers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest
from tests.platform.http.feed_server import FeedServer, Handler, content, endless, running, status
from tests.remediation.feeds import feed_samples as samples
from tests.remediation.feeds.feed_samples import NOW

from seawall.kernel.testing import FixedClock
from seawall.platform.http.client import HTTPClient
from seawall.platform.http.testing import InstantPause, MemoryFetcher
from seawall.platform.http.wire import Times, Wire, is_private
from seawall.remediation.feeds import Mirror, Outcome, Source, SyncResult, load_catalogue
from seawall.remediation.feeds.signatures import NOT_CHECKED, SignatureChecker
from seawall.remediation.feeds.sync import FeedSync, Rules

pytestmark = pytest.mark.allow_hosts(["127.0.0.1", "127.0.0.2"])
Answer = Callable[[Handler], None]


@pytest.fixture
def server(socket_enabled: None) -> Iterator[FeedServer]:
    with running() as feed:
        yield feed


@dataclass
class Publisher:
    """A provider on a real server."""

    server: FeedServer
    documents: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    """Path to content and date in the list."""

    def publish(self, number: int, *, updated: str = "2026-11-10T00:00:00Z", **options: str) -> str:
        document = samples.advisory(f"ACME-2026-{number:03}", current=updated, **options)
        path = f"/csaf/2026/acme-2026-{number:03}.json"
        self.documents[path] = (document, updated)
        self.server.serve(path, content(document))
        self.server.serve(f"{path}.sha512", content(samples.sidecar(document)))
        return path

    def metadata(self, *, rolie: bool = True, directory: bool = False, labels: Sequence[str] = ("WHITE",)) -> str:
        feeds = [{"url": self.server.url(f"/feed-{label.lower()}.json"), "tlp_label": label} for label in labels]
        distributions: list[dict[str, object]] = [{"rolie": {"feeds": feeds}}] if rolie else []
        if directory:
            distributions.append({"directory_url": self.server.url("/csaf")})
        url = self.server.url("/provider-metadata.json")
        document = {"canonical_url": url, "distributions": distributions, "public_openpgp_keys": []}
        return self.server.serve("/provider-metadata.json", content(json.dumps(document).encode()))

    def rolie(self, label: str = "white") -> str:
        entries = [
            {
                "id": path,
                "updated": updated,
                "content": {"src": self.server.url(path), "type": "application/json"},
                "link": [
                    {"rel": "self", "href": self.server.url(path)},
                    {"rel": "hash", "href": self.server.url(f"{path}.sha512")},
                    {"rel": "signature", "href": self.server.url(f"{path}.asc")},
                ],
            }
            for path, (_, updated) in self.documents.items()
        ]
        return self.server.serve(f"/feed-{label}.json", content(json.dumps({"feed": {"entry": entries}}).encode()))

    def directory(self, *, changes: bool = True) -> None:
        rows = [
            (path.removeprefix("/csaf/"), updated)
            for path, (_, updated) in sorted(self.documents.items(), reverse=True)
        ]
        self.server.serve("/csaf/index.txt", content("\n".join(name for name, _ in rows).encode()))
        if changes:
            text = "".join(f'"{name}","{updated}"\n' for name, updated in rows)
            self.server.serve("/csaf/changes.csv", content(text.encode()))


@pytest.fixture
def publisher(server: FeedServer) -> Publisher:
    made = Publisher(server)
    for number in range(1, 6):
        made.publish(number)
    return made


class Desk:
    def __init__(self, root: Path, private: Callable[[str], bool] = is_private) -> None:
        self.mirror = Mirror(root)
        self.clock = FixedClock(NOW)
        self.wire = Wire(Times(connect=2, silence=2, headers=3, whole=20), proxies={}, private=private)
        self.client = HTTPClient(self.wire, clock=self.clock, pause=InstantPause(), random=Random(1))

    def source(self, url: str) -> Source:
        return load_catalogue({"csaf/acme": url}, {}).sources["csaf/acme"]

    def sync(self, url: str, *, force: bool = False, signatures: SignatureChecker | None = None) -> SyncResult:
        run = FeedSync(self.mirror, self.client, self.clock, rules=Rules(force=force), signatures=signatures)
        return run.sync([self.source(url)])[0]

    def held(self) -> dict[str, bytes]:
        folder = self.mirror.root / "csaf" / "acme"
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path / "feeds")
    yield desk
    desk.wire.close()


@pytest.mark.parametrize("way", ["rolie", "changes.csv", "index.txt"])
def test_a_provider_is_mirrored_and_then_only_asked_for_what_is_new(desk: Desk, publisher: Publisher, way: str) -> None:
    url = publisher.metadata(rolie=way == "rolie", directory=way != "rolie")
    publish = publisher.rolie if way == "rolie" else lambda: publisher.directory(changes=way == "changes.csv")
    publish()
    first = desk.sync(url)
    assert first.outcome is Outcome.UPDATED, first
    assert first.records == 5
    assert first.notes == (NOT_CHECKED,)
    assert first.as_of == "2026-11-10T00:00:00Z"
    assert desk.held() == {
        f"2026/acme-2026-{number:03}.json": publisher.documents[f"/csaf/2026/acme-2026-{number:03}.json"][0]
        for number in range(1, 6)
    }

    asked = len(publisher.server.asked)
    changed = publisher.publish(3, updated="2026-11-20T00:00:00Z", title="again")
    publisher.publish(6)
    publish()
    desk.clock.advance(timedelta(days=1))
    second = desk.sync(url)
    assert second.outcome is Outcome.UPDATED
    assert second.records == 6
    assert second.as_of == "2026-11-20T00:00:00Z"
    assert desk.held()["2026/acme-2026-003.json"] == publisher.documents[changed][0]
    documents = {each.path for each in publisher.server.asked[asked:] if each.path.endswith(".json")}
    if way != "index.txt":
        assert documents & set(publisher.documents) == {changed, "/csaf/2026/acme-2026-006.json"}

    third = desk.sync(url)
    assert third.outcome is Outcome.UNCHANGED
    assert desk.mirror.entries()["csaf/acme"].checked_at == "2026-11-22T12:00:00Z"


def test_without_dates_the_server_is_asked_whether_it_changed(desk: Desk, publisher: Publisher) -> None:
    url = publisher.metadata(rolie=False, directory=True)
    publisher.directory(changes=False)
    for path, (document, _) in publisher.documents.items():
        publisher.server.serve(path, content(document, etag=f'"{path}"'))
    desk.sync(url)
    asked = len(publisher.server.asked)
    assert desk.sync(url).outcome is Outcome.UNCHANGED
    again = [each for each in publisher.server.asked[asked:] if each.path in publisher.documents]
    assert len(again) == 5
    assert all(each.headers["if-none-match"] == f'"{each.path}"' for each in again)
    assert not any(each.path.endswith(".sha512") for each in publisher.server.asked[asked:])


def test_a_wrong_digest_keeps_the_old_document(desk: Desk, publisher: Publisher) -> None:
    url = publisher.metadata()
    publisher.rolie()
    desk.sync(url)
    old = desk.held()
    path = publisher.publish(2, updated="2026-11-19T00:00:00Z", title="forged")
    publisher.server.serve(f"{path}.sha512", content(samples.sidecar(b"something else")))
    publisher.publish(4, updated="2026-11-19T00:00:00Z", title="right")
    publisher.rolie()
    desk.clock.advance(timedelta(days=1))
    result = desk.sync(url)
    assert result.outcome is Outcome.PARTIAL
    assert "does not have the SHA-512" in result.notes[0]
    new = desk.held()
    assert new["2026/acme-2026-002.json"] == old["2026/acme-2026-002.json"]
    assert new["2026/acme-2026-004.json"] != old["2026/acme-2026-004.json"], "the others go on"
    entry = desk.mirror.entries()["csaf/acme"]
    assert entry.checked_at == "2026-11-21T12:00:00Z", "not all of it is confirmed"
    assert entry.failure

    publisher.publish(2, updated="2026-11-19T00:00:00Z", title="right")
    assert desk.sync(url).outcome is Outcome.UPDATED
    assert desk.mirror.entries()["csaf/acme"].failure == ""


def test_a_document_published_between_two_requests_is_no_forgery(desk: Desk, publisher: Publisher) -> None:
    new = samples.advisory("ACME-2026-001", title="just now")
    path = "/csaf/2026/acme-2026-001.json"
    publisher.server.serve(path, content(publisher.documents[path][0]), content(new))
    publisher.server.serve(f"{path}.sha512", content(samples.sidecar(new)))
    url = publisher.metadata()
    publisher.rolie()
    assert desk.sync(url).outcome is Outcome.UPDATED
    assert desk.held()["2026/acme-2026-001.json"] == new


@pytest.mark.parametrize("how", ["none", "sha256", "page"])
def test_digests_that_are_missing_are_counted(desk: Desk, publisher: Publisher, how: str) -> None:
    for path, (document, _) in publisher.documents.items():
        publisher.server.answers.pop(f"{path}.sha512")
        if how == "sha256":
            publisher.server.serve(f"{path}.sha256", content(f"{sha256(document).hexdigest()} *x".encode()))
        if how == "page":
            publisher.server.serve(f"{path}.sha512", content(b"<html>not found</html>"))
    url = publisher.metadata(rolie=False, directory=True)
    publisher.directory()
    for _ in range(2):
        result = desk.sync(url)
        assert result.fresh
        assert result.records == 5
        counted = "5 documents have no published digest" in result.notes
        assert counted is (how != "sha256"), "also when nothing is new"


def test_a_digest_that_cannot_be_had_is_not_a_missing_one(desk: Desk, publisher: Publisher) -> None:
    publisher.server.serve("/csaf/2026/acme-2026-001.json.sha512", status(500))
    url = publisher.metadata()
    publisher.rolie()
    result = desk.sync(url)
    assert result.outcome is Outcome.PARTIAL
    assert "2026/acme-2026-001.json" not in desk.held()
    assert len(desk.held()) == 4


@pytest.mark.parametrize(
    "broken",
    [content(b"{"), content(b'{"feed": {}}'), content(b"<feed/>"), status(404), status(500), endless()],
    ids=["cut", "no entries", "xml", "gone", "error", "endless"],
)
def test_a_broken_feed_is_replaced_by_the_directory(
    desk: Desk, publisher: Publisher, broken: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seawall.remediation.feeds.csaf_provider._LIST_LIMIT", 1_000_000)
    url = publisher.metadata(directory=True)
    publisher.server.serve("/feed-white.json", broken)
    publisher.directory()
    result = desk.sync(url)
    assert result.outcome is Outcome.UPDATED
    assert result.records == 5
    assert result.notes[0].startswith("ROLIE feed not usable")


def test_a_broken_feed_without_a_directory_is_a_failure(desk: Desk, publisher: Publisher) -> None:
    url = publisher.metadata()
    publisher.rolie()
    desk.sync(url)
    publisher.server.serve("/feed-white.json", content(b"{"))
    result = desk.sync(url)
    assert result.outcome is Outcome.FAILED
    assert result.error is not None
    assert result.error.code == "feeds.nothing-listed"
    assert len(desk.held()) == 5
    assert result.records == 5


def test_one_broken_feed_of_two_is_partial(desk: Desk, publisher: Publisher) -> None:
    url = publisher.metadata(labels=("WHITE", "CLEAR"))
    publisher.rolie("white")
    publisher.server.serve("/feed-clear.json", status(500))
    result = desk.sync(url)
    assert result.outcome is Outcome.PARTIAL
    assert result.records == 5


def test_what_is_not_public_is_neither_asked_for_nor_kept(desk: Desk, publisher: Publisher) -> None:
    publisher.publish(7, label="AMBER")
    url = publisher.metadata(labels=("WHITE", "AMBER", "RED"))
    publisher.rolie()
    result = desk.sync(url)
    assert result.fresh
    assert "2026/acme-2026-007.json" not in desk.held()
    assert "1 documents are not public and were not kept" in result.notes
    assert "2 feeds are not public and were not asked for" in result.notes
    assert not publisher.server.count("/feed-amber.json")


@pytest.mark.parametrize(
    "document",
    [b"", b"{", b"{}", b"<html>", b'{"document": {"csaf_version": "2.0", "tracking": {"id": "x"}}}', b"[" * 50_000],
)
def test_what_is_no_document_is_not_kept(desk: Desk, publisher: Publisher, document: bytes) -> None:
    path = "/csaf/2026/acme-2026-002.json"
    publisher.server.serve(path, content(document))
    publisher.server.serve(f"{path}.sha512", content(samples.sidecar(document)))
    url = publisher.metadata()
    publisher.rolie()
    result = desk.sync(url)
    assert result.outcome is Outcome.PARTIAL
    assert len(desk.held()) == 4


def test_an_older_release_does_not_come_back(desk: Desk, publisher: Publisher) -> None:
    path = publisher.publish(1, updated="2026-11-15T00:00:00Z")
    url = publisher.metadata()
    publisher.rolie()
    desk.sync(url)
    new = desk.held()["2026/acme-2026-001.json"]
    publisher.publish(1, updated="2026-11-05T00:00:00Z")
    publisher.rolie()
    result = desk.sync(url)
    assert result.outcome is Outcome.PARTIAL
    assert desk.held()["2026/acme-2026-001.json"] == new
    assert desk.sync(url, force=True).fresh
    assert desk.held()["2026/acme-2026-001.json"] == publisher.documents[path][0]


def test_a_document_that_vanishes_from_the_list_stays(desk: Desk, publisher: Publisher) -> None:
    url = publisher.metadata()
    publisher.rolie()
    desk.sync(url)
    del publisher.documents["/csaf/2026/acme-2026-002.json"]
    publisher.rolie()
    assert desk.sync(url).fresh
    assert len(desk.held()) == 5


def test_a_document_that_was_changed_here_is_fetched_again(desk: Desk, publisher: Publisher) -> None:
    url = publisher.metadata()
    publisher.rolie()
    desk.sync(url)
    right = desk.held()
    (desk.mirror.root / "csaf" / "acme" / "2026" / "acme-2026-002.json").write_text("{}")
    (desk.mirror.root / "csaf" / "acme" / "2026" / "acme-2026-003.json").unlink()
    desk.sync(url)
    assert desk.held() == right


@pytest.mark.parametrize("harm", [b"", b"{", b"[]"])
def test_a_lost_state_costs_time_and_nothing_else(desk: Desk, publisher: Publisher, harm: bytes) -> None:
    url = publisher.metadata()
    publisher.rolie()
    desk.sync(url)
    right = desk.held()
    (desk.mirror.root / ".state" / "csaf-acme.json").write_bytes(harm)
    (desk.mirror.root / ".state" / "feeds.json").write_bytes(harm)
    assert desk.sync(url).fresh
    assert desk.held() == right


def test_names_come_from_the_document_and_never_lead_out(desk: Desk, publisher: Publisher) -> None:
    evil = samples.advisory("../../../../tmp/Evil Name: 1/ü")
    publisher.server.serve("/csaf/2026/acme-2026-001.json", content(evil))
    publisher.server.serve("/csaf/2026/acme-2026-001.json.sha512", content(samples.sidecar(evil)))
    url = publisher.metadata()
    publisher.rolie()
    desk.sync(url)
    assert "2026/_tmp_evil_name_1_.json" in desk.held()


def test_a_feed_cannot_lead_into_the_own_network(publisher: Publisher, tmp_path: Path) -> None:
    with running("127.0.0.2") as inside:
        secret = inside.serve("/secret.json", content(samples.advisory("SECRET")))
        publisher.metadata()
        entry = {"updated": "2026-11-10T00:00:00Z", "content": {"src": secret}, "link": []}
        publisher.server.serve("/feed-white.json", content(json.dumps({"feed": {"entry": [entry]}}).encode()))
        desk = Desk(tmp_path / "feeds", private=lambda address: address == "127.0.0.2")
        result = desk.sync(publisher.server.url("/provider-metadata.json"))
        desk.wire.close()
        assert result.outcome is Outcome.FAILED
        assert result.error is not None
        assert result.error.code == "http.private-address"
        assert not inside.asked


def test_a_server_that_wants_rest_gets_it(desk: Desk, publisher: Publisher) -> None:
    for number in range(6, 200):
        publisher.publish(number)
    for path in publisher.documents:
        publisher.server.serve(path, status(429, Retry_After=86400))
    publisher.server.serve("/csaf/2026/acme-2026-001.json", content(samples.advisory("ACME-2026-001")))
    publisher.server.serve(
        "/csaf/2026/acme-2026-001.json.sha512", content(samples.sidecar(samples.advisory("ACME-2026-001")))
    )
    url = publisher.metadata()
    publisher.rolie()
    result = desk.sync(url)
    assert result.outcome is Outcome.PARTIAL
    refused = sum(publisher.server.count(path) for path in publisher.documents)
    assert refused < 80, "the rest is not tried"
    assert any("not asked for any more" in note for note in result.notes)


def test_at_most_a_few_requests_at_a_time(desk: Desk, publisher: Publisher) -> None:
    for number in range(6, 60):
        publisher.publish(number)
    url = publisher.metadata()
    publisher.rolie()
    assert desk.sync(url).records == 59
    assert publisher.server.most_active <= 4


class _Checker:
    """Takes `signed: ` and the digest for a signature."""

    def check(self, document: bytes, signature: bytes, keys: Sequence[bytes]) -> None:
        if signature != b"signed: " + sha256(document).hexdigest().encode():
            raise ValueError("made by another key")


def test_signatures_are_checked_where_somebody_can(desk: Desk, publisher: Publisher) -> None:
    for path, (document, _) in publisher.documents.items():
        publisher.server.serve(f"{path}.asc", content(b"signed: " + sha256(document).hexdigest().encode()))
    publisher.server.serve("/csaf/2026/acme-2026-004.json.asc", content(b"signed: by somebody"))
    url = publisher.metadata()
    publisher.rolie()
    result = desk.sync(url, signatures=_Checker())
    assert result.outcome is Outcome.PARTIAL
    assert NOT_CHECKED not in result.notes
    assert "signature" in result.notes[0]
    assert "2026/acme-2026-004.json" not in desk.held()


WELL_KNOWN = "https://acme.example/.well-known/csaf/provider-metadata.json"


@pytest.mark.parametrize(
    "place",
    [WELL_KNOWN, "https://acme.example/psirt/provider-metadata.json", "https://csaf.data.security.acme.example/"],
)
def test_a_provider_is_found_by_its_domain(tmp_path: Path, place: str) -> None:
    document = samples.advisory()
    metadata = {"canonical_url": place, "distributions": [{"directory_url": "https://acme.example/csaf/"}]}
    fetcher = MemoryFetcher(
        {
            place: json.dumps(metadata).encode(),
            "https://acme.example/csaf/changes.csv": b'"2026/acme-2026-001.json","2026-11-10T00:00:00Z"\n',
            "https://acme.example/csaf/2026/acme-2026-001.json": document,
        }
    )
    if "psirt" in place:
        text = f"Contact: mailto:x\nCSAF: http://insecure.example/\nCSAF: {place}\n"
        fetcher.files["https://acme.example/.well-known/security.txt"] = text.encode()
    source = load_catalogue({}, {}).named("csaf/acme.example")
    [result] = FeedSync(Mirror(tmp_path), fetcher, FixedClock(NOW)).sync([source])
    assert result.outcome is Outcome.UPDATED, result
    assert (tmp_path / "csaf/acme.example/2026/acme-2026-001.json").read_bytes() == document
    assert not any(url.startswith("http://") for url in fetcher.asked)
    assert Mirror(tmp_path).entries()["csaf/acme.example"].url == "acme.example", "it may move: found anew each time"


def test_a_provider_that_is_nowhere(tmp_path: Path) -> None:
    source = load_catalogue({}, {}).named("csaf/acme.example")
    [result] = FeedSync(Mirror(tmp_path), MemoryFetcher(), FixedClock(NOW)).sync([source])
    assert result.error is not None
    assert result.error.code == "feeds.no-provider"
    assert Mirror(tmp_path).entries() == {}, "a mistyped name is not asked for ever after"


@pytest.mark.parametrize("metadata", [b"", b"{}", b"[]", b'{"canonical_url": 1}', b"{" * 50_000])
def test_metadata_that_is_none(desk: Desk, publisher: Publisher, metadata: bytes) -> None:
    result = desk.sync(publisher.server.serve("/pmd.json", content(metadata)))
    assert result.error is not None
    assert result.error.code == "feeds.damaged"


def test_a_provider_without_anything_public(desk: Desk, publisher: Publisher) -> None:
    result = desk.sync(publisher.metadata(labels=("RED",)))
    assert result.error is not None
    assert result.error.code == "feeds.nothing-listed"
    assert replace(result, error=None).outcome is Outcome.FAILED
