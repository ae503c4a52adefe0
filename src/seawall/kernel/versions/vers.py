"""VERS, the notation for version ranges of the package-url project, read and written.

`vers:npm/>=1.0.0|<2.0.0`: a scheme, and constraints that are sorted by version and separated by `|`. Two readings:

- canonical: what a program writes. White space, stray pipes, unsorted or repeated versions and needless
  percent-encoding are errors, in the words of the specification's tests.
- lenient: what advisories hold. Constraints may come in any order.

Constraints become spans by the specification's algorithm, "Checking if a version is contained within a range": `*` is
everything; a version after `=`, `<=` or `>=` is in; a version after `!=` is out; the rest are pairs of bounds, of which
redundant ones are discarded. A bound that is no version sorts above everything and is a problem.

Source: github.com/package-url/vers-spec. Left out on purpose: orderings of schemes that no ecosystem here has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn
from urllib.parse import unquote

from seawall.kernel.versions.compiled import Compiled
from seawall.kernel.versions.interface import HIGHEST, LOWEST, InvalidVersionError, Ordering
from seawall.kernel.versions.registry import is_supported, ordering_of
from seawall.kernel.versions.spans import EVERYTHING, InvalidRangeError, Span, at, difference, union

MAX_CHARACTERS: Final = 1_000_000
"""Longest VERS that is read, in characters; the longest real one known to us has about 60,000."""

Constraint = tuple[str, str]
"""Comparator (`=`, `!=`, `<`, `<=`, `>`, `>=`, or `*` with an empty version) and version."""

_ECOSYSTEMS: Final = {
    "alpine": "Alpine",
    "apk": "Alpine",
    "cargo": "crates.io",
    "composer": "Packagist",
    "cran": "CRAN",
    "deb": "Debian",
    "gem": "RubyGems",
    "golang": "Go",
    "hackage": "Hackage",
    "hex": "Hex",
    "maven": "Maven",
    "npm": "npm",
    "nuget": "NuGet",
    "pub": "Pub",
    "pypi": "PyPI",
    "rpm": "Red Hat",
    "semver": "npm",
    "swift": "SwiftURL",
    "all": "generic",
    "datetime": "generic",
    "generic": "generic",
    "intdot": "generic",
    "none": "generic",
}
"""VERS scheme to OSV's ecosystem."""
_SCHEMES: Final = {
    **{ecosystem.lower(): scheme for scheme, ecosystem in _ECOSYSTEMS.items() if scheme not in {"apk", "semver"}},
    **dict.fromkeys(("ubuntu", "echo"), "deb"),
    **dict.fromkeys(("alpaquita", "chainguard", "wolfi", "minimos", "bellsoft hardened containers"), "alpine"),
    **dict.fromkeys(("bioconductor",), "cran"),
    **dict.fromkeys(("ghc",), "hackage"),
    **dict.fromkeys(("bitnami", "github actions", "julia"), "semver"),
    **dict.fromkeys(("almalinux", "amazon linux", "azure linux", "fedora", "mageia", "openeuler", "opensuse"), "rpm"),
    **dict.fromkeys(("oracle linux", "photon os", "rocky linux", "suse"), "rpm"),
    "generic": "generic",
}
_SCHEME: Final = re.compile(r"vers:([a-z0-9.+-]+)/(.*)", re.DOTALL).fullmatch
_COMPARATOR: Final = re.compile(r"(>=|<=|!=|=|<|>|)(.*)", re.DOTALL).fullmatch
_BAD_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})").search
_SAFE: Final = re.compile(r"[^A-Za-z0-9.:~_-]")
_ENCODED_COLON: Final = re.compile(r"%3[aA]")
_LENIENT_EDGES: Final = re.compile(r"\s+")
_LOWER: Final = frozenset({">", ">="})
_UPPER: Final = frozenset({"<", "<="})
_INCLUSIVE: Final = frozenset({"=", "<=", ">="})


@dataclass(frozen=True, slots=True)
class Vers:
    """A VERS, parsed and not yet evaluated."""

    scheme: str
    constraints: tuple[Constraint, ...]

    @property
    def ecosystem(self) -> str:
        """OSV's name of the ecosystem; the scheme itself where there is none."""
        return _ECOSYSTEMS.get(self.scheme, self.scheme)

    def __str__(self) -> str:
        """Write it, constraints in the order that they have."""
        return f"vers:{self.scheme}/" + "|".join(map(_written, self.constraints))


