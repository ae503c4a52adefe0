"""Threat model: behaviour that the package documents is no weakness; a person decides whether a rule fits.

Rules are data (`threat_model.json`): an entry point by package and name, the source of the rule, the reason in words.
One rule is built in: a report that hands the marker's own path to the target as a plain argument shows only that the
target writes where its caller tells it to.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import PurePosixPath
from typing import Any

import msgspec

from seawall.kernel.purl import Purl, parse_purl
from seawall.platform.sandbox.interface import OUT
from seawall.validation.evidence import Call, Draw, InputEvidence
from seawall.validation.evidence.arguments import FILE_KEYS, marker_of
from seawall.validation.evidence.placeholders import fill_value
from seawall.validation.model import ControlName, ControlRecord, ControlState
from seawall.validation.trials import Checked

_PROBE = Draw("c0ffee" * 5 + "00", "5ec2e7" * 5 + "00")


class ThreatModelRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Documented behaviour of one package."""

    id: str
    package: str
    """Purl without version."""
    names: tuple[str, ...]
    """Names of functions or classes: `module:attr` in full, or a part of any path."""
    reason: str
    source: str
    """Where the package says so."""
    oracles: tuple[str, ...] = ()
    """Kinds of effect that are documented; all of them if empty."""
    argument: int | None = None
    """Only if the marker stands in this positional argument, counted from 0: the one that is documented to be code."""
    unless: tuple[str, ...] = ()
    """Names that lift the rule, such as a sandbox that the package offers against just this."""


def load_rules() -> tuple[ThreatModelRule, ...]:
    """Return the rules that ship with Seawall."""
    body = resources.files("seawall.validation.controls").joinpath("threat_model.json").read_bytes()
    return msgspec.json.decode(body, type=tuple[ThreatModelRule, ...])


def threat_model(rules: Sequence[ThreatModelRule], purl: Purl, evidence: Checked, oracle: str) -> ControlRecord:
    """Compare evidence with the rules.

    Args:
        rules: Documented behaviour.
        purl: The product.
        evidence: With placeholders.
        oracle: Kind of the effect.
    """
    name = ControlName.THREAT_MODEL
    if not isinstance(evidence, InputEvidence):
        return ControlRecord(name, ControlState.NOT_RUN, "what a script calls is not known")
    if oracle == "canary" and _hands_over_the_path(evidence):
        return ControlRecord(
            name,
            ControlState.NEEDS_PERSON,
            "the marker's path is a plain argument: writing where the caller says may be what the function is for",
        )
    for rule in rules:
        if _applies(rule, purl, evidence, oracle):
            return ControlRecord(name, ControlState.NEEDS_PERSON, f"{rule.reason} (rule {rule.id}, {rule.source})")
    return ControlRecord(name, ControlState.HELD, "no rule of documented behaviour applies")


def _applies(rule: ThreatModelRule, purl: Purl, evidence: InputEvidence, oracle: str) -> bool:
    if parse_purl(rule.package).package != purl.package or (rule.oracles and oracle not in rule.oracles):
        return False
    calls = (*evidence.setup, evidence.entry)
    names = [name for call in calls for name in _names_in(call)]
    if any(_fits(wanted, name) for wanted in rule.unless for name in names):
        return False
    if rule.argument is None:
        return any(_fits(wanted, name) for wanted in rule.names for name in names)
    return any(
        _carries_marker(call.args[rule.argument], evidence.files)
        for call in calls
        if len(call.args) > rule.argument and any(_fits(wanted, call.target) for wanted in rule.names)
    )


def _fits(wanted: str, name: str) -> bool:
    return wanted == name or (":" not in wanted and wanted in name.replace(":", ".").split(".")[1:])


def _names_in(call: Call) -> Iterator[str]:
    yield call.target
    for value in _walk([*call.args, *call.kwargs.values()]):
        if marker_of(value) == "$ref":
            yield value["$ref"]


def _carries_marker(value: Any, files: dict[str, bytes]) -> bool:  # noqa: ANN401 - any argument
    text = json.dumps(value)
    for part in _walk([value]):
        key = marker_of(part)
        if key in FILE_KEYS:
            text += files.get(part[key], b"").decode("utf-8", "replace")
    return "@@CANARY@@" in text or "@@TOKEN@@" in text


def _hands_over_the_path(evidence: InputEvidence) -> bool:
    for call in (*evidence.setup, evidence.entry):
        for value in _walk(fill_value([*call.args, *call.kwargs.values()], _PROBE.fill)):
            if isinstance(value, str) and value.startswith("/") and PurePosixPath(value).is_relative_to(OUT):
                return True
    return False


def _walk(value: Any) -> Iterator[Any]:  # noqa: ANN401 - any argument
    pending = [value]
    while pending:
        item = pending.pop()
        yield item
        if isinstance(item, dict):
            pending += item.values()
        elif isinstance(item, list | tuple):
            pending += item
