"""Asking an index about distinct package versions, and a record about them: the two directions of one question.

`known_matches` turns an index's answer into what is kept; `judge` holds one version against one record. Both are pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from seawall.kernel.errors import SeawallError
from seawall.kernel.versions.interface import InvalidVersionError, UnsupportedEcosystemError
from seawall.kernel.versions.ranges import VersionRange
from seawall.kernel.versions.registry import ordering_of, version_key
from seawall.remediation.model import Answer, Component, ProductName, Verdict
from seawall.remediation.names import Lookup, lookup_of
from seawall.remediation.ports import Rulings, VulnerabilityIndex
from seawall.remediation.snapshots import KnownMatch, NewKind, PackageVersion, kind_of, product_block, product_package

PRODUCT_ECOSYSTEM = "generic"
"""Whose order the versions of products by name follow."""
LONGEST_NAME = 500
"""Characters of a package key; both dialects index that."""
LONGEST_VERSION = 200
"""Characters of a version; no ordering reads more."""


class NoRulings:
    """Nobody ruled on any pair of names."""

    def ruling(self, installed: ProductName, recorded: ProductName) -> Verdict | None:
        """See `Rulings.ruling`."""
        del installed, recorded
        return None


def new_kind(component: Component) -> NewKind:
    """Say what package versions a component is looked up as; or, in words, why no index can be asked."""
    kind = kind_of(component)
    if kind.purl is not None:
        try:
            lookup = lookup_of(kind.purl)
        except SeawallError as error:
            return NewKind(kind, (), error.message)
        if isinstance(lookup, str):
            return NewKind(kind, (), lookup)
        pairs = ((lookup.package, lookup.version), *lookup.also)
        versions = tuple(_package_version(package, lookup.ecosystem, version) for package, version in pairs)
    elif not kind.name or not kind.version:
        return NewKind(kind, (), "it has neither a package URL nor a name with a version")
    else:
        product = ProductName(kind.vendor, kind.name, kind.cpe)
        versions = (_package_version(product_package(product), PRODUCT_ECOSYSTEM, kind.version, product),)
    if any(len(each.package) > LONGEST_NAME or len(each.version) > LONGEST_VERSION for each in versions):
        return NewKind(kind, (), f"its name or version is longer than {LONGEST_NAME} or {LONGEST_VERSION} characters")
    if any("\x00" in each.package or "\x00" in each.version for each in versions):
        return NewKind(kind, (), "its name or version holds a null character")
    return NewKind(kind, versions)


def known_matches(
    index: VulnerabilityIndex, version: PackageVersion, before: Sequence[KnownMatch], rulings: Rulings, now: datetime
) -> tuple[KnownMatch, ...]:
    """Ask an index about one version.

    Args:
        index: What is known.
        version: What to ask about.
        before: What was known before: the instants at which it was found are kept, under any shared identifier.
        rulings: What a person said about pairs of product names.
        now: Instant for what is new.
    """
    answer = _ask(index, version, rulings)
    found: dict[str, datetime] = {}
    for match in before:
        if match.certain:
            for name in (match.vulnerability.id, *match.vulnerability.identifiers):
                found[name] = min(match.found_at, found.get(name, now))

    def since(names: Iterable[str]) -> datetime:
        return min((found[name] for name in names if name in found), default=now)

    hits = [
        KnownMatch(
            hit.vulnerability,
            certain=True,
            words=hit.matched,
            found_at=since((hit.vulnerability.id, *hit.vulnerability.identifiers)),
            fixed=hit.fixed,
            records=hit.records,
            contradicted_by=hit.contradicted_by,
            fix_published=hit.fix_published,
            remedy=hit.remedy,
            confidence=hit.confidence.value,
            because=hit.because,
        )
        for hit in answer.hits
    ]
    doubts = [
        KnownMatch(doubt.vulnerability, certain=False, words=doubt.reason, found_at=now) for doubt in answer.doubts
    ]
    return (*hits, *doubts)


def bounds_of(versions: VersionRange) -> tuple[list[tuple[bytes, bytes | None]], list[str]]:
    """Return the spans and the listed versions of a range as a store is asked for them.

    A listed version also counts in another spelling, so its key makes a span of its own.
    """
    spans = [(span.low, span.high) for span in versions.spans]
    for listed in versions.versions:
        try:
            key = ordering_of(versions.ecosystem).key(listed)
        except (InvalidVersionError, UnsupportedEcosystemError):
            continue
        spans.append((key, key + b"\x00"))
    return spans, list(versions.versions)


def judge(version: PackageVersion, versions: VersionRange) -> tuple[bool, str] | None:
    """Say whether a version is in a range: (True, what matched), (False, why it is undecided), or None: it is not."""
    try:
        match = versions.contains(version.version)
    except SeawallError as error:
        return False, error.message
    return None if match is None else (True, match.words)


def same_product(installed: ProductName, recorded: ProductName, rulings: Rulings) -> bool | None:
    """Say whether two names are one product: True, False, or None where a person should look.

    A ruling decides. Else the products' names must agree in letters and digits, and so must the vendors' if both are
    given and neither is a part of the other.
    """
    ruling = rulings.ruling(installed, recorded)
    if ruling is not None:
        return ruling is Verdict.CONFIRMED
    if product_block(installed.product) != product_block(recorded.product):
        return False
    one, other = product_block(installed.vendor), product_block(recorded.vendor)
    if not one or not other:
        return None
    return True if one in other or other in one else None


def _ask(index: VulnerabilityIndex, version: PackageVersion, rulings: Rulings) -> Answer:
    if version.product is not None:
        return index.look_up_product(version.product, version.version, rulings)
    return index.look_up(Lookup(version.package, version.ecosystem, version.version))


def _package_version(package: str, ecosystem: str, version: str, product: ProductName | None = None) -> PackageVersion:
    try:
        key = version_key(ecosystem, version)
    except (InvalidVersionError, UnsupportedEcosystemError):
        key = None
    return PackageVersion(package, ecosystem, version, key, product)
