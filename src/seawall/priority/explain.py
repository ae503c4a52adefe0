"""A decision for people: every input with its value, source, date, and whether it was assumed; then the clock."""

from __future__ import annotations

from seawall.priority.model import Decision
from seawall.priority.policy import Policy


def explanation(decision: Decision, policy: Policy) -> list[str]:
    """Return the lines that `--explain` prints, from the inputs to the due date.

    Args:
        decision: What was decided.
        policy: The rules by which it was; they give the points their names.
    """
    names = {point.key: point.name for point in policy.points}
    lines = [f"policy: {decision.policy}, {policy.name}"]
    for value in decision.points:
        said = "assumed" if value.assumed else "said"
        origin = value.source.removeprefix("assumed: ") + (f", {value.as_of[:10]}" if value.as_of else "")
        lines.append(f"{names.get(value.point, value.point)} ({value.point}) = {value.value}, {said}: {origin}")
    lines.append(f"first seen on the asset: {decision.first_seen or 'not known'}")
    lines.append(f"fix published: {decision.fix_published or 'not known'}")
    lines += [f"{step.day}: {step.outcome}, {step.because}" for step in decision.steps]
    lines.append(f"outcome: {decision.outcome}, {decision.outcome_name}")
    due = f"{decision.due}, counted from {decision.clock_start}" if decision.due else "no fixed date"
    lines.append(f"due: {due}" + ("; a forensic triage goes with it" if decision.forensics else ""))
    return lines
