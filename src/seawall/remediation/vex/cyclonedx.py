"""VEX in CycloneDX 1.6 (ECMA-424): a BOM with `vulnerabilities[].analysis`. 1.4 to 1.7 are read.

States and justifications are CycloneDX's own. What has no counterpart:

| CycloneDX | here |
|---|---|
| `exploitable` | affected |
| `resolved`, `resolved_with_pedigree` | fixed |
| `in_triage` | under_investigation |
| `not_affected`, `false_positive` | not_affected; a false positive is said in the detail |
| `code_not_present` | vulnerable_code_not_present |
| `code_not_reachable` | vulnerable_code_not_in_execute_path |
| `protected_by_compiler`, `protected_at_runtime`, `protected_by_mitigating_control` | inline_mitigations_already_exist |
| `protected_at_perimeter` | none: the protection is outside the product, where VEX asks for one inside |
| `requires_configuration`, `requires_dependency`, `requires_environment` | none: they say when it is exploitable, and VEX's words say why it is not |

A word without a counterpart is kept in the detail, with a note. The other way `component_not_present` becomes
`code_not_present`, and `vulnerable_code_cannot_be_controlled_by_adversary` becomes nothing; the exact word stands in the
property `seawall:vex:justification`, so that nothing is lost on the way back.

Left out on purpose: ratings, and ranges under `affects`, which are noted.
"""  # noqa: E501 - a table

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Any, Final
from urllib.parse import unquote
from uuid import UUID

from msgspec.structs import replace

