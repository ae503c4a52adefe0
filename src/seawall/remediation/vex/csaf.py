"""The VEX profile of CSAF 2.0 (`csaf_vex`, OASIS, section 4.5).

Written: a flat product tree; for each vulnerability its status lists; for `not_affected` a flag (CSAF's labels are the
five words of VEX) and the detail as a threat of the category `impact`; for `affected` a remediation; for the others the
detail as such a threat. Dates of statements stand there. What is written has passed all mandatory tests of CSAF 2.0.

Read: the status lists in VEX's four words. `first_affected` and `last_affected` count as affected, `first_fixed` as
fixed; `recommended` is no status and is only noted. A product that exists as a component of another one is named by
the component's purl, if that has a version.

Left out on purpose: scores, references, restrictions of remediations.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from seawall.kernel.errors import InvalidInputError
from seawall.kernel.limits import Limits
from seawall.kernel.purl import parse_purl
from seawall.remediation.errors import too_large
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

_LISTS: Final = {
    VexStatus.AFFECTED: "known_affected",
    VexStatus.NOT_AFFECTED: "known_not_affected",
    VexStatus.FIXED: "fixed",
    VexStatus.UNDER_INVESTIGATION: "under_investigation",
}
_STATUSES: Final = {name: status for status, name in _LISTS.items()} | {
    "first_affected": VexStatus.AFFECTED,
    "last_affected": VexStatus.AFFECTED,
    "first_fixed": VexStatus.FIXED,
}
_RECOMMENDED: Final = "recommended"
_CVE: Final = re.compile(r"CVE-[0-9]{4}-[0-9]{4,}")
_PURL: Final = re.compile(r"pkg:[A-Za-z.\-+][A-Za-z0-9.\-+]*/\S+")
_CPE: Final = re.compile(r"cpe:2\.3:[aho](?::[A-Za-z0-9._\-]+){2}(?::(?:[A-Za-z0-9._\-]+|[*])){3}(?::[*\-]){5}")
"""Plain CPE 2.3 names only; others are kept as names."""
_RELEASES: Final = ("upgrade", "update", "install")
_SYSTEMS: Final = {"CVE": "Common Vulnerabilities and Exposures", "GHSA": "GitHub Security Advisory", "SW": "Seawall"}


class CsafVex:
    """Reads and writes CSAF 2.0 VEX."""

    name = "csaf-vex"

    def read(self, document: bytes, limits: Limits = VEX_LIMITS) -> VexReading:
        """See `VexFormat.read`."""
        top = decoded(document, limits)
        head = mapping(top.get("document"))
        if text(head.get("csaf_version")) not in {"2.0", "2.1"}:
            raise errors.unreadable("its csaf_version is neither 2.0 nor 2.1")
        tracking = mapping(head.get("tracking"))
        author = text(mapping(head.get("publisher")).get("name"))
        at = instant(tracking.get("current_release_date"))
        found = Collector(limits)
        products = _products(mapping(top.get("product_tree")), limits)
        for place, vulnerability in enumerate(items(top.get("vulnerabilities"), limits)):
            _Vulnerability(mapping(vulnerability), f"/vulnerabilities/{place}", products, limits).read(
                found, author, at
            )
        return found.reading(self.name, text(tracking.get("id")), author, at)

    def write(self, statements: Iterable[VexStatement], origin: VexOrigin) -> bytes:
        """See `VexFormat.write`.

        Raises:
            IntegrityError: The document does not pass the mandatory tests: a defect of Seawall.
        """
        whole = normalised(statements, origin)
        names = sorted({one.product for one in whole})
        ids = {product: f"CSAFPID-{number:04}" for number, product in enumerate(names, 1)}
        body = {
            "product_tree": {"full_product_names": [_product(product, ids[product]) for product in names]},
            "vulnerabilities": [
                _vulnerability(list(group), ids) for _, group in groupby(whole, key=lambda one: one.vulnerability)
            ],
        }
        document = encoded({**body, "document": _head(origin, digest_of([body, origin.author, written(origin.at)]))})
        _check(document)
        return document


def _check(document: bytes) -> None:
    from seawall.advisories import Severity, validate  # noqa: PLC0415 - most runs write no CSAF

    for finding in validate(document):
        if finding.severity is Severity.ERROR:
            raise errors.broken(str(finding))


def _head(origin: VexOrigin, digest: str) -> dict[str, Any]:
    at = written(origin.at)
    return {
        "category": "csaf_vex",
        "csaf_version": "2.0",
        "lang": "en",
        "title": origin.title,
        "publisher": {"category": "user", "name": origin.author, "namespace": origin.namespace},
        "tracking": {
            "id": f"vex-{digest[:32]}",
            "status": "final",
            "version": "1",
            "initial_release_date": at,
            "current_release_date": at,
            "revision_history": [{"date": at, "number": "1", "summary": "Initial version."}],
            "generator": {"date": at, "engine": {"name": origin.tool}},
        },
    }


def _product(product: str, id_: str) -> dict[str, Any]:
    named: dict[str, Any] = {"name": product, "product_id": id_}
    if _is_purl(product):
        named["product_identification_helper"] = {"purl": product}
    elif _CPE.fullmatch(product):
        named["product_identification_helper"] = {"cpe": product}
    return named


def _is_purl(product: str) -> bool:
    try:
        return bool(_PURL.fullmatch(product) and parse_purl(product))
    except InvalidInputError:
        return False


def _vulnerability(statements: list[VexStatement], ids: dict[str, str]) -> dict[str, Any]:
    first = statements[0]
    name = first.vulnerability
    note = first.title or f"What {name} means for the products that are listed."
    body: dict[str, Any] = {"notes": [{"category": "description", "text": note}]}
    if first.title:
        body["title"] = first.title
    others = first.aliases
    if _CVE.fullmatch(name):
        body["cve"] = name
    else:
        others = (name, *others)
    if others:
        body["ids"] = [{"system_name": _system(other), "text": other} for other in others]
    status: dict[str, list[str]] = {}
    explained: dict[tuple[str, bytes], tuple[dict[str, Any], list[str]]] = {}
    for one in statements:
        status.setdefault(_LISTS[one.status], []).append(ids[one.product])
        for member, entry in _explanations(one):
            explained.setdefault((member, encoded(entry)), (entry, []))[1].append(ids[one.product])
    body["product_status"] = status
    for (member, _), (entry, products) in sorted(explained.items(), key=lambda item: item[0]):
        body.setdefault(member, []).append({**entry, "product_ids": products})
    return body


def _explanations(one: VexStatement) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what is said about one product, each with the list that it goes to."""
    at = written(one.at)
    if one.status is VexStatus.AFFECTED:
        category = "none_available" if not one.detail else "mitigation"
        if one.detail.lower().startswith(_RELEASES):
            category = "vendor_fix"
        yield "remediations", {"category": category, "details": one.detail or NO_ACTION, "date": at}
        return
    if one.justification:
        yield "flags", {"label": one.justification, "date": at}
    if one.detail or not one.justification:
        yield "threats", {"category": "impact", "details": one.detail or NO_REASON, "date": at}


