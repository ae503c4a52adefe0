"""Makes runs: draws values, lays out the evidence, asks the sandbox, the oracle and the driver, and names the outcome.

Rules for one run, first match counts:

| what was seen | outcome |
|---|---|
| the oracle saw the effect | reproduced |
| the supervisor or the driver gave no account; a limit ended the run | error |
| a name in set-up is missing, a name is not the target's, set-up or import raised | error |
| the entry point is missing | no entry point |
| a script failed with status 1 or 127, as interpreters do when something is missing | error |
| anything else | not reproduced |
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from seawall.platform.sandbox.interface import Bounds, Sandbox, Verdict
from seawall.validation.drivers import Account, Driver, Phase, Trial
from seawall.validation.evidence import Draw, InputEvidence, ScriptEvidence, substitute
from seawall.validation.evidence.archives import build_archive
from seawall.validation.model import Outcome, RunRecord
from seawall.validation.oracles import Oracle, Sight
from seawall.validation.ports import Environment

USUAL_BOUNDS: Final = Bounds(cpu_seconds=20.0, wall_seconds=30.0)
"""For oracles that set none of their own."""
_FAILED: Final = frozenset({1, 127})
_SHOWN: Final = 200  # characters of what a hostile process said

Checked = InputEvidence | ScriptEvidence


@dataclass(slots=True)
class Bench:
    """Runs trials of one finding, one after the other, and keeps their records."""

    sandbox: Sandbox
    driver: Driver
    oracle: Oracle
    random_bytes: Callable[[int], bytes]
    records: list[RunRecord] = field(default_factory=list)

    def run(
        self,
        side: str,
        evidence: Checked,
        environment: Environment,
        *,
        absent: bool = False,
        change: Callable[[Checked], Checked] | None = None,
    ) -> RunRecord:
        """Make one run and keep its record.

        Args:
            side: `vulnerable`, or the control's name.
            evidence: With placeholders.
            environment: In which to run.
            absent: Replace the target by stand-ins.
            change: Applied after the placeholders are filled, so that sizes stay those of the real input.

        Raises:
            EvidenceError: An archive cannot be built.
            UnavailableError: The sandbox cannot be set up.
        """
        draw = Draw.fresh(self.random_bytes)
        filled = substitute(evidence, draw)
        laid_out = _with_archives(change(filled) if change else filled)
        bounds = self.oracle.bounds(USUAL_BOUNDS)
        trial = Trial(laid_out, environment, draw, self.random_bytes(16).hex(), bounds, absent)
        verdict = self.sandbox.run(self.driver.job(trial))
        sight = self.oracle.judge(verdict, draw)
        outcome, detail = _outcome(
            sight, self.driver.account(trial, verdict), verdict, is_script=isinstance(evidence, ScriptEvidence)
        )
        record = RunRecord(side, outcome, detail, verdict.cpu_seconds, verdict.wall_seconds, environment.record.digest)
        self.records.append(record)
        return record


def _with_archives(evidence: Checked) -> Checked:
    if isinstance(evidence, ScriptEvidence) or not evidence.archives:
        return evidence
    built = {archive.file: build_archive(archive, evidence.files) for archive in evidence.archives}
    return replace(evidence, files={**evidence.files, **built})


def _outcome(sight: Sight, account: Account, verdict: Verdict, *, is_script: bool) -> tuple[Outcome, str]:
    if sight.seen:
        return Outcome.REPRODUCED, sight.detail
    if account.missing and account.stage == "entry" and verdict.ended != "lost":
        return Outcome.NO_ENTRY_POINT, _shown(account.missing)
    trouble = _trouble(account, verdict)
    if not trouble and (sight.undecided or (is_script and verdict.ended == "exited" and verdict.code in _FAILED)):
        trouble = sight.detail
    if trouble:
        return Outcome.ERROR, trouble
    raised = f"; the call raised {_shown(account.raised)}" if account.raised else ""
    return Outcome.NOT_REPRODUCED, sight.detail + raised


def _trouble(account: Account, verdict: Verdict) -> str:
    """Say why a run says nothing about the claim, or return an empty string."""
    troubles = (
        (verdict.ended == "lost", "the supervisor gave no account of the run"),
        (account.phase is Phase.NONE, f"the driver did not start: {_shown(verdict.stderr[-_SHOWN:])}"),
        (account.foreign, f"a name is not the target's: {_shown(account.foreign)}"),
        (account.missing, f"in set-up: {_shown(account.missing)}"),
        (account.raised and account.stage != "call", f"before the call: {_shown(account.raised)}"),
        (account.phase is Phase.READY, "the process ended before the entry point was called"),
    )
    return next((words for applies, words in troubles if applies), "")


def _shown(text: str | bytes) -> str:
    """Return hostile text in a form that may stand in a record: one line, printable, short."""
    decoded = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return "".join(char if char.isprintable() else " " for char in decoded)[:_SHOWN].strip()
