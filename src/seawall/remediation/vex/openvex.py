"""OpenVEX 0.2.0 (openvex.dev/ns/v0.2.0); 0.0.1 documents, whose vulnerabilities and products are plain texts, are read.

Where the detail of a statement goes: `action_statement` if affected; `impact_statement` if not affected and no
justification is given (the schema allows one of the two only); `status_notes` else. All three are read.

A product that has no purl gets an IRI of our own, `urn:seawall:product:` and its name percent-encoded, since `@id` has
to be an IRI. The document's `@id` ends in the digest of its content: equal content has an equal name.

Left out on purpose: hashes of products, and subcomponents: a statement about a product in view of one subcomponent is
taken as one about the product, with a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Any, Final
from urllib.parse import quote, unquote

from seawall.kernel.limits import Limits
from seawall.remediation.model import VexStatement, VexStatus
from seawall.remediation.vex import errors
from seawall.remediation.vex.interface import (
    NO_ACTION,
    NO_REASON,
    VEX_LIMITS,
    Collector,
    VexOrigin,
    VexReading,
    decoded,
    digest_of,
    encoded,
    instant,
    items,
    mapping,
    normalised,
    placed,
    text,
    written,
)

CONTEXT: Final = "https://openvex.dev/ns/v0.2.0"
_NAMESPACE: Final = "https://openvex.dev/ns"
_PRODUCT: Final = "urn:seawall:product:"
_PURL: Final = re.compile(r"pkg:[A-Za-z][A-Za-z0-9.+-]*/(?:[A-Za-z0-9._~:/?@!$&'()*+,;=#-]|%[0-9A-Fa-f]{2})+")
_CPES: Final = ("cpe23", "@cpe23", "cpe22", "@cpe22")
"""The specification's prose and its schema spell these differently."""


class OpenVex:
    """Reads and writes OpenVEX."""

    name = "openvex"

    def read(self, document: bytes, limits: Limits = VEX_LIMITS) -> VexReading:
        """See `VexFormat.read`."""
        top = decoded(document, limits)
        if not text(top.get("@context")).startswith(_NAMESPACE):
            raise errors.unreadable(f"its @context is not {CONTEXT}")
        author, at = text(top.get("author")), instant(top.get("timestamp"))
        found = Collector(limits)
        for place, statement in enumerate(items(top.get("statements"), limits)):
            _read(found, f"statement {place + 1}", mapping(statement), author, at, limits)
        return found.reading(self.name, text(top.get("@id")), author, at)

    def write(self, statements: Iterable[VexStatement], origin: VexOrigin) -> bytes:
        """See `VexFormat.write`."""
        whole = normalised(statements, origin)
        body: dict[str, Any] = {
            "@context": CONTEXT,
            "author": origin.author,
            "timestamp": written(origin.at),
            "version": 1,
            "tooling": origin.tool,
            "statements": list(_grouped(whole)),
        }
        return encoded({**body, "@id": f"{origin.namespace}/vex-{digest_of(body)}"})


def _grouped(statements: tuple[VexStatement, ...]) -> Iterator[dict[str, Any]]:
    """Join statements that say the same about several products."""
    bodies = ((_statement(one), one.product) for one in statements)
    keyed = sorted(((encoded(body), body, product) for body, product in bodies), key=lambda item: item[::2])
    for _, group in groupby(keyed, key=lambda item: item[0]):
        members = list(group)
        yield {**members[0][1], "products": [_product(product) for _, _, product in members]}


def _statement(one: VexStatement) -> dict[str, Any]:
    vulnerability: dict[str, Any] = {"name": one.vulnerability}
    if one.title:
        vulnerability["description"] = one.title
    if one.aliases:
        vulnerability["aliases"] = list(one.aliases)
    body: dict[str, Any] = {
        "vulnerability": vulnerability,
        "status": one.status.value,
        "timestamp": written(one.at),
    }
    if one.justification:
        body["justification"] = one.justification
    if one.status is VexStatus.AFFECTED:
        body["action_statement"] = one.detail or NO_ACTION
    elif one.status is VexStatus.NOT_AFFECTED and "justification" not in body:
        body["impact_statement"] = one.detail or NO_REASON
    elif one.detail:
        body["status_notes"] = one.detail
    return body


def _product(product: str) -> dict[str, Any]:
    if _PURL.fullmatch(product):
        return {"@id": product, "identifiers": {"purl": product}}
    named: dict[str, Any] = {"@id": _PRODUCT + quote(product, safe="")}
    if product.startswith("cpe:"):
        named["identifiers"] = {"cpe23" if product.startswith("cpe:2.3:") else "cpe22": product}
    return named


def _read(
    found: Collector, place: str, statement: dict[str, Any], author: str, at: datetime | None, limits: Limits
) -> None:
    try:
        status = VexStatus(statement.get("status", ""))
    except ValueError:
        raise errors.unknown_status(place, str(statement.get("status"))) from None
    given = statement.get("vulnerability")
    vulnerability = mapping(given)
    name = text(given) or text(vulnerability.get("name")) or text(vulnerability.get("@id"))
    if not name:
        raise errors.incomplete(place, "names no vulnerability")
    word = text(statement.get("justification"))
    justification, detail = placed(
        status,
        word,
        *(text(statement.get(member)) for member in ("action_statement", "impact_statement", "status_notes")),
    )
    if word and not justification:
        found.note(f"{place}: the justification {word[:60]!r} was taken as a part of the words beside it")
    products = [named for entry in items(statement.get("products"), limits) if (named := _named(entry))]
    if not products:
        found.note(f"{place}: it names no product that could be read, and was not taken")
    if any(mapping(entry).get("subcomponents") for entry in items(statement.get("products"), limits)):
        found.note(f"{place}: it names subcomponents; it was taken as one about the whole product")
    aliases = {text(alias) for alias in items(vulnerability.get("aliases"), limits)} - {"", name}
    for product in products:
        found.add(
            VexStatement(
                vulnerability=name,
                product=product,
                status=status,
                justification=justification,
                detail=detail,
                author=author,
                at=instant(statement.get("timestamp")) or at,
                aliases=tuple(sorted(aliases)),
                title=text(vulnerability.get("description")),
            )
        )


def _named(entry: object) -> str:
    if isinstance(entry, str):
        return entry
    product = mapping(entry)
    identifiers = mapping(product.get("identifiers"))
    iri = text(product.get("@id"))
    if iri.startswith(_PRODUCT):
        return unquote(iri.removeprefix(_PRODUCT))
    return text(identifiers.get("purl")) or next((cpe for name in _CPES if (cpe := text(identifiers.get(name)))), iri)


FORMAT: Final = OpenVex()
