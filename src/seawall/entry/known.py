"""From cases to what matching needs: which versions of which packages a case is about."""

from __future__ import annotations

from collections.abc import Iterable

from seawall.entry.overview import CaseView
from seawall.intake import AffectedProduct, Finding
from seawall.kernel.purl import Purl, parse_purl
from seawall.kernel.versions.ranges import VersionEvent
from seawall.remediation import AffectedPackage, KnownVulnerability
from seawall.validation import Grade

_KINDS = ("introduced", "fixed", "last_affected", "limit")


def known_from_case(view: CaseView) -> KnownVulnerability | None:
    """Return a case as a vulnerability to match against; None for a refuted one, or one that names no package."""
    if view.grade is Grade.REFUTED:
        return None
    affected = tuple(_affected(view.findings))
    if not affected:
        return None
    return KnownVulnerability(
        id=view.case.id,
        identifiers=(view.case.id, *view.case.identifiers),
        title=view.case.title,
        source=f"case, {view.grade.value}",
        published="",
        affected=affected,
    )


def _affected(findings: Iterable[Finding]) -> Iterable[AffectedPackage]:
    by_package: dict[Purl, list[AffectedProduct]] = {}
    for finding in findings:
        for product in finding.products:
            if product.status == "affected":
                by_package.setdefault(parse_purl(product.purl).package, []).append(product)
    for package, products in sorted(by_package.items()):
        ranges = dict.fromkeys(_events(product) for product in products if product.events)
        versions = {
            version for product in products for version in (parse_purl(product.purl).version, *product.versions)
        }
        yield AffectedPackage(package, tuple(ranges), tuple(sorted(versions - {""})))


def _events(product: AffectedProduct) -> tuple[VersionEvent, ...]:
    return tuple(event for event in product.events if event[0] in _KINDS)
