"""Reports of AddressSanitizer and its siblings (HW, Memory, Thread, Leak, UndefinedBehavior), and libFuzzer.

Sources: compiler-rt's `asan_errors.cpp`, `ubsan_diag.cpp`, `tsan_report.cpp`; traces of Chrome and OSS-Fuzz look the
same, with paths relative to the checkout. Of several stacks (of the access, of the free, of the allocation) only
the first one counts; where something was allocated says little about the bug. A leak has no other,
and a data race has two that are equals.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from seawall.triage.stacks.interface import MOST_FRAMES, Frame, Trace
from seawall.triage.stacks.names import plain_name

MARKERS: tuple[str, ...] = ("Sanitizer", "runtime error:", "ERROR: libFuzzer")

_ERROR: Final = re.compile(r"(?:ERROR|WARNING|SUMMARY): (?P<tool>\w*Sanitizer|libFuzzer): (?P<rest>.*)", re.ASCII)
_RUNTIME: Final = re.compile(r"\S+:\d+(?::\d+)?: runtime error: (?P<rest>.*)", re.ASCII)
_ACCESS: Final = re.compile(
    r"(?:Previous )?(?:atomic )?(READ|WRITE|Read|Write|read|write) of size|caused by a (READ|WRITE)"
)
_LEAK: Final = re.compile(r"(?:Direct|Indirect) leak of ")
_FRAME: Final = re.compile(r"#\d{1,4}\s+(?:(?P<address>0x[0-9a-fA-F]{1,16})\s+)?(?:in\s+)?(?P<rest>\S.*)", re.ASCII)
_MODULE: Final = re.compile(r"\s*\([^()\s]*\+0x[0-9a-fA-F]+\)(?:\s*\(BuildId:[^()]*\))?$|\s*\(BuildId:[^()]*\)$")
_FILE: Final = re.compile(r"\s+(?P<file>[^\s<>()]*[/\\.][^\s<>()]*?)(?::\d+){0,2}$")
_TYPES: Final = (
    ("heap-use-after-free", "use-after-free"),
    ("use-after-poison", "use-after-poison"),
    ("heap-buffer-overflow", "heap-buffer-overflow"),
    ("dynamic-stack-buffer-overflow", "stack-buffer-overflow"),
    ("stack-buffer-overflow", "stack-buffer-overflow"),
    ("stack-buffer-underflow", "stack-buffer-overflow"),
    ("global-buffer-overflow", "global-buffer-overflow"),
    ("container-overflow", "container-overflow"),
    ("intra-object-overflow", "intra-object-overflow"),
    ("stack-use-after-return", "stack-use-after-return"),
    ("stack-use-after-scope", "stack-use-after-scope"),
    ("stack-overflow", "stack-overflow"),
    ("attempting double-free", "double-free"),
    ("double-free", "double-free"),
    ("attempting free on address", "bad-free"),
    ("bad-free", "bad-free"),
    ("alloc-dealloc-mismatch", "alloc-dealloc-mismatch"),
    ("memcpy-param-overlap", "param-overlap"),
    ("param-overlap", "param-overlap"),
    ("negative-size-param", "negative-size-param"),
    ("allocation-size-too-big", "allocation-too-big"),
    ("requested allocation size", "allocation-too-big"),
    ("calloc-overflow", "allocation-too-big"),
    ("out-of-memory", "out-of-memory"),
    ("tag-mismatch", "tag-mismatch"),
    ("use-of-uninitialized-value", "use-of-uninitialized-value"),
    ("data race", "data-race"),
    ("heap-use-after-free (race)", "data-race"),
    ("lock-order-inversion", "lock-order-inversion"),
    ("detected memory leaks", "memory-leak"),
    ("unknown-crash", "unknown-crash"),
    ("timeout", "timeout"),
    ("deadly signal", "deadly-signal"),
    ("SEGV", "segv"),
    ("BUS", "segv"),
    ("FPE", "fpe"),
    ("ILL", "ill"),
    ("TRAP", "trap"),
    ("ABRT", "abort"),
)
"""By what the message begins with or says; the first that fits."""
_UNDEFINED: Final = (
    ("signed integer overflow", "signed-integer-overflow"),
    ("unsigned integer overflow", "unsigned-integer-overflow"),
    ("division by zero", "division-by-zero"),
    ("shift exponent", "invalid-shift"),
    ("left shift of", "invalid-shift"),
    ("out of bounds", "index-out-of-bounds"),
    ("null pointer", "null-pointer"),
    ("misaligned", "misaligned-access"),
    ("outside the range of representable", "float-cast-overflow"),
    ("implicit conversion", "implicit-conversion"),
    ("not a valid value for type", "invalid-value"),
    ("applying", "pointer-overflow"),
    ("pointer index expression", "pointer-overflow"),
    ("does not point to an object", "bad-cast"),
    ("incorrect function type", "bad-function-type"),
    ("insufficient space", "object-size"),
    ("unreachable", "unreachable"),
)
_RACES: Final = frozenset({"data-race", "lock-order-inversion"})


def read(lines: Sequence[str]) -> Trace | None:
    """See `interface.Dialect`."""
    trace = None
    after = 0
    for at, line in enumerate(lines):
        trace = _headline(line)
        if trace is not None:
            after = at + 1
            break
    if trace is None:
        return None
    if trace.bug_type == "memory-leak":
        # Leaks are listed by size, which the input decides: direct ones come first, and the first stands for all.
        after = next((at + 1 for at in range(after, len(lines)) if _LEAK.match(lines[at])), after)
    first, stopped = _stack(lines, after)
    trace.frames = first
    if not trace.access:
        trace.access = _access_of(lines[after - 1 : after + 8])
    if trace.bug_type in _RACES:
        trace.others = _stack(lines, stopped)[0]
    return trace


def frame_of(line: str) -> Frame | None:
    """Return the frame in a line `#3 0x5c in f(int) /src/f.c:12:3`; also one of gdb's."""
    match = _FRAME.match(line)
    if match is None:
        return None
    rest = match["rest"]
    bare = _MODULE.sub("", rest)
    found = _FILE.search(bare)
    file = found["file"] if found else ""
    symbol = bare[: found.start()] if found else bare
    if symbol.startswith(("/", "(/", "<null>", "??", "(<unknown")):
        return Frame("", file, match["address"] or "")
    inlined = "[inlined]" in rest or "(inlined by)" in rest
    return Frame(plain_name(symbol), file, match["address"] or "", inlined)