def scheme_of(ecosystem: str) -> str:
    """Return the VERS scheme of an ecosystem, in OSV's spelling but any case; an unknown one is its own scheme."""
    name = ecosystem.partition(":")[0].lower()
    return _SCHEMES.get(name, re.sub(r"[^a-z0-9.+-]", "-", name) or "generic")


def parse(text: str) -> Vers:
    """Read a canonical VERS.

    Raises:
        InvalidRangeError: It is no VERS, or not in canonical form; the message says why, in the specification's words.
    """
    if any(character.isspace() for character in text):
        _refuse("non-canonical VERS: whitespace is not permitted", text)
    scheme, body = _split(text)
    for is_bad, what in (
        (body.startswith("|"), "leading pipe is"),
        (body.endswith("|"), "trailing pipe is"),
        ("||" in body, "consecutive pipes are"),
    ):
        if is_bad:
            _refuse(f"non-canonical VERS: {what} not permitted", text)
    constraints = []
    for part in body.split("|"):
        constraint = _constraint(part, text)
        if scheme == "datetime":
            _check_datetime(part, constraint[1], text)
        if _written(constraint) != part:
            _refuse("non-canonical VERS: percent-encoding in version is not canonical", text)
        constraints.append(constraint)
    found = Vers(scheme, tuple(constraints))
    if found.constraints != _ordered(found):
        _refuse("non-canonical VERS: constraints are not sorted by version", text)
    if len({version for _, version in constraints}) < len(constraints):
        _refuse("non-canonical VERS: versions are not unique", text)
    return found


def parse_lenient(text: str) -> Vers:
    """Read a VERS as advisories hold it, and sort its constraints; white space and stray pipes do not matter.

    Raises:
        InvalidRangeError: It is no VERS.
    """
    scheme, body = _split(_LENIENT_EDGES.sub("", text))
    parts = [part for part in body.split("|") if part]
    if not parts:
        _refuse("a VERS needs at least one constraint", text)
    found = Vers(scheme, tuple(_constraint(part, text) for part in parts))
    return Vers(scheme, _ordered(found))


def compile_vers(ordering: Ordering | None, vers: Vers) -> Compiled:
    """Evaluate a parsed VERS; `vers:none/*` holds nothing, and without an ordering bounds stay undecidable."""
    if vers.scheme == "none":
        return Compiled()
    if ordering is None:
        is_all = any(comparator == "*" for comparator, _ in vers.constraints)
        listed = tuple(version for comparator, version in vers.constraints if comparator == "=")
        bounded = len(listed) < len(vers.constraints) and not is_all
        return Compiled((EVERYTHING,) if is_all else (), versions=() if is_all else listed, undecidable=bounded)
    out = Compiled()
    spans, texts = spans_of(ordering, vers.constraints, out.problems)
    out.spans = tuple(span for span in spans if not span.single)
    out.versions = tuple(span.single for span in spans if span.single) + texts
    return out


def spans_of(
    ordering: Ordering, constraints: Sequence[Constraint], problems: list[str]
) -> tuple[tuple[Span, ...], tuple[str, ...]]:
    """Return what the constraints hold: spans, and single versions that the ordering cannot place.

    Args:
        ordering: Of the scheme.
        constraints: In any order.
        problems: Bounds that are no versions are added.
    """
    if any(comparator == "*" for comparator, _ in constraints):
        return (EVERYTHING,), ()
    points: list[Span] = []
    excluded: list[Span] = []
    listed: list[str] = []
    bounds: list[tuple[bytes, int, Constraint]] = []
    for comparator, version in constraints:
        try:
            key = ordering.key(version) if comparator in {"=", "!="} else ordering.bound(version)
        except InvalidVersionError:
            if comparator == "=":
                listed.append(version)
            else:
                problems.append(f"{comparator}{version[:60]}")
            key = HIGHEST
        if comparator == "!=":
            excluded.append(at(key, version))
        elif comparator in _INCLUSIVE and key < HIGHEST:
            points.append(at(key, version))
        if comparator in _LOWER or comparator in _UPPER:
            bounds.append((key, len(bounds), (comparator, version)))
    if not bounds and not points and not listed:
        return difference([EVERYTHING], excluded), ()
    return difference([*_pairs(sorted(bounds)), *points], excluded), tuple(listed)


