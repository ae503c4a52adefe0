"""Reports and the findings read from them.

A `Report` is bytes: stored, named and acknowledged before anything parses it. A `Finding` is one claimed weakness in
one product, read from one place of one report. Both are claims: nothing here has been checked.

Invariants: the same bytes from the same submitter are the same report; the finding at the same place of the same
report has the same id, however often the report is read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

import msgspec

from seawall.kernel.clock import rfc3339
from seawall.kernel.errors import Diagnostics
from seawall.kernel.marking import UNMARKED, Marking


class ReportState(StrEnum):
    """Where a report stands: `received → parsed` or `received → quarantined`, and by retry back to `received`."""

    RECEIVED = "received"
    PARSED = "parsed"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class Report:
    """One submission."""

    id: str
    """`SWR-` and 16 hex digits, derived from digest and submitter."""
    digest: str
    """SHA-256 of the bytes, 64 hex digits; also their name in the blob store."""
    size: int
    """Bytes."""
    submitter: str
    """Who reported, as they name themselves."""
    name: str
    """File name as submitted, for people; never used as a path."""
    marking: Marking
    product: str
    """Purl that the submitter named beside the bytes, or empty: scanners often leave it out."""
    received_at: datetime
    state: ReportState = ReportState.RECEIVED
    format: str = ""
    """Name of the format it was read as; empty until parsed."""
    findings: int = 0
    """How many findings it gave."""
    problem: Diagnostics | None = None
    """Why it is in quarantine."""

    def receipt(self) -> str:
        """Return SHA-256 in hex over everything that never changes: what the ledger vouches for beside the bytes."""
        fixed = (self.id, self.digest, self.size, self.submitter, self.name, int(self.marking), self.product)
        return sha256(msgspec.json.encode((*fixed, rfc3339(self.received_at)))).hexdigest()


@dataclass(frozen=True, slots=True)
class Location:
    """Where in the product's source the weakness is claimed to be."""

    path: str = ""
    """Path inside the product, `/`-separated, no leading `/`."""
    line: int = 0
    """First line, counted from 1; 0 if unknown."""
    symbol: str = ""
    """Qualified function, method or class; empty if unknown."""
    snippet: str = ""
    """The source text at the place, as reported, at most a few lines; empty if unknown."""


@dataclass(frozen=True, slots=True)
class AffectedProduct:
    """What a report says about versions of one product."""

    purl: str
    """Canonical; with a version if the report names one."""
    events: tuple[tuple[str, str], ...] = ()
    """OSV-style pairs such as `("introduced", "0"), ("fixed", "1.2")`, in the report's order."""
    versions: tuple[str, ...] = ()
    """Versions listed one by one."""
    status: str = "affected"
    """`affected`, `not_affected`, `fixed`, `under_investigation` (the VEX words)."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the finder supplies to show the effect: data for a public entry point, or a script.

    The vocabulary of `entry`, `setup` and `make` is described in `docs/evidence.md`. Everything in here is hostile.
    """

    kind: str
    """`input` (data only) or `script` (the finder's own program)."""
    oracle: dict[str, Any]
    """What is to be seen: `{"kind": "canary" | "crash" | "timeout" | …}`."""
    entry: dict[str, Any] = field(default_factory=dict)
    """The public entry point and its arguments: `{call, args, kwargs}`."""
    setup: tuple[dict[str, Any], ...] = ()
    """Calls made before, each with `as`, a name for its value."""
    read: str = ""
    """Attribute path walked on the result."""
    files: dict[str, bytes] = field(default_factory=dict)
    """Input files by plain name."""
    make: tuple[dict[str, Any], ...] = ()
    """Archives to build: `{file, format, entries}`."""
    script: str = ""
    """Name of the file that is the program; only for kind `script`."""
    imports: tuple[str, ...] = ()
    """Top-level import names of the product, where they differ from its name."""
    requires: tuple[str, ...] = ()
    """Further packages to pin, `name==version`."""
    fixed_requires: tuple[str, ...] = ()
    """The same for the fixed side, where it differs."""
    fixed_version: str = ""
    """Release that the reporter says is not affected; empty if none is claimed."""
    extra: dict[str, Any] = field(default_factory=dict)
    """Members that this version of Seawall does not know, kept as they came."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One claimed weakness in one product."""

    id: str
    """`SWF-` and 16 hex digits, derived from the report's digest, its submitter and `place`."""
    report_id: str
    place: str
    """JSON pointer (or line) of the finding in the report."""
    title: str
    description: str = ""
    identifiers: tuple[str, ...] = ()
    """CVE, GHSA, OSV identifiers and aliases of *this* vulnerability; canonical, sorted."""
    weaknesses: tuple[str, ...] = ()
    """`CWE-<n>`, by number."""
    products: tuple[AffectedProduct, ...] = ()
    """Affected products first; may be empty if the report names none."""
    location: Location = Location()
    vectors: tuple[str, ...] = ()
    """CVSS vector strings as reported."""
    references: tuple[str, ...] = ()
    credits: tuple[str, ...] = ()
    rule: str = ""
    """Scanner and rule that found it, `bandit/B506`; empty for a person's report."""
    status: str = ""
    """The report's own word on exploitability (VEX), empty if it says none."""
    marking: Marking = UNMARKED
    evidence: Evidence | None = None
    published_at: str = ""
    """RFC 3339, as the report gives it; empty if it does not."""
    extra: dict[str, Any] = field(default_factory=dict)
    """Members of the source that no field above holds, kept as they came."""

    @property
    def purl(self) -> str:
        """The first affected product, or empty."""
        return self.products[0].purl if self.products else ""
