"""What a mirror says about itself to those who read it."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from tests.remediation.feeds.feed_samples import NOW

from seawall.kernel.errors import InvalidInputError
from seawall.remediation.feeds import Mirror, load_catalogue
from seawall.remediation.feeds.interface import Checked
from seawall.remediation.feeds.mirror import Entry, Origin

TODAY = "2026-11-21T11:00:00Z"


def mirror_of(root: Path, **entries: Entry) -> Mirror:
    mirror = Mirror(root)
    for name, entry in entries.items():
        mirror.note(name.replace("__", "/"), entry)
    return mirror


def fresh(kind: str, **fields: str) -> Entry:
    return Entry(kind, **{"url": "https://x.example/", "checked_at": TODAY, "as_of": TODAY, **fields})  # type: ignore[arg-type]


def test_a_fresh_mirror_warns_of_nothing(tmp_path: Path) -> None:
    mirror = mirror_of(
        tmp_path, kev=fresh("kev"), epss=fresh("epss"), osv__PyPI=fresh("osv", as_of="2024-01-01T00:00:00Z")
    )
    assert mirror.staleness(NOW) == []


@pytest.mark.parametrize(("kind", "days"), [("kev", 2), ("epss", 3), ("osv", 7), ("cve", 7), ("csaf", 7)])
def test_each_kind_grows_stale_after_its_days(tmp_path: Path, kind: str, days: int) -> None:
    mirror = mirror_of(tmp_path, **{"kev": fresh("kev"), kind: fresh(kind)})

    def about(warnings: list[str]) -> list[str]:
        return [warning for warning in warnings if warning.startswith(f"{kind}:")]

    assert about(mirror.staleness(NOW + timedelta(days=days) - timedelta(hours=2))) == []
    [warning] = about(mirror.staleness(NOW + timedelta(days=days, hours=2)))
    assert f"{days} days old" in warning
    assert f"seawall feeds sync {kind}" in warning


def test_a_publisher_that_went_silent_is_said(tmp_path: Path) -> None:
    mirror = mirror_of(tmp_path, kev=fresh("kev"), epss=fresh("epss", as_of="2026-11-01T00:00:00Z"))
    [warning] = mirror.staleness(NOW)
    assert "nothing new since 2026-11-01" in warning


def test_an_old_failure_is_part_of_the_warning_and_a_new_one_is_none(tmp_path: Path) -> None:
    failing = fresh("kev", failed_at=TODAY, failure="http.status: 500")
    mirror = mirror_of(tmp_path, kev=failing)
    assert mirror.staleness(NOW) == []
    assert "http.status" in mirror.staleness(NOW + timedelta(days=9))[0]


def test_what_never_came_is_said(tmp_path: Path) -> None:
    mirror = mirror_of(tmp_path, kev=Entry("kev", url="https://x/", failed_at=TODAY, failure="http.status: 404"))
    warnings = mirror.staleness(NOW)
    assert any("no data, the last attempt failed (http.status: 404)" in warning for warning in warnings)
    assert any("whether a vulnerability is exploited is not known" in warning for warning in warnings)


def test_a_date_in_the_future_is_not_fresh(tmp_path: Path) -> None:
    mirror = mirror_of(tmp_path, kev=fresh("kev", checked_at="2027-01-01T00:00:00Z"))
    assert "yet to come" in mirror.staleness(NOW)[0]


@pytest.mark.parametrize("state", [None, b"", b"{", b"[]", b'{"format": 1, "feeds": {"kev": 3}}', b"\xff"])
def test_no_mirror_and_a_broken_one_warn_and_do_not_raise(tmp_path: Path, state: bytes | None) -> None:
    if state is not None:
        (tmp_path / ".state").mkdir()
        (tmp_path / ".state" / "feeds.json").write_bytes(state)
    mirror = Mirror(tmp_path)
    assert mirror.entries() == {}
    assert len(mirror.staleness(NOW)) == 1


def test_a_mirror_of_a_newer_format_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".state").mkdir()
    (tmp_path / ".state" / "feeds.json").write_text(json.dumps({"format": 2, "sources": []}))
    mirror = Mirror(tmp_path)
    with pytest.raises(InvalidInputError), mirror.locked():
        pass
    with pytest.raises(InvalidInputError) as caught:
        mirror.note("kev", fresh("kev"))
    assert caught.value.code == "feeds.newer-mirror"
    assert "format 2" in mirror.staleness(NOW)[0]


def test_data_that_somebody_brought_are_as_old_as_they_say(tmp_path: Path) -> None:
    source = load_catalogue({}, {}).named("kev")
    part = tmp_path / "part"
    part.write_bytes(b"x")
    mirror = Mirror(tmp_path / "mirror")
    origin = Origin("https://x/", "", confirmed=False)
    entry = mirror.take(source, part, Checked("2026-11-01T00:00:00Z", 1), origin, NOW)
    assert entry.checked_at == "2026-11-01T00:00:00Z"
    assert "20 days old" in mirror.staleness(NOW)[0]


def test_reading_a_mirror_imports_nothing_slow() -> None:
    code = (
        "import sys; import seawall.remediation.feeds.mirror as m, pathlib, datetime;"
        "m.Mirror(pathlib.Path('nowhere')).staleness(datetime.datetime.now(datetime.UTC));"
        "slow = {'httpcore2', 'httpx2', 'sqlalchemy', 'structlog', 'rich', 'ssl', 'fcntl'};"
        "print(sorted(slow & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_overrides(tmp_path: Path) -> None:
    environment = {
        "SEAWALL_FEED_KEV_URL": "https://mirror.example/kev.json",
        "SEAWALL_FEED_OSV_URL": "https://mirror.example/{ecosystem}.zip",
        "SEAWALL_FEED_CSAF_CISA_URL": "https://mirror.example/pmd.json",
    }
    catalogue = load_catalogue({"epss": "https://own.example/epss.gz", "kev": "https://own.example/kev"}, environment)
    assert catalogue.named("kev").url == "https://own.example/kev"
    assert catalogue.named("epss").url == "https://own.example/epss.gz"
    assert catalogue.named("osv/PyPI").url == "https://mirror.example/PyPI.zip"
    assert catalogue.named("osv/New Thing").url == "https://mirror.example/New%20Thing.zip"
    assert catalogue.named("csaf/cisa").url == "https://mirror.example/pmd.json"


@pytest.mark.parametrize(
    "name", ["", "nvd", "osv/", "osv/../x", "osv/Debian:12", "osv/a/b", "csaf/..", "csaf/acme", "csaf/a/b", "kev/x"]
)
def test_names_of_nothing(name: str) -> None:
    with pytest.raises(Exception, match="there is no feed"):
        load_catalogue({}, {}).chosen([name])
