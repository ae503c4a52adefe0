"""The document level of CSAF 2.0 (section 3.2.1): who says what, to whom, in which revision."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from seawall.advisories.csaf.types import (
    UNSET,
    Category,
    Instant,
    Language,
    Text,
    Texts,
    TrackingId,
    UnsetType,
    Uri,
    Uris,
    VersionNumber,
    Wire,
    require_some,
    require_unique,
)

PublisherCategoryText = Literal["coordinator", "discoverer", "other", "translator", "user", "vendor"]
NoteCategory = Literal["description", "details", "faq", "general", "legal_disclaimer", "other", "summary"]
TLPLabel = Literal["AMBER", "GREEN", "RED", "WHITE"]


class Acknowledgment(Wire, frozen=True):
    """Who is thanked, and for what (3.1.1)."""

    names: Texts = ()
    organization: Text = ""
    summary: Text = ""
    urls: Uris = ()

    def __post_init__(self) -> None:
        require_some(self)


class Note(Wire, frozen=True):
    """Text of a stated kind (3.1.5)."""

    category: NoteCategory
    text: Text
    audience: Text = ""
    title: Text = ""


class Reference(Wire, frozen=True):
    """A link (3.1.10)."""

    summary: Text
    url: Uri
    category: Literal["external", "self"] | UnsetType = UNSET

    @property
    def external(self) -> bool:
        """Whether the link leads to another document; so does one without a category (3.1.10)."""
        return self.category != "self"


class AggregateSeverity(Wire, frozen=True):
    """The publisher's own word for the urgency (3.2.1.2)."""

    text: Text
    namespace: Uri = ""


class TLP(Wire, frozen=True):
    """Traffic light protocol 1.0 label (3.2.1.5.2)."""

    label: TLPLabel
    url: Uri = ""


class Distribution(Wire, frozen=True):
    """How far the document may travel (3.2.1.5)."""

    text: Text = ""
    tlp: TLP | UnsetType = UNSET

    def __post_init__(self) -> None:
        require_some(self)


class Publisher(Wire, frozen=True):
    """Who vouches for the document (3.2.1.8)."""

    category: PublisherCategoryText
    name: Text
    namespace: Uri
    contact_details: Text = ""
    issuing_authority: Text = ""


class Engine(Wire, frozen=True):
    """The program that wrote the document."""

    name: Text
    version: Text = ""


class Generator(Wire, frozen=True):
    """How the document came to be (3.2.1.12.3)."""

    engine: Engine
    date: Instant | UnsetType = UNSET


class RevisionEntry(Wire, frozen=True):
    """One line of the history (3.2.1.12.6)."""

    date: Instant
    number: VersionNumber
    summary: Text
    legacy_version: Text = ""


class Tracking(Wire, frozen=True):
    """Identity and history of the document (3.2.1.12)."""

    current_release_date: Instant
    id: TrackingId
    initial_release_date: Instant
    revision_history: Annotated[tuple[RevisionEntry, ...], Meta(min_length=1)]
    status: Literal["draft", "final", "interim"]
    version: VersionNumber
    aliases: Texts = ()
    generator: Generator | UnsetType = UNSET

    def __post_init__(self) -> None:
        require_unique("aliases", self.aliases)


class DocumentInfo(Wire, frozen=True):
    """The member `document`: all that is said about the document itself."""

    category: Category
    csaf_version: Literal["2.0"]
    publisher: Publisher
    title: Text
    tracking: Tracking
    acknowledgments: Annotated[tuple[Acknowledgment, ...], Meta(min_length=1)] = ()
    aggregate_severity: AggregateSeverity | UnsetType = UNSET
    distribution: Distribution | UnsetType = UNSET
    lang: Language = ""
    notes: Annotated[tuple[Note, ...], Meta(min_length=1)] = ()
    references: Annotated[tuple[Reference, ...], Meta(min_length=1)] = ()
    source_lang: Language = ""
