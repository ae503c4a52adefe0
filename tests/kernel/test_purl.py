"""Package URLs: the published suite, the rules of types, hostile text, and `packageurl-python` as an oracle."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packageurl import PackageURL

from seawall.kernel.errors import InvalidInputError
from seawall.kernel.purl import MAX_PURL, Purl, make_purl, parse_purl, purl_of
from seawall.kernel.purl_types import DISTRIBUTIONS, ECOSYSTEMS, RULES
from seawall.kernel.versions import SUPPORTED

SHARED = Path(os.environ.get("SEAWALL_SHARED", Path(__file__).parents[3] / "shared"))
SUITE = SHARED / "suites" / "purl"
CONTRADICTED = {
    "pkg:gem/jruby-launcher@1.1.2?Platform=java",
    "pkg:Rpm/fedora/curl@7.50.3-1.fc25?Arch=i386&Distro=fedora-25",
}
"""The suite wants these refused when parsed, and the same text made canonical when validated; a third file wants upper
case in a qualifier's key parsed (`repositorY_url`). Seawall reads them."""


def _cases() -> list[dict[str, object]]:
    paths = sorted(SUITE.glob("*/*.json"))
    return [case for path in paths for case in json.loads(path.read_text(encoding="utf-8"))["tests"]]


def _parts(purl: Purl) -> dict[str, object]:
    return {
        "type": purl.type,
        "namespace": purl.namespace or None,
        "name": purl.name,
        "version": purl.version or None,
        "qualifiers": dict(purl.qualifiers) or None,
        "subpath": purl.subpath or None,
    }


def _answer(kind: object, given_input: object) -> object:
    if isinstance(given_input, str):
        purl = parse_purl(given_input)
        return _parts(purl) if kind == "parse" else str(purl)
    assert isinstance(given_input, dict)
    names = ("type", "namespace", "name", "version")
    return str(
        make_purl(*(given_input[name] or "" for name in names), given_input["qualifiers"], given_input["subpath"] or "")
    )


@pytest.mark.skipif(not SUITE.exists(), reason="the published suites are not here")
def test_the_published_suite_holds_but_for_its_contradictions() -> None:
    cases = _cases()
    assert len(cases) >= 586
    wrong = []
    for case in cases:
        try:
            answer = _answer(case["test_type"], case["input"])
        except InvalidInputError:
            answer = None
        expected = None if case["expected_failure"] else case["expected_output"]
        if answer != expected:
            wrong.append((case["test_type"], case["input"]))
    assert wrong == [("parse", text) for text in sorted(CONTRADICTED, key=str.lower)]


@pytest.mark.skipif(not SUITE.exists(), reason="the published suites are not here")
def test_the_suite_itself_contradicts_what_it_wants_refused() -> None:
    validated = {case["input"] for case in _cases() if case["test_type"] == "validate" and not case["expected_failure"]}
    assert validated >= CONTRADICTED


_plain = st.text("abcXYZ019._~-", min_size=1, max_size=8)
_any = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
_types = st.sampled_from([*sorted(set(RULES) - {"chrome-extension", "julia"}), "cargo", "nuget", "gem", "unheard-of"])


@given(_types, st.one_of(st.just(""), _plain, _any), _any, st.one_of(st.just(""), _plain, _any), _any, _any)
def test_what_is_written_is_read_as_the_same(
    type_: str, namespace: str, name: str, version: str, value: str, subpath: str
) -> None:
    try:
        purl = make_purl(type_, namespace, name, version, {"arch": value, "Distro": ""}, subpath)
    except InvalidInputError:
        return
    assert parse_purl(str(purl)) == purl
    assert str(purl).isascii()
    assert str(purl).isprintable()
    assert parse_purl(str(purl.at("2"))) == purl.at("2")
    assert parse_purl(str(purl.package)).at(purl.version).package == purl.package


SAME_RULES = sorted(set(RULES) & {"alpm", "apk", "bitbucket", "composer", "github", "hex", "luarocks", "maven", "pub"})
"""Types of which the library applies the rules that the standard states; it knows fewer rules of others."""


@given(
    st.sampled_from([*SAME_RULES, "cargo", "gem", "nuget", "cran", "pypi", "golang", "unheard-of"]),
    st.lists(_plain, max_size=2).map("/".join),
    _plain,
    st.one_of(st.just(""), _plain),
    st.dictionaries(st.sampled_from(["arch", "distro", "os"]), _plain, max_size=2),
)
def test_plain_parts_make_what_the_library_makes(
    type_: str, namespace: str, name: str, version: str, qualifiers: dict[str, str]
) -> None:
    expected = PackageURL(type_, namespace or None, name, version or None, qualifiers).to_string()
    assert str(make_purl(type_, namespace, name, version, qualifiers)) == expected
    assert str(parse_purl(expected)) == expected
    _assert_as_the_library_reads(expected)


def _assert_as_the_library_reads(text: str) -> None:
    purl, other = parse_purl(text), PackageURL.from_string(text)
    assert _parts(purl) == {**other.to_dict(), "qualifiers": dict(other.qualifiers) or None}


