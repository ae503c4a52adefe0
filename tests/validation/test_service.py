"""The prover's decisions, on a sandbox and environments that a test scripts."""

from __future__ import annotations

import json
import pickle
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from seawall.intake import Evidence, Finding, Location
from seawall.kernel.errors import UnavailableError
from seawall.kernel.testing import FixedClock
from seawall.platform.sandbox.interface import Job, Verdict
from seawall.platform.sandbox.testing import FakeSandbox, verdict
from seawall.validation import ControlState, EnvironmentFailedError, Grade, Proof
from seawall.validation.service import Prover
from seawall.validation.testing import FakeEnvironments

VICTIM, FIXED = "pkg:pypi/victim@1.0", "pkg:pypi/victim@2.0"
CALL = {"call": "victim:parse", "args": ["evil @@CANARY@@"]}
CLOCK = FixedClock(datetime(2026, 11, 21, tzinfo=UTC))
Answer = Callable[[Job], Verdict]


def says(**facts: str) -> Callable[[Job], Verdict]:
    """A run that ends without the effect; the driver says this in its last line."""

    def answer(job: Job) -> Verdict:
        nonce = json.loads(job.stdin)["nonce"]
        return verdict(stdout=f"{nonce} {json.dumps({'phase': 'done', **facts})}\n".encode())

    return answer


def effect(job: Job) -> Verdict:
    """A run with the marker file, whose name the job alone knows."""
    return replace(says()(job), out_files=(str(job.env["SEAWALL_TOKEN_FOR_TESTS"]),))


class Bed:
    """A prover whose runs answer as told, by side; they show the effect on the vulnerable side alone by default."""

    def __init__(self, vulnerable: Path, fixed: Path) -> None:
        self.environments = FakeEnvironments({VICTIM: vulnerable, FIXED: fixed}, ("victim",))
        self.answers: dict[str, Answer] = {}
        self.sides: list[str] = []
        self.sandbox = FakeSandbox(self._answer)
        self._fixed = fixed
        self._tokens: list[str] = []

    def _random(self, size: int) -> bytes:
        body = secrets.token_bytes(size)
        self._tokens.append(body.hex())
        return body

    def _answer(self, job: Job) -> Verdict:
        token = self._tokens[-3]  # token, secret, nonce
        side = self._side(job, token)
        self.sides.append(side)
        default = effect if side == "vulnerable" else says()
        return self.answers.get(side, default)(replace(job, env={"SEAWALL_TOKEN_FOR_TESTS": token}))

    def _side(self, job: Job, token: str) -> str:
        request = json.loads(job.stdin)
        if request["absent"]:
            return "absent_target"
        if job.mounts[0].source == self._fixed:
            return "fixed_version"
        return "vulnerable" if token in json.dumps(request["entry"]) else "benign_input"

    def prove(self, finding: Finding, **settings: Any) -> Proof:
        return Prover(self.sandbox, self.environments, CLOCK, self._random, **settings).prove(finding)


@pytest.fixture
def bed(lay_out: Callable[..., Path]) -> Bed:
    files = {"site/victim/__init__.py": "def parse(text):\n    pass\n", "site/helper.py": "def f(): pass\n"}
    return Bed(lay_out(files), lay_out(files))


@pytest.fixture
def finding(make_finding: Callable[..., Finding]) -> Finding:
    return make_finding(entry=CALL, fixed_version="2.0")


def test_the_way_to_e3(bed: Bed, finding: Finding) -> None:
    proof = bed.prove(finding)
    assert proof.grade is Grade.INPUT_REPRODUCED
    assert Counter(bed.sides) == {"vulnerable": 3, "absent_target": 2, "benign_input": 2, "fixed_version": 2}
    assert (proof.seen, proof.tried, proof.oracle, proof.driver) == (3, 3, "canary/1", "python-input/1")
    assert [record.purl for record in proof.environments] == [VICTIM, FIXED]
    assert len(proof.runs) == len(bed.sides)
    assert proof.decided_at == CLOCK.now()


def test_every_run_has_values_of_its_own(bed: Bed, finding: Finding) -> None:
    bed.prove(finding)
    jobs = bed.sandbox.jobs
    assert len({job.secret for job in jobs}) == len(jobs)
    assert len({json.loads(job.stdin)["nonce"] for job in jobs}) == len(jobs)
    assert not any(b"@@" in job.stdin for job in jobs)
    assert not any(job.network or job.writable for job in jobs)


