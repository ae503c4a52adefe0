"""What labels in sloppy reports mean, and what their values say: identifiers, packages, versions, places.

Rules are narrow on purpose: a value that is not understood is kept in words by the caller, and never guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from seawall.intake.formats.markdown_text import plain
from seawall.intake.model import AffectedProduct
from seawall.kernel.errors import InvalidInputError
from seawall.kernel.identifiers import parse_identifier
from seawall.kernel.purl import Purl, parse_purl, purl_of

_SPELLINGS: Final = {
    "title": "title, name, vulnerability, vulnerability name, issue, finding",
    "product": "purl, product, package url, affected product",
    "package": "package, package name, library, component, module, dependency, affected package, affected component, "
    "project, software",
    "ecosystem": "ecosystem, registry, package manager",
    "version": "version, versions, affected version, affected versions, vulnerable version, vulnerable versions, "
    "versions affected, tested version, version tested, tested on",
    "fixed": "fixed, fixed version, fixed versions, fixed in, patched, patched version, patched versions, patched in, "
    "fix version, first fixed version, first patched version",
    "identifiers": "cve, cves, cve id, cve ids, cve s, cve identifier, ghsa, ghsa id, id, ids, identifier, "
    "identifiers, alias, aliases, also known as, advisory id",
    "weaknesses": "cwe, cwes, cwe id, cwe ids, weakness, weaknesses, weakness type, vulnerability type, "
    "vulnerability class",
    "vectors": "cvss, cvss vector, cvss score, cvss v3, cvss v4, cvss 3 1, cvss 4 0, cvssv3, cvssv4, vector, vectors, "
    "vector string, severity",
    "references": "reference, references, link, links, url, urls, advisory",
    "credits": "credit, credits, reporter, reported by, discovered by, found by, author, authors, researcher, finder",
    "path": "file, path, affected file, vulnerable file, source file, location, code location, file path",
    "line": "line, lines, line number, line numbers",
    "symbol": "function, method, symbol, class, affected function, vulnerable function, vulnerable method, sink",
    "published_at": "published, published at, publication date, date published",
    "marking": "tlp, marking, tlp marking",
}
_MEANING: Final = {spelling: member for member, text in _SPELLINGS.items() for spelling in text.split(", ")}
_ECOSYSTEMS: Final = {
    "pypi": "PyPI", "pip": "PyPI", "python": "PyPI",
    "npm": "npm", "node": "npm", "nodejs": "npm", "javascript": "npm",
    "go": "Go", "golang": "Go", "crates.io": "crates.io", "cargo": "crates.io", "rust": "crates.io",
    "maven": "Maven", "java": "Maven", "nuget": "NuGet", "rubygems": "RubyGems", "gem": "RubyGems", "ruby": "RubyGems",
    "packagist": "Packagist", "composer": "Packagist", "php": "Packagist", "hex": "Hex", "pub": "Pub",
}  # fmt: skip
_VERSION: Final = r"v?(\d[\w.+!-]*)"
_PLAIN: Final = re.compile(rf"=*\s*{_VERSION}", re.ASCII)
_BOUND: Final = re.compile(
    rf"(<=|>=|<|>|=|up to(?: and including)?|through|before|prior to|from|since)\s*{_VERSION}", re.ASCII | re.IGNORECASE
)
_SPAN: Final = re.compile(rf"{_VERSION}\s*(?:-|\u2013|\u2014|to|through|\.\.)\s*{_VERSION}", re.ASCII | re.IGNORECASE)
_LAST: Final = frozenset({"<=", "up to", "up to and including", "through"})
_BEFORE: Final = frozenset({"<", "before", "prior to"})
_FROM: Final = frozenset({">=", ">", "from", "since"})
_NAME_AND_ECOSYSTEM: Final = re.compile(r"(\S+)\s*\(([\w.]+)\)|([\w.]+)\s*[:/]\s*(@?[\w./-]+)")
_PACKAGE_NAME: Final = re.compile(r"@?[\w.-]+(?:[/:][\w.-]+)*", re.ASCII)
_SEPARATORS: Final = re.compile(r"[\s,;/&|]+|\band\b", re.IGNORECASE)
_VECTOR: Final = re.compile(r"CVSS:\d\.\d/[A-Za-z:/]+|(?<![\w/:])AV:[NALP]/[A-Za-z:/]+")
_CWE: Final = re.compile(r"CWE[-_: ]?\d{1,5}", re.IGNORECASE)
_PLACE: Final = re.compile(r"([\w./@+\\-]+\.\w{1,6})(?::|#L|,?\s+lines?\s+)(\d{1,7})", re.ASCII)
_PATH: Final = re.compile(r"[\w./@+\\-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class VersionClaim:
    """What a sentence about versions says."""

    version: str = ""
    """A single affected version that it names, or the last affected one."""
    events: tuple[tuple[str, str], ...] = ()


def meaning_of(label: str) -> str:
    """Return the member that a label stands for, or empty."""
    return _MEANING.get(re.sub(r"[^a-z0-9]+", " ", label.lower()).strip(), "")


def leading_identifiers(value: str) -> list[str]:
    """Return the identifiers with which a labelled value begins; what follows other words is only a mention."""
    found = []
    for word in _SEPARATORS.split(value.strip()):
        token = word.strip("()[]<>`'\".*:")
        if not token:
            continue
        try:
            found.append(parse_identifier(token))
        except InvalidInputError:
            break
    return found


def vectors_in(value: str) -> list[str]:
    """Return the CVSS vectors in a value; one without prefix is left as it is, its version is unknown."""
    return [match.rstrip("/:") for match in _VECTOR.findall(value)]


def weaknesses_in(value: str) -> list[str]:
    """Return the CWE numbers in a labelled value."""
    return [value] if value.strip().isdecimal() else _CWE.findall(value)


def place_in(value: str) -> tuple[str, int]:
    """Return path and line of `src/a.py:12` and the like; empty and 0 where the value is no path."""
    value = plain(value)
    if match := _PLACE.match(value):
        return match[1].replace("\\", "/").lstrip("/"), int(match[2])
    return (value.replace("\\", "/").lstrip("/"), 0) if _PATH.fullmatch(value) else ("", 0)


def versions_in(value: str) -> VersionClaim:
    """Read `5.3.1`, `<= 5.3.1`, `>= 5.1, < 5.4`, `5.1 - 5.3.1`, `before 5.4`; nothing where it says anything else."""
    value = plain(value)
    if match := _PLAIN.fullmatch(value):
        return VersionClaim(match[1])
    if match := _SPAN.fullmatch(value):
        return VersionClaim(match[2], (("introduced", match[1]), ("last_affected", match[2])))
    introduced, end, last = "0", ("", ""), ""
    bounds = list(_BOUND.finditer(value))
    for bound in bounds:
        word, version = bound[1].lower(), bound[2].rstrip(".,")
        if word in _FROM:
            introduced = version
        elif word in _LAST:
            end, last = ("last_affected", version), version
        elif word in _BEFORE:
            end = ("fixed", version)
    if not bounds or (end[0] == "" and introduced == "0"):
        return VersionClaim()
    return VersionClaim(last, (("introduced", introduced), *([end] if end[0] else [])))


def fixed_in(value: str) -> str:
    """Return the single version that a value names, or empty."""
    match = _PLAIN.match(plain(value))
    return match[1].rstrip(".,") if match else ""


def package_of(products: Iterable[str], packages: Iterable[str], ecosystems: Iterable[str]) -> Purl | None:
    """Work out the package: a package URL if one is given, else a name together with an ecosystem."""
    names = [plain(name) for name in (*products, *packages)]
    for name in names:
        try:
            return parse_purl(name)
        except InvalidInputError:
            continue
    ecosystem = next(filter(None, map(_ecosystem, ecosystems)), "")
    for name in names:
        own = ecosystem
        if match := _NAME_AND_ECOSYSTEM.fullmatch(name):
            said = _ecosystem(match[2] or match[3])
            if said:
                name, own = match[1] or match[4], said  # noqa: PLW2901 - the label held both
        version = ""
        if "@" in name[1:]:
            name, _, version = name.rpartition("@")  # noqa: PLW2901 - `lodash@4.17.11`
        if own and _PACKAGE_NAME.fullmatch(name):
            return purl_of(own, name, version)
    return None


def affected_product(package: Purl, claim: VersionClaim, fixed: str) -> AffectedProduct:
    """Put package and versions together."""
    version = package.version or claim.version
    events = claim.events
    if fixed and not any(name == "fixed" for name, _ in events):
        start = [event for event in events if event[0] == "introduced"] or [("introduced", "0")]
        events = (*start, ("fixed", fixed))
    return AffectedProduct(str(package.at(version)) if version else str(package), events)


def _ecosystem(text: str) -> str:
    return _ECOSYSTEMS.get(plain(text).lower(), "")
