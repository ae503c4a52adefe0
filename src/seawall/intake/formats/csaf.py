"""CSAF 2.0 (OASIS Standard, 18 November 2022), advisories and VEX of any profile: one finding for each vulnerability.

`cve` and `ids` are identifiers of the vulnerability; the document's tracking id names the advisory, which may be about
many, and stays in `extra`. Products with a package URL in their identification helper become `AffectedProduct`s; those
that are known by name only (most of industrial control) stay in `extra["products"]` with their status. An
informational advisory without vulnerabilities is read, and gives no finding.

Left out on purpose: validation of the mandatory tests, which belongs to `advisories`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from seawall.intake import errors
from seawall.intake.formats.csaf_products import ProductTree, products_by_id
from seawall.intake.formats.interface import (
    Context,
    Document,
    affected_first,
    decode,
    fits,
    overall_status,
    split_identifiers,
    title_of,
    unknown_members,
    wire_names,
)
from seawall.intake.model import AffectedProduct, Finding
from seawall.kernel.identifiers import weaknesses_of

_VERSION: Final = "2.0"
_STATUS: Final = {
    "first_affected": "affected",
    "known_affected": "affected",
    "last_affected": "affected",
    "under_investigation": "under_investigation",
    "first_fixed": "fixed",
    "fixed": "fixed",
    "known_not_affected": "not_affected",
}
"""Product status (CSAF 2.0, 3.2.3.9) to VEX word; `recommended` says nothing about the vulnerability."""
_DESCRIPTIVE: Final = ("description", "summary", "details", "general")


class _Note(msgspec.Struct):
    category: str = ""
    text: str = ""
    title: str | None = None


class _TLP(msgspec.Struct):
    label: str = ""


class _Distribution(msgspec.Struct):
    tlp: _TLP | None = None


class _Tracking(msgspec.Struct):
    id: str = ""
    initial_release_date: str | None = None
    current_release_date: str | None = None


class _Publisher(msgspec.Struct):
    name: str = ""


class _Acknowledgment(msgspec.Struct):
    names: list[str] | None = None
    organization: str | None = None


class _Reference(msgspec.Struct):
    url: str = ""


class _Header(msgspec.Struct):
    csaf_version: str = ""
    category: str = ""
    title: str = ""
    distribution: _Distribution | None = None
    tracking: _Tracking = msgspec.field(default_factory=_Tracking)
    publisher: _Publisher = msgspec.field(default_factory=_Publisher)
    acknowledgments: list[_Acknowledgment] | None = None


class _Document(msgspec.Struct):
    document: _Header
    product_tree: ProductTree | None = None
    vulnerabilities: list[msgspec.Raw] | None = None


class _Id(msgspec.Struct):
    system_name: str = ""
    text: str = ""


class _CWE(msgspec.Struct):
    id: str = ""


class _CVSS(msgspec.Struct):
    vector: str = msgspec.field(default="", name="vectorString")


class _Score(msgspec.Struct):
    cvss_v2: _CVSS | None = None
    cvss_v3: _CVSS | None = None


class _Vulnerability(msgspec.Struct):
    cve: str | None = None
    ids: list[_Id] | None = None
    cwe: _CWE | None = None
    title: str | None = None
    notes: list[_Note] | None = None
    product_status: dict[str, list[str]] | None = None
    scores: list[_Score] | None = None
    references: list[_Reference] | None = None
    acknowledgments: list[_Acknowledgment] | None = None
    release_date: str | None = None


class _SignatureHeader(msgspec.Struct):
    csaf_version: msgspec.Raw


class _Signature(msgspec.Struct):
    document: _SignatureHeader


_SIGNATURE: Final = msgspec.json.Decoder(_Signature)
_DOCUMENT: Final = msgspec.json.Decoder(_Document)
_VULNERABILITY: Final = msgspec.json.Decoder(_Vulnerability)
_CONSUMED: Final = wire_names(_Vulnerability)


class CSAF:
    """Reads CSAF 2.0."""

    name = "csaf"
    title = "CSAF"
    streams = False

    def recognises(self, document: Document) -> bool:
        """A CSAF document has `document.csaf_version`."""
        return fits(_SIGNATURE, document) is not None

    def read(self, document: Document, context: Context) -> Iterator[Finding]:
        """See `Format.read`."""
        whole = decode(_DOCUMENT, document.body, document.place)
        header = whole.document
        if header.csaf_version != _VERSION:
            raise errors.wrong_version(self.title, header.csaf_version, _VERSION)
        products = products_by_id(whole.product_tree)
        for index, raw in enumerate(whole.vulnerabilities or ()):
            yield _finding(raw, f"{document.place}/vulnerabilities/{index}", header, products, context)


def _finding(
    raw: msgspec.Raw, place: str, header: _Header, by_id: dict[str, AffectedProduct | str], context: Context
) -> Finding:
    vulnerability = decode(_VULNERABILITY, raw, place)
    extra = unknown_members(raw, _CONSUMED, place)
    extra["document"] = {
        "id": header.tracking.id,
        "title": header.title,
        "category": header.category,
        "publisher": header.publisher.name,
    }
    products, named = _products(vulnerability.product_status or {}, by_id)
    if named:
        extra["products"] = named
    candidates = [vulnerability.cve or "", *(item.text for item in vulnerability.ids or ())]
    identifiers, others = split_identifiers(candidates)
    if others:
        extra["other_ids"] = others
    notes = vulnerability.notes or []
    description = "\n\n".join(note.text for word in _DESCRIPTIVE for note in notes if note.category == word)
    if rest := [msgspec.to_builtins(note) for note in notes if note.category not in _DESCRIPTIVE]:
        extra["notes"] = rest
    tlp = header.distribution.tlp if header.distribution else None
    return Finding(
        id=context.finding_id(place),
        report_id=context.report.id,
        place=place,
        title=title_of(vulnerability.title, header.title, *identifiers),
        description=description,
        identifiers=identifiers,
        weaknesses=weaknesses_of([vulnerability.cwe.id] if vulnerability.cwe else []),
        products=affected_first(products),
        vectors=_vectors(vulnerability.scores or []),
        references=tuple(reference.url for reference in vulnerability.references or () if reference.url),
        credits=_credits(vulnerability.acknowledgments or header.acknowledgments or []),
        status=overall_status(
            [_STATUS[word] for word, ids in (vulnerability.product_status or {}).items() if ids and word in _STATUS]
        ),
        marking=context.marked(tlp.label if tlp else ""),
        published_at=vulnerability.release_date or header.tracking.initial_release_date or "",
        extra=extra,
    )


def _products(
    statuses: dict[str, list[str]], by_id: dict[str, AffectedProduct | str]
) -> tuple[list[AffectedProduct], list[dict[str, Any]]]:
    """Part products with a purl from those with a name only."""
    products: list[AffectedProduct] = []
    named: list[dict[str, Any]] = []
    for word, ids in statuses.items():
        status = _STATUS.get(word, "")
        for product_id in ids:
            product = by_id.get(product_id, product_id)
            if isinstance(product, AffectedProduct) and status:
                products.append(AffectedProduct(product.purl, product.events, product.versions, status))
            else:
                name = product.purl if isinstance(product, AffectedProduct) else product
                named.append({"name": name, "product_id": product_id, "product_status": word})
    return products, named


def _vectors(scores: list[_Score]) -> tuple[str, ...]:
    found = [cvss.vector for score in scores for cvss in (score.cvss_v3, score.cvss_v2) if cvss and cvss.vector]
    return tuple(dict.fromkeys(found))


def _credits(acknowledgments: list[_Acknowledgment]) -> tuple[str, ...]:
    found = []
    for entry in acknowledgments:
        names = ", ".join(entry.names or ())
        found.append(f"{names} ({entry.organization})" if names and entry.organization else names or entry.organization)
    return tuple(text for text in found if text)
