"""Records of the Open Source Vulnerability format (OSV schema 1.7.5), as Seawall writes them.

Strict on what it knows, silent on the rest: unknown members are ignored. Not checked is the list of registered
prefixes of identifiers: `SW` is Seawall's own and not registered with the schema's owners.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

SCHEMA_VERSION: Final = "1.7.5"
_END: Final = r"$(?!\n)"

Text = Annotated[str, Meta(min_length=1)]
Identifier = Annotated[str, Meta(pattern=rf"^[A-Za-z][A-Za-z0-9\-]*-[^\s]+{_END}")]
Url = Annotated[str, Meta(pattern=rf"^[A-Za-z][A-Za-z0-9+\-.]*:[^\s]+{_END}")]
Instant = Annotated[datetime, Meta(tz=True)]

ReferenceType = Literal[
    "ADVISORY",
    "ARTICLE",
    "DETECTION",
    "DISCUSSION",
    "EVIDENCE",
    "FIX",
    "GIT",
    "INTRODUCED",
    "PACKAGE",
    "REPORT",
    "WEB",
]
CreditType = Literal[
    "ANALYST",
    "COORDINATOR",
    "FINDER",
    "OTHER",
    "REMEDIATION_DEVELOPER",
    "REMEDIATION_REVIEWER",
    "REMEDIATION_VERIFIER",
    "REPORTER",
    "SPONSOR",
    "TOOL",
]


class Object(msgspec.Struct, frozen=True, omit_defaults=True):
    """Base of all OSV objects."""


class Severity(Object, frozen=True):
    """A severity by some scoring system."""

    type: Literal["CVSS_V2", "CVSS_V3", "CVSS_V4", "Ubuntu"]
    score: Text


class OSVPackage(Object, frozen=True):
    """A package of an ecosystem."""

    ecosystem: Text
    name: Text
    purl: str = ""


class RangeEvent(Object, frozen=True):
    """One point of a range: exactly one member is set."""

    introduced: Text = ""
    fixed: Text = ""
    last_affected: Text = ""
    limit: Text = ""

    def __post_init__(self) -> None:
        if sum(map(bool, (self.introduced, self.fixed, self.last_affected, self.limit))) != 1:
            raise ValueError("an event must have exactly one of introduced, fixed, last_affected and limit")


class Range(Object, frozen=True):
    """Affected versions between events."""

    type: Literal["ECOSYSTEM", "GIT", "SEMVER"]
    events: Annotated[tuple[RangeEvent, ...], Meta(min_length=1)]
    repo: Url = ""

    def __post_init__(self) -> None:
        if not any(event.introduced for event in self.events):
            raise ValueError("a range must have an introduced event")
        if any(event.fixed for event in self.events) and any(event.last_affected for event in self.events):
            raise ValueError("a range must not have both fixed and last_affected events")
        if self.type == "GIT" and not self.repo:
            raise ValueError("a range of commits must name its repository")


class Affected(Object, frozen=True):
    """What is affected in one package."""

    package: OSVPackage | UnsetType = UNSET
    severity: tuple[Severity, ...] = ()
    ranges: tuple[Range, ...] = ()
    versions: tuple[str, ...] = ()
    database_specific: dict[str, Any] | UnsetType = UNSET


class OSVReference(Object, frozen=True):
    """A typed link."""

    type: ReferenceType
    url: Url


class Credit(Object, frozen=True):
    """Who is thanked."""

    name: Text
    contact: tuple[str, ...] = ()
    type: CreditType | UnsetType = UNSET


class OSVRecord(Object, frozen=True):
    """A whole record."""

    id: Identifier
    modified: Instant
    schema_version: str = ""
    published: Instant | UnsetType = UNSET
    withdrawn: Instant | UnsetType = UNSET
    aliases: tuple[Text, ...] = ()
    related: tuple[Text, ...] = ()
    summary: str = ""
    details: str = ""
    severity: tuple[Severity, ...] = ()
    affected: tuple[Affected, ...] = ()
    references: tuple[OSVReference, ...] = ()
    credits: tuple[Credit, ...] = ()
    database_specific: dict[str, Any] | UnsetType = UNSET
