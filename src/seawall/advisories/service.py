"""Publishing: idempotent, every revision kept, nothing invalid and nothing confidential leaves.

Order of effects: documents are rendered and validated, their bytes stored as blobs, the revision and its publications
committed with their ledger entries, and only then the folder changes. A crash in between leaves records without
files, never files without records; publishing again, or `restore`, completes the folder from the blobs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import astuple, replace
from datetime import timedelta
from hashlib import sha256
from typing import Final

from seawall.advisories.errors import InvalidDocumentError, marking_forbids, refuted, unknown_format
from seawall.advisories.model import (
    Advisory,
    Publication,
    PublishedAdvisory,
    PublisherIdentity,
    Release,
    Revision,
    body_of,
)
from seawall.advisories.ports import AdvisoriesUnit, AdvisoryFormat, PublicationFolder
from seawall.kernel.clock import Clock
from seawall.kernel.events import Event
from seawall.kernel.identifiers import derived_id
from seawall.kernel.limits import MIB
from seawall.kernel.marking import Marking
from seawall.platform.blobs import BlobStore

_DOCUMENT_BYTES: Final = 64 * MIB
_TICK: Final = timedelta(microseconds=1)
_REFUTED: Final = "refuted"
_WORDS: Final = {
    "title": "title",
    "description": "description",
    "identifiers": "identifiers",
    "weaknesses": "weaknesses",
    "products": "products and versions",
    "vectors": "severity",
    "references": "references",
    "credits": "credits",
    "marking": "marking",
    "grade": "evidence grade",
    "grade_reason": "evidence",
    "priority": "priority",
}
"""What a revision's summary calls a member of the advisory."""


