"""CISA's Known Exploited Vulnerabilities catalogue, as its JSON feed gives it.

Each entry says `yes` for its CVE since the day on which it was added. The catalogue is complete: what is not in it any
more has been taken back as of the release of that catalogue.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO, Final

import msgspec

from seawall.kernel.clock import parse_rfc3339
from seawall.kernel.errors import InvalidInputError
from seawall.kernel.identifiers import parse_identifier
from seawall.kernel.limits import Limits
from seawall.priority.errors import unreadable_feed
from seawall.priority.feeds.interface import Snapshot, Unreadable, read_all
from seawall.priority.model import Point, Signal
from seawall.priority.series import EVERYTHING_ELSE, KEV_SOURCE


class _Entry(msgspec.Struct):
    cve: str = msgspec.field(name="cveID")
    added: str = msgspec.field(name="dateAdded")


class _Catalogue(msgspec.Struct, rename="camel"):
    date_released: str
    count: int
    vulnerabilities: list[_Entry]


_DECODER: Final = msgspec.json.Decoder(_Catalogue)


class KEVFeed:
    """Reads the catalogue."""

    kind = "kev"
    file_names = "known_exploited_vulnerabilities*.json"

    def read(self, stream: BinaryIO, limits: Limits) -> Iterator[Snapshot | Unreadable]:
        """See `Feed.read`. Yields one snapshot about all vulnerabilities.

        An entry that cannot be read makes the catalogue incomplete: it is an error as a whole, so that no entry is
        taken for retracted that merely could not be read.
        """
        try:
            catalogue = _DECODER.decode(read_all(stream, self.kind, limits))
            released = parse_rfc3339(catalogue.date_released)
            signals = tuple(self._signal(entry, released) for entry in catalogue.vulnerabilities)
        except (msgspec.MsgspecError, RecursionError, ValueError, InvalidInputError) as error:
            if isinstance(error, InvalidInputError) and error.code.startswith("priority."):
                raise
            raise unreadable_feed(self.kind, str(error)) from None
        if catalogue.count != len(signals):
            raise unreadable_feed(self.kind, f"it says {catalogue.count} entries and holds {len(signals)}")
        others = Signal(EVERYTHING_ELSE, Point.KEV, "no", KEV_SOURCE, released, feed=self.kind)
        yield Snapshot("", released, (*signals, others))

    def _signal(self, entry: _Entry, released: datetime) -> Signal:
        # The day of adding has no time of day; an entry cannot be younger than the catalogue that holds it.
        added = min(parse_rfc3339(entry.added), released)
        return Signal(parse_identifier(entry.cve), Point.KEV, "yes", KEV_SOURCE, added, feed=self.kind)


FEED: Final = KEVFeed()
