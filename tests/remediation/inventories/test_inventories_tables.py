"""Asset lists and program lists as CSV and JSON: delimiters, encodings, spelling, formulas, bad rows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seawall.kernel.errors import InvalidInputError
from seawall.kernel.limits import Limits
from seawall.remediation import Asset, Inventory
from seawall.remediation.inventories import parse_inventory
from seawall.remediation.inventories.tables import TEMPLATE

ASSETS = """Asset Name{d}Vendor{d}PRODUCT-NAME{d}version{d}Exposure tag{d}Owner{d}Environment{d}CPE{d}purl{d}Serial
pump-7{d}Acme{d}"Infu{d}Pump ""3000""
mark two"{d}4.1.2{d}No{d}Biomed{d}production{d}{d}{d}S1
gateway{d}Nets{d}SecureGate{d}9.1{d}internet-facing{d}IT{d}{d}{d}{d}
pump-7{d}Acme{d}Pump OS{d}2.0{d}{d}{d}{d}{d}{d}
portal{d}{d}{d}{d}YES{d}IT{d}{d}{d}pkg:pypi/django@4.2{d}
"""


def products(inventory: Inventory) -> list[tuple[str, ...]]:
    return [(c.asset, c.vendor, c.name, c.version, c.ref) for c in inventory.components if c.purl is None]


def code_of(data: bytes, limits: Limits | None = None, name: str = "") -> str:
    with pytest.raises(InvalidInputError) as caught:
        parse_inventory(data, limits or Limits(), name=name)
    assert caught.value.remedy
    return caught.value.code


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_asset_list_in_any_delimiter_and_encoding(delimiter: str, encoding: str, end: str) -> None:
    text = ASSETS.replace("{d}", delimiter).replace("\n", end)
    inventory = parse_inventory(text.encode(encoding), name="assets.csv")
    assert products(inventory) == [
        ("pump-7", "Acme", f'Infu{delimiter if delimiter != chr(9) else " "}Pump "3000" mark two', "4.1.2", "row 2"),
        ("gateway", "Nets", "SecureGate", "9.1", "row 3"),
        ("pump-7", "Acme", "Pump OS", "2.0", "row 4"),
    ]
    assert [(str(c.purl), c.asset) for c in inventory.components if c.purl] == [("pkg:pypi/django@4.2", "portal")]
    assert inventory.assets == (
        Asset("pump-7", "no", "Biomed", "production"),
        Asset("gateway", "yes", "IT"),
        Asset("portal", "yes", "IT"),
    )
    assert inventory.notes == ("columns that were not read: Serial",)
    assert (inventory.format, inventory.unreadable) == ("asset list (CSV)", ())


def test_the_template_is_an_asset_list() -> None:
    inventory = parse_inventory(TEMPLATE.encode())
    assert (len(inventory.assets), len(inventory.components), inventory.unreadable) == (3, 3, ())


def test_the_manual_shows_the_template() -> None:
    manual = Path(__file__).parents[3] / "docs" / "inventories.md"
    assert TEMPLATE.replace("\r\n", "\n") in manual.read_text(encoding="utf-8")


def test_rows_that_are_not_right_are_named() -> None:
    text = (
        "name,vendor,product,version,exposure,purl\n"
        "a,Acme,Pump\n"
        "b,Acme,Pump,1,no,,extra\n"
        "c,Acme,Pump,1,no,,,\n"
        "\n"
        "d,,,,no\n"
        ",Acme,,1,\n"
        "e,Acme,Pump,1,perhaps\n"
        "f,,,,,pkg:npm/x\n"
        "g,,,,,no purl\n"
        ",,,,no,\n"
    )
    inventory = parse_inventory(text.encode())
    assert [row[0] for row in products(inventory)] == ["c", "e"]
    assert [line[:31] for line in inventory.unreadable] == [
        "row 2: it names no version",
        "row 3: it has 7 cells, the head",
        "row 6: it names no product on d",
        "row 7: it names no product",
        "row 9: it names no version",
        "row 10: 'no purl' is not a pack",
    ]
    assert inventory.notes == (
        "rows whose exposure is neither yes nor no, counted as unknown: 1 (row 8)",
        "rows left out, as they name neither a product nor a version: 1",
    )


def test_rows_that_contradict_each_other_count_as_exposed() -> None:
    rows = "name,product,version,exposure,owner\na,P,1,no,X\na,Q,1,yes,Y\nb,P,1,,\nb,Q,1,no,Z\n"
    inventory = parse_inventory(rows.encode())
    assert inventory.assets == (Asset("a", "yes", "X"), Asset("b", "no", "Z"))
    assert len(inventory.notes) == 2


@pytest.mark.parametrize("text", ['=HYPERLINK("http://x","y")', "@SUM(1)", "+1+1", "-2+3", "=cmd|' /C calc'!A0"])
def test_formulas_are_text(text: str) -> None:
    quoted = text.replace('"', '""')
    inventory = parse_inventory(f'name,product,version\na,"{quoted}",1\n'.encode())
    assert products(inventory) == [("a", "", text, "1", "row 2")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a,b,c\n1,2,3\n", "remediation.no-header"),
        ("pump,Acme,Pump,1\n", "remediation.no-header"),
        ("name,owner\na,b\n", "remediation.no-header"),
        ("name,product,version,Version\na,b,1,2\n", "remediation.duplicate-column"),
        ('name,product,version\na,"b,1\n', "remediation.unreadable-inventory"),
        ('name,product,version\na,"b"c,1\n', "remediation.unreadable-inventory"),
    ],
)
def test_bad_tables_are_refused(text: str, code: str) -> None:
    assert code_of(text.encode(), name="list.csv") == code


def test_limits_hold() -> None:
    rows = "name,product,version\n" + "a,b,1\n" * 10
    assert code_of(rows.encode(), Limits(items=5)) == "remediation.too-large"
    assert code_of(b"name,product,version\na," + b"x" * 2_000_000 + b",1\n") == "remediation.too-large"
    assert code_of(b"name,product,version\na," + b"x" * 200_000 + b",1\n") == "remediation.unreadable-inventory"


def test_two_names_of_one_column_leave_the_proper_one() -> None:
    inventory = parse_inventory(b"Device,Name,Product,Firmware,Version\nd,n,p,f,v\n")
    assert products(inventory) == [("n", "", "p", "v", "row 2")]
    assert inventory.notes == ("columns that were not read: Device, Firmware",)


def test_a_list_that_is_not_utf_8_is_read_as_windows_1252_and_says_so() -> None:
    inventory = parse_inventory("name;product;version\nserver;Büro;1\n".encode("cp1252"))
    assert products(inventory)[0][2] == "Büro"
    assert "Windows-1252" in inventory.notes[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_powershells_export(encoding: str, delimiter: str) -> None:
    rows = [
        "#TYPE Selected.System.Management.Automation.PSCustomObject",
        delimiter.join(('"DisplayName"', '"DisplayVersion"', '"Publisher"')),
        delimiter.join(('"7-Zip 23.01 (x64)"', '"23.01"', '"Igor Pavlov"')),
        delimiter * 2,
        delimiter.join(("", '"1.0"', '"Acme"')),
        delimiter.join(('"Driver"', "", '"Acme"')),
    ]
    inventory = parse_inventory("\r\n".join(rows).encode(encoding))
    assert products(inventory) == [("", "Igor Pavlov", "7-Zip 23.01 (x64)", "23.01", "row 2")]
    assert inventory.unreadable == ("row 4: it names no product", "row 5: it names no version")
    assert (inventory.format, inventory.assets) == ("program list (CSV)", ())


def test_excels_delimiter_line() -> None:
    assert len(parse_inventory(b"sep=;\nname;product;version\na;b;1\n").components) == 1


def test_powershells_json() -> None:
    rows = [
        {"DisplayName": "7-Zip", "DisplayVersion": "23.01", "Publisher": "Igor Pavlov", "InstallDate": 20240101},
        {"DisplayName": None, "DisplayVersion": None, "Publisher": None},
        {"DisplayName": "Tool", "DisplayVersion": 5.2},
        "text",
    ]
    inventory = parse_inventory(json.dumps(rows).encode("utf-16"))
    assert products(inventory) == [
        ("", "Igor Pavlov", "7-Zip", "23.01", "row 1"),
        ("", "", "Tool", "5.2", "row 3"),
    ]
    assert [line.partition(":")[0] for line in inventory.unreadable] == ["row 4"]
    assert len(parse_inventory(json.dumps(rows[0]).encode()).components) == 1


def test_pip_list_as_json() -> None:
    assert products(parse_inventory(b'[{"name": "x", "version": "1"}]')) == [("", "", "x", "1", "row 1")]


def test_winget_export() -> None:
    packages = [
        {"PackageIdentifier": "Mozilla.Firefox.ESR", "Version": "115.9.0"},
        {"PackageIdentifier": "9NBLGGH4NNS1", "Version": "1"},
        {"PackageIdentifier": "7zip.7zip"},
        {"Version": "1"},
    ]
    document = {"$schema": "https://aka.ms/winget-packages.schema.2.0.json", "Sources": [{"Packages": packages}]}
    inventory = parse_inventory(json.dumps(document).encode())
    assert products(inventory) == [
        ("", "Mozilla", "Firefox ESR", "115.9.0", "Mozilla.Firefox.ESR"),
        ("", "", "9NBLGGH4NNS1", "1", "9NBLGGH4NNS1"),
    ]
    assert [line.partition(":")[0] for line in inventory.unreadable] == ["7zip.7zip", "package 4"]


WINGET = """\r   - \r                                                                                \
\rName                       ID                          Version       Verfügbar Quelle
-----------------------------------------------------------------------------------------
7-Zip 23.01 (x64)          7zip.7zip                   23.01         24.05     winget
Microsoft Visual C++ 2015… Microsoft.VCRedist.2015+.x… 14.38.33135.0           winget
Some very long product na… Acme.Product                1.2                     winget
Local tool                 ARP\\Machine\\X64\\Tool        3.4
Cut too                    ARP\\Machine\\X64\\{1234-…     5…
Bound                      Acme.Bound                  > 2.0                   winget
Nothing                    Acme.Nothing                Unknown                 winget
"""


def test_winget_list() -> None:
    inventory = parse_inventory(WINGET.encode())
    assert products(inventory) == [
        ("", "7zip", "7-Zip 23.01 (x64)", "23.01", "7zip.7zip"),
        ("", "Acme", "Product", "1.2", "Acme.Product"),
        ("", "", "Local tool", "3.4", "Local tool"),
    ]
    assert [line.partition(": ")[2] for line in inventory.unreadable] == [
        "its name is cut off; use winget export",
        "it names no version that is certain: 5…",
        "it names no version that is certain: > 2.0",
        "it names no version that is certain: Unknown",
    ]


def test_a_wrong_extension_does_no_harm() -> None:
    assert parse_inventory(b"name,product,version\na,b,1\n", name="list.xlsx").format == "asset list (CSV)"
    assert parse_inventory(b"django==4.2\n", name="list.csv").format == "pip requirements"


@pytest.mark.parametrize(
    ("row", "whose"),
    [
        ("analyser,Siemens,RAPIDLab 1265,,no", ("analyser",)),
        ("analyser,Siemens,,1.0,no", ("analyser",)),
        ("analyser,Siemens,RAPIDLab 1265,1.0,no,shifted", ()),
    ],
)
def test_it_is_said_on_which_asset_something_was_unreadable(row: str, whose: tuple[str, ...]) -> None:
    table = f"name,vendor,product,version,exposed\npacs,Fujifilm,Synapse,7.0,no\n{row}\n"
    inventory = parse_inventory(table.encode())
    assert len(inventory.unreadable) == 1
    assert inventory.unread_on == whose
