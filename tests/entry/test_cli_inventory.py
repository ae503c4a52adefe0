"""A hospital keeps its inventories: from the first list to a fix that a later inventory verifies, on both dialects."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from seawall.kernel.purl import parse_purl
from seawall.remediation.model import VexStatus
from seawall.remediation.vex import read_vex
from tests.entry import operator_fixtures as world
from tests.entry.conftest import Terminal

Write = Callable[[str, str | bytes], Path]
OWNER = "St Mary"
PORTAL = ("inventory", "exposures", OWNER, "portal")
BY = ("--by", "Kim")


@pytest.fixture
def hospital(either: Terminal, tmp_path: Path) -> Terminal:
    """A home with an index of every kind of record, and nothing in it yet."""
    either.run("inventory", "list")
    either.run("index", "build", world.write_feeds(tmp_path / "feeds"))
    return either


@pytest.fixture
def stocked(hospital: Terminal, write: Write) -> Terminal:
    """The same with a server that strangers reach, which has one vulnerability that asks for a forensic triage."""
    add(hospital, write("portal.txt", "jinja2==3.1.3\nflask==3.0\n"), "--asset", "portal", "--exposed", "yes")
    return hospital


def add(terminal: Terminal, *words: str | Path, code: int = 0) -> list[dict[str, Any]]:
    added: list[dict[str, Any]] = terminal.ask("inventory", "add", *words, "--owner", OWNER, *BY, code=code)["added"]
    return added


def portal(terminal: Terminal, code: int = 1) -> dict[str, dict[str, Any]]:
    """What the portal is exposed to, by CVE."""
    found = terminal.ask(*PORTAL, code=code)["exposures"]
    return {name: each for each in found for name in each["vulnerability"]["identifiers"] if name.startswith("CVE")}


def report(terminal: Terminal, *words: str, code: int = 0) -> Any:
    return terminal.ask("report-back", OWNER, "portal", world.JINJA, *words, *BY, code=code)


def later(minutes: int = 0) -> str:
    """An instant a moment ago, later than everything that was reported."""
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


@pytest.mark.parametrize("name", ["cyclonedx-json", "spdx-json", "dpkg-query", "rpm", "csv", "xlsx", "winget-list"])
def test_inventories_of_every_sort_are_kept_and_compared(hospital: Terminal, write: Write, name: str) -> None:
    kept = world.LISTS[name]
    distro = ("--distro", kept.distro) if kept.distro else ()
    added = add(hospital, write(kept.file, kept.content), *distro)
    found = set()
    for asset in (each["asset"]["name"] for each in added):
        code = int(asset != "pump-8")  # the only one in all lists on which everything is mended
        for exposure in hospital.ask("inventory", "exposures", OWNER, asset, code=code)["exposures"]:
            versions = {_version(each["component"]) for each in exposure["exposures"]}
            names = {each for each in exposure["vulnerability"]["identifiers"] if each.startswith("CVE")}
            found |= {(each, version) for each in names for version in versions}
    assert found == kept.found


def _version(component: dict[str, Any]) -> str:
    return component["version"] or parse_purl(component["purl"]).version


def test_an_asset_list_is_one_inventory_an_asset(hospital: Terminal, write: Write) -> None:
    added = add(hospital, write("assets.xlsx", world.LISTS["xlsx"].content))
    assert [each["asset"]["name"] for each in added] == ["pump-7", "pump-8", "edge", "portal"]
    listed = {each["asset"]["name"]: each["asset"] for each in hospital.ask("inventory", "list")["assets"]}
    assert {name: asset["exposed"] for name, asset in listed.items()} == {
        "edge": "yes",
        "portal": "yes",
        "pump-7": "no",
        "pump-8": "no",
    }
    assert f"{OWNER}/pump-7: inventory 1" in hospital.run("inventory", "list", "--owner", OWNER).out
    assert hospital.ask("inventory", "list", "--owner", "nobody")["assets"] == []
    assert hospital.ask("inventory", "exposures", OWNER, "pump-8", code=0)["exposures"] == []
    (pump,) = hospital.ask("inventory", "exposures", OWNER, "pump-7", code=1)["exposures"]
    assert world.PUMP in pump["vulnerability"]["identifiers"]
    assert pump["exposures"][0]["remedy"] == "Vendor fix: Update the pump to V4.2."
    again = add(hospital, write("assets-again.xlsx", world.LISTS["xlsx"].content))
    assert all(each["unchanged"] for each in again)


def test_whom_a_new_advisory_touches(stocked: Terminal, write: Write) -> None:
    add(stocked, write("ward.txt", "flask==3.1\n"), "--asset", "ward")
    record = world.osv("GHSA-9999-9999-9999", "PyPI", "Flask", *world.below("3.0.1"))
    path = write("new.json", json.dumps(record))
    (touched,) = stocked.ask("affected", path, code=1)["records"]
    assert [(each["owner"], each["asset"]) for each in touched["affected"]] == [(OWNER, "portal")]
    assert touched["affected"][0]["component"]["purl"] == "pkg:pypi/flask@3.0"
    words = stocked.run("affected", path, code=1).out
    assert "1 assets affected" in words
    assert f"{OWNER}/portal: pkg:pypi/flask@3.0: below 3.0.1 (fixed)" in words
    nobody = write("nobody.json", json.dumps(world.osv("GHSA-0", "PyPI", "flask", *world.below("2.0"))))
    assert stocked.ask("affected", nobody, code=0)["records"][0]["affected"] == []


def test_a_fix_is_recorded_after_the_evidence_and_verified_by_a_later_inventory(
    stocked: Terminal, write: Write
) -> None:
    exposure = portal(stocked)[world.JINJA]
    assert exposure["decision"]["outcome"] == "3DF"
    assert exposure["state"] == "open"
    assert exposure["checklist"]

    refused = stocked.run("report-back", OWNER, "portal", world.JINJA, "fixed", *BY, "--json", code=67).error
    assert refused["code"] == "remediation.evidence-first"
    assert "seawall forensics OWNER ASSET VULN evidence --note" in refused["remedy"]
    assert "--waive" in refused["remedy"]

    image = write("memory.img", b"volatile")
    recorded = stocked.ask(
        "forensics", OWNER, "portal", world.JINJA, "evidence", "--note", "memory saved", "--evidence", image, *BY
    )
    steps = {step["step"]: step["record"] for step in recorded["steps"]}
    assert steps["evidence"]["note"] == "memory saved"
    assert steps["scope"] is None

    claimed = report(stocked, "fixed", "--reason", "upgraded")
    assert claimed["state"] == "claimed"
    assert portal(stocked, code=0)[world.JINJA]["state"] == "claimed"
    assert "claimed" in stocked.run(*PORTAL).out

    (added,) = add(stocked, write("new.txt", "jinja2==3.1.4\nflask==3.0\n"), "--asset", "portal", "--taken-at", later())
    assert [name in added["verified"] for name in claimed["identifiers"]].count(True) == 1
    after = stocked.ask(*PORTAL, code=0)
    assert after["exposures"] == []
    assert [fix["report"]["state"] for fix in after["verified"]] == ["verified"]
    assert "fixed, as inventory 2 shows" in stocked.run(*PORTAL).out
    assert stocked.refused("report-back", OWNER, "portal", world.JINJA, "fixed", *BY, code=67) == (
        "remediation.contradictory-report"
    )
    assert "~ pkg:pypi/jinja2@3.1.3 -> pkg:pypi/jinja2@3.1.4" in stocked.run("inventory", "diff", OWNER, "portal").out
    assert len(stocked.ask("inventory", "diff", OWNER, "portal")["changed"]) == 1
    assert stocked.ask("ledger", "verify")["problems"] == []


def test_a_claim_that_a_later_inventory_refutes_is_open_again(stocked: Terminal, write: Write) -> None:
    stocked.run("forensics", OWNER, "portal", world.JINJA, "evidence", "--waive", "--note", "it was off", *BY)
    report(stocked, "fixed")
    same = write("same.txt", "jinja2==3.1.3\nflask==3.0\n")
    words = stocked.run("inventory", "add", same, "--asset", "portal", "--owner", OWNER, "--taken-at", later(), *BY).out
    assert "NOT FIXED, open again" in words
    assert portal(stocked)[world.JINJA]["state"] == "contradicted"
    assert stocked.ask("ledger", "verify")["problems"] == []


def test_what_else_may_be_said_and_what_it_needs(stocked: Terminal) -> None:
    words = ("report-back", OWNER, "portal", world.JINJA)
    until = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    assert stocked.refused(*words, "deferred", "--reason", "no window", *BY, code=65) == "remediation.invalid-deferral"
    assert stocked.refused(*words, "deferred", "--until", until, *BY, code=65) == "remediation.no-reason"
    assert (
        stocked.refused(*words, "deferred", "--until", "2020-01-01", "--reason", "late", *BY, code=65)
        == "remediation.invalid-deferral"
    )
    assert stocked.refused(*words, "mitigated", *BY, code=65) == "remediation.no-reason"
    assert stocked.refused(*words, "not_affected", "--reason", "unused", *BY, code=65) == (
        "remediation.invalid-justification"
    )
    assert report(stocked, "deferred", "--until", until, "--reason", "no window")["until"] == until
    assert portal(stocked, code=0)[world.JINJA]["state"] == "deferred"
    assert report(stocked, "mitigated", "--reason", "behind a proxy")["state"] == "mitigated"
    unused = report(stocked, "not_affected", "--justification", "vulnerable_code_not_in_execute_path")
    assert unused["state"] == "not_affected"
    assert [each["act"] for each in portal(stocked, code=0)[world.JINJA]["reports"]] == [
        "deferred",
        "mitigated",
        "not_affected",
    ]


@pytest.mark.parametrize(
    ("words", "exit_code", "code"),
    [
        (("inventory", "exposures", OWNER, "nothing"), 66, "remediation.unknown-asset"),
        (("inventory", "diff", OWNER, "portal", "--after", "7"), 66, "remediation.unknown-snapshot"),
        (("inventory", "exposures", OWNER, "portal", "--format", "word"), 65, "vex.unknown-format"),
        (("report-back", OWNER, "portal", "CVE-1-1", "fixed", *BY), 66, "remediation.unknown-exposure"),
        (("report-back", OWNER, "portal", world.JINJA, "done", *BY), 65, "report-back.unknown-status"),
        (
            ("report-back", OWNER, "portal", world.JINJA, "deferred", "--until", "soon", "--reason", "x", *BY),
            65,
            "inventory.invalid-date",
        ),
        (("forensics", OWNER, "portal", world.JINJA, "guess", "--note", "x", *BY), 65, "report-back.unknown-step"),
        (("forensics", OWNER, "portal", world.JINJA, "scope", "--note", " ", *BY), 65, "remediation.incomplete-step"),
        (("forensics", OWNER, "portal", "CVE-1-1", "scope", "--note", "x", *BY), 66, "remediation.no-checklist"),
        (
            ("forensics", OWNER, "portal", world.JINJA, "decision", "--finding", "none", "--note", "x", *BY),
            67,
            "remediation.contradictory-step",
        ),
        (
            ("forensics", OWNER, "portal", world.JINJA, "evidence", "--evidence", "/nowhere", "--note", "x", *BY),
            66,
            "report-back.no-evidence-file",
        ),
        (("vex", "add", "/nowhere.json"), 69, "remediation.unopened"),
    ],
)
def test_what_cannot_be_is_refused_with_a_remedy(
    stocked: Terminal, words: tuple[str, ...], exit_code: int, code: str
) -> None:
    assert stocked.refused(*words, code=exit_code) == code


def test_inventories_that_cannot_be_kept(stocked: Terminal, write: Write) -> None:
    words = ("inventory", "add", "--owner", OWNER, *BY)
    torn = write("torn.json", '{"bomFormat": "CycloneDX", "components": [')
    assert stocked.run(*words, torn, "--json", code=65).error["remedy"]
    flask = write("flask.txt", "flask==3.0\n")
    future = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    named = (*words, flask, "--asset", "portal")
    assert stocked.refused(*named, "--taken-at", future, code=65) == "remediation.taken-in-the-future"
    assert stocked.refused(*named, "--taken-at", "2020-01-01T00:00:00Z", code=67) == "remediation.older-inventory"
    assert stocked.refused(*named, "--taken-at", "yesterday", code=65) == "inventory.invalid-date"
    assert stocked.run(*named, "--exposed", "perhaps", "--json", code=65).error["remedy"]
    assert len(stocked.ask("inventory", "list")["assets"]) == 1, "nothing of what was refused is kept"


def test_without_an_index_nothing_is_called_clean(either: Terminal, write: Write, tmp_path: Path) -> None:
    words = either.run(
        "inventory", "add", write("p.txt", "jinja2==3.1.3\n"), "--asset", "portal", "--owner", OWNER, *BY
    )
    assert "not compared yet" in words.out
    blind = either.run(*PORTAL)
    assert "there is no index" in blind.out
    assert "affected" not in blind.out
    either.run("index", "build", world.write_feeds(tmp_path / "feeds"))
    assert either.ask("inventory", "review")["matched"] == 1
    assert world.JINJA in portal(either)


def test_what_nobody_can_compare_is_said(hospital: Terminal, write: Write) -> None:
    components = [{"type": "library", "name": "x", "purl": "pkg:nothing/x@1"}, world.part("pkg:pypi/flask@3.0")]
    add(hospital, write("odd.cdx.json", json.dumps(world.cyclonedx(*components))), "--asset", "odd")
    view = hospital.ask("inventory", "exposures", OWNER, "odd")
    assert [(each["ecosystem"], each["components"]) for each in view["not_compared"]] == [("nothing", 1)]
    assert "not compared: 1 components" in hospital.run("inventory", "exposures", OWNER, "odd").out


def test_silence_of_an_index_that_could_not_know_is_no_all_clear(
    either: Terminal, write: Write, tmp_path: Path
) -> None:
    """An index of one registry's records clears neither packages of another nor devices."""
    records = write("pypi.json", json.dumps(world.osv("PYSEC-2026-1", "PyPI", "jinja2", *world.below("3.1.5"))))
    listed = "name,vendor,product,version,exposed\npump-1,Baxter,Spectrum,8.0,no\n"
    add(either, write("devices.csv", listed))
    add(
        either,
        write("parts.cdx.json", json.dumps(world.cyclonedx(world.part("pkg:npm/left-pad@1.0")))),
        "--asset",
        "app",
    )
    add(either, write("p.txt", "flask==3.0\n"), "--asset", "portal")
    either.run("index", "build", "--osv", records)
    for asset, words in (("pump-1", "products by name"), ("app", "packages of this kind")):
        (silent,) = either.ask("inventory", "exposures", OWNER, asset)["not_compared"]
        assert words in silent["reason"]
    assert either.ask("inventory", "exposures", OWNER, "portal")["not_compared"] == []


