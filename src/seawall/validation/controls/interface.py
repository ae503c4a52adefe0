"""What a family of controls has in common: each is a way in which a false claim gives itself away.

A control runs the same evidence with one thing changed and expects the effect to be gone. It answers with a
`ControlRecord`; an error is never a pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from seawall.validation.model import ControlName, ControlRecord, ControlState, Outcome, RunRecord
from seawall.validation.ports import Environment
from seawall.validation.trials import Bench, Checked


@dataclass(frozen=True, slots=True)
class Subject:
    """What a control works on: evidence whose effect was seen in the vulnerable environment."""

    bench: Bench
    evidence: Checked
    """With placeholders."""
    environment: Environment
    fixed_version: str
    """As the reporter claims it; empty if none is claimed."""
    build_fixed: Callable[[], Environment]
    """Builds the environment of the fixed version; raises `EnvironmentFailedError`."""
    runs: int
    """How often each control is run."""


class Control(Protocol):
    """One way to unmask a false claim."""

    __name__: str

    def __call__(self, subject: Subject) -> ControlRecord:
        """Run the control.

        Raises:
            UnavailableError: The sandbox or a registry is out of reach.
        """
        ...


def judged(name: ControlName, runs: Iterator[RunRecord], *, held: str, broken: str) -> ControlRecord:
    """Make a record from runs in which the effect must stay away; the first run that is no pass decides.

    Args:
        name: Of the control.
        runs: Drawn one at a time, so that none is made after the decision.
        held: What it means that the effect stayed away.
        broken: What it means that it did not.
    """
    for run in runs:
        if run.outcome is Outcome.REPRODUCED:
            return ControlRecord(name, ControlState.BROKEN, f"{broken} ({run.detail})")
        if run.outcome is not Outcome.NOT_REPRODUCED:
            return ControlRecord(name, ControlState.NOT_RUN, run.detail)
    return ControlRecord(name, ControlState.HELD, held)
