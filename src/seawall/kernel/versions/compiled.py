"""What every reader of ranges returns, whatever its notation: OSV, CVE, CSAF, VERS or a package manager's own."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from seawall.kernel.versions.spans import Span


class CommitRange(msgspec.Struct, frozen=True):
    """A range of commits in one repository. Seawall does not evaluate it: "needs commit"."""

    repo: str
    """URL; empty if the record does not say."""
    introduced: tuple[str, ...] = ()
    """Commit names, `0` for the first commit; as the record writes them."""
    fixed: tuple[str, ...] = ()
    last_affected: tuple[str, ...] = ()
    limit: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    """Commits that are affected one by one."""


@dataclass(slots=True)
class Compiled:
    """Collects what is read; `VersionRange` freezes it."""

    spans: tuple[Span, ...] = ()
    """Affected."""
    unknown: tuple[Span, ...] = ()
    """Not decided, each with the reason as its remark."""
    versions: tuple[str, ...] = ()
    """Affected, listed one by one."""
    problems: list[str] = field(default_factory=list)
    commits: tuple[CommitRange, ...] = ()
    otherwise: str = ""
    """`unknown`: the record says that it does not know about all other versions."""
    undecidable: bool = False
    """There are bounds, and no ordering to evaluate them."""
