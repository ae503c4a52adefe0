"""The operator's side: what is installed, what of it is exposed, by when to act, and whether it is done.

Invariant: what could not be compared is never shown as clean. It stands in `Inventory.unreadable`,
`CheckResult.undecided` or `CheckResult.not_compared`, with the reason.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from seawall.kernel.purl import Purl
from seawall.kernel.versions import VersionRange
from seawall.priority import Decision

# --- what is installed


class Component(msgspec.Struct, frozen=True):
    """One thing that is installed: a package with a purl, or a product that has only names."""

    purl: Purl | None
    """With a version; None for a product that is known by vendor, name and version alone."""
    ref: str
    """Its name in the inventory, for example the `bom-ref`, or `row 7`."""
    name: str = ""
    """Product name; only where there is no purl."""
    version: str = ""
    """Only where there is no purl."""
    vendor: str = ""
    """Only where there is no purl; empty if the inventory does not say."""
    cpe: str = ""
    """CPE 2.3 name, where the inventory gives one."""
    asset: str = ""
    """Name of the asset that it is on; empty: the inventory is about one asset."""


class Asset(msgspec.Struct, frozen=True):
    """One thing that somebody is responsible for: a server, a pump, an application."""

    name: str
    exposed: str = "unknown"
    """Whether strangers reach it over public networks: `yes`, `no` or `unknown`."""
    owner: str = ""
    environment: str = ""
    """For example `production`."""


class Inventory(msgspec.Struct, frozen=True):
    """What one asset is made of, or a list of assets with what runs on each."""

    name: str
    digest: str
    """SHA-256 of the document."""
    components: tuple[Component, ...]
    unreadable: tuple[str, ...] = ()
    """Components that could not be read, each with the reason: nothing is dropped in silence."""
    format: str = ""
    """For example `CycloneDX 1.4 JSON`."""
    assets: tuple[Asset, ...] = ()
    """For lists of assets; empty for an inventory of one."""
    unread_on: tuple[str, ...] = ()
    """Names of the assets whose entries could not all be read; empty if nothing was unreadable, or if it cannot be told
    whose entries they were."""
    notes: tuple[str, ...] = ()
    """How it was read, where a person should know: repeats that were counted, a column that was left out, a guess."""


# --- what is known


class ProductName(msgspec.Struct, frozen=True):
    """A product as vendors and CPE name it."""

    vendor: str
    product: str
    cpe: str = ""
    """CPE 2.3 name, where the record gives one."""


class Affected(msgspec.Struct, frozen=True):
    """Which versions of one package or product a record calls affected."""

    package: str
    """Package key (`names.py`), for example `pypi/django` or `deb/debian:12/openssl`; empty for a product by name."""
    versions: VersionRange
    product: ProductName | None = None
    """For a product by name."""
    remedy: str = ""
    """What the record says to do, in its own words."""


class Record(msgspec.Struct, frozen=True):
    """One vulnerability as one source tells it, compiled for matching."""

    id: str
    """The record's id, for example `GHSA-…`, `CVE-…`, or `ICSA-24-102-04/CVE-2024-1234` within an advisory."""
    identifiers: tuple[str, ...]
    """Names of the vulnerability that it is about: own id and aliases, sorted. Records that share one are folded."""
    title: str
    source: str
    """`osv`, `cve`, `csaf` or `case`."""
    digest: str
    """SHA-256 of the record's bytes, in hex."""
    published: str = ""
    """RFC 3339, or empty."""
    modified: str = ""
    fix_published: str = ""
    """RFC 3339 day or instant on which the record says that a fix or mitigation was published; or empty."""
    url: str = ""
    """Where a person reads it."""
    affected: tuple[Affected, ...] = ()
    withdrawn: bool = False
    """Its publisher took it back: it says nothing any more."""
    problems: tuple[str, ...] = ()
    """What of it could not be used, each with the reason."""


class Vulnerability(msgspec.Struct, frozen=True):
    """One vulnerability, folded from all records that share an identifier."""

    id: str
    """A case's id if there is one, else the CVE's, else the GHSA's, else the first."""
    identifiers: tuple[str, ...]
    title: str
    published: str = ""
    """RFC 3339, the earliest of its records; or empty."""
    records: tuple[str, ...] = ()
    """`source:id` of each record."""
    urls: tuple[str, ...] = ()


class Confidence(StrEnum):
    """How sure it is that a record's package or product is the one that is installed."""

    EXACT = "exact"
    """The same package, the same CPE, or a person said so."""
    PROBABLE = "probable"
    """Names agree after normalisation."""
    POSSIBLE = "possible"
    """Names resemble each other: a person should look."""


