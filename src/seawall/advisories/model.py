"""Advisories: what leaves the house about a case, and where it went.

Invariants, held by construction: an advisory names each package once, no version of it stands in two statuses, and
its revisions are numbered 1, 2, 3 … with rising instants. Nothing here knows a format. Evidence has no place in an
advisory: what was proven is said in words, how to do it is not said.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from itertools import pairwise

import msgspec

from seawall.kernel.errors import InvalidInputError
from seawall.kernel.marking import Marking

_ENCODER = msgspec.json.Encoder(order="deterministic")


@dataclass(frozen=True, slots=True)
class AdvisoryProduct:
    """One package that a case is about. A version is in at most one of the four statuses."""

    purl: str
    """Version-less."""
    affected: tuple[str, ...] = ()
    """Versions known to be affected."""
    fixed: tuple[str, ...] = ()
    """Versions known to be fixed."""
    not_affected: tuple[str, ...] = ()
    """Versions known not to be affected, without a fix."""
    under_investigation: tuple[str, ...] = ()
    """Versions on which the sources contradict each other."""
    ranges: tuple[tuple[tuple[str, str], ...], ...] = ()
    """Affected ranges: OSV events, one tuple for each list that a source gave, as it gave them."""

    def __post_init__(self) -> None:
        listed = [*self.affected, *self.fixed, *self.not_affected, *self.under_investigation]
        if len(set(listed)) != len(listed):
            raise InvalidInputError(
                "advisories.contradicting-versions",
                f"{self.purl} has a version in two statuses, or twice in one",
                remedy="Put each version into one status; use `under_investigation` where sources disagree.",
            )


@dataclass(frozen=True, slots=True)
class Revision:
    """One line of an advisory's history."""

    number: int
    """Counted from 1."""
    at: datetime
    summary: str


@dataclass(frozen=True, slots=True)
class Advisory:
    """Everything that the formats need, free of any format."""

    id: str
    """The case's id."""
    title: str
    description: str
    identifiers: tuple[str, ...]
    weaknesses: tuple[str, ...]
    products: tuple[AdvisoryProduct, ...]
    vectors: tuple[str, ...]
    references: tuple[str, ...]
    credits: tuple[str, ...]
    marking: Marking
    grade: str
    """A `Grade` of `seawall.validation`, for example `E3`."""
    grade_reason: str
    revisions: tuple[Revision, ...]
    """Oldest first; never empty."""
    priority: str = ""
    """What first and by when, in words; empty where nothing was decided."""

    def __post_init__(self) -> None:
        numbers = [revision.number for revision in self.revisions]
        if not numbers or numbers != list(range(1, len(numbers) + 1)):
            raise InvalidInputError(
                "advisories.broken-history",
                f"the revisions of {self.id} are not numbered 1, 2, 3 …",
                remedy="Let `AdvisoryService.publish` keep the history.",
            )
        if any(earlier.at >= later.at for earlier, later in pairwise(self.revisions)):
            raise InvalidInputError(
                "advisories.broken-history",
                f"the revisions of {self.id} are not in the order of their dates",
                remedy="Let `AdvisoryService.publish` keep the history.",
            )
        packages = [product.purl for product in self.products]
        if len(set(packages)) != len(packages):
            raise InvalidInputError(
                "advisories.repeated-package",
                f"{self.id} names a package twice",
                remedy="Join what is known about a package in one `AdvisoryProduct`.",
            )

    @property
    def current(self) -> Revision:
        """The newest revision."""
        return self.revisions[-1]

    def content_digest(self, *context: str) -> str:
        """SHA-256 of everything but the history: equal if and only if there is nothing new to say.

        Args:
            *context: Further text that the documents depend on, such as the publisher's name.
        """
        content = replace(self, revisions=(Revision(1, self.revisions[0].at, ""),))
        bare = msgspec.to_builtins(content)
        del bare["revisions"]
        return sha256(_ENCODER.encode([bare, *context])).hexdigest()


@dataclass(frozen=True, slots=True)
class Publication:
    """One document that was published."""

    id: str
    """`SWA-` and 16 hex digits, derived from case, format and content."""
    case_id: str
    format: str
    """`csaf` or `osv`."""
    number: int
    """Revision number of the advisory."""
    digest: str
    """SHA-256 of the bytes, also their name in the blob store."""
    path: str
    """Relative to the publication folder."""
    published_at: datetime


@dataclass(frozen=True, slots=True)
class PublishedAdvisory:
    """One revision of an advisory as it was published: the source of all its documents."""

    advisory: Advisory
    content: str
    """`Advisory.content_digest` with the publisher's identity."""
    released_by: str
    """Who decided that it may be public; empty where every source was public already."""

    @property
    def id(self) -> str:
        """Case and revision number, `SW-2026-000001/2`."""
        return f"{self.advisory.id}/{self.advisory.current.number}"


@dataclass(frozen=True, slots=True)
class Release:
    """A coordinator's decision that content may travel further than its sources allowed."""

    marking: Marking
    by: str
    """The person's name; goes into the ledger."""


class PublisherCategory(StrEnum):
    """What the publisher is to the vulnerability (CSAF 2.0, 3.2.1.8.1)."""

    COORDINATOR = "coordinator"
    DISCOVERER = "discoverer"
    OTHER = "other"
    TRANSLATOR = "translator"
    USER = "user"
    VENDOR = "vendor"


@dataclass(frozen=True, slots=True)
class PublisherIdentity:
    """Who vouches for the documents."""

    name: str
    namespace: str
    """URL that belongs to the publisher, for example `https://clearinghouse.example`."""
    category: PublisherCategory = PublisherCategory.COORDINATOR
    contact: str = ""
    base_url: str = ""
    """URL under which the publication folder is served, ending in `/`; empty if it is not known."""


def body_of(record: Publication | PublishedAdvisory) -> bytes:
    """Return the canonical JSON of a record: the body that its row keeps and whose digest its event carries."""
    return _ENCODER.encode(record)
