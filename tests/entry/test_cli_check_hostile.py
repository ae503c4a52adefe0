"""`seawall check` against what is old, damaged, hostile or absent: a clear error or a counted skip, no all-clear."""

from __future__ import annotations

import csv
import io
import json
import shutil
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seawall.kernel.errors import SeawallError
from seawall.kernel.limits import GIB
from seawall.remediation import CheckService, plan_of
from seawall.remediation.index import open_index
from seawall.remediation.inventories import parse_inventory
from seawall.remediation.outputs import Sheet, output_of
from tests.entry import operator_fixtures as world
from tests.entry import reports
from tests.entry.conftest import Terminal
from tests.entry.operator_answers import (
    BAD_INPUT,
    DAMAGED,
    DUE,
    NOT_FOUND,
    code_of,
    found,
    home_with_index,
)

Write = Callable[[str, str | bytes], Path]
PORTAL = world.LISTS["cyclonedx-json"].content
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
