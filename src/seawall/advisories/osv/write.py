"""From an advisory to an OSV record.

The record's id is the case's; all other names are aliases. Only packages with affected versions are `affected`, and
only those of ecosystems that OSV knows can be; all others stand in `database_specific`, so nothing is lost in silence.
Every date comes from the advisory's revisions: the same advisory gives the same bytes.
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec
from msgspec import UNSET

from seawall.advisories.model import Advisory, AdvisoryProduct
from seawall.advisories.osv.record import (
    SCHEMA_VERSION,
    Affected,
    Credit,
    OSVPackage,
    OSVRecord,
    OSVReference,
    Range,
    RangeEvent,
    ReferenceType,
    Severity,
)
from seawall.advisories.ranges import Interval, intervals, natural
from seawall.kernel.purl import Purl, parse_purl

_ECOSYSTEMS: Final = frozenset(
    {
        "CRAN",
        "Go",
        "Hackage",
        "Hex",
        "Maven",
        "NuGet",
        "Packagist",
        "Pub",
        "PyPI",
        "RubyGems",
        "SwiftURL",
        "crates.io",
        "npm",
    }
)
_DISTRIBUTIONS: Final = {("deb", "debian"): "Debian", ("deb", "ubuntu"): "Ubuntu", ("apk", "alpine"): "Alpine"}
_SEMVER_TYPES: Final = frozenset({"npm", "golang", "cargo", "hex", "pub", "swift"})
_SEMVER: Final = re.compile(r"\d+\.\d+\.\d+(?:-[0-9A-Za-z.\-]+)?(?:\+[0-9A-Za-z.\-]+)?|0", re.ASCII)
_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+\-.]*:\S+")
_REFERENCES: Final[tuple[tuple[re.Pattern[str], ReferenceType], ...]] = (
    (
        re.compile(r"//(?:nvd\.nist\.gov|www\.cve\.org|osv\.dev)/|/security/advisories/|//github\.com/advisories/"),
        "ADVISORY",
    ),
    (re.compile(r"//github\.com/[^/]+/[^/]+/(?:commit|pull)/|//gitlab\.com/.+/-/(?:commit|merge_requests)/"), "FIX"),
    (re.compile(r"//github\.com/[^/]+/[^/]+/issues/|//gitlab\.com/.+/-/issues/|/show_bug\.cgi"), "REPORT"),
)


def write_record(advisory: Advisory) -> OSVRecord:
    """Write an advisory as an OSV record."""
    affected: list[Affected] = []
    others: list[dict[str, Any]] = []
    for product in advisory.products:
        package = parse_purl(product.purl).package
        if ecosystem_of(package) and (product.affected or product.ranges):
            affected.append(_affected(product, package))
        else:
            versions = {"affected": sorted(product.affected, key=natural)} if product.affected else {}
            ranges = {"ranges": [str(interval) for interval in _intervals(product, package)]} if product.ranges else {}
            others.append({"purl": product.purl, **versions, **ranges, **_other_versions(product)})
    return OSVRecord(
        schema_version=SCHEMA_VERSION,
        id=advisory.id,
        published=advisory.revisions[0].at,
        modified=advisory.current.at,
        aliases=tuple(name for name in advisory.identifiers if name != advisory.id),
        summary=" ".join(advisory.title.split()),
        details=advisory.description.strip(),
        severity=tuple(
            Severity(type=system, score=vector)
            for vector in sorted(set(advisory.vectors))
            if (system := _system(vector)) is not None
        ),
        affected=tuple(affected),
        references=tuple(
            OSVReference(type=_kind(url), url=url) for url in dict.fromkeys(advisory.references) if _URL.fullmatch(url)
        ),
        credits=tuple(Credit(name=name) for name in dict.fromkeys(advisory.credits) if name.strip()),
        database_specific=_own(advisory, others),
    )


def encode_record(record: OSVRecord) -> bytes:
    """Write a record as canonical bytes: members in the schema's order, two spaces, one newline at the end."""
    compact = msgspec.json.encode(record, order="deterministic")
    return msgspec.json.format(compact, indent=2) + b"\n"


def record_path(advisory: Advisory) -> str:
    """Return where the record lies in a provider's folder; OSV names a file after the id as it is."""
    return f"osv/{advisory.id}.json"


def ecosystem_of(package: Purl) -> str:
    """Return OSV's name of the package's ecosystem, or empty if OSV has none."""
    if package.ecosystem in _ECOSYSTEMS:
        return package.ecosystem
    return _DISTRIBUTIONS.get((package.type, package.namespace), "")


def _affected(product: AdvisoryProduct, package: Purl) -> Affected:
    is_distribution = (package.type, package.namespace) in _DISTRIBUTIONS
    return Affected(
        package=OSVPackage(
            ecosystem=ecosystem_of(package),
            name=package.name if is_distribution else package.full_name,
            purl=str(package),
        ),
        ranges=tuple(_range(interval, package.type) for interval in _intervals(product, package)),
        versions=tuple(sorted(product.affected, key=natural)),
        database_specific=_other_versions(product) or UNSET,
    )


def _intervals(product: AdvisoryProduct, package: Purl) -> list[Interval]:
    found = (interval for events in product.ranges for interval in intervals(events, package.ecosystem))
    return list(dict.fromkeys(found))


def _other_versions(product: AdvisoryProduct) -> dict[str, Any]:
    statuses = (
        ("fixed", product.fixed),
        ("not_affected", product.not_affected),
        ("under_investigation", product.under_investigation),
    )
    return {name: sorted(versions, key=natural) for name, versions in statuses if versions}


def _range(interval: Interval, type_: str) -> Range:
    is_semver = type_ in _SEMVER_TYPES and all(_SEMVER.fullmatch(version) for _, version in interval.events)
    return Range(
        type="SEMVER" if is_semver else "ECOSYSTEM",
        events=tuple(RangeEvent(**{kind: version}) for kind, version in interval.events),
    )


def _own(advisory: Advisory, others: list[dict[str, Any]]) -> dict[str, Any]:
    own: dict[str, Any] = {
        "cwe_ids": list(advisory.weaknesses),
        "evidence_grade": advisory.grade,
        "evidence_reason": advisory.grade_reason,
        "revision": advisory.current.number,
    }
    if advisory.priority:
        own["priority"] = advisory.priority
    if others:
        own["other_packages"] = others
    return own


def _system(vector: str) -> Any:  # noqa: ANN401 - one of the schema's literals, or None
    if vector.startswith("CVSS:4"):
        return "CVSS_V4"
    if vector.startswith("CVSS:3"):
        return "CVSS_V3"
    return "CVSS_V2" if vector.startswith("AV:") else None


def _kind(url: str) -> ReferenceType:
    return next((kind for pattern, kind in _REFERENCES if pattern.search(url)), "WEB")
