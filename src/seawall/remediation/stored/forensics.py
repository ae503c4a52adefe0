"""The forensic triage that BOD 26-04 asks for with the outcome 3DF: three steps, each with its deadline.

| step | deadline after opening | rule |
|---|---|---|
| scope | 2 h | which systems and accounts are in question |
| evidence | 24 h, and before patching | memory, connections, processes, logs; with the digest of what was kept |
| decision | 72 h | `none`, `suspected` or `confirmed`; after the evidence was recorded or waived |

Source: the order's description of BOD 26-04 (docs/priority.md). Invariants: deadlines follow from the instant of
opening alone; a record never changes; a step is waived only with a reason, and never after it was done; the same words
again are no new record. `refuse_premature_fix` is the one guard that keeps a fix from being recorded before volatile
evidence is secured. No I/O and no clock: instants are passed in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from seawall.remediation.stored.errors import contradictory_step, evidence_first, incomplete_step


class ForensicStep(StrEnum):
    """What is to be done, in the order of the deadlines."""

    SCOPE = "scope"
    EVIDENCE = "evidence"
    DECISION = "decision"


class Compromise(StrEnum):
    """What the analysis found."""

    NONE = "none"
    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"


DEADLINES: Final = {
    ForensicStep.SCOPE: timedelta(hours=2),
    ForensicStep.EVIDENCE: timedelta(hours=24),
    ForensicStep.DECISION: timedelta(hours=72),
}
"""After the instant of opening."""
_SHA256: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_WORDS: Final = {
    ForensicStep.SCOPE: "determine the scope",
    ForensicStep.EVIDENCE: "secure volatile evidence, before patching",
    ForensicStep.DECISION: "analyse, and decide whether there was a compromise",
}


@dataclass(frozen=True, slots=True)
class StepRecord:
    """A step was done, or waived."""

    step: ForensicStep
    by: str
    at: datetime
    note: str
    """What was done or found; for a waived step, why."""
    waived: bool = False
    digest: str = ""
    """SHA-256 of the evidence, in hex; or empty."""
    compromise: Compromise | None = None
    """For the decision."""


@dataclass(frozen=True, slots=True)
class StepView:
    """A step as it is shown."""

    step: ForensicStep
    words: str
    due: datetime
    record: StepRecord | None
    """The newest; None: not done."""
    overdue: bool
    """Not done, and the deadline has passed."""
    late: bool
    """First done or waived after the deadline."""


@dataclass(frozen=True, slots=True)
class Checklist:
    """The forensic triage of one exposure."""

    vulnerability: str
    identifiers: tuple[str, ...]
    opened_at: datetime
    because: str
    """Why it was opened: the decision in words."""
    records: tuple[StepRecord, ...] = ()
    """Oldest first."""

    def due(self, step: ForensicStep) -> datetime:
        """Return the deadline of a step."""
        return self.opened_at + DEADLINES[step]

    def newest(self, step: ForensicStep) -> StepRecord | None:
        """Return the newest record of a step."""
        return next((each for each in reversed(self.records) if each.step is step), None)

    @property
    def evidence_secured(self) -> bool:
        """Whether volatile evidence is recorded, or waived with a reason."""
        return self.newest(ForensicStep.EVIDENCE) is not None

    @property
    def is_closed(self) -> bool:
        """Whether every step is done or waived."""
        return all(self.newest(step) is not None for step in ForensicStep)

    def steps(self, at: datetime) -> tuple[StepView, ...]:
        """Return all steps as they stand at an instant, in order."""
        return tuple(self._view(step, at) for step in ForensicStep)

    def overdue(self, at: datetime) -> tuple[ForensicStep, ...]:
        """Return the steps that should have been done by now."""
        return tuple(view.step for view in self.steps(at) if view.overdue)

    def _view(self, step: ForensicStep, at: datetime) -> StepView:
        first = next((each for each in self.records if each.step is step), None)
        due = self.due(step)
        late = first is not None and first.at > due
        return StepView(step, _WORDS[step], due, self.newest(step), overdue=first is None and at > due, late=late)


def check_step(checklist: Checklist, record: StepRecord) -> bool:
    """Say whether a record is news.

    Returns:
        False if the newest record of the step says the same already, so that nothing is to be written.

    Raises:
        InvalidInputError: No author or no note, a digest that is none, a decision without a finding or a finding that
            is no decision's (`remediation.incomplete-step`).
        ConflictError: A step is waived that was done, or decided before there is evidence or a waiver
            (`remediation.contradictory-step`).
    """
    _check_complete(record)
    newest = checklist.newest(record.step)
    if newest is not None and _same(newest, record):
        return False
    if record.waived and any(each.step is record.step and not each.waived for each in checklist.records):
        raise contradictory_step(f"the step {record.step} was done and cannot be waived any more")
    if record.step is ForensicStep.DECISION and not checklist.evidence_secured:
        raise contradictory_step("volatile evidence was neither recorded nor waived, so there is nothing to decide on")
    if record.at < checklist.opened_at:
        raise contradictory_step("the step is older than the checklist")
    return True


def refuse_premature_fix(checklist: Checklist | None, vulnerability: str, asset: str) -> None:
    """Refuse to record a fix while volatile evidence is at stake.

    Raises:
        ConflictError: The exposure has a checklist whose evidence is neither recorded nor waived
            (`remediation.evidence-first`).
    """
    if checklist is not None and not checklist.evidence_secured:
        raise evidence_first(vulnerability, asset)


def _check_complete(record: StepRecord) -> None:
    if not record.by.strip() or not record.note.strip():
        raise incomplete_step("it needs who did it and a note" + (" that says why it is waived" * record.waived))
    if record.digest and not _SHA256.fullmatch(record.digest):
        raise incomplete_step("the digest of evidence is SHA-256: 64 lower-case hex digits")
    if record.waived and (record.digest or record.compromise):
        raise incomplete_step("a waived step has neither evidence nor a finding")
    wants_finding = record.step is ForensicStep.DECISION and not record.waived
    if wants_finding != (record.compromise is not None):
        raise incomplete_step(f"a finding ({', '.join(Compromise)}) belongs to the decision, and only to it")


def _same(one: StepRecord, other: StepRecord) -> bool:
    return (one.by, one.note, one.waived, one.digest, one.compromise) == (
        other.by,
        other.note,
        other.waived,
        other.digest,
        other.compromise,
    )
