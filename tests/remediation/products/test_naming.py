"""Products' names taken apart."""

from __future__ import annotations

import pytest

from seawall.remediation.products.naming import read_name, without_build


def keys(vendor: str, product: str) -> list[str]:
    return [name.key for name in read_name(vendor, product)[1]]


@pytest.mark.parametrize(
    ("vendor", "product", "key"),
    [
        ("Mozilla", "Mozilla Firefox (x64 en-US)", "firefox"),
        ("Mozilla", "Mozilla Firefox ESR (x64 de)", "firefoxesr"),
        ("Igor Pavlov", "7-Zip 23.01 (x64)", "7zip"),
        (
            "Microsoft Corporation",
            "Microsoft Visual C++ 2015-2022 Redistributable (x64) - 14.38.33130",
            "visualc++2015-2022redistributable",
        ),
        ("Notepad++ Team", "Notepad++ (64-bit x64)", "notepad++"),
        ("Microsoft", "Microsoft Visual Studio Code (User)", "visualstudiocode"),
        ("Python Software Foundation", "Python 3.11.7 (64-bit)", "python"),
        ("Siemens", "SIMATIC CP 1242-7 V2 (incl. SIPLUS variants)", "simaticcp1242-7"),
        ("ABB", "ABB Ability™ System 800xA", "abilitysystem800xa"),
        ("Sensormatic", "Software House C•CURE 9000", "softwarehouseccure9000"),
        ("Telecrane", "F25 Series", "f25"),
        ("Emerson", "ROC809 Firmware", "roc809"),
        ("Adminer", "Adminer", "adminer"),
        ("Opto 22", "SoftPAC Project", "softpacproject"),
        ("x", "Firmware", "firmware"),
        ("GE Healthcare", "Innova IGS 6x0", "innovaigs6?0"),
        ("Siemens", "SCALANCE X308-2M (2x 24V)", "scalancex308-2m2x24v"),
    ],
)
def test_what_names_the_product(vendor: str, product: str, key: str) -> None:
    assert keys(vendor, product) == [key]


def test_releases_and_article_numbers_are_kept_apart() -> None:
    _, (name,) = read_name("Siemens", "SIMATIC S7-1500 CPU 1511-1 PN (6ES7511-1FK01-0AB0) V2.9")
    assert name.key == "simatics7-1500cpu1511-1pn"
    assert name.releases == ("2.9",)
    assert name.articles == {"6es75111fk010ab0"}
    _, (power,) = read_name("Siemens", "SCALANCE XR324-4M EEC (100-240VAC/60-250VDC, ports on rear)")
    assert power.articles == frozenset()


def test_a_list_of_models_is_several_names() -> None:
    assert keys("MediaTek, Inc.", "MT6739, MT6761, MT6765") == ["mt6739", "mt6761", "mt6765"]
    assert keys("Siemens", "SIMATIC HMI Panels KTP400F, KTP700 and KTP900F") == [
        "simatichmipanelsktp400f",
        "simatichmipanelsktp700",
        "simatichmipanelsktp900f",
    ]
    assert len(keys("Dahua", "Digital Video Recorders, IP Cameras")) == 1


def test_hostile_names_are_bounded() -> None:
    assert len(keys("x", ", ".join(f"MT{n}" for n in range(10_000)))) <= 64
    _, (name,) = read_name("x", "a 1 " * 10_000)
    assert len(name.parts) <= 32


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("7-Zip 23.01 (x64)", "7-zip 24.08"),
        ("Mozilla Firefox 115.0 (x64 en-US)", "Mozilla Firefox"),
        ("Microsoft Visual C++ 2022 (x64) - 14.38.33130", "Microsoft Visual C++ 2022 - 14.40.33810"),
    ],
)
def test_builds_of_one_program_are_one_name(one: str, other: str) -> None:
    assert without_build(one) == without_build(other)


def test_releases_that_are_products_stay() -> None:
    assert without_build("Teamcenter V14.2") != without_build("Teamcenter V14.3")
    assert without_build("Windows Server 2019") != without_build("Windows Server 2022")
    assert without_build("3.0") == "3.0"
