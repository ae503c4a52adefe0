"""One check from words to a plan: files in, what is due out. What is printed, and how, is in `cli/`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from seawall.entry.operator import mirror_warnings, opened_index, read_records, rulings_of, seen_of
from seawall.entry.settings import Settings, settings_from
from seawall.kernel.errors import BusyError, InvalidInputError, UnavailableError
from seawall.kernel.limits import Limits
from seawall.priority import Point, Policy, load_policy
from seawall.remediation import (
    CheckResult,
    CheckService,
    IndexInfo,
    Inventory,
    Plan,
    SeenFile,
    VexStatement,
    plan_of,
    read_inventory,
)
from seawall.remediation.staleness import staleness

_AHEAD: Final = timedelta(days=1)
"""The operator's calendar may be a day ahead of UTC's."""


class CheckOptions(msgspec.Struct, frozen=True):
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


class Checked(msgspec.Struct, frozen=True):
    """A check and the plan that follows from it."""

    settings: Settings
    result: CheckResult
    plan: Plan
    policy: Policy
    index: IndexInfo
    unread: tuple[str, ...]
    """Records and statements that could not be read or taken over, each with its place and the reason."""


def run_check(options: CheckOptions, now: datetime) -> Checked:
    """Read, match, decide and group; prints nothing.

    Raises:
        SeawallError: A file cannot be read, or there is nothing to compare with.
    """
    settings = settings_from()
    policy = _policy(options.policy)
    given = _given(options.given, policy)
    first_seen = _day(options.first_seen, now)
    statements, notes = _statements(options.vex)
    inventory = _inventory(options, settings.limits)
    records = read_records("osv", options.osv, settings.limits)
    seen = None if options.forget or first_seen else seen_of(settings)
    with opened_index(settings, options.index, records.records) as (index, is_from_file):
        service = CheckService(index, policy=policy, rulings=rulings_of(settings), seen=seen)
        result = service.check(inventory, at=now, exposed=options.exposed, first_seen=first_seen, given=given)
        info = index.info
        if is_from_file and options.index is None and not staleness(info, now):
            # What the index holds is fresh; what the folder of feeds would add to it may not be.
            result = replace(result, warnings=(*mirror_warnings(settings, now), *result.warnings))
        if seen is not None:
            result = _remembered(seen, result)
        plan = plan_of(result, now.date(), statements=statements, look_up=index.look_up)
    return Checked(settings, result, plan, policy, info, (*records.problems, *notes))


def _inventory(options: CheckOptions, limits: Limits) -> Inventory:
    if options.inventory == "-":
        inventory = read_inventory(sys.stdin.buffer, limits, distro=options.distro, name="standard input")
    else:
        inventory = read_inventory(Path(options.inventory), limits, distro=options.distro)
    return replace(inventory, name=options.asset) if options.asset else inventory


def _policy(name: str) -> Policy:
    if not name:
        return load_policy()
    from seawall.priority import policy_named  # noqa: PLC0415 - most checks use the default

    return policy_named(name)


def _remembered(seen: SeenFile, result: CheckResult) -> CheckResult:
    """Keep the first days; a check that cannot keep them answers all the same, and says what that means."""
    try:
        seen.save()
    except (BusyError, UnavailableError) as error:
        warning = (
            f"the days on which exposures were first seen were not kept, and due dates will slide: {error.message}"
        )
        return replace(result, warnings=(*result.warnings, warning))
    return result


def _given(texts: Sequence[str], policy: Policy) -> tuple[tuple[Point, str], ...]:
    """Read each `POINT=VALUE`: points and values of the policy, none of which contradicts another one."""
    said: dict[Point, str] = {}
    for text in texts:
        name, _, given = text.partition("=")
        value = given.strip()
        point = next((point for point in policy.points if name.strip() in {point.key.value, point.name}), None)
        if point is None or value not in point.values:
            known = "; ".join(f"{point.key}={'|'.join(point.values)}" for point in policy.points)
            raise InvalidInputError(
                "check.invalid-given",
                f"{text[:60]!r} is no point and value of {policy.id}",
                remedy=f"Give POINT=VALUE, with one of {known}.",
            )
        if said.setdefault(point.key, value) != value:
            raise InvalidInputError(
                "check.invalid-given",
                f"{point.name} is said to be {said[point.key]!r} and {value!r}",
                remedy="Give each point once; check assets that differ one by one.",
            )
    return tuple(said.items())


def _day(text: str, now: datetime) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InvalidInputError(
            "check.invalid-day", f"{text[:40]!r} is no day", remedy="Write it as 2026-11-30."
        ) from None
    if day > now.date() + _AHEAD:
        raise InvalidInputError(
            "check.invalid-day",
            f"nothing can have been first seen on {day}, which is in the future",
            remedy="Give the day on which the exposures were first seen, or leave it out.",
        )
    return day


def _statements(paths: Sequence[Path]) -> tuple[list[VexStatement], list[str]]:
    """Return what VEX documents say, and what of it could not be taken over."""
    found: list[VexStatement] = []
    notes: list[str] = []
    if paths:
        from seawall.remediation.errors import unopened  # noqa: PLC0415 - most checks read no VEX
        from seawall.remediation.vex import read_vex  # noqa: PLC0415
        from seawall.remediation.vex.interface import VEX_LIMITS  # noqa: PLC0415
    for path in paths:
        try:
            with path.open("rb") as file:
                document = file.read(VEX_LIMITS.bytes + 1)  # one more is refused
        except OSError as error:
            raise unopened(str(path), error.strerror or "") from None
        reading = read_vex(document)
        found += reading.statements
        notes += (f"{path.name}: {note}" for note in reading.notes)
    return found, notes
