"""Which components are affected by what: an index by package, then ranges, with aliases folded.

Folding. Records that share an identifier are about one vulnerability: union-find over identifiers, so that the result
does not depend on the order of the records, and no identifier is lost. A component that any of the folded records names
as affected is affected.

PyPI's names are compared by PEP 503 (`Zope.Interface` is `zope-interface`); of the ecosystems whose package URLs are in
lower case, case does not count, though npm and Go do have a few packages that differ in nothing else. Nothing that
could not be decided is taken for a no.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from seawall.kernel.errors import InvalidInputError
from seawall.kernel.purl import Purl
from seawall.kernel.versions import VersionRange, is_supported
from seawall.remediation.model import (
    AffectedPackage,
    Component,
    Inventory,
    KnownVulnerability,
    NotCompared,
    Undecided,
)

PackageKey = tuple[str, str, str]
"""Type, namespace and name."""
_Candidate = tuple[KnownVulnerability, list[VersionRange]]
_SEPARATORS: Final = re.compile(r"[-_.]+")
_CASELESS: Final = frozenset({"golang", "npm", "composer", "hex", "nuget"})
_RANK: Final = ("CVE-", "GHSA-")
_SHOWN: Final = 3
"""How many matching ranges of one component are told."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One component is affected by one folded vulnerability."""

    component: Component
    vulnerability: KnownVulnerability
    matched: str
    fixed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Matching:
    """The outcome of holding an inventory against what is known."""

    hits: tuple[Hit, ...]
    """In the inventory's order, then by vulnerability."""
    undecided: tuple[Undecided, ...]
    not_compared: tuple[NotCompared, ...]
    """By ecosystem, most components first."""
    vulnerabilities: int
    """Distinct ones, after folding."""


def package_key(purl: Purl) -> PackageKey:
    """Return what two names of one package have in common."""
    if purl.type == "pypi":
        return "pypi", "", _SEPARATORS.sub("-", purl.name).lower()
    if purl.type in _CASELESS:
        return purl.type, purl.namespace.lower(), purl.name.lower()
    return purl.type, purl.namespace, purl.name


def fold(known: Iterable[KnownVulnerability]) -> list[KnownVulnerability]:
    """Return one vulnerability for each set of records that share identifiers, directly or through others.

    The folded one carries the id of a case if there is one, else of the CVE record, else of the GHSA record, else the
    first id; and the identifiers, sources and affected packages of all. Sorted by id.
    """
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    records = list(known)
    for record in records:
        for name in (record.id, *record.identifiers):
            parent.setdefault(name, name)
            one, other = root(record.id), root(name)
            if one != other:
                parent[max(one, other)] = min(one, other)
    groups: dict[str, list[KnownVulnerability]] = {}
    for record in records:
        groups.setdefault(root(record.id), []).append(record)
    return sorted((_folded(group) for group in groups.values()), key=lambda vulnerability: vulnerability.id)


def match(inventory: Inventory, known: Iterable[KnownVulnerability]) -> Matching:
    """Hold an inventory against vulnerabilities.

    Args:
        inventory: Its components; each distinct package version is compared once.
        known: Records of any origin; those about one vulnerability are folded.
    """
    folded = fold(known)
    index = _index(folded, {package_key(component.purl) for component in inventory.components})
    hits: list[Hit] = []
    undecided: list[Undecided] = []
    compared: dict[tuple[PackageKey, str], list[_Outcome]] = {}
    for component in inventory.components:
        key = package_key(component.purl)
        candidates = index.get(key, ())
        version = component.purl.version
        if (key, version) not in compared:
            compared[key, version] = [_compare(version, ranges) for _, ranges in candidates]
        for (vulnerability, _), outcome in zip(candidates, compared[key, version], strict=True):
            if outcome.matched:
                hits.append(Hit(component, vulnerability, outcome.matched, outcome.fixed))
            elif outcome.problem:
                undecided.append(Undecided(component, vulnerability.id, outcome.problem))
    return Matching(tuple(hits), tuple(undecided), _not_compared(inventory), len(folded))


def _index(folded: Iterable[KnownVulnerability], wanted: set[PackageKey]) -> dict[PackageKey, list[_Candidate]]:
    """Compile the ranges of wanted packages, and of no others."""
    index: dict[PackageKey, list[_Candidate]] = {}
    for vulnerability in folded:
        entries: dict[PackageKey, list[VersionRange]] = {}
        for affected in vulnerability.affected:
            key = package_key(affected.package)
            if key in wanted:
                entries.setdefault(key, []).append(_range(affected))
        for key, ranges in entries.items():
            index.setdefault(key, []).append((vulnerability, ranges))
    return index


@dataclass(frozen=True, slots=True)
class _Outcome:
    matched: str = ""
    fixed: tuple[str, ...] = ()
    problem: str = ""


def _compare(version: str, ranges: Sequence[VersionRange]) -> _Outcome:
    words: dict[str, None] = {}
    fixed: dict[str, None] = {}
    problems: dict[str, None] = {}
    for range_ in ranges:
        try:
            found = range_.contains(version)
        except InvalidInputError as error:
            problems[error.message] = None
            continue
        if found is not None:
            words[found.words] = None
            if found.fixed:
                fixed[found.fixed] = None
        elif range_.problems:
            problems[f"the record's bounds are no versions: {', '.join(range_.problems[:_SHOWN])}"] = None
    if words:
        shown = list(words)
        more = f"; and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
        return _Outcome("; ".join(shown[:_SHOWN]) + more, tuple(fixed))
    return _Outcome(problem="; ".join(problems))


def _range(affected: AffectedPackage) -> VersionRange:
    return VersionRange.from_osv(affected.package.ecosystem, affected.ranges, affected.versions)


def _folded(group: Sequence[KnownVulnerability]) -> KnownVulnerability:
    # A fixed order, so that the result does not depend on the order of the records.
    if len(group) == 1:
        return group[0]
    ordered = sorted(group, key=lambda record: (record.source != "case", _rank(record.id), record.id, repr(record)))
    first = ordered[0]
    affected = dict.fromkeys(package for record in ordered for package in record.affected)
    return KnownVulnerability(
        first.id,
        tuple(sorted({name for record in ordered for name in (record.id, *record.identifiers)})),
        first.title,
        ", ".join(dict.fromkeys(record.source for record in ordered)),
        min((record.published for record in ordered if record.published), default=""),
        tuple(affected),
    )


def _rank(identifier: str) -> int:
    return next((rank for rank, prefix in enumerate(_RANK) if identifier.startswith(prefix)), len(_RANK))


def _not_compared(inventory: Inventory) -> tuple[NotCompared, ...]:
    counts = Counter(component.purl.ecosystem for component in inventory.components)
    return tuple(
        NotCompared(ecosystem, count, f"versions of {ecosystem} are not supported yet")
        for ecosystem, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        if not is_supported(ecosystem)
    )
