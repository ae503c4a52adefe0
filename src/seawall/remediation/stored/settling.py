"""What a new inventory, or the calendar, means for what was reported: the steps that no person takes.

An inventory speaks about a claim only if it was taken after the claim. It verifies a fix only if it can be trusted to
show the exposure if it were still there: everything in it was read, the claimed components are gone or in another
version, and nothing about the vulnerability or the package is left undecided. Otherwise the claim stays a claim, with
the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from seawall.kernel.events import Event
from seawall.kernel.identifiers import derived_id
from seawall.remediation.model import Component
from seawall.remediation.stored.forensics import Checklist
from seawall.remediation.stored.ports import RemediationUnit
from seawall.remediation.stored.report_back import EVENTS, TRANSITIONS, Act, ExposureState, ReportBack, state_of
from seawall.remediation.stored.snapshots import Entry, Snapshot, StoredAsset
from seawall.remediation.stored.standing import Decider, Held, about, checklist_of, newest_of_each


@dataclass(frozen=True, slots=True)
class News:
    """A new snapshot and what of it is uncertain."""

    snapshot: Snapshot
    entries: Sequence[Entry]
    doubts: Sequence[Held]
    """Vulnerabilities of which nobody can say whether they affect a component."""
    uncompared: Sequence[Component]
    """Components that no index can be asked about."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Vulnerabilities by what became of them."""

    verified: tuple[str, ...] = ()
    contradicted: tuple[str, ...] = ()
    returned: tuple[str, ...] = ()
    lapsed: tuple[str, ...] = ()
    not_verified: tuple[str, ...] = ()
    """Each with the reason."""


def settle(
    unit: RemediationUnit, asset: StoredAsset, news: News | None, groups: Sequence[Held], now: datetime
) -> Outcome:
    """Take every step that follows for an asset's reports, and record it.

    Args:
        unit: The open transaction.
        asset: Whose reports.
        news: The new snapshot; None: only time has passed.
        groups: What the asset is exposed to now.
        now: The present instant.
    """
    present = {name: group for group in groups for name in group.identifiers}
    done: dict[ExposureState, list[str]] = {}
    stays: list[str] = []
    for standing in newest_of_each(unit.exposures.reports(asset.key)):
        if state_of(standing, now.astimezone(UTC).date()) is ExposureState.LAPSED and standing.act is Act.DEFERRED:
            reason = f"it was deferred until {standing.until}, and that day has passed"
            standing = add_step(unit, asset, _step(standing, Act.DATE_PASSED, "calendar", reason, now))  # noqa: PLW2901 - the report that stands now
            done.setdefault(standing.state, []).append(standing.vulnerability)
        if news is None or (standing.act in _SAID and standing.at >= news.snapshot.taken_at):
            continue
        names = {standing.vulnerability, *standing.identifiers}
        by = f"inventory {news.snapshot.number}"
        group = next((present[name] for name in sorted(names) if name in present), None)
        if group is not None:
            if (standing.state, Act.STILL_THERE) in TRANSITIONS:
                step = _step(standing, Act.STILL_THERE, by, _still_there(standing, group), now)
                done.setdefault(add_step(unit, asset, step).state, []).append(standing.vulnerability)
        elif (standing.state, Act.GONE) in TRANSITIONS:
            doubt = _doubt(unit, standing, names, news)
            if doubt:
                stays.append(f"{standing.vulnerability}: {doubt}")
                continue
            step = _step(standing, Act.GONE, by, "the inventory was taken later and does not show it any more", now)
            done.setdefault(add_step(unit, asset, step).state, []).append(standing.vulnerability)
    return Outcome(
        tuple(done.get(ExposureState.VERIFIED, ())),
        tuple(done.get(ExposureState.CONTRADICTED, ())),
        tuple(done.get(ExposureState.RETURNED, ())),
        tuple(done.get(ExposureState.LAPSED, ())),
        tuple(stays),
    )


