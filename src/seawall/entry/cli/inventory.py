"""`inventory add`, `list`, `diff`, `exposures`, `review`; `affected`; `report-back`: what is kept of inventories."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import typer

from seawall.entry.bootstrap import Seawall, open_seawall
from seawall.entry.cli.output import EXIT_NEGATIVE, emit_json
from seawall.entry.cli.vex import check_format, write
from seawall.entry.operator import read_records, rulings_of
from seawall.kernel.clock import parse_rfc3339
from seawall.kernel.errors import InvalidInputError, NotFoundError
from seawall.kernel.visible import visible
from seawall.remediation import read_inventory
from seawall.remediation.index import open_index
from seawall.remediation.model import Component
from seawall.remediation.ports import VulnerabilityIndex
from seawall.remediation.report_service import AssetView, ReportBackService
from seawall.remediation.service import InventoryService
from seawall.remediation.store import remediation_units
from seawall.remediation.stored.forensics import Compromise, ForensicStep
from seawall.remediation.stored.report_back import Act, Statement
from seawall.remediation.stored.snapshots import AddedInventory, Difference, Impact, NewInventory
from seawall.remediation.stored.standing import StandingExposure


@dataclass(frozen=True, slots=True)
class _Opened:
    seawall: Seawall
    inventories: InventoryService
    reports: ReportBackService
    index: VulnerabilityIndex | None


@contextmanager
def _opened(index: Path | None = None) -> Iterator[_Opened]:
    """Open the home, and its index if it has one."""
    seawall = open_seawall()
    seawall.initialise()
    with ExitStack() as stack:
        path = index or seawall.settings.index_path
        known = stack.enter_context(open_index(path)) if index is not None or path.exists() else None
        units = remediation_units(seawall.units)
        service = InventoryService(
            units,
            seawall.blobs,
            seawall.clock,
            index=known,
            rulings=rulings_of(seawall.settings),
            open_view=remediation_units(seawall.readers),
        )
        yield _Opened(seawall, service, ReportBackService(units, seawall.clock, signals=known), known)


def add(
    paths: Sequence[Path],
    *,
    owner: str,
    by: str,
    asset: str = "",
    exposed: str = "",
    taken_at: str = "",
    distro: str = "",
    index: Path | None = None,
    as_json: bool = False,
) -> None:
    """Store inventories; each becomes the present one of its asset or assets."""
    taken = _instant(taken_at)
    with _opened(index) as opened:
        news = (_read(path, owner, by, asset, exposed, taken, distro) for path in paths)
        added = [each for results in opened.inventories.add_many(news) for each in results]
        known = opened.index is not None
    if as_json:
        emit_json({"added": added, "compared": known})
        return
    for each in added:
        _print_added(each)
    if not known:
        sys.stdout.write("not compared yet: there is no index; build one with `seawall index build`, then run review\n")


def show(*, owner: str = "", as_json: bool = False) -> None:
    """List assets with their present inventory."""
    with _opened() as opened:
        rows = [
            (stored, opened.inventories.snapshots(stored.asset.owner, stored.asset.name)[-1])
            for stored in opened.inventories.assets(owner)
            if stored.snapshot
        ]
    if as_json:
        emit_json({"assets": [{"id": s.id, "asset": s.asset, "inventory": snapshot} for s, snapshot in rows]})
        return
    for stored, snapshot in rows:
        own = stored.asset
        sys.stdout.write(
            visible(
                f"{own.owner}/{own.name}: inventory {snapshot.number} of {_minute(snapshot.taken_at)}, "
                f"{snapshot.components:,} components, publicly exposed: {own.exposed}"
            )
            + "\n"
        )


def diff(owner: str, asset: str, *, before: int = 0, after: int = 0, as_json: bool = False) -> None:
    """Say what came, went and changed its version."""
    with _opened() as opened:
        change = opened.inventories.diff(owner, asset, before, after)
    if as_json:
        emit_json(change)
        return
    for line in _lines_of(change):
        sys.stdout.write(visible(line) + "\n")


def exposures(owner: str, asset: str, *, vex: str = "", index: Path | None = None, as_json: bool = False) -> None:
    """Show what an asset is exposed to, by when to act, and what was reported; exit code 1 if something is open.

    Args:
        owner: Whose asset.
        asset: Its name.
        vex: A format of VEX to write instead: what was reported back, for others to read.
        index: The index; None: the home's.
        as_json: Print one JSON document.
    """
    if vex:
        check_format(vex)
    with _opened(index) as opened:
        opened.inventories.match_waiting()
        view = opened.reports.look(owner, asset, opened.index)
        now = opened.seawall.clock.now()
        known = opened.index is not None
        if vex:
            write(view.statements(asset), vex, owner, asset, opened.seawall)
    if vex:
        pass
    elif as_json:
        unknown = {"undecided": view.undecided, "not_compared": view.not_compared, "compared": known}
        emit_json({"exposures": view.exposures, "verified": view.verified} | unknown)
    else:
        _print_view(view, now, known=known)
    if any(each.state.is_open for each in view.exposures):
        raise typer.Exit(EXIT_NEGATIVE)


def review(*, owner: str = "", anew: bool = False, index: Path | None = None, as_json: bool = False) -> None:
    """Have time and news take effect on all assets: after a new index, and once a day."""
    with _opened(index) as opened:
        matched = opened.inventories.match_all() if anew else opened.inventories.match_waiting()
        said = opened.inventories.review(owner)
    if as_json:
        emit_json({"matched": matched, "changes": said})
        return
    sys.stdout.write(f"{matched:,} package versions compared\n" + "".join(f"{visible(line)}\n" for line in said))


def affected(paths: Sequence[Path], *, source: str = "osv", index: Path | None = None, as_json: bool = False) -> None:
    """Say whom records touch; exit code 1 if anybody."""
    with _opened(index) as opened:
        read = read_records(source, paths, opened.seawall.settings.limits)
        impacts = [(record, opened.inventories.affected_assets(record)) for record in read.records]
    if as_json:
        emit_json({"records": [{"id": record.id, **_impact_document(impact)} for record, impact in impacts]})
    else:
        for record, impact in impacts:
            _print_impact(record.id, impact)
    for problem in read.problems:
        sys.stderr.write(visible(f"not read: {problem}") + "\n")
    if any(impact.affected or impact.undecided for _, impact in impacts):
        raise typer.Exit(EXIT_NEGATIVE)


def report_back(
    owner: str,
    asset: str,
    vulnerability: str,
    status: str,
    *,
    by: str,
    reason: str = "",
    justification: str = "",
    until: str = "",
    index: Path | None = None,
    as_json: bool = False,
) -> None:
    """Report that an exposure is fixed, mitigated, not_affected or deferred."""
    if status not in {"fixed", "mitigated", "not_affected", "deferred"}:
        raise InvalidInputError(
            "report-back.unknown-status",
            f"{status[:40]!r} is no status",
            remedy="Use fixed, mitigated, not_affected or deferred.",
        )
    said = Statement(Act(status), by, reason, justification, _day(until))
    with _opened(index) as opened:
        report = opened.reports.report(owner, asset, vulnerability, said)
    if as_json:
        emit_json(report)
        return
    word = "fixed (claimed until a later inventory verifies it)" if report.act is Act.FIXED else report.state.value
    sys.stdout.write(visible(f"{report.vulnerability} on {owner}/{asset}: {word}") + "\n")


def forensic_step(
    owner: str,
    asset: str,
    vulnerability: str,
    step: str,
    *,
    by: str,
    note: str,
    evidence: Path | None = None,
    finding: str = "",
    waive: bool = False,
    index: Path | None = None,
    as_json: bool = False,
) -> None:
    """Record or waive a step of a forensic triage; of a file of evidence only its digest is kept."""
    try:
        chosen, compromise = ForensicStep(step), Compromise(finding) if finding else None
    except ValueError:
        raise InvalidInputError(
            "report-back.unknown-step",
            f"{step[:40]!r} with the finding {finding[:40]!r} is no forensic step",
            remedy=f"Steps: {', '.join(ForensicStep)}. Findings of the decision: {', '.join(Compromise)}.",
        ) from None
    digest = "" if evidence is None else _digest_of(evidence)
    with _opened(index) as opened:
        checklist = opened.reports.record_step(
            owner, asset, vulnerability, chosen, by=by, note=note, digest=digest, compromise=compromise, waived=waive
        )
        now = opened.seawall.clock.now()
    if as_json:
        emit_json({"checklist": checklist, "steps": checklist.steps(now)})
        return
    for view in checklist.steps(now):
        state = "waived" if view.record and view.record.waived else "done" if view.record else "open"
        sys.stdout.write(
            f"{view.step}: {'OVERDUE' if view.overdue else state}, due {_minute(view.due)}: {view.words}\n"
        )


def _read(
    path: Path, owner: str, by: str, asset: str, exposed: str, taken: datetime | None, distro: str
) -> NewInventory:
    inventory = read_inventory(path, distro=distro)
    document = path.read_bytes()
    if sha256(document).hexdigest() != inventory.digest:
        raise InvalidInputError(
            "inventory.changed-while-read", f"{path} changed while it was read", remedy="Run the command again."
        )
    return NewInventory(inventory, document, owner, by, asset, exposed, taken)


def _print_added(added: AddedInventory) -> None:
    place = f"{added.asset.owner}/{added.asset.name}"
    if added.unchanged:
        sys.stdout.write(visible(f"{place}: inventory {added.snapshot} was there already") + "\n")
        return
    lines = [
        f"{place}: inventory {added.snapshot}, {added.components:,} components, {added.came:,} new, {added.went:,} gone"
    ]
    lines += [f"  verified as fixed: {name}" for name in added.verified]
    lines += [f"  NOT FIXED, open again: {name}" for name in added.contradicted]
    lines += [f"  there again: {name}" for name in added.returned]
    lines += [f"  still only claimed: {words}" for words in added.not_verified]
    lines += [
        f"  forensic triage opened: {name}; secure volatile evidence before patching" for name in added.checklists
    ]
    if added.not_compared:
        lines.append(f"  {added.not_compared:,} kinds of components cannot be compared with anything")
    sys.stdout.write("".join(visible(line) + "\n" for line in lines))


def _lines_of(change: Difference) -> list[str]:
    return [
        *(f"+ {_name(each)}" for each in change.came),
        *(f"- {_name(each)}" for each in change.went),
        *(f"~ {_name(pair.before)} -> {_name(pair.after)}" for pair in change.changed),
    ]


def _print_view(view: AssetView, now: datetime, *, known: bool) -> None:
    for each in view.exposures:
        _print_exposure(each, now)
    lines = [f"fixed, as {fix.report.by} shows: {fix.report.vulnerability}" for fix in view.verified]
    lines += [f"undecided: {_name(each.component)}: {each.vulnerability}: {each.reason}" for each in view.undecided]
    lines += [f"not compared: {each.components:,} components: {each.reason}" for each in view.not_compared]
    if not known:
        lines.append("nothing new was compared: there is no index; build one with `seawall index build`")
    elif not view.exposures:
        lines.append("Nothing that was compared is affected.")
    sys.stdout.write("".join(visible(line) + "\n" for line in lines))


def _print_exposure(each: StandingExposure, now: datetime) -> None:
    due = each.decision.due.isoformat() if each.decision.due else each.decision.outcome_name
    late = each.state.is_open and each.decision.due is not None and each.decision.due < now.date()
    lines = [f"{'OVERDUE ' if late else ''}{due}  {each.vulnerability.id}  [{each.state}]  {each.vulnerability.title}"]
    lines += [f"    {_name(item.component)}: {item.matched}" for item in each.exposures]
    if each.reports:
        newest = each.reports[-1]
        lines.append(f"    {newest.by}, {_minute(newest.at)}: {newest.act}: {newest.reason or newest.justification}")
    lines += [
        f"    {said.author or 'an unnamed author'} says: {said.status} {said.justification}" for said in each.said
    ]
    if each.checklist is not None:
        for view in each.checklist.steps(now):
            state = "OVERDUE" if view.overdue else "waived" if view.record and view.record.waived else "done"
            shown = state if view.record or view.overdue else f"due {_minute(view.due)}"
            lines.append(f"    forensics, {view.step}: {shown}")
    sys.stdout.write("".join(visible(line) + "\n" for line in lines))


def _print_impact(name: str, impact: Impact) -> None:
    lines = [f"{name}: {impact.assets:,} assets affected, {len(impact.undecided):,} components undecided"]
    lines += [f"  {each.owner}/{each.asset}: {_name(each.component)}: {each.words}" for each in impact.affected]
    lines += [f"  ? {each.owner}/{each.asset}: {_name(each.component)}: {each.words}" for each in impact.undecided]
    lines += [f"  not used of the record: {problem}" for problem in impact.problems]
    sys.stdout.write("".join(visible(line) + "\n" for line in lines))


def _impact_document(impact: Impact) -> dict[str, object]:
    return {
        "affected": [each._asdict() for each in impact.affected],
        "undecided": [each._asdict() for each in impact.undecided],
        "problems": impact.problems,
    }


def _name(component: Component) -> str:
    return (
        str(component.purl)
        if component.purl
        else " ".join(f"{component.vendor} {component.name} {component.version}".split())
    )


def _digest_of(path: Path) -> str:
    digest = sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    except OSError as error:
        raise NotFoundError(
            "report-back.no-evidence-file", f"{path} cannot be read: {error.strerror}", remedy="Check the path."
        ) from None
    return digest.hexdigest()


def _minute(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _instant(text: str) -> datetime | None:
    try:
        return parse_rfc3339(text) if text else None
    except ValueError:
        raise _no_date(text) from None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise _no_date(text) from None


def _no_date(text: str) -> InvalidInputError:
    return InvalidInputError(
        "inventory.invalid-date", f"{text[:40]!r} is no date", remedy="Write it as 2026-11-30 or 2026-11-30T08:00:00Z."
    )
