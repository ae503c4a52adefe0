"""VEX of a plan: each exposure is said once, in all formats alike, and valid in each."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from tests.remediation import hospital
from tests.remediation.hospital import LOG4J, PORTAL, TODAY, decision, exposure, package

from seawall.advisories import Severity, validate
from seawall.kernel.errors import InvalidInputError
from seawall.remediation.model import VexStatement, VexStatus
from seawall.remediation.outputs import Sheet, output_of
from seawall.remediation.outputs.statements import statements_of
from seawall.remediation.planning.plan import plan_of
from seawall.remediation.vex import FORMATS, read_vex

AUTHOR = "Valley Hospital IT"


def _sheet(*statements: VexStatement) -> Sheet:
    result = hospital.result()
    return Sheet(result, plan_of(result, TODAY, statements=statements), "0.1.0", author=AUTHOR)


@pytest.mark.parametrize("name", FORMATS)
def test_all_formats_say_the_same(name: str) -> None:
    sheet = _sheet()
    reading = read_vex(output_of(name).write(sheet))
    assert reading.notes == ()
    assert [(one.vulnerability, one.product, one.status, one.detail) for one in reading.statements] == [
        (one.vulnerability, one.product, one.status, one.detail) for one in statements_of(sheet.plan)
    ]
    assert {(one.author, one.at) for one in reading.statements} == {(AUTHOR, hospital.AT)}


def test_statuses_follow_the_actions() -> None:
    said = {(one.vulnerability, one.product): one for one in statements_of(_sheet().plan)}
    log4shell = said["CVE-2021-44228", LOG4J]
    assert log4shell.status is VexStatus.AFFECTED
    assert log4shell.detail.startswith("Upgrade log4j-core to 2.17.1 or later, by 2026-11-17. Secure volatile evidence")
    assert said["CVE-2024-38226", "Microsoft Office LTSC Standard 2021"].status is VexStatus.UNDER_INVESTIGATION
    assert said["CVE-2020-16212", "Philips IntelliVue MX800 N.01"].status is VexStatus.UNDER_INVESTIGATION


def test_what_others_said_is_left_to_them() -> None:
    aside = VexStatement("CVE-2021-44228", LOG4J, VexStatus.NOT_AFFECTED, author="Vendor")
    assert ("CVE-2021-44228", LOG4J) not in {
        (one.vulnerability, one.product) for one in statements_of(_sheet(aside).plan)
    }


def test_a_cve_is_the_name_where_there_is_one() -> None:
    one = exposure(package("pkg:npm/a@1.0.0"), "SW-2026-000001", decision("SW-2026-000001", PORTAL), PORTAL, "2.0.0")
    folded = type(one.vulnerability)("SW-2026-000001", ("CVE-2026-1000", "SW-2026-000001"), "A title")
    result = hospital.result(replace(one, vulnerability=folded))
    said = {one.product: one for one in statements_of(plan_of(result, TODAY))}["pkg:npm/a@1.0.0"]
    assert (said.vulnerability, said.aliases, said.title) == ("CVE-2026-1000", ("SW-2026-000001",), "A title")


def test_the_csaf_document_passes_every_mandatory_test() -> None:
    document = output_of("csaf-vex").write(_sheet())
    assert [str(found) for found in validate(document) if found.severity is Severity.ERROR] == []


@pytest.mark.parametrize("name", FORMATS)
def test_an_empty_plan_has_no_vex(name: str) -> None:
    result = replace(hospital.result(), exposures=(), undecided=())
    with pytest.raises(InvalidInputError) as caught:
        output_of(name).write(Sheet(result, plan_of(result, TODAY), "0.1.0", author=AUTHOR))
    assert caught.value.code == "remediation.unwritable-vex"
