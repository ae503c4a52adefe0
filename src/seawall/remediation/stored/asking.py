"""Asking an index about distinct package versions, and a record about them: the two directions of one question.

`known_matches` turns an index's answer into what is kept; `judge` holds one version against one record. Both are pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from seawall.kernel.errors import SeawallError
from seawall.kernel.versions.interface import LOWEST, InvalidVersionError, UnsupportedEcosystemError
from seawall.kernel.versions.ranges import VersionRange
from seawall.kernel.versions.registry import ordering_of, version_key
from seawall.remediation.model import Answer, Component, Confidence, ProductName, Verdict
from seawall.remediation.names import Lookup, lookup_of
from seawall.remediation.ports import Rulings, VulnerabilityIndex
from seawall.remediation.products import Likeness, compare
from seawall.remediation.stored.snapshots import KnownMatch, NewKind, PackageVersion, kind_of, product_package

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
    purl = kind.purl
    lookup = lookup_of(purl) if purl is not None else ""
    if isinstance(lookup, Lookup):
        pairs = ((lookup.package, lookup.version), *lookup.also)
        versions = tuple(_package_version(package, lookup.ecosystem, version) for package, version in pairs)
    elif purl is not None and not (kind.cpe and purl.version):
        return NewKind(kind, (), lookup)
    else:
        product = ProductName(kind.vendor, purl.name if purl is not None else kind.name, kind.cpe)
        version = purl.version if purl is not None else kind.version
        if not version:
            return NewKind(kind, (), "no version is stated")
        versions = (_package_version(product_package(product), PRODUCT_ECOSYSTEM, version, product),)
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


def bounds_of(versions: VersionRange, ecosystem: str) -> tuple[list[tuple[bytes, bytes | None]], list[str]]:
    """Return the spans and the listed versions of a range as a store is asked for them: all that `judge` must see.

    A listed version also counts in another spelling, so its key makes a span of its own; versions whose order against a
    bound is a guess have to be looked at as well. Where keys say nothing
    (another order, ranges of commits), every version has to be looked at.

    Args:
        versions: What a record says.
        ecosystem: Whose order the stored keys follow.
    """
    try:
        ordering = ordering_of(versions.ecosystem)
        comparable = ordering is ordering_of(ecosystem) and not versions.needs_commit
    except UnsupportedEcosystemError:
        comparable = False
    if not comparable:
        return [(LOWEST, None)], list(versions.versions)
    spans: list[tuple[bytes, bytes | None]] = [(span.low, span.high) for span in (*versions.spans, *versions.unknown)]
    for listed in versions.versions:
        try:
            key = ordering.key(listed)
        except InvalidVersionError:
            continue
        spans.append((key, key + b"\x00"))
    if ordering.unsure is not None:
        bounds = {bound for span in spans for bound in span if bound is not None}
        spans += sorted({stretch for bound in bounds for stretch in ordering.unsure(bound)})
    return spans, list(versions.versions)


def judge(version: PackageVersion, versions: VersionRange) -> tuple[bool, str] | None:
    """Say whether a version is in a range: (True, what matched), (False, why it is undecided), or None: it is not."""
    try:
        match = versions.contains(version.version)
        if match is not None:
            return True, match.words
        doubt = versions.doubt(version.version)
    except SeawallError as error:
        return False, error.message
    return (False, doubt) if doubt else None


def likeness(installed: ProductName, recorded: ProductName, rulings: Rulings) -> Likeness | None:
    """Say how sure it is that two names are of one product; None: they are not. What a person ruled decides."""
    ruling = rulings.ruling(installed, recorded)
    if ruling is Verdict.REJECTED:
        return None
    if ruling is Verdict.CONFIRMED:
        return Likeness(Confidence.EXACT, "a person confirmed that both names are of one product")
    return compare(installed, recorded)


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
