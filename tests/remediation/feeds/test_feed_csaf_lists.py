"""What a provider's lists and documents may say: names, digests and versions, without any fetching."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.remediation.feeds import feed_samples as samples

from seawall.kernel.errors import InvalidInputError, SeawallError
from seawall.remediation.feeds.csaf_documents import judge, verified
from seawall.remediation.feeds.csaf_listing import parse_changes, parse_index, parse_provider, parse_rolie


def test_lists_keep_to_their_folder() -> None:
    folder = "https://a.example/csaf/"
    names = [
        "2026/a.json",
        "../b.json",
        "/c.json",
        "https://evil.example/d.json",
        "//evil.example/e.json",
        "2026/../../f.json",
    ]
    found = parse_index("\n".join(names).encode(), folder)
    assert [listed.url for listed in found] == [f"{folder}2026/a.json"]
    changes = "".join(f'"{name}","2026-11-10T00:00:00Z"\n' for name in names) + '"2026/g.json","soon"\n"broken\n'
    listed = parse_changes(changes.encode(), folder)
    assert [(each.url, each.updated) for each in listed] == [
        (f"{folder}2026/a.json", "2026-11-10T00:00:00+00:00"),
        (f"{folder}2026/g.json", ""),
    ]


@given(st.binary(max_size=300))
def test_lists_take_anything(data: bytes) -> None:
    for parse in (parse_index, parse_changes, parse_rolie, parse_provider):
        try:
            parse(data, "https://a.example/csaf/")
        except ValueError:  # msgspec's errors are such
            continue


@given(st.text(min_size=1, max_size=80))
def test_a_name_is_one_file_in_a_year(name: str) -> None:
    try:
        place = judge(samples.advisory(name), "a document").place
    except SeawallError:
        return
    year, file = place.split("/")
    assert year == "2026"
    assert file.endswith(".json")
    assert not file.startswith(".")


def test_a_digest_in_all_its_spellings() -> None:
    digest = sha256(b"x").hexdigest()
    for text in (digest, digest.upper(), f"{digest}\n", f"{digest}  a.json\n", f" {digest} *a.json"):
        assert verified(b"x", text.encode(), "x") == "SHA-256"
        with pytest.raises(SeawallError):
            verified(b"y", text.encode(), "x")
    assert verified(b"x", b"", "x") == verified(b"x", digest[:-1].encode(), "x") == ""


def test_a_wrong_version_of_csaf() -> None:
    with pytest.raises(InvalidInputError):
        judge(samples.advisory().replace(b'"2.0"', b'"1.2"'), "x")
