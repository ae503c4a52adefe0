"""The rule that turns facts into a grade. A pure function: the same facts always give the same grade and reason.

First match counts:

| facts | grade |
|---|---|
| no evidence; the static check found what the report names | E1 |
| no evidence otherwise | E0 |
| the entry point belongs to another package | refuted |
| the evidence could not be tried (no version, no environment, not in the language, no such oracle) | inconclusive |
| a run found no entry point, and the source has none either | refuted |
| a run found no entry point, but the source does not settle it | inconclusive |
| a run on the vulnerable version ended in an error | inconclusive |
| k = 0 of n | refuted |
| k below what is needed of n | inconclusive |
| a control is broken | refuted, naming it |
| a control needs a person | inconclusive |
| a control that counts could not be run | inconclusive |
| the evidence is a script | inconclusive: scripts need controls that this version does not have |
| all else held, k = n | E3 |

All controls count, except the fixed version where the report claims none: a real weakness may have no fix. Not among
the facts, on purpose: identifiers, severity, wording, and who reported. What a report says of itself proves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from seawall.validation.model import ControlName, ControlRecord, ControlState, Grade, Outcome, RunRecord
from seawall.validation.static import Presence, Reading

RULE: Final = "validation.grade/1"


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a grade rests on."""

    kind: str = ""
    """`input`, `script`, or empty for no evidence."""
    static: Reading | None = None
    """What the source says about the entry point, or about the place that a report without evidence names."""
    problem: str = ""
    """Why the evidence could not be tried."""
    runs: Sequence[RunRecord] = ()
    """On the vulnerable version, in order."""
    needed: int = 3
    """k that is asked for."""
    controls: Sequence[ControlRecord] = ()
    fixed_version: str = ""
    """As claimed; empty if none is."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A grade and its reason in words."""

    grade: Grade
    reason: str


def grade(facts: Facts) -> Judgement:
    """Grade a claim; see the module for the rule."""
    if not facts.kind:
        return _without_evidence(facts)
    if facts.static is not None and facts.static.foreign:
        return Judgement(
            Grade.REFUTED,
            f"entry_provenance: the entry point belongs to {facts.static.foreign}, not to the product that is named",
        )
    return _missing(facts) or _untried(facts) or _unreproduced(facts) or _uncontrolled(facts) or _proven(facts)


def _without_evidence(facts: Facts) -> Judgement:
    if facts.static is None:
        return Judgement(Grade.CLAIMED, facts.problem or "no evidence, and nothing that the source could confirm")
    if facts.static.presence is Presence.PRESENT and not facts.static.foreign:
        return Judgement(Grade.PLAUSIBLE, f"no evidence; {facts.static.detail}")
    return Judgement(Grade.CLAIMED, f"no evidence; {facts.static.detail}")


def _missing(facts: Facts) -> Judgement | None:
    missing = next((run for run in facts.runs if run.outcome is Outcome.NO_ENTRY_POINT), None)
    if missing is None:
        return None
    if facts.static is not None and facts.static.presence is Presence.ABSENT:
        return Judgement(Grade.REFUTED, f"no_entry_point: {missing.detail}")
    return Judgement(Grade.INCONCLUSIVE, f"the entry point was not found, but its source may have it: {missing.detail}")


def _untried(facts: Facts) -> Judgement | None:
    if facts.problem:
        return Judgement(Grade.INCONCLUSIVE, facts.problem)
    if not facts.runs:
        return Judgement(Grade.INCONCLUSIVE, "no run was made")
    failed = next((run for run in facts.runs if run.outcome is Outcome.ERROR), None)
    return Judgement(Grade.INCONCLUSIVE, f"a run says nothing: {failed.detail}") if failed else None


def _unreproduced(facts: Facts) -> Judgement | None:
    seen, tried = count_seen(facts.runs), len(facts.runs)
    if seen == 0:
        return Judgement(Grade.REFUTED, f"does_not_reproduce: 0 of {tried} runs; {facts.runs[0].detail}")
    if seen < facts.needed:
        return Judgement(Grade.INCONCLUSIVE, f"flaky: seen in {seen} of {tried} runs, {facts.needed} are needed")
    return None


def _uncontrolled(facts: Facts) -> Judgement | None:
    for state in (ControlState.BROKEN, ControlState.NEEDS_PERSON, ControlState.NOT_RUN):
        for control in facts.controls:
            if control.state is not state:
                continue
            if state is ControlState.BROKEN:
                return Judgement(Grade.REFUTED, f"{control.name}: {control.detail}")
            if state is ControlState.NEEDS_PERSON:
                return Judgement(Grade.INCONCLUSIVE, f"needs a person: {control.name}: {control.detail}")
            if facts.kind == "input" and (control.name is not ControlName.FIXED_VERSION or facts.fixed_version):
                return Judgement(Grade.INCONCLUSIVE, f"the control {control.name} could not be run: {control.detail}")
    if facts.kind != "input":
        return Judgement(
            Grade.INCONCLUSIVE,
            "the script shows the effect; a script needs further controls, which this version does not have",
        )
    held = {control.name for control in facts.controls if control.state is ControlState.HELD}
    wanted = set(ControlName) - (set() if facts.fixed_version else {ControlName.FIXED_VERSION})
    if not wanted <= held:
        return Judgement(Grade.INCONCLUSIVE, f"not all controls were run: {', '.join(sorted(wanted - held))}")
    return None


def _proven(facts: Facts) -> Judgement:
    fixed = (
        f"gone in {facts.fixed_version}" if facts.fixed_version else "no fixed version is claimed, so none was tested"
    )
    return Judgement(
        Grade.INPUT_REPRODUCED,
        f"seen in {count_seen(facts.runs)} of {len(facts.runs)} runs ({facts.runs[0].detail}); "
        f"every control held; {fixed}",
    )


def count_seen(runs: Sequence[RunRecord]) -> int:
    """Return k: in how many runs the effect was seen."""
    return sum(run.outcome is Outcome.REPRODUCED for run in runs)
