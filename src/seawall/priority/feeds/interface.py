"""The port of the family: a feed turns a publisher's document into snapshots of statements.

A `Snapshot` is *complete*: what the feed said before about the same scope and does not say in it has been taken back.
That is how an entry which vanishes from a newer catalogue becomes a retraction (`service.py`). A record that cannot be
read is an `Unreadable` in the stream, and never a snapshot: nothing may be concluded from it.

Adding a feed is one file with a `FEED`, and its name in `feeds/__init__.py`. Left out on purpose: fetching.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol

from seawall.kernel.limits import Limits
from seawall.priority.errors import feed_too_large
from seawall.priority.model import Signal


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that a feed says about one vulnerability, or about all of them, at one time."""

    identifier: str
    """Empty: about all vulnerabilities."""
    as_of: datetime
    """When the publisher wrote the document."""
    signals: tuple[Signal, ...]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """One record that is not what the feed publishes."""

    place: str
    """For example `line 17`."""
    reason: str


class Feed(Protocol):
    """Reads one publisher's documents."""

    @property
    def kind(self) -> str:
        """Name of the feed, for example `kev`."""
        ...

    @property
    def file_names(self) -> str:
        """Glob pattern of its documents in a folder."""
        ...

    def read(self, stream: BinaryIO, limits: Limits) -> Iterator[Snapshot | Unreadable]:
        """Yield what the document says, in its order, one record in memory at a time where the format allows it.

        Raises:
            InvalidInputError: The document as a whole is not of this feed (`priority.unreadable-feed`).
            LimitExceededError: It is larger than a limit (`priority.feed-too-large`).
        """
        ...


def read_all(stream: BinaryIO, feed: str, limits: Limits, *, begun: bytes = b"") -> bytes:
    """Return the rest of a stream, after what was `begun`, within the limit.

    Raises:
        LimitExceededError: There is more (`priority.feed-too-large`).
    """
    data = begun + stream.read(limits.bytes + 1 - len(begun))
    if len(data) > limits.bytes:
        raise feed_too_large(feed, limits.bytes)
    return data
