"""What an asset is exposed to now, and where each exposure stands: computed from what is stored, never stored itself.

A package version that many assets share is matched once; an exposure is that match on an asset that holds the version.
So there is no row for an exposure, and a new advisory writes a few rows however many assets it touches.

First seen: for each component the later of the day since which the asset has it and the day on which the match was
first known here; of an exposure the earliest of its components'. An upgrade from one affected version to another does
not start the clock again: the day is carried over (`carried_over`). An exposure that went away and comes back starts
anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final

from seawall.kernel.clock import parse_rfc3339
from seawall.priority import (
    EVERYTHING_ELSE,
    ClockInputs,
    Decision,
    Policy,
    Signal,
    SignalSource,
    decide,
    exposure_signals,
)
from seawall.remediation.model import Asset, Component, Confidence, Exposure, VexStatement, Vulnerability
from seawall.remediation.stored.forensics import Checklist
from seawall.remediation.stored.report_back import ExposureState, ReportBack
from seawall.remediation.stored.snapshots import Entry, KnownMatch

_NEVER: Final = date.max


@dataclass(slots=True)
class Held:
    """One vulnerability on one asset, before anything is decided about it."""

    identifiers: set[str]
    first_seen: date = _NEVER
    matches: list[tuple[Entry, KnownMatch]] = field(default_factory=list)

    @property
    def vulnerability(self) -> Vulnerability:
        """As its newest match names it."""
        return max((match for _, match in self.matches), key=lambda each: len(each.vulnerability.records)).vulnerability

    @property
    def kinds(self) -> tuple[int, ...]:
        """Keys of the affected components' kinds."""
        return tuple(sorted({entry.kind for entry, _ in self.matches}))

    @property
    def fix_published(self) -> date | None:
        """The earliest day that a matching record gives."""
        days = [day for _, match in self.matches if (day := _day(match.fix_published))]
        return min(days, default=None)


@dataclass(frozen=True, slots=True)
class StandingExposure:
    """One vulnerability on one asset: how it matched, by when to act, and what was said and done."""

    vulnerability: Vulnerability
    exposures: tuple[Exposure, ...]
    """One a component."""
    decision: Decision
    first_seen: date
    state: ExposureState
    reports: tuple[ReportBack, ...] = ()
    """What was reported and observed, oldest first."""
    said: tuple[VexStatement, ...] = ()
    """What VEX statements say, each with its author; they move nothing."""
    checklist: Checklist | None = None


def held(
    entries: Iterable[Entry],
    matches: Mapping[int, Sequence[KnownMatch]],
    carried: Mapping[str, date],
    *,
    certain: bool = True,
) -> list[Held]:
    """Gather the matches of an asset's components by vulnerability; those that share an identifier are one.

    Args:
        entries: The asset's present components.
        matches: What is known, by kind.
        carried: Days first seen that outlive their version, by identifier.
        certain: Matches; False: doubts.
    """
    by_name: dict[str, Held] = {}
    for entry in entries:
        for match in matches.get(entry.kind, ()):
            if match.certain is not certain:
                continue
            names = {match.vulnerability.id, *match.vulnerability.identifiers}
            group = _joined(by_name, names)
            group.matches.append((entry, match))
            seen = max(entry.since, match.found_at.astimezone(UTC).date())
            group.first_seen = min(group.first_seen, seen)
    groups = list({id(group): group for group in by_name.values()}.values())
    for group in groups:
        group.first_seen = min([group.first_seen, *(carried[name] for name in group.identifiers if name in carried)])
    return groups


def carried_over(before: Sequence[Held], now: Sequence[Held], carried: Mapping[str, date]) -> dict[str, date | None]:
    """Return which days first seen to keep (or, with None, to forget) as a snapshot supersedes another."""
    present = {name: group for group in now for name in group.identifiers}
    days: dict[str, date | None] = {
        name: None for group in before for name in group.identifiers if name not in present and name in carried
    }
    for group in before:
        heirs = {id(present[name]): present[name] for name in group.identifiers if name in present}
        for heir in heirs.values():
            if group.first_seen < heir.first_seen:
                heir.first_seen = group.first_seen
                days |= dict.fromkeys(heir.identifiers, group.first_seen)
    return days


def about(group: Collection[str], reports: Iterable[ReportBack]) -> list[ReportBack]:
    """Return the reports about a vulnerability that has one of these identifiers, in their order."""
    wanted = set(group)
    return [report for report in reports if not wanted.isdisjoint((report.vulnerability, *report.identifiers))]


