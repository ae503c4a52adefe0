"""Everything that waits is done, stage after stage: parse, merge, prove, prioritise.

Each stage takes what the rows say is to do and writes each result with its ledger entry in one transaction. So the
whole can be killed at any moment and run again: nothing is lost, and nothing is done twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from seawall.entry.bootstrap import Seawall
from seawall.entry.followup import DECIDE, PROVE
from seawall.entry.progress import Progress
from seawall.entry.proving import Assignment, prove_one
from seawall.intake import ReportState
from seawall.kernel.errors import BusyError, UnavailableError
from seawall.platform.locks import exclusive
from seawall.validation import Grade, Proof

_TRIAGE_BATCH = 2_000
"""Findings in one transaction."""
_DECIDE_BATCH = 500
"""Cases in one transaction."""


@dataclass(slots=True)
class Outcome:
    """What one run did."""

    parsed: int = 0
    quarantined: int = 0
    findings: int = 0
    opened: int = 0
    merged: int = 0
    proposed: int = 0
    proofs: int = 0
    proven: int = 0
    refuted: int = 0
    unproven: dict[str, str] = field(default_factory=dict)
    """Findings whose proof ended without a verdict, with the reason."""
    decided: int = 0
    given_up: int = 0
    """Findings that no run tries any more, those of earlier runs included."""

    def in_words(self) -> str:
        """Return one line for people."""
        if not any((self.parsed, self.quarantined, self.findings, self.proofs, self.decided, self.unproven)):
            return "nothing was waiting"
        parts = [
            f"{self.parsed} reports parsed, {self.quarantined} quarantined",
            f"{self.findings} findings: {self.opened} cases opened, {self.merged} merges, {self.proposed} proposals",
            f"{self.proofs} proofs: {self.proven} proven, {self.refuted} refuted",
            f"{self.decided} cases prioritised",
        ]
        if self.unproven:
            parts.append(f"{len(self.unproven)} proofs could not be run")
        return "; ".join(parts)


def process(seawall: Seawall, progress: Progress, *, prove: bool = True) -> Outcome:
    """Do all that waits.

    Raises:
        BusyError: Another `process` is at work on the same records (`lock.held`).
        UnavailableError: Something outside is missing; what was finished is kept.
    """
    outcome = Outcome()
    with exclusive(seawall.database, "process", seawall.settings.home):
        _parse(seawall, progress, outcome)
        _merge(seawall, progress, outcome)
        if prove:
            _prove(seawall, progress, outcome)
        _prioritise(seawall, progress, outcome)
    return outcome


def _parse(seawall: Seawall, progress: Progress, outcome: Outcome) -> None:
    pending = seawall.intake.pending()
    progress.stage("parse", len(pending))
    for report in pending:
        parsed = seawall.intake.parse(report.id)
        if parsed.report.state is ReportState.PARSED:
            outcome.parsed += 1
        else:
            outcome.quarantined += 1
        progress.advance(note=report.name)


def _merge(seawall: Seawall, progress: Progress, outcome: Outcome) -> None:
    progress.stage("merge", seawall.untriaged())
    while (batch := seawall.triage.triage_pending(_TRIAGE_BATCH)).findings:
        outcome.findings += batch.findings
        outcome.opened += batch.opened
        outcome.merged += batch.merged
        outcome.proposed += batch.proposed
        progress.advance(batch.findings)


def _prove(seawall: Seawall, progress: Progress, outcome: Outcome) -> None:
    waiting = seawall.waiting(PROVE)
    if waiting:
        _prove_all(seawall, progress, outcome, waiting)
    outcome.given_up = seawall.given_up()


def _prove_all(seawall: Seawall, progress: Progress, outcome: Outcome, waiting: int) -> None:
    seawall.sandbox.check()
    progress.stage("prove", waiting)
    for done in seawall.runner.run(prove_one, _assignments(seawall)):
        finding = done.payload.finding
        if done.result is None:
            for_now = isinstance(done.error, UnavailableError | BusyError)
            seawall.leave_unproven(finding.id, for_now=for_now)
            outcome.unproven[finding.id] = str(done.error)
        else:
            seawall.keep_proof(done.result)
            _count(outcome, done.result)
        progress.advance(note=finding.title)


def _assignments(seawall: Seawall) -> Iterator[Assignment]:
    """Claim findings one at a time, as workers become free: what is claimed and not finished is claimed again later."""
    while finding := seawall.claim_finding():
        yield Assignment(finding, seawall.settings.cache)


def _count(outcome: Outcome, proof: Proof) -> None:
    outcome.proofs += 1
    outcome.proven += proof.grade.proven
    outcome.refuted += proof.grade is Grade.REFUTED


def _prioritise(seawall: Seawall, progress: Progress, outcome: Outcome) -> None:
    progress.stage("prioritise", seawall.waiting(DECIDE))
    while decided := seawall.decide_next(_DECIDE_BATCH):
        outcome.decided += decided
        progress.advance(decided)