def _headline(line: str) -> Trace | None:
    found = _ERROR.search(line)
    if found is not None:
        rest = found["rest"]
        for words, bug_type in _TYPES:
            if words in rest:
                return Trace(bug_type, access=_access_of([line]), recurses=bug_type == "stack-overflow")
        if found["tool"] == "UndefinedBehaviorSanitizer":
            return Trace("undefined-behavior", state=rest.split(" ", 1)[0][:60])
        return None
    found = _RUNTIME.search(line)
    if found is not None:
        rest = found["rest"]
        state = next((name for words, name in _UNDEFINED if words in rest), "")
        access = "WRITE" if rest.startswith("store to") else "READ" if rest.startswith("load of") else ""
        return Trace("undefined-behavior", access=access, state=state)
    return None


def _stack(lines: Sequence[str], start: int) -> tuple[list[Frame], int]:
    """Return the first stack from a line on, and where it ends: at its next `#0`, or a line that is no frame."""
    frames: list[Frame] = []
    for at in range(start, len(lines)):
        frame = frame_of(lines[at])
        if frame is None:
            if frames and not lines[at].startswith("#"):
                return frames, at
            continue
        if frames and lines[at].startswith("#0 "):
            return frames, at
        if len(frames) < MOST_FRAMES:
            frames.append(frame)
    return frames, len(lines)


def _access_of(lines: Iterable[str]) -> str:
    for line in lines:
        found = _ACCESS.search(line)
        if found is not None:
            return (found[1] or found[2]).upper()
    return ""
