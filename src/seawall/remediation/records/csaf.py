"""CSAF 2.0 advisories (OASIS, CSAF 2.0, sections 3.2.2 and 3.2.3), and 2.1 where it is alike: a record a vulnerability.

`id` is `<tracking id>/<CVE>`. Every product that `product_status` names is looked up in the product tree
(`csaf_products.py`). What each status says about its versions:

- `known_affected`: affected; `first_affected` and `last_affected` of one product bound a range together.
- `fixed`, `first_fixed`, `known_not_affected`: taken out of what the same product's other entries call affected.
- `under_investigation`, and 2.1's `unknown`: undecided, and told so.
- `recommended` says nothing about being affected.

A vulnerability that names only fixed products is a problem of its record: CSAF does not say that what came before is
affected. The remedy is the best category of `remediations` that concerns the product; a fix's date is the earliest
that a `vendor_fix` states, else the day on which the advisory was first released.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Final

import msgspec
from msgspec.structs import replace

from seawall.kernel.errors import InvalidInputError
from seawall.kernel.identifiers import known_identifiers, parse_identifier
from seawall.kernel.versions import Span, VersionRange
from seawall.remediation.model import Affected, Record
from seawall.remediation.records.csaf_products import Identity, Product, ProductTree, products_of
from seawall.remediation.records.interface import RecordReader, unreadable_record
from seawall.remediation.records.texts import shortened, undecided

SOURCE: Final = "csaf"
_FORMAT: Final = "CSAF"
_VERSIONS: Final = ("2.0", "2.1")
_LONGEST: Final = 300
"""Characters of a title or an address that are kept."""
_REMEDY: Final = 600
"""Characters of a remedy that are kept."""
_CATEGORIES: Final = {
    "vendor_fix": "Vendor fix",
    "optional_patch": "Optional patch",
    "fix_planned": "A fix is planned",
    "workaround": "Workaround",
    "mitigation": "Mitigation",
    "no_fix_planned": "No fix is planned",
    "none_available": "No fix is available",
}
"""Categories of remediations, the best first."""
_WITHDRAWN: Final = frozenset({"csaf_withdrawn", "csaf_superseded"})
"""Categories of CSAF 2.1 documents that take back what they once said."""
_AFFECTED: Final = ("known_affected", "first_affected", "last_affected")
_NOT_AFFECTED: Final = ("fixed", "first_fixed", "known_not_affected")
_OPEN: Final = {
    "under_investigation": "the publisher is still investigating whether it is affected",
    "unknown": "the publisher does not know whether it is affected",
}


class _Tracking(msgspec.Struct):
    id: str
    initial_release_date: str = ""
    current_release_date: str = ""


class _Reference(msgspec.Struct):
    url: str = ""
    category: str = "external"


class _Document(msgspec.Struct):
    csaf_version: str
    tracking: _Tracking
    title: str = ""
    category: str = ""
    references: list[_Reference] = []


class _Remediation(msgspec.Struct):
    category: str = ""
    details: str = ""
    date: str = ""
    url: str = ""
    product_ids: list[str] = []
    group_ids: list[str] = []


class _Id(msgspec.Struct):
    text: str = ""


class _Vulnerability(msgspec.Struct):
    cve: str = ""
    ids: list[_Id] = []
    title: str = ""
    product_status: dict[str, list[str]] = {}
    remediations: list[_Remediation] = []


class _Csaf(msgspec.Struct):
    document: _Document
    product_tree: ProductTree | None = None
    vulnerabilities: list[_Vulnerability] = []


_DECODER: Final = msgspec.json.Decoder(_Csaf)


def read(document: bytes) -> Sequence[Record]:
    """Read one CSAF advisory: one record a vulnerability.

    Raises:
        InvalidInputError: It is no CSAF 2.0 or 2.1 document (`remediation.unreadable-record`).
    """
    try:
        csaf = _DECODER.decode(document)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise unreadable_record(str(error), _FORMAT) from None
    about = csaf.document
    if about.csaf_version not in _VERSIONS:
        raise unreadable_record(f"its version is {about.csaf_version[:20]!r}", _FORMAT)
    if not about.tracking.id.strip():
        raise unreadable_record("its tracking id is empty", _FORMAT)
    tree = csaf.product_tree or ProductTree()
    products = products_of(tree)
    groups = {group.group_id: group.product_ids for group in tree.product_groups}
    digest = sha256(document).hexdigest()
    names = _ids(about.tracking.id.strip(), csaf.vulnerabilities)
    return tuple(
        _record(about, vulnerability, name, digest, products, groups)
        for vulnerability, name in zip(csaf.vulnerabilities, names, strict=True)
    )


def _ids(tracking: str, vulnerabilities: Iterable[_Vulnerability]) -> list[str]:
    """One id a vulnerability; where a document tells one CVE twice, or names none, its place tells them apart."""
    ids: list[str] = []
    for place, vulnerability in enumerate(vulnerabilities, start=1):
        name = f"{tracking}/{vulnerability.cve.strip().upper() or place}"
        ids.append(name if name not in ids else f"{name}/{place}")
    return ids


def _record(
    about: _Document,
    vulnerability: _Vulnerability,
    name: str,
    digest: str,
    products: Mapping[str, tuple[Product, ...]],
    groups: Mapping[str, list[str]],
) -> Record:
    problems: list[str] = []
    withdrawn = about.category in _WITHDRAWN
    affected = () if withdrawn else tuple(dict.fromkeys(_affected(vulnerability, products, groups, problems)))
    if not withdrawn and not affected and not problems:
        problems.append("it calls no product affected")
    return Record(
        id=name,
        identifiers=_identifiers(vulnerability, name),
        title=shortened(" ".join((vulnerability.title or about.title).split()), _LONGEST) or name,
        source=SOURCE,
        digest=digest,
        published=about.tracking.initial_release_date,
        modified=about.tracking.current_release_date,
        fix_published=_fix_published(vulnerability, about.tracking),
        url=_url(about.references),
        affected=affected,
        withdrawn=withdrawn,
        problems=tuple(dict.fromkeys(problems)),
    )


def _identifiers(vulnerability: _Vulnerability, name: str) -> tuple[str, ...]:
    """The CVE and other names of the vulnerability; a vendor's own numbers often name several, and stay out."""
    found = set(known_identifiers([vulnerability.cve, *(given.text for given in vulnerability.ids)]))
    if vulnerability.cve.strip():
        try:
            found.add(parse_identifier(vulnerability.cve))
        except InvalidInputError:
            found.add(vulnerability.cve.strip())
    return tuple(sorted(found)) or (name,)