def newest_of_each(reports: Sequence[ReportBack]) -> list[ReportBack]:
    """Return the report that stands for each vulnerability."""
    newest: list[ReportBack] = []
    seen: set[str] = set()
    for report in reversed(reports):
        names = {report.vulnerability, *report.identifiers}
        if seen.isdisjoint(names):
            newest.append(report)
        seen |= names
    return newest[::-1]


def checklist_of(group: Collection[str], checklists: Iterable[Checklist]) -> Checklist | None:
    """Return the newest checklist of a vulnerability that has one of these identifiers."""
    wanted = set(group)
    fitting = [each for each in checklists if not wanted.isdisjoint((each.vulnerability, *each.identifiers))]
    return fitting[-1] if fitting else None


def speaks_of(statement: VexStatement, asset: str, components: Iterable[Component]) -> bool:
    """Whether a VEX statement's product is the asset or one of the components, in this version or in all."""
    for component in components:
        if component.purl is not None:
            names = {
                str(component.purl),
                str(component.purl.package),
                str(component.purl.package.at(component.purl.version)),
            }
        else:
            names = {component.name, f"{component.vendor} {component.name}", f"{component.name} {component.version}"}
        if statement.product in names | {component.cpe, asset} - {""}:
            return True
    return False


class Decider:
    """Decides about exposures at one instant, with what a source of signals says.

    Signals of all vulnerabilities that come up are fetched once.
    """

    def __init__(self, policy: Policy, signals: SignalSource | None, at: datetime) -> None:
        self._policy = policy
        self._source = signals
        self._at = at
        self._series: dict[str, Sequence[Signal]] = {}
        self._forensic: dict[tuple[str, str, date, date | None], bool] = {}

    def prepare(self, groups: Iterable[Held]) -> None:
        """Fetch what is said about vulnerabilities."""
        wanted = {name for group in groups for name in group.identifiers} | {EVERYTHING_ELSE}
        missing = wanted - self._series.keys()
        if missing and self._source is not None:
            self._series |= dict.fromkeys(missing, ()) | dict(self._source.series(missing))

    def decide(self, group: Held, asset: Asset) -> Decision:
        """Say what is to be done about an exposure, by when and why."""
        names = (*sorted(group.identifiers), EVERYTHING_ELSE)
        said = [signal for name in names for signal in self._series.get(name, ())]
        said += exposure_signals(asset.exposed, asset.name, group.first_seen)
        fix = group.fix_published
        if fix is not None and fix > self._at.date():
            fix = None  # a fix of tomorrow would put off every date
        clock = ClockInputs(group.first_seen, fix, self._at)
        return decide(self._policy, group.vulnerability.id, said, clock, asset=asset.name)

    def wants_forensics(self, group: Held, asset: Asset) -> bool:
        """Whether a forensic triage goes with the decision; quick for what was asked of another asset."""
        key = (group.vulnerability.id, asset.exposed, group.first_seen, group.fix_published)
        if key not in self._forensic:
            self._forensic[key] = self.decide(group, asset).forensics
        return self._forensic[key]


def exposures_in(group: Held, asset: Asset, decision: Decision, kinds: Mapping[int, Component]) -> tuple[Exposure, ...]:
    """Return one exposure for each affected component, in the inventory's order."""
    return tuple(
        Exposure(
            component=_named(kinds[entry.kind], entry.ref, asset.name),
            vulnerability=match.vulnerability,
            matched=match.words,
            decision=decision,
            fixed=match.fixed,
            asset=asset,
            confidence=Confidence(match.confidence),
            because=match.because,
            remedy=match.remedy,
            records=match.records,
            contradicted_by=match.contradicted_by,
        )
        for entry, match in group.matches
    )


def _named(kind: Component, ref: str, asset: str) -> Component:
    return Component(kind.purl, ref, kind.name, kind.version, kind.vendor, kind.cpe, asset)


def _joined(by_name: dict[str, Held], names: set[str]) -> Held:
    """Return the one group of all these names; groups that they connect become one."""
    groups = list({id(by_name[name]): by_name[name] for name in names if name in by_name}.values())
    group = groups[0] if groups else Held(set())
    for other in groups[1:]:
        group.identifiers |= other.identifiers
        group.matches += other.matches
        group.first_seen = min(group.first_seen, other.first_seen)
    group.identifiers |= names
    for name in group.identifiers:
        by_name[name] = group
    return group


def _day(text: str) -> date | None:
    try:
        return parse_rfc3339(text).date() if text else None
    except ValueError:
        return None
