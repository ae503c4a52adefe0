"""CVE records (CVE JSON 5.x): SSVC points and KEV from CISA's ADP container, CVSS from every container.

Reads one record, or one record a line. Each record is a complete snapshot about its CVE; a rejected one says nothing,
so what was said before is taken back. SSVC points are dated by CISA's time stamp, KEV by the day of adding, CVSS by the
last change of its container.

Where a container gives several vectors of one CVSS version (for several scenarios), the highest score counts: the
record does not say which scenario an operator is in. Left out on purpose: CPE, references, texts.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, BinaryIO, Final

import msgspec

from seawall.kernel.clock import parse_rfc3339
from seawall.kernel.errors import InvalidInputError
from seawall.kernel.identifiers import parse_identifier
from seawall.kernel.json_lines import is_whole
from seawall.kernel.limits import Limits
from seawall.priority.errors import unreadable_feed
from seawall.priority.feeds.interface import Snapshot, Unreadable, read_all
from seawall.priority.model import Point, Signal

ADP_SOURCE: Final = "CISA-ADP"
_SSVC: Final = {
    "Exploitation": (Point.EXPLOITATION, frozenset({"none", "poc", "active"})),
    "Automatable": (Point.AUTOMATABLE, frozenset({"no", "yes"})),
    "Technical Impact": (Point.TECHNICAL_IMPACT, frozenset({"partial", "total"})),
}


class _Provider(msgspec.Struct, rename="camel"):
    short_name: str = ""
    date_updated: str = ""


class _CVSS(msgspec.Struct, rename="camel"):
    vector_string: str
    base_score: float = 0.0


class _Other(msgspec.Struct):
    type: str
    content: dict[str, Any] = {}


class _Metric(msgspec.Struct):
    v2: _CVSS | None = msgspec.field(default=None, name="cvssV2_0")
    v3: _CVSS | None = msgspec.field(default=None, name="cvssV3_0")
    v31: _CVSS | None = msgspec.field(default=None, name="cvssV3_1")
    v4: _CVSS | None = msgspec.field(default=None, name="cvssV4_0")
    other: _Other | None = None


class _Container(msgspec.Struct, rename="camel"):
    provider_metadata: _Provider = msgspec.field(default_factory=_Provider)
    metrics: list[_Metric] = []


class _Containers(msgspec.Struct):
    cna: _Container
    adp: list[_Container] = []


class _Metadata(msgspec.Struct, rename="camel"):
    cve_id: str
    state: str
    date_updated: str = ""
    date_published: str = ""


class _Record(msgspec.Struct, rename="camel"):
    data_type: str
    cve_metadata: _Metadata
    containers: _Containers


_DECODER: Final = msgspec.json.Decoder(_Record)
_LONGEST: Final = 400
"""Characters; a CVSS 4.0 vector with all its metrics has 220."""
_BAD: Final = (msgspec.MsgspecError, RecursionError, ValueError, TypeError, AttributeError, InvalidInputError)
"""What a record that is no CVE record can make the reading raise."""


class VulnrichmentFeed:
    """Reads CVE records."""

    kind = "vulnrichment"
    file_names = "CVE-*.json"

    def read(self, stream: BinaryIO, limits: Limits) -> Iterator[Snapshot | Unreadable]:
        """See `Feed.read`. A record over several lines is one document; one on a line may be followed by more."""
        first = stream.readline(limits.string_bytes + 1)
        if not first.strip():
            raise unreadable_feed(self.kind, "it is empty")
        if is_whole(first):
            yield from self._lines(first, stream, limits)
            return
        document = read_all(stream, self.kind, limits, begun=first)
        try:
            yield _snapshot(_DECODER.decode(document), self.kind)
        except _BAD as error:
            raise unreadable_feed(self.kind, str(error)) from None

    def _lines(self, first: bytes, stream: BinaryIO, limits: Limits) -> Iterator[Snapshot | Unreadable]:
        number, line, whole = 0, first, True
        while line:
            if whole:
                number += 1
                if len(line) > limits.string_bytes:
                    yield Unreadable(f"line {number}", f"longer than {limits.string_bytes} bytes")
                elif line.strip():
                    yield self._record(line, number)
            # What follows a piece without an end of line is the rest of a line that is too long: read, not kept.
            whole = line.endswith(b"\n")
            line = stream.readline(limits.string_bytes + 1)

    def _record(self, line: bytes, number: int) -> Snapshot | Unreadable:
        try:
            return _snapshot(_DECODER.decode(line), self.kind)
        except _BAD as error:
            return Unreadable(f"line {number}", str(error)[:200])


def _snapshot(record: _Record, feed: str) -> Snapshot:
    if record.data_type != "CVE_RECORD":
        raise ValueError(f"dataType is {record.data_type[:40]!r}")
    cve = parse_identifier(record.cve_metadata.cve_id)
    updated = parse_rfc3339(record.cve_metadata.date_updated or record.cve_metadata.date_published)
    if record.cve_metadata.state != "PUBLISHED":
        return Snapshot(cve, updated, ())
    signals = _scores(cve, record.containers.cna, updated, feed, prefix="CNA ")
    newest = updated
    for container in record.containers.adp:
        signals += _scores(cve, container, updated, feed, prefix="")
        if container.provider_metadata.short_name == ADP_SOURCE:
            signals += _adp(cve, container, feed)
        if container.provider_metadata.date_updated:
            newest = max(newest, parse_rfc3339(container.provider_metadata.date_updated))
    newest = max((signal.as_of for signal in signals), default=newest)
    return Snapshot(cve, max(newest, updated), tuple(signals))


def _scores(cve: str, container: _Container, updated: datetime, feed: str, *, prefix: str) -> list[Signal]:
    provider = container.provider_metadata
    best: dict[Point, _CVSS] = {}
    for metric in container.metrics:
        given = (
            (Point.CVSS_2, metric.v2),
            (Point.CVSS_3, metric.v3),
            (Point.CVSS_3, metric.v31),
            (Point.CVSS_4, metric.v4),
        )
        for point, cvss in given:
            if cvss is not None and (point not in best or _heavier(cvss, best[point])):
                best[point] = cvss
    if not best:
        return []
    as_of = parse_rfc3339(provider.date_updated) if provider.date_updated else updated
    source = _plain(f"{prefix}{provider.short_name or 'unnamed'}")
    return [Signal(cve, point, _plain(cvss.vector_string), source, as_of, feed=feed) for point, cvss in best.items()]


def _plain(text: str) -> str:
    """Names and vectors are short and printable; what is not has no business in the store or on a screen."""
    if len(text) > _LONGEST or not text.isprintable():
        raise ValueError(f"{text[:40]!r} is too long or not printable")
    return text


def _heavier(cvss: _CVSS, than: _CVSS) -> bool:
    return (cvss.base_score, cvss.vector_string) > (than.base_score, than.vector_string)


def _adp(cve: str, container: _Container, feed: str) -> list[Signal]:
    signals = []
    for metric in container.metrics:
        other = metric.other
        if other is not None and other.type == "ssvc":
            as_of = parse_rfc3339(other.content["timestamp"])
            for option in other.content["options"]:
                for name, value in option.items():
                    point, values = _SSVC.get(name, (None, frozenset()))
                    if point is None:
                        continue
                    if (word := value.lower()) not in values:
                        raise ValueError(f"{name} is {value[:40]!r}")
                    signals.append(Signal(cve, point, word, ADP_SOURCE, as_of, feed=feed))
        elif other is not None and other.type == "kev":
            added = parse_rfc3339(other.content["dateAdded"])
            signals.append(Signal(cve, Point.KEV, "yes", ADP_SOURCE, added, feed=feed))
    return signals


FEED: Final = VulnrichmentFeed()
