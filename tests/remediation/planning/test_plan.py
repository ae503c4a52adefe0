"""The plan: every exposure is somewhere, targets are high enough, order does not matter."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.remediation import hospital
from tests.remediation.hospital import PACS, PORTAL, TODAY, decision, exposure, package, product, result

from seawall.kernel.purl import parse_purl
from seawall.kernel.versions import InvalidVersionError, version_key
from seawall.remediation.model import (
    Answer,
    Asset,
    Component,
    Confidence,
    Exposure,
    Hit,
    VexStatement,
    VexStatus,
    Vulnerability,
)
from seawall.remediation.names import Lookup
from seawall.remediation.outputs.wording import headline, how
from seawall.remediation.planning.plan import (
    EXIT_DUE,
    EXIT_NOTHING_DUE,
    EXIT_OVERDUE,
    Action,
    Plan,
    Urgency,
    Verb,
    exit_code_of,
    plan_of,
    urgency_of,
)

DJANGO = "pkg:pypi/django@3.2.1"


def _plan(*found: Exposure, today: date = TODAY) -> Plan:
    return plan_of(replace(result(*found), undecided=()), today)


def _one(*found: Exposure) -> Action:
    (action,) = _plan(*found).actions
    return action


def _on(purl: str, name: str, *fixed: str, asset: Asset = PORTAL, ref: str = "", **more: object) -> Exposure:
    made = decision(name, asset, automatable="yes", impact="total")
    return exposure(package(purl, ref or f"{asset.name}/{purl}"), name, made, asset, *fixed, **more)


def test_one_upgrade_closes_many() -> None:
    action = _one(*(_on(DJANGO, f"CVE-2022-{i}", fixed) for i, fixed in enumerate(["3.2.4", "3.2.13", "3.2.9"])))
    assert (action.verb, action.target, action.versions) == (Verb.UPGRADE, "3.2.13", ("3.2.1",))
    assert len(action.exposures) == len(action.reasons) == 3
    assert action.places[0].exposures == 3


def test_versions_are_compared_and_not_their_texts() -> None:
    assert _one(_on(DJANGO, "CVE-1", "3.2.9"), _on(DJANGO, "CVE-2", "3.2.10")).target == "3.2.10"


def test_releases_below_the_installed_one_do_not_count() -> None:
    assert _one(_on("pkg:pypi/django@4.1.0", "CVE-1", "3.2.13", "4.1.2")).target == "4.1.2"


def test_a_vulnerability_is_closed_only_beyond_every_range_that_matched() -> None:
    assert _one(_on(DJANGO, "CVE-1", "3.2.4", "4.0.2")).target == "4.0.2"


def test_what_no_release_closes_is_another_action_and_said_to_stay_open() -> None:
    upgrade, mitigate = _plan(_on(DJANGO, "CVE-1", "3.2.4"), _on(DJANGO, "CVE-2")).actions
    assert (upgrade.verb, upgrade.stays_open) == (Verb.UPGRADE, ("CVE-2",))
    assert (mitigate.verb, mitigate.target) == (Verb.MITIGATE, "")


def test_the_vendors_remedies_for_one_product_are_one_thing_to_do() -> None:
    pacs = product("Fujifilm", "Synapse PACS", "7.2.0", PACS.name, "row 1")
    made = decision("CVE-1", PACS)
    found = [exposure(pacs, f"CVE-{i}", made, PACS, remedy="Call service.\nThen wait.") for i in (1, 2)]
    action = _one(*found, exposure(pacs, "CVE-3", made, PACS, remedy="Turn it off."))
    assert (action.verb, len(action.exposures)) == (Verb.REMEDY, 3)
    assert action.remedies == ("Call service.\nThen wait.", "Turn it off.")
    assert how(action) == ("Against CVE-1 and CVE-2: Call service. Then wait.", "Against CVE-3: Turn it off.")
    assert headline(action) == "Apply the vendor's remedies to Fujifilm Synapse PACS"


def test_a_release_that_cannot_be_placed_is_passed_on_in_words() -> None:
    for fixed in ("3.2.0", "no version at all"):
        action = _one(_on(DJANGO, "CVE-1", fixed))
        assert action.verb is Verb.REMEDY
        assert fixed in action.remedies[0]
        assert "3.2.1" in action.remedies[0]


def test_the_same_upgrade_on_several_assets_is_one_thing_to_do() -> None:
    action = _one(
        _on(DJANGO, "CVE-1", "3.2.13"),
        _on("pkg:pypi/Django@3.2.2", "CVE-1", "3.2.13", asset=PACS),
    )
    assert set(action.assets) == {PORTAL.name, PACS.name}
    assert set(action.owners) == {"web team", "radiology"}
    assert action.due == min(place.due for place in action.places if place.due)
    assert [place.due for place in action.places] == sorted(place.due for place in action.places if place.due)


def test_two_lines_of_releases_are_two_things_to_do() -> None:
    plan = _plan(_on(DJANGO, "CVE-1", "3.2.13"), _on("pkg:pypi/django@4.0.1", "CVE-1", "4.0.4", asset=PACS))
    assert sorted((action.versions, action.target) for action in plan.actions) == [
        (("3.2.1",), "3.2.13"),
        (("4.0.1",), "4.0.4"),
    ]


def test_packages_of_one_source_are_upgraded_together() -> None:
    query = "?distro=debian-12&upstream=openssl"
    action = _one(
        _on(f"pkg:deb/debian/libssl3@3.0.11-1~deb12u1{query}", "CVE-1", "3.0.13-1~deb12u1"),
        _on(f"pkg:deb/debian/openssl@3.0.11-1~deb12u1{query}", "CVE-1", "3.0.13-1~deb12u1"),
    )
    assert (action.subject.name, action.target, len(action.places)) == ("openssl", "3.0.13-1~deb12u1", 2)


def test_possible_matches_and_doubts_are_to_be_looked_at() -> None:
    base = hospital.result()
    looks = [action for action in plan_of(base, TODAY).actions if action.verb is Verb.LOOK]
    assert {action.subject.name for action in looks} == {"Microsoft Office LTSC Standard", "Philips IntelliVue MX800"}
    doubt = next(action for action in looks if action.doubts)
    assert (doubt.due, doubt.exposures, doubt.assets) == (None, (), ("ward-monitors",))
    assert all(action.confidence is Confidence.POSSIBLE for action in looks)


def test_forensics_stand_before_what_is_due_on_the_same_day() -> None:
    plan = _plan(
        exposure(
            package("pkg:npm/a@1"), "CVE-1", decision("CVE-1", PORTAL, automatable="yes", impact="total"), PORTAL, "2"
        ),
        exposure(
            package("pkg:npm/b@1"),
            "CVE-2",
            decision("CVE-2", PORTAL, kev=TODAY - timedelta(days=3), automatable="yes", impact="total"),
            PORTAL,
            "2.0.0",
        ),
    )
    assert [action.due for action in plan.actions] == [TODAY + timedelta(days=3)] * 2
    assert [action.forensics for action in plan.actions] == [True, False]


def test_reasons_say_what_was_assumed() -> None:
    action = _one(exposure(package(DJANGO), "CVE-1", decision("CVE-1", PORTAL, automatable="yes"), PORTAL, "3.2.13"))
    said = {point.words: point for point in action.reasons[0].points}
    assert said["strangers can reach it over the internet"].assumed is False
    assert said["an attacker gains full control"].assumed is True
    assert "assumed" in said["an attacker gains full control"].source
    assert said["attacks can be automated"].source == "CISA-ADP on CVE-1, 2024-06-03"
    assert action.reasons[0].decision == action.exposures[0].decision.reason


@pytest.mark.parametrize(
    ("days", "urgency"),
    [(-1, Urgency.OVERDUE), (0, Urgency.TODAY), (1, Urgency.WEEK), (7, Urgency.WEEK), (8, Urgency.LATER)],
)
def test_urgency_is_counted_in_days(days: int, urgency: Urgency) -> None:
    assert urgency_of(TODAY + timedelta(days=days), TODAY) is urgency
    assert urgency_of(None, TODAY) is Urgency.UNDATED


def test_exit_codes() -> None:
    inside = replace(PORTAL, exposed="no")
    undated = exposure(
        package(DJANGO), "CVE-1", decision("CVE-1", inside, automatable="no", impact="total"), inside, "4"
    )
    assert undated.decision.outcome == "FSU"
    dated = _on(DJANGO, "CVE-2", "4.0")
    assert exit_code_of(plan_of(replace(result(), exposures=()), TODAY)) == EXIT_NOTHING_DUE == 0
    assert exit_code_of(_plan(undated)) == EXIT_NOTHING_DUE
    assert exit_code_of(_plan(undated, dated)) == EXIT_DUE == 1
    assert dated.decision.due is not None
    assert exit_code_of(_plan(dated, today=dated.decision.due)) == EXIT_DUE
    assert exit_code_of(_plan(dated, today=dated.decision.due + timedelta(days=1))) == EXIT_OVERDUE == 2


def _statement(status: VexStatus, product: str = DJANGO, name: str = "CVE-1") -> VexStatement:
    return VexStatement(name, product, status, detail="The view is not used.", author="Vendor")


def test_a_vex_statement_sets_an_exposure_aside_with_its_words() -> None:
    base = replace(result(_on(DJANGO, "CVE-1", "4.0"), _on(DJANGO, "CVE-2", "4.0")), undecided=())
    plan = plan_of(base, TODAY, statements=[_statement(VexStatus.NOT_AFFECTED)])
    (aside,) = plan.set_aside
    assert aside.exposure.vulnerability.id == "CVE-1"
    assert aside.reason == "VEX by Vendor: not affected (The view is not used.)"
    assert [reason.vulnerability for action in plan.actions for reason in action.reasons] == ["CVE-2"]


@pytest.mark.parametrize(
    "statement",
    [
        _statement(VexStatus.AFFECTED),
        _statement(VexStatus.UNDER_INVESTIGATION),
        _statement(VexStatus.NOT_AFFECTED, "pkg:pypi/django@3.2.2"),
        _statement(VexStatus.NOT_AFFECTED, name="CVE-9"),
        _statement(VexStatus.FIXED, "pkg:pypi/django"),
    ],
)
def test_other_statements_set_nothing_aside(statement: VexStatement) -> None:
    assert plan_of(result(_on(DJANGO, "CVE-1", "4.0")), TODAY, statements=[statement]).set_aside == ()


def _index(*affected: tuple[str, str, str]) -> object:
    """An index of `(vulnerability, versions from, fixed)` of Django."""

    def look_up(lookup: Lookup) -> Answer:
        assert lookup.package == "pypi/django"
        key = version_key("PyPI", lookup.version)
        hits = [
            Hit(Vulnerability(name, (name,), ""), "", (fixed,) if fixed else ())
            for name, low, fixed in affected
            if version_key("PyPI", low) <= key and (not fixed or key < version_key("PyPI", fixed))
        ]
        return Answer(tuple(hits))

    return look_up


def test_a_target_that_is_itself_affected_is_raised() -> None:
    look_up = _index(("CVE-1", "0", "3.2.13"), ("CVE-7", "3.2.10", "3.2.20"), ("CVE-8", "3.2.20", "4.0"))
    (action,) = plan_of(replace(result(_on(DJANGO, "CVE-1", "3.2.13")), undecided=()), TODAY, look_up=look_up).actions
    assert (action.target, action.target_affected_by) == ("4.0", ())


def test_a_target_that_cannot_be_raised_is_said_to_be_affected() -> None:
    look_up = _index(("CVE-1", "0", "3.2.13"), ("CVE-7", "3.2.10", ""))
    (action,) = plan_of(replace(result(_on(DJANGO, "CVE-1", "3.2.13")), undecided=()), TODAY, look_up=look_up).actions
    assert (action.target, action.target_affected_by) == ("3.2.13", ("CVE-7",))


def test_what_a_target_has_is_said_once() -> None:
    look_up = _index(("CVE-1", "0", "3.2.13"), ("CVE-2", "0", ""), ("CVE-7", "3.2.10", ""))
    base = replace(result(_on(DJANGO, "CVE-1", "3.2.13"), _on(DJANGO, "CVE-2")), undecided=())
    upgrade, mitigate = plan_of(base, TODAY, look_up=look_up).actions
    assert how(upgrade)[-2:] == (
        "3.2.13 itself has CVE-7, and no release without is known: look for a later one.",
        "This does not close CVE-2 in django; there is an entry of its own.",
    )
    assert headline(mitigate) == "Shield or isolate what uses django: no fix is known"


def test_a_vulnerability_that_comes_back_in_the_target_is_not_called_closed() -> None:
    look_up = _index(("CVE-1", "0", "3.2.4"), ("CVE-1", "3.2.13", ""), ("CVE-2", "0", "3.2.13"))
    base = replace(result(_on(DJANGO, "CVE-1", "3.2.4"), _on(DJANGO, "CVE-2", "3.2.13")), undecided=())
    actions = {action.verb: action for action in plan_of(base, TODAY, look_up=look_up).actions}
    assert [reason.vulnerability for reason in actions[Verb.UPGRADE].reasons] == ["CVE-2"]
    assert actions[Verb.UPGRADE].stays_open == ("CVE-1",)
    assert [reason.vulnerability for reason in actions[Verb.REMEDY].reasons] == ["CVE-1"]


_releases = st.sampled_from(["1.0", "1.1", "1.10", "1.9", "2.0", "2.0.0", "2.1rc1", "3", "0.9", "no version"])
_components = st.one_of(
    st.builds(
        lambda name, version, ref: Component(parse_purl(f"pkg:pypi/{name}@{version}"), ref),
        st.sampled_from(["a", "b"]),
        _releases.filter(lambda text: " " not in text),
        st.sampled_from(["x", "y"]),
    ),
    st.builds(
        lambda version, vendor: Component(None, "row", "PACS", version, vendor),
        st.sampled_from(["V1.0", "V1.0 SP2", ""]),
        st.sampled_from(["Fuji", "fuji"]),
    ),
)
_assets = st.sampled_from([PORTAL, PACS, Asset("")])
_made = [
    decision("CVE-1", PORTAL),
    decision("CVE-1", PACS, automatable="no", impact="partial"),
    *(
        decision("CVE-1", PORTAL, kev=date(2021, 1, 1), automatable="yes", impact="total", seen=seen)
        for seen in (TODAY, TODAY - timedelta(days=30))
    ),
]
_exposures = st.lists(
    st.builds(
        lambda component, name, made, asset, fixed, remedy, confidence: exposure(
            component, name, made, asset, *fixed, remedy=remedy, confidence=confidence
        ),
        _components,
        st.sampled_from(["CVE-1", "CVE-2", "CVE-3"]),
        st.sampled_from(_made),
        _assets,
        st.lists(_releases, max_size=3, unique=True),
        st.sampled_from(["", "", "Call."]),
        st.sampled_from(Confidence),
    ),
    max_size=8,
)
_statements = st.lists(
    st.builds(
        VexStatement,
        st.sampled_from(["CVE-1", "CVE-2"]),
        st.sampled_from(["pkg:pypi/a", "pkg:pypi/b@1.0", "Fuji PACS V1.0"]),
        st.sampled_from(VexStatus),
    ),
    max_size=2,
)


@settings(max_examples=300, deadline=None)
@given(_exposures, _statements, st.data())
def test_laws(found: list[Exposure], statements: list[VexStatement], data: st.DataObject) -> None:
    base = replace(hospital.result(), exposures=tuple(found))
    plan = plan_of(base, TODAY, statements=statements)

    placed = [one for action in plan.actions for one in action.exposures]
    placed += [aside.exposure for aside in plan.set_aside]
    assert sorted(map(repr, placed)) == sorted(map(repr, found)), "each exposure is in exactly one place"
    assert all(aside.reason for aside in plan.set_aside)

    for action in plan.actions:
        assert sum(place.exposures for place in action.places) == len(action.exposures)
        assert action.due == min((one.decision.due for one in action.exposures if one.decision.due), default=None)
        if action.verb is not Verb.UPGRADE:
            assert action.target == ""
            continue
        goal = version_key(action.subject.ecosystem, action.target)
        for one in action.exposures:
            needed = []
            for fixed in one.fixed:
                try:
                    needed.append(version_key(action.subject.ecosystem, fixed))
                except InvalidVersionError:
                    continue
            assert needed
            assert goal >= max(needed), "the target is not below a release that is claimed to be closed"
        for place in action.places:
            assert goal > version_key(action.subject.ecosystem, place.version), "an upgrade goes up"

    dates = [action.due or date.max for action in plan.actions]
    assert dates == sorted(dates)
    shuffled = replace(
        base,
        exposures=tuple(data.draw(st.permutations(found))),
        undecided=tuple(reversed(base.undecided)),
    )
    assert plan_of(shuffled, TODAY, statements=tuple(reversed(statements))) == plan


def test_planning_imports_nothing_heavy() -> None:
    heavy = "sqlalchemy httpx rich jinja2 cryptography sqlite3 typer seawall.advisories.csaf seawall.remediation.vex"
    code = f"import sys, seawall.remediation.planning.plan; print([m for m in {heavy.split()!r} if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