def _system(name: str) -> str:
    prefix = name.partition("-")[0]
    return _SYSTEMS.get(prefix) or prefix.strip() or "unknown"


class _Vulnerability:
    """One vulnerability item while it is read."""

    def __init__(self, body: dict[str, Any], place: str, products: _Products, limits: Limits) -> None:
        self._body = body
        self._place = place
        self._products = products
        self._limits = limits

    def read(self, found: Collector, author: str, at: datetime | None) -> None:
        ids = [text(mapping(entry).get("text")) for entry in items(self._body.get("ids"), self._limits)]
        names = [name for name in (text(self._body.get("cve")), *ids) if name]
        statuses = mapping(self._body.get("product_status"))
        if statuses and not names:
            raise errors.incomplete(self._place, "has no identifier")
        flags = self._said("flags", "label")
        details = {
            VexStatus.AFFECTED: self._said("remediations", "details"),
            VexStatus.NOT_AFFECTED: self._said("threats", "details", "impact"),
        }
        for list_, members in statuses.items():
            status = _STATUSES.get(list_)
            if status is None and list_ != _RECOMMENDED:
                raise errors.unknown_status(f"{self._place}/product_status", list_)
            if status is None:
                found.note(f"{self._place}/product_status/recommended says what to run, which is no status of VEX")
                continue
            said = details.get(status, details[VexStatus.NOT_AFFECTED])
            for id_ in dict.fromkeys(text(member) for member in items(members, self._limits)):
                product = self._products.names.get(id_)
                if product is None:
                    found.note(f"{self._place}/product_status/{list_} names {id_[:60]!r}, which the tree does not hold")
                    continue
                labels = flags.get(id_, [])
                if len(labels) > 1:
                    found.note(f"{self._place}/flags gives {id_[:60]!r} several; the first is the justification")
                words = said.get(id_, [])
                justification, detail = placed(
                    status,
                    labels[0][0] if labels else "",
                    *(label for label, _ in labels[1:]),
                    *(one for one, _ in words),
                )
                dates = [date for _, date in (*labels, *words) if date is not None]
                found.add(
                    VexStatement(
                        vulnerability=names[0],
                        product=product,
                        status=status,
                        justification=justification,
                        detail=detail,
                        author=author,
                        at=max(dates, default=at),
                        aliases=tuple(sorted(set(names[1:]) - {names[0]})),
                        title=text(self._body.get("title")),
                    )
                )

    def _said(self, member: str, words: str, category: str = "") -> dict[str, list[tuple[str, datetime | None]]]:
        """Texts and dates by product."""
        said: dict[str, list[tuple[str, datetime | None]]] = {}
        for entry in items(self._body.get(member), self._limits):
            body = mapping(entry)
            if category and body.get("category") != category:
                continue
            for id_ in self._products.of(body):
                said.setdefault(id_, []).append((text(body.get(words)), instant(body.get("date"))))
        return said


