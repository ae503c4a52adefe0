"""Decisions under BOD 26-04: every row, missing data, the clock, changes, and the laws of the pure function."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.priority import (
    ClockInputs,
    Decision,
    Point,
    Signal,
    decide,
    decision_bytes,
    decision_digest,
    decision_from,
    explanation,
    load_policy,
)

CVE = "CVE-2026-1000"
START = date(2026, 3, 1)
POLICY = load_policy()


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def say(point: Point, value: str, day: date = START, source: str = "CISA-ADP", about: str = CVE) -> Signal:
    return Signal(about, point, value, source, at(day), retracted=not value, feed="vulnrichment")


def known(kev: str = "no", exposed: str = "no", automatable: str = "no", impact: str = "partial") -> list[Signal]:
    values = (
        (Point.KEV, kev),
        (Point.PUBLICLY_EXPOSED, exposed),
        (Point.AUTOMATABLE, automatable),
        (Point.TECHNICAL_IMPACT, impact),
    )
    return [say(point, value) for point, value in values if value]


def decided(signals: list[Signal], *, on: date = START, fix: date | None = START, seen: date = START) -> Decision:
    return decide(
        POLICY, "SW-2026-000001", signals, ClockInputs(seen, fix, at(on) + timedelta(hours=11)), asset="web-1"
    )


# The directive's table as ORDER.md prints it: known exploited, exposed, automatable → partial, total.
TABLE = [
    ("no", "no", "no", "FSU", "FSU"),
    ("no", "no", "yes", "60D", "60D"),
    ("no", "yes", "no", "60D", "14D"),
    ("no", "yes", "yes", "14D", "3D"),
    ("yes", "no", "no", "14D", "14D"),
    ("yes", "no", "yes", "14D", "3DF"),
    ("yes", "yes", "no", "14D", "3DF"),
    ("yes", "yes", "yes", "3D", "3DF"),
]
DAYS = {"FSU": None, "60D": 60, "14D": 14, "3D": 3, "3DF": 3}


@pytest.mark.parametrize(("kev", "exposed", "automatable", "partial", "total"), TABLE)
def test_every_row_of_the_table(kev: str, exposed: str, automatable: str, partial: str, total: str) -> None:
    for impact, outcome in (("partial", partial), ("total", total)):
        decision = decided(known(kev, exposed, automatable, impact))
        assert decision.outcome == outcome
        assert decision.forensics == (outcome == "3DF")
        days = DAYS[outcome]
        assert decision.due == (None if days is None else START + timedelta(days=days))
        assert not any(value.assumed for value in decision.points)


def test_exposure_that_is_unknown_counts_as_exposed_and_says_so() -> None:
    decision = decided(known(exposed="", automatable="yes", impact="total"))
    assert decision.outcome == "3D"
    exposure = next(value for value in decision.points if value.point is Point.PUBLICLY_EXPOSED)
    assert (exposure.value, exposure.assumed, exposure.as_of) == ("yes", True, "")
    assert "unknown counts as exposed" in decision.reason


def test_silence_about_kev_means_no() -> None:
    decision = decided(known(kev="", exposed="no", automatable="no"))
    assert decision.outcome == "FSU"
    assert decision.points[0].assumed


@pytest.mark.parametrize("exposed", ["yes", "no", ""])
def test_neither_automatable_nor_impact_published_is_60_days_by_rule(exposed: str) -> None:
    decision = decided(known(kev="", exposed=exposed, automatable="", impact=""))
    assert decision.outcome == "60D"
    assert "by rule" in decision.reason
    unknown = [value for value in decision.points if value.value == "unknown"]
    assert [value.point for value in unknown] == [Point.AUTOMATABLE, Point.TECHNICAL_IMPACT]
    assert all(value.assumed for value in unknown)


@pytest.mark.parametrize(
    ("automatable", "impact", "outcome"),
    [("", "partial", "14D"), ("", "total", "3D"), ("no", "", "14D"), ("yes", "", "3D")],
)
def test_one_of_the_two_missing_is_assumed_at_its_worse_value(automatable: str, impact: str, outcome: str) -> None:
    decision = decided(known(exposed="yes", automatable=automatable, impact=impact))
    assert decision.outcome == outcome
    assert "by the table" in decision.reason


def test_the_rule_for_missing_points_does_not_excuse_what_is_exploited() -> None:
    assert decided(known(kev="yes", exposed="yes", automatable="", impact="")).outcome == "3DF"


def test_a_value_that_the_policy_does_not_know_is_no_value() -> None:
    decision = decided([*known(automatable="yes", impact=""), say(Point.TECHNICAL_IMPACT, "galactic")])
    assert next(value for value in decision.points if value.point is Point.TECHNICAL_IMPACT).assumed


def test_of_two_identifiers_the_worse_value_counts() -> None:
    other = say(Point.KEV, "yes", about="CVE-2026-2000")
    assert decided([*known(exposed="no"), other]).outcome == "14D"


@pytest.mark.parametrize(
    ("fix", "seen", "start"),
    [
        (date(2026, 3, 1), date(2026, 3, 9), date(2026, 3, 9)),
        (date(2026, 3, 9), date(2026, 3, 1), date(2026, 3, 9)),
        (None, date(2026, 3, 4), date(2026, 3, 4)),
    ],
)
def test_the_clock_starts_on_the_later_of_fix_and_first_seen(fix: date | None, seen: date, start: date) -> None:
    decision = decided(known(kev="yes"), on=date(2026, 3, 10), fix=fix, seen=seen)
    assert (decision.clock_start, decision.due) == (start, start + timedelta(days=14))
    assert ("no date of a fix is known" in decision.reason) == (fix is None)


def test_being_added_to_kev_later_shortens_the_time_from_that_day() -> None:
    before = known(exposed="no", automatable="yes")
    assert decided(before, on=date(2026, 3, 20)).due == START + timedelta(days=60)
    added = date(2026, 3, 20)
    after = decided([*before, say(Point.KEV, "yes", added, "CISA-KEV")], on=added)
    assert (after.outcome, after.clock_start, after.due) == ("14D", added, added + timedelta(days=14))
    assert [(step.day, step.outcome) for step in after.steps] == [(START, "60D"), (added, "14D")]
    assert "known exploited (KEV) is yes, was no" in after.reason


def test_being_added_to_kev_shortly_before_the_end_does_not_lengthen_the_time() -> None:
    before = known(exposed="no", automatable="yes")
    end = START + timedelta(days=60)
    decision = decided(
        [*before, say(Point.KEV, "yes", end - timedelta(days=5), "CISA-KEV")], on=end - timedelta(days=5)
    )
    assert (decision.outcome, decision.due, decision.clock_start) == ("14D", end, START)
    assert "is sooner and stands" in decision.reason


def test_what_is_taken_back_takes_its_date_with_it() -> None:
    added, taken = date(2026, 3, 5), date(2026, 3, 10)
    signals = [
        *known(kev="", exposed="no", automatable="yes"),
        say(Point.KEV, "yes", added, "CISA-KEV"),
        say(Point.KEV, "", taken, "CISA-KEV"),
    ]
    during, after = decided(signals, on=date(2026, 3, 7)), decided(signals, on=taken)
    assert (during.outcome, during.due) == ("14D", added + timedelta(days=14))
    assert (after.outcome, after.due, after.clock_start) == ("60D", START + timedelta(days=60), START)


def test_easing_keeps_the_day_since_which_it_was_at_least_as_strict() -> None:
    first, second = date(2026, 3, 11), date(2026, 3, 13)
    signals = [
        *known(exposed="yes", automatable="no"),  # 60D from the start
        say(Point.AUTOMATABLE, "yes", first),
        say(Point.TECHNICAL_IMPACT, "total", first),  # 3D from the 11th
        say(Point.TECHNICAL_IMPACT, "partial", second),  # 14D, strict enough since the 11th
    ]
    decision = decided(signals, on=second)
    assert (decision.outcome, decision.clock_start, decision.due) == ("14D", first, first + timedelta(days=14))


def test_what_was_said_after_the_instant_of_the_decision_does_not_count() -> None:
    signals = [*known(), say(Point.KEV, "yes", date(2026, 4, 1))]
    assert decided(signals, on=date(2026, 3, 31)) == decided(known(), on=date(2026, 3, 31))


def test_an_outcome_without_days_has_no_date() -> None:
    decision = decided(known())
    assert (decision.outcome, decision.days, decision.due) == ("FSU", None, None)
    assert "no fixed date" in decision.reason


_signals = st.lists(
    st.one_of(
        st.tuples(st.sampled_from([Point.KEV, Point.AUTOMATABLE]), st.sampled_from(["yes", "no", ""])),
        st.tuples(st.just(Point.TECHNICAL_IMPACT), st.sampled_from(["partial", "total", ""])),
        st.tuples(st.just(Point.PUBLICLY_EXPOSED), st.sampled_from(["yes", "no"])),
    ).flatmap(
        lambda pair: st.builds(
            lambda offset, source: say(pair[0], pair[1], START + timedelta(days=offset), source),
            st.integers(-5, 40),
            st.sampled_from(["CISA-ADP", "CISA-KEV", "other"]),
        )
    ),
    max_size=12,
)


@given(_signals, st.integers(0, 2**32), st.integers(0, 60))
def test_equal_inputs_give_equal_bytes_in_any_order(signals: list[Signal], seed: int, offset: int) -> None:
    on = START + timedelta(days=offset)
    shuffled = random.Random(seed).sample(signals, len(signals))
    one, other = decided(signals, on=on), decided([*shuffled, *signals[:2]], on=on)
    assert decision_bytes(one) == decision_bytes(other)
    assert decision_from(decision_bytes(one)) == one
    assert decision_digest(one) == decision_digest(decision_from(decision_bytes(one)))


@given(_signals, st.integers(41, 50), st.integers(0, 40))
def test_without_news_a_later_look_gives_the_same_decision(signals: list[Signal], first: int, later: int) -> None:
    one = decided(signals, on=START + timedelta(days=first))
    assert decided(signals, on=START + timedelta(days=first + later)) == one


@given(_signals, st.integers(0, 40))
def test_kev_added_today_never_makes_it_later(signals: list[Signal], offset: int) -> None:
    today = START + timedelta(days=offset)
    known_today = [signal for signal in signals if signal.as_of <= at(today) and signal.source != "CISA-KEV"]
    before = decided(known_today, on=today)
    after = decided([*known_today, say(Point.KEV, "yes", today, "CISA-KEV")], on=today)
    strict = {"FSU": 0, "60D": 1, "14D": 2, "3D": 3, "3DF": 4}
    assert strict[after.outcome] >= strict[before.outcome]
    if before.due is not None:
        assert after.due is not None
        assert after.due <= before.due


@given(_signals, st.integers(0, 60))
def test_a_decision_holds_what_it_needs_to_be_checked(signals: list[Signal], offset: int) -> None:
    decision = decided(signals, on=START + timedelta(days=offset))
    assert [value.point for value in decision.points] == [point.key for point in POLICY.points]
    assert all(value.assumed == (value.as_of == "") for value in decision.points)
    assert decision.steps[-1].outcome == decision.outcome
    if decision.due is not None and decision.days is not None:
        assert decision.due >= START
        latest = max(step.day for step in decision.steps)
        assert decision.due <= latest + timedelta(days=decision.days)


# --- SSVC trees and the FedRAMP variant


def under(name: str, signals: list[Signal]) -> Decision:
    clock = ClockInputs(START, START, at(START) + timedelta(hours=11))
    return decide(load_policy(name), CVE, signals, clock, asset="pump-7")


def test_kev_and_exposure_are_carried_into_the_deployers_tree() -> None:
    said = [
        say(Point.KEV, "yes", source="CISA-KEV"),
        say(Point.EXPLOITATION, "poc"),
        say(Point.PUBLICLY_EXPOSED, "yes", about="pump-7", source="the operator"),
        say(Point.AUTOMATABLE, "yes"),
        say(Point.HUMAN_IMPACT, "high", about="pump-7", source="the operator"),
    ]
    decision = under("ssvc_deployer", said)
    values = {value.point: value for value in decision.points}
    assert values[Point.EXPLOITATION].value == "active"
    assert "CISA-KEV on CVE-2026-1000" in values[Point.EXPLOITATION].source
    assert values[Point.SYSTEM_EXPOSURE].value == "open"
    assert not any(value.assumed for value in decision.points)
    assert (decision.outcome, decision.due) == ("immediate", START)


def test_a_retracted_kev_entry_carries_nothing_any_more() -> None:
    taken_back = [say(Point.KEV, "yes", source="CISA-KEV"), say(Point.KEV, "", START + timedelta(days=1), "CISA-KEV")]
    clock = ClockInputs(START, START, at(START + timedelta(days=2)))
    decision = decide(load_policy("ssvc_deployer"), CVE, taken_back, clock)
    exploitation = next(value for value in decision.points if value.point is Point.EXPLOITATION)
    assert (exploitation.value, exploitation.assumed) == ("none", True)


def test_what_is_said_itself_and_what_follows_meet_at_the_worse() -> None:
    decision = under("ssvc_deployer", [say(Point.SYSTEM_EXPOSURE, "small"), say(Point.PUBLICLY_EXPOSED, "no")])
    exposure = next(value for value in decision.points if value.point is Point.SYSTEM_EXPOSURE)
    assert exposure.value == "controlled"


@pytest.mark.parametrize(("automatable", "density", "utility"), [("no", "diffuse", "laborious"), ("yes", "", "")])
def test_utility_follows_from_both_inputs_or_is_assumed(automatable: str, density: str, utility: str) -> None:
    said = [say(Point.AUTOMATABLE, automatable)] + ([say(Point.VALUE_DENSITY, density)] if density else [])
    point = next(value for value in under("ssvc_supplier", said).points if value.point is Point.UTILITY)
    assert (point.value, point.assumed) == ((utility, False) if utility else ("super effective", True))


def test_fedramp_assumes_automatable_where_the_directive_has_a_rule() -> None:
    said = known(automatable="", impact="", exposed="yes")
    assert decided(said).outcome == "60D"
    assert under("fedramp_bod_26_04", said).outcome == "3D"


def test_an_explanation_names_every_point_with_source_date_and_assumption() -> None:
    lines = explanation(decided(known(kev="yes", impact="")), POLICY)
    text = "\n".join(lines)
    assert "known exploited (KEV) (cisa:KEV:1.0.0) = yes, said: CISA-ADP on CVE-2026-1000, 2026-03-01" in text
    assert "technical impact (ssvc:TI:1.0.0) = total, assumed: " in text
    assert lines[-1].startswith("due: 2026-03-15, counted from 2026-03-01")
