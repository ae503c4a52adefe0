"""Text about versions, evaluated: CSAF product trees, and the `version` of CVE records.

`text_grammar` says which comparators a text holds; here an ordering gives them a place. Rules:

- Comparators are paired in the order in which they stand: a lower bound and the upper bound after it are one stretch,
  and so are an upper bound and the lower one after it where that makes sense (`<2.0, >=1.0`). A stretch that ends
  before it begins is unreadable.
- `1.x`, `1.*`: from 1 up to and including every 1.x there may be; written with the largest number that is sorted.
- What cannot be read leaves every version undecided (`Compiled.unknown`); what else the text says still counts. Names
  of commits and serial numbers are never taken for versions, and dates only by an order that has a place for them.
- A single version is listed, and matches as text also where it is no version of the ecosystem. Every other version
  is undecided then: `android_14` may be what an inventory calls `14`. Of `17.6.1x` those are that `x` may mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from seawall.kernel.versions.compiled import CommitRange, Compiled
from seawall.kernel.versions.interface import LOWEST, InvalidVersionError, Ordering
from seawall.kernel.versions.spans import CEILING, EVERYTHING, Span, VersionEvent, at, difference, union
from seawall.kernel.versions.text_grammar import NO_VERSION, Term, terms_of

_WILD: Final = re.compile(r"(.*?[0-9])(?:[.-][xX*]+)+").fullmatch
_COMMIT: Final = re.compile(
    r"(?=[0-9a-f]*[a-f])(?=[0-9a-f]*[0-9])(?:[0-9a-f]{10,40}|[0-9a-f]{64})|(?=(?:[0-9]*[a-f]){3})[0-9a-f]{7,9}"
).fullmatch
_NAMED: Final = re.compile(
    r"(?!.*\b(?:prior|before|earlier|older|lower|previous|below|under|until|through|thru|to|up|from|since|later|newer|"
    r"higher|above|after|greater|and|or|than|between|not|no|except|excluding|other|all|any|each|every|minus)\b)"
    r"(?!(?:sp|u|upd|update|hf|hotfix|p|patch|build|r|rev|beta|alpha|rc|service|cu|mr|fp)\b)"
    r"(?:(?:[A-Za-z][A-Za-z®™+&-]*\s+){1,4}?|\S*[A-Za-z]\S*\s+(?=[vV]\d)|[A-Za-z][A-Za-z/]{3,}[_-])((?:[vV]\.?\s?)?\d\S*(?:\s+\S+)*)",
    re.IGNORECASE,
).fullmatch
"""A name before a version: `PI Vision 2020`, `CPCI85 V05`, `android_12.0`."""
_PLAIN: Final = re.compile(r"[vV]?[0-9]+(?:\.[0-9]+)*").fullmatch
_HALF_WILD: Final = re.compile(r"(.*[0-9])[xX]").fullmatch
_CONDITION: Final = re.compile(r"\s*(?:with|without|if|when|where|only|installed)(?:\b|_)", re.IGNORECASE).match


def compile_text(ordering: Ordering | None, text: str) -> Compiled:
    """Read a text about versions; never raises."""
    read = terms_of(text)
    out = Compiled()
    if ordering is None:
        return _without_ordering(read.terms, out)
    reader = _Reader(ordering, text.strip())
    spans = tuple(reader.spans(read.terms))
    if read.remark:
        spans = tuple(replace(span, remark=read.remark) for span in spans)
    merged = union(spans) if len(spans) > 1 else spans
    out.spans = tuple(span for span in merged if not span.single or span.remark)
    out.versions = (*(span.single for span in merged if span.single and not span.remark), *reader.listed)
    out.problems = reader.problems
    if reader.commits:
        out.commits = (CommitRange("", listed=tuple(reader.commits)),)
    out.unknown = tuple(undecided(span, [f"{reader.listed[0]!r} may stand for it"]) for span in reader.open)
    if reader.problems:
        out.unknown = (undecided(EVERYTHING, reader.problems),)
    return out


def is_commit(text: str) -> bool:
    """Whether a text is the name of a commit, as far as its form can tell."""
    return _COMMIT(text.strip()) is not None


def undecided(span: Span, problems: list[str]) -> Span:
    """Return a stretch of which nothing certain is known."""
    return replace(span, remark=f"not decided: {'; '.join(problems[:3])}")


def _without_ordering(terms: tuple[Term, ...], out: Compiled) -> Compiled:
    if any(term.operator == "*" for term in terms):
        out.spans = (EVERYTHING,)
        return out
    out.versions = tuple(term.version for term in terms if term.operator == "=")
    out.problems = [f"cannot read {term.version!r}" for term in terms if term.operator == "?"]
    out.undecidable = len(out.versions) < len(terms)
    return out


class _Reader:
    """Gives terms their place; collects what has none."""

    def __init__(self, ordering: Ordering, text: str) -> None:
        self._ordering = ordering
        self._text = text if len(text) <= 80 else text[:77] + "…"  # noqa: PLR2004 - characters that fit a line
        self.problems: list[str] = []
        self.listed: list[str] = []
        self.commits: list[str] = []
        self.open: list[Span] = []
        """Undecided, whatever else the text says."""

    def spans(self, terms: tuple[Term, ...]) -> Iterator[Span]:
        low: Span | None = None
        out: list[Span] = []
        excluded: list[Span] = []
        for term in terms:
            found = self._place(term)
            if found is None:
                if low is not None and term.operator in {"<", "<="}:
                    low = None  # the stretch has no readable end: not decided, rather than endless
                continue
            if term.operator == "!=":
                excluded.append(found)
            elif found.high is None and found.low != LOWEST:
                low = low or found
            elif term.operator in {"<", "<="}:
                out.append(self._joined(low, found) if low is not None else found)
                low = None
            else:
                out.append(found)
        if low is not None:
            last = out[-1] if len(out) == 1 and len(terms) == 2 else None  # noqa: PLR2004 - an upper and a lower bound
            if last is not None and last.low == LOWEST and last.high is not None and low.low < last.high:
                out[-1] = self._joined(low, last)  # "<2.0, >=1.0"
            else:
                out.append(low)
        out = [span for span in out if span.high is None or span.low < span.high]
        if excluded:
            return iter(difference(out or [EVERYTHING], excluded))
        return iter(out)

    def _joined(self, low: Span, high: Span) -> Span:
        if high.high is not None and low.low >= high.high:
            self._report("ends before it begins")
        return Span(low.low, high.high, low.introduced, high.end, low.after)

    def _place(self, term: Term) -> Span | None:
        if term.operator == "*":
            return EVERYTHING
        if term.operator == "?":
            self._report()
            return None
        wild = _WILD(term.version)
        if wild:
            return self._place_series(term.operator, wild[1], term.version)
        key, version = self._key(term.version, term.operator)
        if key is None:
            return None
        return _stretch(term.operator, key, version)

    def _place_series(self, operator: str, prefix: str, shown: str) -> Span | None:
        """`5.x`: below it is below 5, above it is above every 5.x."""
        low, high = bound_of(self._ordering, prefix), bound_of(self._ordering, ceiling_of(shown))
        if low is None or high is None:
            self._report()
            return None
        if operator in {"<", ">="}:
            return _stretch(operator, *low)
        if operator in {"<=", ">"}:
            return _stretch(operator, *high)
        if low[0] > high[0]:  # an order in which `5.1.0-9` comes before `5.1.0`
            self._report()
            return None
        return Span(low[0], high[0] + b"\x00", low[1], ("last_affected", high[1]))

    def _key(self, version: str, operator: str) -> tuple[bytes | None, str]:
        if _COMMIT(version):
            self.commits.append(version)
            self._report("needs commit")
            return None, version
        for candidate in _candidates(version, operator):
            try:
                key = self._ordering.key(candidate) if operator == "=" else self._ordering.bound(candidate)
            except InvalidVersionError:
                continue
            return key, candidate
        if operator == "=":
            self.listed.append(version)
            half = _HALF_WILD(version)
            low, high = (self._bound(half[1]), self._bound(f"{half[1]}.{CEILING}")) if half else (None, None)
            if low is not None and high is not None and low < high:
                self.open.append(Span(low, high + b"\x00", half[1] if half else "", ("last_affected", version)))
                return None, version
        self._report()
        return None, version

    def _bound(self, version: str) -> bytes | None:
        try:
            return self._ordering.bound(version)
        except InvalidVersionError:
            return None

    def _report(self, why: str = "") -> None:
        self.problems.append(f"cannot read {self._text!r}" + (f" ({why})" if why else ""))


def bound_of(ordering: Ordering, version: str) -> tuple[bytes, str] | None:
    """Return the key of a bound and the text that was read; None if no reading of it has a certain place."""
    for candidate in _candidates(version.strip(), "<"):
        try:
            return ordering.bound(candidate), candidate
        except InvalidVersionError:
            continue
    return None


def ceiling_of(version: str) -> str:
    """Return a version above every one that `6.6.*` may stand for; other texts as they are."""
    wild = _WILD(version)
    return f"{wild[1]}.{CEILING}" if wild else version


def _candidates(version: str, operator: str) -> Iterator[str]:
    """The readings of a version, the surest first: without a name before it, as it is, with spaces for underscores.

    A single version is taken literally: `CODESYS Gateway V3` is a family of products, not its version 3.
    """
    if _PLAIN(version):
        yield version
        return
    if NO_VERSION(version) or _CONDITION(version):
        if _is_date(version):
            yield version
        return
    spaced = version.replace("_", " ")
    named = _NAMED(version) or _NAMED(spaced)
    if named and operator != "=":
        yield named[1]
    yield version
    if spaced != version and not _CONDITION(spaced):
        yield spaced
    half = _HALF_WILD(version)
    if half and operator == ">=":
        yield half[1]


def _is_date(version: str) -> bool:
    from seawall.kernel.versions.generic import is_date  # noqa: PLC0415 - few texts hold the name of a month

    return is_date(version)


def _stretch(operator: str, key: bytes, version: str) -> Span:
    if operator in {"=", "!="}:
        return at(key, version)
    if operator in {"<", "<="}:
        end: VersionEvent = ("below" if operator == "<" else "last_affected", version)
        return Span(LOWEST, key + (b"" if operator == "<" else b"\x00"), "0", end)
    is_after = operator == ">"
    return Span(key + (b"\x00" if is_after else b""), None, version, None, is_after)