class _Products:
    """The names of a product tree."""

    def __init__(self, limits: Limits) -> None:
        self.names: dict[str, str] = {}
        self.groups: dict[str, list[str]] = {}
        self._limits = limits

    def add(self, product: dict[str, Any], fallback: str = "") -> None:
        helper = mapping(product.get("product_identification_helper"))
        name = text(helper.get("purl")) or text(helper.get("cpe")) or fallback or text(product.get("name"))
        if len(self.names) >= self._limits.items:
            raise too_large("the product tree", self._limits.items, "products")
        if name and text(product.get("product_id")):
            self.names.setdefault(text(product.get("product_id")), name)

    def of(self, entry: dict[str, Any]) -> list[str]:
        """The products that a flag, threat or remediation is about."""
        direct = [text(id_) for id_ in items(entry.get("product_ids"), self._limits)]
        grouped = [
            id_ for group in items(entry.get("group_ids"), self._limits) for id_ in self.groups.get(text(group), ())
        ]
        return list(dict.fromkeys((*direct, *grouped)))


def _products(tree: dict[str, Any], limits: Limits) -> _Products:
    products = _Products(limits)
    for product in items(tree.get("full_product_names"), limits):
        products.add(mapping(product))
    stack = [mapping(branch) for branch in reversed(items(tree.get("branches"), limits))]
    while stack:
        branch = stack.pop()
        if "product" in branch:
            products.add(mapping(branch["product"]))
        stack += [mapping(child) for child in reversed(items(branch.get("branches"), limits))]
    for entry in items(tree.get("relationships"), limits):
        relationship = mapping(entry)
        part = products.names.get(text(relationship.get("product_reference")), "")
        products.add(
            mapping(relationship.get("full_product_name")), part if _is_purl(part) and parse_purl(part).version else ""
        )
    for entry in items(tree.get("product_groups"), limits):
        group = mapping(entry)
        products.groups[text(group.get("group_id"))] = [text(id_) for id_ in items(group.get("product_ids"), limits)]
    return products


FORMAT: Final = CsafVex()
