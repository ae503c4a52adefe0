"""What glibc and a debugger say: the message of an abort, a backtrace of glibc's own or of gdb.

Sources: `malloc/malloc.c` (`malloc_printerr`), `debug/fortify_fail.c`, `assert/assert.c`, `debug/backtracesyms.c`.
 Messages about the heap's books (`corrupted size vs. prev_size`, `malloc(): …`) are one type: which of them is
seen depends on where the next allocation happens to fall.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from seawall.triage.stacks.interface import MOST_FRAMES, Frame, Trace
from seawall.triage.stacks.names import plain_name
from seawall.triage.stacks.sanitizer import frame_of

MARKERS: tuple[str, ...] = ("#0 ", "Backtrace:", "+0x")

_MESSAGES: Final = (
    ("double free or corruption", "double-free"),
    ("free(): double free", "double-free"),
    ("free(): invalid pointer", "bad-free"),
    ("munmap_chunk(): invalid pointer", "bad-free"),
    ("realloc(): invalid pointer", "bad-free"),
    ("stack smashing detected", "stack-buffer-overflow"),
    ("buffer overflow detected", "buffer-overflow"),
    ("corrupted size vs. prev_size", "heap-corruption"),
    ("corrupted double-linked list", "heap-corruption"),
    ("corrupted top size", "heap-corruption"),
    ("malloc(): ", "heap-corruption"),
    ("free(): ", "heap-corruption"),
    ("realloc(): ", "heap-corruption"),
    ("Segmentation fault", "segv"),
    ("SIGSEGV", "segv"),
    ("SIGBUS", "segv"),
    ("Floating point exception", "fpe"),
    ("SIGFPE", "fpe"),
    ("Illegal instruction", "ill"),
    ("SIGILL", "ill"),
    ("Aborted", "abort"),
    ("SIGABRT", "abort"),
)
_RANK: Final = {name: at for at, (_, name) in reversed(list(enumerate(_MESSAGES)))}
_ASSERTION: Final = re.compile(r"Assertion [`'](?P<expression>[^`']{1,200})[`'] failed")
_BACKTRACE: Final = re.compile(r"\S*\((?P<name>[A-Za-z_]\w*)?\+0x[0-9a-fA-F]+\)\s?\[0x[0-9a-fA-F]+\]", re.ASCII)
_GDB: Final = re.compile(r"#\d{1,4}\s+(?:0x[0-9a-fA-F]+ in )?(?P<name>.+?) ?\((?P<rest>.*)", re.ASCII)
_GDB_FILE: Final = re.compile(r" at (?P<file>\S+?)(?::\d+)?$")


def read(lines: Sequence[str]) -> Trace | None:
    """See `interface.Dialect`."""
    trace = Trace("")
    for line in lines:
        if not trace.state and (found := _ASSERTION.search(line)):
            trace.bug_type, trace.state = "assertion", " ".join(found["expression"].split())[:80]
        elif not trace.state:
            said = next((name for words, name in _MESSAGES if words in line), "")
            if said and (not trace.bug_type or _RANK[said] < _RANK[trace.bug_type]):
                trace.bug_type = said
        frame = _frame(line)
        if frame is None:
            continue
        if line.startswith("#0 ") and any(each.function for each in trace.frames):
            break
        if len(trace.frames) < MOST_FRAMES:
            trace.frames.append(frame)
    return trace if trace.bug_type and trace.frames else None


def _frame(line: str) -> Frame | None:
    if line.startswith("#"):
        found = _GDB.match(line)
        if found is None or (line.endswith(")") and "+0x" in line):
            return frame_of(line)
        place = _GDB_FILE.search(line)
        if place is None and " from " not in line and not line.endswith(")"):
            return frame_of(line)
        return Frame(plain_name(found["name"]), place["file"] if place else "")
    found = _BACKTRACE.match(line)
    return Frame(plain_name(found["name"] or "")) if found else None
