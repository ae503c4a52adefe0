"""The pure function from policy, statements and dates to a `Decision`.

Points. Each point takes the statement in force (`series.py`); if a subject has several identifiers, the worse value. A
point that no source speaks about takes the value that the policy assumes, and says so. A rule for missing data goes
before the table.

Clock (`later-of-fix-and-first-seen`, `from-the-day-if-it-shortens`). Days are calendar days of UTC.

1. The clock starts on the later of two days: fix published, first seen on the asset. Without a known date of a fix, on
   the day first seen.
2. From then on the outcome is followed day by day. An outcome that allows `d` days binds from the first day since which
   the outcome has, without a break, been at least that strict.
3. The present outcome and each milder one that was passed on the way bind at once; the earliest of their dates is due.
   So a vulnerability that is added to KEV on day 20 is due within KEV's days of day 20, unless the date that stood
   before is earlier still: a change shortens, and never lengthens. When a point is taken back, the date that it
   brought goes with it.
4. An outcome without days has no date; dates of milder outcomes do not exist, so nothing is due.

Invariant: equal inputs give equal bytes. The instant of the decision is no part of the result, except through what was
known then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Final

import msgspec

from seawall.kernel.clock import rfc3339
from seawall.priority.model import ClockInputs, Decision, Point, PointValue, Signal, Step
from seawall.priority.policy import Derivation, Outcome, Policy, PolicyPoint
from seawall.priority.series import EVERYTHING_ELSE, in_force

_ENCODER: Final = msgspec.json.Encoder(order="deterministic")
_UNKNOWN: Final = "unknown"


class _Verdict(msgspec.Struct, frozen=True):
    points: tuple[PointValue, ...]
    outcome: Outcome
    because: str


def decide(policy: Policy, subject: str, signals: Iterable[Signal], clock: ClockInputs, *, asset: str = "") -> Decision:
    """Say what is to be done about a vulnerability on an asset, by when, and why.

    Args:
        policy: The rules.
        subject: Case or advisory identifier.
        signals: All statements about the vulnerability's identifiers and about the asset; their order does not matter.
        clock: The dates to count from, and the instant up to which statements count.
        asset: Name of the asset; empty for the vulnerability in general.
    """
    known = [signal for signal in signals if signal.as_of <= clock.at]
    start = _start(clock)
    days = sorted({start, *(day for signal in known if (day := _day(signal.as_of)) > start)})
    timeline = [(day, _verdict(policy, known, min(_end_of(day), clock.at))) for day in days]
    steps = _steps(timeline, policy)
    present = timeline[-1][1]
    outcome = present.outcome
    clock_start, due = _due(steps, policy)
    return Decision(
        subject=subject,
        policy=policy.id,
        outcome=outcome.key,
        outcome_name=outcome.name,
        days=outcome.days,
        clock_start=clock_start,
        due=due,
        forensics=outcome.forensics,
        points=present.points,
        reason=_reason(policy, present, clock=clock, steps=steps, clock_start=clock_start, due=due),
        asset=asset,
        first_seen=clock.first_seen,
        fix_published=clock.fix_published,
        steps=steps,
    )


def decision_bytes(decision: Decision) -> bytes:
    """Return the decision's canonical JSON: equal decisions have equal bytes."""
    return _ENCODER.encode(decision)


def decision_digest(decision: Decision) -> str:
    """Return SHA-256 of the canonical JSON, in hex."""
    return sha256(decision_bytes(decision)).hexdigest()


def decision_from(body: bytes) -> Decision:
    """Read a decision from its canonical JSON."""
    return msgspec.json.decode(body, type=Decision)


def _start(clock: ClockInputs) -> date:
    return max(clock.first_seen, clock.fix_published) if clock.fix_published else clock.first_seen


def _day(instant: datetime) -> date:
    return instant.astimezone(UTC).date()


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time.max, UTC)


def _verdict(policy: Policy, signals: Sequence[Signal], when: datetime) -> _Verdict:
    said = {point.key: _said(policy, point, signals, when) for point in policy.points}
    values = {point.key: known.value if (known := said[point.key]) else point.missing for point in policy.points}
    for rule in policy.missing_rules:
        if all(said[key] is None for key in rule.missing) and all(values[key] == v for key, v in rule.given.items()):
            points = tuple(_shown(point, said[point.key], rule.missing) for point in policy.points)
            return _Verdict(points, policy.outcome(rule.outcome), f"by rule: {rule.because}")
    key = policy.look_up(tuple(values[point.key] for point in policy.points))
    points = tuple(_shown(point, said[point.key], ()) for point in policy.points)
    return _Verdict(points, policy.outcome(key), "by the table")


def _said(policy: Policy, point: PolicyPoint, signals: Sequence[Signal], when: datetime) -> Signal | None:
    """The worst of what is in force and of what follows from it; a value that the policy does not know is no value."""
    known = [s for s in signals if s.point is point.key and (s.retracted or s.value in point.values)]
    standing = _standing(point.key, known, when)
    derived = (_derived(rule, signals, when) for rule in policy.derived if rule.point is point.key)
    standing += [conclusion for conclusion in derived if conclusion]
    return max(standing, key=lambda s: (point.values.index(s.value), s.as_of, s.identifier, s.source), default=None)


