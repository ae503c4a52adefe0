"""Markings, purls, clock, events and errors."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from seawall.kernel.clock import SystemClock, parse_rfc3339, rfc3339
from seawall.kernel.errors import IntegrityError, InvalidInputError, SeawallError
from seawall.kernel.events import Event
from seawall.kernel.marking import Marking, parse_marking
from seawall.kernel.purl import parse_purl, purl_of


def test_markings_are_ordered_from_open_to_closed() -> None:
    assert sorted(Marking) == [Marking.CLEAR, Marking.GREEN, Marking.AMBER, Marking.AMBER_STRICT, Marking.RED]
    assert [marking for marking in Marking if marking.public] == [Marking.CLEAR]


@pytest.mark.parametrize("marking", list(Marking))
def test_labels_read_back(marking) -> None:
    assert parse_marking(marking.label) is marking
    assert parse_marking(marking.label.lower().removeprefix("tlp:")) is marking


def test_tlp_1_white_is_clear_and_nonsense_is_refused() -> None:
    assert parse_marking("WHITE") is Marking.CLEAR
    with pytest.raises(InvalidInputError, match=r"kernel\.invalid-marking"):
        parse_marking("TLP:PURPLE")


@pytest.mark.parametrize(
    ("text", "canonical", "ecosystem", "full_name"),
    [
        ("pkg:pypi/Django_Thing@3.1.5", "pkg:pypi/django-thing@3.1.5", "PyPI", "django-thing"),
        ("pkg:npm/%40scope/name@1.0.0", "pkg:npm/%40scope/name@1.0.0", "npm", "@scope/name"),
        ("pkg:maven/org.a/b@1?type=jar", "pkg:maven/org.a/b@1?type=jar", "Maven", "org.a:b"),
        (
            "pkg:golang/github.com/gin-gonic/gin@1.6.0",
            "pkg:golang/github.com/gin-gonic/gin@1.6.0",
            "Go",
            "github.com/gin-gonic/gin",
        ),
    ],
)
def test_purls_are_normalised(text, canonical, ecosystem, full_name) -> None:
    purl = parse_purl(text)
    assert (str(purl), purl.ecosystem, purl.full_name) == (canonical, ecosystem, full_name)
    assert purl.package.version == ""
    assert str(purl.package.at("9")) == f"{str(purl.package).split('?', maxsplit=1)[0]}@9"


@pytest.mark.parametrize(
    ("ecosystem", "name", "expected"),
    [
        ("PyPI", "Flask_Login", "pkg:pypi/flask-login"),
        ("npm", "@babel/core", "pkg:npm/%40babel/core"),
        ("Go", "github.com/a/b", "pkg:golang/github.com/a/b"),
        ("Maven", "org.a:b", "pkg:maven/org.a/b"),
        ("crates.io", "openssl", "pkg:cargo/openssl"),
        ("Debian:11", "openssl", "pkg:deb/debian/openssl"),
        ("OSS-Fuzz", "antlr4-java", "pkg:generic/oss-fuzz/antlr4-java"),
    ],
)
def test_osv_names_become_purls(ecosystem, name, expected) -> None:
    assert str(purl_of(ecosystem, name)) == expected


def test_a_purl_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"kernel\.invalid-purl"):
        parse_purl("django 3.1.5")


def test_instants_are_utc_and_read_back() -> None:
    instant = datetime(2026, 11, 21, 13, 0, tzinfo=timezone(timedelta(hours=1)))
    assert rfc3339(instant) == "2026-11-21T12:00:00Z"
    assert parse_rfc3339("2026-11-21T12:00:00Z") == instant
    assert parse_rfc3339("2026-11-21") == datetime(2026, 11, 21, tzinfo=UTC)
    assert SystemClock().now().tzinfo is UTC
    with pytest.raises(ValueError, match="zone"):
        rfc3339(datetime(2026, 11, 21))  # noqa: DTZ001 - what must be refused


def test_the_bytes_of_an_event_do_not_depend_on_the_order_of_its_facts() -> None:
    at = datetime(2026, 11, 21, tzinfo=UTC)
    one, two = Event("A", "s", at, {"x": 1, "y": "z"}), Event("A", "s", at, {"y": "z", "x": 1})
    assert one.to_bytes() == two.to_bytes()
    assert json.loads(one.to_bytes()) == {
        "name": "A",
        "subject": "s",
        "at": "2026-11-21T00:00:00Z",
        "facts": {"x": 1, "y": "z"},
    }


def test_errors_carry_code_remedy_and_details() -> None:
    error = IntegrityError("room.what", "something happened", remedy="do this", size=3)
    assert isinstance(error, SeawallError)
    assert str(error) == "something happened [room.what]"
    assert error.diagnostics().details == {"size": "3"}
