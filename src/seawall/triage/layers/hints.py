"""Hints: too little to merge on, enough to ask a person. They never join anything by themselves.

- Two reports that name no place and come from no scanner, on the same product and weakness: people who found the same
  bug describe it in words that have little in common. Not asked where both show a crash: the crash layer has spoken.
- The same title, where one report does not say which product it is about.

Buckets are capped when they are written (`Matcher`), so that a flood of reports on one product does not become a flood
of questions; which hints exist may therefore depend on the order of arrival. What is merged does not.
"""

from __future__ import annotations

from typing import Final

from seawall.triage.layers.interface import Level, Link, Standing
from seawall.triage.layers.keys import place_key, product_prefix
from seawall.triage.model import Layer
from seawall.triage.profile import Profile, hashed

_RULE: Final = "triage.hint/1"


class HintLayer:
    """See the module's docstring."""

    layer = Layer.HINT
    levels: tuple[Level, ...] = ()
    _SAME_WEAKNESS = Link(
        Level.HINT,
        Standing.HINT,
        layer,
        _RULE,
        "Two people report the same weakness of the same product; neither says where.",
    )
    _SAME_TITLE = Link(
        Level.HINT,
        Standing.HINT,
        layer,
        _RULE,
        "The same title, but one report does not say which product it is about.",
    )

    def written(self, profile: Profile) -> list[int]:
        """See `MatchLayer.written`."""
        if profile.located or profile.rule:
            return []
        keys = [
            place_key(product_prefix(product), "weakness", str(family))
            for product in profile.products
            for family in profile.families
        ]
        return [*keys, hashed(f"title {profile.title}")] if profile.title else keys

    def probed(self, profile: Profile) -> list[int]:
        """See `MatchLayer.probed`."""
        return self.written(profile)

    def facet(self, profile: Profile) -> object:
        """See `MatchLayer.facet`."""
        return profile.products, profile.families, profile.title, profile.located, profile.rule

    def compare(self, left: Profile, right: Profile) -> Link | None:
        """See `MatchLayer.compare`."""
        if left.located or right.located or left.rule or right.rule or (left.crash and right.crash):
            return None
        if set(left.products) & set(right.products) and set(left.families) & set(right.families):
            return self._SAME_WEAKNESS
        if not (left.products and right.products) and left.title and left.title == right.title:
            return self._SAME_TITLE
        return None

    def inputs(self, left: Profile, right: Profile) -> dict[str, str]:
        """See `MatchLayer.inputs`."""
        return {"weakness": ", ".join(sorted({*left.weaknesses, *right.weaknesses})) or "none"}
