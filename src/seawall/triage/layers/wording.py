"""The text layer: reports about one product and weakness that say the same, or speak of the same names in the code.

Two things are compared: the words (`text.similarity`, of MinHash signatures) and the names of code that the texts
mention (`shared`, how many both mention, and `fit`, their share of the shorter list).

| place | names | joined | asked |
|---|---|---|---|
| neither | both mention two or more | shared ≥ 2, fit ≥ 0.6, similarity ≥ 0.15 | fit ≥ 0.3, similarity ≥ 0.5 |
| neither | both mention the same one | similarity ≥ 0.5 | |
| neither | one mentions fewer, none contradicts | similarity ≥ 0.7 | similarity ≥ 0.5 |
| one | shared ≥ 2, or 1 and the file is mentioned | fit ≥ 0.6, not by the symbol alone | else |

Names decide where there are any, because people and machines that write from a template use the same words for each
bug. Where both texts are about different weaknesses, or one names none, much more is needed.

Two findings that both name a place or show a crash are left to the layers of those: scanners and fuzzers describe all
of theirs in the same words.
For the same reason a text that fits reports on two places joins neither (see `partition`).

Candidates: a name in common (within product and weakness), or one of 12 bands of 3 signature bytes (locality-sensitive
hashing: it finds 95 of 100 pairs with a similarity of 0.6, 99 with 0.7, one in ten with 0.2). Findings that name a
place have no bands.
"""

from __future__ import annotations

from typing import Final

from seawall.triage.layers.interface import Level, Link, Standing
from seawall.triage.layers.keys import band_key, place_key, product_prefix
from seawall.triage.model import Layer
from seawall.triage.profile import Profile, symbol_hash
from seawall.triage.text import TEXT_RULE, similarity

ALMOST_THE_SAME: Final = 0.85
"""Similarity from which words join even where one report names no weakness."""
SIMILAR: Final = 0.7
"""Similarity from which words alone join reports of the same weakness."""
WORTH_ASKING: Final = 0.5
"""Similarity from which a person is asked."""
FIT: Final = 0.6
"""Share of the shorter list of names that has to be in both."""
WORTH_ASKING_FIT: Final = 0.3
TELLING: Final = 2
"""Names in common that are no accident."""
WITH_NAMES: Final = 0.15
"""Similarity that is enough where the names fit."""
_BANDS: Final = 12
_ROWS: Final = 3  # signature bytes in a band
_STARTS: Final = tuple(range(0, _BANDS * _ROWS, _ROWS))