def constraints_of(spans: Iterable[Span]) -> tuple[Constraint, ...]:
    """Return canonical constraints that hold the same versions; empty if there are none."""
    merged = union(spans)
    if merged and merged[0].low == LOWEST and merged[-1].high is None and len(merged) == 1:
        return (("*", ""),)
    out: list[Constraint] = []
    excluded = ""
    for position, span in enumerate(merged):
        if span.single:
            out.append(("=", span.single))
            continue
        if span.low != LOWEST and not (excluded and span.after):
            out.append((">" if span.after else ">=", span.introduced))
        excluded = ""
        if span.high is None or span.end is None:
            continue
        following = merged[position + 1] if position + 1 < len(merged) else None
        if following is not None and following.low == span.high + b"\x00":
            excluded = span.end[1]
            out.append(("!=", excluded))
        else:
            out.append(("<=" if span.end[0] == "last_affected" else "<", span.end[1]))
    return tuple(out)


def _pairs(bounds: Sequence[tuple[bytes, int, Constraint]]) -> list[Span]:
    """Discard redundant bounds, pair the rest: of lower bounds in a row the first counts, of upper ones the last."""
    out: list[Span] = []
    low: tuple[bytes, str, bool] | None = (LOWEST, "0", False)
    pending: Span | None = None
    for key, _, (comparator, version) in bounds:
        if comparator in _UPPER:
            if low is None and pending is not None:
                low = (pending.low, pending.introduced, pending.after)
            if low is not None:
                is_last = comparator == "<="
                high = key + b"\x00" if is_last and key < HIGHEST else key
                end = ("last_affected" if is_last else "below", version)
                pending, low = Span(low[0], high, low[1], end, low[2]), None
        else:
            if pending is not None:
                out.append(pending)
                pending, low = None, None
            if low is None or low[0] == LOWEST:
                exclusive = comparator == ">"
                low = (key + b"\x00" if exclusive and key < HIGHEST else key, version, exclusive)
    if pending is not None:
        out.append(pending)
    elif low is not None and low[0] not in {LOWEST, HIGHEST}:
        out.append(Span(low[0], None, low[1], None, low[2]))
    return out


def _split(text: str) -> tuple[str, str]:
    match = _SCHEME(text) if len(text) <= MAX_CHARACTERS else None
    if match is None or not match[2]:
        _refuse("a VERS is written vers:<scheme>/<constraints>", text)
    return match[1], match[2]


def _constraint(part: str, text: str) -> Constraint:
    if part == "*":
        return "*", ""
    match = _COMPARATOR(part)
    if match is None or not match[2]:
        _refuse("a VERS constraint needs a version", text)
    if _BAD_PERCENT(match[2]):
        _refuse("non-canonical VERS: invalid percent-encoding in version", text)
    return match[1] or "=", unquote(match[2], errors="replace")


def _check_datetime(part: str, version: str, text: str) -> None:
    if any(letter in version for letter in "tz"):
        _refuse("non-canonical VERS: datetime must use uppercase T and Z", text)
    if "%3a" in part:
        _refuse("non-canonical VERS: percent-encoding in version is not canonical", text)
    if _ENCODED_COLON.search(part):
        _refuse("non-canonical VERS: datetime time colons must be unencoded", text)


def _written(constraint: Constraint) -> str:
    comparator, version = constraint
    encoded = _SAFE.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), version)
    return f"{'' if comparator == '=' else comparator}{encoded}"


def _ordered(vers: Vers) -> tuple[Constraint, ...]:
    """Sort by version, in a stable way; where one is unreadable or the ordering is unknown, leave the order alone."""
    if not is_supported(vers.ecosystem) or vers.constraints == (("*", ""),):
        return vers.constraints
    try:
        ordering = ordering_of(vers.ecosystem)
        return tuple(sorted(vers.constraints, key=lambda constraint: ordering.key(constraint[1])))
    except InvalidVersionError:
        return vers.constraints


def _refuse(message: str, text: str) -> NoReturn:
    raise InvalidRangeError(
        "kernel.invalid-range",
        message,
        remedy="Write it as the VERS specification does, for example vers:npm/>=1.0.0|<2.0.0.",
        range=text[:60],
    )
