"""The operator's main job, from files to an answer: every format in and out, and everything that goes wrong."""

from __future__ import annotations

import csv
import io
import json
import shutil
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seawall.kernel.errors import SeawallError, UnavailableError
from seawall.kernel.limits import GIB
from seawall.priority import load_policy
from seawall.remediation import CheckService, SeenFile, plan_of
from seawall.remediation.index import open_index
from seawall.remediation.inventories import FORMATS, parse_inventory
from seawall.remediation.outputs import OUTPUTS, Sheet, output_of
from tests.entry import operator_fixtures as world
from tests.entry import reports
from tests.entry.conftest import Answer, Terminal

Write = Callable[[str, str | bytes], Path]
PORTAL = world.LISTS["cyclonedx-json"].content
NOTHING_DUE, DUE, OVERDUE = 0, 1, 2
USAGE, BAD_INPUT, NOT_FOUND, UNAVAILABLE, DAMAGED = 64, 65, 66, 69, 74


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with an index, as `seawall index build` leaves it."""
    folder = tmp_path_factory.mktemp("operator")
    operator = Terminal(folder / "home", {"SEAWALL_CACHE": str(folder / "cache")})
    answer = operator.ask("index", "build", world.write_feeds(folder / "feeds"))
    assert answer["unreadable"] == 0, answer["problems"]
    return operator.home


@pytest.fixture
def operator(terminal: Terminal, built: Path) -> Terminal:
    """A terminal of somebody who has an index and nothing else."""
    shutil.copytree(built, terminal.home)
    return terminal


@pytest.fixture
def portal(write: Write) -> Path:
    return write("portal.cdx.json", PORTAL)


def found(document: Any) -> set[tuple[str, str]]:
    """Which vulnerability in which version of a component."""
    pairs = set()
    for exposure in document["result"]["exposures"]:
        component = exposure["component"]
        purl = (component["purl"] or "").partition("?")[0]
        pairs.add(
            (exposure["vulnerability"]["id"], purl.rpartition("@")[2].replace("%2B", "+") or component["version"])
        )
    return pairs


def exposure_of(document: Any, vulnerability: str) -> Any:
    (exposure,) = [one for one in document["result"]["exposures"] if one["vulnerability"]["id"] == vulnerability]
    return exposure


def code_of(answer: Answer) -> str:
    assert answer.out == ""
    assert answer.error["remedy"]
    assert answer.error["message"]
    return str(answer.error["code"])


_PIECES = (
    b"",
    b'"',
    b"{",
    b"}",
    b"[",
    b"]",
    b"null",
    b"1e999",
    b"-1",
    b"\x00",
    b"pkg:npm/lodash@",
    b"pkg:",
    b"%00",
    b"9" * 400,
)
_PIECES += (
    b"?distro=debian-12&upstream=a@b@c",
    b"cpe:2.3:a:",
    b",",
    b";",
    b"\t",
    b"\n",
    b"<",
    b"&#0;",
    b"latest",
    b"@",
    b"=cmd",
)
"""What a broken tool, a slip of an editor or an attacker puts into an inventory."""


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
    if "--format" in words:  # which would count for nothing beside --json
        answer = operator.run("check", *arguments, code=code)
        assert (answer.out, f"[{error}]" in answer.err) == ("", True)
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


# --- offline, and what is compared with


def test_no_socket_is_needed(operator: Terminal, portal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        pytest.fail("a check asked for the network")

    for name in ("socket", "create_connection", "getaddrinfo", "gethostbyname"):
        monkeypatch.setattr(socket, name, refuse)
    operator.run("check", portal, "--json", code=DUE)
    operator.run("check", portal, "--format", "html", code=DUE)


def test_old_data_say_so(terminal: Terminal, portal: Path, tmp_path: Path) -> None:
    terminal.run("index", "build", world.write_feeds(tmp_path / "old", age=40))
    warnings = terminal.ask("check", portal, code=DUE)["result"]["warnings"]
    for source in ("csaf", "cve", "epss", "kev", "osv"):
        assert any(f"the data of {source} is 40 days old" in warning for warning in warnings), source
    assert "warning: the data of kev is 40 days old" in terminal.run("check", portal, code=DUE).out


def test_data_from_the_future_say_so(terminal: Terminal, portal: Path, tmp_path: Path) -> None:
    terminal.run("index", "build", world.write_feeds(tmp_path / "new", age=-400))
    document = terminal.ask("check", portal, code=DUE)
    assert any("in the future" in warning for warning in document["result"]["warnings"])
    due = {one["decision"]["due"] for one in document["result"]["exposures"]}
    assert max(due) <= (datetime.now(UTC).date() + timedelta(60)).isoformat()


def test_a_clearinghouse_checks_against_its_cases_as_well(operator: Terminal, portal: Path, write: Write) -> None:
    alone = operator.ask("check", portal, "--forget", code=DUE)
    operator.run("init")
    operator.run("submit", write("report.json", reports.report("Serde eats", purl="pkg:cargo/serde@1.0.0")))
    operator.run("process", "--no-prove")
    both = operator.ask("check", portal, "--forget", code=DUE)
    assert found(both) > found(alone)
    assert {version for _, version in found(both) - found(alone)} == {"1.0.0"}
    dates = [
        {e["vulnerability"]["id"]: e["decision"]["due"] for e in document["result"]["exposures"]}
        for document in (alone, both)
    ]
    assert dates[0].items() <= dates[1].items(), "the statements of the index count there too"


def test_without_an_index_nothing_is_cleared(terminal: Terminal, portal: Path) -> None:
    assert code_of(terminal.run("check", portal, "--json", code=NOT_FOUND)) == "remediation.nothing-known"
    words = terminal.run("check", portal, code=NOT_FOUND).err
    assert "seawall index build" in words


def test_records_may_be_named_beside_or_instead_of_an_index(
    terminal: Terminal, operator: Terminal, portal: Path, write: Write
) -> None:
    serde = write("serde.json", json.dumps(world.osv("RUSTSEC-2024-1", "crates.io", "serde", *world.below("2.0.0"))))
    both = operator.ask("check", portal, "--osv", serde, code=DUE)
    assert found(both) == {*world.LISTS["cyclonedx-json"].found, ("RUSTSEC-2024-1", "1.0.0")}
    assert both["result"]["not_compared"] == []
    (terminal.home / "index.sqlite").unlink()
    alone = terminal.ask("check", portal, "--osv", serde, code=DUE)
    assert found(alone) == {("RUSTSEC-2024-1", "1.0.0")}
    assert sum(gap["components"] for gap in alone["result"]["not_compared"]) == 6, "all others are not cleared"
    bad = write("bad.json", "{}")
    answer = operator.run("check", portal, "--osv", bad, "--json", code=BAD_INPUT)
    assert code_of(answer) == "remediation.unreadable-records"


def _newer(index: Path) -> None:
    data = bytearray(index.read_bytes())
    data[60:64] = (99).to_bytes(4, "big")
    index.write_bytes(data)


def _other_bytes(index: Path) -> None:
    data = bytearray(index.read_bytes())
    data[-1] ^= 1
    index.write_bytes(data)


def _truncated(index: Path) -> None:
    index.write_bytes(index.read_bytes()[:-4096])


def _cut_to_nothing(index: Path) -> None:
    index.write_bytes(b"")


def _alone(index: Path) -> None:
    for path in index.parent.glob("index.sqlite.*"):
        path.unlink()


@pytest.mark.parametrize(
    ("harm", "code", "error"),
    [
        (_newer, BAD_INPUT, "remediation.index-too-new"),
        (_other_bytes, DAMAGED, "remediation.index-damaged"),
        (_truncated, DAMAGED, "remediation.index-damaged"),
        (_cut_to_nothing, BAD_INPUT, "remediation.no-index"),
        (_alone, BAD_INPUT, "remediation.index-without-manifest"),
    ],
)
def test_an_index_that_cannot_be_trusted_answers_nothing(
    operator: Terminal, portal: Path, harm: Callable[[Path], None], code: int, error: str
) -> None:
    harm(operator.home / "index.sqlite")
    assert code_of(operator.run("check", portal, "--json", code=code)) == error


# --- hostile inventories

_BOM = 'xmlns="http://cyclonedx.org/schema/bom/1.5"'
_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
_HOSTILE: dict[str, tuple[str | bytes, str]] = {
    "truncated JSON": (PORTAL[: len(PORTAL) // 2], "remediation.unreadable-inventory"),
    "truncated XML": (world.LISTS["cyclonedx-xml"].content[:150], "remediation.unreadable-inventory"),
    "truncated XLSX": (world.LISTS["xlsx"].content[:400], "remediation.unreadable-inventory"),
    "entities": (
        f'<?xml version="1.0"?><!DOCTYPE bom [<!ENTITY l0 "lol">{_LAUGHS}]><bom {_BOM}><a>&l9;</a></bom>',
        "remediation.hostile-xml",
    ),
    "outside entity": (
        f'<!DOCTYPE bom [<!ENTITY x SYSTEM "file:///etc/passwd">]><bom {_BOM}>&x;</bom>',
        "remediation.hostile-xml",
    ),
    "deep JSON": ('{"bomFormat": "CycloneDX", "specVersion": "1.5", "components": ' + "[" * 100_000, "remediation."),
    "nothing": (b"", "remediation.unreadable-inventory"),
    "zeros": (bytes(5000), "remediation.unknown-inventory"),
    "prose": ("Dear hospital,\nwe have a server and two pumps.\n", "remediation."),
    "a record": (json.dumps(world.osv("X-1", "npm", "a")), "remediation.unknown-inventory"),
    "a newer SBOM": ('{"bomFormat": "CycloneDX", "specVersion": "9.9", "components": []}', "remediation.unsupported"),
    "two columns of one name": ("name,name,version\na,b,1\n", "remediation.duplicate-column"),
}


@pytest.mark.parametrize("case", _HOSTILE)
def test_a_document_that_cannot_be_read_is_refused_as_a_whole(operator: Terminal, write: Write, case: str) -> None:
    content, code = _HOSTILE[case]
    assert code_of(operator.run("check", write("inventory", content), "--json", code=BAD_INPUT)).startswith(code)


def test_a_file_that_is_too_large_is_refused_by_its_size(operator: Terminal, tmp_path: Path) -> None:
    huge = tmp_path / "huge.json"
    with huge.open("wb") as file:
        file.write(b'{"bomFormat": "CycloneDX", "specVersion": "1.5", "x": "')
        file.truncate(2 * GIB)
    assert code_of(operator.run("check", huge, "--json", code=BAD_INPUT)) == "remediation.too-large"


@pytest.mark.parametrize("way", ["file", "-"])
def test_the_limit_of_the_environment_holds(operator: Terminal, portal: Path, way: str) -> None:
    words = ["check", "-" if way == "-" else portal, "--json"]
    content = PORTAL if way == "-" else None
    answer = operator.run(*words, stdin=content, code=BAD_INPUT, SEAWALL_MAX_BYTES="1000")
    assert code_of(answer) == "remediation.too-large"
    assert "1,000 bytes" in answer.error["message"] or "1000 bytes" in answer.error["message"]


def test_a_bomb_in_a_workbook_is_refused(operator: Terminal, write: Write) -> None:
    bomb = world.workbook(("name", "product", "version"), ("a", "x" * 60_000_000, "1"))
    assert len(bomb) < 100_000
    assert code_of(operator.run("check", write("bomb.xlsx", bomb), "--json", code=BAD_INPUT)) == "remediation.too-large"


def test_many_components_under_one_reference_hide_none(operator: Terminal, write: Write) -> None:
    repeated = world.part("pkg:npm/a@1.0.0", **{"bom-ref": "same"})
    lodash = world.part("pkg:npm/lodash@4.17.20", **{"bom-ref": "same"})
    many = json.dumps(world.cyclonedx(*[repeated] * 20_000, lodash, *[repeated] * 20_000))
    document = operator.ask("check", write("many.json", many), code=DUE)
    assert found(document) == {(world.LODASH, "4.17.20")}
    assert any("39,999" in note for note in document["result"]["inventory"]["notes"]), "repeats are counted"


def test_references_in_circles_change_nothing(operator: Terminal, write: Write) -> None:
    lodash = world.part("pkg:npm/lodash@4.17.20")
    circle = [{"ref": "a", "dependsOn": ["b"]}, {"ref": "b", "dependsOn": ["a", "b"]}]
    text = json.dumps(world.cyclonedx(lodash, lodash, dependencies=circle))
    assert found(operator.ask("check", write("circle.json", text), code=DUE)) == {(world.LODASH, "4.17.20")}


def test_what_cannot_be_read_or_compared_is_counted_and_shown(operator: Terminal, write: Write) -> None:
    parts = [
        {"type": "library", "bom-ref": "u1", "name": "lodash", "purl": "pkg:npm/lodash"},
        {"type": "library", "bom-ref": "u2", "name": "lodash", "version": "4.17.20", "purl": "no purl at all"},
        {"type": "library", "bom-ref": "u3", "name": "x", "version": "1", "purl": "pkg:teapot/x@1"},
        {"type": "library", "bom-ref": "u4", "name": "lodash", "version": "latest", "purl": "pkg:npm/lodash@latest"},
        {"type": "library", "bom-ref": "u5", "name": "SecureGate"},
        {"type": "library", "bom-ref": "u6", "purl": "pkg:npm/lodash@\x1b[2J4.17.20"},
    ]
    path = write("odd.json", json.dumps(world.cyclonedx(*parts)))
    result = operator.ask("check", path)["result"]
    assert result["exposures"] == []
    told = json.dumps([result["inventory"]["unreadable"], result["not_compared"], result["undecided"]])
    counted = (
        len(result["inventory"]["unreadable"])
        + sum(gap["components"] for gap in result["not_compared"])
        + len({doubt["component"]["ref"] for doubt in result["undecided"]})
    )
    assert counted == len(parts), told
    assert "teapot" in told
    assert "'latest'" in told
    words = operator.run("check", path).out
    assert "not decided: CVE-2024-1002" in words
    assert "not compared: 1 component of teapot" in words
    assert words.count("not read: ") == len(result["inventory"]["unreadable"])
    assert "\x1b" not in words


def test_formulas_are_text_and_stay_text(operator: Terminal, write: Write) -> None:
    rows = "asset,vendor,product,version,owner\n=cmd|'/c calc'!A1,Acme,Infusion Pump,4.1,@SUM(1)\n"
    text = operator.run("check", write("assets.csv", rows), "--format", "csv", code=DUE).out
    cells = [cell for row in csv.reader(io.StringIO(text.lstrip("\ufeff"))) for cell in row]
    assert any("cmd|" in cell for cell in cells)
    assert not [cell for cell in cells if cell[:1] in {"=", "@", "+", "\t", "\r"}]


def test_hostile_names_steer_no_terminal_and_no_page(operator: Terminal, write: Write) -> None:
    name = "<script>alert(1)</script>\x1b]0;owned\x07"
    rows = f"asset,vendor,product,version\n{name},Acme,Infusion Pump,4.1\n"
    path = write("assets.csv", rows)
    assert not {"\x1b", "\x07"} & set(operator.run("check", path, code=DUE).out)
    page = operator.run("check", path, "--format", "html", code=DUE).out
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(sorted(world.LISTS)),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 30), st.sampled_from(_PIECES)), min_size=1, max_size=4),
)
def test_a_mutilated_inventory_is_read_or_refused_and_never_breaks_a_check(
    built: Path, format_: str, cuts: list[tuple[float, int, bytes]]
) -> None:
    listed = world.LISTS[format_]
    content = listed.content
    for where, length, piece in cuts:
        start = int(where * len(content))
        content = content[:start] + piece + content[start + length :]
    with open_index(built / "index.sqlite") as index:
        try:
            inventory = parse_inventory(content, distro=listed.distro)
        except SeawallError:
            return  # refused as a whole
        at = datetime(2026, 11, 21, tzinfo=UTC)
        result = CheckService(index).check(inventory, at=at)
        plan = plan_of(result, at.date(), look_up=index.look_up)
        for name in ("html", "csv", "sarif"):
            assert output_of(name).write(Sheet(result, plan, "0", index.info))
        actions = sum(len(action.exposures) for action in plan.actions)
        assert actions + len(plan.set_aside) == len(result.exposures), "each exposure has its action"
