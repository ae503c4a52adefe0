"""Examples and generators of what this room works on."""

from __future__ import annotations

import copy
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from seawall.advisories import Advisory, AdvisoryProduct, PublisherIdentity, Revision
from seawall.intake import AffectedProduct, Evidence, Finding
from seawall.kernel.marking import Marking
from seawall.triage import Case

SHARED = Path(os.environ.get("SEAWALL_SHARED", Path(__file__).parents[2].parent / "shared"))
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PUBLISHER = PublisherIdentity(
    "Clearinghouse Example", "https://clearinghouse.example", contact="desk@clearinghouse.example"
)
V31 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"  # 9.8
V30 = "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"  # 7.5
V2 = "AV:N/AC:L/Au:N/C:P/I:P/A:P"  # 7.5
V4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"

_PRODUCT = {"name": "Rocket 1.0", "product_id": "P1"}
_DOCUMENT: dict[str, Any] = {
    "document": {
        "category": "csaf_base",
        "csaf_version": "2.0",
        "publisher": {"category": "vendor", "name": "ACME", "namespace": "https://acme.example"},
        "title": "Rocket explodes",
        "tracking": {
            "current_release_date": "2026-01-02T03:04:05Z",
            "id": "ACME-1",
            "initial_release_date": "2026-01-02T03:04:05Z",
            "revision_history": [{"date": "2026-01-02T03:04:05Z", "number": "1", "summary": "First."}],
            "status": "final",
            "version": "1",
        },
    },
    "product_tree": {
        "full_product_names": [
            _PRODUCT,
            {"name": "Rocket 2.0", "product_id": "P2"},
            {"name": "Pad", "product_id": "P3"},
        ],
        "product_groups": [{"group_id": "G1", "product_ids": ["P1", "P2"]}],
    },
    "vulnerabilities": [
        {
            "cve": "CVE-2026-10001",
            "notes": [{"category": "description", "text": "It explodes."}],
            "product_status": {"known_affected": ["P1"], "fixed": ["P2"]},
            "remediations": [{"category": "vendor_fix", "details": "Update to 2.0.", "product_ids": ["P1"]}],
            "scores": [
                {
                    "products": ["P1"],
                    "cvss_v3": {
                        "version": "3.1",
                        "vectorString": V31,
                        "baseScore": 9.8,
                        "baseSeverity": "CRITICAL",
                    },
                }
            ],
        }
    ],
}


def document() -> dict[str, Any]:
    """A valid CSAF 2.0 document, to be changed."""
    return copy.deepcopy(_DOCUMENT)


def changed(pointer: str, value: Any) -> bytes:
    """The example document with one member set; `...` removes it. The last step of an array may be `-`: append."""
    whole = document()
    *steps, last = pointer.strip("/").split("/")
    place: Any = whole
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
    if isinstance(place, list):
        if last == "-":
            place.append(value)
        else:
            place[int(last)] = value
    elif value is ...:
        del place[last]
    else:
        place[last] = value
    return json.dumps(whole).encode()


def advisory(**members: Any) -> Advisory:
    """A plain advisory."""
    standard: dict[str, Any] = {
        "id": "SW-2026-000007",
        "title": "Catastrophic backtracking in parse()",
        "description": "A crafted header keeps parse() busy.",
        "identifiers": ("CVE-2026-10001", "GHSA-2345-6789-cfgh"),
        "weaknesses": ("CWE-1333",),
        "products": (AdvisoryProduct("pkg:pypi/rocket", affected=("1.0",), fixed=("1.2",)),),
        "vectors": (V31,),
        "references": ("https://rocket.example/advisory",),
        "credits": ("Ann Example",),
        "marking": Marking.CLEAR,
        "grade": "E3",
        "grade_reason": "Seen in 5 of 5 runs; all controls held.",
        "revisions": (Revision(1, NOW, "Initial version."),),
    }
    return Advisory(**{**standard, **members})


def finding(number: int = 1, **members: Any) -> Finding:
    """A plain finding."""
    standard: dict[str, Any] = {
        "id": f"SWF-{number:016x}",
        "report_id": "SWR-0000000000000001",
        "place": "/",
        "title": "Catastrophic backtracking in parse()",
        "description": "A crafted header keeps parse() busy.",
        "products": (AffectedProduct("pkg:pypi/rocket@1.0"),),
        "marking": Marking.CLEAR,
    }
    return Finding(**{**standard, **members})