@pytest.mark.parametrize("side", ["absent_target", "benign_input", "fixed_version"])
def test_an_effect_under_a_control_refutes(bed: Bed, finding: Finding, side: str) -> None:
    bed.answers[side] = effect
    proof = bed.prove(finding)
    assert proof.grade is Grade.REFUTED
    assert proof.reason.startswith(f"{side}:")
    assert bed.sides.count(side) == 1  # the first one decides


@pytest.mark.parametrize("side", ["absent_target", "benign_input", "fixed_version"])
@pytest.mark.parametrize(
    "answer",
    [
        lambda _: verdict("lost"),
        lambda _: verdict(),
        lambda _: verdict("wall_limit", 9),
        says(missing="parse", stage="entry"),
        says(raised="ImportError", stage="setup"),
    ],
)
def test_a_control_that_fails_to_run_is_no_pass(bed: Bed, finding: Finding, side: str, answer: Answer) -> None:
    bed.answers[side] = answer
    proof = bed.prove(finding)
    assert proof.grade is Grade.INCONCLUSIVE
    assert side in proof.reason


@pytest.mark.parametrize(
    ("answer", "grade", "runs"),
    [
        (says(), Grade.REFUTED, 3),
        (says(raised="ValueError: no", stage="call"), Grade.REFUTED, 3),
        (lambda _: verdict("signaled", 11), Grade.INCONCLUSIVE, 1),
        (lambda _: verdict("lost"), Grade.INCONCLUSIVE, 1),
        (lambda _: verdict("memory_limit", 9), Grade.INCONCLUSIVE, 1),
        (says(missing="no parse", stage="entry"), Grade.INCONCLUSIVE, 1),
        (says(foreign="os", stage="entry"), Grade.INCONCLUSIVE, 1),
        (says(raised="boom", stage="setup"), Grade.INCONCLUSIVE, 1),
    ],
)
def test_runs_without_the_effect(bed: Bed, finding: Finding, answer: Answer, grade: Grade, runs: int) -> None:
    bed.answers["vulnerable"] = answer
    proof = bed.prove(finding)
    assert (proof.grade, proof.tried, proof.seen) == (grade, runs, 0)
    assert proof.controls == ()


def test_a_flaky_effect_is_inconclusive(bed: Bed, finding: Finding) -> None:
    def every_other(job: Job) -> Verdict:
        return says()(job) if bed.sides.count("vulnerable") == 2 else effect(job)

    bed.answers["vulnerable"] = every_other
    proof = bed.prove(finding)
    assert (proof.grade, proof.seen, proof.tried) == (Grade.INCONCLUSIVE, 2, 3)
    assert "flaky" in proof.reason


def test_a_name_that_neither_driver_nor_source_finds_is_refuted(bed: Bed, make_finding: Callable[..., Finding]) -> None:
    bed.answers["benign_input"] = says(missing="there is no gone", stage="entry")
    for oracle in ("canary", "value"):
        proof = bed.prove(make_finding(entry={"call": "victim:gone"}, oracle={"kind": oracle}))
        assert proof.grade is Grade.REFUTED
        assert proof.reason.startswith("no_entry_point")


def test_documented_behaviour_is_left_to_a_person(bed: Bed, make_finding: Callable[..., Finding]) -> None:
    proof = bed.prove(make_finding(entry={"call": "victim:parse", "args": ["@@CANARY@@"]}))
    assert proof.grade is Grade.INCONCLUSIVE
    assert "needs a person: threat_model" in proof.reason
    assert [c.state for c in proof.controls if c.name == "threat_model"] == [ControlState.NEEDS_PERSON]


@pytest.mark.parametrize(
    ("purl", "words"),
    [
        ("", "names no package"),
        ("pkg:pypi/victim", "names no version"),
        ("pkg:pypi/victim@9.9", "there is no"),
        ("pkg:maven/a/victim@1", "not supported yet"),
        ("not a purl", "not a package URL"),
    ],
)
def test_a_product_that_cannot_be_had_is_inconclusive(
    bed: Bed, make_finding: Callable[..., Finding], purl: str, words: str
) -> None:
    with_evidence = bed.prove(make_finding(purl, entry=CALL))
    assert with_evidence.grade is Grade.INCONCLUSIVE
    assert words in with_evidence.reason
    without = bed.prove(make_finding(purl, location=Location("victim/__init__.py")))
    assert without.grade is Grade.CLAIMED
    assert bed.sides == []


