"""VERS ranges (`vers:pypi/>=1.2|<1.5`), as CSAF and CycloneDX write them, in OSV's words.

Left out on purpose: ordering versions. The constraints of a valid VERS are sorted already, so intervals can be read off
in sequence; `remediation` compares versions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

_VERS: Final = re.compile(r"vers:[a-z0-9.+-]+/(.*)", re.IGNORECASE | re.DOTALL)
_CONSTRAINT: Final = re.compile(r"\s*(>=|<=|!=|>|<|=)?\s*([^|\s]+)\s*")


@dataclass(frozen=True, slots=True)
class VersionSet:
    """Which versions are meant."""

    events: tuple[tuple[str, str], ...] = ()
    """OSV range events."""
    versions: tuple[str, ...] = ()
    """Versions named one by one."""


def parse_vers(text: str) -> VersionSet | None:
    """Read a VERS range; None where the text is none, so that the caller keeps it as it is.

    `>` becomes `introduced`, one version too many at most; `!=` cannot be said in OSV's words and is left out, which
    errs on the affected side likewise.
    """
    match = _VERS.fullmatch(text.strip())
    if match is None:
        return None
    if match[1].strip() == "*":
        return VersionSet((("introduced", "0"),))
    events: list[tuple[str, str]] = []
    versions: list[str] = []
    is_open = False
    for part in match[1].split("|"):
        constraint = _CONSTRAINT.fullmatch(part)
        if constraint is None:
            return None
        comparator, version = constraint[1] or "=", unquote(constraint[2])
        if comparator == "=":
            versions.append(version)
        elif comparator in {">", ">="} and not is_open:
            events.append(("introduced", version))
            is_open = True
        elif comparator in {"<", "<="}:
            if not is_open:
                events.append(("introduced", "0"))
            events.append(("fixed" if comparator == "<" else "last_affected", version))
            is_open = False
    return VersionSet(tuple(events), tuple(versions))
