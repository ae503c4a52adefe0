"""Feeds of signals: one file for each publisher."""

from collections.abc import Iterator
from typing import BinaryIO

from seawall.kernel.limits import DEFAULT_LIMITS, Limits
from seawall.priority.errors import unknown_feed
from seawall.priority.feeds import epss, kev, vulnrichment
from seawall.priority.feeds.interface import Feed, Snapshot, Unreadable
from seawall.priority.model import Signal

_FEEDS: dict[str, Feed] = {feed.kind: feed for feed in (epss.FEED, kev.FEED, vulnrichment.FEED)}
KINDS = tuple(sorted(_FEEDS))
"""Names of the feeds that can be read."""


def feed_of(kind: str) -> Feed:
    """Return the reader of a feed.

    Raises:
        NotFoundError: There is none of this name (`priority.unknown-feed`).
    """
    if kind not in _FEEDS:
        raise unknown_feed(kind, KINDS)
    return _FEEDS[kind]


def read_signals(kind: str, stream: BinaryIO, limits: Limits = DEFAULT_LIMITS) -> Iterator[Signal]:
    """Yield the statements of one document, for use without a store; records that cannot be read are skipped.

    Raises:
        NotFoundError: There is no such feed (`priority.unknown-feed`).
        InvalidInputError: It is no document of this feed (`priority.unreadable-feed`).
        LimitExceededError: It is too large (`priority.feed-too-large`).
    """
    for item in feed_of(kind).read(stream, limits):
        if isinstance(item, Snapshot):
            yield from item.signals


__all__ = ["KINDS", "Feed", "Snapshot", "Unreadable", "feed_of", "read_signals"]
