"""The crash layer: the same product and the same crash signature (see `stacks`).

| bug type | frames | joined | asked |
|---|---|---|---|
| the same | the top 3 are equal, inlined ones counted or not; at least 2 | yes | |
| the same | an exhausted stack: the same functions recur | yes | |
| the same | only one tells anything, and it is equal | | yes |
| the same | similarity ≥ 0.6 | | yes |
| another | similarity ≥ 0.8 | | yes |

Where an assertion or the kind of undefined behaviour is known, it is part of the type. Whether the access reads or
writes is not: one loop that copies too far does both, and which comes first depends on the input.

Two findings with signatures that have no key in common contradict each other for all rules that are less sure: they may
stand in the same file or call the same entry point, and a person is asked. An identifier in common still joins them.
"""

from __future__ import annotations

from typing import Final

from seawall.triage.layers.interface import Level, Link, Standing
from seawall.triage.layers.keys import place_key, product_prefix
from seawall.triage.model import Layer
from seawall.triage.profile import Profile
from seawall.triage.stacks import similarity

_RULE: Final = "triage.crash/1"
NEAR: Final = 0.6
"""Similarity of stacks from which a person is asked where the type is the same."""
OTHER_TYPE: Final = 0.8
"""The same, where the tools name different types."""
_ASKED_BY: Final = 2
"""Top frames under which candidates for a question are found."""


def crash_differently(left: Profile, right: Profile) -> bool:
    """Tell whether both have signatures that tell enough, and none of their keys is the same."""
    return bool(left.crash_keys and right.crash_keys) and set(left.crash_keys).isdisjoint(right.crash_keys)


class CrashLayer:
    """See the module's docstring."""

    layer = Layer.CRASH
    levels = (Level.CRASH,)
    _SAME = Link(Level.CRASH, Standing.MERGES, layer, _RULE, "Same product, and the same crash signature.")
    _ONE_FRAME = Link(
        Level.HINT,
        Standing.HINT,
        layer,
        _RULE,
        "The same crash as far as the traces tell, which is one function only.",
    )
    _NEAR = Link(Level.HINT, Standing.HINT, layer, _RULE, "Same product and type of crash, on stacks that are similar.")
    _OTHER_TYPE = Link(
        Level.HINT, Standing.HINT, layer, _RULE, "Crashes of different types, on stacks that are nearly the same."
    )

    def written(self, profile: Profile) -> list[int]:
        """See `MatchLayer.written`."""
        if profile.crash is None:
            return []
        names = [("crash", key) for key in profile.crash_keys]
        names += (("frame", name) for name in profile.crash.frames[:_ASKED_BY])
        return [place_key(product_prefix(product), *name) for product in profile.products for name in names]

    def probed(self, profile: Profile) -> list[int]:
        """See `MatchLayer.probed`."""
        return self.written(profile)

    def facet(self, profile: Profile) -> object:
        """See `MatchLayer.facet`."""
        return profile.products, profile.crash

    def compare(self, left: Profile, right: Profile) -> Link | None:
        """See `MatchLayer.compare`."""
        if left.crash is None or right.crash is None or not left.shares_product(right):
            return None
        one, other = left.crash, right.crash
        if not set(left.crash_keys).isdisjoint(right.crash_keys):
            return self._SAME
        alike = similarity(one, other)
        if one.bug_type != other.bug_type:
            return self._OTHER_TYPE if alike >= OTHER_TYPE else None
        if one.state and other.state and one.state != other.state:
            return None
        if one.frames == other.frames and not (one.distinctive and other.distinctive):
            return self._ONE_FRAME
        return self._NEAR if alike >= NEAR else None

    def inputs(self, left: Profile, right: Profile) -> dict[str, str]:
        """See `MatchLayer.inputs`."""
        if left.crash is None or right.crash is None:
            return {}
        return {
            "left signature": str(left.crash),
            "right signature": str(right.crash),
            "similarity": f"{similarity(left.crash, right.crash):.2f}",
        }
