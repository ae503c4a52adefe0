"""What archives of JSON records have in common: each record is read far enough to know that it is one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from seawall.kernel.clock import parse_rfc3339, rfc3339
from seawall.remediation.feeds import errors
from seawall.remediation.feeds.archives import members
from seawall.remediation.feeds.interface import Checked, FileLimits

_FIRST_YEAR: Final = 1990
"""Of any record; before it stand placeholders such as the year 1."""


def check_records(
    path: Path,
    now: datetime,
    limits: FileLimits,
    *,
    wanted: Callable[[str], bool],
    changed: Callable[[str, bytes], str],
) -> Checked:
    """Read every record of a zip.

    Args:
        path: The zip.
        now: A record that claims to be changed more than a day later says nothing about how new the archive is.
        limits: Of unpacking.
        wanted: Which members are records, by name.
        changed: Gives the day of a record's last change; raises ValueError or `msgspec.MsgspecError` if it is none.

    Raises:
        InvalidInputError: It is no sound zip, holds no record, or more than one in a hundred is none (`feeds.damaged`).
        LimitExceededError: It unpacks to too much (`feeds.bomb`).
    """
    newest: datetime | None = None
    good = bad = future = 0
    for name, content in members(path, wanted, limits):
        try:
            at = parse_rfc3339(changed(name, content))
        except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError):
            bad += 1
            continue
        good += 1
        if at > now + timedelta(days=1):
            future += 1
        elif at.year >= _FIRST_YEAR and (newest is None or at > newest):
            newest = at
    if not good or bad * 100 > good:
        raise errors.damaged(path.name.removesuffix(".part"), f"{bad} of {good + bad} records cannot be read")
    notes = []
    if bad:
        notes.append(f"{bad} records cannot be read")
    if future:
        notes.append(f"{future} records are dated in the future")
    return Checked(rfc3339(newest) if newest else "", good, notes=tuple(notes))
