"""CPE names: both bindings, and the comparison of NISTIR 7696."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.remediation.products import Cpe, parse_cpe
from seawall.remediation.products.cpe import Relation, compare_products, compare_values

_VALUES = st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"]), min_size=1, max_size=8).filter(
    lambda text: text not in {"*", "-"} and not set(text) & set("*?\\")
)


def cpe(text: str) -> Cpe:
    found = parse_cpe(text)
    assert found is not None
    return found


def test_reads_a_formatted_string() -> None:
    found = cpe(r"cpe:2.3:a:Microsoft:internet_explorer:8.0.6001:beta:*:*:*:*:*:*")
    assert (found.part, found.vendor, found.product, found.version, found.update) == (
        "a",
        "microsoft",
        "internet_explorer",
        "8.0.6001",
        "beta",
    )
    assert found.edition == "*"


@pytest.mark.parametrize(
    ("uri", "formatted"),
    [
        # The examples of NISTIR 7695, 6.1.2.3 and 6.2.2.3.
        (
            "cpe:/a:microsoft:internet_explorer:8.0.6001:beta",
            "cpe:2.3:a:microsoft:internet_explorer:8.0.6001:beta:*:*:*:*:*:*",
        ),
        (
            "cpe:/a:microsoft:internet_explorer:8.%02:sp%01",
            "cpe:2.3:a:microsoft:internet_explorer:8.*:sp?:*:*:*:*:*:*",
        ),
        (
            "cpe:/a:hp:insight_diagnostics:7.4.0.1570::~~online~win2003~x64~",
            "cpe:2.3:a:hp:insight_diagnostics:7.4.0.1570:*:*:*:online:win2003:x64:*",
        ),
        (
            "cpe:/a:hp:openview_network_manager:7.51::~~~linux~~",
            "cpe:2.3:a:hp:openview_network_manager:7.51:*:*:*:*:linux:*:*",
        ),
        (
            "cpe:/a:foo%5cbar:big%24money_manager_2010:::~~special~ipod_touch~80gb~",
            r"cpe:2.3:a:foo\\bar:big\$money_manager_2010:*:*:*:*:special:ipod_touch:80gb:*",
        ),
    ],
)
def test_both_bindings_of_the_standard_s_examples_are_one_name(uri: str, formatted: str) -> None:
    if "foo" in uri:  # a backslash is the one character that this parser keeps literal without an escape
        assert cpe(uri).vendor == "foo\\bar" == cpe(formatted).vendor
        assert cpe(uri).product == cpe(formatted).product == "big$money_manager_2010"
    else:
        assert cpe(uri) == cpe(formatted)
        assert str(cpe(uri)) == formatted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cpe:2.3:",
        "cpe:2.3:a:vendor",
        "cpe:2.3:x:vendor:product:1",
        "cpe:/a:*:product",
        "pkg:pypi/django",
        "n/a",
        "cpe:/" + "a" * 2000,
    ],
)
def test_what_names_no_product_is_none(text: str) -> None:
    assert parse_cpe(text) is None


def test_escaped_colons_and_short_names_of_real_records() -> None:
    assert cpe(r"cpe:2.3:a:ni\:sys:lab\:view:1:*:*:*:*:*:*:*").product == "lab:view"
    assert cpe("cpe:/a:redhat:build_keycloak:") == cpe("cpe:2.3:a:redhat:build_keycloak:*:*:*:*:*:*:*:*")


@given(_VALUES, _VALUES, _VALUES)
def test_a_name_survives_being_written(vendor: str, product: str, version: str) -> None:
    name = Cpe("a", vendor.lower(), product.lower(), version.lower())
    assert parse_cpe(str(name)) == name


@pytest.mark.parametrize(
    ("source", "target", "relation"),
    [
        # NISTIR 7696, table 6-2.
        ("*", "*", Relation.EQUAL),
        ("*", "-", Relation.SUPERSET),
        ("*", "i", Relation.SUPERSET),
        ("*", "m?", Relation.UNDEFINED),
        ("-", "*", Relation.SUBSET),
        ("-", "-", Relation.EQUAL),
        ("-", "i", Relation.DISJOINT),
        ("-", "m?", Relation.UNDEFINED),
        ("i", "i", Relation.EQUAL),
        ("i", "k", Relation.DISJOINT),
        ("i", "m?", Relation.UNDEFINED),
        ("i", "-", Relation.DISJOINT),
        ("i", "*", Relation.SUBSET),
        ("8.*", "8.0.6001", Relation.SUPERSET),
        ("8.*", "9.0", Relation.DISJOINT),
        ("8.*", "-", Relation.DISJOINT),
        ("8.*", "*", Relation.SUBSET),
        (r"8.\*", "8.0", Relation.DISJOINT),
        ("8?", "8", Relation.SUPERSET),
        ("8?", "812", Relation.DISJOINT),
    ],
)
def test_values_compare_as_the_standard_s_table_says(source: str, target: str, relation: Relation) -> None:
    assert compare_values(source, target) is relation


def test_versions_and_languages_are_no_part_of_a_product() -> None:
    one = cpe("cpe:2.3:a:adobe:reader:9.3.2:*:*:de:*:*:*:*")
    assert compare_products(cpe("cpe:/a:adobe:reader:8"), one) is Relation.EQUAL
    assert compare_products(cpe("cpe:2.3:a:adobe:reader:*:*:*:*:*:windows:*:*"), one) is Relation.SUBSET
    assert compare_products(cpe("cpe:/o:adobe:reader"), one) is Relation.DISJOINT
