"""Benign input: the effect must not happen with harmless data of the same size.

Set-up stays as it is, so that an effect of set-up alone shows. Two cases need care. Where the entry point takes no
data at all (`$parser.close()`), the data are in set-up, and they are made harmless. Where it takes some, and the effect
stays until the data of set-up are harmless as well, the report hides its hostile input in set-up: a person decides
whether an attacker has that much in hand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from seawall.validation.controls.interface import Subject, judged
from seawall.validation.controls.neutral import carries_data, neutral_archive, neutral_file, neutral_value
from seawall.validation.evidence import Call, InputEvidence
from seawall.validation.evidence.arguments import FILE_KEYS, marker_of
from seawall.validation.model import ControlName, ControlRecord, ControlState
from seawall.validation.trials import Checked

_NAME = ControlName.BENIGN_INPUT


def benign_input(subject: Subject) -> ControlRecord:
    """See `Control`."""
    evidence = subject.evidence
    if not isinstance(evidence, InputEvidence):
        return ControlRecord(_NAME, ControlState.NOT_RUN, "a script cannot be made harmless")
    setup_carries = any(map(_carries, evidence.setup))
    whole = setup_carries and not _carries(evidence.entry)
    record = _run(subject, with_setup=whole)
    if record.state is not ControlState.BROKEN or whole or not setup_carries:
        return record
    without = _run(subject, with_setup=True)
    if without.state is not ControlState.HELD:
        return record
    return ControlRecord(
        _NAME,
        ControlState.NEEDS_PERSON,
        "the effect comes from the data of set-up and not from those of the entry point",
    )


def make_benign(evidence: Checked, *, with_setup: bool) -> Checked:
    """Return evidence with harmless data of the same size.

    Args:
        evidence: With placeholders filled.
        with_setup: Whether the data of set-up are made harmless too; what only set-up uses stays otherwise.
    """
    if not isinstance(evidence, InputEvidence):
        return evidence
    kept: set[str] = set()
    if not with_setup:
        kept = _files_of(evidence.setup) - _files_of((evidence.entry,))
    return replace(
        evidence,
        entry=_neutral_call(evidence.entry),
        setup=tuple(map(_neutral_call, evidence.setup)) if with_setup else evidence.setup,
        files={name: body if name in kept else neutral_file(body) for name, body in evidence.files.items()},
        archives=tuple(archive if archive.file in kept else neutral_archive(archive) for archive in evidence.archives),
    )


def _run(subject: Subject, *, with_setup: bool) -> ControlRecord:
    change: Callable[[Checked], Checked] = partial(make_benign, with_setup=with_setup)
    return judged(
        _NAME,
        (subject.bench.run(_NAME, subject.evidence, subject.environment, change=change) for _ in range(subject.runs)),
        held="no effect with harmless input of the same size",
        broken="the effect happens with harmless input too",
    )


def _neutral_call(call: Call) -> Call:
    return replace(
        call,
        args=tuple(map(neutral_value, call.args)),
        kwargs={key: neutral_value(value) for key, value in call.kwargs.items()},
    )


def _carries(call: Call) -> bool:
    return any(map(carries_data, (*call.args, *call.kwargs.values())))


def _files_of(calls: tuple[Call, ...]) -> set[str]:
    names: set[str] = set()
    pending: list[object] = [value for call in calls for value in (*call.args, *call.kwargs.values())]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            key = marker_of(value)
            if key in FILE_KEYS:
                names.add(value[key])
            else:
                pending += value.values()
        elif isinstance(value, list | tuple):
            pending += value
    return names
