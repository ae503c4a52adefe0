"""`cases`, `show`, `merge`, `split` and `proposals`."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import typer
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from seawall.entry.bootstrap import Seawall, open_seawall
from seawall.entry.cli.output import EXIT_USAGE, emit_json
from seawall.entry.overview import CaseView
from seawall.kernel.visible import visible
from seawall.triage import Case, MergeDecision
from seawall.validation import Grade

_STYLES = {
    Grade.FIX_VERIFIED: "bold green",
    Grade.INPUT_REPRODUCED: "bold green",
    Grade.REFUTED: "red",
    Grade.INCONCLUSIVE: "yellow",
}


def cases(*, grade: str, limit: int, as_json: bool) -> None:
    """List cases, most urgent first."""
    seawall = open_seawall()
    seawall.require()
    views = seawall.overview().cases
    chosen = [view for view in views if not grade or view.grade.value.lower() == grade.lower()]
    if as_json:
        emit_json({"cases": [summary(view) for view in chosen[:limit]], "total": len(chosen)})
        return
    console = Console(highlight=False)
    console.print(case_table(chosen[:limit]))
    if len(chosen) > limit:
        console.print(f"… and {len(chosen) - limit} more: use --limit", style="dim")


def show(reference: str, *, as_json: bool) -> None:
    """Show one case in full."""
    seawall = open_seawall()
    seawall.require()
    view = seawall.view(reference)
    if as_json:
        emit_json(view)
        return
    Console(highlight=False).print(_full(view))


def merge(case_ids: list[str], *, by: str, reason: str, as_json: bool) -> None:
    """Merge cases by a person's word."""
    seawall = open_seawall()
    seawall.require()
    (case,) = seawall.rule(lambda triage: [triage.merge(case_ids, by=by, reason=reason)])
    if as_json:
        emit_json(case)
    else:
        sys.stdout.write(f"{case.id} now holds {len(case.findings)} findings; undo with `seawall split`\n")


def split(case_id: str, findings: list[str], *, by: str, reason: str, as_json: bool) -> None:
    """Split a case by a person's word."""
    seawall = open_seawall()
    seawall.require()
    parts = seawall.rule(lambda triage: triage.split(case_id, findings, by=by, reason=reason))
    if as_json:
        emit_json(parts)
    else:
        sys.stdout.write(" and ".join(f"{case.id} ({len(case.findings)} findings)" for case in parts) + "\n")


def proposals(*, accept: str, decline: str, by: str, reason: str, as_json: bool) -> None:
    """List proposals, or decide one."""
    seawall = open_seawall()
    seawall.require()
    if accept or decline:
        if not by or (accept and decline):
            sys.stderr.write("give one of --accept and --decline, and --by with your name\n")
            raise typer.Exit(EXIT_USAGE)
        ruled = _ruled(seawall, accept=accept, decline=decline, by=by, reason=reason)
        if as_json:
            emit_json(ruled)
        else:
            sys.stdout.write("done\n")
        return
    waiting = seawall.triage.proposals()
    if as_json:
        emit_json({"proposals": waiting})
        return
    if not waiting:
        sys.stdout.write("no proposals\n")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("proposal", "cases", "why"):
        table.add_column(column, overflow="fold")
    for proposal in waiting:
        table.add_row(proposal.decision.id, "\n".join(proposal.cases), proposal.decision.reason)
    Console(highlight=False).print(table)


def _ruled(seawall: Seawall, *, accept: str, decline: str, by: str, reason: str) -> Case | MergeDecision:
    """Decide one proposal; return the case that an accepted one made, or the one that was declined."""
    if decline:
        return seawall.triage.decline(decline, by=by, reason=reason)
    (case,) = seawall.rule(lambda triage: [triage.accept(accept, by=by)])
    return case


def summary(view: CaseView) -> dict[str, object]:
    """Return what a list shows of a case, for machines."""
    return {
        "id": view.case.id,
        "title": view.case.title,
        "identifiers": view.case.identifiers,
        "packages": view.case.packages,
        "findings": len(view.findings),
        "grade": view.grade,
        "why": view.grade_reason,
        "decision": view.decision,
        "affected": view.affected,
    }


def case_table(views: Iterable[CaseView], *, affected: bool = False) -> Table:
    """Return the table of cases: case, grade, why, due and, where it was checked, affected components."""
    table = Table(pad_edge=False, header_style="bold", show_lines=True)
    table.add_column("case", min_width=14, ratio=3)
    table.add_column("grade", max_width=12)
    table.add_column("why", ratio=4)
    table.add_column("due", min_width=10, max_width=16)
    if affected:
        table.add_column("affected components", overflow="fold", ratio=3)
    for view in views:
        name = Text.assemble((view.case.id, "bold"), "\n", (visible(view.case.title), "dim"))
        row = [
            name,
            Text(view.grade.value, _STYLES.get(view.grade, "")),
            Text(visible(view.grade_reason)),
            Text(view.due),
        ]
        if affected:
            row.append(Text("\n".join(view.affected) or "-"))
        table.add_row(*row)
    return table


def _full(view: CaseView) -> Group:
    case = view.case
    words = " · ".join((*case.identifiers, *case.weaknesses, *case.packages))
    head = Text.assemble((visible(case.title), "bold"), "\n", (words, "dim"), "\n")
    head.append(f"grade {view.grade.value}", _STYLES.get(view.grade, ""))
    head.append(f": {visible(view.grade_reason)}\ndue {view.due}")
    if view.decision:
        head.append(f": {view.decision.reason}", "dim")
    tree = Tree(Text("decisions and their inputs", "bold"))
    _findings(view, tree)
    _merges(view, tree)
    _proofs(view, tree)
    if view.decision:
        branch = tree.add(Text(visible(f"due date by {view.decision.policy}: {view.decision.outcome_name}")))
        for point in view.decision.points:
            assumed = " (assumed)" if point.assumed else ""
            branch.add(Text(visible(f"{point.point.value} = {point.value}{assumed}, {point.source} {point.as_of}")))
    for publication in view.publications:
        tree.add(Text(visible(f"published as {publication.format} revision {publication.number}: {publication.path}")))
    return Group(Panel(head, title=case.id, title_align="left"), tree)


def _findings(view: CaseView, tree: Tree) -> None:
    reports = {report.id: report for report in view.reports}
    branch = tree.add(Text(visible(f"{len(view.findings)} finding(s)")))
    for finding in view.findings:
        report = reports[finding.report_id]
        branch.add(
            Text(visible(f"{finding.id} {finding.title} ({report.format} {report.name} from {report.submitter})"))
        )


def _merges(view: CaseView, tree: Tree) -> None:
    if view.merges:
        branch = tree.add(Text(visible(f"{len(view.merges)} merge decision(s)")))
        for decision in view.merges:
            inputs = ", ".join(f"{key}={value}" for key, value in decision.inputs.items())
            branch.add(
                Text(visible(f"{decision.id} {decision.state.value}: {decision.reason} ({decision.rule}; {inputs})"))
            )


def _proofs(view: CaseView, tree: Tree) -> None:
    for proof in view.proofs:
        branch = tree.add(Text(visible(f"{proof.id} on {proof.finding_id}: {proof.grade.value}, {proof.reason}")))
        for run in proof.runs:
            branch.add(Text(visible(f"{run.side}: {run.outcome.value}, {run.detail} ({run.cpu_seconds:.2f} s CPU)")))
        for control in proof.controls:
            branch.add(Text(visible(f"control {control.name.value}: {control.state.value}, {control.detail}")))