@pytest.mark.parametrize(
    "text",
    [
        "pkg:npm/%40babel/core@7.0.0",
        "pkg:npm/@babel/core@7.0.0",
        "pkg:deb/debian/curl@1:7.88.1-10%2Bdeb12u5?arch=amd64&upstream=curl-src&distro=debian-12",
        "pkg:golang/github.com/Azure/azure-sdk-for-go@v51.1.0+incompatible",
        "pkg:golang/google.golang.org/genproto@v1#googleapis/api",
        "pkg:maven/org.slf4j/slf4j-api@2.0.9?type=jar",
        "pkg:pypi/Zope.Interface_x@5.0",
        "pkg:oci/app@sha256:ABC?tag=latest",
        "  PKG:Pypi/a ",
        "pkg:generic/caf%C3%A9@1%202",
    ],
)
def test_real_purls_are_read_as_the_library_reads_them(text: str) -> None:
    _assert_as_the_library_reads(text.strip().replace("PKG:Pypi", "pkg:pypi"))
    assert parse_purl(text) == parse_purl(str(parse_purl(text)))


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("pkg:npm/@Scope/Name@1", "pkg:npm/%40scope/name@1"),
        ("pkg:rpm/RedHat/NetworkManager@1", "pkg:rpm/redhat/NetworkManager@1"),
        ("pkg:golang/github.com/Azure/x@v1", "pkg:golang/github.com/Azure/x@v1"),
        ("pkg:hackage/a_b", "pkg:hackage/a-b"),
        ("pkg:githubactions/Actions/Checkout@v4", "pkg:githubactions/actions/checkout@v4"),
        ("pkg:github/a/b@feature/x", "pkg:github/a/b@feature%2Fx"),
        ("pkg:npm/a?b=&c=1", "pkg:npm/a?c=1"),
        ("pkg:npm/a#/./x/../y//", "pkg:npm/a#x/y"),
        ("pkg:npm/a@", "pkg:npm/a"),
    ],
)
def test_a_type_has_one_spelling(text: str, canonical: str) -> None:
    assert str(parse_purl(text)) == canonical


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "begin with pkg:"),
        ("pkg:", "type or name"),
        ("pkg:npm", "type or name"),
        ("pkg:npm/", "type or name"),
        ("pkg:npm/@1.0", "no name"),
        ("pkg:npm/%20@1.0", "no name"),
        ("pkg:1x/a", "type holds"),
        ("pkg:npm/a%ff", "UTF-8"),
        ("pkg:npm/a\ud800", "UTF-8"),
        ("pkg:npm/a?1x=2", "qualifier '1x'"),
        ("pkg:npm/a?x=1&X=2", "two qualifiers"),
        ("pkg:npm/" + "a" * MAX_PURL, "longer than"),
        ("pkg:swift/a@1", "needs a namespace"),
        ("pkg:opam/a/b", "has no namespace"),
        ("pkg:julia/Dates", "needs the qualifier uuid"),
    ],
)
def test_what_is_no_purl_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(InvalidInputError, match=reason) as caught:
        parse_purl(text)
    assert caught.value.code == "kernel.invalid-purl"
    assert isinstance(caught.value, ValueError)
    assert len(caught.value.message) < 300


@given(st.one_of(st.text(max_size=30), st.text("pkg:npmdeb/@%?=&#.~ 4Aé", max_size=30).map("pkg:{}".format)))
def test_any_text_is_a_purl_or_refused(text: str) -> None:
    try:
        purl = parse_purl(text)
    except InvalidInputError:
        return
    assert purl.type
    assert purl.name
    assert parse_purl(str(purl)) == purl


@pytest.mark.parametrize(
    ("ecosystem", "name", "expected"),
    [
        ("Red Hat:enterprise_linux:9::appstream", "NetworkManager", "pkg:rpm/redhat/NetworkManager"),
        ("Alpine:v3.20", "curl", "pkg:apk/alpine/curl"),
        ("Bitnami", "wordpress", "pkg:bitnami/wordpress"),
        ("GitHub Actions", "tj-actions/changed-files", "pkg:githubactions/tj-actions/changed-files"),
        ("Julia", "HTTP", "pkg:julia/HTTP"),
        ("Hackage", "aeson", "pkg:hackage/aeson"),
        ("CRAN", "haven", "pkg:cran/haven"),
        ("opam", "conex", "pkg:opam/conex"),
        ("SwiftURL", "https://github.com/Alamofire/Alamofire.git", "pkg:swift/github.com/Alamofire/Alamofire"),
        ("Packagist", "Laravel/Framework", "pkg:composer/laravel/framework"),
        ("Unheard Of", "x", "pkg:generic/unheard%20of/x"),
    ],
)
def test_every_ecosystem_of_osv_has_a_purl(ecosystem: str, name: str, expected: str) -> None:
    assert str(purl_of(ecosystem, name)) == expected


@pytest.mark.parametrize("ecosystem", [name for name in SUPPORTED if name not in {"GHC", "generic"}])
def test_every_ecosystem_that_has_an_order_comes_back(ecosystem: str) -> None:
    assert purl_of(ecosystem, "github.com/a/b" if ecosystem == "SwiftURL" else "a", "1").ecosystem == ecosystem


def test_other_names_of_a_distribution_are_known() -> None:
    names = ("rhel", "centos", "rocky-linux", "amzn", "ol")
    found = [parse_purl(f"pkg:rpm/{name}/bash@5").ecosystem for name in names]
    assert found == ["Red Hat", "Red Hat", "Rocky Linux", "Amazon Linux", "Oracle Linux"]
    assert parse_purl("pkg:rpm/unheard-of/bash@5").ecosystem == "rpm"


def test_the_tables_name_each_thing_once() -> None:
    named = [*ECOSYSTEMS.values(), *DISTRIBUTIONS.values()]
    assert len(set(named)) == len(named)


def test_a_julia_package_keeps_what_tells_it_apart() -> None:
    text = "pkg:julia/Dates@1.9.0?arch=x&uuid=ade2ca70-3891-5945-98fb-dc099432e06a"
    assert str(parse_purl(text).package) == "pkg:julia/Dates?uuid=ade2ca70-3891-5945-98fb-dc099432e06a"


def test_reading_purls_imports_nothing_heavy() -> None:
    code = "import sys, seawall.kernel.purl; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"packageurl", "urllib.parse", "json", "dataclasses"} & set(modules)