def open_checklists(
    unit: RemediationUnit,
    asset: StoredAsset,
    groups: Sequence[Held],
    decider: Decider,
    now: datetime,
    *,
    wanted: Callable[[Held], bool] = lambda _: True,
) -> tuple[str, ...]:
    """Open a forensic checklist for each exposure whose decision asks for one and that has none.

    An exposure that was verified as fixed and has returned gets a new one.

    Returns:
        The vulnerabilities for which one was opened.
    """
    chosen = [group for group in groups if wanted(group) and decider.wants_forensics(group, asset.asset)]
    if not chosen:
        return ()
    checklists = unit.exposures.checklists(asset.key)
    reports = unit.exposures.reports(asset.key)
    opened = []
    for group in chosen:
        existing = checklist_of(group.identifiers, checklists)
        verified = [each.at for each in about(group.identifiers, reports) if each.state is ExposureState.VERIFIED]
        if existing is not None and not any(existing.opened_at < at for at in verified):
            continue
        decision = decider.decide(group, asset.asset)
        checklist = Checklist(group.vulnerability.id, tuple(sorted(group.identifiers)), now, decision.reason)
        digest = unit.exposures.open_checklist(asset.key, checklist)
        facts: dict[str, str | int | list[str]] = {
            "digest": digest,
            "asset": asset.id,
            "vulnerability": group.vulnerability.id,
        }
        unit.record(Event("ForensicTriageOpened", exposure_id(asset, group.vulnerability.id), now, facts))
        opened.append(group.vulnerability.id)
    return tuple(opened)


def add_step(unit: RemediationUnit, asset: StoredAsset, report: ReportBack) -> ReportBack:
    """Store a step of an exposure with its event, and return it."""
    digest = unit.exposures.add_report(asset.key, report)
    facts: dict[str, str | int | list[str]] = {
        "digest": digest,
        "asset": asset.id,
        "vulnerability": report.vulnerability,
        "act": report.act.value,
        "state": report.state.value,
    }
    name = EVENTS.get(report.state, "ReportedBack")
    unit.record(Event(name, exposure_id(asset, report.vulnerability), report.at, facts))
    return report


def exposure_id(asset: StoredAsset, vulnerability: str) -> str:
    """Return `SWX-` and 16 hex digits: the name of a vulnerability on an asset in events."""
    return derived_id("SWX", asset.id, vulnerability)


_SAID = frozenset({Act.FIXED, Act.MITIGATED, Act.NOT_AFFECTED, Act.DEFERRED})


def _step(standing: ReportBack, act: Act, by: str, reason: str, now: datetime) -> ReportBack:
    return replace(
        standing,
        act=act,
        state=TRANSITIONS[standing.state, act],
        by=by,
        at=now,
        reason=reason,
        justification="",
        until=None,
    )


def _still_there(standing: ReportBack, group: Held) -> str:
    words = "; ".join(dict.fromkeys(match.words for _, match in group.matches))
    if standing.state is ExposureState.CLAIMED:
        return (
            f"{standing.by} said on {_on(standing.at)} that it is fixed, and an inventory that was taken later "
            f"still shows it: {words}"
        )
    return f"it was gone on {_on(standing.at)}, and is there again: {words}"


def _on(instant: datetime) -> date:
    return instant.astimezone(UTC).date()


def _doubt(unit: RemediationUnit, standing: ReportBack, names: set[str], news: News) -> str:
    """Return why a snapshot that does not show an exposure proves nothing about it; empty if it proves it gone."""
    if not news.entries:
        return "the new inventory is empty"
    if news.snapshot.unreadable:
        return f"{len(news.snapshot.unreadable)} entries of the new inventory could not be read"
    if any(not names.isdisjoint(doubt.identifiers) for doubt in news.doubts):
        return "whether the version that is there now is affected cannot be decided"
    if not {entry.kind for entry in news.entries}.isdisjoint(standing.kinds):
        return "the same component is still there, though no record calls it affected any more"
    packages = {_package(each.kind) for each in unit.inventories.kinds(standing.kinds).values()}
    if any(_package(component) in packages for component in news.uncompared):
        return "the package is still there, in a version that cannot be compared"
    return ""


def _package(component: Component) -> tuple[str, str]:
    if component.purl is not None:
        return "purl", str(component.purl.package)
    return component.vendor.casefold(), component.name.casefold()
