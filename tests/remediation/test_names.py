"""Two names of one package meet in one key, and two packages never do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.kernel.purl import Purl, parse_purl
from seawall.kernel.versions import SUPPORTED, is_supported
from seawall.remediation.names import Lookup, lookup_of, package_key_of, package_key_of_purl


@pytest.mark.parametrize(
    ("ecosystem", "name", "purl"),
    [
        ("PyPI", "Zope.Interface", "pkg:pypi/zope-interface@1"),
        ("PyPI", "zope_interface", "pkg:pypi/zope.interface@1"),
        ("npm", "@babel/core", "pkg:npm/%40babel/core@7.0.0"),
        ("npm", "JSONStream", "pkg:npm/jsonstream@1.0.0"),
        ("Go", "github.com/Masterminds/sprig", "pkg:golang/github.com/masterminds/sprig@v1.0.0"),
        ("Go", "stdlib", "pkg:golang/stdlib@1.21.0"),
        ("Maven", "org.slf4j:slf4j-api", "pkg:maven/org.slf4j/slf4j-api@1.7"),
        ("NuGet", "Newtonsoft.Json", "pkg:nuget/newtonsoft.json@13.0.1"),
        ("Packagist", "Symfony/HTTP-Kernel", "pkg:composer/symfony/http-kernel@5.0"),
        ("crates.io", "proc_macro2", "pkg:cargo/proc-macro2@1.0.0"),
        ("RubyGems", "nokogiri", "pkg:gem/nokogiri@1.0"),
        ("Hex", "plug", "pkg:hex/plug@1.0.0"),
        ("Pub", "http", "pkg:pub/http@1.0.0"),
        ("SwiftURL", "https://github.com/apple/swift-nio.git", "pkg:swift/github.com/apple/swift-nio@1.0.0"),
        ("GitHub Actions", "actions/checkout", "pkg:github/actions/checkout@v4"),
        ("Debian:12", "openssl", "pkg:deb/debian/libssl3@3.0.11-1?distro=debian-12&upstream=openssl@3.0.11-1"),
        ("Debian:12", "openssl", "pkg:deb/debian/openssl@3.0.11-1?distro=bookworm"),
        ("Debian:12", "openssl", "pkg:deb/debian/openssl@3.0.11-1?distro=debian-12.4"),
        ("Ubuntu:22.04:LTS", "openssl", "pkg:deb/ubuntu/openssl@3.0.2?distro=ubuntu-22.04"),
        ("Ubuntu:22.04:LTS", "openssl", "pkg:deb/ubuntu/openssl@3.0.2?distro=jammy"),
        ("Ubuntu:Pro:18.04:LTS", "openssl", "pkg:deb/ubuntu/openssl@1.1.1-1ubuntu2.1~18.04.23%2Besm5?distro=bionic"),
        ("Alpine:v3.19", "openssl", "pkg:apk/alpine/libcrypto3@3.1.4-r0?distro=alpine-3.19.1&upstream=openssl"),
        ("Alpine:v3.18", "openssl", "pkg:apk/alpine/libcrypto3@3.1.4-r0?distro=3.18.4&origin=openssl"),
        ("Wolfi", "openssl", "pkg:apk/wolfi/openssl@3.1.4-r0"),
        ("Red Hat:enterprise_linux:9::appstream", "git", "pkg:rpm/redhat/git@2.39?distro=redhat-9.2"),
        ("Red Hat:enterprise_linux:9::baseos", "git", "pkg:rpm/rhel/git@2.39?distro=rhel-9"),
        ("Red Hat:enterprise_linux:7::server", "git", "pkg:rpm/centos/git@1.8?distro=centos-7"),
        ("AlmaLinux:9", "git", "pkg:rpm/almalinux/git@2.39?distro=almalinux-9.3"),
        ("Rocky Linux:9", "git", "pkg:rpm/rocky/git@2.39?distro=rocky-9.1"),
        ("SUSE:Linux Enterprise Server 15 SP5", "git", "pkg:rpm/suse/git@2.35?distro=sles-15.5"),
        ("SUSE:Linux Enterprise Module for Basesystem 15 SP5", "git", "pkg:rpm/sles/git@2.35?distro=sles-15.5"),
        ("SUSE:Linux Enterprise Server 12 SP5-LTSS", "git", "pkg:rpm/suse/git@2.35?distro=sles-12.5"),
        ("SUSE:Linux Enterprise Micro 5.3", "git", "pkg:rpm/suse/git@2.35?distro=sle-micro-5.3"),
        ("openSUSE:Leap 15.5", "git", "pkg:rpm/opensuse/git@2.35?distro=opensuse-leap-15.5"),
        ("openSUSE:Tumbleweed", "git", "pkg:rpm/opensuse/git@2.35?distro=opensuse-tumbleweed-20240101"),
        ("openEuler:22.03-LTS-SP1", "git", "pkg:rpm/openeuler/git@2.33?distro=openEuler-22.03-LTS-SP1"),
    ],
)
def test_a_record_and_an_inventory_meet(ecosystem: str, name: str, purl: str) -> None:
    lookup = lookup_of(parse_purl(purl))
    assert isinstance(lookup, Lookup)
    assert lookup.package == package_key_of(ecosystem, name)
    assert lookup.ecosystem == ecosystem.partition(":")[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Debian:12", "openssl"), ("Debian:11", "openssl")),
        (("Debian:12", "openssl"), ("Ubuntu:22.04:LTS", "openssl")),
        (("Ubuntu:Pro:22.04:LTS", "openssl"), ("Ubuntu:22.04:LTS", "openssl")),
        (("Ubuntu:Pro:FIPS:22.04:LTS", "openssl"), ("Ubuntu:Pro:22.04:LTS", "openssl")),
        (("Red Hat:rhel_eus:9.2::baseos", "git"), ("Red Hat:enterprise_linux:9::baseos", "git")),
        (("Red Hat:enterprise_linux:9::baseos", "git"), ("Rocky Linux:9", "git")),
        (("SUSE:Linux Enterprise Server 15 SP5", "git"), ("SUSE:Linux Enterprise Server 15 SP4", "git")),
        (("SUSE:Linux Enterprise Micro 5.3", "git"), ("SUSE:Linux Enterprise Server 15 SP3", "git")),
        (("Alpine:v3.19", "git"), ("Alpine:v3.18", "git")),
        (("Debian:12", "openssl"), ("Debian", "openssl")),
        (("PyPI", "six"), ("npm", "six")),
        (("Unheard-of", "six"), ("PyPI", "six")),
        (("RubyGems", "RedCloth"), ("RubyGems", "redcloth")),
    ],
)
def test_different_packages_have_different_keys(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert package_key_of(*one) != package_key_of(*other)


@pytest.mark.parametrize(
    ("purl", "version"),
    [
        ("pkg:deb/debian/libssl3@3.0.11-1%2Bb1?distro=debian-12&upstream=openssl@3.0.11-1", "3.0.11-1"),
        ("pkg:deb/debian/libssl3@1:3.0.11-1?distro=debian-12&upstream=openssl", "1:3.0.11-1"),
        ("pkg:rpm/redhat/a-libs@3.0.7-24.el9?distro=rhel-9&epoch=1&upstream=a-3.0.7-24.el9.src.rpm", "1:3.0.7-24.el9"),
        ("pkg:rpm/redhat/a-libs@9-1.el9?distro=rhel-9&upstream=a-3.0.7-24.el9.src.rpm", "3.0.7-24.el9"),
        ("pkg:rpm/redhat/openssl@3.0.7-24.el9?distro=redhat-9&epoch=1", "1:3.0.7-24.el9"),
    ],
)
def test_the_source_package_gives_the_version_where_it_is_named(purl: str, version: str) -> None:
    lookup = lookup_of(parse_purl(purl))
    assert isinstance(lookup, Lookup)
    assert lookup.version == version


def test_what_an_inventory_did_not_say_is_told() -> None:
    bare = lookup_of(parse_purl("pkg:deb/debian/libssl3@3.0.11?distro=debian-12"))
    named = lookup_of(parse_purl("pkg:deb/debian/libssl3@3.0.11?distro=debian-12&upstream=openssl"))
    assert isinstance(bare, Lookup)
    assert isinstance(named, Lookup)
    assert "no source package" in bare.assumed
    assert not named.assumed


def test_where_advisories_name_binaries_the_binary_is_asked_for_too() -> None:
    purl = "pkg:rpm/redhat/openssl-libs@3.0.7-24.el9?distro=redhat-9&epoch=1&upstream=openssl-3.0.7-24.el9.src.rpm"
    lookup = lookup_of(parse_purl(purl))
    assert isinstance(lookup, Lookup)
    assert lookup.package == "rpm/redhat:9/openssl"
    assert lookup.also == (("rpm/redhat:9/openssl-libs", "1:3.0.7-24.el9"),)


@pytest.mark.parametrize(
    ("purl", "words"),
    [
        ("pkg:deb/debian/openssl@3.0.11", "distro=debian-12"),
        ("pkg:deb/openssl@3.0.11", "names no distribution"),
        ("pkg:deb/debian/openssl@3.0.11?distro=sid", "no release of Debian"),
        ("pkg:deb/debian/openssl@3.0.11?distro=ubuntu-22.04", "two distributions"),
        ("pkg:deb/raspbian/openssl@3.0.11?distro=raspbian-12", "not known"),
        ("pkg:deb/redhat/openssl@3.0.11?distro=redhat-9", "cannot be of Red Hat"),
        ("pkg:apk/alpine/openssl@3.0.11", "distro=alpine-3.19"),
        ("pkg:rpm/redhat/openssl@3.0.11", "distro=redhat-9"),
        ("pkg:rpm/centos/openssl@3.0.11?distro=centos-9", "CentOS Stream"),
        ("pkg:pypi/django", "no version"),
        ("pkg:conda/numpy@1.0", "'conda'"),
    ],
)
def test_what_cannot_be_looked_up_is_told_in_words(purl: str, words: str) -> None:
    reason = lookup_of(parse_purl(purl))
    assert isinstance(reason, str)
    assert words in reason


@given(st.sampled_from(SUPPORTED), st.text(min_size=1, max_size=20).filter(str.strip))
def test_every_supported_ecosystem_has_keys_that_do_not_depend_on_spelling_twice(ecosystem: str, name: str) -> None:
    key = package_key_of(ecosystem, name)
    type_, _, rest = key.partition("/")
    assert type_
    if type_ in {"deb", "rpm", "apk"}:
        rest = rest.partition("/")[2]
    assert package_key_of(ecosystem, rest) == key
    assert is_supported(ecosystem)


@given(
    st.sampled_from(["deb", "rpm", "apk"]),
    st.text(max_size=12),
    st.text(max_size=12),
    st.text(max_size=20),
    st.text(max_size=30),
)
def test_hostile_names_of_distributions_raise_nothing(
    type_: str, namespace: str, name: str, distro: str, upstream: str
) -> None:
    purl = Purl(type_, namespace, name, "1", (("distro", distro), ("upstream", upstream)))
    found = lookup_of(purl)
    assert found
    assert package_key_of_purl(purl) is None or isinstance(found, Lookup)
