"""Rules without I/O: addresses, redirects, waits, validators."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.kernel.errors import InvalidInputError
from seawall.platform.http import Validators, shown_url
from seawall.platform.http.addresses import checked_url, is_private, next_url
from seawall.platform.http.partial import strong_validator
from seawall.platform.http.retry import Backoff, retry_after
from seawall.platform.http.wire import quote_target

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "ff02::1",
        "not an address",
    ],
)
def test_addresses_that_are_nobody_elses(address: str) -> None:
    assert is_private(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_addresses_of_the_internet(address: str) -> None:
    assert not is_private(address)


def test_where_redirects_lead() -> None:
    assert next_url("https://a.example/x/y?z", "../b#c") == "https://a.example/b"
    assert next_url("http://a.example/", "https://b.example/") == "https://b.example/"
    with pytest.raises(InvalidInputError):
        next_url("https://a.example/", "http://a.example/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a",
        "file:///x",
        "https://",
        "https://u@h/",
        "https://h/a b",
        "https://h/\n",
        "https://[::1",
        "//h/x",
        "https://ü..example/",
        f"https://{'ü' * 80}.example/",
    ],
)
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        checked_url(url)
    assert caught.value.code == "http.bad-url"


def test_a_url_is_shown_without_what_may_be_secret() -> None:
    assert shown_url("https://me:word@h.example:8443/a?token=x#y") == "https://h.example:8443/a"


@given(st.integers(1, 1000), st.integers())
def test_waits_grow_and_stay_below_the_longest(failures: int, seed: int) -> None:
    policy = Backoff()
    wait = policy.wait(failures, Random(seed))
    assert policy.first / 2 <= wait <= policy.longest


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        (" 12 ", 12.0),
        ("Sat, 21 Nov 2026 12:01:00 GMT", 60.0),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 0.0),
        ("-1", None),
        ("soon", None),
        ("", None),
        ("9" * 400, 999_999_999.0),
        ("²", None),
    ],
)
def test_retry_after(text: str, seconds: float | None) -> None:
    assert retry_after(text, NOW) == seconds


@given(st.text())
def test_retry_after_takes_anything(text: str) -> None:
    seconds = retry_after(text, NOW)
    assert seconds is None or seconds >= 0


def test_strong_validators() -> None:
    day = "Sat, 21 Nov 2026 12:00:00 GMT"
    before = "Sat, 21 Nov 2026 11:00:00 GMT"
    assert strong_validator(Validators('"a"', before), day) == '"a"'
    assert strong_validator(Validators('W/"a"', before), day) == before
    assert strong_validator(Validators('W/"a"', day), day) == ""
    assert strong_validator(Validators('W/"a"', "nonsense"), day) == ""
    assert strong_validator(Validators("", before), "") == ""


def test_a_path_keeps_what_is_encoded() -> None:
    assert quote_target("/a%20b/ü?x=1") == "/a%20b/%C3%BC?x=1"
