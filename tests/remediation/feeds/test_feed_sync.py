"""Single files against real servers: what fails leaves the old, and says so."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from tests.platform.http.feed_server import (
    FeedServer,
    Handler,
    content,
    cut,
    endless,
    redirect,
    running,
    status,
)
from tests.remediation.feeds import feed_samples as samples
from tests.remediation.feeds.feed_samples import NOW

from seawall.kernel.errors import BusyError, UnavailableError
from seawall.kernel.testing import FixedClock
from seawall.platform.http.client import HTTPClient
from seawall.platform.http.testing import InstantPause
from seawall.platform.http.wire import Times, Wire
from seawall.remediation.feeds import Mirror, Outcome, Source, SyncResult, load_catalogue
from seawall.remediation.feeds.mirror import held_sources
from seawall.remediation.feeds.sync import FeedSync, Rules

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture
def server(socket_enabled: None) -> Iterator[FeedServer]:
    with running() as feed:
        yield feed


class Desk:
    """A mirror, a clock and a client on a real server."""

    def __init__(self, root: Path, server: FeedServer, wire: Wire) -> None:
        self.mirror = Mirror(root)
        self.clock = FixedClock(NOW)
        self.server = server
        self.pause = InstantPause()
        self.client = HTTPClient(wire, clock=self.clock, pause=self.pause, random=Random(1))
        self.catalogue = load_catalogue({}, {})

    def source(self, name: str, *, limit: int | None = None) -> Source:
        source = replace(self.catalogue.named(name), url=self.server.url(f"/{name}"))
        return source if limit is None else replace(source, limit=limit)

    def sync(self, *sources: Source, force: bool = False) -> list[SyncResult]:
        return FeedSync(self.mirror, self.client, self.clock, rules=Rules(force=force)).sync(sources)

    def one(self, name: str, *answers: Callable[[Handler], None], force: bool = False) -> SyncResult:
        if answers:
            self.server.serve(f"/{name}", *answers)
        return self.sync(self.source(name), force=force)[0]

    def bytes_of(self, name: str) -> bytes:
        return self.mirror.path(self.source(name)).read_bytes()


@pytest.fixture
def desk(tmp_path: Path, server: FeedServer) -> Iterator[Desk]:
    wire = Wire(Times(connect=2, silence=2, headers=3, whole=20), proxies={})
    yield Desk(tmp_path / "feeds", server, wire)
    wire.close()


FILES = {"kev": samples.kev(), "epss": samples.epss(), "vulnrichment": samples.cves(), "osv/PyPI": samples.osv()}


@pytest.mark.parametrize("name", FILES)
def test_a_feed_arrives_and_then_stays_as_it_is(desk: Desk, name: str) -> None:
    first = desk.one(name, content(FILES[name], etag='"1"'))
    assert first.outcome is Outcome.UPDATED, first
    assert first.records in {10, 100}
    assert first.as_of.startswith("2026-11-")
    assert first.bytes == len(FILES[name])
    assert desk.bytes_of(name) == FILES[name]
    entry = desk.mirror.entries()[name]
    assert entry.etag == '"1"'
    assert entry.fetched_at == entry.checked_at == "2026-11-21T12:00:00Z"

    desk.clock.advance(timedelta(days=1))
    second = desk.one(name)
    assert second.outcome is Outcome.UNCHANGED
    assert desk.server.asked[-1].headers["if-none-match"] == '"1"'
    entry = desk.mirror.entries()[name]
    assert entry.checked_at == "2026-11-22T12:00:00Z"
    assert entry.fetched_at == "2026-11-21T12:00:00Z"


def test_the_folder_is_laid_out_as_documented(desk: Desk) -> None:
    for name, data in FILES.items():
        desk.one(name, content(data))
    files = {str(path.relative_to(desk.mirror.root)) for path in desk.mirror.root.rglob("*") if path.is_file()}
    assert {name for name in files if not name.startswith(".state/")} == {
        "kev/known_exploited_vulnerabilities.json",
        "epss/epss_scores-current.csv.gz",
        "cve/vulnrichment.zip",
        "osv/PyPI.zip",
    }
    assert not list((desk.mirror.root / ".state" / "parts").iterdir())
    assert desk.mirror.entries()["epss"].facts == {"model_version": "v2026.06.15"}


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (status(500), "http.status"),
        (status(404), "http.status"),
        (status(503, Retry_After=99999), "http.told-to-wait"),
        (content(b"<html>maintenance</html>"), "priority.unreadable-feed"),
        (content(samples.kev(50)[:-2]), "priority.unreadable-feed"),
        (content(samples.kev(0)), "feeds.damaged"),
        (content(samples.kev(4, released="2026-11-21T00:00:00Z")), "feeds.shrunk"),
        (content(samples.kev(20, released="2026-11-01T00:00:00Z")), "feeds.older"),
        (cut(samples.kev(500), 1000), "http.unreachable"),
        (endless(), "http.too-large"),
        (redirect("/kev"), "http.redirect"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_whatever_fails_leaves_the_old(desk: Desk, answer: Callable[[Handler], None], code: str) -> None:
    good = samples.kev()
    desk.one("kev", content(good))
    desk.clock.advance(timedelta(days=1))
    desk.server.serve("/kev", answer)
    [result] = desk.sync(desk.source("kev", limit=1_000_000))
    assert result.outcome is Outcome.FAILED
    assert result.error is not None
    assert result.error.code == code
    assert result.records == 10, "what is held is reported"
    assert desk.bytes_of("kev") == good
    entry = desk.mirror.entries()["kev"]
    assert entry.checked_at == "2026-11-21T12:00:00Z"
    assert entry.failed_at == "2026-11-22T12:00:00Z"
    assert entry.failure.startswith(code)

    assert desk.one("kev", content(samples.kev(11, released="2026-11-22T00:00:00Z"))).outcome is Outcome.UPDATED
    assert desk.mirror.entries()["kev"].failure == ""


def test_one_failure_does_not_stop_the_others(desk: Desk) -> None:
    desk.server.serve("/kev", status(500))
    desk.server.serve("/epss", content(samples.epss()))
    results = desk.sync(desk.source("kev"), desk.source("epss"))
    assert [result.outcome for result in results] == [Outcome.FAILED, Outcome.UPDATED]
    assert desk.mirror.entries()["kev"].checked_at == ""


@pytest.mark.parametrize(
    "replacement", [samples.kev(4, released="2026-11-21T00:00:00Z"), samples.kev(20, released="2026-11-01T00:00:00Z")]
)
def test_a_person_can_take_what_is_older_or_less(desk: Desk, replacement: bytes) -> None:
    desk.one("kev", content(samples.kev()))
    assert desk.one("kev", content(replacement), force=True).outcome is Outcome.UPDATED
    assert desk.bytes_of("kev") == replacement


@pytest.mark.parametrize("harm", ["change", "remove"])
def test_a_file_that_was_changed_here_is_fetched_again(desk: Desk, harm: str) -> None:
    desk.one("kev", content(samples.kev(), etag='"1"'))
    path = desk.mirror.path(desk.source("kev"))
    path.write_bytes(path.read_bytes() + b" ") if harm == "change" else path.unlink()
    assert desk.one("kev").outcome is Outcome.UPDATED, "a 304 must not bless what lies here"
    assert "if-none-match" not in desk.server.asked[-1].headers
    assert desk.bytes_of("kev") == samples.kev()


def test_validators_belong_to_their_address(desk: Desk) -> None:
    desk.one("kev", content(samples.kev(), etag='"1"'))
    desk.server.serve("/other", content(samples.kev(12), etag='"1"'))
    [result] = desk.sync(replace(desk.source("kev"), url=desk.server.url("/other")))
    assert result.outcome is Outcome.UPDATED
    assert desk.mirror.entries()["kev"].records == 12


def test_the_same_bytes_without_validators_are_unchanged(desk: Desk) -> None:
    desk.one("kev", content(samples.kev()))
    desk.clock.advance(timedelta(days=1))
    assert desk.one("kev").outcome is Outcome.UNCHANGED
    assert desk.mirror.entries()["kev"].checked_at == "2026-11-22T12:00:00Z"


def test_a_cut_archive_is_completed(desk: Desk) -> None:
    data = samples.osv(3000)
    result = desk.one("osv/PyPI", cut(data, len(data) // 2, etag='"1"'), content(data, etag='"1"'))
    assert result.outcome is Outcome.UPDATED
    assert "range" in desk.server.asked[-1].headers
    assert desk.bytes_of("osv/PyPI") == data


def test_parts_that_do_not_fit_are_fetched_once_more_in_one_piece(desk: Desk) -> None:
    """A server that keeps its ETag while its file changes: each answer is right, and the join is not."""
    one, two = samples.osv(3000, "2026-11-18T00:00:00Z"), samples.osv(3000, "2026-11-19T00:00:00Z")
    result = desk.one("osv/PyPI", cut(one, len(one) // 2, etag='"1"'), content(two, etag='"1"'))
    assert result.outcome is Outcome.UPDATED, result
    assert desk.bytes_of("osv/PyPI") == two
    assert desk.server.count("/osv/PyPI") == 3


def test_secrets_in_an_address_are_not_written_down(desk: Desk) -> None:
    desk.server.serve("/kev?token=geheim", content(samples.kev()))
    desk.sync(replace(desk.source("kev"), url=desk.server.url("/kev?token=geheim")))
    desk.sync(replace(desk.source("epss"), url=desk.server.url("/epss?token=geheim")))
    written = (desk.mirror.root / ".state" / "feeds.json").read_text()
    assert "geheim" not in written
    assert desk.server.url("/kev") in written


def test_only_one_writes_at_a_time(desk: Desk) -> None:
    with desk.mirror.locked(), pytest.raises(BusyError) as caught:
        desk.one("kev", content(samples.kev()))
    assert caught.value.code == "feeds.locked"
    assert desk.one("kev").outcome is Outcome.UPDATED


def test_a_mirror_that_cannot_be_written_is_said(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "feeds").write_text("a file")
    with pytest.raises(UnavailableError) as caught:
        desk.one("kev", content(samples.kev()))
    assert caught.value.code == "feeds.unwritable"


def test_progress_adds_up(desk: Desk) -> None:
    data = samples.osv(3000)
    seen: list[tuple[str, int | None]] = []
    advanced = 0

    class Watch:
        def stage(self, name: str, total: int | None) -> None:
            nonlocal advanced
            seen.append((name, total))
            advanced = 0

        def advance(self, items: int = 1, *, note: str = "") -> None:
            nonlocal advanced
            advanced += items

    desk.server.serve("/osv/PyPI", content(data))
    FeedSync(desk.mirror, desk.client, desk.clock, progress=Watch()).sync([desk.source("osv/PyPI")])
    assert seen[-1] == ("osv/PyPI (KiB)", len(data) // 1024)
    assert advanced == len(data) // 1024


_CHILD = """
import sys
from pathlib import Path
from random import Random
from dataclasses import replace
from seawall.kernel.clock import SystemClock
from seawall.platform.http.client import HTTPClient
from seawall.platform.http.retry import RealPause
from seawall.platform.http.wire import Wire
from seawall.remediation.feeds import Mirror, load_catalogue
from seawall.remediation.feeds.sync import FeedSync
client = HTTPClient(Wire(proxies={}), clock=SystemClock(), pause=RealPause(), random=Random(1))
source = replace(load_catalogue({}, {}).named("osv/PyPI"), url=sys.argv[2])
print("go", flush=True)
while True:
    FeedSync(Mirror(Path(sys.argv[1])), client, SystemClock()).sync([source])
