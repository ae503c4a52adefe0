"""The check as an operator sees it: exposures by due date, with reasons; and it runs anywhere."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from seawall.kernel.errors import InvalidInputError
from seawall.kernel.purl import parse_purl
from seawall.priority import Point, Signal, SignalIndex
from seawall.remediation import (
    AffectedPackage,
    CheckService,
    Component,
    Inventory,
    KnownVulnerability,
    read_inventory,
)

SHARED = Path(os.environ.get("SEAWALL_SHARED", Path(__file__).parents[3] / "shared"))
KEYCLOAK = SHARED / "data" / "sbom" / "keycloak-10.0.2.cdx.json"
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
TODAY = NOW.date()


def known(id_: str, name: str, *aliases: str, fixed: str = "2.0", published: str = "") -> KnownVulnerability:
    events = (("introduced", "0"), ("fixed", fixed)) if fixed else (("introduced", "0"),)
    entry = AffectedPackage(parse_purl(f"pkg:pypi/{name}"), (events,))
    return KnownVulnerability(id_, tuple(sorted({id_, *aliases})), id_, "osv", published, (entry,))


def inventory(*names: str) -> Inventory:
    components = tuple(Component(parse_purl(f"pkg:pypi/{name}@1.0"), name) for name in names)
    return Inventory("shop@1", "0" * 64, components, ("x: it has no version",))


def signal(identifier: str, point: Point, value: str, day: date = TODAY) -> Signal:
    return Signal(identifier, point, value, "CISA-ADP", datetime(day.year, day.month, day.day, tzinfo=UTC), feed="f")


def assessed(identifier: str, automatable: str, impact: str, day: date = TODAY) -> list[Signal]:
    return [
        signal(identifier, Point.AUTOMATABLE, automatable, day),
        signal(identifier, Point.TECHNICAL_IMPACT, impact, day),
    ]


def test_exposures_are_sorted_by_due_date_and_undated_ones_come_last() -> None:
    records = [
        known("V-1", "a", "CVE-2026-1000"),
        known("V-2", "b", "CVE-2026-2000"),
        known("V-3", "c"),
        known("V-4", "d"),
    ]
    signals = SignalIndex(
        [
            *assessed("CVE-2026-1000", "no", "partial"),
            *assessed("CVE-2026-2000", "yes", "total"),
            signal("CVE-2026-2000", Point.KEV, "yes"),
        ]
    )
    result = CheckService().check(inventory("a", "b", "c", "clean"), records, signals, at=NOW, exposed="no")
    shown = [(e.vulnerability.id, e.decision.outcome, e.decision.due, e.fixed) for e in result.exposures]
    assert shown == [
        ("V-2", "3DF", TODAY + timedelta(days=3), ("2.0",)),
        ("V-3", "60D", TODAY + timedelta(days=60), ("2.0",)),
        ("V-1", "FSU", None, ("2.0",)),
    ]
    assert result.exposures[0].decision.asset == "shop@1"
    assert (result.vulnerabilities, result.inventory.unreadable) == (4, ("x: it has no version",))


def test_unknown_exposure_counts_as_exposed() -> None:
    records, signals = [known("V-1", "a", "CVE-2026-1000")], SignalIndex(assessed("CVE-2026-1000", "yes", "total"))
    outcomes = [
        CheckService().check(inventory("a"), records, signals, at=NOW, exposed=word).exposures[0].decision.outcome
        for word in ("yes", "unknown", "no")
    ]
    assert outcomes == ["3D", "3D", "60D"]


def test_a_later_kev_entry_shortens_the_time_from_its_day() -> None:
    seen, added = TODAY - timedelta(days=40), TODAY - timedelta(days=2)
    records = [known("V-1", "a", "CVE-2026-1000")]
    quiet = assessed("CVE-2026-1000", "yes", "partial", seen)
    service = CheckService()
    before = service.check(inventory("a"), records, SignalIndex(quiet), at=NOW, exposed="no", first_seen=seen)
    loud = SignalIndex([*quiet, signal("CVE-2026-1000", Point.KEV, "yes", added)])
    after = service.check(inventory("a"), records, loud, at=NOW, exposed="no", first_seen=seen)
    assert before.exposures[0].decision.due == seen + timedelta(days=60)
    assert after.exposures[0].decision.due == added + timedelta(days=14)


@pytest.mark.parametrize(
    ("fixed", "published", "start"),
    [
        ("2.0", "2026-11-18T23:59:59Z", date(2026, 11, 18)),
        ("2.0", "2026-11-01T00:00:00Z", date(2026, 11, 10)),
        ("2.0", "sometime", date(2026, 11, 10)),
        ("", "2026-11-18T23:59:59Z", date(2026, 11, 10)),
    ],
)
def test_the_clock_starts_when_a_fix_is_known_and_the_exposure_was_seen(
    fixed: str, published: str, start: date
) -> None:
    records = [known("V-1", "a", fixed=fixed, published=published)]
    result = CheckService().check(inventory("a"), records, SignalIndex(), at=NOW, first_seen=date(2026, 11, 10))
    assert result.exposures[0].decision.clock_start == start


def test_exposure_is_one_of_three_words() -> None:
    with pytest.raises(InvalidInputError):
        CheckService().check(inventory("a"), [], SignalIndex(), at=NOW, exposed="perhaps")


@pytest.mark.skipif(not KEYCLOAK.exists(), reason="the published inventory is not here")
def test_an_inventory_that_cannot_be_compared_is_not_clean() -> None:
    result = CheckService().check(read_inventory(KEYCLOAK), [], SignalIndex(), at=NOW)
    assert result.exposures == ()
    assert [(line.ecosystem, line.components) for line in result.not_compared] == [("Maven", 904)]


def test_the_check_imports_nothing_that_some_system_lacks_and_no_database() -> None:
    program = (
        "import sys\n"
        "for name in ('fcntl', 'resource', 'pwd', 'sqlalchemy', 'cvss', 'httpx'): sys.modules[name] = None\n"
        "from datetime import UTC, datetime\n"
        "from seawall.remediation import CheckService, parse_inventory\n"
        "from seawall.priority import SignalIndex\n"
        'sbom = b\'{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": []}\'\n'
        "CheckService().check(parse_inventory(sbom), [], SignalIndex(), at=datetime.now(UTC))\n"
        "assert 'seawall.priority.service' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