class WordingLayer:
    """See the module's docstring."""

    layer = Layer.TEXT
    levels = (Level.WORDING, Level.SIMILAR)
    _WORDING = Link(Level.WORDING, Standing.MERGES, layer, TEXT_RULE, "Same product, and almost the same words.")
    _SIMILAR = Link(
        Level.SIMILAR, Standing.MERGES, layer, TEXT_RULE, "Same product and weakness, in largely the same words."
    )
    _SAME_NAMES = Link(
        Level.WORDING, Standing.MERGES, layer, TEXT_RULE, "Same product and weakness, about the same names in the code."
    )
    _MOST_NAMES = Link(
        Level.SIMILAR, Standing.MERGES, layer, TEXT_RULE, "Same product and weakness, mostly about the same names."
    )
    _LISTED_TWICE = Link(
        Level.WORDING,
        Standing.BLOCKED,
        layer,
        TEXT_RULE,
        "Nearly the same words, but one report of one scanner lists both: two findings, unless a person knows better.",
    )
    _SOMEWHAT = Link(
        Level.HINT, Standing.HINT, layer, TEXT_RULE, "Same product and weakness, in words that resemble each other."
    )
    _OTHER_WEAKNESS = Link(
        Level.HINT,
        Standing.HINT,
        layer,
        TEXT_RULE,
        "Similar words, but different weaknesses, or one report names none.",
    )
    _OTHER_ENTRY = Link(
        Level.HINT, Standing.HINT, layer, TEXT_RULE, "Similar words, but the evidence calls different entry points."
    )

    def written(self, profile: Profile) -> list[int]:
        """See `MatchLayer.written`."""
        return [*_name_keys(profile, ("placed" if profile.pinned else "free",)), *_band_keys(profile)]

    def probed(self, profile: Profile) -> list[int]:
        """See `MatchLayer.probed`: a located finding looks among those without a place only."""
        return [*_name_keys(profile, ("free",) if profile.pinned else ("free", "placed")), *_band_keys(profile)]

    def facet(self, profile: Profile) -> object:
        """See `MatchLayer.facet`."""
        return (
            profile.products,
            profile.families,
            profile.signature,
            profile.names,
            profile.pinned,
            profile.files,
            profile.entry,
        )

    def compare(self, left: Profile, right: Profile) -> Link | None:
        """See `MatchLayer.compare`."""
        if left.pinned and right.pinned:
            return None
        if not left.shares_product(right):
            return None
        agrees = bool(set(left.families) & set(right.families))
        shared = len(set(left.names) & set(right.names))
        alike = similarity(left.signature, right.signature)
        if left.pinned or right.pinned:
            link = self._compare_placed(left, right, shared) if agrees else None
        elif agrees and (shared or _share_band(left.signature, right.signature)):
            link = self._compare_free(left, right, shared, alike)
        elif not agrees and alike >= SIMILAR and _share_band(left.signature, right.signature):
            link = self._compare_otherwise(left, right, shared, alike)
        else:
            return None
        return self._unless_listed_twice(link, left, right)

    def inputs(self, left: Profile, right: Profile) -> dict[str, str]:
        """See `MatchLayer.inputs`."""
        shared = len(set(left.names) & set(right.names))
        return {
            "similarity": f"{similarity(left.signature, right.signature):.2f}",
            "names in common": f"{shared} of {len(left.names)} and {len(right.names)}",
            "left weakness": ", ".join(left.weaknesses) or "none",
            "right weakness": ", ".join(right.weaknesses) or "none",
        }

    def _compare_placed(self, left: Profile, right: Profile, shared: int) -> Link | None:
        """Compare a report that names no place with one that does."""
        if not shared or (shared < TELLING and not set(left.files) & set(right.files)):
            return None
        fit = _fit(left, right, shared)
        beside_symbol = set(left.names) & set(right.names) - {symbol_hash(left.symbol), symbol_hash(right.symbol)}
        surely_not_the_symbol = bool(left.symbol or right.symbol) or shared >= TELLING
        if fit < FIT or not beside_symbol or not surely_not_the_symbol:
            return self._SOMEWHAT
        return self._SAME_NAMES if fit == 1 else self._MOST_NAMES

    def _compare_free(self, left: Profile, right: Profile, shared: int, alike: float) -> Link | None:
        """Compare two reports of one weakness that name no place."""
        fit = _fit(left, right, shared)
        if shared >= TELLING and fit >= FIT and alike >= WITH_NAMES:
            link = self._SAME_NAMES if fit == 1 or alike >= WORTH_ASKING else self._MOST_NAMES
        elif left.names and left.names == right.names and alike >= WORTH_ASKING:
            link = self._SAME_NAMES
        elif alike < WORTH_ASKING or (fit < WORTH_ASKING_FIT and left.names and right.names):
            return None
        elif alike < SIMILAR or (fit < FIT and min(len(left.names), len(right.names)) >= TELLING):
            return self._SOMEWHAT
        else:
            link = self._WORDING if alike >= ALMOST_THE_SAME else self._SIMILAR
        return self._OTHER_ENTRY if left.entry and right.entry and left.entry != right.entry else link

    def _compare_otherwise(self, left: Profile, right: Profile, shared: int, alike: float) -> Link | None:
        """Compare two reports that do not name the same weakness."""
        fits = not (left.names and right.names) or _fit(left, right, shared) >= FIT
        if not fits:
            return None
        one_names_none = not (left.families and right.families)
        if one_names_none and (alike >= ALMOST_THE_SAME or shared >= TELLING):
            return self._OTHER_ENTRY if left.entry and right.entry and left.entry != right.entry else self._SIMILAR
        return self._OTHER_WEAKNESS

    def _unless_listed_twice(self, link: Link | None, left: Profile, right: Profile) -> Link | None:
        listed_twice = left.report == right.report and left.rule and left.rule == right.rule
        if link is not None and link.standing is Standing.MERGES and listed_twice:
            return self._LISTED_TWICE
        return link


def _fit(left: Profile, right: Profile, shared: int) -> float:
    return shared / max(1, min(len(left.names), len(right.names)))


def _name_keys(profile: Profile, spaces: tuple[str, ...]) -> list[int]:
    return [
        place_key(product_prefix(product), space, f"{family}:{name}")
        for product in profile.products
        for space in spaces
        for family in profile.families
        for name in profile.names
    ]


def _band_keys(profile: Profile) -> list[int]:
    signature = profile.signature
    if not signature or profile.pinned:
        return []
    return [
        band_key(product_prefix(product), band, signature[start : start + _ROWS])
        for product in profile.products
        for band, start in enumerate(_STARTS)
    ]


def _share_band(left: bytes, right: bytes) -> bool:
    if not left or not right:
        return False
    return any(left[start : start + _ROWS] == right[start : start + _ROWS] for start in _STARTS)