"""


@pytest.mark.slow
def test_kill_at_any_moment_leaves_a_whole_file(desk: Desk) -> None:
    versions = [samples.osv(400, f"2026-11-{day:02}T00:00:00Z") for day in range(1, 21)]
    served = iter(versions * 50)
    newest = [versions[0]]

    def next_version(handler: Handler) -> None:
        newest[0] = max(newest[0], next(served), key=versions.index)
        content(newest[0])(handler)

    desk.server.serve("/osv/PyPI", next_version)
    seen = set()
    random = Random(5)
    for _ in range(12):
        child = subprocess.Popen(
            [sys.executable, "-c", _CHILD, str(desk.mirror.root), desk.server.url("/osv/PyPI")],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": "src"},
        )
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(random.uniform(0.0, 0.15))
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        path = desk.mirror.path(desk.source("osv/PyPI"))
        if path.exists():
            data = path.read_bytes()
            assert data in versions, "never a part of a file"
            seen.add(data)
        assert desk.mirror.staleness(NOW) is not None
    assert seen
    desk.server.serve("/osv/PyPI", content(versions[-1], etag='"x"'))
    assert desk.one("osv/PyPI").fresh, "and the next sync goes on, without a lock left behind"
    assert desk.bytes_of("osv/PyPI") == versions[-1]


def test_names(desk: Desk) -> None:
    catalogue = desk.catalogue
    names = [source.name for source in catalogue.chosen([])]
    assert {"kev", "epss", "vulnrichment", "osv/PyPI", "csaf/cisa"} <= set(names)
    assert "cvelist" not in names
    assert [source.name for source in catalogue.chosen(["osv"])] == [name for name in names if name.startswith("osv/")]
    assert [source.name for source in catalogue.chosen(["osv/CRAN", "kev"])] == ["osv/CRAN", "kev"]
    own = catalogue.chosen(["csaf/acme.example"])[0]
    assert (own.kind, own.url, own.place) == ("csaf", "acme.example", "csaf/acme.example")
    desk.one("osv/Hackage", content(samples.osv()))
    held = held_sources(desk.mirror.entries())
    assert "osv/Hackage" in [source.name for source in catalogue.chosen([], held)]
    assert "osv/Hackage" in [source.name for source in catalogue.chosen(["osv"], held)]
