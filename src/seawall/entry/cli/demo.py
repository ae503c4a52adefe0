"""`demo`: the main job on real reports, through the same code and store as the other verbs."""

from __future__ import annotations

import shutil
import sys
import time
from importlib.resources import as_file, files
from pathlib import Path

from msgspec.structs import replace
from rich.console import Console
from rich.text import Text

from seawall.entry.bootstrap import Seawall, open_seawall
from seawall.entry.cli.cases import case_table, summary
from seawall.entry.cli.output import emit_json
from seawall.entry.operator import read_records
from seawall.entry.overview import Funnel, Overview
from seawall.entry.pipeline import Outcome, process
from seawall.entry.progress import Progress, shown
from seawall.entry.report.page import render
from seawall.entry.settings import settings_from
from seawall.kernel.errors import ConflictError
from seawall.kernel.marking import Marking
from seawall.remediation import CheckResult, CheckService, read_inventory
from seawall.remediation.combined import CombinedIndex
from seawall.remediation.index import memory_index
from seawall.validation import Grade

_MARKER = ".seawall-demo"
_SCANNED = {"bandit-jinja2.sarif": "pkg:pypi/jinja2@2.8"}
"""Products of reports that do not name one: whoever runs a scanner knows what on."""
_BAR = 46  # columns


def demo(folder: Path, *, as_json: bool) -> None:
    """Run the main job in a fresh home below `folder`."""
    begin = time.monotonic()
    home = _fresh(folder / "home")
    settings = settings_from()
    seawall = open_seawall(
        replace(
            settings,
            home=home,
            database_url=f"sqlite:///{home / 'seawall.sqlite'}",
            publisher="Seawall demonstration",
            namespace="https://seawall.example",
        )
    )
    seawall.initialise()
    with as_file(files("seawall.entry.demo")) as material, shown(quiet=as_json) as progress:
        _submit(seawall, material / "reports", progress)
        _learn(seawall, material / "signals")
        outcome = process(seawall, progress)
        _publish(seawall, progress)
        result = _check(seawall, material / "inventory")
    overview = seawall.overview(result.exposures)
    page = folder / "report.html"
    page.write_text(render(overview, seawall.clock.now(), title="Seawall demonstration"), encoding="utf-8")
    if as_json:
        emit_json(
            {
                "cases": [summary(view) for view in overview.cases],
                "funnel": overview.funnel,
                "quarantined": overview.quarantined,
                "page": page,
            }
        )
        return
    _print(overview, outcome, result, home, page, time.monotonic() - begin)


def _fresh(home: Path) -> Path:
    home = home.absolute()
    if home.exists():
        if not (home / _MARKER).exists():
            raise ConflictError(
                "demo.folder-in-use",
                f"{home} is no demonstration's home",
                remedy="Choose another folder with --folder.",
            )
        shutil.rmtree(home)
    home.mkdir(parents=True)
    (home / _MARKER).touch()
    return home


def _submit(seawall: Seawall, folder: Path, progress: Progress) -> None:
    paths = sorted(folder.iterdir())
    progress.stage("submit", len(paths))
    for path in paths:
        with path.open("rb") as stream:
            seawall.intake.submit(
                stream,
                name=path.name,
                submitter="demonstration",
                marking=Marking.GREEN,
                product=_SCANNED.get(path.name, ""),
            )
        progress.advance(note=path.name)


def _learn(seawall: Seawall, folder: Path) -> None:
    for kind, name in (("kev", "kev-excerpt.json"), ("vulnrichment", "cve-records.ndjson")):
        with (folder / name).open("rb") as stream:
            seawall.signals.load(kind, stream)


def _publish(seawall: Seawall, progress: Progress) -> None:
    proven = [view.case.id for view in seawall.views() if view.grade.proven]
    progress.stage("publish", len(proven))
    for case_id in proven:
        seawall.publish(case_id, marking=Marking.CLEAR, by="demonstration")
        progress.advance(note=case_id)


def _check(seawall: Seawall, folder: Path) -> CheckResult:
    others = read_records("osv", [folder / "jinja2-xmlattr.osv.json"], seawall.settings.limits)
    index = CombinedIndex([memory_index([*seawall.known_vulnerabilities(), *others.records])], [seawall.signals])
    inventory = read_inventory(folder / "clinic-appointments.cdx.json")
    return CheckService(index).check(inventory, at=seawall.clock.now(), exposed="yes")


def _print(overview: Overview, outcome: Outcome, result: CheckResult, home: Path, page: Path, seconds: float) -> None:
    console = Console(highlight=False)
    scanned = [view for view in overview.cases if view.grade is Grade.PLAUSIBLE and not view.affected]
    console.print(case_table([view for view in overview.cases if view not in scanned], affected=True))
    console.print(
        f"and {len(scanned)} cases at E1: a scanner named a place that exists, and nobody has shown an effect"
    )
    others = [item for item in result.exposures if not item.vulnerability.id.startswith("SW-")]
    for item in others:
        names = ", ".join(item.vulnerability.identifiers)
        due = item.decision.due.isoformat() if item.decision.due else item.decision.outcome_name
        console.print(Text(f"also exposed, by a record: {item.component.purl} ({names}), due {due}"))
    for report in overview.quarantined:
        if report.problem:
            console.print(Text(f"in quarantine: {report.name}: {report.problem.message} [{report.problem.code}]"))
    console.print()
    _print_funnel(console, overview.funnel)
    console.print()
    console.print(f"{outcome.in_words()}; {seconds:.0f} s")
    console.print(Text(f"look further:  SEAWALL_HOME={home} seawall show {overview.cases[0].case.id}"))
    sys.stdout.write(f"the same as a page:  {page.absolute()}\n")


def _print_funnel(console: Console, funnel: Funnel) -> None:
    most = max(count for _, count in funnel.steps()) or 1
    for name, count in funnel.steps():
        width = max(1, round(_BAR * count / most)) if count else 0
        bar = Text(("█" * width).center(_BAR), "cyan")
        console.print(Text.assemble((f"{name:>10}  ", "bold"), bar, f"  {count}"))
