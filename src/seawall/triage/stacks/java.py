"""Stack traces of the JVM (`Throwable.printStackTrace`), Jazzer's too. Of chained exceptions the last cause counts.

A frame is `Class.method` with its package. Dropped: the platform's own packages, frameworks of tests, reflection.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from seawall.triage.stacks.interface import MOST_FRAMES, Frame, Trace

MARKERS: tuple[str, ...] = (".java:", ".kt:", ".scala:", "(Native Method)", "(Unknown Source)")

_ERROR: Final = re.compile(
    r'(?:Exception in thread "[^"]{0,200}" |== Java Exception: |Caused by: )?'
    r"(?P<name>(?:[a-z_]\w*\.)+[A-Z][\w$]*)(?::|$)",
    re.ASCII,
)
_FRAME: Final = re.compile(r"at (?:[\w.@-]*/)*(?P<name>[\w$<>]+(?:\.[\w$<>]+)+)\([^()]*\)(?:\s~?\[.*\])?$", re.ASCII)
_LAMBDA: Final = re.compile(r"lambda\$(?P<name>\w+?)\$\d+", re.ASCII)
_NUMBERED: Final = re.compile(r"(?:\$\$?(?:Lambda|EnhancerBy\w*)\b.*?(?=\.\w+$)|\$\d+)", re.ASCII)
_COMMON: Final = (
    "java.", "javax.", "jdk.", "sun.", "com.sun.", "kotlin.", "scala.", "com.code_intelligence.jazzer.", "org.junit.",
    "junit.", "org.testng.", "org.gradle.", "org.apache.maven.surefire.",
)  # fmt: skip
_HARNESS: Final = frozenset({"main", "fuzzerTestOneInput", "fuzzerInitialize"})


def read(lines: Sequence[str]) -> Trace | None:
    """See `interface.Dialect`."""
    best: Trace | None = None
    trace: Trace | None = None
    for line in lines:
        found = _FRAME.match(line)
        if found is not None:
            if trace is not None and len(trace.frames) < MOST_FRAMES:
                trace.frames.append(_frame(found["name"]))
                best = trace
            continue
        error = _ERROR.match(line)
        if error is None:
            continue
        if best is not None and not line.startswith("Caused by: "):
            break
        name = error["name"].rsplit(".", 1)[-1].replace("$", ".")
        trace = Trace(name, recurses=name == "StackOverflowError")
    return best


def _frame(name: str) -> Frame:
    owner, _, method = name.rpartition(".")
    if name.startswith(_COMMON) or method in _HARNESS:
        return Frame("")
    called = _LAMBDA.fullmatch(method)
    plain = _NUMBERED.sub("", f"{owner}.{called['name'] if called else method}")
    return Frame(plain)