from seawall.kernel.errors import InvalidInputError
from seawall.kernel.limits import Limits
from seawall.kernel.purl import parse_purl
from seawall.remediation.errors import too_large
from seawall.remediation.model import VexStatement, VexStatus
from seawall.remediation.vex import errors
from seawall.remediation.vex.interface import (
    JUSTIFICATIONS,
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

STATES: Final = {
    "exploitable": VexStatus.AFFECTED,
    "resolved": VexStatus.FIXED,
    "resolved_with_pedigree": VexStatus.FIXED,
    "in_triage": VexStatus.UNDER_INVESTIGATION,
    "not_affected": VexStatus.NOT_AFFECTED,
    "false_positive": VexStatus.NOT_AFFECTED,
}
COUNTERPARTS: Final = {
    "code_not_present": "vulnerable_code_not_present",
    "code_not_reachable": "vulnerable_code_not_in_execute_path",
    "protected_by_compiler": "inline_mitigations_already_exist",
    "protected_at_runtime": "inline_mitigations_already_exist",
    "protected_by_mitigating_control": "inline_mitigations_already_exist",
}
"""CycloneDX's justifications to VEX's; the others have none."""
_WRITTEN_STATES: Final = {
    VexStatus.AFFECTED: "exploitable",
    VexStatus.FIXED: "resolved",
    VexStatus.UNDER_INVESTIGATION: "in_triage",
    VexStatus.NOT_AFFECTED: "not_affected",
}
_WRITTEN: Final = {
    "component_not_present": "code_not_present",
    "vulnerable_code_not_present": "code_not_present",
    "vulnerable_code_not_in_execute_path": "code_not_reachable",
    "inline_mitigations_already_exist": "protected_by_mitigating_control",
}
_PROPERTY: Final = "seawall:vex:justification"
_FALSE_POSITIVE: Final = "False positive."
_LINK: Final = "urn:cdx:"


class CycloneDxVex:
    """Reads and writes VEX in CycloneDX JSON."""

    name = "cyclonedx-vex"

    def read(self, document: bytes, limits: Limits = VEX_LIMITS) -> VexReading:
        """See `VexFormat.read`."""
        top = decoded(document, limits)
        if top.get("bomFormat") != "CycloneDX":
            raise errors.unreadable("its bomFormat is not CycloneDX")
        metadata = mapping(top.get("metadata"))
        at = instant(metadata.get("timestamp"))
        author = _author(metadata, limits)
        found = Collector(limits)
        products = _products(top, limits)
        for place, entry in enumerate(items(top.get("vulnerabilities"), limits)):
            _read(found, f"/vulnerabilities/{place}", mapping(entry), products, (author, at), limits)
        return found.reading(self.name, text(top.get("serialNumber")), author, at)

    def write(self, statements: Iterable[VexStatement], origin: VexOrigin) -> bytes:
        """See `VexFormat.write`."""
        whole = normalised(statements, origin)
        names = sorted({one.product for one in whole})
        refs = {product: f"product-{number}" for number, product in enumerate(names, 1)}
        keyed = sorted(
            ((one.vulnerability, encoded(body := _vulnerability(one)), body, refs[one.product]) for one in whole),
            key=lambda item: (item[0], item[1], item[3]),
        )
        vulnerabilities = []
        for _, group in groupby(keyed, key=lambda item: item[1]):
            members = list(group)
            vulnerabilities.append({**members[0][2], "affects": [{"ref": ref} for *_, ref in members]})
        body = {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "metadata": {
                "timestamp": written(origin.at),
                "tools": {"components": [{"type": "application", "name": origin.tool}]},
                "authors": [{"name": origin.author}],
            },
            "components": [_component(product, refs[product]) for product in names],
            "vulnerabilities": vulnerabilities,
        }
        serial = UUID(bytes=bytes.fromhex(digest_of(body))[:16], version=5)
        return encoded({**body, "serialNumber": serial.urn})


def _component(product: str, ref: str) -> dict[str, Any]:
    if product.startswith("pkg:"):
        try:
            purl = parse_purl(product)
        except InvalidInputError:
            pass
        else:
            named = {"type": "library", "bom-ref": ref, "name": purl.name, "purl": product}
            return {**named, "version": purl.version} if purl.version else named
    return {"type": "application", "bom-ref": ref, "name": product}


def _vulnerability(one: VexStatement) -> dict[str, Any]:
    analysis: dict[str, Any] = {"state": _WRITTEN_STATES[one.status], "lastUpdated": written(one.at)}
    body: dict[str, Any] = {"id": one.vulnerability, "analysis": analysis}
    if one.justification in _WRITTEN:
        analysis["justification"] = _WRITTEN[one.justification]
    if one.justification and COUNTERPARTS.get(analysis.get("justification", "")) != one.justification:
        body["properties"] = [{"name": _PROPERTY, "value": one.justification}]
    if one.detail:
        analysis["detail"] = one.detail
    if one.title:
        body["description"] = one.title
    if one.aliases:
        body["references"] = [{"id": alias, "source": {"name": alias.partition("-")[0]}} for alias in one.aliases]
    return body


def _read(
    found: Collector,
    place: str,
    body: dict[str, Any],
    products: dict[str, str],
    origin: tuple[str, datetime | None],
    limits: Limits,
) -> None:
    analysis = mapping(body.get("analysis"))
    name = text(body.get("id"))
    if not analysis.get("state"):
        found.note(f"{place} ({name[:60]}) has no state of an analysis: it reports, and says nothing about the product")
        return
    if not name:
        raise errors.incomplete(place, "has no id")
    state = text(analysis["state"])
    if state not in STATES:
        raise errors.unknown_status(place, str(analysis["state"]))
    status = STATES[state]
    given = text(analysis.get("justification"))
    exact = next(
        (
            text(entry.get("value"))
            for entry in map(mapping, items(body.get("properties"), limits))
            if entry.get("name") == _PROPERTY
        ),
        "",
    )
    word = exact if exact in JUSTIFICATIONS else COUNTERPARTS.get(given, given)
    false_positive = _FALSE_POSITIVE if state == "false_positive" else ""
    justification, detail = placed(status, word, false_positive, text(analysis.get("detail")))
    if word and not justification:
        found.note(f"{place}: {word[:60]!r} has no counterpart among the justifications of VEX; it is in the detail")
    aliases = {text(mapping(entry).get("id")) for entry in items(body.get("references"), limits)} - {"", name}
    at = instant(analysis.get("lastUpdated")) or instant(analysis.get("firstIssued")) or origin[1]
    for entry in map(mapping, items(body.get("affects"), limits)):
        ref = text(entry.get("ref"))
        product = products.get(ref) or _linked(ref)
        if not product:
            found.note(f"{place}/affects names {ref[:80]!r}, which the document does not hold")
            continue
        versions = items(entry.get("versions"), limits)
        named, skipped = _at_versions(product, versions) if versions else ([product], 0)
        if skipped:
            found.note(f"{place}/affects: {skipped} entries on versions of {product[:80]!r} were not taken")
        found_at = VexStatement(
            vulnerability=name,
            product=product,
            status=status,
            justification=justification,
            detail=detail,
            author=origin[0],
            at=at,
            aliases=tuple(sorted(aliases)),
            title=text(body.get("description")),
        )
        for one in named:
            found.add(replace(found_at, product=one))
    if not body.get("affects"):
        found.note(f"{place} ({name[:60]}) names no product")


def _at_versions(product: str, versions: list[Any]) -> tuple[list[str], int]:
    """Names of a product in the single versions that the analysis is about, and how many entries say something else.

    Ranges and versions that are called unaffected are not taken: a statement must not reach further than was meant.
    """
    named = []
    for entry in map(mapping, versions):
        version = text(entry.get("version"))
        if version and entry.get("status", "affected") == "affected":
            named.append(_at(product, version))
    kept = [one for one in named if one]
    return list(dict.fromkeys(kept)), len(versions) - len(kept)


def _at(product: str, version: str) -> str:
    """Name a product in a version; empty if it is named in another one already."""
    if not product.startswith("pkg:"):
        return product if product.endswith(f" {version}") else f"{product} {version}"
    try:
        purl = parse_purl(product)
    except InvalidInputError:
        return ""
    return str(purl.at(version)) if purl.version in {"", version} else ""


def _linked(ref: str) -> str:
    """The purl that a BOM-Link to another document ends in, if its author names components by purl."""
    target = unquote(ref.partition("#")[2]) if ref.startswith(_LINK) else ref
    return target if target.startswith("pkg:") else ""


def _author(metadata: dict[str, Any], limits: Limits) -> str:
    people = [text(mapping(one).get("name")) for one in items(metadata.get("authors"), limits)]
    houses = [text(mapping(metadata.get(member)).get("name")) for member in ("manufacturer", "supplier", "manufacture")]
    return next((name for name in (*people, *houses) if name), "")


def _products(top: dict[str, Any], limits: Limits) -> dict[str, str]:
    """Names of all components by their `bom-ref`."""
    names: dict[str, str] = {}
    stack = [mapping(mapping(top.get("metadata")).get("component"))]
    stack += [mapping(component) for component in items(top.get("components"), limits)]
    while stack:
        component = stack.pop()
        if len(names) >= limits.items:
            raise too_large("the number of components", limits.items, "components")
        ref = text(component.get("bom-ref"))
        plain = " ".join(filter(None, (text(component.get(member)) for member in ("group", "name", "version"))))
        name = text(component.get("purl")) or text(component.get("cpe")) or plain
        if ref and name:
            names.setdefault(ref, name)
        stack += [mapping(child) for child in items(component.get("components"), limits)]
    return names


FORMAT: Final = CycloneDxVex()
