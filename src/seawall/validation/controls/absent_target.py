"""Absent target: the effect must not happen with the package replaced by a stand-in that does nothing.

What still happens then is the doing of the arguments, of set-up or of the finder's script.
"""

from __future__ import annotations

from seawall.validation.controls.interface import Subject, judged
from seawall.validation.model import ControlName, ControlRecord

_NAME = ControlName.ABSENT_TARGET


def absent_target(subject: Subject) -> ControlRecord:
    """See `Control`."""
    return judged(
        _NAME,
        (subject.bench.run(_NAME, subject.evidence, subject.environment, absent=True) for _ in range(subject.runs)),
        held="no effect without the target",
        broken="the effect happens without the target",
    )
