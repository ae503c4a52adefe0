"""Old data say that they are old."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from seawall.kernel.clock import rfc3339
from seawall.remediation.ports import IndexInfo, SourceInfo
from seawall.remediation.staleness import FRESH_FOR, staleness

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def warnings(name: str, as_of: str) -> tuple[str, ...]:
    return staleness(IndexInfo(1, 1, 1, (SourceInfo(name, 1, as_of),)), NOW)


@pytest.mark.parametrize(("name", "days"), FRESH_FOR.items())
def test_a_source_is_fresh_for_so_many_days_and_no_longer(name: str, days: int) -> None:
    assert warnings(name, rfc3339(NOW - timedelta(days=days))) == ()
    assert warnings(name, rfc3339(NOW)) == ()
    (words,) = warnings(name, rfc3339(NOW - timedelta(days=days + 1)))
    assert f"the data of {name} is {days + 1} days old" in words
    assert "seawall feeds sync" in words
    (named,) = warnings(f"{name}:part", rfc3339(NOW - timedelta(days=days + 1)))
    assert f"{name}:part" in named


@pytest.mark.parametrize("as_of", ["", "yesterday", "2026-13-45T00:00:00Z", "\x1b[31m", "9999-12-31T23:59:59-12:00"])
def test_a_source_without_a_date_is_no_fresh_one(as_of: str) -> None:
    assert warnings("kev", as_of) == ("nothing says how old the data of kev is",)


@pytest.mark.parametrize("as_of", ["2026-11-23T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_date_in_the_future_is_worth_a_warning(as_of: str) -> None:
    (words,) = warnings("kev", as_of)
    assert "in the future" in words


def test_clocks_may_differ_by_a_day_and_zones_do_not_count() -> None:
    assert warnings("kev", rfc3339(NOW + timedelta(hours=23))) == ()
    assert warnings("kev", "2026-11-22T09:00:00+14:00") == ()


@pytest.mark.parametrize("name", ["case", "signals", "vulnrichment"])
def test_what_has_no_rhythm_has_no_age(name: str) -> None:
    assert warnings(name, "2001-01-01T00:00:00Z") == ()


def test_every_old_source_is_named_in_order() -> None:
    old = "2024-01-01T00:00:00Z"
    info = IndexInfo(
        1, 1, 1, (SourceInfo("osv", 1, old), SourceInfo("kev", 1, rfc3339(NOW)), SourceInfo("cve", 1, old))
    )
    assert [words.split()[3] for words in staleness(info, NOW)] == ["osv", "cve"]