def _standing(point: Point, signals: Iterable[Signal], when: datetime) -> list[Signal]:
    """What is in force about each identifier."""
    about: dict[str, list[Signal]] = {}
    for signal in signals:
        if signal.point is point:
            about.setdefault(signal.identifier, []).append(signal)
    return [found for own in about.values() if (found := in_force(own, point, when))]


def _derived(rule: Derivation, signals: Sequence[Signal], when: datetime) -> Signal | None:
    """What a rule concludes, dated by the newest statement that it rests on; None where it does not apply."""
    grounds: list[Signal] = []
    for point, value in rule.given.items():
        fitting = [signal for signal in _standing(point, signals, when) if signal.value == value]
        if not fitting:
            return None
        grounds.append(min(fitting, key=lambda signal: (signal.identifier, signal.source)))
    sources = ", ".join(dict.fromkeys(f"{s.source} on {s.identifier}" if s.feed else s.source for s in grounds))
    return Signal("", rule.point, rule.value, f"follows: {rule.because} ({sources})", max(s.as_of for s in grounds))


def _shown(point: PolicyPoint, said: Signal | None, unknown: tuple[Point, ...]) -> PointValue:
    if said is not None:
        source = f"{said.source} on {said.identifier}" if said.feed else said.source
        if said.identifier == EVERYTHING_ELSE:
            source = f"{said.source}, which does not list it"
        return PointValue(point.key, said.value, source, rfc3339(said.as_of))
    if point.key in unknown:
        return PointValue(point.key, _UNKNOWN, "no source", "", assumed=True)
    return PointValue(point.key, point.missing, f"assumed: {point.missing_because}", "", assumed=True)


def _steps(timeline: Sequence[tuple[date, _Verdict]], policy: Policy) -> tuple[Step, ...]:
    steps = [Step(timeline[0][0], timeline[0][1].outcome.key, "the clock starts")]
    names = {point.key: point.name for point in policy.points}
    before = timeline[0][1]
    for day, verdict in timeline[1:]:
        if verdict.outcome.key != steps[-1].outcome:
            old = {value.point: value.value for value in before.points}
            changed = [
                f"{names[value.point]} is {value.value}{' (assumed)' if value.assumed else ''}, was {old[value.point]}"
                for value in verdict.points
                if value.value != old[value.point]
            ]
            steps.append(Step(day, verdict.outcome.key, "; ".join(changed)))
        before = verdict
    return tuple(steps)


def _strictness(outcome: Outcome) -> float:
    """Days that are left: fewer are stricter."""
    return float("inf") if outcome.days is None else outcome.days


def _due(steps: Sequence[Step], policy: Policy) -> tuple[date, date | None]:
    """Return the start of the clock that counts, and the due date (see the module's rules 2 to 4)."""
    outcomes = [policy.outcome(step.outcome) for step in steps]
    present = outcomes[-1]
    best: tuple[date, date] | None = None
    for days in {outcome.days for outcome in outcomes if outcome.days is not None}:
        if days < _strictness(present):
            continue
        since = steps[-1].day
        for step, outcome in zip(reversed(steps), reversed(outcomes), strict=True):
            if _strictness(outcome) > days:
                break
            since = step.day
        candidate = (since + timedelta(days=days), since)
        best = candidate if best is None else min(best, candidate)
    if best is None or present.days is None:
        return steps[0].day, None
    return best[1], best[0]


def _reason(
    policy: Policy,
    present: _Verdict,
    *,
    clock: ClockInputs,
    steps: Sequence[Step],
    clock_start: date,
    due: date | None,
) -> str:
    names = {point.key: point.name for point in policy.points}
    inputs = "; ".join(f"{names[value.point]}: {value.value} ({_origin(value)})" for value in present.points)
    sentences = [f"{inputs}.", f"{policy.id} gives {present.outcome.key}, {present.outcome.name}, {present.because}."]
    base = steps[0].day
    fix = f"a fix was published on {clock.fix_published}" if clock.fix_published else "no date of a fix is known"
    sentences.append(f"First seen on the asset on {clock.first_seen}, {fix}: the clock starts on {base}.")
    sentences += [f"On {step.day} the outcome became {step.outcome}: {step.because}." for step in steps[1:]]
    if due is None:
        sentences.append("There is no fixed date.")
    elif present.outcome.days is not None and due != clock_start + timedelta(days=present.outcome.days):
        sentences.append(f"The date set by an earlier outcome on {clock_start} is sooner and stands: due {due}.")
    else:
        sentences.append(f"Due {due}, {present.outcome.days} days after {clock_start}.")
    return " ".join(sentences)


def _origin(value: PointValue) -> str:
    return value.source if value.assumed else f"{value.source}, {value.as_of[:10]}"
