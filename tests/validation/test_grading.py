from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from seawall.validation.grading import Facts, grade
from seawall.validation.model import ControlName, ControlRecord, ControlState, Grade, Outcome, RunRecord
from seawall.validation.static import Presence, Reading

SEEN, NOT_SEEN, MISSING, ERROR = Outcome.REPRODUCED, Outcome.NOT_REPRODUCED, Outcome.NO_ENTRY_POINT, Outcome.ERROR
HELD, BROKEN, NOT_RUN, PERSON = ControlState.HELD, ControlState.BROKEN, ControlState.NOT_RUN, ControlState.NEEDS_PERSON


def runs(*outcomes: Outcome) -> tuple[RunRecord, ...]:
    return tuple(RunRecord("vulnerable", outcome, f"detail {outcome}", 0.1, 0.1, "0") for outcome in outcomes)


def controls(**states: ControlState) -> tuple[ControlRecord, ...]:
    every = dict.fromkeys(ControlName, HELD) | {ControlName(name): state for name, state in states.items()}
    return tuple(ControlRecord(name, state, f"detail {state}") for name, state in every.items())


PROVEN = Facts("input", Reading(Presence.PRESENT, ""), "", runs(SEEN, SEEN, SEEN), 3, controls(), "2.0")


def test_all_held_is_e3_and_says_what_it_rests_on() -> None:
    judgement = grade(PROVEN)
    assert judgement.grade is Grade.INPUT_REPRODUCED
    assert "3 of 3" in judgement.reason
    assert "gone in 2.0" in judgement.reason


def test_no_claimed_fix_is_no_obstacle_but_is_said() -> None:
    judgement = grade(replace(PROVEN, fixed_version="", controls=controls(fixed_version=NOT_RUN)))
    assert judgement.grade is Grade.INPUT_REPRODUCED
    assert "no fixed version is claimed" in judgement.reason


@pytest.mark.parametrize("name", list(ControlName))
@pytest.mark.parametrize(
    ("state", "expected"), [(BROKEN, Grade.REFUTED), (NOT_RUN, Grade.INCONCLUSIVE), (PERSON, Grade.INCONCLUSIVE)]
)
def test_each_control_decides(name: ControlName, state: ControlState, expected: Grade) -> None:
    judgement = grade(replace(PROVEN, controls=controls(**{str(name): state})))
    assert judgement.grade is expected
    assert str(name) in judgement.reason


@pytest.mark.parametrize("name", list(ControlName))
def test_a_control_that_is_not_there_does_not_count_as_held(name: ControlName) -> None:
    missing = tuple(control for control in controls() if control.name is not name)
    assert grade(replace(PROVEN, controls=missing)).grade is Grade.INCONCLUSIVE


def test_a_broken_control_beats_one_that_was_not_run() -> None:
    states = {"absent_target": NOT_RUN, "threat_model": PERSON, "benign_input": BROKEN}
    assert grade(replace(PROVEN, controls=controls(**states))).grade is Grade.REFUTED


@pytest.mark.parametrize(
    ("outcomes", "expected", "word"),
    [
        ((NOT_SEEN, NOT_SEEN, NOT_SEEN), Grade.REFUTED, "does_not_reproduce: 0 of 3"),
        ((SEEN, NOT_SEEN, SEEN), Grade.INCONCLUSIVE, "flaky: seen in 2 of 3"),
        ((ERROR,), Grade.INCONCLUSIVE, "says nothing"),
        ((SEEN, SEEN, ERROR), Grade.INCONCLUSIVE, "says nothing"),
        ((NOT_SEEN, ERROR), Grade.INCONCLUSIVE, "says nothing"),
        ((), Grade.INCONCLUSIVE, "no run"),
    ],
)
def test_runs_decide(outcomes: tuple[Outcome, ...], expected: Grade, word: str) -> None:
    judgement = grade(replace(PROVEN, runs=runs(*outcomes), controls=()))
    assert judgement.grade is expected
    assert word in judgement.reason


@pytest.mark.parametrize(
    ("presence", "expected"),
    [(Presence.ABSENT, Grade.REFUTED), (Presence.UNKNOWN, Grade.INCONCLUSIVE), (Presence.PRESENT, Grade.INCONCLUSIVE)],
)
def test_a_missing_entry_point_needs_two_witnesses(presence: Presence, expected: Grade) -> None:
    facts = Facts("input", Reading(presence, ""), "", runs(MISSING))
    assert grade(facts).grade is expected
    assert grade(replace(facts, problem="no such oracle")).grade is expected


def test_another_packages_entry_point_is_refuted() -> None:
    judgement = grade(Facts("input", Reading(Presence.PRESENT, "", foreign="werkzeug"), "no such oracle"))
    assert judgement.grade is Grade.REFUTED
    assert "werkzeug" in judgement.reason


def test_what_could_not_be_tried_is_inconclusive() -> None:
    assert grade(Facts("input", problem="no environment")).grade is Grade.INCONCLUSIVE
    assert grade(replace(PROVEN, problem="no environment of the fixed version")).grade is Grade.INCONCLUSIVE


@pytest.mark.parametrize(
    ("static", "expected"),
    [
        (None, Grade.CLAIMED),
        (Reading(Presence.ABSENT, ""), Grade.CLAIMED),
        (Reading(Presence.UNKNOWN, ""), Grade.CLAIMED),
        (Reading(Presence.PRESENT, "", foreign="x"), Grade.CLAIMED),
        (Reading(Presence.PRESENT, ""), Grade.PLAUSIBLE),
    ],
)
def test_without_evidence_the_source_may_make_it_plausible(static: Reading | None, expected: Grade) -> None:
    assert grade(Facts(static=static)).grade is expected


def test_no_script_is_ever_proven() -> None:
    states = (HELD, BROKEN, NOT_RUN, PERSON)
    for absent, fixed, benign in product(states, states, states):
        facts = replace(
            PROVEN, kind="script", controls=controls(absent_target=absent, fixed_version=fixed, benign_input=benign)
        )
        judgement = grade(facts)
        assert judgement.grade in {Grade.REFUTED, Grade.INCONCLUSIVE}
        assert (judgement.grade is Grade.REFUTED) == (BROKEN in {absent, fixed, benign})
    assert grade(replace(PROVEN, kind="unknown")).grade is Grade.INCONCLUSIVE
