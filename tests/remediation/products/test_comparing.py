"""Whether two names are one product, how sure, and why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.remediation.model import Confidence, ProductName
from seawall.remediation.products import candidate_tokens, compare

EXACT, PROBABLE, POSSIBLE = Confidence.EXACT, Confidence.PROBABLE, Confidence.POSSIBLE
Pair = tuple[str, str]

_VOCABULARY = """
SIMATIC S7-1200 S7-12xx CPU 1511-1 PN Firmware Series V14.3 V5.X 23.01 (x64) Firefox Siemens Mozilla View SE all the
6ES7511-1FK01-0AB0 Controller Controler Rockwell Automation Inc. ® , and MT6739 MT6761 n/a Server 2019 C++ S+
"""
_WORDS = st.sampled_from(_VOCABULARY.split())
_TEXTS = st.one_of(st.lists(_WORDS, max_size=6).map(" ".join), st.text(max_size=20))
_CPES = st.sampled_from(
    [
        "",
        "cpe:2.3:a:siemens:simatic:*:*:*:*:*:*:*:*",
        "cpe:/o:siemens:simatic_s7-1200_firmware:-",
        "cpe:2.3:a:mozilla:firefox:1:*:*:*:esr:*:*:*",
    ]
)
_NAMES = st.builds(ProductName, _TEXTS, _TEXTS, _CPES)


def likeness(installed: Pair, recorded: Pair) -> Confidence | None:
    found = compare(ProductName(*installed), ProductName(*recorded))
    return found.confidence if found else None


@pytest.mark.parametrize(
    ("installed", "recorded", "expected"),
    [
        (("siemens", "SIMATIC  Logon"), ("Siemens ", "Simatic Logon"), EXACT),
        (("Siemens AG", "SIMATIC Logon"), ("Siemens", "SIMATIC Logon"), PROBABLE),
        (("Allen-Bradley", "ControlLogix 5580"), ("Rockwell Automation ", "ControlLogix 5580 controllers"), PROBABLE),
        (("Moxa", "EDR-810 Series"), ("MOXA", "EDR-810"), PROBABLE),
        (("Rockwell Automation", "Factory Talk View SE"), ("Rockwell Automation", "FactoryTalk® View SE"), PROBABLE),
        (("siemens", "simatic_s7-1200"), ("Siemens", "SIMATIC S7-1200"), PROBABLE),
        # Windows programs.
        (("Mozilla", "Mozilla Firefox (x64 en-US)"), ("Mozilla", "Firefox"), PROBABLE),
        (("", "Mozilla Firefox (x64 en-US)"), ("Mozilla", "Firefox"), PROBABLE),
        (("Igor Pavlov", "7-Zip 23.01 (x64)"), ("7-zip", "7-zip"), PROBABLE),
        # A vendor that nobody names.
        (("", "Windows Server 2012 R2"), ("Microsoft", "Windows Server 2012 R2"), PROBABLE),
        (("", "Firefox"), ("Mozilla", "Firefox"), POSSIBLE),
        (("Mozilla", "Firefox"), ("n/a", "Firefox"), POSSIBLE),
        (("", ""), ("n/a", "n/a"), None),
        (("Microsoft", "n/a"), ("Microsoft", "n/a"), None),
        # Patterns, lists, article numbers.
        (("GE Healthcare", "Innova IGS 630"), ("GE Healthcare", "Innova IGS 6x0"), PROBABLE),
        (("GE Healthcare", "Innova IGS 730"), ("GE Healthcare", "Innova IGS 6x0"), None),
        (("Mediatek", "MT6761"), ("MediaTek, Inc.", "MT6739, MT6761, MT6765"), PROBABLE),
        (("Mediatek", "MT6762"), ("MediaTek, Inc.", "MT6739, MT6761, MT6765"), None),
        (("Siemens", "CPU 1511 6ES7511-1FK01-0AB0"), ("Siemens", "S7-1500 CPU (6ES7511-1FK01-0AB0)"), PROBABLE),
        (("Siemens", "CP 343-1 (6GK7343-1GX21-0XE0)"), ("Siemens", "CP 343-1 (6GK7343-1GX31-0XE0)"), None),
        (("Siemens", "CP 343-1"), ("Siemens", "CP 343-1 (6GK7343-1GX31-0XE0)"), POSSIBLE),
        # Releases in names.
        (("Siemens", "Teamcenter V14.3"), ("Siemens", "Teamcenter V14.2"), None),
        (("Siemens", "Teamcenter"), ("Siemens", "Teamcenter V14.3"), POSSIBLE),
        (("Siemens", "RUGGEDCOM ROS V5.3"), ("Siemens", "RUGGEDCOM ROS V5.X"), PROBABLE),
        (("Siemens", "RUGGEDCOM ROS V4.3"), ("Siemens", "RUGGEDCOM ROS V5.X"), None),
        (("Microsoft", "Windows 11 version 22H2"), ("Microsoft", "Windows 11 version 21H2"), None),
        # Siblings.
        (("Siemens", "SIMATIC S7-1200"), ("Siemens", "SIMATIC S7-1500"), None),
        (("Rockwell Automation", "FactoryTalk View SE"), ("Rockwell Automation", "FactoryTalk View ME"), None),
        (("Siemens", "RUGGEDCOM RS910"), ("Siemens", "RUGGEDCOM RS910L"), None),
        (("Electrolink", "2.5kW High Power DAB Transmitter"), ("Electrolink", "3kW High Power DAB Transmitter"), None),
        (("Siemens", "SIMATIC S7-1500 Software Controller"), ("Siemens", "SIMATIC S7-1500"), POSSIBLE),
        (("Siemens", "SIMATIC S7-1500"), ("Siemens", "SIMATIC S7-1500 CPU 1511-1 PN"), POSSIBLE),
        (("Schneider Electric", "Magelis HMIGTO"), ("Schneider Electric", "Magelis HMISTO"), None),
        (("Moxa", "Serial Controler"), ("Moxa", "Serial Controller"), POSSIBLE),
        # Other vendors.
        (("Moxa", "Server"), ("Siemens", "Server"), None),
        (("Innova", "FL MGUARD RS4000 TX/TX VPN"), ("Contoso", "FL MGUARD RS4000 TX/TX VPN"), POSSIBLE),
    ],
)
def test_pairs(installed: Pair, recorded: Pair, expected: Confidence | None) -> None:
    assert likeness(installed, recorded) is expected


def test_the_reason_is_told() -> None:
    found = compare(ProductName("", "Windows Server 2012 R2"), ProductName("Microsoft", "Windows Server 2012 R2"))
    assert found is not None
    assert "names no vendor" in found.because


class TestCpe:
    """Names that CPE gives."""

    RECORDED = ProductName("Mozilla", "Firefox", "cpe:2.3:a:mozilla:firefox:*:*:*:*:*:*:*:*")

    def test_the_same_cpe_product_is_exact_whatever_the_words(self) -> None:
        installed = ProductName("", "Browser of the ward", "cpe:/a:mozilla:firefox:115.0")
        found = compare(installed, self.RECORDED)
        assert found is not None
        assert found.confidence is EXACT

    def test_some_editions_only_are_probable(self) -> None:
        recorded = ProductName("", "", "cpe:2.3:a:mozilla:firefox:*:*:*:*:esr:*:*:*")
        found = compare(ProductName("", "", "cpe:/a:mozilla:firefox"), recorded)
        assert found is not None
        assert found.confidence is PROBABLE

    def test_another_platform_is_possible(self) -> None:
        recorded = ProductName("", "", "cpe:2.3:a:mozilla:firefox:*:*:*:*:*:android:*:*")
        found = compare(ProductName("", "", "cpe:2.3:a:mozilla:firefox:*:*:*:*:*:ios:*:*"), recorded)
        assert found is not None
        assert found.confidence is POSSIBLE

    def test_equal_words_with_differing_cpe_names_are_not_exact(self) -> None:
        installed = ProductName("Mozilla", "Firefox", "cpe:/a:mozilla:firefox_focus")
        found = compare(installed, self.RECORDED)
        assert found is not None
        assert found.confidence is PROBABLE
        assert "CPE names differ" in found.because

    def test_words_meet_cpe(self) -> None:
        recorded = ProductName("", "", "cpe:2.3:o:rockwellautomation:factorytalk_view:*:*:*:*:*:*:*:*")
        found = compare(ProductName("Rockwell Automation", "FactoryTalk View"), recorded)
        assert found is not None
        assert found.confidence is PROBABLE


@given(_NAMES, _NAMES)
def test_names_that_are_alike_share_a_token(installed: ProductName, recorded: ProductName) -> None:
    if compare(installed, recorded) is not None:
        assert set(candidate_tokens(installed)) & set(candidate_tokens(recorded))


@given(_NAMES)
def test_a_name_is_like_itself_if_it_says_anything(name: ProductName) -> None:
    found = compare(name, name)
    assert (found is not None) == bool(candidate_tokens(name))


@given(_NAMES, _NAMES)
def test_exact_rests_on_nothing_but_case_white_space_or_cpe(installed: ProductName, recorded: ProductName) -> None:
    found = compare(installed, recorded)
    if found is not None and found.confidence is EXACT and not (installed.cpe and recorded.cpe):
        for attribute in ("vendor", "product"):
            mine, theirs = getattr(installed, attribute), getattr(recorded, attribute)
            assert " ".join(mine.casefold().split()) == " ".join(theirs.casefold().split())


@given(_NAMES)
def test_tokens_are_few_and_sorted(name: ProductName) -> None:
    tokens = candidate_tokens(name)
    assert list(tokens) == sorted(set(tokens))
    assert len(tokens) <= 64 * 70
