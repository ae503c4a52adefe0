"""How long to wait before the next try: exponential with full jitter, but never less than a server asks for.

Source: RFC 9110, section 10.2.3 (Retry-After); M. Brooker, "Exponential Backoff and Jitter" (2015).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import Random

TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which trying again makes sense."""
_MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Backoff:
    """When to try again."""

    attempts: int = 5
    """Tries without any progress, the first included."""
    attempts_in_all: int = 20
    """Tries with progress: a large file over a poor line breaks often."""
    first: float = 1.0
    """Seconds; doubles with each try."""
    longest: float = 60.0
    """Seconds; the longest wait of our own."""
    longest_told: float = 120.0
    """Seconds; a server that asks for more is left alone until the next run."""

    def wait(self, failures: int, random: Random) -> float:
        """Return the seconds to wait after so many failures in a row, counted from 1."""
        return random.uniform(0.5, 1.0) * min(self.longest, self.first * 2.0 ** (min(failures, 30) - 1))


def retry_after(text: str, now: datetime) -> float | None:
    """Read a `Retry-After` header: seconds or an HTTP date; None where it is neither."""
    text = text.strip()
    if text.isascii() and text.isdecimal():
        return float(text[:_MOST_DIGITS])
    try:
        instant = parsedate_to_datetime(text)
    except ValueError:
        return None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return max(0.0, (instant - now).total_seconds())


class RealPause:
    """Waits in real time."""

    def sleep(self, seconds: float) -> None:
        """See `Pause.sleep`."""
        time.sleep(seconds)

    def monotonic(self) -> float:
        """See `Pause.monotonic`."""
        return time.monotonic()
