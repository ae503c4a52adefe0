"""The table: every exposure has a row, and no cell is a formula."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.remediation import hospital
from tests.remediation.hospital import LOG4J, PORTAL, TODAY, decision, exposure, product

from seawall.remediation.model import CheckResult, VexStatement, VexStatus
from seawall.remediation.outputs import Sheet, output_of
from seawall.remediation.outputs.table import COLUMNS, neutral
from seawall.remediation.planning.plan import plan_of


def _rows(result: CheckResult, *statements: VexStatement) -> list[dict[str, str]]:
    document = output_of("csv").write(Sheet(result, plan_of(result, TODAY, statements=statements), "0.1.0"))
    assert document.startswith(b"\xef\xbb\xbf")
    assert document.endswith(b"\r\n")
    return list(csv.DictReader(io.StringIO(document.decode("utf-8-sig"), newline="")))


def test_every_exposure_doubt_and_gap_has_a_row() -> None:
    result = hospital.result()
    rows = _rows(result)
    assert tuple(rows[0]) == COLUMNS
    kinds = [row["kind"] for row in rows]
    assert len(rows) == len(result.exposures) + 3
    assert kinds[-2:] == ["not compared", "not read"]
    assert {(row["vulnerability"], row["asset"]) for row in rows if row["asset"]} == {
        *((one.vulnerability.id, one.asset.name) for one in result.exposures),
        ("CVE-2020-16212", "ward-monitors"),
    }


def test_a_row_says_what_where_by_when_and_why() -> None:
    row = _rows(hospital.result())[0]
    assert row["what to do"] == "Upgrade log4j-core to 2.17.1 or later"
    assert (row["due"], row["state"], row["asset"], row["owner"]) == (
        "2026-11-17",
        "overdue",
        "patient-portal",
        "web team",
    )
    assert (row["installed"], row["go to"], row["known exploited"]) == ("2.14.1", "2.17.1", "yes")
    assert (row["component"], row["forensics first"]) == (LOG4J, "yes")
    assert "Due 2026-11-17" in row["reason"]


def test_the_state_is_that_of_the_row_and_not_of_the_action() -> None:
    rows = [
        row for row in _rows(hospital.result()) if row["number"] == "1" and row["vulnerability"] == "CVE-2021-44228"
    ]
    assert {row["asset"]: row["state"] for row in rows} == {"patient-portal": "overdue", "pacs-01": "this week"}


def test_what_was_set_aside_stays_in_sight() -> None:
    statement = VexStatement(
        "CVE-2021-44228", LOG4J, VexStatus.NOT_AFFECTED, detail="Lookups are off.", author="Vendor"
    )
    aside = [row for row in _rows(hospital.result(), statement) if row["kind"] == "set aside"]
    assert [(row["asset"], row["vulnerability"], row["due"]) for row in aside] == [
        ("patient-portal", "CVE-2021-44228", "")
    ]
    assert "Lookups are off." in aside[0]["reason"]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1", "\uff1d1", "\u200b=1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    component = product(cell, cell, "1", PORTAL.name, cell)
    hostile = exposure(
        component, "CVE-1", decision("CVE-1", PORTAL), replace(PORTAL, owner=cell), title=cell, remedy=cell
    )
    result = hospital.result(hostile)
    for row in _rows(result):
        for value in row.values():
            assert not value.lstrip().startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d"))
    assert any(row["title"].startswith("'") or row["title"].startswith("[U+") for row in _rows(result))


@given(st.text())
def test_neutral_cells_keep_their_words(cell: str) -> None:
    made = neutral(cell)
    assert not made.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"))
    assert "\x00" not in made
    if cell.isalnum() and cell.isascii():
        assert made == cell
