"""What a stack trace becomes: `Frame → Trace → Signature`, and what a dialect of traces is.

A dialect is one file: it reads lines into a `Trace`, as they are. What is the same for all (dropping frames, choosing
the top ones) is in `reading`, so that no dialect has its own idea of a signature.

Invariants: nothing here raises on any text, and the time is linear in it (`LONGEST`, `LONGEST_LINE`, `MOST_FRAMES`).
Left out on purpose: whether the trace is true. A report's text is a claim; `validation` runs it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import msgspec

LONGEST: Final = 262_144
"""Characters of a text that are searched for a trace; longer logs are cut there."""
LONGEST_LINE: Final = 2_000
"""Characters of a line; instantiated templates are long, and what follows only names arguments."""
MOST_FRAMES: Final = 512
"""Frames of one trace that are read: enough to see what recurs in an exhausted stack."""
TOP: Final = 3
"""Frames that make the key, as in ClusterFuzz's crash state."""
KEPT: Final = 6
"""Frames that a signature keeps."""
DISTINCTIVE: Final = 2
"""Frames that a signature needs to be told from others: one function holds many bugs."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One line of a trace."""

    function: str
    """The name without parameters, template arguments, hashes and clones; empty where it was not symbolised."""
    file: str = ""
    address: str = ""
    """Frames of one address, one after the other, were inlined into the last of them."""
    inlined: bool = False
    """The dialect itself marks it so."""


@dataclass(slots=True)
class Trace:
    """What a dialect read, top frame first."""

    bug_type: str
    frames: list[Frame] = field(default_factory=list)
    access: str = ""
    state: str = ""
    recurses: bool = False
    """The stack was exhausted: where in the cycle it ended is chance."""
    others: list[Frame] = field(default_factory=list)
    """The other side of a data race."""


class Signature(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What two reports of one crash have in common: no address, no line, no size."""

    bug_type: str
    """Canonical: `heap-buffer-overflow`, `use-after-free`, `IndexError`."""
    access: str
    """`READ`, `WRITE` or empty. Kept for people; it tells no bugs apart (a copy does both)."""
    frames: tuple[str, ...]
    """Normalised functions, top first, at most `KEPT`; never empty."""
    state: str = ""
    """What the message says that holds no value: the expression of an assertion, the kind of an undefined behaviour."""
    outer: tuple[str, ...] = ()
    """The top frames without those that were inlined, where that makes a difference."""
    recurses: bool = False

    @property
    def distinctive(self) -> bool:
        """Whether it tells enough to join reports by itself."""
        return self.recurses or len(self.frames) >= DISTINCTIVE

    @property
    def keys(self) -> tuple[str, ...]:
        """The texts of which one in common makes two crashes the same; one, or two where frames were inlined."""
        tops = dict.fromkeys(each[:TOP] for each in (self.frames, self.outer) if self.recurses or len(each) > 1)
        return tuple("\0".join((self.bug_type, self.state, *top)) for top in tops)

    def __str__(self) -> str:
        """Return it in one line, for decisions: `heap-buffer-overflow READ in a < b < c`."""
        words = " ".join(filter(None, (self.bug_type, self.access, self.state and f"({self.state})")))
        return f"{words} in {' < '.join(self.frames[:TOP])}"


class Dialect(Protocol):
    """How one family of tools writes traces. Members are modules."""

    MARKERS: tuple[str, ...]
    """Texts of which a trace of this dialect holds one, in this spelling: the cheap test."""

    def read(self, lines: Sequence[str]) -> Trace | None:
        """Return the trace in some lines (stripped, bounded), or nothing where there is none of this dialect."""
        ...


def similarity(left: Signature, right: Signature) -> float:
    """Return how much two stacks agree: the weighted share of frames in common, in order; 0 to 1.

    The longest common subsequence, a frame at depth `d` weighing `1/(1+d)`: near the top it matters most. Symmetric,
    1 for equal frames. The bug's type is not looked at.
    """
    one, other = left.frames, right.frames
    best = [[0.0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i, name in enumerate(one, 1):
        for j, twin in enumerate(other, 1):
            both = best[i - 1][j - 1] + (1 / i + 1 / j) if name == twin else 0.0
            best[i][j] = max(best[i - 1][j], best[i][j - 1], both)
    whole = sum(1 / i for i in range(1, len(one) + 1)) + sum(1 / j for j in range(1, len(other) + 1))
    return best[-1][-1] / whole if whole else 0.0
