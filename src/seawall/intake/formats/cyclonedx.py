"""CycloneDX 1.4 to 1.7 in JSON, as VDR or VEX: one finding for each entry of `vulnerabilities`.

`id` and `references[].id` are identifiers: the schema says that references point to equivalents. `affects[].ref` is
looked up among the document's components; a reference that is itself a package URL, or a BOM-Link that ends in one,
works without them. `analysis.state` becomes a VEX word, and stays in `extra` as it came.

Left out on purpose: XML, protobuf, and documents without `vulnerabilities`, which are inventories for `remediation`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

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
from seawall.intake.formats.vers import parse_vers
from seawall.intake.model import AffectedProduct, Finding
from seawall.kernel.identifiers import weaknesses_of

_VERSIONS: Final = re.compile(r"1\.([4-9]|\d\d)")
_STATE: Final = {
    "resolved": "fixed",
    "resolved_with_pedigree": "fixed",
    "exploitable": "affected",
    "in_triage": "under_investigation",
    "false_positive": "not_affected",
    "not_affected": "not_affected",
}
_VERSION_STATUS: Final = {"affected": "affected", "unaffected": "not_affected", "unknown": "under_investigation"}
_PREFIX: Final = {"CVSSv3": "CVSS:3.0/", "CVSSv31": "CVSS:3.1/", "CVSSv4": "CVSS:4.0/"}


class _Component(msgspec.Struct):
    ref: str = msgspec.field(default="", name="bom-ref")
    name: str = ""
    purl: str | None = None
    components: list[_Component] | None = None


class _Metadata(msgspec.Struct):
    component: _Component | None = None


class _Reference(msgspec.Struct):
    id: str = ""


class _Rating(msgspec.Struct):
    method: str | None = None
    vector: str | None = None


class _Link(msgspec.Struct):
    url: str | None = None


class _Source(msgspec.Struct):
    url: str | None = None


class _Person(msgspec.Struct):
    name: str | None = None


class _Credits(msgspec.Struct):
    organizations: list[_Person] | None = None
    individuals: list[_Person] | None = None


class _Analysis(msgspec.Struct):
    state: str | None = None


class _AffectedVersion(msgspec.Struct):
    version: str | None = None
    range: str | None = None
    status: str | None = None


class _Affects(msgspec.Struct):
    ref: str = ""
    versions: list[_AffectedVersion] | None = None


class _Vulnerability(msgspec.Struct):
    id: str | None = None
    source: _Source | None = None
    references: list[_Reference] | None = None
    ratings: list[_Rating] | None = None
    cwes: list[int] | None = None
    description: str | None = None
    detail: str | None = None
    advisories: list[_Link] | None = None
    published: str | None = None
    credits: _Credits | None = None
    analysis: _Analysis | None = None
    affects: list[_Affects] | None = None
    rejected: str | None = None


class _BOM(msgspec.Struct):
    version: str = msgspec.field(default="", name="specVersion")
    metadata: _Metadata | None = None
    components: list[_Component] | None = None
    vulnerabilities: list[msgspec.Raw] | None = None


class _Signature(msgspec.Struct):
    format: str = msgspec.field(name="bomFormat")


_SIGNATURE: Final = msgspec.json.Decoder(_Signature)
_BOM_DECODER: Final = msgspec.json.Decoder(_BOM)
_VULNERABILITY: Final = msgspec.json.Decoder(_Vulnerability)
_CONSUMED: Final = wire_names(_Vulnerability) - {"analysis", "ratings", "source", "rejected"}


class CycloneDX:
    """Reads CycloneDX VDR and VEX."""

    name = "cyclonedx"
    title = "CycloneDX"
    streams = False

    def recognises(self, document: Document) -> bool:
        """The schema requires `bomFormat`."""
        signature = fits(_SIGNATURE, document)
        return signature is not None and signature.format == "CycloneDX"

    def read(self, document: Document, context: Context) -> Iterator[Finding]:
        """See `Format.read`."""
        bom = decode(_BOM_DECODER, document.body, document.place)
        if not _VERSIONS.fullmatch(bom.version):
            raise errors.wrong_version(self.title, bom.version, "1.4 or later")
        if bom.vulnerabilities is None:
            raise errors.no_vulnerabilities(self.title)
        purls = _purls(bom)
        for index, raw in enumerate(bom.vulnerabilities):
            yield _finding(raw, f"{document.place}/vulnerabilities/{index}", purls, context)


def _purls(bom: _BOM) -> dict[str, str]:
    """Map each component's reference to its purl, or to its name where it has none."""
    found: dict[str, str] = {}
    waiting = [*(bom.components or ())]
    if bom.metadata is not None and bom.metadata.component is not None:
        waiting.append(bom.metadata.component)
    while waiting:
        component = waiting.pop()
        if component.ref:
            found[component.ref] = canonical_purl(component.purl) or component.name
        waiting += component.components or ()
    return found


