"""Feeds of signals: one file for each publisher."""

from seawall.priority.errors import unknown_feed
from seawall.priority.feeds import kev, vulnrichment
from seawall.priority.feeds.interface import Feed, Snapshot, Unreadable

_FEEDS: dict[str, Feed] = {feed.kind: feed for feed in (kev.FEED, vulnrichment.FEED)}
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


__all__ = ["KINDS", "Feed", "Snapshot", "Unreadable", "feed_of"]
