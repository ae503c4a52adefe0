"""What an operator says about an exposure, and what later inventories say about that: an explicit transition table.

An exposure is one vulnerability on one asset. People say `fixed`, `mitigated`, `not_affected` or `deferred`;
inventories say `gone` or `still there`; the calendar says `date passed`.

| state | said: fixed | said: other | inventory: gone | inventory: still there | date passed |
|---|---|---|---|---|---|
| open, contradicted, lapsed, returned | claimed | as said | verified | - | - |
| claimed | claimed | as said | verified | contradicted | - |
| verified | refused | refused | - | returned | - |
| mitigated, not_affected | claimed | as said | verified | - | - |
| deferred | claimed | as said | verified | - | lapsed |

Invariants: a claim is never shown as more than a claim until an inventory that was *taken later* verifies it; whatever
reopens an exposure says why; every step keeps who, when and the reason, and none is overwritten. What others say about
an exposure (VEX) is not in this table: it is shown beside the state, with its author, and moves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from seawall.remediation.stored.errors import (
    contradictory_report,
    invalid_deferral,
    invalid_justification,
    missing_reason,
)


class ExposureState(StrEnum):
    """Where an exposure stands."""

    OPEN = "open"
    """Nobody said anything."""
    CLAIMED = "claimed"
    """Said to be fixed; no later inventory says so yet."""
    VERIFIED = "verified"
    """A later inventory no longer shows it."""
    CONTRADICTED = "contradicted"
    """Said to be fixed, and a later inventory still shows it: open again."""
    MITIGATED = "mitigated"
    NOT_AFFECTED = "not_affected"
    DEFERRED = "deferred"
    LAPSED = "lapsed"
    """Deferred until a day that has passed: open again."""
    RETURNED = "returned"
    """Verified once, and there again: open."""

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done."""
        return self in _OPEN


class Act(StrEnum):
    """What moves an exposure from one state to another."""

    FIXED = "fixed"
    MITIGATED = "mitigated"
    NOT_AFFECTED = "not_affected"
    DEFERRED = "deferred"
    GONE = "gone"
    """A later inventory of the asset does not show it."""
    STILL_THERE = "still there"
    """A later inventory of the asset shows it."""
    DATE_PASSED = "date passed"


JUSTIFICATIONS: Final = (
    "component_not_present",
    "vulnerable_code_not_present",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "inline_mitigations_already_exist",
)
"""OpenVEX 0.2.0, "Status Justifications"."""
SAID: Final = (Act.FIXED, Act.MITIGATED, Act.NOT_AFFECTED, Act.DEFERRED)
"""What a person may say."""

_OPEN: Final = frozenset({ExposureState.OPEN, ExposureState.CONTRADICTED, ExposureState.LAPSED, ExposureState.RETURNED})
_BY_WORD: Final = {
    Act.FIXED: ExposureState.CLAIMED,
    Act.MITIGATED: ExposureState.MITIGATED,
    Act.NOT_AFFECTED: ExposureState.NOT_AFFECTED,
    Act.DEFERRED: ExposureState.DEFERRED,
}
_SPEAKABLE: Final = frozenset(ExposureState) - {ExposureState.VERIFIED}
"""States in which a person may say something."""
TRANSITIONS: Final[dict[tuple[ExposureState, Act], ExposureState]] = {
    **{(state, act): after for state in _SPEAKABLE for act, after in _BY_WORD.items()},
    **{(state, Act.GONE): ExposureState.VERIFIED for state in _SPEAKABLE},
    (ExposureState.CLAIMED, Act.STILL_THERE): ExposureState.CONTRADICTED,
    (ExposureState.VERIFIED, Act.STILL_THERE): ExposureState.RETURNED,
    (ExposureState.DEFERRED, Act.DATE_PASSED): ExposureState.LAPSED,
}
"""What is not in the table is refused if a person says it, and nothing if an inventory or the calendar does."""
EVENTS: Final = {
    ExposureState.VERIFIED: "FixVerified",
    ExposureState.CONTRADICTED: "FixContradicted",
    ExposureState.LAPSED: "DeferralLapsed",
    ExposureState.RETURNED: "ExposureReturned",
}
"""Names of the ledger's events for states that no person brings about; the others are `ReportedBack`."""


@dataclass(frozen=True, slots=True)
class ReportBack:
    """One step of one exposure."""

    vulnerability: str
    """Its id when this was said."""
    identifiers: tuple[str, ...]
    """Its identifiers when this was said: it is found again under any of them."""
    act: Act
    state: ExposureState
    """After the step."""
    by: str
    """Who said so; `inventory 3` or `calendar` where no person did."""
    at: datetime
    reason: str
    """In words."""
    justification: str = ""
    """For `not_affected`: OpenVEX's word."""
    until: date | None = None
    """For `deferred`: the last day of the deferral, UTC."""
    kinds: tuple[int, ...] = ()
    """Keys of the components that were affected when a fix was claimed."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What a person says about an exposure, before it is checked."""

    act: Act
    by: str
    reason: str = ""
    justification: str = ""
    until: date | None = None


def state_of(standing: ReportBack | None, today: date) -> ExposureState:
    """Return where an exposure stands on a day: a deferral past its date counts as lapsed, written down or not."""
    if standing is None:
        return ExposureState.OPEN
    if standing.state is ExposureState.DEFERRED and standing.until is not None and standing.until < today:
        return ExposureState.LAPSED
    return standing.state


def check_statement(said: Statement, today: date) -> None:
    """Check what a person says on its own, whatever the state.

    Raises:
        InvalidInputError: No author or no reason (`remediation.no-reason`), a justification that OpenVEX does not know
            or that does not belong to the status (`remediation.invalid-justification`), or a deferral without a day to
            come (`remediation.invalid-deferral`).
    """
    if not said.by.strip():
        raise missing_reason("who says so")
    if said.act is Act.NOT_AFFECTED:
        if said.justification not in JUSTIFICATIONS:
            raise invalid_justification(said.justification, JUSTIFICATIONS)
    elif said.justification:
        raise invalid_justification(said.justification, ())
    elif not said.reason.strip() and said.act is not Act.FIXED:
        raise missing_reason("what was done about it" if said.act is Act.MITIGATED else "why it is put off")
    if (said.act is Act.DEFERRED) != (said.until is not None):
        raise invalid_deferral("" if said.until is None else said.until.isoformat(), said.act.value)
    if said.until is not None and said.until < today:
        raise invalid_deferral(said.until.isoformat(), said.act.value)


def after(state: ExposureState, act: Act, vulnerability: str) -> ExposureState:
    """Return the state after an act.

    Raises:
        ConflictError: The table has no such step (`remediation.contradictory-report`).
    """
    try:
        return TRANSITIONS[state, act]
    except KeyError:
        raise contradictory_report(vulnerability, state.value, act.value) from None


def is_repetition(standing: ReportBack | None, said: Statement) -> bool:
    """Whether a statement says what stands already, by the same person and with the same words."""
    return (
        standing is not None
        and standing.act is said.act
        and (standing.by, standing.reason, standing.justification, standing.until)
        == (said.by, said.reason, said.justification, said.until)
    )
