"""The HTML page: complete, harmless whatever reports say, and readable in a real browser."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from seawall.entry.overview import Funnel, Overview
from seawall.entry.report.page import render
from seawall.kernel.marking import Marking
from seawall.kernel.testing import FixedClock
from seawall.remediation import CheckService, read_inventory
from seawall.remediation.combined import CombinedIndex
from seawall.remediation.index import memory_index
from tests.entry import reports
from tests.entry.conftest import Terminal

Write = Callable[[str, str | bytes], Path]
HOSTILE = "<script>alert(1)</script> \"quoted\" 'and' &amp; \u202egnp.exe </title><img src=x onerror=alert(2)>"
EMPTY = Overview((), Funnel(0, 0, 0, 0, 0, 0), ())
_LOADING = {"src", "srcset", "data", "action", "formaction", "poster", "background"}


class _Elements(HTMLParser):
    """Collects elements, identifiers and internal links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []
        self.handlers: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            elif name == "href":
                self.links.append(value or "")
            elif name in _LOADING:
                self.loads.append(f"{name}={value}")
            elif name.startswith("on"):
                self.handlers.append(f"{name}={value}")


@pytest.fixture
def rich(terminal: Terminal, write: Write, clock: FixedClock) -> Overview:
    """Cases with all that can be decided about them, and a report in quarantine, in hostile words."""
    same = {"identifiers": ["CVE-2026-8001"]}
    write("a.json", reports.report(HOSTILE, **same))
    write("b.json", reports.report("The same in other words", **same))
    write("c.json", reports.report("Something else", weakness="CWE-22", identifiers=["CVE-2026-8002"]))
    inbox = write(f"{HOSTILE.replace('/', ' ')}.json", "{").parent
    terminal.run("submit", inbox, "--submitter", HOSTILE)
    terminal.run("process", "--no-prove")
    seawall = terminal.open()
    finding = seawall.view("CVE-2026-8001").findings[0]
    seawall.keep_proof(reports.proof(finding.id, clock.now(), HOSTILE))
    seawall.publish("CVE-2026-8001", marking=Marking.CLEAR, by=HOSTILE)
    inventory = read_inventory(write("sbom.cdx.json", reports.sbom("pkg:pypi/seawall-sample@1.0")))
    index = CombinedIndex([memory_index(seawall.known_vulnerabilities())], [seawall.signals])
    result = CheckService(index).check(inventory, at=clock.now())
    overview = seawall.overview(result.exposures)
    seawall.database.close()
    assert len(overview.cases) == 2
    assert overview.cases[0].merges
    assert overview.cases[0].exposures
    assert overview.quarantined
    return overview


def test_an_empty_home_has_a_page(clock: FixedClock) -> None:
    page = render(EMPTY, clock.now())
    assert "No cases yet." in page
    assert "0 reports" in page
    assert "Quarantine" not in page


def test_every_link_leads_somewhere_on_the_page(rich: Overview, clock: FixedClock) -> None:
    elements = _Elements(render(rich, clock.now()))
    assert len(elements.ids) == len(set(elements.ids))
    assert elements.links
    assert {link for link in elements.links if not link.startswith("#")} == set()
    assert {link[1:] for link in elements.links} <= set(elements.ids)
    for view in rich.cases:
        assert f"#{view.case.id}-due" in elements.links
        assert f"#{view.case.id}-proofs" in elements.links


def test_what_reports_say_stays_text(rich: Overview, clock: FixedClock) -> None:
    page = render(rich, clock.now(), title=HOSTILE)
    elements = _Elements(page)
    assert {"script", "img", "iframe", "object", "embed", "link", "base", "form"}.isdisjoint(elements.tags)
    assert elements.handlers == []
    assert elements.loads == []
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "\u202e" not in page, "a character that turns text around could make a page say what it does not"
    assert "[U+202E]gnp.exe" in page
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'")
    assert "script-src" not in policy[1]
    assert re.findall(r"url\(|@import", page) == []


def test_the_page_shows_each_decision_with_its_inputs(rich: Overview, clock: FixedClock) -> None:
    page = render(rich, clock.now())
    view = rich.cases[0]
    assert view.decision is not None
    for point in view.decision.points:
        assert f"<code>{point.point.value}</code>" in page
    assert view.merges[0].rule in page
    assert view.proofs[0].evidence_digest[:16] in page
    assert view.reports[0].digest in page
    assert "pkg:pypi/seawall-sample@1.0" in page
    assert "intake.truncated-json" in page
    for name, count in rich.funnel.steps():
        assert f"{count} {name}" in page


@pytest.mark.slow
def test_a_real_browser_shows_it(rich: Overview, clock: FixedClock, tmp_path: Path) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed")
    page = tmp_path / "report.html"
    page.write_text(render(rich, clock.now(), title="Seawall report"), encoding="utf-8")
    picture = tmp_path / "page.png"
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--window-size=1200,1600",
    ]

    def browse(*more: str) -> str:
        command = [chromium, *flags, f"--user-data-dir={tmp_path / 'profile'}", *more, page.as_uri()]
        result = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
        assert result.returncode == 0, result.stderr
        return result.stdout

    dom = browse("--dump-dom")
    elements = _Elements(dom)
    assert "svg" in elements.tags
    assert elements.tags.count("rect") == len(rich.funnel.steps())
    assert "<th>Affected components</th>" in dom
    for view in rich.cases:
        assert view.case.id in elements.ids
    assert "script" not in elements.tags
    browse(f"--screenshot={picture}")
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 20_000