def _affected(
    vulnerability: _Vulnerability,
    products: Mapping[str, tuple[Product, ...]],
    groups: Mapping[str, list[str]],
    problems: list[str],
) -> Iterator[Affected]:
    status = {
        kind: _named(vulnerability.product_status.get(kind, ()), products, problems)
        for kind in (*_AFFECTED, *_NOT_AFFECTED, *_OPEN)
    }
    taken_out = _taken_out(product for kind in _NOT_AFFECTED for product in status[kind])
    remedies = _remedies(vulnerability.remediations, groups)
    stated = [(product, product.versions) for product in status["known_affected"]]
    stated.extend(_bounded(status["first_affected"], status["last_affected"]))
    stated.extend(
        (product, _opened(product.versions, reason)) for kind, reason in _OPEN.items() for product in status[kind]
    )
    for product, versions in stated:
        problems.extend(f"{product.words[:80]}: {problem}" for problem in versions.problems)
        rest = _less(versions, taken_out.get(product.identity, ()))
        yield Affected(product.package, rest, product.name, remedies.get(product.id, remedies.get("", "")))
    if not stated and any(status[kind] for kind in _NOT_AFFECTED):
        problems.append("it names products that are fixed or not affected, and none that is affected")


def _taken_out(products: Iterable[Product]) -> dict[Identity, list[VersionRange]]:
    """Versions that the record calls fixed or not affected, by product."""
    found: dict[Identity, list[VersionRange]] = {}
    for product in products:
        if product.names_version:
            found.setdefault(product.identity, []).append(product.versions)
    return found


