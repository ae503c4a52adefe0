"""What a mirror remembers of each document of a CSAF provider, so that a sync asks only for what is new."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from seawall.kernel.clock import parse_rfc3339
from seawall.platform.files import digest_of
from seawall.remediation.feeds.csaf_listing import Listed
from seawall.remediation.feeds.interface import Source
from seawall.remediation.feeds.mirror import Mirror, write


class DocumentState(msgspec.Struct, frozen=True, omit_defaults=True):
    """One document that is held."""

    place: str
    """Below the provider's folder."""
    digest: str
    """SHA-256."""
    bytes: int
    current: str
    """RFC 3339: its current release."""
    updated: str = ""
    """RFC 3339, as the list says."""
    etag: str = ""
    last_modified: str = ""
    hash: str = ""
    """Which published digest it was compared with; empty: none was published."""
    signed: bool = False
    """Whether its signature was checked."""

    def intact(self, folder: Path) -> bool:
        """Whether the file is the one that was put there."""
        try:
            return digest_of(folder / self.place) == self.digest
        except OSError:
            return False


@dataclass(slots=True)
class ProviderState:
    """All documents that are held of a provider, by address."""

    documents: dict[str, DocumentState]
    releases: dict[str, str] = field(init=False)
    """Release that is held at each place. Worker threads read it while another puts documents in."""

    def __post_init__(self) -> None:
        self.releases = {}
        for each in self.documents.values():
            self.releases[each.place] = max(each.current, self.releases.get(each.place, ""))

    @classmethod
    def load(cls, mirror: Mirror, source: Source) -> ProviderState:
        """Read the state; a damaged one counts as none, and everything is fetched again."""
        try:
            content = _path(mirror, source).read_bytes()
            return cls(msgspec.json.decode(content, type=dict[str, DocumentState]))
        except (OSError, msgspec.MsgspecError, RecursionError):
            return cls({})

    def save(self, mirror: Mirror, source: Source) -> None:
        """Write the state at once."""
        write(_path(mirror, source), msgspec.json.encode(dict(sorted(self.documents.items()))))

    def has(self, listed: Listed, folder: Path) -> bool:
        """Whether a document is held as its list says that it is now."""
        held = self.documents.get(listed.url)
        return held is not None and bool(listed.updated) and held.updated == listed.updated and held.intact(folder)

    def put(self, url: str, document: DocumentState) -> None:
        """Remember a document that is held now."""
        self.documents[url] = document
        self.releases[document.place] = document.current

    def current_of(self, place: str) -> str:
        """Return the release that is held at a place; empty if none is."""
        return self.releases.get(place, "")

    @property
    def count(self) -> int:
        """Documents that are held; one may be listed under several addresses."""
        return len(self.releases)

    def newest(self, now: datetime) -> str:
        """Return the newest release of all, leaving out what is dated in the future."""
        latest = now + timedelta(days=1)
        dates = (each.current for each in self.documents.values() if parse_rfc3339(each.current) <= latest)
        return max(dates, default="")

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum({each.place: each.bytes for each in self.documents.values()}.values())


def _path(mirror: Mirror, source: Source) -> Path:
    return mirror.private(source.place.replace("/", "-") + ".json")
