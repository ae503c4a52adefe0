"""What has to follow when a finding becomes part of a case: a proof where one is possible, and a due date.

The work is queued in the very transaction that puts the finding into a case, so no crash can come between.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy.engine import Connection

from seawall.intake import Finding
from seawall.intake.store import SQLFindings
from seawall.kernel.purl import parse_purl
from seawall.platform.runner.store import WorkList

PROVE: Final = "prove"
"""Work whose subject is a finding to prove."""
DECIDE: Final = "decide"
"""Work whose subject is a finding whose case needs a due date."""


class FollowedFindings:
    """Intake's findings as triage uses them; marking them as triaged queues what follows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._findings = SQLFindings(connection)
        self._seen: dict[str, Finding] = {}

    def untriaged(self, limit: int) -> Sequence[Finding]:
        """See `FindingSource.untriaged`."""
        findings = self._findings.untriaged(limit)
        self._seen = {finding.id: finding for finding in findings}
        return findings

    def mark_triaged(self, ids: Sequence[str]) -> None:
        """See `FindingSource.mark_triaged`."""
        self._findings.mark_triaged(ids)
        WorkList(self._connection, PROVE).add([name for name in ids if checkable(self._seen[name])])
        WorkList(self._connection, DECIDE).add(list(ids))

    def get_many(self, ids: Sequence[str]) -> Sequence[Finding]:
        """See `FindingSource.get_many`."""
        return self._findings.get_many(ids)


def checkable(finding: Finding) -> bool:
    """Whether the verifier can do more than believe: there is evidence, or a place in a released version to look at."""
    if finding.evidence is not None:
        return True
    if not finding.purl or not (finding.location.path or finding.location.symbol):
        return False
    purl = parse_purl(finding.purl)
    return purl.type in {"pypi", "npm"} and bool(purl.version)
