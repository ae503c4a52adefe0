"""OSV 1.x records (Open Source Vulnerability format, schema 1.7): one finding for each record.

`id` and `aliases` are identifiers of the vulnerability. `related` and `upstream` are *not*: the schema says that they
name other vulnerabilities (a distribution's advisory has several as `upstream`), so they stay in `extra`. A withdrawn
record gives a finding of status `withdrawn` whose products count as not affected. Ranges of commits (`GIT`) do not
order versions; they stay in `extra` as they came.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from seawall.intake import errors
from seawall.intake.formats.interface import (
    Context,
    Document,
    affected_first,
    canonical_purl,
    decode,
    fits,
    split_identifiers,
    title_of,
    unknown_members,
    wire_names,
)
from seawall.intake.model import AffectedProduct, Finding
from seawall.kernel.identifiers import weaknesses_of
from seawall.kernel.purl import purl_of

_MAJOR: Final = "1"
_EVENTS: Final = frozenset({"introduced", "fixed", "last_affected", "limit"})
_GITHUB: Final = re.compile(r"https?://github\.com/([^/\s]+)/([^/\s]+?)(?:\.git)?/?", re.IGNORECASE)


class _Package(msgspec.Struct):
    ecosystem: str = ""
    name: str = ""
    purl: str | None = None


class _Range(msgspec.Struct):
    type: str = "ECOSYSTEM"
    repo: str | None = None
    events: list[dict[str, str]] = []


class _Severity(msgspec.Struct):
    type: str = ""
    score: str = ""


class _Affected(msgspec.Struct):
    package: _Package | None = None
    ranges: list[_Range] | None = None
    versions: list[str] | None = None
    severity: list[_Severity] | None = None


class _Reference(msgspec.Struct):
    url: str = ""


class _Credit(msgspec.Struct):
    name: str = ""


class _Record(msgspec.Struct):
    id: str
    modified: str = ""
    schema_version: str | None = None
    published: str | None = None
    withdrawn: str | None = None
    aliases: list[str] | None = None
    summary: str | None = None
    details: str | None = None
    severity: list[_Severity] | None = None
    affected: list[msgspec.Raw] | None = None
    references: list[_Reference] | None = None
    credits: list[_Credit] | None = None


class _Signature(msgspec.Struct):
    id: str
    modified: str


_SIGNATURE: Final = msgspec.json.Decoder(_Signature)
_RECORD: Final = msgspec.json.Decoder(_Record)
_AFFECTED: Final = msgspec.json.Decoder(_Affected)
_CONSUMED: Final = wire_names(_Record) - {"withdrawn", "schema_version"}
_CONSUMED_AFFECTED: Final = wire_names(_Affected)


class OSV:
    """Reads OSV records."""

    name = "osv"
    title = "OSV"
    streams = False

    def recognises(self, document: Document) -> bool:
        """The schema requires `id` and `modified` and nothing else."""
        return fits(_SIGNATURE, document) is not None

    def read(self, document: Document, context: Context) -> Iterator[Finding]:
        """See `Format.read`."""
        place = document.place
        record = decode(_RECORD, document.body, place)
        if record.schema_version and record.schema_version.partition(".")[0] != _MAJOR:
            raise errors.wrong_version(self.title, record.schema_version, "1.x")
        extra = unknown_members(document.body, _CONSUMED, place)
        products: list[AffectedProduct] = []
        kept: dict[str, Any] = {}
        vectors = _vectors(record.severity)
        for index, raw in enumerate(record.affected or ()):
            spot = f"{place}/affected/{index}"
            affected = decode(_AFFECTED, raw, spot)
            products += _products(affected, withdrawn=bool(record.withdrawn))
            vectors += _vectors(affected.severity)
            if leftovers := _leftovers(affected, unknown_members(raw, _CONSUMED_AFFECTED, spot)):
                kept[str(index)] = leftovers
        if kept:
            extra["affected"] = kept
        identifiers, others = split_identifiers([record.id, *(record.aliases or ())])
        if others:
            extra["other_ids"] = others
        if other := [{"type": item.type, "score": item.score} for item in record.severity or () if not _is_cvss(item)]:
            extra["severity"] = other
        yield Finding(
            id=context.finding_id(place),
            report_id=context.report.id,
            place=place,
            title=title_of(record.summary, record.details, record.id),
            description=record.details or record.summary or "",
            identifiers=identifiers,
            weaknesses=_weaknesses(extra.get("database_specific"), kept),
            products=affected_first(products),
            vectors=tuple(dict.fromkeys(vectors)),
            references=tuple(reference.url for reference in record.references or () if reference.url),
            credits=tuple(credit.name for credit in record.credits or () if credit.name),
            status="withdrawn" if record.withdrawn else "",
            marking=context.report.marking,
            published_at=record.published or "",
            extra=extra,
        )


def _products(affected: _Affected, *, withdrawn: bool) -> list[AffectedProduct]:
    """One product for each range that orders versions: their union is what the record says."""
    purl = _purl(affected)
    if not purl:
        return []
    status = "not_affected" if withdrawn else "affected"
    versions = tuple(affected.versions or ())
    ranges = [
        tuple((name, version) for event in range_.events for name, version in event.items() if name in _EVENTS)
        for range_ in affected.ranges or ()
        if range_.type != "GIT"
    ]
    if not ranges:
        return [AffectedProduct(purl, versions=versions, status=status)]
    first, *more = [events for events in ranges if events] or [()]
    return [
        AffectedProduct(purl, first, versions, status),
        *(AffectedProduct(purl, events, status=status) for events in more),
    ]


def _purl(affected: _Affected) -> str:
    package = affected.package
    if package is None:
        for range_ in affected.ranges or ():
            if match := _GITHUB.fullmatch(range_.repo or ""):
                return canonical_purl(f"pkg:github/{match[1]}/{match[2]}")
        return ""
    if named := canonical_purl(package.purl):
        return named
    try:
        return str(purl_of(package.ecosystem, package.name))
    except ValueError:  # no name
        return ""


def _leftovers(affected: _Affected, unknown: dict[str, Any]) -> dict[str, Any]:
    git = [
        {"repo": range_.repo or "", "events": range_.events} for range_ in affected.ranges or () if range_.type == "GIT"
    ]
    return {**unknown, "git_ranges": git} if git else unknown


def _is_cvss(severity: _Severity) -> bool:
    return severity.type.startswith("CVSS")


def _vectors(severities: list[_Severity] | None) -> list[str]:
    return [severity.score for severity in severities or () if severity.score and _is_cvss(severity)]


def _weaknesses(specific: object, kept: dict[str, Any]) -> tuple[str, ...]:
    """CWE ids stand where GitHub, PyPA and RustSec write them: in `database_specific`, of the record or a package."""
    candidates: list[str] = []
    for bag in [specific, *(entry.get("database_specific") for entry in kept.values())]:
        if isinstance(bag, dict):
            for key in ("cwe_ids", "cwes"):
                listed = bag.get(key)
                for item in listed if isinstance(listed, list) else ():
                    text = item.get("cweId") or item.get("id") if isinstance(item, dict) else item
                    candidates.append(str(text or ""))
    return weaknesses_of([text for text in candidates if text])
