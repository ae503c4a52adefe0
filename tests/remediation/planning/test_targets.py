"""Which release: the lowest that is enough, in the ecosystem's own order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.remediation.hospital import PORTAL, decision, exposure, package, product

from seawall.kernel.versions import version_key
from seawall.remediation.model import Component, Exposure
from seawall.remediation.planning.targets import choose, raised, subject_of

_MADE = decision("CVE-1", PORTAL)
_RELEASES = ["1.0", "1.2", "1.10", "2.0rc1", "2.0", "2.0.0", "3.1", "not a version"]


def _needs(*fixed: str) -> Exposure:
    return exposure(package("pkg:pypi/a@1.0"), "CVE-1", _MADE, PORTAL, *fixed)


@pytest.mark.parametrize(
    ("ecosystem", "installed", "fixed", "target"),
    [
        ("PyPI", "1.2", [["1.10"], ["1.9"]], "1.10"),
        ("PyPI", "1.2", [["1.3rc1"], ["1.3"]], "1.3"),
        ("PyPI", "1.2", [["1.3.0"], ["1.3"]], "1.3"),
        ("Maven", "2.14.1", [["2.15.0"], ["2.17.1"], ["2.3.2", "2.12.4", "2.17.0"]], "2.17.1"),
        ("Debian:12", "3.0.11-1~deb12u1", [["3.0.11-1~deb12u2"], ["3.0.11-1"]], "3.0.11-1"),
        ("npm", "1.0.0", [["2.0.0"], ["1.0.1"]], "2.0.0"),
        ("PyPI", "1.2", [["1.2"], []], ""),
        ("PyPI", "1.2", [["soon"]], ""),
        ("PyPI", "no version", [["1.3"]], ""),
        ("Nowhere", "1.2", [["1.3"]], ""),
    ],
)
def test_the_lowest_release_that_is_enough(ecosystem: str, installed: str, fixed: list[list[str]], target: str) -> None:
    assert choose(ecosystem, installed, [_needs(*names) for names in fixed]).target == target


@given(st.lists(st.lists(st.sampled_from(_RELEASES), max_size=3), max_size=5), st.sampled_from(_RELEASES[:-1]))
def test_laws_of_choice(fixed: list[list[str]], installed: str) -> None:
    exposures = [_needs(*names) for names in fixed]
    choice = choose("PyPI", installed, exposures)
    assert len(choice.closed) + len(choice.left) == len(exposures)
    assert bool(choice.target) is bool(choice.closed)
    if choice.target:
        goal = version_key("PyPI", choice.target)
        assert goal > version_key("PyPI", installed)
        named = {release for one in choice.closed for release in one.fixed if release != _RELEASES[-1]}
        assert choice.target in named, "a release that a record names"
        assert goal == max(version_key("PyPI", release) for release in named), "no higher than needed"


def test_raising_never_lowers() -> None:
    assert raised("PyPI", "2.0", ["1.10", "2.0.0", "not a version"]) == "2.0"
    assert raised("PyPI", "2.0", ["2.1", "3.1"]) == "3.1"


@pytest.mark.parametrize(
    ("component", "key", "name", "version"),
    [
        (package("pkg:pypi/Django@3.2"), "pypi/django", "django", "3.2"),
        (package("pkg:npm/%40babel/core@7.0.0"), "npm/@babel/core", "@babel/core", "7.0.0"),
        (package("pkg:maven/org.a/b@1"), "maven/org.a:b", "b", "1"),
        (
            package("pkg:deb/debian/libssl3@3.0.11-1?distro=debian-12&upstream=openssl"),
            "deb/debian:12/openssl",
            "openssl",
            "3.0.11-1",
        ),
        (product("Fuji", " PACS ", "V7", "a", "row 1"), "product/fuji/pacs", "Fuji PACS", "V7"),
        (Component(None, "row 2", cpe="cpe:2.3:a:b:c"), "product//cpe:2.3:a:b:c", "cpe:2.3:a:b:c", ""),
        (Component(None, "row 3"), "product//row 3", "row 3", ""),
    ],
)
def test_what_is_acted_on(component: Component, key: str, name: str, version: str) -> None:
    subject, installed = subject_of(component)
    assert (subject.key, subject.name, installed) == (key, name, version)