def _finding(raw: msgspec.Raw, place: str, purls: dict[str, str], context: Context) -> Finding:
    vulnerability = decode(_VULNERABILITY, raw, place)
    extra = unknown_members(raw, _CONSUMED, place)
    state = vulnerability.analysis.state if vulnerability.analysis else None
    status = "withdrawn" if vulnerability.rejected else _STATE.get(state or "", "")
    default = "not_affected" if vulnerability.rejected else status or "affected"
    products: list[AffectedProduct] = []
    named: list[dict[str, str]] = []
    for affects in vulnerability.affects or ():
        if purl := _resolve(affects.ref, purls):
            products += _versions(purl, affects.versions or [], default)
        else:
            named.append({"ref": affects.ref, "name": purls.get(affects.ref, ""), "status": default})
    if named:
        extra["products"] = named
    if any(
        entry.range and parse_vers(entry.range) is None
        for item in vulnerability.affects or ()
        for entry in item.versions or ()
    ):
        extra["affects"] = msgspec.to_builtins(vulnerability.affects)
    candidates = [vulnerability.id or "", *(reference.id for reference in vulnerability.references or ())]
    identifiers, others = split_identifiers(candidates)
    if others:
        extra["other_ids"] = others
    links = [link.url for link in vulnerability.advisories or () if link.url]
    if vulnerability.source and vulnerability.source.url:
        links.insert(0, vulnerability.source.url)
    return Finding(
        id=context.finding_id(place),
        report_id=context.report.id,
        place=place,
        title=title_of(vulnerability.description, vulnerability.detail, vulnerability.id),
        description="\n\n".join(filter(None, (vulnerability.description, vulnerability.detail))),
        identifiers=identifiers,
        weaknesses=weaknesses_of([str(number) for number in vulnerability.cwes or ()]),
        products=affected_first(products),
        vectors=_vectors(vulnerability.ratings or []),
        references=tuple(dict.fromkeys(links)),
        credits=_credits(vulnerability.credits),
        status=status,
        marking=context.report.marking,
        published_at=vulnerability.published or "",
        extra=extra,
    )


def _resolve(ref: str, purls: dict[str, str]) -> str:
    """Follow a reference: a component of this document, a BOM-Link's last part, or a package URL itself."""
    tail = unquote(ref.rpartition("#")[2]) if ref.startswith("urn:cdx:") else ref
    return canonical_purl(purls.get(tail)) or canonical_purl(tail)


def _versions(purl: str, entries: list[_AffectedVersion], default: str) -> list[AffectedProduct]:
    """One product for each status and range; without entries the version in the purl is meant."""
    if not entries:
        return [AffectedProduct(purl, status=default)]
    listed: dict[str, list[str]] = {}
    products: list[AffectedProduct] = []
    for entry in entries:
        status = _VERSION_STATUS.get(entry.status or "", default)
        if status == "affected" and default != "affected":
            status = default  # the analysis of the whole entry outweighs what a version says by default
        if entry.version:
            listed.setdefault(status, []).append(entry.version)
        elif (versions := parse_vers(entry.range or "")) is not None:
            products.append(AffectedProduct(purl, versions.events, versions.versions, status))
    products += [AffectedProduct(purl, versions=tuple(versions), status=status) for status, versions in listed.items()]
    return products or [AffectedProduct(purl, status=default)]


def _vectors(ratings: list[_Rating]) -> tuple[str, ...]:
    """Return the vectors, with the prefix that CVSS asks for and many tools leave out."""
    found = []
    for rating in ratings:
        vector = (rating.vector or "").strip("()")
        if vector:
            prefix = _PREFIX.get(rating.method or "", "")
            found.append(vector if vector.startswith("CVSS:") else prefix + vector)
    return tuple(dict.fromkeys(found))


def _credits(credits_: _Credits | None) -> tuple[str, ...]:
    if credits_ is None:
        return ()
    people = [*(credits_.individuals or ()), *(credits_.organizations or ())]
    return tuple(person.name for person in people if person.name)
