"""What reading the source, without running it, says about a name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Presence(StrEnum):
    """Of a named thing."""

    PRESENT = "present"
    ABSENT = "absent"
    UNKNOWN = "unknown"
    """The source does not tell."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at the source."""

    presence: Presence
    detail: str
    """In words."""
    foreign: str = ""
    """Name of the other package that the thing belongs to."""
