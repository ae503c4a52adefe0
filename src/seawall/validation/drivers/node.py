"""Drivers for Node.js packages. Modules are found in the environment's `node_modules` alone."""

from __future__ import annotations

from dataclasses import dataclass, field

from seawall.platform.sandbox.interface import IN, SECRET_FILE, Job, Verdict
from seawall.validation.drivers.interface import (
    RUNTIME,
    Account,
    InputDriver,
    Phase,
    Trial,
    VariableNames,
    mounts_of,
    script_environment,
)
from seawall.validation.evidence import ScriptEvidence
from seawall.validation.ports import ENVIRONMENT


def node_input_driver(names: VariableNames) -> InputDriver:
    """Return the neutral driver for Node.js."""
    return InputDriver("node-input/1", (f"{RUNTIME.target}/driver.cjs",), names)


@dataclass(frozen=True, slots=True)
class NodeScriptDriver:
    """Runs the finder's own Node.js program, CommonJS or ES module."""

    names: VariableNames = field(default_factory=VariableNames)
    name: str = "node-script/1"

    def job(self, trial: Trial) -> Job:
        """See `Driver.job`."""
        evidence = trial.evidence
        if not isinstance(evidence, ScriptEvidence):
            raise TypeError("a script driver runs script evidence only")
        launcher = (f"{RUNTIME.target}/script.cjs", f"{IN}/{evidence.script}")
        return Job(
            argv=(*trial.environment.runtime.argv, *launcher, *(trial.environment.imports if trial.absent else ())),
            files=evidence.files,
            env={
                "NODE_PATH": f"{ENVIRONMENT}/node_modules",
                **script_environment(self.names, trial.draw, SECRET_FILE),
            },
            mounts=mounts_of(trial.environment),
            secret=trial.draw.secret,
            bounds=trial.bounds,
        )

    def account(self, _trial: Trial, _verdict: Verdict) -> Account:
        """See `Driver.account`: a script is not asked."""
        return Account(Phase.CALLED)
