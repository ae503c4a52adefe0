"""Drivers for Python packages.

Python runs isolated (`-I`) and without `site` (`-S`): no environment variable, user folder, start-up file or installed
package of the machine has a say; the environment's `site` folder comes after the standard library on the path.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

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

_OPTIONS: Final = ("-I", "-S", "-B")


def python_input_driver(names: VariableNames) -> InputDriver:
    """Return the neutral driver for Python."""
    return InputDriver("python-input/1", (*_OPTIONS, f"{RUNTIME.target}/driver.py"), names)


@dataclass(frozen=True, slots=True)
class PythonScriptDriver:
    """Runs the finder's own Python program."""

    names: VariableNames = field(default_factory=VariableNames)
    name: str = "python-script/1"

    def job(self, trial: Trial) -> Job:
        """See `Driver.job`."""
        evidence = trial.evidence
        if not isinstance(evidence, ScriptEvidence):
            raise TypeError("a script driver runs script evidence only")
        launcher = (*_OPTIONS, f"{RUNTIME.target}/script.py", f"{ENVIRONMENT}/site", f"{IN}/{evidence.script}")
        return Job(
            argv=(*trial.environment.runtime.argv, *launcher, *(trial.environment.imports if trial.absent else ())),
            files=evidence.files,
            env=script_environment(self.names, trial.draw, SECRET_FILE),
            mounts=mounts_of(trial.environment),
            secret=trial.draw.secret,
            bounds=trial.bounds,
        )

    def account(self, _trial: Trial, _verdict: Verdict) -> Account:
        """See `Driver.account`: a script is not asked."""
        return Account(Phase.CALLED)
