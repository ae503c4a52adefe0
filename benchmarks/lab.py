"""Grade the lab of known true and false reports, and compare with what is expected.

Each case becomes a Seawall report and goes the way of all reports: submit, parse, merge, prove. Labels (id, CVE, GHSA,
`why`, `expected`, `false_kind`, `exposed_by`, `duplicate_of`) are left out: they are only read to judge the result.
"""

from __future__ import annotations

import argparse
import base64
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from rich.console import Console
from rich.table import Table

from seawall.entry.bootstrap import Seawall
from seawall.entry.overview import CaseView
from seawall.entry.pipeline import process
from seawall.entry.progress import shown
from seawall.entry.settings import settings_from
from seawall.kernel.marking import Marking
from seawall.validation import Grade

COVERED_ORACLES = {"canary", "crash", "timeout"}
"""Oracles that this version judges; a true case of another kind is expected to be inconclusive."""


@dataclass(frozen=True, slots=True)
class LabCase:
    """One case of the lab and what is known about it."""

    id: str
    truth: str
    """`true`, `false` or `duplicate`."""
    group: str
    """The true case that it is about; its own id otherwise."""
    covered: bool
    report: bytes


def read_lab(folder: Path) -> Iterator[LabCase]:
    """Yield the lab's cases, true ones first."""
    for kind, truth in (("cases", "true"), ("dup", "duplicate"), ("false", "false")):
        for path in sorted((folder / kind).glob("*/case.json")):
            case = json.loads(path.read_text())
            covered = case["evidence"]["kind"] == "input" and case["oracle"]["kind"] in COVERED_ORACLES
            yield LabCase(
                case["id"], truth, case.get("duplicate_of", case["id"]), covered, report_of(case, path.parent)
            )


def report_of(case: dict[str, Any], folder: Path) -> bytes:
    """Write a case as a Seawall report, in Seawall's own folder layout and names."""
    evidence = dict(case["evidence"])
    script = evidence.pop("file", "")
    files = {
        path.name: {"base64": base64.b64encode(_renamed(path.read_bytes())).decode()}
        for path in sorted(folder.iterdir())
        if path.name != "case.json"
    }
    pins = case.get("with", [])
    sides = (pins["vulnerable"], pins["fixed"]) if isinstance(pins, dict) else (pins, pins)
    evidence |= {
        "files": files,
        "script": script,
        "oracle": case["oracle"],
        "imports": case.get("import_names", []),
        "requires": sides[0],
        "fixed_requires": sides[1],
        "fixed_version": case.get("fixed_version", ""),
    }
    report = {
        "seawall_report": "1.0",
        "title": case["title"],
        "description": case["description"],
        "weaknesses": [case["weakness"]],
        "products": [{"purl": case["purl"]}],
        "evidence": {key: value for key, value in evidence.items() if value},
    }
    return _renamed(json.dumps(report).encode())


def _renamed(data: bytes) -> bytes:
    return data.replace(b"/tmp/w/", b"/w/").replace(b"LAB_", b"SEAWALL_")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True, help="folder that holds lab/")
    parser.add_argument("--only", default="", help="a part of the ids to grade")
    arguments = parser.parse_args()
    if not (arguments.shared / "lab").is_dir():
        sys.stderr.write(f"there is no lab in {arguments.shared}: set SEAWALL_SHARED to the folder that holds it\n")
        return 8
    cases = [case for case in read_lab(arguments.shared / "lab") if arguments.only in case.id]
    home = Path(tempfile.mkdtemp(prefix="seawall-lab-"))
    try:
        settings = settings_from()
        return judge(cases, Seawall(replace(settings, home=home, database_url=f"sqlite:///{home / 'seawall.sqlite'}")))
    finally:
        shutil.rmtree(home)


def judge(cases: list[LabCase], seawall: Seawall) -> int:
    """Run all cases and print the table; the exit code is 0 if no grade is wrong."""
    seawall.initialise()
    started = time.perf_counter()
    reports = {
        case.id: seawall.intake.submit(case.report, name=f"{case.id}.json", submitter="lab", marking=Marking.GREEN).id
        for case in cases
    }
    with shown() as progress:
        process(seawall, progress)
    seconds = time.perf_counter() - started
    by_report = {finding.report_id: view for view in seawall.overview().cases for finding in view.findings}
    wrong = 0
    table = Table(title="Lab")
    for column in ("case", "is", "grade", "right?", "merged into", "why"):
        table.add_column(column, overflow="fold")
    for case in cases:
        view = by_report[reports[case.id]]
        grade, reason = _own_grade(view, reports[case.id])
        right = _right(case, grade)
        wrong += not right
        table.add_row(case.id, case.truth, grade.value, "yes" if right else "[red]NO[/red]", view.case.id, reason)
    console = Console(width=160)
    console.print(table)
    merges = _merging(cases, {case.id: by_report[reports[case.id]].case.id for case in cases})
    console.print(f"{len(cases)} cases in {seconds:.1f} s; {wrong} graded wrongly; merging: {merges}")
    return 1 if wrong else 0


def _own_grade(view: CaseView, report_id: str) -> tuple[Grade, str]:
    (finding,) = (finding for finding in view.findings if finding.report_id == report_id)
    proofs = [proof for proof in view.proofs if proof.finding_id == finding.id]
    return (proofs[-1].grade, proofs[-1].reason) if proofs else (Grade.CLAIMED, "nothing was run")


def _right(case: LabCase, grade: Grade) -> bool:
    if case.truth == "false":
        return grade in {Grade.REFUTED, Grade.INCONCLUSIVE}
    return grade is Grade.INPUT_REPRODUCED if case.covered else grade is Grade.INCONCLUSIVE


def _merging(cases: list[LabCase], case_of: dict[str, str]) -> str:
    pairs = [(a, b) for at, a in enumerate(cases) for b in cases[at + 1 :]]
    same = [a.group == b.group for a, b in pairs]
    merged = [case_of[a.id] == case_of[b.id] for a, b in pairs]
    both = sum(s and m for s, m in zip(same, merged, strict=True))
    return f"{both} of {sum(same)} duplicate pairs joined, {sum(merged) - both} wrong"


if __name__ == "__main__":
    sys.exit(main())
