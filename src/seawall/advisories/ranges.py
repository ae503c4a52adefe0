"""Version ranges between the words of the formats: OSV events on one side, VERS text on the other.

Ranges are never exploded into version lists. No versions are compared here, apart from a natural order for reading
and for lists of events that are not in the usual order of pairs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

_PIECES = re.compile(r"(\d+)")
_START = "0"


@dataclass(frozen=True, slots=True)
class Interval:
    """Versions from `introduced` on, up to one of the two ends; open where both are empty."""

    introduced: str = _START
    """First affected version; `0` means from the very first one."""
    fixed: str = ""
    """First version that is not affected any more."""
    last_affected: str = ""

    def __str__(self) -> str:
        start = "" if self.introduced == _START else f">= {self.introduced}"
        end = f"< {self.fixed}" if self.fixed else f"<= {self.last_affected}" if self.last_affected else ""
        return ", ".join(part for part in (start, end) if part) or "all versions"

    @property
    def events(self) -> tuple[tuple[str, str], ...]:
        """The interval as OSV events."""
        pairs = [("introduced", self.introduced)]
        if self.fixed:
            pairs.append(("fixed", self.fixed))
        elif self.last_affected:
            pairs.append(("last_affected", self.last_affected))
        return tuple(pairs)

    def vers(self, type_: str) -> str:
        """The interval as a VERS range, for example `vers:pypi/>=1.0|<1.2`.

        Args:
            type_: The purl's type; VERS uses the same words for the registries that Seawall knows.
        """
        parts = [] if self.introduced == _START else [f">={_quoted(self.introduced)}"]
        if self.fixed:
            parts.append(f"<{_quoted(self.fixed)}")
        elif self.last_affected:
            parts.append(f"<={_quoted(self.last_affected)}")
        return f"vers:{type_}/{'|'.join(parts) or '*'}"


def single_vers(type_: str, version: str) -> str:
    """Write one version as a VERS range, for names that no `product_version` branch may have."""
    return f"vers:{type_}/{_quoted(version)}"


def intervals(events: tuple[tuple[str, str], ...]) -> tuple[Interval, ...]:
    """Pair a source's events into intervals.

    Sources usually list pairs in order; where they do not, events are first brought into natural order. A list
    without any `introduced` begins at the first version. `limit` and unknown events bound nothing. Intervals that
    begin where they end are empty and left out.
    """
    known = [
        (kind, version) for kind, version in events if kind in {"introduced", "fixed", "last_affected"} and version
    ]
    if not known:
        return ()
    if not _alternates(known):
        known = sorted(set(known), key=lambda event: (natural(event[1]), event[0] != "introduced"))
    if known[0][0] != "introduced":
        known.insert(0, ("introduced", _START))
    found: list[Interval] = []
    start = ""
    for kind, version in known:
        if kind == "introduced":
            start = start or version
        elif start:
            interval = Interval(start, fixed=version) if kind == "fixed" else Interval(start, last_affected=version)
            if start != interval.fixed:
                found.append(interval)
            start = ""
    if start:
        found.append(Interval(start))
    return tuple(dict.fromkeys(found))


def natural(version: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that puts `1.10` after `1.9`; for people to read, not for matching."""
    return tuple(
        (1, int(piece[:18]), piece) if piece.isascii() and piece.isdigit() else (0, 0, piece)
        for piece in _PIECES.split(version)
        if piece
    )


def _alternates(events: list[tuple[str, str]]) -> bool:
    starts = [kind == "introduced" for kind, _ in events]
    return all(is_start == (position % 2 == 0) for position, is_start in enumerate(starts))


def _quoted(version: str) -> str:
    return quote(version, safe="+:~^")
