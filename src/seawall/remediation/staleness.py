"""How old data may be before every answer that rests on it says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from seawall.kernel.clock import parse_rfc3339
from seawall.remediation.ports import IndexInfo

FRESH_FOR: Final = {"kev": 14, "epss": 5, "osv": 14, "cve": 14, "csaf": 30}
"""Days after which a source counts as old: more than the longest pause that its publisher makes."""
_AHEAD: Final = timedelta(days=1)
"""Clocks differ; what is dated further ahead is worth a warning."""


def staleness(info: IndexInfo, now: datetime) -> tuple[str, ...]:
    """Return a sentence for each source that is old, undated or dated in the future.

    Args:
        info: What the index is made of.
        now: UTC instant.
    """
    return tuple(words for source in info.sources if (words := _warning(source.name, source.as_of, now)))


def _warning(name: str, as_of: str, now: datetime) -> str:
    limit = FRESH_FOR.get(name.partition(":")[0])
    if limit is None:
        return ""
    try:
        dated = parse_rfc3339(as_of).astimezone(UTC)
    except (ValueError, OverflowError):  # the last day of the calendar has no instant in some zones
        return f"nothing says how old the data of {name} is"
    if dated > now + _AHEAD:
        return f"the data of {name} is dated {dated.date()}, in the future: is the clock of this machine right?"
    age = (now - dated).days
    if age <= limit:
        return ""
    return f"the data of {name} is {age} days old ({dated.date()}): run `seawall feeds sync` and `seawall index build`"
