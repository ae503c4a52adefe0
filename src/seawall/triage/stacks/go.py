"""Go's panics and fatal errors (`runtime/panic.go`, `runtime/traceback.go`). The goroutine listed first is at fault.

What stands above `panic(` are deferred functions and the runtime; the frame below it is where it happened.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from seawall.triage.stacks.interface import MOST_FRAMES, Frame, Trace

MARKERS: tuple[str, ...] = ("goroutine ",)

_MESSAGE: Final = re.compile(r"(?:panic|fatal error|runtime): (?P<rest>.*)")
_GOROUTINE: Final = re.compile(r"goroutine \d{1,12} .*\[.*\]:")
_FRAME: Final = re.compile(r"(?P<name>[^\s()]+(?:\(\*[^\s()]+\)[^\s()]*)?)\((?:.*)\)$")
_CLOSURE: Final = re.compile(r"(?:\.func\d+|\.gowrap\d+|\.\d+|-fm|-range\d+)+$", re.ASCII)
_TYPE_ARGUMENTS: Final = re.compile(r"\[[^\[\]]*\]")
_COMMON: Final = (
    "runtime.",
    "runtime/",
    "testing.",
    "reflect.",
    "main.main",
    "main.Fuzz",
    "net/http.",
    "syscall.",
    "sync.",
    "internal/",
)
_TYPES: Final = (
    ("index out of range", "index-out-of-range"),
    ("slice bounds out of range", "slice-out-of-range"),
    ("nil pointer dereference", "nil-dereference"),
    ("nil map", "nil-map"),
    ("integer divide by zero", "division-by-zero"),
    ("makeslice", "allocation-too-big"),
    ("out of memory", "out-of-memory"),
    ("stack overflow", "stack-overflow"),
    ("goroutine stack exceeds", "stack-overflow"),
    ("concurrent map", "data-race"),
    ("deadlock", "deadlock"),
    ("interface conversion", "type-assertion"),
    ("close of closed channel", "closed-channel"),
    ("send on closed channel", "closed-channel"),
    ("unexpected signal", "segv"),
)


def read(lines: Sequence[str]) -> Trace | None:
    """See `interface.Dialect`."""
    bug_type = ""
    frames: list[Frame] = []
    inside = False
    for line in lines:
        if inside:
            if not line or line.startswith("created by ") or _GOROUTINE.match(line):
                if frames:
                    break
                continue
            found = _FRAME.match(line)
            if found is None:
                continue
            if found["name"] == "panic":
                frames.clear()
            elif len(frames) < MOST_FRAMES:
                frames.append(_frame(found["name"]))
        elif _GOROUTINE.match(line):
            inside = True
        elif not bug_type and (said := _MESSAGE.match(line)):
            bug_type = next((name for words, name in _TYPES if words in said["rest"]), "panic")
    return Trace(bug_type, frames, recurses=bug_type == "stack-overflow") if bug_type and frames else None


def _frame(name: str) -> Frame:
    if name.startswith(_COMMON):
        return Frame("")
    plain = _CLOSURE.sub("", _TYPE_ARGUMENTS.sub("", name.rsplit("/", 1)[-1]))
    return Frame(plain.replace("(*", "").replace(")", ""))
