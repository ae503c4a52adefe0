"""What a family of drivers has in common: a trial becomes a job, and a verdict an account of how far it came.

A driver belongs to the verifier; the finder's data are data to it. Its program runs in the process of the hostile code
all the same, so its `Account` is a hint: it tells a call that came to its end from an entry point that does not exist,
and never makes an effect appear. Effects are judged by oracles, from what the supervisor saw.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

import msgspec

from seawall.platform.sandbox.interface import Bounds, Job, Mount, Verdict
from seawall.validation.evidence import Draw, InputEvidence, ScriptEvidence
from seawall.validation.ports import ENVIRONMENT, Environment

RUNTIME: Final = Mount(Path(__file__).parent / "runtime", "/w/driver/seawall/validation/drivers/runtime")
"""The drivers' programs; the target keeps the path by which Python finds them as modules."""
_LINE_BYTES: Final = 4096


@dataclass(frozen=True, slots=True)
class VariableNames:
    """Environment variables through which a run learns its values; several names may carry one value."""

    canary: tuple[str, ...] = ("SEAWALL_CANARY",)
    """Path of the marker file; for scripts."""
    secret_file: tuple[str, ...] = ("SEAWALL_SECRET_FILE",)
    """For scripts."""
    secret: tuple[str, ...] = ("SEAWALL_SECRET",)
    """For input evidence."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One run to be made."""

    evidence: InputEvidence | ScriptEvidence
    """With placeholders filled; archives are among the files."""
    environment: Environment
    draw: Draw
    nonce: str
    """Marks the driver's lines; unpredictable."""
    bounds: Bounds
    absent: bool = False
    """Replace the target by inert stand-ins."""


class Phase(StrEnum):
    """How far a run came."""

    NONE = "none"
    """The driver did not start."""
    READY = "ready"
    """Set-up and import began."""
    CALLED = "called"
    """The entry point was called."""
    DONE = "done"
    """The driver came to its end; see the other fields."""


@dataclass(frozen=True, slots=True)
class Account:
    """What a driver said. May be forged by hostile code."""

    phase: Phase
    stage: str = ""
    """Where it ended if not in a result: `setup`, `entry` (finding the entry point), `call`."""
    missing: str = ""
    """A name that is not there."""
    foreign: str = ""
    """A name that is not the target's."""
    raised: str = ""
    """An exception: type and message."""
    returned: str = ""
    """Type of the result."""


class Driver(Protocol):
    """Runs one kind of evidence for one kind of package."""

    @property
    def name(self) -> str:
        """Name and version, for the proof."""
        ...

    def job(self, trial: Trial) -> Job:
        """Return what the sandbox is to run."""
        ...

    def account(self, trial: Trial, verdict: Verdict) -> Account:
        """Read how far the run came."""
        ...


class _Line(msgspec.Struct):
    phase: str
    stage: str = ""
    missing: str = ""
    foreign: str = ""
    raised: str = ""
    returned: str = ""


@dataclass(frozen=True, slots=True)
class InputDriver:
    """Feeds the request of a trial to a neutral program and reads its lines.

    The programs of the two languages differ; the channel does not.
    """

    name: str
    program: tuple[str, ...]
    """Options of the interpreter and path of the program inside."""
    names: VariableNames = field(default_factory=VariableNames)

    def job(self, trial: Trial) -> Job:
        """See `Driver.job`."""
        evidence = trial.evidence
        if not isinstance(evidence, InputEvidence):
            raise TypeError("a neutral driver runs input evidence only")
        return Job(
            argv=(*trial.environment.runtime.argv, *self.program),
            files=evidence.files,
            env=dict.fromkeys(self.names.secret, trial.draw.secret),
            mounts=mounts_of(trial.environment),
            secret=trial.draw.secret,
            stdin=_request(evidence, trial),
            bounds=trial.bounds,
        )

    def account(self, trial: Trial, verdict: Verdict) -> Account:
        """See `Driver.account`. The last line with the nonce counts; a broken one counts as none."""
        account = Account(Phase.NONE)
        prefix = trial.nonce.encode() + b" "
        for line in verdict.stdout.split(b"\n"):
            if not line.startswith(prefix) or len(line) > _LINE_BYTES:
                continue
            try:
                said = msgspec.json.decode(line.removeprefix(prefix), type=_Line)
                account = Account(Phase(said.phase), said.stage, said.missing, said.foreign, said.raised, said.returned)
            except (msgspec.MsgspecError, ValueError):
                continue
        return account


def mounts_of(environment: Environment) -> tuple[Mount, ...]:
    """Return what every run sees: the environment, its runtime and the drivers' programs."""
    return (Mount(environment.root, ENVIRONMENT), *environment.runtime.mounts, RUNTIME)


def script_environment(names: VariableNames, draw: Draw, secret_file: str) -> dict[str, str]:
    """Return the variables of a script's run."""
    return dict.fromkeys(names.canary, draw.canary) | dict.fromkeys(names.secret_file, secret_file)


def _request(evidence: InputEvidence, trial: Trial) -> bytes:
    return json.dumps(  # not msgspec: lone surrogates are among what evidence may hold
        {
            "nonce": trial.nonce,
            "setup": [
                {"as": call.name, "call": call.target, "args": call.args, "kwargs": call.kwargs, "new": call.new}
                for call in evidence.setup
            ],
            "entry": {
                "call": evidence.entry.target,
                "args": evidence.entry.args,
                "kwargs": evidence.entry.kwargs,
                "new": evidence.entry.new,
            },
            "read": evidence.read,
            "absent": trial.absent,
            "imports": trial.environment.imports,
            "site": f"{ENVIRONMENT}/site",
        }
    ).encode()
