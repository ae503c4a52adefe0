"""Vendors: legal forms, joint vendors, other names."""

from __future__ import annotations

import pytest

from seawall.remediation.products.aliases import ALIASES
from seawall.remediation.products.folding import fold
from seawall.remediation.products.vendors import Agreement, agreement, differ_by_one, leading_vendor, read_vendor


@pytest.mark.parametrize(
    ("installed", "recorded", "expected"),
    [
        ("Siemens", " siemens ", Agreement.IDENTICAL),
        ("Siemens AG", "Siemens", Agreement.SAME),
        ("Johnson Controls", "Johnson Controls, Inc.", Agreement.SAME),
        ("Dahua Technology Co, Ltd", "dahuasecurity", Agreement.SAME),
        ("Pilz", "Pilz GmbH & Co. KG (Pilz)", Agreement.SAME),
        ("TEL-STER", "TEL-STER Sp. z o. o.", Agreement.SAME),
        ("Allen-Bradley", "Rockwell Automation", Agreement.SAME),
        ("WAGO", "M&M Software GmbH, WAGO Kontakttechnik", Agreement.SAME),
        ("Schneider Electric", "AVEVA Software, LLC and Schneider Electric Software, LLC", Agreement.SAME),
        ("AVEVA", "AVEVA Software, LLC and Schneider Electric Software, LLC", Agreement.ALIKE),
        ("Dräger", "drager", Agreement.SAME),
        ("Geutebrück", "GeutebrÃ¼ck GmbH", Agreement.SAME),
        ("Red Lion", "red_lion", Agreement.SAME),
        ("Softing Industrial", "Softing Industrial Networks", Agreement.ALIKE),
        ("Johnson Contols", "Johnson Controls", Agreement.TYPO),
        ("", "Siemens", Agreement.NOT_INSTALLED),
        ("Siemens", "n/a", Agreement.NOT_RECORDED),
        ("Siemens", "Schneider Electric", Agreement.DIFFERENT),
        ("GE Healthcare", "GE Digital", Agreement.DIFFERENT),
        ("Hirschmann", "Control", Agreement.DIFFERENT),
        ("Hirschmann Automation and Control GmbH", "Control", Agreement.DIFFERENT),
    ],
)
def test_agreement(installed: str, recorded: str, expected: Agreement) -> None:
    assert agreement(read_vendor(installed), read_vendor(recorded)) is expected


def test_a_legal_form_alone_is_no_vendor_that_others_share() -> None:
    assert agreement(read_vendor("Foo, Inc."), read_vendor("Bar, Inc.")) is Agreement.DIFFERENT


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("controls", "contols", True),
        ("controls", "controsl", True),
        ("controls", "controlss", True),
        ("controls", "kontrols", True),
        ("controls", "controls", False),
        ("controls", "contrls1", False),
        ("moxa", "mora", False),
        ("controls", "contorsl", False),
    ],
)
def test_one_letter(one: str, other: str, expected: bool) -> None:
    assert differ_by_one(one, other) is expected
    assert differ_by_one(other, one) is expected


def test_a_known_vendor_in_front_of_a_product_is_found() -> None:
    assert leading_vendor(("allen", "bradley", "micro", "850")) == ("allenbradley", 2)
    assert leading_vendor(("micro", "850")) == ("", 0)


def test_every_alias_has_a_source_and_stands_once() -> None:
    assert all(len(alias.source) > 10 and len(alias.names) > 1 for alias in ALIASES)
    names = [fold(name) for alias in ALIASES for name in alias.names]
    assert len(names) == len(set(names))
