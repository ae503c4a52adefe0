"""The port of the family: a feed knows what one publisher's file must look like; syncing it is the same for all.

Adding a feed is one file with a `check`, its kind in `sync.py`, and its limits and address in `sources.json`.
Left out on purpose: what the content means. Reading it is the work of the index and of `seawall.priority`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from seawall.kernel.errors import Diagnostics
from seawall.kernel.limits import GIB, MIB


@dataclass(frozen=True, slots=True)
class Source:
    """One thing to keep in step with."""

    name: str
    """For example `kev`, `osv/PyPI`, `csaf/cisa`."""
    kind: str
    """Which feed reads it: `kev`, `epss`, `cve`, `osv` or `csaf`."""
    url: str
    """Of the file; of the provider's metadata, or just its domain, for CSAF."""
    place: str
    """File below the mirror's folder, with `/`; for CSAF a folder."""
    limit: int
    """Bytes that are fetched at most, of one file."""
    default: bool = False
    """Whether it is synced when nothing is named."""
    about: str = ""


@dataclass(frozen=True, slots=True)
class FileLimits:
    """Bounds of what a file may unpack to."""

    unpacked: int = 24 * GIB
    """Bytes, of all members."""
    member: int = 64 * MIB
    """Bytes, of one member."""
    members: int = 3_000_000
    ratio: int = 250
    """Unpacked to packed, of the whole file beyond the first 64 MiB; text of CVE records reaches about 10."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a file was found to be."""

    as_of: str
    """RFC 3339: how new its content says that it is; empty if it does not say."""
    records: int
    facts: Mapping[str, str] = field(default_factory=dict)
    """What else matters for its use, for example `model_version`."""
    notes: tuple[str, ...] = ()
    """What a person should know."""


class Feed(Protocol):
    """Knows one kind of file."""

    @property
    def kind(self) -> str:
        """Its name."""
        ...

    def check(self, path: Path, now: datetime, limits: FileLimits) -> Checked:
        """Read a file to its end and say what it is.

        Args:
            path: The file.
            now: What is dated more than a day later says nothing about how new the content is.
            limits: Of unpacking.

        Raises:
            InvalidInputError: It is damaged, or not of this kind (`feeds.damaged`, or the reader's own code).
            LimitExceededError: It unpacks to more than a limit (`feeds.bomb`).
        """
        ...


class FeedProgress(Protocol):
    """Is told what goes on."""

    def stage(self, name: str, total: int | None) -> None:
        """Begin with something that has `total` items; None if their number is not known."""
        ...

    def advance(self, items: int = 1, *, note: str = "") -> None:
        """Some items are done."""
        ...


class Unwatched:
    """Progress that nobody looks at."""

    def stage(self, name: str, total: int | None) -> None:
        """See `FeedProgress.stage`."""

    def advance(self, items: int = 1, *, note: str = "") -> None:
        """See `FeedProgress.advance`."""


class Outcome(StrEnum):
    """How syncing one source ended."""

    UPDATED = "updated"
    UNCHANGED = "unchanged"
    PARTIAL = "partial"
    """Some of its documents could not be had; what was held of them stays."""
    FAILED = "failed"
    """What was held stays."""


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What became of one source."""

    source: str
    outcome: Outcome
    as_of: str = ""
    """RFC 3339, of the data that is held now; or empty."""
    records: int = 0
    """Held now."""
    bytes: int = 0
    """Held now."""
    facts: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    error: Diagnostics | None = None
    """Why it could not be refreshed."""

    @property
    def fresh(self) -> bool:
        """Whether all of it is as its publisher has it."""
        return self.outcome in {Outcome.UPDATED, Outcome.UNCHANGED}