# --- VEX


def vendors_word(status: str, author: str = "Pallets") -> str:
    return json.dumps(
        {
            "@context": "https://openvex.dev/ns/v0.2.0",
            "@id": "https://openvex.dev/docs/public/1",
            "author": author,
            "timestamp": "2024-02-01T00:00:00Z",
            "version": 1,
            "statements": [
                {
                    "vulnerability": {"name": "PYSEC-2024-1", "aliases": [world.JINJA]},
                    "products": [{"@id": "pkg:pypi/jinja2@3.1.3"}],
                    "status": status,
                    **({"justification": "vulnerable_code_not_present"} if status == "not_affected" else {}),
                    **({"action_statement": "Update."} if status == "affected" else {}),
                }
            ],
        }
    )


def test_what_others_say_is_shown_and_moves_nothing(stocked: Terminal, write: Write) -> None:
    said = write("pallets.json", vendors_word("not_affected"))
    (document,) = stocked.ask("vex", "add", said)["documents"]
    assert (document["author"], document["statements"], document["new"]) == ("Pallets", 1, 1)
    assert stocked.ask("vex", "add", said)["documents"][0]["new"] == 0
    other = write("other.json", vendors_word("affected", "Another member"))
    assert (
        "statements by Another member: 1, new: 1" in stocked.run("vex", "add", other, "--owner", "Another hospital").out
    )
    exposure = portal(stocked)[world.JINJA]
    assert exposure["state"] == "open"
    assert [(each["author"], each["status"]) for each in exposure["said"]] == [("Pallets", "not_affected")]
    assert "Pallets says: not_affected vulnerable_code_not_present" in stocked.run(*PORTAL, code=1).out
    assert stocked.ask("ledger", "verify")["problems"] == []


