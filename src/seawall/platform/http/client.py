"""The adapter: tries again, goes on where it broke off, follows redirects within the rules. See `Fetcher`.

Per-host politeness: at most `per_host` requests at a time to one host, and when one of them was told to wait, all wait.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from random import Random
from typing import Final, TypeVar
from urllib.parse import urlsplit

import structlog

from seawall.kernel.clock import Clock
from seawall.kernel.errors import UnavailableError
from seawall.platform.http import errors
from seawall.platform.http.addresses import checked_url, next_url
from seawall.platform.http.interface import Document, Fetch, Fetched, Pause, Tell, Validators, quiet, shown_url
from seawall.platform.http.partial import Partial, Writing
from seawall.platform.http.retry import TRANSIENT, Backoff, retry_after
from seawall.platform.http.wire import Answer, Fault, Wire

_LOG = structlog.get_logger(__name__)
_MOST_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_RANGE: Final = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)", re.ASCII)
_PROGRESS: Final = 256 * 1024
"""Bytes that a broken try must have brought for the count of tries to start anew."""
_Result = TypeVar("_Result")


class HTTPClient:
    """Fetches over HTTP/1.1."""

    def __init__(
        self,
        wire: Wire,
        *,
        clock: Clock,
        pause: Pause,
        random: Random,
        backoff: Backoff = Backoff(),  # noqa: B008 - frozen
        per_host: int = 4,
    ) -> None:
        """Assemble.

        Args:
            wire: Connections; closed by whoever made them.
            clock: For dates in `Retry-After`.
            pause: Waits between tries.
            random: Jitter; no secret depends on it.
            backoff: When to try again.
            per_host: Requests to one host at the same time.
        """
        self._wire = wire
        self._clock = clock
        self._pause = pause
        self._random = random
        self._backoff = backoff
        self._hosts = _Hosts(per_host, pause)

    def fetch(self, fetch: Fetch, into: Path, tell: Tell = quiet) -> Fetched:
        """See `Fetcher.fetch`."""
        with _writable():
            partial = Partial(into, fetch.url)
            begun = partial.size

            def once() -> Fetched:
                return self._fetch_once(fetch, partial, tell, begun=begun)

            return self._tried(fetch, once, lambda: partial.size)

    def read(self, fetch: Fetch) -> Document:
        """See `Fetcher.read`."""

        def once() -> Document:
            with self._exchange(fetch, _conditions(fetch.known)) as answer:
                if answer.status == HTTPStatus.NOT_MODIFIED and fetch.known != Validators():
                    return Document(changed=False, validators=fetch.known)
                if answer.status != HTTPStatus.OK:
                    raise errors.status(fetch.url, answer.status)
                content = bytearray()
                self._expect_size(fetch, answer, 0)
                for chunk in answer.chunks:
                    content += chunk
                    if len(content) > fetch.limit:
                        raise errors.too_large(fetch.url, fetch.limit)
                return Document(changed=True, content=bytes(content), validators=_validators(answer.headers))

        return self._tried(fetch, once, lambda: 0)

    def _tried(self, fetch: Fetch, once: Callable[[], _Result], size: Callable[[], int]) -> _Result:
        """Try until it works, cannot work, or was tried often enough."""
        failures, reached = 0, size()
        for attempt in range(1, self._backoff.attempts_in_all + 1):
            try:
                return once()
            except Fault as fault:
                failures = 1 if size() >= reached + _PROGRESS else failures + 1
                reached = max(reached, size())
                told = fault.retry_after
                _LOG.info("http_try_failed", url=shown_url(fetch.url), attempt=attempt, status=fault.status, told=told)
                if told is not None and told > self._backoff.longest_told:
                    raise errors.told_to_wait(fetch.url, told) from fault
                if failures >= self._backoff.attempts or attempt == self._backoff.attempts_in_all:
                    raise _given_up(fetch.url, fault) from fault
                self._pause.sleep(max(told or 0.0, self._backoff.wait(failures, self._random)))
        raise AssertionError  # pragma: no cover - the last round returns or raises

    def _fetch_once(self, fetch: Fetch, partial: Partial, tell: Tell, *, begun: int) -> Fetched:
        wanted = partial.validator
        offset = partial.size if wanted else 0
        asked = {"Range": f"bytes={offset}-", "If-Range": wanted} if offset else _conditions(fetch.known)
        with self._exchange(fetch, asked) as answer:
            validators = _validators(answer.headers)
            if answer.status == HTTPStatus.NOT_MODIFIED and not offset and fetch.known != Validators():
                partial.discard()
                return Fetched(changed=False, validators=fetch.known)
            if answer.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and offset:
                partial.discard()
                raise Fault("the server has less than was fetched before")
            if answer.status == HTTPStatus.PARTIAL_CONTENT and offset:
                total = _total_after(answer.headers.get("content-range", ""), offset)
                if total is None or not partial.continues(validators):
                    partial.discard()
                    raise Fault("the rest that the server sends does not belong to what was fetched before")
                writing = partial.resume()
            elif answer.status == HTTPStatus.OK:
                offset, total = 0, _number(answer.headers.get("content-length", ""))
                writing = partial.begin(validators, answer.headers.get("date", ""))
            else:
                raise errors.status(fetch.url, answer.status)
            self._receive(fetch, answer, partial, writing, offset, total, tell)
        partial.finish()
        return Fetched(changed=True, validators=validators, resumed=bool(offset or begun))

    def _receive(
        self,
        fetch: Fetch,
        answer: Answer,
        partial: Partial,
        writing: Writing,
        offset: int,
        total: int | None,
        tell: Tell,
    ) -> None:
        with writing:
            if total is not None and total > fetch.limit:
                partial.discard_after(writing)
                raise errors.too_large(fetch.url, fetch.limit)
            tell(offset, total)
            for chunk in answer.chunks:
                if partial.size + len(chunk) > fetch.limit:
                    partial.discard_after(writing)
                    raise errors.too_large(fetch.url, fetch.limit)
                writing.write(chunk)
                tell(partial.size, total)
        if total is not None and partial.size != total:
            raise Fault(f"{partial.size} of {total} bytes came")

    @contextmanager
    def _exchange(self, fetch: Fetch, headers: Mapping[str, str]) -> Iterator[Answer]:
        """Ask, and follow redirects to the answer that counts."""
        url = fetch.url
        checked_url(url)
        for _ in range(_MOST_REDIRECTS + 1):
            with (
                self._hosts.turn(url),
                self._wire.get(url, headers, private_allowed=self._private_allowed(fetch, url)) as answer,
            ):
                if answer.status in TRANSIENT:
                    told = retry_after(answer.headers.get("retry-after", ""), self._clock.now())
                    self._hosts.rest(url, told)
                    raise Fault(f"status {answer.status}", status=answer.status, retry_after=told)
                if answer.status not in _REDIRECTS:
                    yield answer
                    return
                url = next_url(url, answer.headers.get("location", ""))
        raise errors.redirect(fetch.url, f"more than {_MOST_REDIRECTS} times")

    def _private_allowed(self, fetch: Fetch, url: str) -> bool:
        if url == fetch.url and not fetch.named_by:
            return True
        origin = urlsplit(fetch.named_by or fetch.url)
        return self._wire.is_private_host(origin.hostname or "", origin.port)

    def _expect_size(self, fetch: Fetch, answer: Answer, offset: int) -> None:
        announced = _number(answer.headers.get("content-length", ""))
        if announced is not None and offset + announced > fetch.limit:
            raise errors.too_large(fetch.url, fetch.limit)


class _Hosts:
    """Who may call which host now."""

    def __init__(self, per_host: int, pause: Pause) -> None:
        self._per_host = per_host
        self._pause = pause
        self._lock = threading.Lock()
        self._turns: dict[str, threading.BoundedSemaphore] = {}
        self._resting: dict[str, float] = {}

    @contextmanager
    def turn(self, url: str) -> Iterator[None]:
        host = urlsplit(url).netloc
        with self._lock:
            turns = self._turns.setdefault(host, threading.BoundedSemaphore(self._per_host))
        with turns:
            with self._lock:
                wait = self._resting.get(host, 0.0) - self._pause.monotonic()
            if wait > 0:
                self._pause.sleep(wait)
            yield

    def rest(self, url: str, seconds: float | None) -> None:
        if seconds:
            with self._lock:
                host = urlsplit(url).netloc
                until = self._pause.monotonic() + min(seconds, Backoff().longest_told)
                self._resting[host] = max(until, self._resting.get(host, 0.0))


def _conditions(known: Validators) -> dict[str, str]:
    headers = {"If-None-Match": known.etag} if known.etag else {}
    if known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    return headers


def _validators(headers: Mapping[str, str]) -> Validators:
    return Validators(headers.get("etag", "")[:1000], headers.get("last-modified", "")[:100])


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None  # noqa: PLR2004 - fits 64 bits


def _total_after(content_range: str, offset: int) -> int | None:
    """Return the whole file's size if the range is the rest of it from `offset` on."""
    match = _RANGE.fullmatch(content_range)
    if match is None or match[3] == "*":
        return None
    start, end, total = int(match[1]), int(match[2]), int(match[3])
    return total if start == offset and end == total - 1 else None


def _given_up(url: str, fault: Fault) -> UnavailableError:
    return errors.status(url, fault.status) if fault.status else errors.unreachable(url, fault.reason)


@contextmanager
def _writable() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise errors.unwritable(error.strerror or type(error).__name__) from error
