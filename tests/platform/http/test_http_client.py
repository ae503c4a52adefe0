"""Fetching from servers that break, lie and dawdle."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from tests.platform.http.feed_server import (
    FeedServer,
    Handler,
    certificate,
    content,
    cut,
    drip,
    drip_head,
    endless,
    raw,
    redirect,
    running,
    status,
)

from seawall.kernel.errors import InvalidInputError, LimitExceededError, UnavailableError
from seawall.kernel.testing import FixedClock
from seawall.platform.http import Fetch, HTTPStatusError, Validators
from seawall.platform.http.client import HTTPClient
from seawall.platform.http.retry import Backoff
from seawall.platform.http.testing import InstantPause
from seawall.platform.http.wire import Times, Wire

pytestmark = pytest.mark.allow_hosts(["127.0.0.1", "127.0.0.2"])

DATA = bytes(range(256)) * 4096
"""A megabyte, so that a wrong join shows."""
LIMIT = 10_000_000
OLD = "Mon, 01 Jan 2024 00:00:00 GMT"
BRISK = Times(connect=2, silence=2, headers=3, whole=10, window=60)


@pytest.fixture
def server(socket_enabled: None) -> Iterator[FeedServer]:
    with running() as feed:
        yield feed


class Setup:
    def __init__(self, wire: Wire, **options: int) -> None:
        self.pause = InstantPause()
        self.wire = wire
        clock = FixedClock(datetime(2026, 11, 21, 12, 0, tzinfo=UTC))
        self.client = HTTPClient(wire, clock=clock, pause=self.pause, random=Random(7), **options)


@pytest.fixture
def setup() -> Iterator[Callable[..., Setup]]:
    made: list[Wire] = []

    def make(times: Times = BRISK, **options: object) -> Setup:
        wire = Wire(times, proxies={}, **options)  # type: ignore[arg-type]
        made.append(wire)
        return Setup(wire)

    yield make
    for wire in made:
        wire.close()


@pytest.fixture
def http(setup: Callable[..., Setup]) -> Setup:
    return setup()


def test_a_file_arrives_whole_with_its_validators(http: Setup, server: FeedServer, tmp_path: Path) -> None:
    url = server.serve("/a", content(DATA, etag='"1"', modified=OLD))
    told: list[tuple[int, int | None]] = []
    got = http.client.fetch(Fetch(url, LIMIT), tmp_path / "deep" / "a.part", lambda *at: told.append(at))
    assert got.changed
    assert not got.resumed
    assert got.validators == Validators('"1"', OLD)
    assert (tmp_path / "deep" / "a.part").read_bytes() == DATA
    assert told[0] == (0, len(DATA))
    assert told[-1] == (len(DATA), len(DATA))
    assert server.asked[0].headers["accept-encoding"] == "identity"
    assert "cookie" not in server.asked[0].headers


@pytest.mark.parametrize("known", [Validators(etag='"1"'), Validators(last_modified=OLD), Validators('"1"', OLD)])
def test_what_has_not_changed_is_not_sent(http: Setup, server: FeedServer, tmp_path: Path, known: Validators) -> None:
    url = server.serve("/a", content(DATA, etag='"1"', modified=OLD))
    got = http.client.fetch(Fetch(url, LIMIT, known), tmp_path / "a.part")
    assert not got.changed
    assert got.validators == known
    assert not (tmp_path / "a.part").exists()
    assert http.client.read(Fetch(url, LIMIT, known)).changed is False
    assert http.client.read(Fetch(url, LIMIT, Validators(etag='"0"'))).content == DATA


def test_a_304_that_nobody_asked_for_is_no_answer(http: Setup, server: FeedServer, tmp_path: Path) -> None:
    url = server.serve("/a", status(304))
    with pytest.raises(HTTPStatusError) as caught:
        http.client.fetch(Fetch(url, LIMIT), tmp_path / "a.part")
    assert caught.value.status == 304
    with pytest.raises(HTTPStatusError):
        http.client.read(Fetch(url, LIMIT))


def test_a_cut_is_continued_where_it_broke_off(http: Setup, server: FeedServer, tmp_path: Path) -> None:
    url = server.serve("/a", cut(DATA, 700_000, etag='"1"'), content(DATA, etag='"1"'))
    got = http.client.fetch(Fetch(url, LIMIT, Validators(etag='"0"')), tmp_path / "a.part")
    assert got.resumed
    assert (tmp_path / "a.part").read_bytes() == DATA
    second = server.asked[1].headers
    assert second["if-range"] == '"1"'
    assert 0 < int(second["range"].removeprefix("bytes=").removesuffix("-")) <= 700_000
    assert "if-none-match" not in second
    assert len(http.pause.slept) == 1
    assert list(tmp_path.iterdir()) == [tmp_path / "a.part"], "the note is gone"


def test_the_next_run_continues_what_an_earlier_one_began(
    setup: Callable[..., Setup], server: FeedServer, tmp_path: Path
) -> None:
    url = server.serve("/a", cut(DATA, 500_000, modified=OLD))
    first = setup()
    first.client._backoff = Backoff(attempts=1)
    with pytest.raises(UnavailableError, match="cannot be fetched"):
        first.client.fetch(Fetch(url, LIMIT), tmp_path / "a.part")
    begun = (tmp_path / "a.part").stat().st_size
    assert begun
    server.serve("/a", content(DATA, modified=OLD))
    got = setup().client.fetch(Fetch(url, LIMIT), tmp_path / "a.part")
    assert got.resumed
    assert (tmp_path / "a.part").read_bytes() == DATA
    assert server.asked[-1].headers["range"] == f"bytes={begun}-"


def test_a_part_of_another_url_is_not_continued(http: Setup, server: FeedServer, tmp_path: Path) -> None:
    http.client._backoff = Backoff(attempts=1)
    url = server.serve("/a", cut(DATA, 500_000, etag='"1"'))
    with pytest.raises(UnavailableError):
        http.client.fetch(Fetch(url, LIMIT), tmp_path / "a.part")
    got = http.client.fetch(Fetch(server.serve("/b", content(b"other", etag='"1"')), LIMIT), tmp_path / "a.part")
    assert not got.resumed
    assert (tmp_path / "a.part").read_bytes() == b"other"
    assert "range" not in server.asked[-1].headers


@pytest.mark.parametrize(
    ("begun", "then", "ranged"),
    [
        pytest.param('"1"', content(DATA[::-1], etag='"2"'), True, id="another state: all of it comes"),
        pytest.param('"1"', content(DATA[::-1], etag='"1"', ranges=False), True, id="ranges not supported"),
        pytest.param('"1"', content(DATA[::-1], etag='"2"', honest=False), True, id="If-Range not honoured"),
        pytest.param('"1"', content(DATA[::-1], honest=False), True, id="a part without validators"),
        pytest.param('"1"', content(DATA[::-1][:100], etag='"2"', honest=False), True, id="shorter now: 416"),
        pytest.param('W/"1"', content(DATA[::-1], etag='W/"1"', honest=False), False, id="weak validator"),
        pytest.param("", content(DATA[::-1], honest=False), False, id="no validator"),
    ],
)
def test_parts_of_two_states_are_never_joined(
    http: Setup, server: FeedServer, tmp_path: Path, begun: str, then: Callable[[Handler], None], ranged: bool
) -> None:
    url = server.serve("/a", cut(DATA, 500_000, etag=begun), then)
    http.client.fetch(Fetch(url, LIMIT), tmp_path / "a.part")
    assert (tmp_path / "a.part").read_bytes() in {DATA[::-1], DATA[::-1][:100]}
    assert any("range" in asked.headers for asked in server.asked) is ranged


def test_a_fresh_modification_date_is_no_strong_validator(http: Setup, server: FeedServer, tmp_path: Path) -> None:
    now = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
    url = server.serve("/a", cut(DATA, 500_000, modified=now), content(DATA[::-1], modified=now, honest=False))
    http.client.fetch(Fetch(url, LIMIT), tmp_path / "a.part")
    assert (tmp_path / "a.part").read_bytes() == DATA[::-1]


def test_a_rest_that_starts_elsewhere_is_refused(http: Setup, server: FeedServer, tmp_path: Path) -> None:
    wrong = raw(
        b'HTTP/1.1 206 Partial Content\r\nETag: "1"\r\nContent-Range: bytes 7-9/10\r\nContent-Length: 3\r\n\r\nxyz'
    )
    url = server.serve("/a", cut(DATA, 500_000, etag='"1"'), wrong, content(DATA, etag='"1"'))
    http.client.fetch(Fetch(url, LIMIT), tmp_path / "a.part")
    assert (tmp_path / "a.part").read_bytes() == DATA
    assert "range" not in server.asked[2].headers


def test_a_line_that_always_breaks_is_given_up_unless_it_brings_something(
    setup: Callable[..., Setup], server: FeedServer, tmp_path: Path
) -> None:
    url = server.serve("/a", cut(DATA, 0, etag='"1"'))
    with pytest.raises(UnavailableError) as caught:
        setup().client.fetch(Fetch(url, LIMIT), tmp_path / "a.part")
    assert caught.value.code == "http.unreachable"
    assert server.count("/a") == Backoff().attempts

    big = DATA * 8

    def a_megabyte_at_a_time(handler: Handler) -> None:
        start = int((handler.headers.get("Range") or "bytes=0-").removeprefix("bytes=").removesuffix("-"))
        span = f"bytes {start}-{len(big) - 1}/{len(big)}"
        head = {"Content_Range": span} if start else {}
        handler.head(206 if start else 200, ETag='"1"', Content_Length=len(big) - start, **head)
        handler.wfile.write(big[start : start + len(DATA)])
        handler.close_connection = True

    url = server.serve("/b", a_megabyte_at_a_time)
    patient = setup()
    assert patient.client.fetch(Fetch(url, LIMIT), tmp_path / "b.part").resumed
    assert (tmp_path / "b.part").read_bytes() == big
    assert server.count("/b") > Backoff().attempts


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504, 408])
def test_a_passing_error_is_tried_again(http: Setup, server: FeedServer, tmp_path: Path, code: int) -> None:
    url = server.serve("/a", status(code), status(code), content(b"data"))
    http.client.fetch(Fetch(url, LIMIT), tmp_path / "a.part")
    assert (tmp_path / "a.part").read_bytes() == b"data"
    assert len(http.pause.slept) == 2
    assert 0.5 <= http.pause.slept[0] <= 1.0 <= http.pause.slept[1] <= 2.0


def test_a_lasting_error_is_given_up(http: Setup, server: FeedServer) -> None:
    url = server.serve("/a", status(500))
    with pytest.raises(HTTPStatusError) as caught:
        http.client.read(Fetch(url, LIMIT))
    assert caught.value.status == 500
    assert server.count("/a") == 5
    waits = http.pause.slept
    assert len(waits) == 4
    assert waits == sorted(waits)


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410])
def test_a_refusal_is_not_tried_again(http: Setup, server: FeedServer, code: int) -> None:
    with pytest.raises(HTTPStatusError):
        http.client.read(Fetch(server.serve("/a", status(code)), LIMIT))
    assert server.count("/a") == 1
    assert not http.pause.slept


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ("Sat, 21 Nov 2026 12:00:30 GMT", 30.0), ("yesterday", None)]
)
def test_the_wait_that_a_server_asks_for_is_kept(
    http: Setup, server: FeedServer, header: str, seconds: float | None
) -> None:
    url = server.serve("/a", status(429, Retry_After=header), content(b"data"))
    assert http.client.read(Fetch(url, LIMIT)).content == b"data"
    assert sum(http.pause.slept) == seconds if seconds else 0.5 <= sum(http.pause.slept) <= 1.0


def test_a_wait_beyond_the_cap_ends_the_run(http: Setup, server: FeedServer) -> None:
    url = server.serve("/a", status(503, Retry_After=86400))
    with pytest.raises(UnavailableError) as caught:
        http.client.read(Fetch(url, LIMIT))
    assert caught.value.code == "http.told-to-wait"
    assert caught.value.details["seconds"] == "86400"
    assert server.count("/a") == 1
    assert not http.pause.slept


def test_all_wait_when_one_is_told_to(http: Setup, server: FeedServer) -> None:
    server.serve("/a", status(429, Retry_After=100))
    server.serve("/b", content(b"b"))
    http.client._backoff = Backoff(attempts=1)
    with pytest.raises(HTTPStatusError):
        http.client.read(Fetch(server.url("/a"), LIMIT))
    assert not http.pause.slept
    http.client.read(Fetch(server.url("/b"), LIMIT))
    assert http.pause.slept == [100.0]


def test_few_requests_at_a_time_to_one_host(http: Setup, server: FeedServer) -> None:
    def slowly(handler: Handler) -> None:
        time.sleep(0.05)
        content(b"x")(handler)

    urls = [server.serve(f"/{number}", slowly) for number in range(16)]
    with ThreadPoolExecutor(12) as pool:
        got = list(pool.map(lambda url: http.client.read(Fetch(url, LIMIT)).content, urls))
    assert got == [b"x"] * 16
    assert 2 <= server.most_active <= 4


def test_an_endless_body_is_cut_off(http: Setup, server: FeedServer, tmp_path: Path) -> None:
    url = server.serve("/a", endless())
    with pytest.raises(LimitExceededError) as caught:
        http.client.fetch(Fetch(url, 1_000_000), tmp_path / "a.part")
    assert caught.value.code == "http.too-large"
    with pytest.raises(LimitExceededError):
        http.client.read(Fetch(url, 1_000_000))
    assert server.count("/a") == 2, "no second try"
    assert not list(tmp_path.iterdir())


def test_what_says_that_it_is_too_large_is_not_begun(http: Setup, server: FeedServer, tmp_path: Path) -> None:
    url = server.serve("/a", drip(b"x" * 2000, 1))
    with pytest.raises(LimitExceededError):
        http.client.fetch(Fetch(url, 1000), tmp_path / "a.part")
    with pytest.raises(LimitExceededError):
        http.client.read(Fetch(url, 1000))
    assert not list(tmp_path.iterdir())


def test_a_dripping_body_is_too_slow(setup: Callable[..., Setup], server: FeedServer, tmp_path: Path) -> None:
    slow = setup(Times(silence=5, headers=5, whole=60, window=0.3, slowest=512))
    with pytest.raises(UnavailableError) as caught:
        slow.client.fetch(Fetch(server.serve("/a", drip(b"x" * 500, 0.02)), LIMIT), tmp_path / "a.part")
    assert caught.value.code == "http.too-slow"
    assert server.count("/a") == 1


def test_the_whole_exchange_has_an_end(setup: Callable[..., Setup], server: FeedServer, tmp_path: Path) -> None:
    slow = setup(Times(silence=5, headers=5, whole=0.4))
    begun = time.monotonic()
    with pytest.raises(UnavailableError) as caught:
        slow.client.fetch(Fetch(server.serve("/a", drip(b"x" * 500, 0.05)), LIMIT), tmp_path / "a.part")
    assert caught.value.code == "http.too-slow"
    assert time.monotonic() - begun < 3


def test_a_dripping_head_is_too_slow(setup: Callable[..., Setup], server: FeedServer) -> None:
    slow = setup(Times(silence=5, headers=0.4, whole=60))
    begun = time.monotonic()
    with pytest.raises(UnavailableError) as caught:
        slow.client.read(Fetch(server.serve("/a", drip_head(0.05)), LIMIT))
    assert caught.value.code == "http.too-slow"
    assert time.monotonic() - begun < 3


def test_silence_is_tried_again(setup: Callable[..., Setup], server: FeedServer) -> None:
    gate = threading.Event()
    url = server.serve("/a", lambda _: gate.wait(5) and None, content(b"data"))
    silent = setup(Times(silence=0.3, headers=5, whole=60))
    assert silent.client.read(Fetch(url, LIMIT)).content == b"data"
    gate.set()


def test_redirects_are_followed_a_few_times(http: Setup, server: FeedServer, tmp_path: Path) -> None:
    server.serve("/1", redirect("/2", 301))
    server.serve("/2", redirect(server.url("/3"), 307))
    server.serve("/3", cut(DATA, 400_000, etag='"1"'), content(DATA, etag='"1"'))
    got = http.client.fetch(Fetch(server.url("/1"), LIMIT), tmp_path / "a.part")
    assert (tmp_path / "a.part").read_bytes() == DATA
    assert got.resumed
    assert server.count("/1") == 2


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("/loop", "http.redirect"),
        ("", "http.redirect"),
        ("file:///etc/passwd", "http.bad-url"),
        ("ftp://127.0.0.1/x", "http.bad-url"),
        ("http://user:word@127.0.0.1/x", "http.bad-url"),
        ("http://127.0.0.1:99999/x", "http.bad-url"),
    ],
)
def test_redirects_that_lead_astray_are_refused(http: Setup, server: FeedServer, location: str, code: str) -> None:
    url = server.serve("/loop", redirect(location))
    with pytest.raises(InvalidInputError) as caught:
        http.client.read(Fetch(url, LIMIT))
    assert caught.value.code == code
    assert server.count("/loop") <= 6
    assert "word" not in str(caught.value)


@pytest.mark.parametrize("via", ["redirect", "document"])
def test_a_public_server_cannot_lead_into_the_own_network(
    setup: Callable[..., Setup], server: FeedServer, via: str
) -> None:
    with running("127.0.0.2") as inside:
        secret = inside.serve("/secret", content(b"secret"))
        public = server.serve("/a", redirect(secret))
        guarded = setup(private=lambda address: address == "127.0.0.2")
        fetch = Fetch(public, LIMIT) if via == "redirect" else Fetch(secret, LIMIT, named_by=public)
        with pytest.raises(InvalidInputError) as caught:
            guarded.client.read(fetch)
        assert caught.value.code == "http.private-address"
        assert not inside.asked

        # An origin in the own network is the operator's choice, and may.
        at_home = setup(private=lambda _: True)
        assert at_home.client.read(fetch).content == b"secret"


def test_tls_is_checked_and_never_left(setup: Callable[..., Setup], server: FeedServer, tmp_path: Path) -> None:
    serving, trusting = certificate(tmp_path)
    with running(context=serving) as secure:
        url = secure.serve("/a", content(b"data"))
        assert setup(context=trusting).client.read(Fetch(url, LIMIT)).content == b"data"

        stranger = setup()
        with pytest.raises(UnavailableError) as caught:
            stranger.client.read(Fetch(url, LIMIT))
        assert caught.value.code == "http.certificate"
        assert not stranger.pause.slept, "trying again would not help"

        down = secure.serve("/down", redirect(server.serve("/a", content(b"data"))))
        with pytest.raises(InvalidInputError) as refused:
            setup(context=trusting).client.read(Fetch(down, LIMIT))
        assert refused.value.code == "http.redirect"
        assert not server.asked


def test_a_proxy_of_the_environment_is_used(server: FeedServer) -> None:
    server.serve("http://feeds.example/a", content(b"through the proxy"))
    wire = Wire(BRISK, proxies={"http": server.base})
    try:
        got = Setup(wire).client.read(Fetch("http://feeds.example/a", LIMIT))
        assert got.content == b"through the proxy"
        with pytest.raises(InvalidInputError):
            Setup(wire).client.read(Fetch("http://10.0.0.1/a", LIMIT, named_by="http://feeds.example/a"))
    finally:
        wire.close()


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "http://:3128", "http://127.0.0.1:port"])
def test_a_proxy_that_cannot_be_used_is_an_error(proxy: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        Setup(Wire(BRISK, proxies={"http": proxy})).client.read(Fetch("http://feeds.example/a", LIMIT))
    assert caught.value.code == "http.bad-proxy"


def test_names_of_all_scripts_are_asked_for(server: FeedServer) -> None:
    server.serve("http://xn--bcher-kva.example:8080/%C3%BC", content(b"book"))
    wire = Wire(BRISK, proxies={"http": server.base})
    try:
        assert Setup(wire).client.read(Fetch("http://bücher.example:8080/ü", LIMIT)).content == b"book"
    finally:
        wire.close()
    assert server.asked[0].headers["host"] == "xn--bcher-kva.example:8080"


def test_nobody_there(http: Setup, server: FeedServer) -> None:
    with running("127.0.0.2") as gone:
        url = gone.url("/a?token=secret")
    with pytest.raises(UnavailableError) as caught:
        http.client.read(Fetch(url, LIMIT))
    assert caught.value.code == "http.unreachable"
    assert "secret" not in repr(caught.value.diagnostics())


@pytest.mark.parametrize(
    "answer",
    [
        raw(b"what?"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef"),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffffffffff\r\n"),
        raw(b"HTTP/1.1 200 OK\r\n" + b"X: " + b"a" * 200_000 + b"\r\n\r\n"),
    ],
    ids=["no http", "two lengths", "absurd chunk", "huge head"],
)
def test_broken_http_is_an_error_with_a_code(
    http: Setup, server: FeedServer, answer: Callable[[Handler], None]
) -> None:
    with pytest.raises(UnavailableError) as caught:
        http.client.read(Fetch(server.serve("/a", answer), LIMIT))
    assert caught.value.code == "http.unreachable"


def test_a_folder_that_cannot_be_written_is_said(http: Setup, server: FeedServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError) as caught:
        http.client.fetch(Fetch(server.serve("/a", content(DATA)), LIMIT), tmp_path / "file" / "a.part")
    assert caught.value.code == "http.unwritable"
