"""Proves findings: builds, runs, controls, grades. Pure but for its ports, so that a worker process can do it.

A `Prover` needs no database. It takes a finding and gives a proof; what is wrong with the claim is in the proof, and
only what is wrong with this machine (no sandbox, registry out of reach) is raised: then nothing was learnt about the
claim, and the work can be done later.

Invariant: nothing that a report says of itself (identifiers, title, severity, reporter) has any influence; the grade
rests on evidence, product and place alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from seawall.intake import Evidence, Finding
from seawall.kernel.clock import Clock
from seawall.kernel.errors import InvalidInputError
from seawall.kernel.identifiers import derived_id
from seawall.kernel.purl import Purl, parse_purl
from seawall.platform.sandbox.interface import Sandbox
from seawall.validation.controls import CONTROLS, Subject, ThreatModelRule, load_rules, threat_model
from seawall.validation.drivers import VariableNames, driver_for
from seawall.validation.errors import EnvironmentFailedError, EvidenceError
from seawall.validation.evidence import InputEvidence, digest_of, read_evidence
from seawall.validation.grading import RULE, Facts, count_seen, grade
from seawall.validation.model import ControlRecord, ControlState, EnvironmentRecord, Outcome, Proof, Recipe, RunRecord
from seawall.validation.oracles import Oracle, read_oracle
from seawall.validation.oracles.blind import Blind
from seawall.validation.ports import Environment, Environments
from seawall.validation.static import Presence, Reading, read_entry, read_location
from seawall.validation.trials import Bench, Checked

VULNERABLE: Final = "vulnerable"
"""Side of a run that is no control."""
_ENDS: Final = frozenset({Outcome.ERROR, Outcome.NO_ENTRY_POINT})


@dataclass(frozen=True, slots=True)
class Repetition:
    """How often evidence is run."""

    runs: int = 3
    """n: on the vulnerable version."""
    needed: int = 3
    """k: of these must show the effect."""
    control_runs: int = 2
    """For each control, all of which must not show it."""


def _silent(_line: str) -> None:
    """Report nothing."""


@dataclass(slots=True)
class _Attempt:
    """What was gathered about one finding so far."""

    finding: Finding
    report: Callable[[str], None]
    needed: int
    static: Reading | None = None
    problem: str = ""
    driver: str = ""
    oracle: str = ""
    bench: Bench | None = None
    environments: list[EnvironmentRecord] = field(default_factory=list)
    controls: list[ControlRecord] = field(default_factory=list)

    @property
    def records(self) -> tuple[RunRecord, ...]:
        return tuple(self.bench.records) if self.bench else ()

    @property
    def runs(self) -> tuple[RunRecord, ...]:
        """Those on the vulnerable version."""
        return tuple(run for run in self.records if run.side == VULNERABLE)

    def facts(self) -> Facts:
        evidence = self.finding.evidence
        return Facts(
            kind=(evidence.kind or "unknown") if evidence else "",
            static=self.static,
            problem=self.problem,
            runs=self.runs,
            needed=self.needed,
            controls=tuple(self.controls),
            fixed_version=evidence.fixed_version if evidence else "",
        )


class Prover:
    """Gives each finding a proof.

    Args:
        sandbox: Where hostile code runs.
        environments: Builds packages.
        clock: For the date of the proof.
        random_bytes: Unpredictable, for example `secrets.token_bytes`.
        repetition: k, n and the runs of controls.
        rules: Documented behaviour; those that ship with Seawall by default.
        names: Environment variables that runs see.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        environments: Environments,
        clock: Clock,
        random_bytes: Callable[[int], bytes],
        *,
        repetition: Repetition | None = None,
        rules: Sequence[ThreatModelRule] | None = None,
        names: VariableNames | None = None,
    ) -> None:
        self._sandbox = sandbox
        self._environments = environments
        self._clock = clock
        self._random_bytes = random_bytes
        self._repetition = repetition or Repetition()
        self._rules = load_rules() if rules is None else tuple(rules)
        self._names = names or VariableNames()

    def prove(self, finding: Finding, *, report: Callable[[str], None] = _silent) -> Proof:
        """Return the verdict on a finding.

        Args:
            finding: From a hostile report.
            report: Gets a line before each step that takes long.

        Raises:
            UnavailableError: The sandbox, a program or a registry is out of reach: try again later.
        """
        attempt = _Attempt(finding, report, self._repetition.needed)
        try:
            if finding.evidence is None:
                self._read(attempt)
            else:
                self._try(attempt, finding.evidence)
        except (InvalidInputError, EnvironmentFailedError) as error:
            attempt.problem = f"{error.message}. {error.remedy}"
        return self._proof(attempt)

    def _read(self, attempt: _Attempt) -> None:
        """Look for the place that a report without evidence names."""
        location = attempt.finding.location
        if location.path or location.symbol:
            environment = self._build(attempt, _recipe(_product(attempt.finding), ()))
            attempt.static = read_location(environment, location)

    def _try(self, attempt: _Attempt, evidence: Evidence) -> None:
        """Run evidence, and the controls if it shows the effect."""
        purl = _product(attempt.finding)
        checked = read_evidence(evidence, node=purl.type == "npm")
        driver = driver_for(purl.type, checked, self._names)
        if driver is None:
            raise _unsupported(f"evidence for packages of type {purl.type} is not supported yet")
        attempt.driver = driver.name
        environment = self._build(attempt, _recipe(purl, evidence.requires))
        if isinstance(checked, InputEvidence):
            attempt.static = read_entry(environment, checked.entry.target)
            if attempt.static.foreign:
                return
        oracle = self._oracle(attempt, evidence)
        if oracle is None and not (attempt.static and attempt.static.presence is Presence.ABSENT):
            return
        attempt.bench = Bench(self._sandbox, driver, oracle or Blind(), self._random_bytes)
        self._run(attempt, attempt.bench, checked, environment)
        if count_seen(attempt.runs) >= attempt.needed:
            attempt.controls.append(threat_model(self._rules, purl, checked, attempt.oracle.partition("/")[0]))
            self._control(attempt, self._subject(attempt, attempt.bench, checked, environment, evidence))

    def _oracle(self, attempt: _Attempt, evidence: Evidence) -> Oracle | None:
        """Return the oracle, or remember why there is none: the entry point can be looked for all the same."""
        try:
            oracle = read_oracle(evidence.oracle)
        except EvidenceError as error:
            attempt.problem = f"{error.message}. {error.remedy}"
            return None
        attempt.oracle = oracle.name
        return oracle

    def _run(self, attempt: _Attempt, bench: Bench, checked: Checked, environment: Environment) -> None:
        runs = self._repetition.runs
        for number in range(1, runs + 1):
            attempt.report(f"run {number} of {runs} on {environment.record.purl}")
            if bench.run(VULNERABLE, checked, environment).outcome in _ENDS:
                return

    def _control(self, attempt: _Attempt, subject: Subject) -> None:
        for control in CONTROLS:
            attempt.report(f"control {control.__name__.replace('_', ' ')}")
            record = control(subject)
            attempt.controls.append(record)
            if record.state is ControlState.BROKEN:
                return

    def _subject(
        self, attempt: _Attempt, bench: Bench, checked: Checked, environment: Environment, evidence: Evidence
    ) -> Subject:
        fixed = _product(attempt.finding).at(evidence.fixed_version)
        recipe = _recipe(fixed, evidence.fixed_requires or evidence.requires)
        return Subject(
            bench,
            checked,
            environment,
            evidence.fixed_version,
            lambda: self._build(attempt, recipe),
            self._repetition.control_runs,
        )

    def _build(self, attempt: _Attempt, recipe: Recipe) -> Environment:
        attempt.report(f"environment {recipe.purl}")
        environment = self._environments.build(recipe, report=attempt.report)
        if environment.record not in attempt.environments:
            attempt.environments.append(environment.record)
        return environment

    def _proof(self, attempt: _Attempt) -> Proof:
        judgement = grade(attempt.facts())
        digest = _digest(attempt.finding.evidence)
        environments = tuple(attempt.environments)
        ground = [record.digest for record in environments]
        return Proof(
            id=derived_id("SWP", attempt.finding.id, digest, RULE, judgement.grade, judgement.reason, *ground),
            finding_id=attempt.finding.id,
            grade=judgement.grade,
            reason=judgement.reason,
            rule=RULE,
            evidence_digest=digest,
            driver=attempt.driver,
            oracle=attempt.oracle,
            seen=count_seen(attempt.runs),
            tried=len(attempt.runs),
            runs=attempt.records,
            controls=tuple(attempt.controls),
            environments=environments,
            decided_at=self._clock.now(),
        )


def _product(finding: Finding) -> Purl:
    """Return the product of a finding, with its version.

    Raises:
        EvidenceError: It names none (`validation.no-product`, `validation.no-version`).
    """
    if not finding.purl:
        raise EvidenceError(
            "validation.no-product",
            "the report names no package",
            remedy="Name the product as a package URL such as pkg:pypi/django@4.2.",
        )
    purl = parse_purl(finding.purl)
    if not purl.version:
        raise EvidenceError(
            "validation.no-version",
            f"the report names no version of {purl}",
            remedy=f"Name the version that was tested, as in {purl}@1.2.3.",
        )
    return purl


def _recipe(purl: Purl, requires: Sequence[str]) -> Recipe:
    if purl.type not in {"pypi", "npm"}:
        raise _unsupported(f"packages of type {purl.type} cannot be built yet")
    return Recipe(purl, tuple(sorted(requires)))


def _unsupported(message: str) -> EvidenceError:
    return EvidenceError("validation.unsupported-product", message, remedy="Have a person look.")


def _digest(evidence: Evidence | None) -> str:
    """Return the digest of evidence; empty for none, and for what is not even JSON."""
    try:
        return digest_of(evidence) if evidence else ""
    except EvidenceError:
        return ""
