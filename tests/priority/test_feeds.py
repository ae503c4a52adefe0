"""Feeds: what they say, and what they refuse to conclude from."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest

from seawall.kernel.errors import InvalidInputError, LimitExceededError, NotFoundError
from seawall.kernel.limits import Limits
from seawall.priority import Point
from seawall.priority.feeds import KINDS, Snapshot, Unreadable, feed_of

LIMITS = Limits()


def catalogue(*entries: tuple[str, str], released: str = "2026-03-01T17:00:00Z", **extra: Any) -> bytes:
    return json.dumps(
        {
            "title": "catalogue",
            "dateReleased": released,
            "count": len(entries),
            "vulnerabilities": [{"cveID": cve, "dateAdded": day, "product": "p"} for cve, day in entries],
            **extra,
        }
    ).encode()


def record(cve: str = "CVE-2026-1000", **change: Any) -> dict[str, Any]:
    ssvc = {
        "timestamp": "2026-02-03T04:05:06.789Z",
        "options": [{"Exploitation": "PoC"}, {"Automatable": "yes"}, {"Technical Impact": "total"}],
    }
    document: dict[str, Any] = {
        "dataType": "CVE_RECORD",
        "dataVersion": "5.2",
        "cveMetadata": {"cveId": cve, "state": "PUBLISHED", "dateUpdated": "2026-02-04T00:00:00Z"},
        "containers": {
            "cna": {
                "providerMetadata": {"shortName": "acme", "dateUpdated": "2026-02-01T00:00:00Z"},
                "metrics": [
                    {"cvssV3_1": {"vectorString": "CVSS:3.1/low", "baseScore": 3.1}, "scenarios": []},
                    {"cvssV3_1": {"vectorString": "CVSS:3.1/high", "baseScore": 9.8}},
                    {"cvssV4_0": {"vectorString": "CVSS:4.0/x", "baseScore": 9.3}},
                ],
            },
            "adp": [
                {
                    "title": "CISA ADP Vulnrichment",
                    "providerMetadata": {"shortName": "CISA-ADP", "dateUpdated": "2026-02-03T05:00:00Z"},
                    "metrics": [
                        {"other": {"type": "ssvc", "content": ssvc}},
                        {"other": {"type": "kev", "content": {"dateAdded": "2026-02-02"}}},
                        {"other": {"type": "something new", "content": {"x": [1]}}},
                    ],
                }
            ],
        },
    }
    return document | change


def read(kind: str, document: bytes, limits: Limits = LIMITS) -> list[Snapshot | Unreadable]:
    return list(feed_of(kind).read(BytesIO(document), limits))


def snapshot(kind: str, document: bytes) -> Snapshot:
    (item,) = read(kind, document)
    assert isinstance(item, Snapshot)
    return item


def test_a_catalogue_is_one_snapshot_about_everything() -> None:
    found = snapshot("kev", catalogue(("CVE-2026-1000", "2026-02-28"), ("cve-2026-2000", "2026-03-01")))
    assert (found.identifier, found.as_of) == ("", datetime(2026, 3, 1, 17, tzinfo=UTC))
    assert [(s.identifier, s.point, s.value, s.source) for s in found.signals] == [
        ("CVE-2026-1000", Point.KEV, "yes", "CISA-KEV"),
        ("CVE-2026-2000", Point.KEV, "yes", "CISA-KEV"),
        ("*", Point.KEV, "no", "CISA-KEV"),
    ]
    assert found.signals[0].as_of == datetime(2026, 2, 28, tzinfo=UTC)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{",
        b"[]",
        catalogue(("CVE-2026-1000", "2026-02-28"))[:-20],
        catalogue(("CVE-2026-1000", "2026-02-28"), count=2),
        catalogue(("CVE-2026-1000", "yesterday")),
        catalogue(("not a CVE", "2026-02-28")),
        catalogue(released="soon"),
        b'{"x":' * 10_000,
        "KEV".encode("utf-16"),
    ],
)
def test_what_is_no_catalogue_is_refused_as_a_whole(document: bytes) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read("kev", document)
    assert caught.value.code == "priority.unreadable-feed"


@pytest.mark.parametrize(
    ("kind", "document"), [("kev", catalogue()), ("vulnrichment", json.dumps(record(), indent=1).encode())]
)
def test_what_is_too_large_is_refused(kind: str, document: bytes) -> None:
    with pytest.raises(LimitExceededError) as caught:
        read(kind, document, Limits(bytes=50, string_bytes=20))
    assert caught.value.code == "priority.feed-too-large"


def test_a_record_gives_ssvc_kev_and_the_worst_vector_of_each_version() -> None:
    found = snapshot("vulnrichment", json.dumps(record()).encode())
    assert found.identifier == "CVE-2026-1000"
    said = {(signal.point, signal.value, signal.source, signal.as_of.isoformat()) for signal in found.signals}
    assert said == {
        (Point.CVSS_3, "CVSS:3.1/high", "CNA acme", "2026-02-01T00:00:00+00:00"),
        (Point.CVSS_4, "CVSS:4.0/x", "CNA acme", "2026-02-01T00:00:00+00:00"),
        (Point.EXPLOITATION, "poc", "CISA-ADP", "2026-02-03T04:05:06.789000+00:00"),
        (Point.AUTOMATABLE, "yes", "CISA-ADP", "2026-02-03T04:05:06.789000+00:00"),
        (Point.TECHNICAL_IMPACT, "total", "CISA-ADP", "2026-02-03T04:05:06.789000+00:00"),
        (Point.KEV, "yes", "CISA-ADP", "2026-02-02T00:00:00+00:00"),
    }


def test_the_same_points_in_somebody_elses_container_are_not_cisas() -> None:
    document = record()
    document["containers"]["adp"][0]["providerMetadata"]["shortName"] = "somebody"
    found = snapshot("vulnrichment", json.dumps(document).encode())
    assert {signal.source for signal in found.signals} == {"CNA acme"}


def test_a_rejected_record_says_nothing() -> None:
    document = record(
        cveMetadata={"cveId": "CVE-2026-1000", "state": "REJECTED", "dateUpdated": "2026-03-01T00:00:00Z"},
        containers={"cna": {"rejectedReasons": [{"lang": "en", "value": "duplicate"}]}},
    )
    assert snapshot("vulnrichment", json.dumps(document).encode()).signals == ()


def test_one_record_over_many_lines_is_one_document() -> None:
    assert snapshot("vulnrichment", json.dumps(record(), indent=2).encode()).identifier == "CVE-2026-1000"


def test_a_broken_line_is_listed_and_the_others_are_read() -> None:
    unknown = record("CVE-2026-3000")
    unknown["containers"]["adp"][0]["metrics"][0]["other"]["content"]["options"][1]["Automatable"] = "perhaps"
    unprintable = record("CVE-2026-4000")
    unprintable["containers"]["cna"]["metrics"][0]["cvssV3_1"]["vectorString"] = "CVSS:3.1/\x00"
    unprintable["containers"]["cna"]["metrics"][1]["cvssV3_1"]["baseScore"] = 0
    lines = [
        json.dumps(record()),
        "{",
        "",
        json.dumps({"dataType": "CVE_RECORD"}),
        "x" * 5_000,
        json.dumps(unknown),
        json.dumps(unprintable),
        '{"x":' * 800,
        json.dumps(record("CVE-2026-2000")),
    ]
    items = read("vulnrichment", "\n".join(lines).encode(), Limits(string_bytes=4_500))
    assert [item.identifier for item in items if isinstance(item, Snapshot)] == ["CVE-2026-1000", "CVE-2026-2000"]
    assert [item.place for item in items if isinstance(item, Unreadable)] == [f"line {n}" for n in (2, 4, 5, 6, 7, 8)]


@pytest.mark.parametrize("document", [b"", b"\n", b"{\n", b"PK\x03\x04", b"[" * 20_000, b'{"dataType"\n: "x"}'])
def test_what_holds_no_record_at_all_is_refused(document: bytes) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read("vulnrichment", document)
    assert caught.value.code == "priority.unreadable-feed"


def test_an_unknown_feed_names_the_known_ones() -> None:
    assert KINDS == ("epss", "kev", "vulnrichment")
    with pytest.raises(NotFoundError) as caught:
        feed_of("horoscope")
    assert "epss, kev, vulnrichment" in caught.value.remedy
