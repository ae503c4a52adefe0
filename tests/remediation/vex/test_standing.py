"""Which statement stands: by identifier and product, the latest of an author, the most cautious of several."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.remediation import hospital
from tests.remediation.hospital import PACS, decision, exposure, package, product

from seawall.remediation.model import VexStatement, VexStatus, Vulnerability
from seawall.remediation.vex import Standing, standing_of
from seawall.remediation.vex.standing import in_words

DEB = "pkg:deb/debian/libssl3@3.0.11-1?distro=debian-12&upstream=openssl"
_CAUTIOUS = [VexStatus.NOT_AFFECTED, VexStatus.FIXED, VexStatus.UNDER_INVESTIGATION, VexStatus.AFFECTED]


def _says(status: VexStatus, day: int = 0, author: str = "Vendor", on: str = DEB, name: str = "CVE-1") -> VexStatement:
    at = datetime(2026, 11, day, tzinfo=UTC) if day else None
    return VexStatement(name, on, status, author=author, at=at)


def _found(on: str, name: str = "CVE-1", status: VexStatus = VexStatus.NOT_AFFECTED) -> bool:
    one = exposure(package(DEB), "CVE-1", decision("CVE-1", PACS), PACS)
    folded = replace(one, vulnerability=Vulnerability("CVE-1", ("CVE-1", "GHSA-x"), ""))
    return Standing([_says(status, on=on, name=name)]).on(folded) is not None


@pytest.mark.parametrize(
    ("on", "speaks"),
    [
        (DEB, True),
        ("pkg:deb/debian/libssl3@3.0.11-1", True),
        ("pkg:deb/debian/libssl3", True),
        ("pkg:DEB/Debian/libssl3@3.0.11-1", True),
        ("pkg:deb/debian/libssl3@3.0.12-1", False),
        ("pkg:deb/ubuntu/libssl3@3.0.11-1", False),
        ("pkg:deb/debian/libssl3@3.0.11-1?distro=debian-11", False),
        ("libssl3", False),
    ],
)
def test_packages_are_named_by_purl(on: str, speaks: bool) -> None:
    assert _found(on) is speaks


def test_any_identifier_names_the_vulnerability() -> None:
    assert _found(DEB, "ghsa-X")
    assert not _found(DEB, "CVE-2")
    one = exposure(package(DEB), "CVE-1", decision("CVE-1", PACS), PACS)
    alias = replace(_says(VexStatus.FIXED, name="VENDOR-7"), aliases=("CVE-1",))
    assert Standing([alias]).on(one) is alias


def test_fixed_without_a_version_says_nothing() -> None:
    assert not _found("pkg:deb/debian/libssl3", status=VexStatus.FIXED)
    assert _found("pkg:deb/debian/libssl3@3.0.11-1", status=VexStatus.FIXED)


@pytest.mark.parametrize(
    ("on", "speaks"),
    [
        ("fujifilm  SYNAPSE PACS 7.2.0", True),
        ("cpe:2.3:a:fujifilm:synapse_pacs:7.2.0:*:*:*:*:*:*:*", True),
        ("Synapse PACS 7.2.0", False),
        ("Fujifilm Synapse PACS 7.3", False),
    ],
)
def test_products_are_named_by_their_names_or_cpe(on: str, speaks: bool) -> None:
    pacs = replace(
        product("Fujifilm", "Synapse PACS", "7.2.0", "pacs-01", "row 1"),
        cpe="cpe:2.3:a:fujifilm:synapse_pacs:7.2.0:*:*:*:*:*:*:*",
    )
    one = exposure(pacs, "CVE-1", decision("CVE-1", PACS), PACS)
    assert (Standing([_says(VexStatus.NOT_AFFECTED, on=on)]).on(one) is not None) is speaks


def test_an_author_may_change_its_mind() -> None:
    first, later = _says(VexStatus.AFFECTED, 1), _says(VexStatus.NOT_AFFECTED, 2)
    assert standing_of([later, first]) is later
    assert standing_of([first, replace(later, at=first.at)]) is first, "at one instant the more cautious"


def test_nobody_overrules_somebody_else() -> None:
    vendor, other = _says(VexStatus.AFFECTED, 1), _says(VexStatus.NOT_AFFECTED, 9, "Somebody else")
    assert standing_of([vendor, other]) is vendor


def test_without_a_date_the_more_cautious_stands() -> None:
    undated = _says(VexStatus.AFFECTED)
    assert standing_of([undated, _says(VexStatus.NOT_AFFECTED, 9)]) is undated
    assert standing_of([_says(VexStatus.NOT_AFFECTED), affected := _says(VexStatus.AFFECTED, 1)]) is affected


@given(
    st.lists(
        st.builds(_says, st.sampled_from(VexStatus), st.integers(0, 5), st.sampled_from(["Vendor", "Other"])),
        min_size=1,
    ),
    st.data(),
)
def test_standing_is_independent_of_order(statements: list[VexStatement], data: st.DataObject) -> None:
    found = standing_of(statements)
    assert found in statements
    assert standing_of(data.draw(st.permutations(statements))) == found
    undated = [one for one in statements if one.at is None]
    assert all(_CAUTIOUS.index(found.status) >= _CAUTIOUS.index(one.status) for one in undated)


def test_nothing_said_is_nothing_found() -> None:
    assert standing_of([]) is None
    assert Standing([]).on(hospital.exposures()[0]) is None


def test_words_name_author_day_and_reason() -> None:
    one = replace(_says(VexStatus.NOT_AFFECTED, 9), justification="component_not_present", detail="Not built in.")
    assert in_words(one) == "VEX by Vendor on 2026-11-09: not affected (component not present. Not built in.)"
