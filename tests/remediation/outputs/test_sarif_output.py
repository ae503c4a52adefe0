"""SARIF 2.1.0: the rules of the standard that a schema and its readers check."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from msgspec.structs import replace
from tests.remediation import hospital
from tests.remediation.hospital import PORTAL, TODAY, decision, exposure, package

from seawall.remediation.model import CheckResult
from seawall.remediation.outputs import Sheet, output_of
from seawall.remediation.outputs.sarif import FINGERPRINT
from seawall.remediation.planning.plan import plan_of

HOSTILE = "\u202e\ud800<script>\x00"


def _run(result: CheckResult, days: int = 0) -> dict[str, Any]:
    document = json.loads(
        output_of("sarif").write(Sheet(result, plan_of(result, TODAY + timedelta(days=days)), "0.1.0"))
    )
    assert document["version"] == "2.1.0"
    assert set(document) == {"$schema", "version", "runs"}
    (run,) = document["runs"]
    return run


def test_rules_and_results_fit_together() -> None:
    result = hospital.result()
    run = _run(result)
    rules = run["tool"]["driver"]["rules"]
    ids = [rule["id"] for rule in rules]
    assert ids == sorted({one.vulnerability.id for one in result.exposures})
    assert len(run["results"]) == len(result.exposures)
    for item in run["results"]:
        assert rules[item["ruleIndex"]]["id"] == item["ruleId"]
        assert item["level"] in {"error", "warning", "note"}
        assert item["message"]["text"]
        (place,) = item["locations"]
        assert place["physicalLocation"]["artifactLocation"]["uri"] == "hospital-assets.csv"
        assert re.fullmatch(r"[0-9a-f]{64}", item["partialFingerprints"][FINGERPRINT])
    for rule in rules:
        assert rule["shortDescription"]["text"]
        assert urlsplit(rule["helpUri"]).scheme == "https"


def test_levels_follow_the_due_date() -> None:
    run = _run(hospital.result())
    levels = {
        (item["ruleId"], item["properties"]["asset"]): (item["level"], item["properties"]["urgency"])
        for item in run["results"]
    }
    assert levels["CVE-2021-44228", "patient-portal"] == ("error", "overdue")
    assert levels["CVE-2021-44228", "pacs-01"] == ("error", "this week")
    assert levels["CVE-2024-5535", "patient-portal"] == ("warning", "later")
    assert levels["CVE-2022-26390", "infusion-gateway"] == ("note", "no fixed date")
    assert levels["CVE-2024-38226", "front-desk-pc-03"] == ("note", "later"), "only a possible match"


def test_properties_hold_date_points_and_reason() -> None:
    item = _run(hospital.result())["results"][0]["properties"]
    assert (item["due"], item["policy"], item["outcome"]) == ("2026-11-17", "cisa:BOD2604:1.0.0", "3DF")
    assert item["points"]["cisa:KEV:1.0.0"]["value"] == "yes"
    assert item["points"]["cisa:KEV:1.0.0"]["source"].startswith("CISA-KEV")
    assert item["forensics"] is True


def test_fingerprints_tell_exposures_apart_and_outlive_texts_and_dates() -> None:
    base = hospital.result()
    prints = [item["partialFingerprints"][FINGERPRINT] for item in _run(base)["results"]]
    assert len(set(prints)) == len(prints)
    changed = replace(
        base,
        exposures=tuple(
            replace(one, vulnerability=replace(one.vulnerability, title="Other words"), remedy="")
            for one in base.exposures
        ),
    )
    later = [item["partialFingerprints"][FINGERPRINT] for item in _run(changed, days=30)["results"]]
    assert set(later) == set(prints)


def test_silence_does_not_look_like_safety() -> None:
    (invocation,) = _run(hospital.result())["invocations"]
    words = " | ".join(entry["message"]["text"] for entry in invocation["toolExecutionNotifications"])
    for part in ("KEV catalogue", "not decided: Philips", "not compared: 3 components of winget", "not read: row 14"):
        assert part in words


@pytest.mark.parametrize("name", ["", "a b/c:d.json", "..\\x.json", "/etc/x", "ä\ud800.csv", "http://x/y"])
def test_places_are_relative_uris(name: str) -> None:
    base = hospital.result()
    run = _run(replace(base, inventory=replace(base.inventory, name=name)))
    uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    parts = urlsplit(uri)
    assert uri.isascii()
    assert (parts.scheme, parts.netloc) == ("", "")
    assert uri


def test_hostile_words_are_spelled_out() -> None:
    one = exposure(package("pkg:npm/a@1", HOSTILE), "CVE-1", decision("CVE-1", PORTAL), PORTAL, "2.0.0", title=HOSTILE)
    text = json.dumps(_run(hospital.result(one)), ensure_ascii=False)
    assert "\u202e" not in text
    assert "[U+202E][U+D800]" in text
