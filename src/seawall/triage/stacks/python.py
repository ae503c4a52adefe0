"""Python's tracebacks (`traceback.py`), most recent call last; also those inside exception groups.

Of chained exceptions the first counts: it is the cause, and what wraps it is often the same for a whole library.
A frame is `module.function` (`archive.extract`), since names of functions alone (`read`, `parse`) are in every library.
Dropped: the standard library, runners of tests, fuzzers, and scripts' own top level.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from seawall.triage.stacks.interface import Frame, Trace

MARKERS: tuple[str, ...] = ("Traceback (most recent call last)",)

_FRAME: Final = re.compile(r'File "(?P<file>[^"]{1,500})", line \d+(?:, in (?P<name>\S+))?')
_ERROR: Final = re.compile(r"(?P<name>[A-Za-z_][\w.]{0,200})(?::(?: |$)|$)", re.ASCII)
_LIBRARY: Final = re.compile(r"/python3?(?:\.\d+)?t?/(?!site-packages|dist-packages)|[\\/]Lib[\\/](?!site-packages)|^<")
_RUNNERS: Final = re.compile(
    r"[\\/](?:site|dist)-packages[\\/](?:_?pytest|pluggy|atheris|hypothesis|nose2?|click|typer|gunicorn|uvicorn)[\\/]"
)
_NO_FUNCTION: Final = re.compile(r"<.*|main|_main|TestOneInput|fuzz\w*|test_\w*|setUp")


def read(lines: Sequence[str]) -> Trace | None:
    """See `interface.Dialect`."""
    frames: list[Frame] = []
    inside = False
    for line in lines:
        if not inside:
            inside = MARKERS[0] in line
            continue
        found = _FRAME.match(line)
        if found is not None:
            frames.append(_frame(found["file"], found["name"] or ""))
            continue
        error = _ERROR.match(line) if frames and _ends(line) else None
        if error is not None:
            name = error["name"].rsplit(".", 1)[-1]
            return Trace(name, frames[::-1], recurses=name == "RecursionError")
    return None


def _ends(line: str) -> bool:
    """Tell whether a line is the exception's own: a name in capitals or dotted, and nothing before the colon."""
    name = line.split(":", 1)[0].rsplit(".", 1)[-1]
    return name[:1].isupper() or name.endswith(("Error", "Exception", "error"))


def _frame(file: str, function: str) -> Frame:
    if _LIBRARY.search(file) or _RUNNERS.search(file) or _NO_FUNCTION.fullmatch(function):
        return Frame("", file)
    parts = file.replace("\\", "/").removesuffix(".py").split("/")
    module = parts[-2] if parts[-1] == "__init__" and len(parts) > 1 else parts[-1]
    return Frame(f"{module}.{function}", file)
