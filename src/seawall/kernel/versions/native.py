"""Ranges as package managers write them: npm, RubyGems and PyPI.

Each notation becomes spans. Bounds follow the VERS project's translation, which its tests fix: `^1.2.9` ends below
`2.0.0`, so that a pre-release of 2.0.0 counts as inside. That shows too much rather than too little; the package
managers leave pre-releases out by rules about what they *install*, which say nothing about what is affected.

- npm (`semver` README, "Ranges"): `||`, comparators, `1.2 - 2.3`, `1.2.x`, `~`, `^`, `latest`-like tags are refused.
- RubyGems (`Gem::Requirement`): `~>`, `=`, `!=`, `<`, `<=`, `>`, `>=`, separated by commas.
- PyPI (PEP 440, "Version specifiers"): `~=`, `==`, `==1.*`, `!=`, `!=1.*`, `<`, `<=`, `>`, `>=`, `===`. Stars and
  `~=` are exact (their bounds are development releases); `<`, `>` and `==` follow the order of versions, so that
  `==1.0` does not hold `1.0+local`, and `<1.0` holds `1.0rc1`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, NoReturn

from seawall.kernel.versions.interface import LOWEST, InvalidVersionError, Ordering
from seawall.kernel.versions.spans import EVERYTHING, InvalidRangeError, Span, at, complement, intersection, union

MAX_CHARACTERS: Final = 4_000
"""Longest range that is read, in characters; CPython turns no more than 4,300 digits into a number."""

_NPM_TERM: Final = re.compile(r"(>=|<=|=|<|>|\^|~>?|)\s*([^\s<>=^~]+)\s*").match
_NPM_HYPHEN: Final = re.compile(r"\s*(\S+)\s+-\s+(\S+)\s*").fullmatch
_NPM_PARTIAL: Final = re.compile(
    r"[v=]*([0-9]+|[xX*])(?:\.([0-9]+|[xX*]))?(?:\.([0-9]+|[xX*]))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?"
).fullmatch
_GEM_TERM: Final = re.compile(r"\s*(~>|>=|<=|!=|=|<|>|)\s*([0-9A-Za-z.-]+)\s*").fullmatch
_PYPI_TERM: Final = re.compile(r"\s*(~=|===|==|!=|<=|>=|<|>)\s*([^\s<>=~,;]+)\s*").fullmatch


def compile_native(ecosystem: str, ordering: Ordering, text: str) -> tuple[Span, ...]:
    """Return what a native range holds, merged; a range that nothing meets is empty.

    Args:
        ecosystem: `npm`, `RubyGems` or `PyPI`, in any case.
        ordering: Of that ecosystem.
        text: For example `^1.2 || ~2.3.1`, `~> 1.0, >= 1.0.3`, `~=1.4, !=1.4.2`. Empty: every version.

    Raises:
        InvalidRangeError: It is no range in that notation, or the notation is not known.
    """
    reader = _READERS.get(ecosystem.lower())
    if reader is None or len(text) > MAX_CHARACTERS:
        _refuse(ecosystem, text)
    try:
        return union(reader(_Maker(ecosystem, ordering), text))
    except InvalidVersionError as error:
        _refuse(ecosystem, text, error)


class _Maker:
    """Makes spans out of comparators."""

    def __init__(self, ecosystem: str, ordering: Ordering) -> None:
        self.ecosystem = ecosystem
        self._ordering = ordering

    def compare(self, operator: str, version: str) -> tuple[Span, ...]:
        key = self._ordering.bound(version)
        if operator == "=":
            return (at(key, version),)
        if operator == "!=":
            return complement([at(key, version)])
        if operator in {"<", "<="}:
            above = b"\x00" if operator == "<=" else b""
            return (Span(LOWEST, key + above, "0", ("last_affected" if above else "below", version)),)
        if operator == ">":
            return (Span(key + b"\x00", None, version, None, after=True),)
        return (Span(key, None, version, None),)

    def between(self, low: str, high: str) -> tuple[Span, ...]:
        """From `low` up to, not including, `high`."""
        return intersection(self.compare(">=", low), self.compare("<", high))

    def all_of(self, parts: Sequence[tuple[Span, ...]]) -> tuple[Span, ...]:
        out: tuple[Span, ...] = (EVERYTHING,)
        for part in parts:
            out = intersection(out, part)
        return out

    def refuse(self, text: str) -> NoReturn:
        _refuse(self.ecosystem, text)


# --- npm


def _npm(make: _Maker, text: str) -> tuple[Span, ...]:
    return union(span for alternative in text.split("||") for span in _npm_all_of(make, alternative))


def _npm_all_of(make: _Maker, text: str) -> tuple[Span, ...]:
    hyphen = _NPM_HYPHEN(text)
    if hyphen:
        return make.all_of([_npm_compare(make, ">=", hyphen[1]), _npm_compare(make, "<=", hyphen[2])])
    parts: list[tuple[Span, ...]] = []
    position = len(text) - len(text.lstrip())
    while position < len(text):
        match = _NPM_TERM(text, position)
        if match is None:
            make.refuse(text)
        parts.append(_npm_compare(make, match[1], match[2]))
        position = match.end()
    return make.all_of(parts)


def _npm_compare(make: _Maker, operator: str, partial: str) -> tuple[Span, ...]:
    match = _NPM_PARTIAL(partial)
    if match is None:
        make.refuse(partial)
    numbers: list[int] = []
    for part in match.groups()[:3]:
        if part is None or part in "xX*":
            break
        numbers.append(int(part))
    if not numbers:
        return () if operator in {"<", ">"} else (EVERYTHING,)
    full = _dotted(numbers) + (f"-{match[4]}" if match[4] and len(numbers) == 3 else "")  # noqa: PLR2004 - major, minor, patch
    if operator == "^":
        kept = next((index for index, number in enumerate(numbers) if number), len(numbers) - 1)
        return make.between(full, _dotted(_bumped(numbers, kept)))
    if operator in {"~", "~>"}:
        return make.between(full, _dotted(_bumped(numbers, min(1, len(numbers) - 1))))
    if len(numbers) == 3:  # noqa: PLR2004 - major, minor, patch
        return make.compare(operator or "=", full)
    beyond = _dotted(_bumped(numbers, len(numbers) - 1))
    if operator in {"", "="}:
        return make.between(full, beyond)
    return make.compare(*{"<": ("<", full), ">=": (">=", full), "<=": ("<", beyond), ">": (">=", beyond)}[operator])


def _bumped(numbers: Sequence[int], index: int) -> list[int]:
    return [*numbers[:index], numbers[index] + 1]


def _dotted(numbers: Sequence[int]) -> str:
    return ".".join(map(str, [*numbers, 0, 0][:3]))


# --- RubyGems


def _gem(make: _Maker, text: str) -> tuple[Span, ...]:
    parts: list[tuple[Span, ...]] = []
    for term in filter(str.strip, text.split(",")):
        match = _GEM_TERM(term)
        if match is None:
            make.refuse(text)
        operator, version = match.groups()
        parts.append(
            make.between(version, _gem_bumped(version)) if operator == "~>" else make.compare(operator or "=", version)
        )
    return make.all_of(parts)


def _gem_bumped(version: str) -> str:
    """`Gem::Version#bump`: drop pre-release parts and the last number, raise the one before it."""
    numbers: list[int] = []
    for part in version.split("."):
        if not part.isdecimal():
            break
        numbers.append(int(part))
    if len(numbers) > 1:
        numbers.pop()
    return ".".join(map(str, _bumped(numbers, len(numbers) - 1))) if numbers else version


# --- PyPI


def _pypi(make: _Maker, text: str) -> tuple[Span, ...]:
    parts: list[tuple[Span, ...]] = []
    for term in filter(str.strip, text.split(",")):
        match = _PYPI_TERM(term)
        if match is None:
            make.refuse(text)
        parts.append(_pypi_compare(make, *match.groups()))
    return make.all_of(parts)


def _pypi_compare(make: _Maker, operator: str, version: str) -> tuple[Span, ...]:
    if version.endswith(".*") and operator in {"==", "!="}:
        series = _pypi_series(make, version[:-2])
        return series if operator == "==" else complement(series)
    if operator == "~=":
        release, _, _ = _pypi_release(make, version)
        if len(release) < 2:  # noqa: PLR2004 - PEP 440: a compatible release needs two parts
            make.refuse(f"~={version}")
        epoch = f"{version.partition('!')[0]}!" if "!" in version else ""
        series = _pypi_series(make, epoch + ".".join(map(str, release[:-1])))
        return intersection(make.compare(">=", version), series)
    return make.compare({"==": "=", "===": "="}.get(operator, operator), version)


def _pypi_series(make: _Maker, prefix: str) -> tuple[Span, ...]:
    release, epoch, rest = _pypi_release(make, prefix)
    if rest:
        make.refuse(f"{prefix}.*")
    beyond = ".".join(map(str, _bumped(release, len(release) - 1)))
    return make.between(f"{epoch}{'.'.join(map(str, release))}.dev0", f"{epoch}{beyond}.dev0")


def _pypi_release(make: _Maker, version: str) -> tuple[list[int], str, str]:
    match = re.match(r"[vV]?((?:[0-9]+!)?)([0-9]+(?:\.[0-9]+)*)(.*)", version)
    if match is None:
        make.refuse(version)
    return [int(part) for part in match[2].split(".")], match[1], match[3]


_READERS: Final[dict[str, Callable[[_Maker, str], tuple[Span, ...]]]] = {"npm": _npm, "rubygems": _gem, "pypi": _pypi}


def _refuse(ecosystem: str, text: str, cause: Exception | None = None) -> NoReturn:
    raise InvalidRangeError(
        "kernel.invalid-range",
        f"{text[:60]!r} is not a range in the notation of {ecosystem[:60]}",
        remedy="Notations of npm, RubyGems and PyPI are read; or write it as VERS, such as vers:npm/>=1.0.0|<2.0.0.",
        range=text[:60],
    ) from cause
