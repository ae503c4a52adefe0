"""Version ranges between the words of the formats: OSV events on one side, VERS text on the other.

Ranges are never exploded into version lists. The order of versions is the kernel's; where it knows none, a natural
order stands in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from seawall.kernel.versions import VersionRange, is_supported

_PIECES: Final = re.compile(r"(\d+)")
_START: Final = "0"
_KINDS: Final = frozenset({"introduced", "fixed", "last_affected", "limit"})
_NO_LIMIT: Final = ("limit", "*")


@dataclass(frozen=True, slots=True)
class Interval:
    """Versions from `introduced` on, up to one of the three ends; open where all are empty."""

    introduced: str = _START
    """First affected version; `0` means from the very first one."""
    fixed: str = ""
    """First version that is not affected any more."""
    last_affected: str = ""
    limit: str = ""
    """First version that the source does not speak of; not a fix."""

    def __str__(self) -> str:
        start = "" if self.introduced == _START else f">= {self.introduced}"
        below = self.fixed or self.limit
        end = f"< {below}" if below else f"<= {self.last_affected}" if self.last_affected else ""
        return ", ".join(part for part in (start, end) if part) or "all versions"

    @property
    def events(self) -> tuple[tuple[str, str], ...]:
        """The interval as OSV events."""
        pairs = [("introduced", self.introduced)]
        ends = (("fixed", self.fixed), ("last_affected", self.last_affected), ("limit", self.limit))
        return tuple(pairs + [(kind, version) for kind, version in ends if version])

    def vers(self, type_: str) -> str:
        """The interval as a VERS range, for example `vers:pypi/>=1.0|<1.2`.

        Args:
            type_: The purl's type; VERS uses the same words for the registries that Seawall knows.
        """
        parts = [] if self.introduced == _START else [f">={_quoted(self.introduced)}"]
        if self.fixed or self.limit:
            parts.append(f"<{_quoted(self.fixed or self.limit)}")
        elif self.last_affected:
            parts.append(f"<={_quoted(self.last_affected)}")
        return f"vers:{type_}/{'|'.join(parts) or '*'}"


def single_vers(type_: str, version: str) -> str:
    """Write one version as a VERS range, for names that no `product_version` branch may have."""
    return f"vers:{type_}/{_quoted(version)}"


def intervals(events: tuple[tuple[str, str], ...], ecosystem: str = "") -> tuple[Interval, ...]:
    """Turn a source's events into intervals.

    Where the ecosystem's order of versions is known, this is OSV's own evaluation (`seawall.kernel.versions`). Else
    events are paired as they stand, after a natural sort where they are not in the usual order of pairs. A list
    without any `introduced` begins at the first version; intervals that hold nothing are left out.
    """
    known = [(kind, version) for kind, version in events if kind in _KINDS and version and (kind, version) != _NO_LIMIT]
    if not known:
        return ()
    if not any(kind == "introduced" for kind, _ in known):
        known.insert(0, ("introduced", _START))
    compiled = VersionRange.from_osv(ecosystem, (known,))
    if is_supported(ecosystem) and not compiled.problems:
        found = [Interval(span.introduced, **dict([span.end] if span.end else [])) for span in compiled.spans]
    else:
        found = _paired(known)
    return tuple(dict.fromkeys(found))


def _paired(known: list[tuple[str, str]]) -> list[Interval]:
    if not _alternates(known):
        known = sorted(set(known), key=lambda event: (natural(event[1]), event[0] != "introduced"))
    found: list[Interval] = []
    start = ""
    for kind, version in known:
        if kind == "introduced":
            start = start or version
        elif start:
            if kind == "last_affected" or version != start:
                found.append(Interval(start, **{kind: version}))
            start = ""
    if start:
        found.append(Interval(start))
    return found


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
