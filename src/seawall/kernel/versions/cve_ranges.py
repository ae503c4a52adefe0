"""CVE record format 5.x: `affected[].versions`, evaluated by the schema's own algorithm.

The algorithm (CVE schema, "Versions and Products"): entries are asked in order, and the first that knows a version says
its status. An entry without an upper bound knows one version; an entry with `lessThan` or `lessThanOrEqual` knows those
from `version` on; in it, each of `changes` sets the status from its `at` on. What no entry knows has `defaultStatus`.

What publishers write differs from the schema, so here:

- `version` and the upper bounds are read by the grammar of product-tree text too (`All versions before 3.2`). A text
  with bounds of its own counts as these bounds; `0`, `*`, `n/a` or `unspecified` below an upper bound is none.
- `0` alone, called affected, is no release that anybody ships: it says nothing.
- `*` is no upper bound; `6.6.*` is above every 6.6.x; `latest` is no upper bound, since no fix is named.
- An entry that cannot be read, or ends before it begins, leaves what it may mean undecided, never "not affected".
- Entries of type `git`, and bounds that are names of commits, are kept as ranges of commits; but `6.0.27` of type `git`
  is a release.
- `defaultStatus: unknown` (the schema's default, also where nobody chose it) stands in `Compiled.otherwise`.

`ordering_named` says which order an entry's `versionType` names, as far as it can be believed.

`defaultStatus: unknown` raises no doubt (`docs/ranges.md` says why).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from seawall.kernel.versions.compiled import CommitRange, Compiled
from seawall.kernel.versions.interface import LOWEST, InvalidVersionError, Ordering
from seawall.kernel.versions.registry import ordering_of
from seawall.kernel.versions.spans import EVERYTHING, Span, VersionEvent, at, overlay
from seawall.kernel.versions.text_ranges import bound_of, ceiling_of, compile_text, is_commit, undecided

MAX_ENTRIES: Final = 20_000
"""Most entries that are read; the most of a real record known to us is about 2,900."""

_AFFECTED: Final = "affected"
_UNAFFECTED: Final = "unaffected"
_UNKNOWN: Final = "unknown"
_UNREAD: Final = "unread"
"""Of what an unreadable entry calls affected: undecided, but it hides no later entry that calls a version affected."""
_STATUSES: Final = frozenset({_AFFECTED, _UNAFFECTED, _UNKNOWN})
_NO_LOWER: Final = frozenset(
    {"", "0", "*", "-", "n/a", "na", "unspecified", "unknown", "none", "earlier", "earlier version", "any", "all"}
    | {"all versions", "previous", "previous versions", "prior", "earlier versions", "all previous versions"}
)
_NO_UPPER: Final = frozenset({"*", "latest", "all", "all versions", "any", "current"})
_NOTHING_SAID: Final = frozenset({"", "-", "n/a", "na", "unspecified", "unknown", "none", "not specified", "tbd"})

_TYPES: Final = {"maven": "Maven", "python": "PyPI", "rpm": "Red Hat", "semver": "npm"}
"""`versionType` to the ecosystem whose order it names."""
_BELIEVED: Final = frozenset({"PyPI", "Red Hat"})
GENERIC: Final = "generic"
_NUMBERS: Final = re.compile(r"v?[0-9]+(?:\.[0-9]+)*", re.IGNORECASE).match
_RELEASE: Final = re.compile(r"(?:[vV][0-9]+(?:\.[0-9]+)*|[0-9]+(?:\.[0-9]+)+)(?:[-.]?[A-Za-z]{1,5}[0-9.]*)?").fullmatch
Layer = tuple[Span, str]


def compile_cve(
    ordering: Ordering | None, versions: Iterable[Mapping[str, object]], default_status: str, repo: str
) -> Compiled:
    """Compile one entry of `affected`; never raises, whatever the JSON holds."""
    default = default_status if default_status in _STATUSES else _UNKNOWN
    reader = _Reader(ordering, repo)
    for count, entry in enumerate(versions):
        if count == MAX_ENTRIES:
            reader.give_up(f"more than {MAX_ENTRIES} entries")
            break
        reader.read(entry)
    return reader.compiled(default)


class _Reader:
    """Turns entries into layers, the first on top."""

    def __init__(self, ordering: Ordering | None, repo: str) -> None:
        self._ordering = ordering
        self._repo = repo
        self._layers: list[Layer] = []
        self._listed: list[str] = []
        self._commits: list[CommitRange] = []
        self._problems: list[str] = []
        self._undecidable = False

    def read(self, entry: Mapping[str, object]) -> None:
        version, status = _text(entry, "version"), _text(entry, "status") or _UNKNOWN
        kind = "lessThan" if "lessThan" in entry else "lessThanOrEqual" if "lessThanOrEqual" in entry else ""
        upper = _text(entry, kind)
        if status not in _STATUSES:
            self._problems.append(f"unknown status {status[:60]!r}")
            status = _UNKNOWN
        is_git = _text(entry, "versionType").lower() == "git" and not (_RELEASE(version) or _RELEASE(upper))
        if is_git or is_commit(version) or (kind and is_commit(upper)):
            self._keep_commits(version, kind, upper, status)
        elif kind:
            self._read_range(version, kind, upper, status, entry.get("changes"))
        else:
            self._read_single(version, status)

    def give_up(self, why: str) -> None:
        self._problems.append(why)
        self._layers.append((undecided(EVERYTHING, [why]), _UNKNOWN))

    def compiled(self, default: str) -> Compiled:
        """Overlay the entries; what stays undecided keeps its reason as the remark of its span."""
        out = Compiled(
            versions=tuple(dict.fromkeys(self._listed)), problems=self._problems, commits=tuple(self._commits)
        )
        if default == _AFFECTED and self._commits and not self._layers and not self._listed:
            default = _UNKNOWN  # entries of commits alone: what they except cannot be told
        out.otherwise = _UNKNOWN if default == _UNKNOWN else ""
        if self._undecidable:
            out.undecidable = True
            return out
        painted = overlay([(span, status) for span, status in self._layers if status != _UNREAD], default)
        affected = [span for span, status in painted if status == _AFFECTED]
        out.spans = tuple(span for span in affected if not span.single or span.remark)
        out.versions = (*(span.single for span in affected if span.single and not span.remark), *out.versions)
        out.unknown = _still_unknown(self._layers, affected)
        return out

    # --- one entry

    def _read_single(self, version: str, status: str) -> None:
        if version.strip().lower() in _NOTHING_SAID or (version.strip() == "0" and status == _AFFECTED):
            self._unreadable(EVERYTHING, version, status)
            return
        found = compile_text(self._ordering, version)
        self._problems += found.problems
        self._undecidable |= found.undecidable
        if status == _AFFECTED:
            self._commits += found.commits
        for text in found.versions:
            self._layers += self._point(text, status)
        for span in found.spans:
            if span.remark and status == _UNAFFECTED:
                self._unreadable(span, version, status)  # it is unaffected under a condition that nobody here can check
            else:
                self._layers.append((span, status))
        self._layers += [(span, _unread(status)) for span in found.unknown]

    def _point(self, text: str, status: str) -> list[Layer]:
        if self._ordering is not None:
            try:
                return [(at(self._ordering.key(text), text), status)]
            except InvalidVersionError:
                pass
        if status == _AFFECTED:
            self._listed.append(text)  # what it leaves open stands in `unknown` of the text
        return []

    def _read_range(self, version: str, kind: str, upper: str, status: str, changes: object) -> None:
        if self._ordering is None:
            self._without_ordering(version, upper, status)
            return
        low, introduced, low_read = self._lower(version)
        high, end, high_read = self._upper(upper, kind)
        if high is not None and low >= high:
            self._unreadable(
                Span(LOWEST, max(high, low + b"\x00"), "0", ("last_affected", version)),
                f"{version} to {upper}",
                status,
            )
            return
        span = Span(low, high, introduced, end)
        if not (low_read and high_read):
            self._unreadable(span, f"{version} to {upper}" if low_read else version, status)
            return
        self._layers += [*self._changes(span, changes), (span, status)]

    def _changes(self, span: Span, changes: object) -> list[Layer]:
        """The stretches of a range after each change, the last change first: it is the one that counts."""
        out: list[Layer] = []
        for change in changes if isinstance(changes, list) else ():
            if not isinstance(change, Mapping):
                self._problems.append("cannot read a change")
                continue
            start, status = _text(change, "at"), _text(change, "status")
            bound = self._bound(start)
            if bound is None or status not in _STATUSES:
                self._problems.append(f"cannot read the change at {start[:60]!r}")
            elif span.high is None or bound[0] < span.high:
                out.append((Span(max(bound[0], span.low), span.high, bound[1], span.end), status))
        return out[::-1]

    def _lower(self, version: str) -> tuple[bytes, str, bool]:
        """Key, text, and whether it could be read."""
        if version.strip().lower() in _NO_LOWER:
            return LOWEST, "0", True
        bound = self._bound(version)
        if bound is not None:
            return *bound, True
        found = compile_text(self._ordering, version)
        if found.problems or not (found.spans or found.versions):
            return LOWEST, "0", False
        if found.spans:
            first = found.spans[0]
            return first.low, first.introduced, True
        bound = self._bound(found.versions[0])
        return (LOWEST, "0", False) if bound is None else (*bound, True)

    def _upper(self, upper: str, kind: str) -> tuple[bytes | None, VersionEvent | None, bool]:
        """Key, event, and whether it could be read."""
        if upper.strip().lower() in _NO_UPPER:
            return None, None, True
        bound = self._bound(upper)
        if bound is None and kind == "lessThanOrEqual":
            bound = self._bound(ceiling_of(upper.strip()))
        if bound is not None:
            above = b"" if kind == "lessThan" else b"\x00"
            return bound[0] + above, ("last_affected" if above else "below", bound[1]), True
        found = compile_text(self._ordering, upper)
        if not found.problems and len(found.spans) == 1 and not found.versions:
            span = found.spans[0]
            if span.low != LOWEST and kind == "lessThan" and span.high is not None:
                return span.low, ("below", span.introduced), True  # lessThan 5.x: below all of 5
            return span.high, span.end, True
        bound = self._bound(found.versions[0]) if len(found.versions) == 1 and not found.problems else None
        return (None, None, False) if bound is None else (bound[0], ("below", bound[1]), kind == "lessThan")

    def _bound(self, version: str) -> tuple[bytes, str] | None:
        return bound_of(self._ordering, version) if self._ordering is not None else None

    # --- what cannot be evaluated

    def _unreadable(self, span: Span, shown: str, status: str) -> None:
        problem = f"cannot read {shown[:80]!r}"
        self._problems.append(problem)
        self._layers.append((undecided(span, [problem]), _unread(status)))

    def _without_ordering(self, version: str, upper: str, status: str) -> None:
        if version.strip().lower() in _NO_LOWER and upper.strip().lower() in _NO_UPPER:
            self._layers.append((EVERYTHING, status))
        else:
            self._undecidable = True

    def _keep_commits(self, version: str, kind: str, upper: str, status: str) -> None:
        if status != _AFFECTED:
            return
        if not kind:
            self._commits.append(CommitRange(self._repo, listed=(version,)))
        elif kind == "lessThan" and upper != "*":
            self._commits.append(CommitRange(self._repo, (version,), fixed=(upper,)))
        else:
            self._commits.append(CommitRange(self._repo, (version,), last_affected=() if upper == "*" else (upper,)))


def ordering_named(versions: Iterable[Mapping[str, object]]) -> str:
    """Return the ecosystem whose order the versions of a product follow, by what its entries say of themselves.

    `python` and `rpm` are believed where every bound is a version there. `semver` and `maven` are written for anything
    (one in six entries of `semver` holds bounds that are none), and order releases as `generic` does, which reads more
    spellings of what is installed. So they count only where one of the bounds is a pre-release by their own rule.

    Returns:
        OSV's name, or `generic`.
    """
    entries = list(versions)[:MAX_ENTRIES]
    named = {_text(entry, "versionType").strip().lower() for entry in entries} - {""}
    ecosystem = _TYPES.get(named.pop(), "") if len(named) == 1 else ""
    if not ecosystem:
        return GENERIC
    bounds = {
        text
        for entry in entries
        for text in _bounds_in(entry)
        if text.strip().lower() not in _NO_LOWER and text.strip().lower() not in _NO_UPPER
    }
    ordering = ordering_of(ecosystem)
    try:
        keys = {text: ordering.bound(text) for text in bounds}
        believed = ecosystem in _BELIEVED or any(
            (release := _NUMBERS(text)) is not None and key < ordering.key(release[0]) for text, key in keys.items()
        )
    except InvalidVersionError:
        return GENERIC
    return ecosystem if keys and believed else GENERIC


def _bounds_in(entry: Mapping[str, object]) -> Iterator[str]:
    yield from (_text(entry, name) for name in ("version", "lessThan", "lessThanOrEqual"))
    changes = entry.get("changes")
    for change in changes if isinstance(changes, list) else ():
        if isinstance(change, Mapping):
            yield _text(change, "at")


def _unread(status: str) -> str:
    return _UNREAD if status == _AFFECTED else _UNKNOWN


def _still_unknown(layers: list[Layer], affected: Iterable[Span]) -> tuple[Span, ...]:
    """What shows as unknown, piece by piece, so that each keeps its own reason; less what is affected for sure."""
    open_ = {_UNKNOWN, _UNREAD}
    names = {str(index): span.remark for index, (span, status) in enumerate(layers) if status in open_}
    asked = [(span, str(index) if status in open_ else "-") for index, (span, status) in enumerate(layers)]
    shown = overlay([*((span, "-") for span in affected), *asked])
    return tuple(
        Span(span.low, span.high, span.introduced, span.end, span.after, names[status] or "the record says: unknown")
        for span, status in shown
        if status != "-"
    )


def _text(entry: Mapping[str, object], name: str) -> str:
    value = entry.get(name) if name else None
    return value if isinstance(value, str) else ""
