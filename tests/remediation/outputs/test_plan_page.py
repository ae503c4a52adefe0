"""The page to print: complete, harmless whatever an inventory says, one file."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import timedelta
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from msgspec.structs import replace
from tests.remediation import hospital
from tests.remediation.hospital import LOG4J, TODAY, decision, exposure

from seawall.remediation.model import Asset, CheckResult, Component, NotCompared, VexStatement, VexStatus
from seawall.remediation.outputs import OUTPUTS, Sheet, output_of
from seawall.remediation.planning.plan import plan_of
from seawall.remediation.ports import IndexInfo, SourceInfo

HOSTILE = (
    "<script>alert(1)</script> \"quoted\" 'and' &amp; \u202egnp.exe </title><img src=x onerror=alert(2)> {{ 7*7 }}"
)
INDEX = IndexInfo(1, 31_204, 36_189, (SourceInfo("osv", 10_978, "2026-08-14T00:00:00Z"), SourceInfo("kev", 1_404, "")))


class Elements(HTMLParser):
    """Collects elements, identifiers, links and headings."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.attributes if key == name]


def page(result: CheckResult, *statements: VexStatement, days: int = 0) -> str:
    plan = plan_of(result, TODAY + timedelta(days=days), statements=statements)
    return output_of("html").write(Sheet(result, plan, "0.1.0", INDEX)).decode()


def test_it_says_what_where_by_when_how_and_why() -> None:
    text = page(hospital.result())
    for part in (
        "9 things to do; the first was due on Tue 17 Nov 2026.",
        "Upgrade log4j-core to 2.17.1 or later",
        "Was due on Tue 17 Nov 2026, 4 days ago",
        "Secure evidence before you change anything",
        "By Tue 24 Nov 2026",
        "radiology",
        "Update Synapse PACS to V7.2.100 or later.",
        "Attackers already use it",
        "Shield or isolate Baxter Sigma Spectrum Wireless Battery Module: no fix is known",
        "3 components of winget",
        "row 14: the vendor&#39;s name is missing",
        "The KEV catalogue in the index is 9 days old",
        "cisa:BOD2604:1.0.0",
        "osv (10,978, as of 2026-08-14)",
        "unknown, counts as reachable",
        "which cannot be put in order with N.01",
    ):
        assert part in text, part
    for one in hospital.exposures():
        assert one.vulnerability.id in text
        assert one.vulnerability.title.replace("'", "&#39;") in text


def test_no_action_is_missing_and_every_link_leads_somewhere() -> None:
    elements = Elements(page(hospital.result()))
    ids = elements.values("id")
    assert len(ids) == len(set(ids))
    links = elements.values("href")
    assert set(links) == {f"#action-{number}" for number in range(1, 10)}
    assert {link[1:] for link in links} <= set(ids)
    assert elements.tags.count("article") == 9


def test_it_can_be_read_aloud() -> None:
    text = page(hospital.result())
    elements = Elements(text)
    assert elements.values("lang") == ["en"]
    assert elements.tags.count("h1") == 1
    levels = [int(tag[1]) for tag in elements.tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels)), "no level is skipped"
    assert elements.tags.count("th") == len([one for one in elements.values("scope") if one == "col"])
    assert text.count("<input") == text.count('aria-label="Done')


def _contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_enough_for_tired_eyes() -> None:
    text = page(hospital.result())
    for name in ("ink", "dim", "alarm"):
        colour = re.search(rf"--{name}: (#[0-9a-f]{{6}})", text)
        assert colour is not None
        assert _contrast(colour[1], "#ffffff") >= 7, "WCAG 2.2, level AAA"


def test_one_file_that_loads_nothing_and_runs_nothing() -> None:
    text = page(hospital.result())
    elements = Elements(text)
    assert {"script", "img", "iframe", "object", "embed", "link", "base", "form", "svg"}.isdisjoint(elements.tags)
    names = {name for name, _ in elements.attributes}
    assert not names & {"src", "srcset", "action", "formaction", "poster", "background"}
    assert not {name for name in names if name.startswith("on")}
    assert re.findall(r"url\(|@import|https?://", text) == []
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy is not None
    assert policy[1] == "default-src 'none'; style-src 'unsafe-inline'"


