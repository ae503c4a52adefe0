"""Whom a record touches: from its spans to package versions, to kinds of components, to assets, by keys alone.

No component is looked at that the record does not touch: the cost grows with what is found, not with what is stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from seawall.remediation.model import Affected, Confidence, Record
from seawall.remediation.ports import Rulings
from seawall.remediation.products import candidate_tokens
from seawall.remediation.stored.asking import PRODUCT_ECOSYSTEM, bounds_of, judge, likeness
from seawall.remediation.stored.ports import RemediationUnit
from seawall.remediation.stored.snapshots import AffectedAsset, Impact, PackageVersion


def impact_of(unit: RemediationUnit, record: Record, rulings: Rulings) -> Impact:
    """Return every component on every asset that a record calls affected, and those that cannot be decided.

    A record that was withdrawn touches nobody.
    """
    if record.withdrawn:
        return Impact((), (), record.problems)
    certain: dict[int, str] = {}
    doubtful: dict[int, str] = {}
    for affected in record.affected:
        for version, doubt in _versions(unit, affected, rulings):
            verdict = judge(version, affected.versions)
            if verdict is None:
                continue
            is_certain, words = verdict
            if is_certain and not doubt:
                certain.setdefault(version.key, words)
            else:
                doubtful.setdefault(version.key, "; ".join(part for part in (words, doubt) if part))
    return Impact(
        _places(unit, certain),
        _places(unit, {key: words for key, words in doubtful.items() if key not in certain}, without=certain),
        record.problems,
    )


def packages_of(unit: RemediationUnit, record: Record) -> set[str]:
    """Return the stored packages and products that a record may be about."""
    keys = {affected.package for affected in record.affected if affected.package}
    tokens = {token for each in record.affected if each.product for token in candidate_tokens(each.product)}
    return keys | set(unit.matches.products(tokens))


def _versions(unit: RemediationUnit, affected: Affected, rulings: Rulings) -> Iterator[tuple[PackageVersion, str]]:
    """Yield the stored versions that an entry may hold, each with a doubt about the product, in words, or none."""
    if affected.package:
        spans, listed = bounds_of(affected.versions, affected.versions.ecosystem)
        for version in unit.matches.versions_within(affected.package, spans, listed):
            yield version, ""
    if affected.product is None:
        return
    spans, listed = bounds_of(affected.versions, PRODUCT_ECOSYSTEM)
    for package, installed in unit.matches.products(candidate_tokens(affected.product)).items():
        alike = likeness(installed, affected.product, rulings)
        if alike is not None:
            doubt = alike.because if alike.confidence is Confidence.POSSIBLE else ""
            for version in unit.matches.versions_within(package, spans, listed):
                yield version, doubt


def _places(
    unit: RemediationUnit, versions: Mapping[int, str], *, without: Mapping[int, str] | None = None
) -> tuple[AffectedAsset, ...]:
    if not versions:
        return ()
    excluded = (without or {}).keys()
    kinds = {
        key: (known.kind, next(versions[version] for version in known.versions if version in versions))
        for key, known in unit.inventories.looked_up_as(versions).items()
        if excluded.isdisjoint(known.versions)  # else the component is certainly affected under its other name
    }
    return tuple(AffectedAsset(owner, asset, *kinds[kind]) for owner, asset, kind in unit.inventories.installed(kinds))
