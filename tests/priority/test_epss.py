"""EPSS: the day's table, plain and packed, with its model; damage and bombs are refused, bad lines are counted."""

from __future__ import annotations

import gzip
from io import BytesIO

import pytest

from seawall.kernel.errors import InvalidInputError, LimitExceededError
from seawall.kernel.limits import Limits
from seawall.priority import Point
from seawall.priority.feeds import Snapshot, Unreadable, feed_of, read_signals

HEAD = "#model_version:v2026.06.15,score_date:2026-11-20T12:55:00Z\ncve,epss,percentile\n"
TABLE = HEAD + "CVE-2026-1,0.00042,0.1\r\nCVE-2026-1000,0.97321,0.99991\nCVE-2026-1001,1e-05,0.0\n"


def read(data: bytes, limits: Limits = Limits()) -> list[Snapshot | Unreadable]:  # noqa: B008 - frozen
    return list(feed_of("epss").read(BytesIO(data), limits))


@pytest.mark.parametrize("packed", [False, True])
def test_each_line_says_probability_and_percentile_with_the_model(packed: bool) -> None:
    data = gzip.compress(TABLE.encode()) if packed else TABLE.encode()
    said = [(s.identifier, s.point, s.value, s.source) for s in read_signals("epss", BytesIO(data))]
    assert said[:2] == [
        ("CVE-2026-1000", Point.EPSS, "0.97321", "FIRST EPSS v2026.06.15"),
        ("CVE-2026-1000", Point.EPSS_PERCENTILE, "0.99991", "FIRST EPSS v2026.06.15"),
    ]
    snapshot = next(item for item in read(data) if isinstance(item, Snapshot))
    assert snapshot.as_of.isoformat() == "2026-11-20T00:00:00+00:00"


def test_a_line_that_is_none_is_counted_and_stops_nothing() -> None:
    data = HEAD + "CVE-2026-1000,2.5,0.1\nnonsense\nCVE-2026-1000,NaN,1\nCVE-2026-1001,0.5,0.5"
    found = read(data.encode())
    assert [item.place for item in found if isinstance(item, Unreadable)] == ["line 3", "line 4", "line 5"]
    assert [item.identifier for item in found if isinstance(item, Snapshot)] == ["CVE-2026-1001"]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "does not name model"),
        (b"cve,epss,percentile\nCVE-2026-1000,0.1,0.1\n", "does not name model"),
        (HEAD.replace("epss", "risk").encode(), "columns"),
        (HEAD.replace("2026-11-20", "2026-13-20").encode(), "month must be"),
        (gzip.compress(TABLE.encode())[:-9], "cut off"),
        (b"\x1f\x8b" + b"junk" * 9, "compression method"),
        (HEAD.encode() + b"\xff\xfe", "no text"),
    ],
)
def test_what_is_no_table_is_refused(data: bytes, problem: str) -> None:
    with pytest.raises(InvalidInputError, match=problem) as caught:
        read(data)
    assert caught.value.code == "priority.unreadable-feed"


def test_a_bomb_goes_off_at_the_limit() -> None:
    bomb = gzip.compress(HEAD.encode() + b"\n" * 50_000_000)
    assert len(bomb) < 100_000
    with pytest.raises(LimitExceededError):
        read(bomb, Limits(bytes=1_000_000))
    with pytest.raises(LimitExceededError):
        read(gzip.compress(b"x" * 3_000_000), Limits(string_bytes=100_000))