def case(*findings: Finding, **members: Any) -> Case:
    """The case that holds the findings."""
    standard: dict[str, Any] = {
        "id": "SW-2026-000007",
        "title": findings[0].title,
        "findings": tuple(sorted(item.id for item in findings)),
    }
    return Case(**{**standard, **members})


versions = st.one_of(
    st.from_regex(r"[0-9]{1,2}(\.[0-9]{1,2}){0,3}((a|b|rc)[0-9])?", fullmatch=True),
    st.sampled_from(["0", "1.0 and later", "all", "<2", "1.0|2.0", "2024-01-01", "1.0+build", "v1", "1:2.3-4~5", "é"]),
    st.text(min_size=1, max_size=8).filter(lambda text: text.strip() == text),
)
_purls = st.one_of(
    st.sampled_from(
        [
            "pkg:pypi/rocket",
            "pkg:npm/%40scope/rocket",
            "pkg:maven/org.example/rocket",
            "pkg:golang/example.org/rocket",
            "pkg:deb/debian/rocket",
            "pkg:generic/rocket",
            "pkg:cargo/rocket",
        ]
    ),
    st.from_regex(r"pkg:pypi/[a-z]{1,8}", fullmatch=True),
)
_events = st.lists(
    st.tuples(st.sampled_from(["introduced", "fixed", "last_affected", "limit", "odd"]), versions), max_size=6
).map(tuple)


@st.composite
def affected_products(draw: st.DrawFn) -> AffectedProduct:
    """What a report may say about a product."""
    from seawall.kernel.purl import parse_purl  # noqa: PLC0415 - only this generator needs it

    purl = parse_purl(draw(_purls))
    version = draw(st.none() | versions)
    return AffectedProduct(
        str(purl.at(version)) if version else str(purl),
        events=draw(_events),
        versions=tuple(draw(st.lists(versions, max_size=4))),
        status=draw(st.sampled_from(["affected", "fixed", "not_affected", "under_investigation", "odd"])),
    )


_texts = st.text(max_size=40)
_vectors = st.sampled_from([V31, V30, V2, V4, "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:N/A:N", "CVSS:3.1/AV:N", "7.5"])
_identifiers = st.one_of(
    st.from_regex(r"CVE-20[0-9]{2}-[0-9]{4,7}", fullmatch=True),
    st.from_regex(r"GHSA(-[23456789cfghjmpqrvwx]{4}){3}", fullmatch=True),
    st.sampled_from(["PYSEC-2024-1", "RUSTSEC-2024-0001", "SW-2026-000007", "SW-2026-000099"]),
)
_urls = (
    st.sampled_from(["https://a.example/x?y=1#z", "http://[::1]/", "no url", "https://a b", "ftp://é.example/"])
    | _texts
)


@st.composite
def _findings_of_case(draw: st.DrawFn, number: int) -> Finding:
    return finding(
        number,
        title=draw(_texts),
        description=draw(_texts),
        identifiers=tuple(sorted(draw(st.sets(_identifiers, max_size=3)))),
        weaknesses=tuple(f"CWE-{n}" for n in sorted(draw(st.sets(st.integers(1, 1500), max_size=3)))),
        products=tuple(draw(st.lists(affected_products(), max_size=3))),
        vectors=tuple(draw(st.lists(_vectors, max_size=3))),
        references=tuple(draw(st.lists(_urls, max_size=3))),
        credits=tuple(draw(st.lists(_texts, max_size=3))),
        marking=draw(st.sampled_from(Marking)),
        evidence=draw(st.none() | versions.map(_evidence)),
        extra={"exploit": "TOP-SECRET"},
    )


def _evidence(fixed_version: str) -> Evidence:
    return Evidence("input", {"kind": "canary"}, script="TOP-SECRET", fixed_version=fixed_version)


def findings() -> st.SearchStrategy[list[Finding]]:
    """Findings of one case, as hostile as intake lets them through."""
    return st.integers(1, 4).flatmap(lambda count: st.tuples(*map(_findings_of_case, range(count))).map(list))
