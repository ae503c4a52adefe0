"""The location layer: same product, same file, same weakness, and a place that agrees; or the same public entry point.

What agrees, surest first, `d` being the distance of the lines:

| code | symbol | same place | moved | asked |
|---|---|---|---|---|
| the same | the same | d ≤ 3 | d ≤ 200 | farther |
| the same | unknown on a side | d ≤ 3 | d ≤ 60 | farther |
| unknown | the same | d ≤ 3 | d ≤ 25, or a line unknown | d ≤ 60 |
| unknown | unknown on a side | d ≤ 1 | d ≤ 3 | d ≤ 8 |
| snippets differ | the same | d ≤ 2 | | d ≤ 8 |
| snippets differ | unknown on a side | same line | | |
| other | the same, or unknown | | | d ≤ 2 |
| any | other | | | same line |

The code is the same if the snippets or a fingerprint of the scanner are equal or, where one is missing, if texts and
snippets mention the same names; it is another if both mention names and share none. A finding without a symbol whose
text mentions the other's symbol counts as having the same one. Within one release nothing moves: there, moved is d ≤ 5.

The weakness agrees when the families of `weaknesses.py` meet, or when the same rule of the same tool found both. The
same tool's rule at two places of *one* report means two places: scanners do not list one twice.

Paths are compared from their end, whole components, because tools count from different roots: one is the other's end,
or, where symbol or code is the same, the last folder and the file are. Files that only name dependencies are no place
(see `profile`). The entry point that the evidence calls counts as a place when the texts share at least some words and
the same release is claimed; otherwise it is asked.
"""

from __future__ import annotations

import sys
from enum import Enum, auto
from typing import Final

from seawall.triage.layers.interface import Level, Link, Standing
from seawall.triage.layers.keys import place_key, product_prefix
from seawall.triage.model import Layer
from seawall.triage.profile import Profile, symbol_hash
from seawall.triage.text import similarity

_RULE: Final = "triage.location/1"
_SPAN: Final = 8
"""Lines in one bucket of the index; no rule that rests on lines alone may reach farther."""
_NEXT_LINES: Final = 2
_STATEMENT: Final = 5
"""Lines by which tools differ about one statement of one release."""
_FIT: Final = 0.6
"""Share of the shorter list of names that has to be in both for the code to be the same."""
_WORDS_IN_COMMON: Final = 0.06
"""Similarity that two reports on one entry point need. Weak on purpose: duplicates of the lab have 0.05 to 0.25, and so
have its unrelated reports; release, weakness and entry point carry the decision."""


class _Code(Enum):
    """Whether two findings are about the same lines of code, wherever they are."""

    SAME = auto()
    UNKNOWN = auto()
    DIFFERS = auto()
    """The snippets differ: they may be cut differently."""
    OTHER = auto()
    """The names differ."""


_REACH: Final = {
    (_Code.SAME, True): (3, 200, sys.maxsize),
    (_Code.SAME, False): (3, 60, sys.maxsize),
    (_Code.UNKNOWN, True): (3, 25, 60),
    (_Code.UNKNOWN, False): (1, 3, 8),
    (_Code.DIFFERS, True): (2, 2, 8),
    (_Code.DIFFERS, False): (0, 0, 0),
}
"""By code and whether the symbol is the same: lines apart at the same place, moved, and worth a question."""


