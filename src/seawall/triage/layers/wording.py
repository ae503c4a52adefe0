"""The text layer: near-duplicate wording about the same product and weakness.

Candidates are found by locality-sensitive hashing: the first 36 bytes of the signature are 12 bands of 3, and a pair is
a candidate if one band is equal. With a similarity of 0.6 that finds 95 of 100 pairs, with 0.7 99, with 0.2 one in ten.

At least one of the two must name no place in a file: scanners describe every place that a rule finds in the same words,
so among located findings equal wording says nothing, and the location layer decides. For the same reason a text
that resembles reports on two places joins neither (see `partition`).
"""

from __future__ import annotations

from typing import Final

from seawall.triage.layers.interface import Level, Link, Standing
from seawall.triage.layers.keys import band_key, product_prefix
from seawall.triage.model import Layer
from seawall.triage.profile import Profile
from seawall.triage.text import TEXT_RULE, similarity

ALMOST_THE_SAME: Final = 0.85
"""Similarity from which wording joins even where one report names no weakness."""
SIMILAR: Final = 0.6
"""Similarity from which wording joins reports of the same weakness."""
WORTH_ASKING: Final = 0.5
"""Similarity from which a person is asked."""
_BANDS: Final = 12
_ROWS: Final = 3  # signature bytes in a band
_LOCATED: Final = 64  # added to a band's number, so that located findings and others are found apart
_STARTS: Final = tuple(range(0, _BANDS * _ROWS, _ROWS))


class WordingLayer:
    """See the module's docstring."""

    layer = Layer.TEXT
    _WORDING = Link(Level.WORDING, Standing.MERGES, layer, TEXT_RULE, "Same product, and almost the same words.")
    _SIMILAR = Link(
        Level.SIMILAR, Standing.MERGES, layer, TEXT_RULE, "Same product and weakness, in largely the same words."
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
        return _band_keys(profile, (_LOCATED if profile.located else 0,))

    def probed(self, profile: Profile) -> list[int]:
        """See `MatchLayer.probed`: a located finding looks among those without a place only."""
        return _band_keys(profile, (0,) if profile.located else (0, _LOCATED))

    def facet(self, profile: Profile) -> object:
        """See `MatchLayer.facet`."""
        return profile.products, profile.families, profile.signature, profile.located, profile.entry

    def compare(self, left: Profile, right: Profile) -> Link | None:
        """See `MatchLayer.compare`."""
        if not left.signature or not right.signature or (left.located and right.located):
            return None
        alike = similarity(left.signature, right.signature)
        if alike < WORTH_ASKING or not _share_band(left.signature, right.signature):
            return None
        if left.products != right.products and not set(left.products) & set(right.products):
            return None
        return self._grade(left, right, alike)

    def inputs(self, left: Profile, right: Profile) -> dict[str, str]:
        """See `MatchLayer.inputs`."""
        return {
            "similarity": f"{similarity(left.signature, right.signature):.2f}",
            "left weakness": ", ".join(left.weaknesses) or "none",
            "right weakness": ", ".join(right.weaknesses) or "none",
        }

    def _grade(self, left: Profile, right: Profile, alike: float) -> Link | None:
        agrees = bool(set(left.families) & set(right.families))
        known = bool(left.families and right.families)
        if not agrees and (known or alike < ALMOST_THE_SAME):
            return self._OTHER_WEAKNESS if alike >= SIMILAR else None
        if left.entry and right.entry and left.entry != right.entry:
            return self._OTHER_ENTRY if alike >= SIMILAR else None
        if alike < SIMILAR:
            return self._SOMEWHAT
        if left.report == right.report and left.rule and left.rule == right.rule:
            return self._LISTED_TWICE
        return self._WORDING if alike >= ALMOST_THE_SAME else self._SIMILAR


def _band_keys(profile: Profile, spaces: tuple[int, ...]) -> list[int]:
    signature = profile.signature
    if not signature:
        return []
    return [
        band_key(product_prefix(product), space + band, signature[start : start + _ROWS])
        for product in profile.products
        for space in spaces
        for band, start in enumerate(_STARTS)
    ]


def _share_band(left: bytes, right: bytes) -> bool:
    return any(left[start : start + _ROWS] == right[start : start + _ROWS] for start in _STARTS)