class AdvisoryService:
    """Publishes advisories."""

    def __init__(
        self,
        *,
        open_unit: Callable[[], AbstractContextManager[AdvisoriesUnit]],
        blobs: BlobStore,
        folder: PublicationFolder,
        formats: Sequence[AdvisoryFormat],
        publisher: PublisherIdentity,
        clock: Clock,
    ) -> None:
        self._open_unit = open_unit
        self._blobs = blobs
        self._folder = folder
        self._formats = {format_.name: format_ for format_ in formats}
        self._publisher = publisher
        self._clock = clock

    def publish(
        self, advisory: Advisory, formats: Sequence[str] = (), *, release: Release | None = None
    ) -> list[Publication]:
        """Publish what an advisory says.

        The history of the advisory passed in is ignored: same content as published before gives the same
        publications again, other content gives a new revision in each format that the case was ever published in.

        Args:
            advisory: From `draft`; its marking is the strictest of its sources.
            formats: Names of formats; all if empty.
            release: A coordinator's decision that the content may be public.

        Returns:
            The current document of each format asked for, in the order of the formats.

        Raises:
            ConflictError: The content may not be public (`advisories.marking-forbids-publication`), the case is
                refuted (`advisories.refuted`), or another process published it (`advisories.published-meanwhile`).
            InvalidDocumentError: A document fails mandatory tests (`advisories.invalid-document`).
            InvalidInputError: There is no such format (`advisories.unknown-format`).
            UnavailableError: Disk or database can't be written; publishing again is safe.
        """
        wanted = [self._format(name) for name in formats or self._formats]
        if advisory.grade == _REFUTED:
            raise refuted(advisory.id)
        content = released(advisory, release)
        with self._open_unit() as unit:
            published, is_new = self._revision(unit, content, release)
            existing = {
                item.format: item
                for item in unit.publications.of_case(advisory.id)
                if item.number == published.advisory.current.number
            }
            once = {item.format for item in unit.publications.of_case(advisory.id)} if is_new else set()
            for format_ in self._formats.values():
                if format_.name not in existing and (format_ in wanted or format_.name in once):
                    existing[format_.name] = self._document(unit, format_, published.advisory)
        for publication in existing.values():
            self._place(publication)
        return [existing[format_.name] for format_ in wanted]

    def history(self, case_id: str) -> Sequence[PublishedAdvisory]:
        """Return every revision of a case's advisory, oldest first; empty if it was never published."""
        with self._open_unit() as unit:
            return unit.advisories.history(case_id)

    def publications(self, case_id: str) -> Sequence[Publication]:
        """Return all documents of a case, by revision and format."""
        with self._open_unit() as unit:
            return unit.publications.of_case(case_id)

    def restore(self) -> int:
        """Complete the folder from the records and blobs.

        Returns:
            How many documents were missing or different.

        Raises:
            NotFoundError: A blob is missing (`blob.missing`).
            IntegrityError: A blob was changed (`blob.corrupt`).
        """
        with self._open_unit() as unit:
            current = list(unit.publications.current())
        return sum(self._place(publication) for publication in current)

    def _format(self, name: str) -> AdvisoryFormat:
        try:
            return self._formats[name]
        except KeyError:
            raise unknown_format(name, tuple(self._formats)) from None

    def _revision(
        self, unit: AdvisoriesUnit, content: Advisory, release: Release | None
    ) -> tuple[PublishedAdvisory, bool]:
        digest = content.content_digest(*(str(part) for part in astuple(self._publisher)))
        latest = unit.advisories.latest(content.id)
        if latest is not None and latest.content == digest:
            return latest, False
        now = self._clock.now()
        revisions: tuple[Revision, ...] = (Revision(1, now, "Initial version."),)
        if latest is not None:
            previous = latest.advisory.revisions
            at = max(now, previous[-1].at + _TICK)  # a clock that was set back must not break the history
            number = previous[-1].number + 1
            revisions = (*previous, Revision(number, at, changes(latest.advisory, content)))
        published = PublishedAdvisory(
            replace(content, revisions=revisions), digest, release.by if release is not None else ""
        )
        unit.advisories.add(published)
        unit.record(
            Event(
                "AdvisoryRevised",
                published.id,
                now,
                {
                    "digest": sha256(body_of(published)).hexdigest(),
                    "case": content.id,
                    "number": published.advisory.current.number,
                    "grade": content.grade,
                    "released_by": published.released_by,
                },
            )
        )
        return published, True

    def _document(self, unit: AdvisoriesUnit, format_: AdvisoryFormat, advisory: Advisory) -> Publication:
        data = format_.render(advisory)
        problems = format_.problems(data)
        if problems:
            raise InvalidDocumentError(advisory.id, format_.name, problems)
        now = self._clock.now()
        digest = self._blobs.put(data, limit=_DOCUMENT_BYTES).digest
        publication = Publication(
            id=derived_id("SWA", advisory.id, format_.name, digest),
            case_id=advisory.id,
            format=format_.name,
            number=advisory.current.number,
            digest=digest,
            path=format_.path(advisory),
            published_at=now,
        )
        unit.publications.add(publication)
        unit.record(
            Event(
                "AdvisoryPublished",
                publication.id,
                now,
                {
                    "digest": sha256(body_of(publication)).hexdigest(),
                    "document": digest,
                    "case": advisory.id,
                    "format": format_.name,
                    "number": publication.number,
                },
            )
        )
        return publication

    def _place(self, publication: Publication) -> bool:
        changed = self._folder.put(publication.path, self._blobs.read(publication.digest))
        format_ = self._formats.get(publication.format)
        if format_ is not None and format_.has_digest_file:
            name = publication.path.rpartition("/")[2]
            self._folder.put(f"{publication.path}.sha256", f"{publication.digest}  {name}\n".encode())
        return changed


def released(advisory: Advisory, release: Release | None) -> Advisory:
    """Return the advisory with the marking under which it may be public.

    Raises:
        ConflictError: It may not be public (`advisories.marking-forbids-publication`).
    """
    marking = release.marking if release is not None else advisory.marking
    if marking is not Marking.CLEAR or (release is not None and not release.by.strip()):
        raise marking_forbids(advisory.id, advisory.marking, release.marking if release is not None else None)
    return replace(advisory, marking=marking)


def changes(before: Advisory, after: Advisory) -> str:
    """Say in a sentence which parts of an advisory changed."""
    changed = [words for name, words in _WORDS.items() if getattr(before, name) != getattr(after, name)]
    return f"Changed: {', '.join(changed)}." if changed else "The publisher's details changed."
