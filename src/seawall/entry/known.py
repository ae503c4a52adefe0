"""From cases to records that an inventory can be matched against."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256

from seawall.entry.overview import CaseView
from seawall.intake import AffectedProduct, Finding
from seawall.kernel.purl import Purl, parse_purl
from seawall.kernel.versions import VersionRange
from seawall.kernel.versions.ranges import VersionEvent
from seawall.remediation import Affected, Record
from seawall.remediation.names import package_key_of_purl
from seawall.validation import Grade

_KINDS = ("introduced", "fixed", "last_affected", "limit")


def record_of_case(view: CaseView) -> Record | None:
    """Return a case as a record to match against; None for a refuted one, or one that names no package."""
    if view.grade is Grade.REFUTED:
        return None
    affected = tuple(_affected(view.findings))
    if not affected:
        return None
    return Record(
        id=view.case.id,
        identifiers=tuple(sorted({view.case.id, *view.case.identifiers})),
        title=view.case.title,
        source="case",
        digest=sha256(f"{view.case.id} {view.grade.value} {sorted(f.id for f in view.findings)}".encode()).hexdigest(),
        affected=affected,
    )


def _affected(findings: Iterable[Finding]) -> Iterator[Affected]:
    by_package: dict[Purl, list[AffectedProduct]] = {}
    for finding in findings:
        for product in finding.products:
            if product.status == "affected":
                by_package.setdefault(parse_purl(product.purl).package, []).append(product)
    for package, products in sorted(by_package.items()):
        key = package_key_of_purl(package)
        if key is None:
            continue
        ranges = dict.fromkeys(_events(product) for product in products if product.events)
        versions = {
            version for product in products for version in (parse_purl(product.purl).version, *product.versions)
        }
        yield Affected(key, VersionRange.from_osv(package.ecosystem, tuple(ranges), tuple(sorted(versions - {""}))))


def _events(product: AffectedProduct) -> tuple[VersionEvent, ...]:
    return tuple(event for event in product.events if event[0] in _KINDS)
