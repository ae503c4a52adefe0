"""What can go wrong when priorities are set."""

from __future__ import annotations

from seawall.kernel.errors import InvalidInputError, LimitExceededError, NotFoundError


class InvalidPolicyError(InvalidInputError):
    """A policy document contradicts itself or is incomplete (`priority.invalid-policy`)."""

    def __init__(self, policy: str, problem: str) -> None:
        super().__init__(
            "priority.invalid-policy",
            f"the policy {policy} is not usable: {problem}",
            remedy="Correct the policy document; docs/priority.md describes its members.",
            policy=policy,
        )


def unreadable_feed(feed: str, problem: str) -> InvalidInputError:
    """The document is not what the feed publishes; nothing was changed."""
    return InvalidInputError(
        "priority.unreadable-feed",
        f"this is no document of the feed {feed!r}: {problem}",
        remedy="Fetch the document again from its publisher, and check that the kind of feed fits it.",
        feed=feed,
    )


def feed_too_large(feed: str, limit: int) -> LimitExceededError:
    """The document is larger than `limit` bytes; nothing of it was read."""
    return LimitExceededError(
        "priority.feed-too-large",
        f"the document of the feed {feed!r} is larger than {limit} bytes",
        remedy="Check that it is the right document; raise the limit if it is.",
        feed=feed,
    )


def unknown_feed(kind: str, known: tuple[str, ...]) -> NotFoundError:
    """No reader has this name."""
    return NotFoundError(
        "priority.unknown-feed", f"there is no feed {kind!r}", remedy=f"Use one of {', '.join(known)}.", feed=kind
    )


def invalid_vector(vector: str, problem: str) -> InvalidInputError:
    """The text is no CVSS vector."""
    return InvalidInputError(
        "priority.invalid-cvss",
        f"{vector[:80]!r} is not a CVSS vector: {problem[:120]}",
        remedy="Write it as FIRST's specification does, for example CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H.",
    )
