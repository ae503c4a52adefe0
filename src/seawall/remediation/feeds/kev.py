"""CISA's KEV catalogue: one JSON document, read whole by the reader that also makes signals of it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

from seawall.kernel.clock import rfc3339
from seawall.priority import read_signals
from seawall.remediation.feeds import errors
from seawall.remediation.feeds.interface import Checked, FileLimits


class KEVFile:
    """Knows the catalogue."""

    kind = "kev"

    def check(self, path: Path, now: datetime, limits: FileLimits) -> Checked:  # noqa: ARG002 - the family's shape
        """See `Feed.check`. An empty catalogue is damage: it would take back everything."""
        with path.open("rb") as stream:
            signals = list(read_signals("kev", stream))
        # The last one speaks of all other vulnerabilities, as of the catalogue's release.
        if len(signals) <= 1:
            raise errors.damaged("the KEV catalogue", "it has no entries")
        return Checked(as_of=rfc3339(signals[-1].as_of), records=len(signals) - 1)


FEED: Final = KEVFile()
