"""What this room needs from outside: an index to ask, and what a person has ruled."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Protocol

import msgspec

from seawall.priority import SignalSource
from seawall.remediation.model import Answer, Coverage, ProductName, Verdict, Vulnerability
from seawall.remediation.names import Lookup


class SourceInfo(msgspec.Struct, frozen=True):
    """One source that an index was made of."""

    name: str
    """For example `osv`, `cve`, `csaf`, `kev`."""
    records: int
    as_of: str
    """RFC 3339: the newest date that its records carry."""


class IndexInfo(msgspec.Struct, frozen=True):
    """What an index is made of."""

    format: int
    vulnerabilities: int
    """Distinct ones, after folding."""
    records: int
    sources: tuple[SourceInfo, ...]


class VulnerabilityIndex(SignalSource, Protocol):
    """What is known, and what is said about it."""

    @property
    def info(self) -> IndexInfo:
        """What it is made of."""
        ...

    def coverage(self, package: str) -> Coverage:
        """Say what it holds about the registry, or the release of the distribution, that a package key is of."""
        ...

    def known_as(self, identifiers: Collection[str]) -> Sequence[Vulnerability]:
        """Return the vulnerabilities that have one of these names, whatever they touch; in a stable order."""
        ...

    def look_up(self, lookup: Lookup) -> Answer:
        """Say what affects one package in one version.

        Never raises for a version that is none: records of the package become doubts.
        """
        ...

    def look_up_product(self, product: ProductName, version: str, rulings: Rulings) -> Answer:
        """Say what affects a product that is known by its names, each hit with its confidence and the reason."""
        ...


class Rulings(Protocol):
    """What a person said once for all about pairs of product names."""

    def ruling(self, installed: ProductName, recorded: ProductName) -> Verdict | None:
        """Return what was said about the pair; None where nobody ruled."""
        ...


class FirstSeen(Protocol):
    """Remembers on which day an exposure was first seen on an asset, so that a due date does not slide."""

    def first_seen(self, asset: str, identifiers: Collection[str], today: date) -> date:
        """Return the earliest day on which any of the vulnerability's names was seen there; remember today if none."""
        ...
