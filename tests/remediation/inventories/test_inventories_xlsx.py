"""Workbooks: what a spreadsheet stores is read as what it shows, and bombs do not go off."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile

import pytest

from seawall.kernel.errors import InvalidInputError
from seawall.kernel.limits import MIB, Limits
from seawall.remediation import Inventory
from seawall.remediation.inventories import parse_inventory

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
HEADER = "name", "vendor", "product", "version", "exposure"


def text(reference: str, value: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{value}</t></is></c>'


def row(number: int, *cells: str) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


def texts(number: int, *values: str) -> str:
    return row(number, *(text(f"{chr(65 + place)}{number}", value) for place, value in enumerate(values)))


def workbook(*sheets: str, members: dict[str, str | bytes] | None = None) -> bytes:
    """Write a workbook by hand; each sheet is the inside of `sheetData`."""
    numbers = range(1, len(sheets) + 1)
    files: dict[str, str | bytes] = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        + "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="rId{n}"/>' for n in numbers)
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">'
        + "".join(f'<Relationship Id="rId{n}" Type="x" Target="worksheets/sheet{n}.xml"/>' for n in numbers)
        + "</Relationships>",
    }
    for number, sheet in zip(numbers, sheets, strict=True):
        files[f"xl/worksheets/sheet{number}.xml"] = (
            f'<worksheet xmlns="{MAIN}"><sheetData>{sheet}</sheetData></worksheet>'
        )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (files | (members or {})).items():
            archive.writestr(name, content)
    return buffer.getvalue()


def rows_of(inventory: Inventory) -> list[tuple[str, ...]]:
    return [(c.asset, c.vendor, c.name, c.version, c.ref) for c in inventory.components]


def code_of(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(InvalidInputError) as caught:
        parse_inventory(data, limits or Limits())
    assert caught.value.remedy
    return caught.value.code


def test_an_asset_list_as_xlsx() -> None:
    strings = (
        f'<sst xmlns="{MAIN}"><si><t>Acme</t></si>'
        "<si><r><t>Infu</t></r><r><t>Pump</t></r><rPh><t>kana</t></rPh></si></sst>"
    )
    cells = (
        text("A5", "pump-7")
        + '<c r="B5" t="s"><v>0</v></c><c r="C5" t="s"><v>1</v></c>'
        + '<c r="D5" t="str"><f>"4"&amp;".1"</f><v>4.1</v></c><c r="E5" t="b"><v>0</v></c>'
    )
    sheet = texts(2, "Devices of the hospital") + texts(4, *HEADER) + row(5, cells)
    sheet += texts(9, "gw", "N", "G", "9", "yes")
    inventory = parse_inventory(workbook(sheet, members={"xl/sharedStrings.xml": strings}), name="wrong.csv")
    assert rows_of(inventory) == [
        ("pump-7", "Acme", "InfuPump", "4.1", "row 5"),
        ("gw", "N", "G", "9", "row 9"),
    ]
    assert [(asset.name, asset.exposed) for asset in inventory.assets] == [("pump-7", "no"), ("gw", "yes")]
    assert (inventory.format, inventory.notes, inventory.unreadable) == ("asset list (XLSX)", (), ())


def test_versions_that_the_sheet_took_for_numbers_or_dates() -> None:
    styles = (
        f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="170" formatCode="dd\\.mm\\.yyyy"/>'
        '<numFmt numFmtId="171" formatCode="0.0&quot;days&quot;"/></numFmts>'
        '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="170"/><xf numFmtId="16"/><xf numFmtId="171"/></cellXfs></styleSheet>'
    )

    def version(number: int, value: str, style: int) -> str:
        return row(
            number, text(f"A{number}", "a"), text(f"C{number}", "P"), f'<c r="D{number}" s="{style}"><v>{value}</v></c>'
        )

    sheet = (
        texts(1, *HEADER)
        + version(2, "4.0999999999999996", 0)
        + version(3, "45353", 1)
        + version(4, "45353", 2)
        + version(5, "7", 3)
    )
    inventory = parse_inventory(workbook(sheet, members={"xl/styles.xml": styles}))
    assert [(c.version, c.ref) for c in inventory.components] == [("4.1", "row 2"), ("7", "row 5")]
    assert inventory.unreadable == tuple(
        f"row {n}: its version is a date in the sheet; make the column text" for n in (3, 4)
    )
    assert inventory.notes[0] == (
        "versions that are numbers in the sheet, so that 1.10 would read 1.1: 1 (the first: row 2); "
        "make the column text"
    )


def test_every_sheet_that_is_a_list_is_read() -> None:
    lists = texts(1, *HEADER) + texts(2, "a", "V", "P", "1", "no")
    inventory = parse_inventory(workbook(lists, texts(1, "notes", "more"), lists, ""))
    assert [c.ref for c in inventory.components] == ["S1 row 2", "S3 row 2"]
    assert inventory.notes == ("sheet 'S2' names no columns of an asset list; it was not read",)


def test_cells_without_references_stand_one_after_the_other() -> None:
    cells = [f'<c t="inlineStr"><is><t>{value}</t></is></c>' for value in ("a", "V", "P", "1")]
    inventory = parse_inventory(workbook(texts(1, *HEADER) + f"<row>{''.join(cells)}</row>"))
    assert rows_of(inventory) == [("a", "V", "P", "1", "row 2")]


def test_the_far_corner_costs_no_memory() -> None:
    sheet = texts(1, *HEADER) + texts(2, "a", "V", "P", "1") + texts(1048576, "z", "V", "P", "2")
    tracemalloc.start()
    inventory = parse_inventory(workbook(sheet))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [c.ref for c in inventory.components] == ["row 2", "row 1048576"]
    assert peak < 4 * MIB
    assert code_of(workbook(texts(1, *HEADER) + row(2, text("XFD2", "x")))) == "remediation.too-large"


def test_a_bomb_is_refused_by_its_directory_before_it_is_inflated() -> None:
    bomb = workbook(texts(1, *HEADER), members={"xl/media/zeros": b"\x00" * (40 * MIB)})
    assert len(bomb) < MIB
    tracemalloc.start()
    code = code_of(bomb, Limits(bytes=32 * MIB))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert code == "remediation.too-large"
    assert peak < 8 * MIB


def test_a_bomb_that_lies_about_its_size_is_refused_while_it_is_inflated() -> None:
    bomb = bytearray(workbook(texts(1, *HEADER) + texts(2, "a", "V", "P", "x" * (16 * MIB - 100))))
    entry = bomb.rfind(b"PK\x01\x02")
    assert b"sheet1.xml" in bomb[entry:]
    struct.pack_into("<I", bomb, entry + 24, 1000)
    tracemalloc.start()
    code = code_of(bytes(bomb))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert code == "remediation.unreadable-inventory"
    assert peak < 8 * MIB


def test_limits_hold() -> None:
    sheet = texts(1, *HEADER) + "".join(texts(n, "a", "V", "P", "1") for n in range(2, 200))
    assert code_of(workbook(sheet), Limits(items=50)) == "remediation.too-large"
    assert code_of(workbook(sheet), Limits(bytes=10_000)) == "remediation.too-large"
    assert code_of(workbook(texts(1, *HEADER, "y" * 5000)), Limits(string_bytes=1000)) == "remediation.too-large"
    many = {f"xl/media/{n}": b"" for n in range(6000)}
    assert code_of(workbook(sheet, members=many)) == "remediation.too-large"


def archive(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as out:
        for name, content in members.items():
            out.writestr(name.replace("__", "/").replace("_", "."), content)
    return buffer.getvalue()


ENTITY = '<!DOCTYPE sst [<!ENTITY a "aaaa">]>'


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (workbook(texts(1, *HEADER))[:-30], "remediation.unreadable-inventory"),
        (workbook(texts(1, *HEADER))[:40], "remediation.unreadable-inventory"),
        (workbook(texts(1, "x", "y")), "remediation.no-header"),
        (workbook(), "remediation.no-header"),
        (workbook(texts(1, "name", "product", "version", "Version")), "remediation.duplicate-column"),
        (workbook(texts(1, *HEADER) + "<row>"), "remediation.unreadable-inventory"),
        (workbook(row(1, '<c r="A1" t="s"><v>7</v></c>')), "remediation.unreadable-inventory"),
        (workbook("", members={"xl/sharedStrings.xml": f"{ENTITY}<sst>&a;</sst>"}), "remediation.hostile-xml"),
        (archive(xl__workbook_bin=b""), "remediation.unsupported-inventory"),
        (archive(content_xml=b"", mimetype=b""), "remediation.unsupported-inventory"),
        (archive(word__document_xml=b""), "remediation.unknown-inventory"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "remediation.unsupported-inventory"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512) + "EncryptedPackage".encode("utf-16-le"),
            "remediation.encrypted-inventory",
        ),
    ],
)
def test_bad_workbooks_are_refused(data: bytes, code: str) -> None:
    assert code_of(data) == code


def test_a_workbook_with_an_encrypted_member_is_refused() -> None:
    data = bytearray(workbook(texts(1, *HEADER)))
    place = -1
    while (place := data.find(b"PK\x01\x02", place + 1)) >= 0:
        data[place + 8] |= 1
    assert code_of(bytes(data)) == "remediation.unreadable-inventory"
