"""The port: get what a URL names, only if it is new, at most so much of it, and go on where it broke off.

Invariants of every `Fetcher`:
- What it returns arrived whole as far as HTTP can tell; whether it is *right* is the caller's to check.
- It never follows a redirect from https to http, nor from a public address to a private one.
- It waits as long as a server asks it to, or gives up; it does not ask sooner.
- It sends no cookies and no credentials, and keeps none.

Left out on purpose: other methods than GET, HTTP/2, and compressed transfer (large feeds are compressed files already).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

Tell = Callable[[int, int | None], None]
"""Is told how many bytes are there and how many there will be; None if the server does not say."""


def quiet(_done: int, _total: int | None) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave to recognise one state of a file by (RFC 9110, section 8.8)."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Fetch:
    """What to get."""

    url: str
    limit: int
    """Bytes; more is refused."""
    known: Validators = Validators()
    """Of the state that the caller has: where the server still has the same, nothing is sent."""
    named_by: str = ""
    """The URL of the document that names this one, where no person chose it: it may lead to a private address only
    if that document came from one."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that was got, or that has not changed."""

    changed: bool
    """False: the caller's copy is the present one, and nothing was written."""
    validators: Validators = Validators()
    resumed: bool = False
    """Whether it was put together from parts of several answers."""


@dataclass(frozen=True, slots=True)
class Document:
    """A small document in memory."""

    changed: bool
    content: bytes = b""
    validators: Validators = Validators()


class Fetcher(Protocol):
    """Gets files and documents."""

    def fetch(self, fetch: Fetch, into: Path, tell: Tell = quiet) -> Fetched:
        """Get a file.

        Args:
            fetch: What to get.
            into: Where to write it. What an earlier call began there is continued where the server allows it.
            tell: Is told of progress.

        Raises:
            UnavailableError: It cannot be had now (`http.unreachable`, `http.status`, `http.too-slow`,
                `http.told-to-wait`, `http.certificate`, `http.unwritable`); what was begun is kept for the next time.
            LimitExceededError: It is larger than the limit (`http.too-large`).
            InvalidInputError: The URL or a redirect must not be followed (`http.bad-url`, `http.redirect`,
                `http.private-address`).
        """
        ...

    def read(self, fetch: Fetch) -> Document:
        """Get a small document into memory. Errors: see `fetch`."""
        ...


class Pause(Protocol):
    """Waiting, so that tests need not."""

    def sleep(self, seconds: float) -> None:
        """Return after that time."""
        ...

    def monotonic(self) -> float:
        """Return seconds since some fixed instant."""
        ...


def shown_url(url: str) -> str:
    """Return a URL as it may be shown and logged: without user, query and fragment, where secrets travel."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(not a URL)"
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"[:300]
