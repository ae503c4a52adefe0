"""The operator's main job, from files to an answer: every format in and out, and everything that goes wrong."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from seawall.kernel.errors import UnavailableError
from seawall.priority import load_policy
from seawall.remediation import SeenFile
from seawall.remediation.inventories import FORMATS
from seawall.remediation.outputs import OUTPUTS
from tests.entry import operator_fixtures as world
from tests.entry.conftest import Terminal
from tests.entry.operator_answers import (
    BAD_INPUT,
    DAMAGED,
    DUE,
    NOTHING_DUE,
    OVERDUE,
    UNAVAILABLE,
    USAGE,
    code_of,
    exposure_of,
    found,
    home_with_index,
)

Write = Callable[[str, str | bytes], Path]
PORTAL = world.LISTS["cyclonedx-json"].content


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return home_with_index(tmp_path_factory.mktemp("operator"))


@pytest.fixture
def operator(terminal: Terminal, built: Path) -> Terminal:
    """A terminal of somebody who has an index and nothing else."""
    shutil.copytree(built, terminal.home)
    return terminal


@pytest.fixture
def portal(write: Write) -> Path:
    return write("portal.cdx.json", PORTAL)


# --- every format in


def test_there_is_a_sample_of_every_format() -> None:
    assert set(world.LISTS) == {format_.id for format_ in FORMATS}


@pytest.mark.parametrize("format_", world.LISTS)
@pytest.mark.parametrize("way", ["file", "-"])
def test_an_inventory_of_any_format_gives_what_is_in_it(
    operator: Terminal, write: Write, format_: str, way: str
) -> None:
    listed = world.LISTS[format_]
    words = ["--distro", listed.distro] if listed.distro else []
    if way == "-":
        answer = operator.run("check", "-", "--json", *words, stdin=listed.content, code=DUE)
    else:
        answer = operator.run("check", write(listed.file, listed.content), "--json", *words, code=DUE)
    document = answer.json
    assert found(document) == listed.found
    assert sum(gap["components"] for gap in document["result"]["not_compared"]) == listed.silent
    assert document["exit_code"] == DUE
    warnings = document["result"]["warnings"]
    assert warnings == [] if format_ != "dpkg-list" else "names the source package" in "".join(warnings)
    assert document["result"]["undecided"] == []


def test_packages_of_a_distribution_are_not_compared_where_it_is_not_named(operator: Terminal, write: Write) -> None:
    for name in ("dpkg-query", "rpm", "apk-list"):
        listed = world.LISTS[name]
        document = operator.ask("check", write(listed.file, listed.content))
        assert found(document) == set()
        assert document["result"]["not_compared"]


# --- what is told


def test_aliases_are_one_vulnerability_with_its_records_and_words(operator: Terminal, portal: Path) -> None:
    exposure = exposure_of(operator.ask("check", portal, code=DUE), world.JINJA)
    assert exposure["vulnerability"]["identifiers"] == [world.JINJA, "GHSA-2222-3333-4444", "PYSEC-2024-1"]
    assert sorted(exposure["records"]) == ["osv:GHSA-2222-3333-4444", "osv:PYSEC-2024-1"]
    assert exposure["fixed"] == ["3.1.4"]
    assert exposure["matched"] == "below 3.1.4 (fixed)"
    decision = exposure["decision"]
    assert (decision["outcome"], decision["forensics"]) == ("3DF", True)
    points = {point["point"]: (point["value"], point["source"].partition(" ")[0]) for point in decision["points"]}
    assert points["cisa:KEV:1.0.0"] == ("yes", "CISA-KEV")
    assert points["ssvc:A:2.0.0"] == ("yes", "CISA-ADP")
    assert points["cisa:PE:1.0.0"][0] == "yes"
    assert [p["assumed"] for p in decision["points"] if p["point"] == "cisa:PE:1.0.0"] == [True]


def test_sources_that_contradict_each_other_are_shown(
    operator: Terminal, portal: Path, write: Write, tmp_path: Path
) -> None:
    narrow = world.osv(
        "GHSA-9999-9999-9999", "npm", "lodash", {"introduced": "4.17.21"}, {"fixed": "4.17.22"}, aliases=[world.LODASH]
    )
    feeds = world.write_feeds(tmp_path / "feeds")
    (feeds / "osv" / "npm" / "2.json").write_text(json.dumps(narrow))
    operator.run("index", "build", feeds)
    document = operator.ask("check", portal, code=DUE)
    exposure = exposure_of(document, world.LODASH)
    assert exposure["records"] == ["osv:GHSA-5555-6666-7777"]
    assert exposure["contradicted_by"] == ["osv:GHSA-9999-9999-9999"]
    assert found(document) == world.LISTS["cyclonedx-json"].found, "a contradiction clears nothing"
    page = operator.run("check", portal, "--format", "html", code=DUE).out
    assert "GHSA-9999-9999-9999" in page


def test_the_terminal_says_what_where_by_when_and_what_is_not_known(operator: Terminal, portal: Path) -> None:
    today = datetime.now(UTC).date()
    plan = operator.run("check", portal, code=DUE).out
    assert "portal.cdx.json: 7 components (CycloneDX 1.5 JSON) against 7 vulnerabilities" in plan
    assert "reachable by strangers: unknown, which counts as yes; policy cisa:BOD2604:1.0.0" in plan
    assert f"{today + timedelta(3)}    Upgrade jinja2 to 3.1.4 or later" in plan
    assert f"{today + timedelta(60)}    Upgrade lodash to 4.17.21 or later" in plan
    assert plan.index("jinja2") < plan.index("lodash")
    assert "forensic triage" in plan
    assert "not compared: 1 component of crates.io" in plan
    assert "first seen on the asset" not in plan
    explained = operator.run("check", portal, "--explain", code=DUE).out
    assert "known exploited (KEV) (cisa:KEV:1.0.0) = yes, said: CISA-KEV on CVE-2024-1001, 2024-02-01" in explained
    assert "publicly exposed (cisa:PE:1.0.0) = yes, assumed:" in explained
    assert f"first seen on the asset: {today}" in explained
    assert f"due: {today + timedelta(3)}, counted from {today}" in explained


# --- exit codes


def test_exit_codes_say_how_urgent_it_is(operator: Terminal, write: Write, portal: Path) -> None:
    gate = write("gate.json", json.dumps([{"DisplayName": "SecureGate", "DisplayVersion": "9.1", "Publisher": "Acme"}]))
    clean = write("requirements.txt", "jinja2==3.1.4\n")
    document = operator.ask("check", clean, code=NOTHING_DUE)
    assert (document["result"]["exposures"], document["exit_code"]) == ([], NOTHING_DUE)
    undated = operator.ask("check", gate, "--exposed", "no", code=NOTHING_DUE)
    assert exposure_of(undated, world.GATE)["decision"]["due"] is None
    assert "SecureGate" in operator.run("check", gate, "--exposed", "no").out, "what has no date is shown all the same"
    assert operator.ask("check", gate, code=DUE)["exit_code"] == DUE
    overdue = operator.ask("check", portal, "--first-seen", "2024-03-01", code=OVERDUE)
    assert overdue["exit_code"] == OVERDUE
    assert exposure_of(overdue, world.JINJA)["decision"]["due"] == "2024-03-04"
    assert "overdue" in {action["urgency"] for action in overdue["plan"]["actions"]}


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        ([], USAGE, ""),
        (["--nonsense"], USAGE, ""),
        (["a", "b"], USAGE, ""),
        (["{portal}", "--exposed", "perhaps"], USAGE, ""),
        (["{portal}", "--out"], USAGE, ""),
        (["{portal}", "--first-seen", "soon"], BAD_INPUT, "check.invalid-day"),
        (["{portal}", "--first-seen", "2999-01-01"], BAD_INPUT, "check.invalid-day"),
        (["{portal}", "--format", "pdf"], BAD_INPUT, "check.unknown-format"),
        (["{portal}", "--out", "plan.docx"], BAD_INPUT, "check.unknown-suffix"),
        (["{portal}", "--out", "/nonexistent/plan.html"], UNAVAILABLE, "check.unwritable"),
        (["{portal}", "--policy", "nonsense"], BAD_INPUT, "priority.invalid-policy"),
        (["{portal}", "--policy", "/nonexistent.json"], BAD_INPUT, "priority.invalid-policy"),
        (["{portal}", "--given", "weather=bad"], BAD_INPUT, "check.invalid-given"),
        (["{portal}", "--given", "cisa:KEV:1.0.0=perhaps"], BAD_INPUT, "check.invalid-given"),
        (["{portal}", "--given", ""], BAD_INPUT, "check.invalid-given"),
        (["{portal}", "--given", "automatable=no", "--given", "ssvc:A:2.0.0=yes"], BAD_INPUT, "check.invalid-given"),
        (["{portal}", "--distro", "nonsense"], BAD_INPUT, "remediation.unknown-distro"),
        (["{portal}", "--vex", "/nonexistent.json"], UNAVAILABLE, "remediation.unopened"),
        (["{portal}", "--vex", "{portal}"], NOTHING_DUE, ""),
        (["{portal}", "--osv", "/nonexistent.json"], UNAVAILABLE, "remediation.unopened"),
        (["{portal}", "--index", "/nonexistent.sqlite"], UNAVAILABLE, "remediation.index-unopened"),
        (["{portal}", "--index", "{portal}"], BAD_INPUT, "remediation.no-index"),
        (["/nonexistent.json"], UNAVAILABLE, "remediation.unopened"),
        (["/"], UNAVAILABLE, "remediation.unopened"),
    ],
)
def test_wrong_words_and_files_have_a_code_above_the_answers(
    operator: Terminal, portal: Path, words: list[str], code: int, error: str
) -> None:
    arguments = [word.format(portal=portal) for word in words]
    if code == NOTHING_DUE:
        operator.run("check", *arguments, code=DUE)
        return
    answer = operator.run("check", *arguments, "--json", code=code)
    if error:
        assert code_of(answer) == error
    else:
        assert answer.out == ""
        assert "error: " in answer.err
        assert "usage: " in answer.err.lower()


def test_help_names_every_option_and_the_exit_codes(operator: Terminal) -> None:
    text = operator.run("check", "--help").out
    for option in (
        "--index",
        "--osv",
        "--distro",
        "--exposed",
        "--policy",
        "--given",
        "--vex",
        "--first-seen",
        "--out",
    ):
        assert option in text
    assert "64" in text


# --- every format out

_OPENINGS = {
    "html": "<!doctype html>",
    "csv": "",
    "sarif": "{",
    "openvex": "{",
    "csaf-vex": "{",
    "cyclonedx-vex": "{",
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_each_format_is_printed_and_names_what_was_found(operator: Terminal, portal: Path, name: str) -> None:
    text = operator.run("check", portal, "--format", name, code=DUE).out
    assert text.lstrip("\ufeff").lower().startswith(_OPENINGS[name])
    for vulnerability, _ in world.LISTS["cyclonedx-json"].found:
        assert vulnerability in text
    if _OPENINGS[name] == "{":
        json.loads(text)


def test_json_is_a_format_too(operator: Terminal, portal: Path) -> None:
    printed, asked = (
        operator.run("check", portal, *words, code=DUE).json for words in (["--json"], ["--format", "json"])
    )
    assert printed["plan"] == asked["plan"]


def test_several_files_are_written_by_their_suffix(operator: Terminal, portal: Path, tmp_path: Path) -> None:
    names = [
        "plan.html",
        "plan.csv",
        "plan.sarif",
        "plan.openvex.json",
        "plan.csaf.json",
        "plan.cdx.json",
        "plan.json",
    ]
    words = [word for name in names for word in ("--out", str(tmp_path / name))]
    printed = operator.run("check", portal, *words, code=DUE).out
    for name in names:
        assert f"written: {tmp_path / name}" in printed
    assert (tmp_path / "plan.html").read_text().lower().startswith("<!doctype html>")
    rows = list(csv.reader(io.StringIO((tmp_path / "plan.csv").read_text(encoding="utf-8-sig"))))
    assert len(rows) >= 5
    texts = {name: json.loads((tmp_path / name).read_text()) for name in names[2:]}
    assert texts["plan.sarif"]["version"] == "2.1.0"
    assert texts["plan.openvex.json"]["@context"].startswith("https://openvex.dev/ns")
    assert texts["plan.csaf.json"]["document"]["category"] == "csaf_vex"
    assert texts["plan.cdx.json"]["bomFormat"] == "CycloneDX"
    assert found(texts["plan.json"]) == world.LISTS["cyclonedx-json"].found


def test_nothing_is_written_where_a_name_says_nothing(operator: Terminal, portal: Path, tmp_path: Path) -> None:
    html = tmp_path / "plan.html"
    answer = operator.run("check", portal, "--out", html, "--out", tmp_path / "plan.docx", "--json", code=BAD_INPUT)
    assert code_of(answer) == "check.unknown-suffix"
    assert not html.exists()


def test_a_format_without_a_word_for_nothing_hides_no_finding(operator: Terminal, write: Write, tmp_path: Path) -> None:
    clean = write("requirements.txt", "jinja2==3.1.4\n")
    printed = operator.run("check", clean, "--out", tmp_path / "a.openvex.json", "--out", tmp_path / "a.html").out
    assert (tmp_path / "a.html").exists()
    assert (tmp_path / "a.openvex.json").exists() or "not written:" in printed


# --- what people say


def test_the_first_day_is_remembered_and_may_be_forgotten(operator: Terminal, portal: Path) -> None:
    today = datetime.now(UTC).date()
    seen = operator.home / "first-seen.json"
    operator.run("check", portal, "--forget", code=DUE)
    assert not seen.exists()
    operator.run("check", portal, code=DUE)
    book = json.loads(seen.read_text())
    (names,) = book["assets"].values()
    assert names[world.JINJA] == today.isoformat()
    for name in names:
        names[name] = (today - timedelta(30)).isoformat()
    seen.write_text(json.dumps(book))
    late = operator.ask("check", portal, code=OVERDUE)
    assert exposure_of(late, world.JINJA)["decision"]["due"] == (today - timedelta(27)).isoformat()
    given = operator.ask("check", portal, "--given", "automatable=no", "--given", "ssvc:TI:1.0.0=partial", code=OVERDUE)
    assert exposure_of(given, world.JINJA)["decision"]["outcome"] == "3DF", "what a source says is not talked down"
    operator.run("check", portal, "--forget", code=DUE)
    assert json.loads(seen.read_text()) == book
    seen.write_text("{")
    assert code_of(operator.run("check", portal, "--json", code=DAMAGED)) == "remediation.damaged-seen"
    operator.run("check", portal, "--forget", code=DUE)


def test_a_memory_that_cannot_be_written_hides_no_finding(
    operator: Terminal, portal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: SeenFile) -> None:
        raise UnavailableError("remediation.unopened", "no space is left", remedy="Make room.")

    monkeypatch.setattr(SeenFile, "save", full)
    document = operator.ask("check", portal, code=DUE)
    assert found(document) == world.LISTS["cyclonedx-json"].found
    (warning,) = document["result"]["warnings"]
    assert "due dates will slide: no space is left" in warning
    assert f"warning: {warning}" in operator.run("check", portal, code=DUE).out


def test_what_an_operator_says_does_not_move_the_date(operator: Terminal, write: Write) -> None:
    today = datetime.now(UTC).date()
    path = write("requirements.txt", "jinja2==3.1.3\n")
    pump = write("pump.csv", "asset,vendor,product,version\npump-7,Acme,Infusion Pump,4.1\n")
    seen = {"pump-7": {world.PUMP: (today - timedelta(10)).isoformat()}}
    (operator.home / "first-seen.json").write_text(json.dumps({"assets": seen}))
    words = ["--given", "automatable=yes", "--given", "technical impact=total", "--exposed", "yes"]
    exposure = exposure_of(operator.ask("check", pump, *words, code=OVERDUE), world.PUMP)
    assert exposure["decision"]["outcome"] == "3D"
    assert exposure["decision"]["due"] == (today - timedelta(7)).isoformat()
    operator.run("check", path, code=DUE)


def test_policies_by_name_by_id_and_by_file(operator: Terminal, portal: Path, write: Write) -> None:
    def outcomes(*words: str | Path) -> dict[str, tuple[str, str]]:
        document = operator.ask("check", portal, "--forget", *words, code=DUE)
        return {
            one["vulnerability"]["id"]: (one["decision"]["policy"], one["decision"]["outcome"])
            for one in document["result"]["exposures"]
        }

    default = outcomes()
    assert default[world.JINJA] == ("cisa:BOD2604:1.0.0", "3DF")
    assert outcomes("--policy", "cisa:BOD2604:1.0.0") == default
    deployer = outcomes("--policy", "ssvc_deployer", "--given", "human impact=high")
    assert deployer[world.JINJA] == ("ssvc:DT_DP:1.0.0", "immediate")
    assert outcomes("--policy", "ssvc:DT_DP:1.0.0", "--given", "ssvc:HI:2.0.2=high") == deployer
    own = msgspec.to_builtins(load_policy(), str_keys=True)
    own["key"], own["outcomes"][1]["days"] = "hospital:OWN", 7
    answer = operator.ask("check", portal, "--policy", write("own.json", json.dumps(own)), code=DUE)
    exposure = exposure_of(answer, world.LODASH)
    assert exposure["decision"]["policy"] == "hospital:OWN:1.0.0"
    assert exposure["decision"]["due"] == (datetime.now(UTC).date() + timedelta(7)).isoformat()
    own["table"] = list(own["table"])[1:]
    refused = operator.run("check", portal, "--policy", write("bad.json", json.dumps(own)), "--json", code=BAD_INPUT)
    assert "no row" in refused.error["message"]


def openvex(status: str, author: str, *, day: str = "2025-01-01", **members: str) -> str:
    statement = {
        "vulnerability": {"name": "PYSEC-2024-1"},
        "products": [{"@id": "pkg:pypi/jinja2@3.1.3"}],
        "status": status,
        **members,
    }
    return json.dumps(
        {
            "@context": "https://openvex.dev/ns/v0.2.0",
            "@id": f"urn:{author}",
            "author": author,
            "timestamp": f"{day}T00:00:00Z",
            "version": 1,
            "statements": [statement],
        }
    )


def test_vex_sets_aside_what_it_names_and_a_contradiction_does_not(
    operator: Terminal, portal: Path, write: Write
) -> None:
    harmless = write("a.json", openvex("not_affected", "Acme", justification="vulnerable_code_not_present"))
    document = operator.ask("check", portal, "--vex", harmless, code=DUE)
    assert [item["vulnerability"] for item in document["plan"]["set_aside"]] == [world.JINJA]
    assert "VEX by Acme" in document["plan"]["set_aside"][0]["why"]
    assert world.JINJA not in {name for action in document["plan"]["actions"] for name in action["closes"]}
    assert world.JINJA in {vulnerability for vulnerability, _ in found(document)}, "the finding itself stays"
    assert "set aside: CVE-2024-1001, VEX by Acme" in operator.run("check", portal, "--vex", harmless, code=DUE).out

    other = write("b.json", openvex("affected", "Hospital", action_statement="Upgrade."))
    for order in ((harmless, other), (other, harmless)):
        words = [word for path in order for word in ("--vex", path)]
        both = operator.ask("check", portal, *words, code=DUE)
        assert both["plan"]["set_aside"] == []
    later = write("c.json", openvex("affected", "Acme", day="2025-06-01", action_statement="Upgrade."))
    assert operator.ask("check", portal, "--vex", harmless, "--vex", later, code=DUE)["plan"]["set_aside"] == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"statements": []}', b"\xff" * 100, b"[" * 100_000])
def test_a_vex_document_that_is_none_is_refused(operator: Terminal, portal: Path, write: Write, content: bytes) -> None:
    answer = operator.run("check", portal, "--vex", write("vex.json", content), "--json", code=BAD_INPUT)
    assert code_of(answer).startswith("remediation.")


def test_products_by_name_show_their_confidence_and_a_ruling_decides(operator: Terminal, write: Write) -> None:
    named = write("pump.csv", "asset,vendor,product,version\npump-7,ACME Inc.,infusion-pump,4.1\n")
    exposure = exposure_of(operator.ask("check", named, code=DUE), world.PUMP)
    assert exposure["confidence"] == "probable"
    assert exposure["because"]
    assert exposure["remedy"] == "Vendor fix: Update the pump to V4.2."
    assert "probable match" in operator.run("check", named, code=DUE).out
    (pair,) = operator.ask("products", "review", named)["pairs"]
    why = ("--reason", "It is what the name plate says.")
    operator.run("products", "confirm", pair["id"], *why)
    confirmed = exposure_of(operator.ask("check", named, code=DUE), world.PUMP)
    assert (confirmed["confidence"], "person" in confirmed["because"]) == ("exact", True)
    operator.run("products", "reject", pair["id"], *why)
    document = operator.ask("check", named)
    assert (document["result"]["exposures"], document["result"]["undecided"]) == ([], [])