def test_of_several_documents_none_is_kept_if_one_is_broken(stocked: Terminal, write: Write) -> None:
    good, bad = write("good.json", vendors_word("affected")), write("bad.json", "{}")
    assert stocked.run("vex", "add", good, bad, "--json", code=65).error["remedy"]
    assert portal(stocked)[world.JINJA]["said"] == []


@pytest.mark.parametrize("name", ["openvex", "csaf-vex", "cyclonedx-vex"])
def test_what_was_reported_back_is_told_as_vex(stocked: Terminal, write: Write, name: str) -> None:
    both = "jinja2==3.1.3\nflask==3.0\n"
    add(stocked, write("ward.txt", both), "--asset", "ward", "--exposed", "no")

    def told(code: int, asset: str = "portal") -> dict[str, tuple[VexStatus, str, str]]:
        document = stocked.run("inventory", "exposures", OWNER, asset, "--format", name, code=code).out
        reading = read_vex(document.encode())
        assert reading.author == OWNER
        return {each.product: (each.status, each.justification, each.detail) for each in reading.statements}

    old, new = "pkg:pypi/jinja2@3.1.3", "pkg:pypi/jinja2@3.1.4"
    status, _, detail = told(1)[old]
    assert (status, "Upgrade to 3.1.4" in detail) == (VexStatus.AFFECTED, True)

    report(stocked, "not_affected", "--justification", "vulnerable_code_not_present", "--reason", "patched by us")
    assert told(0)[old] == (VexStatus.NOT_AFFECTED, "vulnerable_code_not_present", "patched by us")

    stocked.run("forensics", OWNER, "portal", world.JINJA, "evidence", "--note", "saved", *BY)
    report(stocked, "fixed")
    status, _, detail = told(0)[old]
    assert (status, "no later inventory" in detail) == (VexStatus.AFFECTED, True), "a claim is no fix"

    add(stocked, write("new.txt", "jinja2==3.1.4\n"), "--asset", "portal", "--taken-at", later())
    assert {product: status for product, (status, *_) in told(0).items()} == {new: VexStatus.FIXED}
    assert told(1, "ward")[old][0] is VexStatus.AFFECTED, "each asset speaks for itself"


def test_a_package_that_is_gone_makes_the_asset_not_affected(stocked: Terminal, write: Write) -> None:
    stocked.run("forensics", OWNER, "portal", world.JINJA, "evidence", "--note", "saved", *BY)
    report(stocked, "fixed")
    add(stocked, write("new.txt", "flask==3.0\n"), "--asset", "portal", "--taken-at", later())
    (said,) = read_vex(stocked.run(*PORTAL, "--format", "openvex").out.encode()).statements
    assert (said.product, said.status.value, said.justification) == ("portal", "not_affected", "component_not_present")
    assert "pkg:pypi/jinja2@3.1.3 is gone" in said.detail


def test_vex_of_an_asset_without_anything_to_say_is_refused(hospital: Terminal, write: Write) -> None:
    add(hospital, write("ward.txt", "flask==3.0\n"), "--asset", "ward")
    words = ("inventory", "exposures", OWNER, "ward", "--format", "openvex")
    assert hospital.refused(*words, code=65) == "remediation.unwritable-vex"