def _less(versions: VersionRange, others: Iterable[VersionRange]) -> VersionRange:
    for other in others:
        if other.ecosystem == versions.ecosystem and not versions.unknown:
            versions = versions.without(other)
    return versions


def _named(ids: Iterable[str], products: Mapping[str, tuple[Product, ...]], problems: list[str]) -> list[Product]:
    found: list[Product] = []
    for id_ in dict.fromkeys(ids):
        known = products.get(id_)
        if known is None:
            problems.append(f"the product tree has no usable product {id_[:60]!r}")
        else:
            found.extend(known)
    return found


def _bounded(first: Iterable[Product], last: Iterable[Product]) -> Iterator[tuple[Product, VersionRange]]:
    """Make ranges of `first_affected` and `last_affected`, where a product has one of each at most."""
    bounds: dict[Identity, tuple[list[Product], list[Product]]] = {}
    for side, listed in enumerate((first, last)):
        for product in listed:
            bounds.setdefault(product.identity, ([], []))[side].append(product)
    for lows, highs in bounds.values():
        product = (lows or highs)[0]
        if len(lows) > 1 or len(highs) > 1 or not all(one.version for one in (*lows, *highs)):
            yield product, undecided("the record names several first and last affected versions of it")
            continue
        text = [f">={one.version}" for one in lows] + [f"<={one.version}" for one in highs]
        yield product, VersionRange.from_text(product.versions.ecosystem, "|".join(text))


def _opened(versions: VersionRange, reason: str) -> VersionRange:
    """The same versions, undecided for this reason."""
    single = versions.normalised()
    spans = [replace(span, remark=reason) for span in single.spans]
    if single.versions or not spans:
        spans = [Span(b"", None, "0", None, remark=reason)]
    return replace(single, spans=(), versions=(), unknown=tuple(spans))


def _remedies(remediations: Iterable[_Remediation], groups: Mapping[str, list[str]]) -> dict[str, str]:
    """Product id to what to do, in the record's words; under `""` what is said about no product in particular."""
    best: dict[str, tuple[int, list[str]]] = {}
    for remediation in remediations:
        if remediation.category not in _CATEGORIES:
            continue
        rank = list(_CATEGORIES).index(remediation.category)
        text = " ".join(remediation.details.split())
        if remediation.url and remediation.url not in text:
            text = f"{text} ({remediation.url})" if text else remediation.url
        ids = [*remediation.product_ids, *(id_ for group in remediation.group_ids for id_ in groups.get(group, ()))]
        for id_ in ids or ("",):
            known, texts = best.get(id_, (rank, []))
            if rank < known or id_ not in best:
                best[id_] = (rank, [text])
            elif rank == known and text not in texts:
                texts.append(text)
    labels = list(_CATEGORIES.values())
    return {id_: shortened(f"{labels[rank]}: {' '.join(texts)}", _REMEDY) for id_, (rank, texts) in best.items()}


def _fix_published(vulnerability: _Vulnerability, tracking: _Tracking) -> str:
    fixes = [remediation for remediation in vulnerability.remediations if remediation.category == "vendor_fix"]
    if not fixes:
        return ""
    dates = sorted(fix.date for fix in fixes if fix.date)
    return dates[0] if dates else tracking.initial_release_date


def _url(references: Iterable[_Reference]) -> str:
    given = [one for one in references if one.url.startswith(("https://", "http://")) and len(one.url) <= _LONGEST]
    ranked = sorted(given, key=lambda one: (one.category != "self", one.url.lower().endswith(".json")))
    pages = [one for one in ranked if not one.url.lower().endswith(".json")]
    return (pages or ranked)[0].url if ranked else ""


READER: Final = RecordReader(SOURCE, read)
