"""From a text to the signature of the crash it holds.

1. Look for any dialect's markers; most texts hold none and cost no more than that.
2. Take lines apart: quoting, log stamps and tables of mail readers go.
3. Let the dialects read, those that are surest of themselves first.
4. Drop frames that many bugs share, and repeats; mark what was inlined. Keep the top.

The first trace of a text counts. What recurs in an exhausted stack is sorted: where the cycle was cut is chance.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Final

from seawall.triage.stacks import glibc, go, java, kernel, node, python, rust, sanitizer
from seawall.triage.stacks.interface import KEPT, LONGEST, LONGEST_LINE, TOP, Dialect, Frame, Signature, Trace
from seawall.triage.stacks.names import is_common

DIALECTS: Final[tuple[Dialect, ...]] = (kernel, sanitizer, go, rust, python, java, node, glibc)
"""A new dialect is one file and one name here."""
_STAMP: Final = re.compile(
    r"[\s>|*+]*(?:\[ *\d{1,9}\.\d{1,9}\](?:\[ *[TC]\d{1,9}\])? ?|==\d{1,9}==|\d{4}-\d\d-\d\d[T ][\d:.,Z]{8,20} "
    r"|\[\d+:\d+:[\d/.:]+:\w+:[^\]]{1,80}\] ?)?"
)
_RECURS: Final = 3
"""Times that a frame has to be in an exhausted stack to be part of its cycle."""


def signature_of(text: str) -> Signature | None:
    """Return the signature of the first trace in a text, or nothing where there is none that can be read.

    Never raises; reads at most `LONGEST` characters.
    """
    text = text[:LONGEST]
    if "\n" not in text:  # no dialect writes a trace in one line, and most findings' descriptions are one
        return None
    told = [dialect for dialect in DIALECTS if any(marker in text for marker in dialect.MARKERS)]
    if not told:
        return None
    lines = [_bare(line) for line in text.split("\n")]
    for dialect in told:
        trace = dialect.read(lines)
        signature = signed(trace) if trace is not None else None
        if signature is not None:
            return signature
    return None


def signed(trace: Trace) -> Signature | None:
    """Return a trace's signature; nothing if no frame is left that tells anything."""
    if trace.recurses:
        frames = _cycle(trace.frames)
        if frames:
            return Signature(trace.bug_type, trace.access, frames, trace.state, recurses=True)
    if trace.others:
        one, other = sorted((_top(trace.frames), _top(trace.others)))
        frames = _once(name for pair in zip_longest(one, other, fillvalue="") for name in pair)
        return Signature(trace.bug_type, trace.access, frames, trace.state) if frames else None
    frames = _top(trace.frames)
    if not frames:
        return None
    outer = _top(_outlined(trace.frames))[:TOP]
    return Signature(trace.bug_type, trace.access, frames, trace.state, () if outer == frames[:TOP] else outer)


def _bare(line: str) -> str:
    line = line[:LONGEST_LINE]
    stamp = _STAMP.match(line)
    return line[stamp.end() if stamp else 0 :].strip()


def _top(frames: Iterable[Frame]) -> tuple[str, ...]:
    return _once(frame.function for frame in frames if not is_common(frame.function, frame.file))


def _once(names: Iterable[str]) -> tuple[str, ...]:
    """Return the first names, each once: how deep a recursion went is chance."""
    return tuple(list(dict.fromkeys(filter(None, names)))[:KEPT])


def _outlined(frames: Sequence[Frame]) -> list[Frame]:
    """Return the frames that are functions in the machine code: of one address, the last."""
    following = [*frames[1:], None]
    return [
        frame
        for frame, after in zip(frames, following, strict=True)
        if not frame.inlined and not (after is not None and frame.address and frame.address == after.address)
    ]


def _cycle(frames: Sequence[Frame]) -> tuple[str, ...]:
    times = Counter(frame.function for frame in frames if not is_common(frame.function, frame.file))
    return tuple(sorted(name for name, count in times.items() if count >= _RECURS))[:KEPT]
