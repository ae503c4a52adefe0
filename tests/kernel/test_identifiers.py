"""Identifiers have one spelling, whatever way they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.kernel.errors import InvalidInputError
from seawall.kernel.identifiers import (
    case_id,
    derived_id,
    identifiers_in,
    known_identifiers,
    parse_identifier,
    parse_weakness,
    weaknesses_of,
)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        (" cve-2024-12345 ", "CVE-2024-12345"),
        ("ghsa-PPPG-cpfq-h7wr", "GHSA-pppg-cpfq-h7wr"),
        ("PYSEC-2024-40", "PYSEC-2024-40"),
        ("GO-2020-0001", "GO-2020-0001"),
        ("OSV-2022-667", "OSV-2022-667"),
        ("RHSA-2024:0012", "RHSA-2024:0012"),
        ("SW-2026-000001", "SW-2026-000001"),
    ],
)
def test_known_spellings(text, canonical) -> None:
    assert parse_identifier(text) == canonical


@pytest.mark.parametrize(
    "text", ["", "CVE-24-1", "CVE-2024-123", "GHSA-aaaa-bbbb-cccc", "a sentence", "CVE-2024-\uff11\uff12\uff13\uff14"]
)
def test_what_no_database_writes_is_refused_with_a_remedy(text) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_identifier(text)
    assert caught.value.code == "kernel.invalid-identifier"
    assert "CVE-2024-1234" in caught.value.diagnostics().remedy


def test_text_names_identifiers_but_not_parts_of_words() -> None:
    text = "Like cve-2021-3281 and GHSA-fvgf-6h6h-3322; not XCVE-2021-3281, CVE-2021-3281-B or CVE-20210-1."
    assert identifiers_in(text) == ("CVE-2021-3281", "GHSA-fvgf-6h6h-3322")


def test_unknown_ones_are_left_out_and_repeats_fold() -> None:
    assert known_identifiers(["BR-2024-7", "cve-2024-0001", "CVE-2024-0001"]) == ("CVE-2024-0001",)


@pytest.mark.parametrize("text", ["79", "CWE-79", "cwe_079", "CWE-79: Cross-site Scripting", " CWE 79 "])
def test_weaknesses_have_one_spelling(text) -> None:
    assert parse_weakness(text) == "CWE-79"


def test_weaknesses_are_ordered_by_number() -> None:
    assert weaknesses_of(["CWE-787", "20", "NVD-CWE-noinfo", "CWE-20"]) == ("CWE-20", "CWE-787")


@given(st.lists(st.binary(max_size=8), max_size=4), st.lists(st.binary(max_size=8), max_size=4))
def test_derived_ids_differ_when_the_parts_do(left, right) -> None:
    assert (derived_id("SWF", *left) == derived_id("SWF", *right)) == (left == right)


def test_case_ids_sort_in_order() -> None:
    assert case_id(2026, 7) == "SW-2026-000007"
    assert parse_identifier(case_id(2026, 1234567)) == "SW-2026-1234567"
