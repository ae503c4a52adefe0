"""OSV's archive of one ecosystem: a zip with one JSON record a file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from seawall.remediation.feeds.interface import Checked, FileLimits
from seawall.remediation.feeds.records import check_records


class _Record(msgspec.Struct):
    id: str
    modified: str


_DECODER: Final = msgspec.json.Decoder(_Record)


class OSVArchive:
    """Knows such an archive."""

    kind = "osv"

    def check(self, path: Path, now: datetime, limits: FileLimits) -> Checked:
        """See `Feed.check`."""
        return check_records(path, now, limits, wanted=lambda name: name.endswith(".json"), changed=_changed)


def _changed(name: str, content: bytes) -> str:  # noqa: ARG001 - the name says nothing here
    record = _DECODER.decode(content)
    if not record.id:
        raise ValueError("a record without an id")
    return record.modified


FEED: Final = OSVArchive()
