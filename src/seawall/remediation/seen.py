"""On which day an exposure was first seen on an asset, kept in one small file.

A due date counts from the day on which an exposure was first seen. Without a memory that day would be today at each
check, and nothing would ever be overdue. The file only grows: a vulnerability that comes back keeps its first day, the
careful reading. It is JSON (`{"assets": {"name": {"CVE-…": "2026-11-20"}}}`) and may be edited by hand.

The version that an SBOM puts behind the asset's name (`keycloak@10.0.2`) is no part of the name here: an update that
fixes nothing does not restart the clock.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Final

import msgspec

from seawall.kernel.errors import BusyError, IntegrityError, UnavailableError
from seawall.platform.files import acquire, write_whole

_PATIENCE: Final = 10.0
"""Seconds to wait for another check that writes."""


class _Book(msgspec.Struct):
    assets: dict[str, dict[str, date]] = {}


class SeenFile:
    """`FirstSeen` in a file.

    Args:
        path: Read at once; written by `save`.

    Raises:
        IntegrityError: The file is damaged (`remediation.damaged-seen`).
        UnavailableError: It cannot be read (`remediation.unopened`).
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._changed = False
        self._book = _read(path)

    def first_seen(self, asset: str, identifiers: Collection[str], today: date) -> date:
        """See `FirstSeen.first_seen`."""
        days = self._book.assets.setdefault(_without_version(asset), {})
        first = min((days[name] for name in identifiers if name in days), default=today)
        first = min(first, today)
        for name in identifiers:
            if days.get(name) != first:
                days[name] = first
                self._changed = True
        return first

    def save(self) -> None:
        """Write what is new, whole or not at all, together with what another check wrote in the meantime.

        Raises:
            IntegrityError: As for the constructor.
            UnavailableError: It cannot be written (`remediation.unopened`).
            BusyError: Others write it all the time (`remediation.seen-busy`).
        """
        if not self._changed:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.with_name(f"{self._path.name}.lock").open("ab") as lock:
                if not acquire(lock.fileno(), _PATIENCE):
                    raise _held(self._path)
                self._merge()
                write_whole(self._path, msgspec.json.format(msgspec.json.encode(self._book, order="sorted")), sole=True)
        except OSError as error:
            raise _unusable(self._path, error) from None
        self._changed = False

    def _merge(self) -> None:
        """Take in what another check wrote since this one read the file."""
        for asset, days in _read(self._path).assets.items():
            own = self._book.assets.setdefault(asset, {})
            own |= {name: min(day, own.get(name, day)) for name, day in days.items()}


def _read(path: Path) -> _Book:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Book)
    except FileNotFoundError:
        return _Book()
    except OSError as error:
        raise _unusable(path, error) from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise IntegrityError(
            "remediation.damaged-seen",
            f"{path} cannot be read: {error}",
            remedy="Correct the file, or take it away: every exposure then counts as first seen today.",
        ) from None


def _without_version(asset: str) -> str:
    name, separator, version = asset.rpartition("@")
    return name if separator and name and version[:1].isdigit() else asset


def _held(path: Path) -> BusyError:
    return BusyError(
        "remediation.seen-busy",
        f"{path} is being written by another check",
        remedy="Wait until it is done and check again, or check without a memory with --forget.",
    )


def _unusable(path: Path, error: OSError) -> UnavailableError:
    return UnavailableError(
        "remediation.unopened",
        f"{path} cannot be used: {error.strerror}",
        remedy="Check the path and its permissions, or check without a memory with --forget.",
    )
