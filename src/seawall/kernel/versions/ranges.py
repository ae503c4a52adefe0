"""Which versions are affected: one model for every notation that records use.

A `VersionRange` is compiled once, from OSV's events, a CVE record's `versions`, text of a CSAF product tree, VERS or a
package manager's own notation, into `Span`s: half-open ranges of version keys. Nothing is ever exploded into lists of
versions. A version is affected if a span holds it, or if it is listed.

Every question has three answers. What a record leaves open, or writes in a way that nobody can read for sure, is in
`unknown`, in `commits` or in `otherwise`; `doubt` tells it. It is never "not affected".

- Bounds that are no versions: in OSV's events and in VERS, OSV's rule holds (they sort above everything, so that an
  unreadable end ends nothing) and `problems` names them. In texts and CVE records the stretch they bound is `unknown`.
- Listed versions match by their text, or as the same version in another spelling (`1.0` and `1.0.0` on PyPI).
- Where a version and a bound are written so differently that their order is a guess (`17.02`, `S17.02`), the answer is
  a doubt (`unsure.py`).
- Ranges of commits are kept and not evaluated: they need the commit that something was built from.

The readers are imported when they are first needed: `osv_ranges`, `cve_ranges`, `text_ranges`, `vers`, `native`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from seawall.kernel.versions.compiled import CommitRange, Compiled
from seawall.kernel.versions.interface import InvalidVersionError, Ordering
from seawall.kernel.versions.osv_ranges import compile_osv
from seawall.kernel.versions.registry import is_supported, ordering_of
from seawall.kernel.versions.spans import Span, VersionEvent, at, difference, union
from seawall.kernel.versions.unsure import listed_alike, told_unsure, verdict

__all__ = ["CommitRange", "Match", "Span", "VersionEvent", "VersionRange"]


class Match(msgspec.Struct, frozen=True):
    """A version is affected."""

    words: str
    """Why, for example `from 2.0 and below 2.3.1 (fixed)`."""
    fixed: str = ""
    """The release that ends the range, where the record names one."""


class VersionRange(msgspec.Struct, frozen=True):
    """The affected versions of one package or product. Build it with one of the `from_…` methods."""

    ecosystem: str
    spans: tuple[Span, ...]
    """Affected. They may overlap, unless the range is `normalised`."""
    versions: tuple[str, ...] = ()
    """Affected, listed one by one; also texts that are no versions, which then match as text alone."""
    problems: tuple[str, ...] = ()
    """What could not be read, each in words."""
    _ordering: Ordering | None = None
    _undecidable: bool = False
    """There are bounds, and no ordering to evaluate them."""
    commits: tuple[CommitRange, ...] = ()
    """Ranges of commits: kept, not evaluated."""
    unknown: tuple[Span, ...] = ()
    """Versions of which nothing certain is known, unless a span holds them too; `words` says why."""
    otherwise: str = ""
    """`unknown`: the record says that it does not know about versions outside all that it names; else empty."""

    @classmethod
    def from_osv(
        cls,
        ecosystem: str,
        ranges: Iterable[Sequence[VersionEvent]] = (),
        versions: Iterable[str] = (),
        commits: Iterable[CommitRange] = (),
    ) -> VersionRange:
        """Compile the ranges and the listed versions of one `affected` entry.

        Args:
            ecosystem: OSV's name. An unsupported one is no error here: listed versions, and ranges that hold every
                version, can still be decided.
            ranges: The events of each range that is not of type `GIT`, in the record's order. Unknown kinds of events
                are ignored.
            versions: Versions listed one by one.
            commits: The ranges of type `GIT`.
        """
        ordering = _ordering_of(ecosystem)
        compiled = compile_osv(ordering, ranges, versions)
        compiled.commits = tuple(commits)
        return cls._of(ecosystem, ordering, compiled)

    @classmethod
    def from_cve(
        cls,
        ecosystem: str,
        versions: Iterable[Mapping[str, object]] = (),
        default_status: str = "unknown",
        repo: str = "",
    ) -> VersionRange:
        """Compile one entry of `affected` in a CVE record 5.x, by the schema's own algorithm.

        Args:
            ecosystem: Whose order the versions follow; `generic` for a product.
            versions: `affected[].versions` as decoded JSON.
            default_status: `affected[].defaultStatus`; the schema's own default is `unknown`.
            repo: `affected[].repo`, kept with ranges of commits.
        """
        from seawall.kernel.versions.cve_ranges import compile_cve  # noqa: PLC0415 - imported when needed: fast start

        ordering = _ordering_of(ecosystem)
        return cls._of(ecosystem, ordering, compile_cve(ordering, versions, default_status, repo))

    @classmethod
    def from_text(cls, ecosystem: str, text: str) -> VersionRange:
        """Read what people write in product trees, such as `<V3.2 SP1`, `>=1.0|<2.0`, `All versions` or `vers:all/*`.

        Never raises: what cannot be read is a problem, and leaves every version undecided.

        Args:
            ecosystem: Whose order the versions follow, also for a `vers:` of another scheme; `generic` for a product.
            text: A CSAF `product_version` or `product_version_range`, or a CVE record's `version`.
        """
        from seawall.kernel.versions.text_ranges import compile_text  # noqa: PLC0415 - imported when needed: fast start

        ordering = _ordering_of(ecosystem)
        return cls._of(ecosystem, ordering, compile_text(ordering, text))

    @classmethod
    def from_vers(cls, text: str) -> VersionRange:
        """Read a VERS; its constraints may come in any order.

        Raises:
            InvalidRangeError: It is no VERS (`kernel.invalid-range`).
        """
        from seawall.kernel.versions import vers  # noqa: PLC0415 - imported when needed: fast start

        parsed = vers.parse_lenient(text)
        ordering = _ordering_of(parsed.ecosystem)
        return cls._of(parsed.ecosystem, ordering, vers.compile_vers(ordering, parsed))

    @classmethod
    def from_native(cls, ecosystem: str, text: str) -> VersionRange:
        """Read a range in the notation of the ecosystem's own package manager: npm, RubyGems or PyPI.

        Raises:
            InvalidRangeError: It is no such range, or the ecosystem's notation is not known (`kernel.invalid-range`).
        """
        from seawall.kernel.versions.native import compile_native  # noqa: PLC0415 - imported when needed: fast start

        ordering = ordering_of(ecosystem)
        return cls._of(ecosystem, ordering, Compiled(spans=compile_native(ecosystem, ordering, text)))

    @classmethod
    def _of(cls, ecosystem: str, ordering: Ordering | None, found: Compiled) -> VersionRange:
        return cls(
            ecosystem,
            found.spans,
            found.versions,
            tuple(dict.fromkeys(found.problems)),
            ordering,
            found.undecidable,
            found.commits,
            found.unknown,
            found.otherwise,
        )

    @property
    def needs_commit(self) -> bool:
        """The record tells affected commits alone: no version can be decided."""
        return bool(self.commits) and not self.spans and not self.versions

    def contains(self, version: str) -> Match | None:
        """Say whether and why a version is affected. None is no "not affected" before `doubt` has been asked.

        Raises:
            UnsupportedEcosystemError: The version is not listed, and the order that the ranges need is not known.
            InvalidVersionError: The version is not listed, and there is no such version in this ecosystem.
        """
        listed = version in self.versions
        if self._ordering is None:
            if self._undecidable and not listed:
                ordering_of(self.ecosystem)  # raises, since it is not supported
            if self.spans:
                return Match(self.spans[0].words)
        elif self.spans or self.versions:
            try:
                key = self._ordering.key(version)
            except InvalidVersionError:
                if not listed:
                    raise
            else:
                guesses = self._ordering.unsure(key) if self._ordering.unsure is not None else ()
                for span in self.spans:
                    if verdict(span.low, span.high, key, guesses) if guesses else span.holds(key):
                        return Match(span.words, span.fixed)
                listed = listed or any(self._is_same(other, key) for other in self.versions)
        return Match(f"version {version} is listed") if listed else None

    def doubt(self, version: str) -> str:
        """Say why a version that is not contained may be affected all the same; empty: the record rules it out.

        A record's `otherwise` is told apart from this: few publishers mean it.

        Raises:
            InvalidVersionError: There is no such version in this ecosystem.
        """
        if self.needs_commit:
            return "the record names affected commits alone: it needs the commit that this was built from"
        if self._ordering is None:
            alike = next(filter(None, (listed_alike(version, listed) for listed in self.versions)), "")
            return self.unknown[0].remark if self.unknown else alike
        if not self.unknown and self._ordering.unsure is None:
            return ""
        key = self._ordering.key(version)
        said = next((span.remark for span in self.unknown if span.holds(key)), "")
        return said or self._guessed(version, key)

    def _guessed(self, version: str, key: bytes) -> str:
        """Say which bound is written so differently that the version's place beside it is a guess."""
        guesses = self._ordering.unsure(key) if self._ordering is not None and self._ordering.unsure is not None else ()
        if not guesses:
            return ""
        for span in (*self.spans, *self.unknown, *self._placed()[0]):
            if verdict(span.low, span.high, key, guesses) is None:
                is_low = any(start <= span.low < end for start, end in guesses)
                return told_unsure(version, span.introduced if is_low or span.end is None else span.end[1])
        return ""

    def normalised(self) -> VersionRange:
        """Return the same range with spans sorted and merged, and listed versions that can be placed among them."""
        if self._ordering is None:
            return self
        points, texts = self._placed()
        merged = union((*self.spans, *points))
        single = tuple(span.single for span in merged if span.single)
        return replace(self, spans=tuple(span for span in merged if not span.single), versions=single + texts)

    def without(self, other: VersionRange) -> VersionRange:
        """Return this range less what the other one holds; both must be of one ecosystem.

        What the other one holds under a condition (`only on Windows`) stays.
        """
        if self._ordering is None:
            return self
        points, texts = self._placed()
        taken = (*(span for span in other.spans if not span.remark), *other._placed()[0])
        rest = tuple(text for text in texts if text not in other.versions)
        spans, unknown = difference((*self.spans, *points), taken), difference(self.unknown, taken)
        return replace(self, spans=spans, versions=rest, unknown=unknown).normalised()

    def to_vers(self) -> str:
        """Write it as a canonical VERS that holds the same versions; `vers:<scheme>/` and nothing if it holds none.

        What is unknown, and ranges of commits, have no place in VERS: ask for them beforehand.

        Raises:
            UnsupportedEcosystemError: There are bounds, and no ordering for them.
        """
        from seawall.kernel.versions import vers  # noqa: PLC0415 - imported when needed: fast start

        if self._undecidable:
            ordering_of(self.ecosystem)
        points, texts = self._placed()
        listed = tuple(("=", text) for text in texts)
        constraints = vers.constraints_of((*self.spans, *points))
        if constraints != (("*", ""),):
            constraints += listed
        return str(vers.Vers(vers.scheme_of(self.ecosystem), constraints)) if constraints else "vers:none/*"

    def _placed(self) -> tuple[tuple[Span, ...], tuple[str, ...]]:
        """Return the listed versions that have a place in the order, as spans; and those that have none."""
        points: list[Span] = []
        texts: list[str] = []
        for version in self.versions:
            try:
                if self._ordering is None:
                    texts.append(version)
                else:
                    points.append(at(self._ordering.key(version), version))
            except InvalidVersionError:
                texts.append(version)
        return tuple(points), tuple(texts)

    def _is_same(self, listed: str, key: bytes) -> bool:
        try:
            return self._ordering is not None and self._ordering.key(listed) == key
        except InvalidVersionError:
            return False


def _ordering_of(ecosystem: str) -> Ordering | None:
    return ordering_of(ecosystem) if is_supported(ecosystem) else None
