"""What a merging layer is, and the order in which layers speak.

A layer compares two profiles. The comparison is *pure* and *symmetric*: it looks at nothing but the two profiles, and
gives the same answer for `(a, b)` and `(b, a)`. Whenever it answers at all, one of the keys that `written` gives for
one profile is among the keys that `probed` gives for the other, in both directions: candidates found by keys are
therefore exactly the pairs that a comparison of all pairs would find. Order-independence rests on these two laws;
`tests/triage/test_layers.py` checks them for each layer.

`Level` is finer than `Layer`: within a layer the surer rule speaks first. Numbers leave room.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum, auto
from typing import Protocol

from seawall.triage.model import Layer
from seawall.triage.profile import Profile


class Level(IntEnum):
    """When a link is looked at; lower is surer and earlier."""

    PERSON = 0
    CVE = 10
    """Both name the same CVE and no other."""
    ALIAS = 20
    """They share another identifier, or one of several CVEs."""
    CRASH = 30
    """The same crash signature."""
    PLACE = 40
    """The same place in the same file, the same public entry point."""
    DRIFT = 50
    """The same place, moved by some lines."""
    WORDING = 60
    """Almost the same words."""
    SIMILAR = 70
    """Largely the same words."""
    HINT = 90
    """Never applied by a rule."""


AUTOMATIC = (Level.CVE, Level.ALIAS, Level.CRASH, Level.PLACE, Level.DRIFT, Level.WORDING, Level.SIMILAR)
"""The levels that rules apply by themselves, in order."""


class Standing(Enum):
    """What a link does."""

    MERGES = auto()
    """It joins, unless it leads to a contradiction with others."""
    BLOCKED = auto()
    """It would join, but the two contradict each other; it becomes a proposal."""
    HINT = auto()
    """It is worth a question to a person, and nothing more."""


@dataclass(frozen=True, slots=True)
class Link:
    """What two findings have to do with each other."""

    level: Level
    standing: Standing
    layer: Layer
    rule: str
    """Name and version, `triage.location/1`."""
    because: str
    """The reason in words, for a person."""


class MatchLayer(Protocol):
    """One way in which two findings can be about the same vulnerability."""

    @property
    def layer(self) -> Layer:
        """Its name in decisions."""
        ...

    @property
    def levels(self) -> tuple[Level, ...]:
        """The levels of its links that merge."""
        ...

    def written(self, profile: Profile) -> list[int]:
        """Return the keys under which the profile can be found: signed 64-bit numbers."""
        ...

    def probed(self, profile: Profile) -> list[int]:
        """Return the keys under which its candidates can be found."""
        ...

    def facet(self, profile: Profile) -> object:
        """Return all that `written`, `probed` and `compare` look at, hashable.

        Findings that this layer links and whose facets are equal share one entry in the key table.
        """
        ...

    def compare(self, left: Profile, right: Profile) -> Link | None:
        """Return the layer's strongest link between two profiles; see the module's docstring for the laws."""
        ...

    def inputs(self, left: Profile, right: Profile) -> dict[str, str]:
        """Return what the comparison rests on, for the decision's record."""
        ...
