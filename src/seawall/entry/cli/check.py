"""`check`: am I exposed, by when must I act, what do I do. Works on any system, without server and network."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import typer

from seawall.entry.operator import mirror_warnings, opened_index, read_records, rulings_of, seen_of
from seawall.entry.settings import settings_from
from seawall.kernel.clock import SystemClock
from seawall.kernel.errors import InvalidInputError
from seawall.priority import Point, Policy, load_policy
from seawall.remediation import (
    CheckResult,
    CheckService,
    IndexInfo,
    Inventory,
    Plan,
    VexStatement,
    exit_code_of,
    plan_of,
    read_inventory,
)


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """What a check is asked."""

    inventory: str
    """Path, or `-` for standard input."""
    index: Path | None = None
    osv: Sequence[Path] = ()
    distro: str = ""
    exposed: str = "unknown"
    asset: str = ""
    policy: str = ""
    given: Sequence[str] = ()
    """`POINT=VALUE`."""
    vex: Sequence[Path] = ()
    first_seen: str = ""
    forget: bool = False
    """Neither read nor write the memory of first days."""
    out: Sequence[Path] = ()
    format: str = ""
    """How to print: empty for people, `json`, or one of the outputs."""
    explain: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """A check and the plan that follows from it."""

    result: CheckResult
    plan: Plan
    policy: Policy
    index: IndexInfo
    unread_records: tuple[str, ...]


def check(options: CheckOptions) -> None:
    """Check one inventory, print or write the plan, and say by the exit code whether something is due."""
    writers = [(path, _output_for(path)) for path in options.out]
    checked = run_check(options, SystemClock().now())
    for path, name in writers:
        _write(path, _rendered(name, checked))
    if options.format == "json":
        from seawall.entry.cli.output import emit_json
        from seawall.entry.cli.plan_json import document_of

        emit_json(document_of(checked.result, checked.plan, checked.unread_records))
    elif options.format:
        sys.stdout.buffer.write(_rendered(options.format, checked))
    else:
        from seawall.entry.cli.plan_text import print_plan

        print_plan(checked, written=options.out, explain=options.explain)
    code = exit_code_of(checked.plan)
    if code:
        raise typer.Exit(code)


def run_check(options: CheckOptions, now: datetime) -> Checked:
    """Read, match, decide and group; prints nothing.

    Raises:
        SeawallError: A file cannot be read, or there is nothing to compare with.
    """
    settings = settings_from()
    policy = _policy(options.policy)
    given = [_given(text, policy) for text in options.given]
    first_seen = _day(options.first_seen)
    statements = _statements(options.vex)
    inventory = _inventory(options, now)
    records = read_records("osv", options.osv, settings.limits)
    seen = None if options.forget or first_seen else seen_of(settings)
    with opened_index(settings, options.index, records.records) as (index, is_from_file):
        service = CheckService(index, policy=policy, rulings=rulings_of(settings), seen=seen)
        result = service.check(inventory, at=now, exposed=options.exposed, first_seen=first_seen, given=given)
        if is_from_file and options.index is None:
            stale = mirror_warnings(settings, now) or result.warnings
            result = replace(result, warnings=tuple(dict.fromkeys(stale)))
        plan = plan_of(result, now.date(), statements=statements, look_up=index.look_up)
        info = index.info
    if seen is not None:
        seen.save()
    return Checked(result, plan, policy, info, records.problems)


def _inventory(options: CheckOptions, now: datetime) -> Inventory:
    del now
    if options.inventory == "-":
        inventory = read_inventory(sys.stdin.buffer, distro=options.distro, name="standard input")
    else:
        inventory = read_inventory(Path(options.inventory), distro=options.distro)
    return replace(inventory, name=options.asset) if options.asset else inventory


def _policy(name: str) -> Policy:
    if not name:
        return load_policy()
    from seawall.priority import policy_named

    return policy_named(name)


def _given(text: str, policy: Policy) -> tuple[Point, str]:
    """Read `POINT=VALUE`; the point and the value must be ones of the policy."""
    name, _, value = text.partition("=")
    point = next((point for point in policy.points if name.strip() in {point.key.value, point.name}), None)
    if point is None or value.strip() not in point.values:
        known = "; ".join(f"{point.key}={'|'.join(point.values)}" for point in policy.points)
        raise InvalidInputError(
            "check.invalid-given",
            f"{text[:60]!r} is no point and value of {policy.id}",
            remedy=f"Give POINT=VALUE, with one of {known}.",
        )
    return point.key, value.strip()


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInputError(
            "check.invalid-day", f"{text[:40]!r} is no day", remedy="Write it as 2026-11-30."
        ) from None


def _statements(paths: Sequence[Path]) -> list[VexStatement]:
    if not paths:
        return []
    from seawall.remediation.errors import unopened
    from seawall.remediation.vex import read_vex

    found: list[VexStatement] = []
    for path in paths:
        try:
            document = path.read_bytes()
        except OSError as error:
            raise unopened(str(path), error.strerror or "") from None
        found += read_vex(document).statements
    return found


def _output_for(path: Path) -> str:
    """Tell the format of a file by its name; the longest suffix that fits decides."""
    from seawall.remediation.outputs import OUTPUTS, output_of

    if path.name.endswith(".json") and path.suffixes[-2:-1] not in ([".openvex"], [".csaf"], [".cdx"], [".vex"]):
        return "json"
    suffixes = {output_of(name).suffix: name for name in OUTPUTS}
    fitting = [suffix for suffix in suffixes if path.name.endswith(suffix)]
    if not fitting:
        raise InvalidInputError(
            "check.unknown-suffix",
            f"the name {path.name!r} does not say which format is wanted",
            remedy=f"End it in .json or one of {', '.join(suffixes)}.",
        )
    return suffixes[max(fitting, key=len)]


def _rendered(name: str, checked: Checked) -> bytes:
    if name == "json":
        from seawall.entry.cli.output import json_bytes
        from seawall.entry.cli.plan_json import document_of

        return json_bytes(document_of(checked.result, checked.plan, checked.unread_records))
    from importlib.metadata import version

    from seawall.remediation.outputs import Sheet, output_of

    sheet = Sheet(checked.result, checked.plan, version("seawall"), checked.index)
    return output_of(name).write(sheet)


def _write(path: Path, document: bytes) -> None:
    try:
        path.write_bytes(document)
    except OSError as error:
        from seawall.kernel.errors import UnavailableError

        raise UnavailableError(
            "check.unwritable", f"{path} cannot be written: {error.strerror}", remedy="Check the folder and its space."
        ) from None
