"""How large evidence may be, and what a public entry point looks like."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from seawall.kernel.limits import MIB

PYTHON_CALL: Final = re.compile(
    r"(?:[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)*:|\$[A-Za-z_][A-Za-z0-9_]*\.)"
    r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)*",
    re.ASCII,
)
NODE_CALL: Final = re.compile(
    r"(?:(?:@[a-z0-9~][a-z0-9._~-]*/)?[A-Za-z0-9~][A-Za-z0-9._~-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*"
    r"(?::(?:[A-Za-z$][A-Za-z0-9_$]*(?:\.[A-Za-z$][A-Za-z0-9_$]*)*)?)?"
    r"|\$[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z$][A-Za-z0-9_$]*)+)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class EvidenceLimits:
    """Bounds for one piece of evidence."""

    depth: int = 48
    """Nesting of arguments, in levels, before `$nest` is expanded."""
    items: int = 200_000
    """Values in all arguments, `$nest` expanded."""
    bytes: int = 32 * MIB
    """All text and bytes of arguments and archives together, `$repeat` expanded."""
    setup: int = 64
    """Calls before the entry point."""
    files: int = 64
    file_bytes: int = 32 * MIB
    """All files together."""
    archives: int = 16
    archive_entries: int = 20_000
    """Of all archives together."""
    name_chars: int = 300
    """Length of a call, a reference or a path of `read`."""


DEFAULT_EVIDENCE_LIMITS: Final = EvidenceLimits()