def test_hostile_words_stay_words() -> None:
    component = Component(None, HOSTILE, HOSTILE, HOSTILE, HOSTILE, asset=HOSTILE)
    asset = Asset(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    one = exposure(
        component,
        HOSTILE,
        decision(HOSTILE, asset.__class__("x")),
        asset,
        HOSTILE,
        title=HOSTILE,
        remedy=HOSTILE,
        because=HOSTILE,
    )
    result = hospital.result(one)
    result = replace(
        result,
        inventory=replace(result.inventory, name=HOSTILE, format=HOSTILE, unreadable=(HOSTILE,)),
        not_compared=(NotCompared(HOSTILE, 1, HOSTILE),),
        warnings=(HOSTILE,),
    )
    plain, hostile = Elements(page(hospital.result(hospital.exposures()[0]))), page(result)
    assert set(Elements(hostile).tags) <= {*plain.tags, "ul"}
    assert "<script" not in hostile
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in hostile
    assert "\u202e" not in hostile
    assert "[U+202E]gnp.exe" in hostile
    assert "{{ 7*7 }}" in hostile, "text is no template"


def test_a_clean_result_says_so_and_no_more() -> None:
    base = replace(hospital.result(), exposures=(), undecided=())
    text = page(base)
    assert "Nothing that could be compared is affected by a known vulnerability." in text
    assert "4 components could not be compared." in text
    assert "it was not proven safe" in text
    assert "Secure evidence" not in text
    assert Elements(text).tags.count("article") == 0


def test_where_is_a_column_only_if_there_are_several_places() -> None:
    one = replace(hospital.result(*hospital.exposures()[:1]), undecided=())
    assert '<th scope="col">Where</th>' not in page(one)
    assert '<th scope="col">Where</th>' in page(hospital.result())


def test_copies_on_one_asset_are_one_line() -> None:
    copies = [
        exposure(
            hospital.package(f"pkg:npm/a@1.{i}.0", f"entry-{i}"),
            "CVE-1",
            hospital.exposures()[0].decision,
            hospital.PACS,
            "2.0.0",
        )
        for i in range(5)
    ]
    text = page(replace(hospital.result(*copies), undecided=()))
    assert text.count("Done on pacs-01") == 1
    assert "entry-0, entry-1 and 3 more" in text
    assert "1.0.0, 1.1.0, 1.2.0 and 2 more" in text


def test_what_holds_for_several_vulnerabilities_is_said_once() -> None:
    unknown = [
        exposure(
            hospital.package("pkg:npm/a@1.0.0"), name, decision(name, hospital.LAB), hospital.LAB, "2.0.0", title=name
        )
        for name in ("CVE-2030-0001", "CVE-2030-0002")
    ]
    text = page(replace(hospital.result(*unknown), undecided=()))
    assert text.count("obody has published whether attacks can be automated") == 1
    assert "internet (assumed); nobody has published whether attacks can be automated; nobody" in text


@pytest.mark.parametrize("name", ["html", "csv", "sarif"])
def test_notes_on_the_inventory_are_passed_on(name: str) -> None:
    base = hospital.result()
    noted = replace(base, inventory=replace(base.inventory, notes=("row 3 and row 7 are the same",)))
    assert b"row 3 and row 7 are the same" in output_of(name).write(Sheet(noted, plan_of(noted, TODAY), "0.1.0"))


def test_of_many_vulnerabilities_each_is_named() -> None:
    base = hospital.exposures()[0]
    many = [replace(base, vulnerability=replace(base.vulnerability, id=f"CVE-2030-{i:04}")) for i in range(25)]
    text = page(replace(hospital.result(*many), undecided=()))
    assert "And 15 more vulnerabilities: " in text
    assert all(one.vulnerability.id in text for one in many)
    assert Elements(text).tags.count("article") == 1


def test_what_was_set_aside_is_shown_with_its_author() -> None:
    statement = VexStatement(
        "CVE-2021-44228", LOG4J, VexStatus.NOT_AFFECTED, detail="Lookups are off.", author="Vendor"
    )
    text = page(hospital.result(), statement)
    assert "VEX by Vendor: not affected (Lookups are off.)" in text


@pytest.mark.parametrize(
    ("days", "words"),
    [(3, "due today"), (2, "due within seven days"), (80, "8 overdue")],
)
def test_the_summary_follows_the_day(days: int, words: str) -> None:
    assert words in page(hospital.result(), days=days)


@pytest.mark.parametrize("name", OUTPUTS)
def test_equal_sheets_give_equal_bytes_whatever_the_order(name: str) -> None:
    first = hospital.result()
    other = replace(first, exposures=tuple(reversed(first.exposures)))
    documents = {output_of(name).write(Sheet(one, plan_of(one, TODAY), "0.1.0")) for one in (first, other)}
    assert len(documents) == 1


def test_outputs_are_imported_when_they_are_asked_for() -> None:
    code = (
        "import sys, seawall.remediation.outputs; "
        "print([m for m in ('jinja2', 'csv', 'seawall.advisories.csaf', 'sqlalchemy') if m in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
