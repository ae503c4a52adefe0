"""Findings for tests: a maker with defaults, and Hypothesis strategies that make collisions likely."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from seawall.intake import AffectedProduct, Evidence, Finding, Location

PURL = "pkg:pypi/samplelib@1.2.0"
TEXTS = (
    "The archive extractor joins member names to the target folder without checking that the path stays inside.",
    "Without checking that the path stays inside, the archive extractor joins member names to its target folder.",
    "The archive unpacker joins member names to the target folder without checking that the path stays inside.",
    "A crafted template expression reaches the globals of the host interpreter through format specifiers.",
    "Session cookies are forwarded to a foreign host when the server answers with a redirect status.",
    "Session cookies get forwarded to another foreign host when the first server answers with a redirect.",
)


def finding(number: int, **fields: Any) -> Finding:
    """A finding with a numbered id; `purl`, `path`, `line`, `symbol`, `snippet` and `call` are short forms."""
    purl = fields.pop("purl", PURL)
    place = {name: fields.pop(name) for name in ("path", "line", "symbol", "snippet") if name in fields}
    call = fields.pop("call", "")
    if call:
        fields["evidence"] = Evidence("input", {"kind": "canary"}, entry={"call": call})
    fields.setdefault("report_id", f"SWR-{number:016x}")
    fields.setdefault("title", f"Report number {number}")
    return Finding(
        id=f"SWF-{number:016x}",
        place="/0",
        products=(AffectedProduct(purl),) if purl else (),
        location=Location(**place),
        **fields,
    )


@st.composite
def findings(draw: st.DrawFn, least: int = 1, most: int = 14) -> list[Finding]:
    """Findings that have much in common: few identifiers, places, texts and products."""
    made = []
    for number in range(1, draw(st.integers(least, most)) + 1):
        located = draw(st.booleans())
        made.append(
            finding(
                number,
                report_id=draw(st.sampled_from(["SWR-a", "SWR-b", "SWR-c", "SWR-d"])),
                title="",
                description=draw(st.sampled_from(TEXTS)),
                identifiers=tuple(
                    sorted(
                        draw(
                            st.sets(
                                st.sampled_from(
                                    ["CVE-2024-0001", "CVE-2024-0002", "GHSA-2222-2222-2222", "PYSEC-2024-7"]
                                ),
                                max_size=draw(st.sampled_from([0, 0, 1, 2])),
                            )
                        )
                    )
                ),
                weaknesses=draw(st.sampled_from([("CWE-22",), ("CWE-22",), ("CWE-23",), ("CWE-94",), ()])),
                purl=draw(st.sampled_from([PURL, PURL, "pkg:pypi/samplelib@1.3.0", "pkg:pypi/other", ""])),
                rule=draw(st.sampled_from(["", "", "scan/R1", "scan/R2"])),
                call=draw(st.sampled_from(["", "", "samplelib:extract"])),
                **(
                    {
                        "path": draw(
                            st.sampled_from(["src/samplelib/archive.py", "samplelib/archive.py", "archive.py"])
                        ),
                        "line": draw(st.sampled_from([0, 10, 12, 15, 17, 40, 90])),
                        "symbol": draw(st.sampled_from(["", "Archive.extract", "extract", "other"])),
                        "snippet": draw(st.sampled_from(["", "open(target + name, 'wb')", "open(base + other, 'w')"])),
                    }
                    if located
                    else {}
                ),
            )
        )
    return made
