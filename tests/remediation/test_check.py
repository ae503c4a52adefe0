"""`check`: what is affected, by when to act, and what could not be said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.remediation.index.conftest import affects, product, record

from seawall.kernel.errors import InvalidInputError
from seawall.kernel.purl import parse_purl
from seawall.kernel.versions import VersionRange
from seawall.kernel.versions.ranges import CommitRange
from seawall.priority import Point, Signal, decision_bytes, policy_named
from seawall.remediation.check import CheckService
from seawall.remediation.index import SQLiteIndex, memory_index
from seawall.remediation.model import (
    Affected,
    Answer,
    Asset,
    CheckResult,
    Component,
    Confidence,
    Coverage,
    Inventory,
    ProductName,
    Record,
    Verdict,
)
from seawall.remediation.names import Lookup
from seawall.remediation.ports import IndexInfo, Rulings

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TODAY = date(2026, 11, 21)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
OPENSSL = "cpe:2.3:a:openssl:openssl:{}:*:*:*:*:*:*:*"
JINJA = record("PYSEC-1", affects("pypi/jinja2", ("introduced", "0"), ("fixed", "3.1.4")), identifiers=["CVE-2026-1"])
PUMP = record("ICSA-1", product("Acme", "Infusion Pump", "<4.2", remedy="Ask Acme."), source="csaf")
TLS = record("CVE-2026-2", product("openssl", "openssl", "<3.0", cpe=OPENSSL.format("*")), source="cve")


def said(name: str, point: Point, value: str, at: datetime = LONG_AGO, source: str = "CISA") -> Signal:
    return Signal(name, point, value, source, at)


def worst(name: str, at: datetime = LONG_AGO) -> list[Signal]:
    """What leads to 3DF wherever strangers reach the asset, and elsewhere too."""
    points = ((Point.KEV, "yes"), (Point.AUTOMATABLE, "yes"), (Point.TECHNICAL_IMPACT, "total"))
    return [said(name, point, value, at) for point, value in points]


def package(purl: str, asset: str = "", cpe: str = "", ref: str = "") -> Component:
    return Component(parse_purl(purl), ref or f"{asset}{purl}", cpe=cpe, asset=asset)


def device(vendor: str, name: str, version: str, asset: str = "", cpe: str = "") -> Component:
    return Component(None, f"{asset}{name}", name, version, vendor, cpe, asset)


def inventory(*components: Component, assets: Sequence[Asset] = ()) -> Inventory:
    return Inventory("gateway", "0" * 64, components, assets=tuple(assets))


class Counting:
    """An index that counts what it is asked."""

    def __init__(self, inner: SQLiteIndex) -> None:
        self.inner = inner
        self.asked: Counter[object] = Counter()

    @property
    def info(self) -> IndexInfo:
        return self.inner.info

    def coverage(self, package: str) -> Coverage:
        return self.inner.coverage(package)

    def look_up(self, lookup: Lookup) -> Answer:
        self.asked[lookup.package, lookup.version] += 1
        return self.inner.look_up(lookup)

    def look_up_product(self, product: ProductName, version: str, rulings: Rulings) -> Answer:
        self.asked[product, version] += 1
        return self.inner.look_up_product(product, version, rulings)

    def series(self, identifiers: Collection[str]) -> Mapping[str, Sequence[Signal]]:
        self.asked["series"] += 1
        return self.inner.series(identifiers)


class Memory:
    """`FirstSeen` in a dictionary."""

    def __init__(self) -> None:
        self.days: dict[tuple[str, str], date] = {}

    def first_seen(self, asset: str, identifiers: Collection[str], today: date) -> date:
        first = min((self.days[asset, name] for name in identifiers if (asset, name) in self.days), default=today)
        self.days |= {(asset, name): first for name in identifiers}
        return first


def check(found: Inventory, *records: Record, signals: Sequence[Signal] = (), **more: object) -> CheckResult:
    with memory_index(records, signals) as index:
        return CheckService(index).check(found, at=AT, **more)  # type: ignore[arg-type]


# --- what is affected


def test_one_vulnerability_once_with_everything_that_explains_it() -> None:
    ghsa = record(
        "GHSA-aaaa-bbbb-cccc",
        affects("pypi/jinja2", ("introduced", "2.0"), ("fixed", "3.1.5")),
        identifiers=["CVE-2026-1"],
    )
    result = check(inventory(package("pkg:pypi/Jinja2@3.1.3"), package("pkg:pypi/jinja2@3.1.5")), JINJA, ghsa)
    (exposure,) = result.exposures
    assert exposure.vulnerability.id == "CVE-2026-1"
    assert exposure.vulnerability.identifiers == ("CVE-2026-1", "GHSA-aaaa-bbbb-cccc", "PYSEC-1")
    assert exposure.component.ref == "pkg:pypi/Jinja2@3.1.3"
    assert exposure.fixed == ("3.1.4", "3.1.5")
    assert exposure.records == ("osv:GHSA-aaaa-bbbb-cccc", "osv:PYSEC-1")
    assert exposure.contradicted_by == ()
    assert "below 3.1.4 (fixed)" in exposure.matched
    assert (result.vulnerabilities, result.undecided, result.not_compared) == (1, (), ())


def test_sources_that_contradict_each_other_leave_it_affected_and_say_so() -> None:
    other = record(
        "GHSA-aaaa-bbbb-cccc",
        affects("pypi/jinja2", ("introduced", "3.0"), ("fixed", "3.1.4")),
        identifiers=["CVE-2026-1"],
    )
    (exposure,) = check(inventory(package("pkg:pypi/jinja2@2.9")), JINJA, other).exposures
    assert exposure.records == ("osv:PYSEC-1",)
    assert exposure.contradicted_by == ("osv:GHSA-aaaa-bbbb-cccc",)


def test_withdrawn_records_say_nothing() -> None:
    gone = record("PYSEC-1", *JINJA.affected, identifiers=JINJA.identifiers, withdrawn=True)
    assert check(inventory(package("pkg:pypi/jinja2@2.9")), gone).exposures == ()


def test_doubts_are_no_all_clear() -> None:
    range_ = VersionRange.from_osv("npm", commits=[CommitRange("https://example.org/j", ("0",), ("abc",))])
    commits = record("OSV-1", Affected("npm/left", range_), identifiers=["CVE-2026-9"])
    whole = record("PYSEC-3", affects("npm/left", ("introduced", "0"), ecosystem="npm"))
    bounded = record("CVE-2026-1", affects("npm/left", ("introduced", "0"), ("fixed", "3.1.4"), ecosystem="npm"))
    found = inventory(package("pkg:npm/left@latest"), package("pkg:npm/left@9.0.0"))
    result = check(found, bounded, whole, commits)
    assert [e.vulnerability.id for e in result.exposures] == ["PYSEC-3"] * 2, "it holds every version, and none is 9"
    doubts = {(doubt.component.ref, doubt.vulnerability): doubt.reason for doubt in result.undecided}
    assert set(doubts) == {
        ("pkg:npm/left@latest", "CVE-2026-1"),
        ("pkg:npm/left@latest", "CVE-2026-9"),
        ("pkg:npm/left@9.0.0", "CVE-2026-9"),
    }
    assert "'latest'" in doubts["pkg:npm/left@latest", "CVE-2026-1"]
    assert "commit" in doubts["pkg:npm/left@9.0.0", "CVE-2026-9"]


# --- what could not be compared


def test_what_cannot_be_compared_is_counted_with_the_reason() -> None:
    result = check(
        inventory(
            package("pkg:npm/a@1"),
            package("pkg:npm/b@1"),
            package("pkg:deb/debian/zlib1g@1.2"),
            package("pkg:deb/debian/zlib1g@1.2?distro=debian-11"),
            package("pkg:teapot/t@1"),
            device("Acme", "Infusion Pump", ""),
            package("pkg:pypi/clean@1"),
        ),
        JINJA,
        TLS,
    )
    assert result.exposures == ()
    told = {(gap.ecosystem, gap.reason): gap.components for gap in result.not_compared}
    assert told["npm", "the index holds no records about packages of this kind"] == 2
    assert told["products", "no version is stated"] == 1
    assert sum(told.values()) == 6, "all but the one that was compared and is clean"
    assert any("distr" in reason for _, reason in told)
    assert any("'teapot'" in reason for _, reason in told)
    assert [gap.components for gap in result.not_compared] == sorted(told.values(), reverse=True)


def test_a_device_is_not_cleared_by_an_index_without_products() -> None:
    pump = device("Acme", "Infusion Pump", "4.1")
    (gap,) = check(inventory(pump, pump), JINJA).not_compared
    assert (gap.ecosystem, gap.components) == ("products", 2)
    assert "no records about products" in gap.reason
    assert check(inventory(device("Acme", "Other Thing", "4.1")), PUMP).not_compared == ()


def test_silence_where_only_cve_records_name_packages_is_warned_about() -> None:
    sporadic = record("CVE-2026-5", affects("npm/left", ("introduced", "0"), ecosystem="npm"), source="cve")
    result = check(inventory(package("pkg:npm/a@1"), package("pkg:npm/b@1")), sporadic)
    assert result.not_compared == ()
    assert any("npm" in warning and "2 components" in warning for warning in result.warnings)
    kept = record("GHSA-aaaa-bbbb-cccc", affects("npm/x", ("introduced", "0"), ecosystem="npm"))
    assert not any("npm" in warning for warning in check(inventory(package("pkg:npm/a@1")), sporadic, kept).warnings)


@pytest.mark.parametrize("type_", ["generic", "yocto"])
def test_a_cpe_stands_in_where_no_records_name_packages_of_a_kind(type_: str) -> None:
    bare, named = (
        package(f"pkg:{type_}/openssl@1.1.1", cpe=cpe, ref=cpe or "bare") for cpe in ("", OPENSSL.format("1.1.1"))
    )
    for components in ((bare, named), (named, bare)):
        result = check(inventory(*components), JINJA, TLS)
        assert [(e.component.ref, e.confidence) for e in result.exposures] == [(named.ref, Confidence.EXACT)]
        assert [gap.components for gap in result.not_compared] == [1], "that without a CPE, whichever came first"


def test_a_cpe_does_not_clear_a_build_of_a_distribution_that_is_not_known() -> None:
    for version, hits in (("1.1.1-1", 1), ("3.1-2", 0)):
        found = package(f"pkg:deb/openssl@{version}", cpe=OPENSSL.format("1.1.1"))
        result = check(inventory(found), JINJA, TLS)
        assert len(result.exposures) == hits
        assert [gap.components for gap in result.not_compared] == [1]


def test_a_cpe_that_meets_no_products_leaves_the_reason_as_it_was() -> None:
    (gap,) = check(inventory(package("pkg:maven/g/a@1", cpe=OPENSSL.format("1"))), JINJA).not_compared
    assert (gap.ecosystem, gap.reason) == ("Maven", "the index holds no records about packages of this kind")


def test_a_package_without_version_is_not_compared_even_with_a_cpe() -> None:
    result = check(inventory(package("pkg:yocto/openssl", cpe=OPENSSL.format("*"))), TLS)
    assert [gap.components for gap in result.not_compared] == [1]
    assert "version" in result.not_compared[0].reason


def test_a_list_that_names_no_source_package_clears_little() -> None:
    known = record(
        "DSA-1", affects("deb/debian:12/openssl", ("introduced", "0"), ("fixed", "3.0.14-1"), ecosystem="Debian")
    )
    libssl, bash = (f"pkg:deb/debian/{name}?distro=debian-12" for name in ("libssl3@3.0.11-1", "bash@5.2-1"))
    result = check(inventory(package(libssl), package(bash)), known)
    assert result.exposures == ()
    assert any("none of the 2 packages names the source package" in warning for warning in result.warnings)
    named = check(inventory(package(f"{libssl}&upstream=openssl"), package(bash)), known)
    assert [exposure.component.ref for exposure in named.exposures] == [f"{libssl}&upstream=openssl"]
    assert not any("source package" in warning for warning in named.warnings), "bash has the name of its source"


# --- products by name


class Ruled:
    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict

    def ruling(self, installed: ProductName, recorded: ProductName) -> Verdict | None:
        return self.verdict


def test_products_by_name_have_a_confidence_and_people_decide() -> None:
    exact, probable = device("Acme", "Infusion Pump", "4.1"), device("ACME Inc.", "infusion-pump", "4.1")
    result = check(inventory(exact, probable, device("Acme", "Infusion Pump", "4.2")), PUMP)
    found = {exposure.component.vendor: exposure for exposure in result.exposures}
    assert found["Acme"].confidence is Confidence.EXACT
    assert found["ACME Inc."].confidence is Confidence.PROBABLE
    assert found["ACME Inc."].because
    assert found["Acme"].remedy == "Ask Acme."
    assert len(result.exposures) == 2, "4.2 is not below 4.2"
    with memory_index([PUMP]) as index:
        sure = CheckService(index, rulings=Ruled(Verdict.CONFIRMED)).check(inventory(probable), at=AT)
        assert [exposure.confidence for exposure in sure.exposures] == [Confidence.EXACT]
        assert "person" in sure.exposures[0].because
        none = CheckService(index, rulings=Ruled(Verdict.REJECTED)).check(inventory(probable), at=AT)
        assert none.exposures == none.undecided == ()


# --- by when


def test_due_dates_are_per_asset_and_unknown_counts_as_exposed() -> None:
    assets = (Asset("out", "yes"), Asset("in", "no"), Asset("dark"))
    parts = [package("pkg:pypi/jinja2@3.0", asset.name) for asset in assets]
    signals = [said("CVE-2026-1", Point.AUTOMATABLE, "yes"), said("CVE-2026-1", Point.TECHNICAL_IMPACT, "total")]

    def dates(**more: object) -> dict[str, tuple[str, date | None, str]]:
        result = check(inventory(*parts, assets=assets), JINJA, signals=signals, **more)
        return {e.asset.name: (e.decision.outcome, e.decision.due, e.asset.exposed) for e in result.exposures}

    three, sixty = TODAY + timedelta(3), TODAY + timedelta(60)
    assert dates() == {"out": ("3D", three, "yes"), "in": ("60D", sixty, "no"), "dark": ("3D", three, "unknown")}
    assert dates(exposed="no")["dark"] == ("60D", sixty, "no"), "said of all that do not say"
    assert dates(exposed="no")["out"] == ("3D", three, "yes"), "what the list says of one asset stands"
    result = check(inventory(*parts, assets=assets), JINJA, signals=signals)
    assert [e.asset.name for e in result.exposures] == ["dark", "out", "in"], "soonest due first, then by name"
    (point,) = (p for p in result.exposures[0].decision.points if p.point is Point.PUBLICLY_EXPOSED)
    assert (point.value, point.assumed) == ("yes", True)
    assert {e.decision.asset for e in result.exposures} == {"out", "in", "dark"}


def test_an_asset_that_the_list_does_not_describe_is_treated_as_unknown() -> None:
    stray = package("pkg:pypi/jinja2@3.0", "stray")
    (exposure,) = check(inventory(stray, assets=[Asset("in", "no")]), JINJA, signals=worst("CVE-2026-1")).exposures
    assert exposure.asset == Asset("stray")
    assert exposure.decision.outcome == "3DF"


def test_a_wrong_word_for_exposure_is_refused() -> None:
    with pytest.raises(InvalidInputError) as caught:
        check(inventory(package("pkg:pypi/jinja2@3.0")), JINJA, exposed="perhaps")
    assert caught.value.code == "priority.invalid-exposure"


def test_known_exploited_means_three_days_and_forensics_until_it_is_taken_back() -> None:
    found = inventory(package("pkg:pypi/jinja2@3.0"))
    (exposure,) = check(found, JINJA, signals=worst("CVE-2026-1")).exposures
    assert (exposure.decision.outcome, exposure.decision.due) == ("3DF", TODAY + timedelta(3))
    assert exposure.decision.forensics
    taken_back = Signal("CVE-2026-1", Point.KEV, "", "CISA", datetime(2026, 11, 1, tzinfo=UTC), retracted=True)
    (exposure,) = check(found, JINJA, signals=[*worst("CVE-2026-1"), taken_back]).exposures
    assert (exposure.decision.outcome, exposure.decision.forensics) == ("3D", False)


def test_statements_about_any_name_count_and_later_ones_do_not() -> None:
    found = inventory(package("pkg:pypi/jinja2@3.0"))
    for name in ("CVE-2026-1", "PYSEC-1"):
        assert check(found, JINJA, signals=worst(name)).exposures[0].decision.outcome == "3DF"
    assert check(found, JINJA, signals=worst("CVE-2026-999")).exposures[0].decision.outcome == "60D"
    tomorrow = worst("CVE-2026-1", AT + timedelta(days=1))
    assert check(found, JINJA, signals=tomorrow).exposures[0].decision.outcome == "60D"


SEEN = date(2026, 11, 1)


@pytest.mark.parametrize(
    ("fixed", "start"),
    [
        ("2026-11-10T10:00:00Z", date(2026, 11, 10)),
        ("2026-03-01T10:00:00Z", SEEN),
        ("2026-11-10T23:30:00-08:00", date(2026, 11, 11)),
        ("2026-11-10", date(2026, 11, 10)),
        ("2026-11-22T01:00:00Z", date(2026, 11, 22)),
        ("", SEEN),
        ("soon", SEEN),
        ("2026-11-23T00:00:00Z", SEEN),
        ("9999-12-31T23:59:59Z", SEEN),
        ("9999-12-31T23:59:59-12:00", SEEN),
    ],
)
def test_the_clock_starts_on_the_later_of_fix_and_first_seen(fixed: str, start: date) -> None:
    known = record("PYSEC-1", *JINJA.affected, fix_published=fixed)
    (exposure,) = check(inventory(package("pkg:pypi/jinja2@3.0")), known, first_seen=SEEN).exposures
    assert exposure.decision.first_seen == SEEN
    assert exposure.decision.clock_start == start, "and what is dated in the future puts nothing off"
    assert exposure.decision.due == start + timedelta(60)


def test_a_day_that_is_given_goes_before_what_is_remembered() -> None:
    memory = Memory()
    with memory_index([JINJA]) as index:
        service = CheckService(index, seen=memory)
        found = inventory(package("pkg:pypi/jinja2@3.0"))
        given_day = service.check(found, at=AT, first_seen=date(2026, 9, 1)).exposures[0].decision
        assert given_day.due == date(2026, 9, 1) + timedelta(60)
        assert memory.days == {}, "what is only said once is not remembered"


@pytest.mark.parametrize("given_points", [[], [(Point.AUTOMATABLE, "yes"), (Point.TECHNICAL_IMPACT, "total")]])
@pytest.mark.parametrize("exposed", ["yes", "no", "unknown"])
def test_a_due_date_does_not_slide_from_check_to_check(given_points: list[tuple[Point, str]], exposed: str) -> None:
    with memory_index([JINJA]) as index:
        service = CheckService(index, seen=Memory())
        found = inventory(package("pkg:pypi/jinja2@3.0"))
        dates = {
            service.check(found, at=AT + timedelta(days=day), exposed=exposed, given=given_points)
            .exposures[0]
            .decision.due
            for day in (0, 1, 20)
        }
        assert len(dates) == 1
        (due,) = dates
        assert due == TODAY + timedelta(3 if given_points and exposed != "no" else 60)


def test_each_asset_has_its_own_first_day() -> None:
    assets = [Asset("old", "yes"), Asset("new", "yes")]
    old, new = (package("pkg:pypi/jinja2@3.0", asset.name) for asset in assets)
    with memory_index([JINJA]) as index:
        service = CheckService(index, seen=Memory())
        service.check(inventory(old, assets=assets[:1]), at=AT)
        later = service.check(inventory(old, new, assets=assets), at=AT + timedelta(days=10))
    due = {e.asset.name: e.decision.due for e in later.exposures}
    assert due == {"old": TODAY + timedelta(60), "new": TODAY + timedelta(70)}


def test_an_alias_that_is_learnt_later_keeps_the_first_day() -> None:
    memory = Memory()
    found = inventory(package("pkg:pypi/jinja2@3.0"))
    early = record("PYSEC-1", *JINJA.affected)
    for known, day in ((early, 0), (JINJA, 30)):
        with memory_index([known]) as index:
            result = CheckService(index, seen=memory).check(found, at=AT + timedelta(days=day))
    assert result.exposures[0].vulnerability.id == "CVE-2026-1"
    assert result.exposures[0].decision.due == TODAY + timedelta(60)


def test_what_the_operator_says_counts_and_names_him() -> None:
    signals = [said("CVE-2026-1", Point.EXPLOITATION, "poc"), said("CVE-2026-1", Point.AUTOMATABLE, "no")]
    policy = policy_named("ssvc_deployer")
    with memory_index([JINJA], signals) as index:
        service = CheckService(index, policy=policy)
        found = inventory(package("pkg:pypi/jinja2@3.0"))

        def outcome(impact: str) -> str:
            result = service.check(found, at=AT, exposed="no", given=[(Point.HUMAN_IMPACT, impact)])
            values = {value.point: value for value in result.exposures[0].decision.points}
            assert (values[Point.HUMAN_IMPACT].value, values[Point.HUMAN_IMPACT].source) == (impact, "the operator")
            assert values[Point.SYSTEM_EXPOSURE].value == "controlled"
            assert result.exposures[0].decision.policy == policy.id
            return result.exposures[0].decision.outcome

        assert outcome("low") == policy.look_up(("poc", "controlled", "no", "low"))
        assert outcome("very high") == policy.look_up(("poc", "controlled", "no", "very high"))
        assert outcome("low") != outcome("very high")
        assumed = service.check(found, at=AT, exposed="no").exposures[0].decision
        assert assumed.outcome == outcome("very high"), "what nobody says is assumed at its worst"


# --- once, in order, and again


def test_each_distinct_version_is_asked_about_once() -> None:
    with memory_index([JINJA, PUMP]) as inner:
        index = Counting(inner)
        parts = [package("pkg:pypi/jinja2@3.0", f"a{n}") for n in range(50)]
        parts += [package("pkg:pypi/other@1", f"a{n}") for n in range(50)]
        parts += [device("Acme", "Infusion Pump", "4.1", f"a{n}") for n in range(50)]
        result = CheckService(index).check(inventory(*parts), at=AT)
    assert len(result.exposures) == 100
    assert index.asked.pop("series") == 2, "what is said is asked once for each vulnerability"
    assert set(index.asked.values()) == {1}
    assert set(index.asked) == {
        ("pypi/jinja2", "3.0"),
        ("pypi/other", "1"),
        (ProductName("Acme", "Infusion Pump"), "4.1"),
    }


RECORDS = (
    JINJA,
    PUMP,
    record("PYSEC-2", affects("pypi/jinja2", ("introduced", "2"), ("fixed", "3")), fix_published="2026-11-20"),
    record("PYSEC-3", affects("pypi/flask", ("introduced", "0"))),
)
SIGNALS = (*worst("PYSEC-3"), said("CVE-2026-1", Point.AUTOMATABLE, "yes"))
ASSETS = (Asset("out", "yes"), Asset("in", "no"), Asset("dark"))
PARTS = [
    part
    for asset in ASSETS
    for part in (
        package("pkg:pypi/jinja2@2.5", asset.name),
        package("pkg:pypi/flask@1", asset.name),
        package("pkg:npm/x@1", asset.name),
        device("Acme", "Infusion Pump", "4.1", asset.name),
    )
]


@given(st.permutations(PARTS), st.permutations(RECORDS), st.permutations(SIGNALS))
def test_the_order_of_the_input_does_not_matter_and_decisions_are_bit_equal(
    parts: list[Component], records: list[Record], signals: list[Signal]
) -> None:
    first = check(inventory(*PARTS, assets=ASSETS), *RECORDS, signals=SIGNALS)
    again = check(inventory(*parts, assets=ASSETS), *records, signals=signals)
    assert [decision_bytes(e.decision) for e in again.exposures] == [
        decision_bytes(e.decision) for e in first.exposures
    ]
    assert again.exposures == first.exposures
    assert again.not_compared == first.not_compared
    assert again.warnings == first.warnings
    due = [exposure.decision.due or date.max for exposure in again.exposures]
    assert due == sorted(due)
    assert len(again.exposures) == 12
