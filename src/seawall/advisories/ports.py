"""What publishing needs from outside: records, a folder that is served to the public, and formats."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from seawall.advisories.errors import Finding
from seawall.advisories.model import Advisory, Publication, PublishedAdvisory
from seawall.kernel.events import Event


class AdvisoryStore(Protocol):
    """Keeps every revision that was ever published; nothing is overwritten."""

    def latest(self, case_id: str) -> PublishedAdvisory | None:
        """Return the newest revision, or None if the case was never published."""
        ...

    def history(self, case_id: str) -> Sequence[PublishedAdvisory]:
        """Return all revisions, oldest first."""
        ...

    def add(self, published: PublishedAdvisory) -> None:
        """Keep a new revision.

        Raises:
            ConflictError: Another process published the same revision first (`advisories.published-meanwhile`).
        """
        ...


class PublicationStore(Protocol):
    """Keeps which documents were published."""

    def of_case(self, case_id: str) -> Sequence[Publication]:
        """Return all documents of a case, by revision and format."""
        ...

    def current(self) -> Iterable[Publication]:
        """Return the newest document of each case and format, by path."""
        ...

    def add(self, publication: Publication) -> None:
        """Keep a new publication."""
        ...


class AdvisoriesUnit(Protocol):
    """One open transaction of this room."""

    @property
    def advisories(self) -> AdvisoryStore:
        """Revisions of advisories."""
        ...

    @property
    def publications(self) -> PublicationStore:
        """Documents."""
        ...

    def record(self, event: Event) -> None:
        """Have the event in the ledger if and only if the transaction commits."""
        ...


class PublicationFolder(Protocol):
    """The folder that is served to the public."""

    def put(self, path: str, data: bytes) -> bool:
        """Make `path` hold `data`: a reader sees the old file or the new one, never a part.

        Returns:
            Whether anything had to be written.

        Raises:
            UnavailableError: The disk is full or not writable (`advisories.folder-unwritable`).
        """
        ...

    def read(self, path: str) -> bytes | None:
        """Return what lies there, or None."""
        ...


class AdvisoryFormat(Protocol):
    """One format in which advisories leave the house."""

    @property
    def name(self) -> str:
        """Name on the command line and in records, for example `csaf`."""
        ...

    def path(self, advisory: Advisory) -> str:
        """Where the document lies in the folder; the same for all revisions."""
        ...

    def render(self, advisory: Advisory) -> bytes:
        """Write the document; the same advisory gives the same bytes."""
        ...

    def problems(self, data: bytes) -> Sequence[Finding]:
        """Return the mandatory tests that the document fails."""
        ...

    @property
    def has_digest_file(self) -> bool:
        """Whether a `.sha256` file lies beside the document."""
        ...