class PlaceLayer:
    """See the module's docstring."""

    layer = Layer.LOCATION
    levels = (Level.PLACE, Level.DRIFT)
    _PLACE = Link(Level.PLACE, Standing.MERGES, layer, _RULE, "Same product, file and weakness, at the same place.")
    _DRIFT = Link(
        Level.DRIFT,
        Standing.MERGES,
        layer,
        _RULE,
        "Same product, file and weakness, at a place that has moved a little.",
    )
    _ENTRY = Link(
        Level.PLACE, Standing.MERGES, layer, _RULE, "Same release, weakness and public entry point, in similar words."
    )
    _LISTED_TWICE = Link(
        Level.DRIFT,
        Standing.BLOCKED,
        layer,
        _RULE,
        "The places are close, but one report of one scanner lists both: two places, unless a person knows better.",
    )
    _FAR = Link(
        Level.HINT,
        Standing.HINT,
        layer,
        _RULE,
        "Same product, file and weakness, but the lines are far from each other.",
    )
    _OTHER_WEAKNESS = Link(
        Level.HINT,
        Standing.HINT,
        layer,
        _RULE,
        "Same place, but the reports name different weaknesses, or one names none.",
    )
    _SAME_ENTRY = Link(
        Level.HINT,
        Standing.HINT,
        layer,
        _RULE,
        "Same public entry point and weakness, but other releases or other words.",
    )

    def written(self, profile: Profile) -> list[int]:
        """See `MatchLayer.written`."""
        return self._keys(profile, (0,))

    def probed(self, profile: Profile) -> list[int]:
        """See `MatchLayer.probed`: also the buckets of lines before and after."""
        return self._keys(profile, (-1, 0, 1))

    def facet(self, profile: Profile) -> object:
        """See `MatchLayer.facet`; the words count only beside an entry point."""
        return (
            profile.products,
            profile.families,
            profile.rule,
            profile.path,
            profile.line,
            profile.symbol,
            profile.snippet,
            profile.prints,
            profile.releases,
            profile.names,
            profile.entry and (profile.entry, profile.signature),
        )

    def compare(self, left: Profile, right: Profile) -> Link | None:
        """See `MatchLayer.compare`."""
        if not left.shares_product(right):
            return None
        link = self._compare_places(left, right) if left.path and right.path else None
        if (link is None or link.standing is Standing.HINT) and left.entry and left.entry == right.entry:
            return self._compare_entries(left, right) or link
        return link

    def inputs(self, left: Profile, right: Profile) -> dict[str, str]:
        """See `MatchLayer.inputs`."""
        found = {
            "left": _written_place(left),
            "right": _written_place(right),
            "weakness": ", ".join(sorted({*left.weaknesses, *right.weaknesses})),
        }
        if left.snippet and right.snippet:
            found["snippet"] = "same" if left.snippet == right.snippet else "different"
        if left.names and right.names:
            shared = len(set(left.names) & set(right.names))
            found["names in common"] = f"{shared} of {len(left.names)} and {len(right.names)}"
        if left.entry and left.entry == right.entry:
            found["similarity"] = f"{similarity(left.signature, right.signature):.2f}"
        return found

    def _keys(self, profile: Profile, steps: tuple[int, ...]) -> list[int]:
        names: list[tuple[str, str]] = []
        if profile.path:
            file = profile.path.rsplit("/", 1)[-1]
            if profile.line:
                names += (("line", f"{file}:{profile.line // _SPAN + step}") for step in steps)
            names += (("name", f"{file}:{name}") for name in profile.names)
            if profile.snippet:
                names.append(("snippet", f"{file}:{profile.snippet}"))
            names += (("print", str(each)) for each in profile.prints)
        if profile.entry:
            names.append(("entry", profile.entry))
        if not names:
            return []
        return [place_key(product_prefix(product), *name) for product in profile.products for name in names]

    def _compare_places(self, left: Profile, right: Profile) -> Link | None:
        level = _agreement(left, right)
        if level is None:
            return None
        if not _weakness_agrees(left, right):
            close = level is Level.PLACE and (not left.families or not right.families)
            if not close and not (level in {Level.PLACE, Level.DRIFT} and _alike_in_words(left, right)):
                return None
            return self._OTHER_WEAKNESS
        if level is Level.HINT:
            return self._FAR
        if left.report == right.report and left.rule == right.rule and left.line != right.line:
            return self._LISTED_TWICE
        return self._PLACE if level is Level.PLACE else self._DRIFT

    def _compare_entries(self, left: Profile, right: Profile) -> Link | None:
        if not set(left.families) & set(right.families):
            return None
        return (
            self._ENTRY
            if _same_release(left, right) and _alike_in_words(left, right, _WORDS_IN_COMMON)
            else self._SAME_ENTRY
        )


def _agreement(left: Profile, right: Profile) -> Level | None:  # noqa: PLR0911 - the table above, row by row
    """Return how far two places of one file agree: `PLACE`, `DRIFT`, `HINT` (a person decides) or not at all."""
    same_root = _ends_alike(left.path, right.path, "/")
    if not same_root and left.path.split("/")[-2:] != right.path.split("/")[-2:]:
        return None
    apart = abs(left.line - right.line) if left.line and right.line else None
    if left.symbol and right.symbol and not _ends_alike(left.symbol, right.symbol, "."):
        return Level.HINT if apart == 0 else None
    same_symbol = bool(left.symbol and right.symbol) or _named(left, right) or _named(right, left)
    code = _code(left, right)
    if code is _Code.OTHER:
        return Level.HINT if apart is not None and apart <= _NEXT_LINES else None
    same, moved, asked = _REACH[code, same_symbol]
    if not (same_root or same_symbol or code is _Code.SAME):
        return None
    if _same_release(left, right):
        moved = min(moved, _STATEMENT)
    if apart is None:
        return Level.DRIFT if code is _Code.SAME or (same_symbol and code is _Code.UNKNOWN) else None
    if apart <= moved:
        return Level.PLACE if apart <= same else Level.DRIFT
    return Level.HINT if apart <= asked else None


def _code(left: Profile, right: Profile) -> _Code:
    if (left.snippet and left.snippet == right.snippet) or set(left.prints) & set(right.prints):
        return _Code.SAME
    symbols = {symbol_hash(left.symbol), symbol_hash(right.symbol)}
    one, other = set(left.names) - symbols, set(right.names) - symbols
    if one and other:
        shared = len(one & other)
        if not shared:
            return _Code.OTHER
        if shared >= _FIT * min(len(one), len(other)) and not (left.snippet and right.snippet):
            return _Code.SAME
    return _Code.DIFFERS if left.snippet and right.snippet else _Code.UNKNOWN


def _same_release(left: Profile, right: Profile) -> bool:
    return bool(set(left.releases) & set(right.releases))


def _named(left: Profile, right: Profile) -> bool:
    """Tell whether a finding without a symbol mentions the other's."""
    return not left.symbol and bool(right.symbol) and symbol_hash(right.symbol) in left.names


def _ends_alike(left: str, right: str, separator: str) -> bool:
    """Tell whether one name is the other, or its last whole components."""
    return left == right or left.endswith(separator + right) or right.endswith(separator + left)


def _weakness_agrees(left: Profile, right: Profile) -> bool:
    if left.families and right.families:
        return left.families == right.families or bool(set(left.families) & set(right.families))
    return bool(left.rule) and left.rule == right.rule


def _alike_in_words(left: Profile, right: Profile, least: float = 0.5) -> bool:
    return similarity(left.signature, right.signature) >= least


def _written_place(profile: Profile) -> str:
    place = profile.path + (f":{profile.line}" if profile.line else "")
    return " ".join(filter(None, (place, profile.symbol, profile.entry)))
