"""Comparing two findings by all layers, and the keys under which a finding is written into the candidate index.

Invariants: `compare` is pure and symmetric. A finding whose facet of a layer is already in the index, under a finding
that the layer links to it, writes no keys for that layer: whoever links to one links to the other, both are in
one neighbourhood, and a thousand copies of a report cost one set of keys.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from seawall.triage.layers import (
    HINTS,
    LAYERS,
    Level,
    Link,
    MatchLayer,
    Standing,
    contradict,
    crash_differently,
    unrelated,
)
from seawall.triage.profile import Profile

BUCKET: Final = 64
"""Findings under one key; further ones are not written. A name or phrase that so many findings of a product and
weakness share tells nothing, and a flood of reports stays linear. (Findings that name the same identifier always link,
so one under each identifier would do.)"""
HINT_BUCKET: Final = 16
"""The same for hints, so that a flood of reports is no flood of questions."""


def compare(left: Profile, right: Profile) -> Link | None:
    """Return the surest link between two findings; a hint only where nothing surer is there."""
    hint = None
    for layer in LAYERS:
        link = layer.compare(left, right)
        if link is None:
            continue
        if link.standing is Standing.HINT:
            hint = hint or link
        elif link.standing is Standing.MERGES and link.level > Level.ALIAS and unrelated(left, right):
            return _torn(link, _NAMES_DIFFER)
        elif link.standing is Standing.MERGES and link.level > Level.CRASH and crash_differently(left, right):
            return _torn(link, _CRASHES_DIFFER)
        else:
            return link
    return hint or HINTS.compare(left, right)


def inputs_of(link: Link, left: Profile, right: Profile) -> dict[str, str]:
    """Return what a link rests on, for the decision's record."""
    layer = next(layer for layer in (*LAYERS, HINTS) if layer.layer is link.layer)
    found = layer.inputs(left, right)
    if link.standing is Standing.BLOCKED and contradict(left, right):
        found |= {"left CVE": ", ".join(left.cves), "right CVE": ", ".join(right.cves)}
    elif link.standing is Standing.BLOCKED and unrelated(left, right):
        found |= {"left names": ", ".join(left.identifiers), "right names": ", ".join(right.identifiers)}
    elif link.standing is Standing.BLOCKED and crash_differently(left, right):
        found |= {"left signature": str(left.crash), "right signature": str(right.crash)}
    return found


def probed_keys(profile: Profile) -> list[int]:
    """Return the keys under which a finding's candidates lie, those of hints included."""
    return [key for layer in (*LAYERS, HINTS) for key in layer.probed(profile)]


def written_keys(profile: Profile) -> list[int]:
    """Return the keys of the merging layers under which the finding itself can be found."""
    return [key for layer in LAYERS for key in layer.written(profile)]


def needed_keys(profile: Profile, linked: Iterable[Profile]) -> list[int]:
    """Return the merging layers' keys to write for a finding, given findings in the index that it links to."""
    linked = tuple(linked)
    keys: list[int] = []
    for layer in LAYERS:
        written = layer.written(profile)
        if written and not any(_stands_for(layer, other, profile) for other in linked):
            keys += written
    return keys


def hint_keys(profile: Profile) -> list[int]:
    """Return the keys of hints."""
    return HINTS.written(profile)


def _stands_for(layer: MatchLayer, other: Profile, profile: Profile) -> bool:
    if layer.facet(other) != layer.facet(profile):
        return False
    link = layer.compare(other, profile)
    return link is not None and link.standing is not Standing.HINT


_NAMES_DIFFER: Final = "But the reports name different identifiers, so a person has to decide."
_CRASHES_DIFFER: Final = "But the reports show different crashes, so a person has to decide."
_TORN: Final[dict[tuple[Link, str], Link]] = {}


def _torn(link: Link, but: str) -> Link:
    """Return the same link as a proposal: something surer speaks against it."""
    if (link, but) not in _TORN:
        _TORN[link, but] = replace(link, standing=Standing.BLOCKED, because=f"{link.because} {but}")
    return _TORN[link, but]