class Verdict(StrEnum):
    """What a person says about a pair of product names."""

    CONFIRMED = "confirmed"
    """They name one product."""
    REJECTED = "rejected"
    """They name different products."""


class Coverage(StrEnum):
    """What an index holds about the registry, or the release of a distribution, that a package is of."""

    NONE = "none"
    """Nothing: an empty answer says nothing at all."""
    SPORADIC = "sporadic"
    """CVE records alone, which name packages here and there: an empty answer says little."""
    KEPT = "kept"
    """Records of a database that is kept for it."""


class Hit(msgspec.Struct, frozen=True):
    """What an index answers: a version is affected by a vulnerability."""

    vulnerability: Vulnerability
    matched: str
    """The range or version that matched, in words."""
    fixed: tuple[str, ...] = ()
    """Releases that end the matching ranges, as the records name them."""
    records: tuple[str, ...] = ()
    """`source:id` of the records whose range holds the version."""
    contradicted_by: tuple[str, ...] = ()
    """`source:id` of records about the same vulnerability and package that do not call this version affected."""
    fix_published: str = ""
    """RFC 3339 day or instant, the earliest that a matching record gives; or empty."""
    remedy: str = ""
    confidence: Confidence = Confidence.EXACT
    because: str = ""
    """Why that confidence; empty for a package that was matched by its key."""


class Doubt(msgspec.Struct, frozen=True):
    """What an index answers: a record names the package, and nothing certain can be said about the version."""

    vulnerability: Vulnerability
    reason: str


class Answer(msgspec.Struct, frozen=True):
    """What an index says about one package or product in one version."""

    hits: tuple[Hit, ...] = ()
    doubts: tuple[Doubt, ...] = ()


# --- what follows


class VexStatus(StrEnum):
    """The four words of VEX."""

    NOT_AFFECTED = "not_affected"
    AFFECTED = "affected"
    FIXED = "fixed"
    UNDER_INVESTIGATION = "under_investigation"


class VexStatement(msgspec.Struct, frozen=True):
    """What somebody says about one vulnerability in one product."""

    vulnerability: str
    """An identifier."""
    product: str
    """A purl, a CPE, or the product's name."""
    status: VexStatus
    justification: str = ""
    """For `not_affected`: OpenVEX's word, for example `vulnerable_code_not_in_execute_path`."""
    detail: str = ""
    """In words: the impact, or what to do."""
    author: str = ""
    at: datetime | None = None
    aliases: tuple[str, ...] = ()
    """Further identifiers of the same vulnerability."""
    title: str = ""
    """The vulnerability in one line."""


class Exposure(msgspec.Struct, frozen=True):
    """One component on one asset is affected by one vulnerability."""

    component: Component
    vulnerability: Vulnerability
    """Folded: one vulnerability under all its identifiers, whichever records they came from."""
    matched: str
    """The range or version that matched, in words."""
    decision: Decision
    fixed: tuple[str, ...] = ()
    """Releases that end the matching ranges, as the records name them."""
    asset: Asset = Asset("")
    confidence: Confidence = Confidence.EXACT
    because: str = ""
    """Why that confidence."""
    remedy: str = ""
    """What the records say to do, in their own words."""
    records: tuple[str, ...] = ()
    """`source:id` of the records whose range holds the version."""
    contradicted_by: tuple[str, ...] = ()


class Undecided(msgspec.Struct, frozen=True):
    """A record names a component's package, and whether it is affected could not be decided."""

    component: Component
    vulnerability: str
    """Its id."""
    reason: str


class NotCompared(msgspec.Struct, frozen=True):
    """Components that could not be looked up, so that silence about them means nothing."""

    ecosystem: str
    components: int
    """How many."""
    reason: str


class CheckResult(msgspec.Struct, frozen=True):
    """What an operator learns about one inventory."""

    inventory: Inventory
    exposures: tuple[Exposure, ...]
    """Soonest due first; those without a date last."""
    undecided: tuple[Undecided, ...]
    not_compared: tuple[NotCompared, ...]
    vulnerabilities: int
    """How many distinct vulnerabilities the inventory was held against."""
    exposed: str
    """What was said about the asset's exposure: `yes`, `no` or `unknown`."""
    at: datetime
    """Instant of the check."""
    warnings: tuple[str, ...] = ()
    """What a reader must know before trusting it: stale data, limits of the index."""
