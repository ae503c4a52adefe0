"""Stack traces of V8 (Node.js, browsers): `Error.stack`, https://v8.dev/docs/stack-trace-api.

A frame is `file.Receiver.method`. Dropped: Node's own files, frames without a name (which builds and bundlers change),
and runners of tests and fuzzers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from seawall.triage.stacks.interface import MOST_FRAMES, Frame, Trace

MARKERS: tuple[str, ...] = (".js:", ".mjs:", ".cjs:", ".ts:", ".jsx:", ".tsx:")

_ERROR: Final = re.compile(
    r"(?:Uncaught |\[)?(?:[\w.]+\.)?"
    r"(?P<name>[A-Z]\w{0,80}(?:Error|Exception)|Error)(?: \[\w+\])?(?::|$|\])",
    re.ASCII,
)
_FRAME: Final = re.compile(
    r"at (?:(?:async |new )*(?P<name>[\w$.<>#\[\] ]{1,200}?)(?: \[as [^\]]+\])? \()?"
    r"(?P<file>[^()\s]{1,1000}?)(?::\d+){1,2}\)?$",
    re.ASCII,
)
_NATIVE: Final = re.compile(r"(?:node:|internal/|<anonymous>|native|bootstrap_node|timers\.js|events\.js)")
_RUNNERS: Final = re.compile(r"/node_modules/(?:jest|mocha|@jest|@jazzer\.js|vitest|jsfuzz|tap|ava)[^/]*/")
_RECEIVERS: Final = frozenset({"Object", "Module", "Function", "exports", "module", "global", "globalThis", "process"})
_HARNESS: Final = frozenset({"main", "fuzz", "test", "run", "<anonymous>"})


def read(lines: Sequence[str]) -> Trace | None:
    """See `interface.Dialect`."""
    trace: Trace | None = None
    for line in lines:
        frame = _frame(line)
        if frame is not None:
            if trace is not None and len(trace.frames) < MOST_FRAMES:
                trace.frames.append(frame)
            continue
        if trace is not None and trace.frames:
            if not line.startswith("at "):
                break
            continue
        found = _ERROR.match(line)
        if found is not None:
            trace = Trace(found["name"], recurses="Maximum call stack size exceeded" in line)
    return trace if trace is not None and trace.frames else None


def _frame(line: str) -> Frame | None:
    if not line.startswith("at "):
        return None
    found = _FRAME.match(line)
    if found is None:
        return None
    file = found["file"].removeprefix("file://").replace("\\", "/")
    parts = [part for part in (found["name"] or "").split(".") if part and part not in _RECEIVERS]
    if not parts or parts[-1] in _HARNESS or _NATIVE.match(file) or _RUNNERS.search(file):
        return Frame("", file)
    pieces = [piece for piece in file.split("/") if piece]
    stem = pieces[-1].split(".", 1)[0] if pieces else ""
    if stem == "index" and len(pieces) > 1:
        stem = pieces[-2]
    return Frame(".".join((stem, *(part for part in parts if part != "<anonymous>"))), file)
