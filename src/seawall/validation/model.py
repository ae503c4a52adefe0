"""Grades, proofs and their parts.

A `Proof` is the verifier's own record of one finding: what was run where, how often the effect was seen, and how
every control came out. Nothing in it is the finder's word.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from seawall.kernel.purl import Purl


class Grade(StrEnum):
    """How well a claim stands. See `docs/grades.md`."""

    CLAIMED = "E0"
    PLAUSIBLE = "E1"
    SCRIPT_REPRODUCED = "E2"
    INPUT_REPRODUCED = "E3"
    FIX_VERIFIED = "E4"
    REFUTED = "refuted"
    INCONCLUSIVE = "inconclusive"

    @property
    def proven(self) -> bool:
        """Whether Seawall itself saw the effect caused by the target."""
        return self in {Grade.INPUT_REPRODUCED, Grade.FIX_VERIFIED}


class Outcome(StrEnum):
    """Of one run: an error is never a pass."""

    REPRODUCED = "reproduced"
    NOT_REPRODUCED = "not_reproduced"
    NO_ENTRY_POINT = "no_entry_point"
    """The named module, function or attribute does not exist in this version."""
    ERROR = "error"
    """Set-up or supervisor failed: the run says nothing about the claim."""


class ControlName(StrEnum):
    """The ways in which a false claim gives itself away."""

    FIXED_VERSION = "fixed_version"
    """The effect must vanish on the release said to be fixed."""
    ABSENT_TARGET = "absent_target"
    """The effect must not happen with the target replaced by an inert stand-in."""
    BENIGN_INPUT = "benign_input"
    """The effect must not happen with harmless input of the same size."""
    THREAT_MODEL = "threat_model"
    """No rule may say that the effect is what the entry point is documented to do."""


class ControlState(StrEnum):
    """Of one control."""

    HELD = "held"
    """The effect stayed away, as it should."""
    BROKEN = "broken"
    """The effect was there where it must not be: the claim is false."""
    NOT_RUN = "not_run"
    """Could not be run; `detail` says why. Never counts as held."""
    NEEDS_PERSON = "needs_person"
    """It came out in a way that a person has to judge. Never counts as held."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What an environment is made of."""

    purl: Purl
    """With a version."""
    requires: tuple[str, ...] = ()
    """Further pins, `name==version`, sorted."""


@dataclass(frozen=True, slots=True)
class EnvironmentRecord:
    """An environment that was built: read-only, content-addressed."""

    digest: str
    """SHA-256 over the sorted list of resolved packages and runtime."""
    purl: str
    runtime: str
    """For example `python 3.11.7` or `node 22.20.0`."""
    packages: tuple[str, ...]
    """`name==version sha256:…`, sorted."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run in the sandbox."""

    side: str
    """`vulnerable`, or the control's name."""
    outcome: Outcome
    detail: str
    """What the oracle saw, for example `killed by SIGSEGV`."""
    cpu_seconds: float
    wall_seconds: float
    environment: str
    """Digest."""


@dataclass(frozen=True, slots=True)
class ControlRecord:
    """How one control came out."""

    name: ControlName
    state: ControlState
    detail: str


@dataclass(frozen=True, slots=True)
class Proof:
    """The verifier's verdict on one finding, with everything it rests on."""

    id: str
    """`SWP-` and 16 hex digits, derived from finding, evidence digest, rule, grade, reason and environments: the same
    verdict on the same ground is the same proof, however often it is reached."""
    finding_id: str
    grade: Grade
    reason: str
    """In words; for `refuted` it names the control."""
    rule: str
    """Name and version of the grading rule, `validation.grade/1`."""
    evidence_digest: str
    """SHA-256 of the evidence as run; empty if there was none."""
    driver: str
    oracle: str
    seen: int
    """k: runs on the vulnerable version in which the effect was seen."""
    tried: int
    """n: runs on the vulnerable version."""
    runs: tuple[RunRecord, ...]
    controls: tuple[ControlRecord, ...]
    environments: tuple[EnvironmentRecord, ...]
    decided_at: datetime
