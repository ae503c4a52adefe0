"""What goes out can come in again: intake reads published documents, and a draft of that says the same."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest
from tests.advisories.examples import NOW, PUBLISHER, V2, V31, advisory, case

from seawall.advisories import Advisory, AdvisoryProduct, draft, standard_formats
from seawall.advisories.ports import AdvisoryFormat
from seawall.intake import Finding, Report
from seawall.intake.formats import Context, read
from seawall.kernel.marking import Marking

_CSAF, _OSV = standard_formats(PUBLISHER, "0.1.0")
_RANGE = (("introduced", "1.0"), ("fixed", "1.2"))


def _published() -> Advisory:
    return advisory(
        identifiers=("CVE-2026-10001", "CVE-2026-10002", "GHSA-2345-6789-cfgh"),
        vectors=(V2, V31),
        products=(
            AdvisoryProduct("pkg:npm/%40acme/pad", affected=("2.0.0",)),
            AdvisoryProduct("pkg:pypi/rocket", affected=("1.0", "1.1"), fixed=("1.2",), ranges=(_RANGE,)),
        ),
    )


def _read_again(format_: AdvisoryFormat, published: Advisory) -> Advisory:
    data = format_.render(published)
    report = Report("SWR-1", sha256(data).hexdigest(), len(data), "x", "x", Marking.CLEAR, "", NOW)
    items: list[Finding] = list(read(data, Context(report)).findings)
    return draft(case(*items), items, at=NOW)


@pytest.mark.parametrize("format_", [_CSAF, _OSV], ids=["csaf", "osv"])
def test_nothing_is_lost(format_: AdvisoryFormat) -> None:
    published = _published()
    again = _read_again(format_, published)
    assert again == replace(
        published, grade="E0", grade_reason="No evidence was checked.", revisions=again.revisions, priority=""
    )


def test_csaf_keeps_all_four_statuses() -> None:
    product = AdvisoryProduct(
        "pkg:pypi/rocket", affected=("1.0",), fixed=("1.2",), not_affected=("0.5",), under_investigation=("0.9",),
        ranges=(_RANGE,),
    )  # fmt: skip
    assert _read_again(_CSAF, advisory(products=(product,))).products == (product,)
