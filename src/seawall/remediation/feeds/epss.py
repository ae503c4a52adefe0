"""FIRST's EPSS scores: a gzipped CSV file whose first line names the model and the day.

`#model_version:v2026.06.15,score_date:2026-11-20T00:00:00+0000`, then `cve,epss,percentile`, then a row for each CVE.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from seawall.kernel.clock import parse_rfc3339, rfc3339
from seawall.remediation.feeds import errors
from seawall.remediation.feeds.archives import gunzipped
from seawall.remediation.feeds.interface import Checked, FileLimits

_HEAD: Final = re.compile(rb"#\s*model_version:([\w.\-]{1,40}),\s*score_date:([\dT:+\-.Z]{10,40})", re.ASCII)
_ROW: Final = re.compile(
    rb"CVE-\d{4}-\d{4,19},(?:0(?:\.\d+)?|1(?:\.0+)?|\d(?:\.\d+)?[eE]-\d+),[\d.eE\-]{1,25}", re.ASCII
)
_NAME: Final = "the EPSS file"
_MOST_BAD: Final = 10_000
"""Rows; a file with more is not read to its end."""


class EPSSFile:
    """Knows the scores."""

    kind = "epss"

    def check(self, path: Path, now: datetime, limits: FileLimits) -> Checked:
        """See `Feed.check`. More than one unreadable row in a hundred, or 10,000, is damage."""
        lines = gunzipped(path, limits)
        head = _HEAD.fullmatch(next(lines, b"")[:200])
        if head is None:
            raise errors.damaged(_NAME, "its first line names no model and day")
        try:
            day = parse_rfc3339(head[2].decode())
        except ValueError:
            raise errors.damaged(_NAME, f"its day is {head[2].decode()!r}") from None
        if day > now + timedelta(days=2):
            raise errors.damaged(_NAME, f"it is of {day:%Y-%m-%d}, which is yet to come")
        if next(lines, b"").replace(b" ", b"") != b"cve,epss,percentile":
            raise errors.damaged(_NAME, "its columns are not cve, epss, percentile")
        rows = bad = 0
        for line in lines:
            rows += 1
            bad += _ROW.fullmatch(line) is None
            if bad > _MOST_BAD:
                break
        if not rows or bad * 100 > rows or bad > _MOST_BAD:
            raise errors.damaged(_NAME, f"{bad} of {rows} rows cannot be read")
        notes = (f"{bad} rows cannot be read",) if bad else ()
        return Checked(rfc3339(day), rows - bad, {"model_version": head[1].decode()}, notes)


FEED: Final = EPSSFile()
