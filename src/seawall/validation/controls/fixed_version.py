"""Fixed version: the effect must vanish on the release that the reporter says is not affected.

Decisive only for such a claim. A release picked by the verifier would prove nothing: a real weakness without a fix
shows on every release.
"""

from __future__ import annotations

from seawall.validation.controls.interface import Subject, judged
from seawall.validation.errors import EnvironmentFailedError
from seawall.validation.model import ControlName, ControlRecord, ControlState

_NAME = ControlName.FIXED_VERSION


def fixed_version(subject: Subject) -> ControlRecord:
    """See `Control`."""
    version = subject.fixed_version
    if not version:
        return ControlRecord(_NAME, ControlState.NOT_RUN, "the report claims no fixed version")
    try:
        environment = subject.build_fixed()
    except EnvironmentFailedError as error:
        return ControlRecord(_NAME, ControlState.NOT_RUN, f"version {version}: {error.message}")
    return judged(
        _NAME,
        (subject.bench.run(_NAME, subject.evidence, environment) for _ in range(subject.runs)),
        held=f"no effect in version {version}",
        broken=f"the effect is there in version {version} too, which the report says is fixed",
    )
