"""Rust's panics with a backtrace (`library/std/src/panicking.rs`, `std::backtrace`)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from seawall.triage.stacks.interface import MOST_FRAMES, Frame, Trace
from seawall.triage.stacks.names import plain_name

MARKERS: tuple[str, ...] = ("panicked at ",)

_FRAME: Final = re.compile(r"\d{1,4}:\s+(?:(?P<address>0x[0-9a-fA-F]+) - )?(?P<name>\S.*)", re.ASCII)
_TYPES: Final = (
    ("index out of bounds", "index-out-of-bounds"),
    ("out of range for slice", "slice-out-of-range"),
    ("slice index starts at", "slice-out-of-range"),
    ("byte index", "char-boundary"),
    ("is not a char boundary", "char-boundary"),
    ("with overflow", "arithmetic-overflow"),
    ("divide by zero", "division-by-zero"),
    ("a divisor of zero", "division-by-zero"),
    ("on a `None` value", "unwrap-none"),
    ("on an `Err` value", "unwrap-err"),
    ("already borrowed", "borrow"),
    ("already mutably borrowed", "borrow"),
    ("capacity overflow", "allocation-too-big"),
    ("unreachable code", "unreachable"),
    ("not implemented", "not-implemented"),
    ("assertion", "assertion"),
)


def read(lines: Sequence[str]) -> Trace | None:
    """See `interface.Dialect`."""
    start = next((at for at, line in enumerate(lines) if MARKERS[0] in line), None)
    if start is None:
        return None
    said = " ".join(lines[start : start + 2])
    frames: list[Frame] = []
    for line in lines[start + 1 :]:
        found = _FRAME.match(line)
        if found is None:
            if frames and not line.startswith("at "):
                break
            continue
        if len(frames) < MOST_FRAMES:
            frames.append(Frame(plain_name(found["name"]), address=found["address"] or ""))
    bug_type = next((name for words, name in _TYPES if words in said), "panic")
    return Trace(bug_type, frames) if frames else None