@pytest.mark.parametrize(
    "members",
    [
        {"entry": {"call": "victim:_private"}},
        {"entry": CALL, "kind": "telepathy"},
        {"entry": CALL, "oracle": {"kind": "value"}},
        {"entry": CALL, "oracle": {}},
        {"entry": CALL, "extra": {"services": [{}]}},
        {"entry": {"call": "victim:parse", "args": [object()]}},
        {"entry": CALL, "make": ({"file": "u.zip", "format": "zip", "entries": [{"name": "\ud800"}]},)},
    ],
)
def test_evidence_that_cannot_be_used_is_inconclusive_with_a_remedy(
    bed: Bed, make_finding: Callable[..., Finding], members: dict[str, Any]
) -> None:
    proof = bed.prove(make_finding(**members))
    assert proof.grade is Grade.INCONCLUSIVE
    assert len(proof.reason) > 20
    assert bed.sides == []


@pytest.mark.parametrize(
    ("location", "grade"),
    [
        (Location(), Grade.CLAIMED),
        (Location("victim/__init__.py", 1, "parse"), Grade.PLAUSIBLE),
        (Location("victim/__init__.py", 1, "gone"), Grade.CLAIMED),
        (Location("helper.py"), Grade.CLAIMED),
    ],
)
def test_without_evidence_the_source_is_read(
    bed: Bed, make_finding: Callable[..., Finding], location: Location, grade: Grade
) -> None:
    proof = bed.prove(make_finding(location=location))
    assert proof.grade is grade
    assert proof.evidence_digest == ""
    assert bed.sides == []


def test_a_finding_without_place_needs_no_environment(bed: Bed, make_finding: Callable[..., Finding]) -> None:
    bed.prove(make_finding())
    assert bed.environments.recipes == []


def test_each_side_gets_its_own_pins(bed: Bed, make_finding: Callable[..., Finding]) -> None:
    bed.prove(make_finding(entry=CALL, fixed_version="2.0", requires=("b==1", "a==1"), fixed_requires=("a==2",)))
    assert [recipe.requires for recipe in bed.environments.recipes] == [("a==1", "b==1"), ("a==2",)]
    bed.environments.recipes.clear()
    bed.prove(make_finding(entry=CALL, fixed_version="2.0", requires=("a==1",)))
    assert [recipe.requires for recipe in bed.environments.recipes] == [("a==1",), ("a==1",)]


def test_what_a_report_says_of_itself_changes_nothing(bed: Bed, finding: Finding) -> None:
    bed.answers["vulnerable"] = says()
    plain = bed.prove(finding)
    boasting = replace(
        finding,
        title="CRITICAL, confirmed by the vendor",
        description="expected: reproduced, E3",
        identifiers=("CVE-2020-14343",),
        vectors=("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H",),
        status="affected",
        rule="trusted/1",
    )
    assert bed.prove(boasting) == plain


def test_the_same_verdict_has_the_same_id_and_another_has_another(bed: Bed, finding: Finding) -> None:
    first, second = bed.prove(finding), bed.prove(finding)
    assert first.id == second.id
    bed.answers["vulnerable"] = says()
    assert bed.prove(finding).id != first.id
    assert isinstance(finding.evidence, Evidence)
    bed.answers.clear()
    other = replace(
        finding, evidence=replace(finding.evidence, entry={"call": "victim:parse", "args": ["x @@TOKEN@@"]})
    )
    assert bed.prove(other).id != first.id


def test_a_machine_that_cannot_run_is_no_verdict(bed: Bed, finding: Finding) -> None:
    def broken(_: Job) -> Verdict:
        raise UnavailableError("sandbox.no-bubblewrap", "there is no bubblewrap", remedy="Install it.")

    bed.answers["vulnerable"] = broken
    with pytest.raises(UnavailableError):
        bed.prove(finding)


def test_steps_are_reported(bed: Bed, finding: Finding) -> None:
    lines: list[str] = []
    Prover(bed.sandbox, bed.environments, CLOCK, bed._random).prove(finding, report=lines.append)
    assert f"run 3 of 3 on {VICTIM}" in lines
    assert "control benign input" in lines


def test_hostile_words_enter_a_proof_tamed(bed: Bed, finding: Finding) -> None:
    bed.answers["vulnerable"] = says(raised="\x1b[2J\n" + "x" * 5000, stage="call")
    proof = bed.prove(finding)
    assert proof.reason.isprintable()
    assert len(proof.reason) < 500


def test_findings_proofs_and_errors_cross_process_borders(bed: Bed, finding: Finding) -> None:
    proof = bed.prove(finding)
    assert pickle.loads(pickle.dumps((finding, proof))) == (finding, proof)
    error = EnvironmentFailedError("validation.no-such-version", "there is none", remedy="Name another.", log="tail")
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is EnvironmentFailedError
    assert copy.diagnostics() == error.diagnostics()
