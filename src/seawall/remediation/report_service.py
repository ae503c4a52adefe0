"""Report-back: what people say about exposures, the forensic steps, and what VEX statements say beside it.

Each step and its ledger event are one transaction. The rules are in `report_back.py` and `forensics.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime

from msgspec import structs

from seawall.kernel.clock import Clock
from seawall.kernel.events import Event
from seawall.priority import Policy, SignalSource, load_policy
from seawall.remediation.covering import silence
from seawall.remediation.model import Component, NotCompared, Undecided, VexStatement
from seawall.remediation.ports import VulnerabilityIndex
from seawall.remediation.service import known_of, require_asset
from seawall.remediation.stored.adding import matches_by_kind
from seawall.remediation.stored.asking import new_kind
from seawall.remediation.stored.errors import no_checklist, unknown_exposure
from seawall.remediation.stored.forensics import (
    Checklist,
    Compromise,
    ForensicStep,
    StepRecord,
    check_step,
    refuse_premature_fix,
)
from seawall.remediation.stored.own_vex import VerifiedFix, own_statements
from seawall.remediation.stored.ports import HeardStatement, RemediationUnit
from seawall.remediation.stored.report_back import (
    Act,
    ExposureState,
    ReportBack,
    Statement,
    after,
    check_statement,
    is_repetition,
    state_of,
)
from seawall.remediation.stored.settling import add_step, exposure_id, open_checklists, settle
from seawall.remediation.stored.snapshots import Entry, KnownKind, KnownMatch, StoredAsset, package_of
from seawall.remediation.stored.standing import (
    Decider,
    Held,
    StandingExposure,
    about,
    checklist_of,
    exposures_in,
    held,
    newest_of_each,
    speaks_of,
)

OpenUnit = Callable[[], AbstractContextManager[RemediationUnit]]


@dataclass(frozen=True, slots=True)
class AssetView:
    """Everything that is known about an asset now."""

    exposures: tuple[StandingExposure, ...]
    """Soonest due first."""
    verified: tuple[VerifiedFix, ...]
    """What was fixed, as a later inventory shows."""
    undecided: tuple[Undecided, ...]
    """What may affect a component; nobody can say."""
    not_compared: tuple[NotCompared, ...]
    """Components that no index can be asked about: silence about them means nothing."""

    def statements(self, asset: str) -> tuple[VexStatement, ...]:
        """Say it as VEX; see `own_vex`."""
        return own_statements(asset, self.exposures, self.verified, self.undecided)


class ReportBackService:
    """Shows what an asset is exposed to, and takes what is reported about it.

    Args:
        open_unit: Opens a transaction.
        clock: Tells the time.
        signals: What is said about vulnerabilities, usually the index; None: nothing. It is asked inside a transaction
            of this room, and must not open a writing one of its own.
        policy: When to act; by default BOD 26-04.
    """

    def __init__(
        self, open_unit: OpenUnit, clock: Clock, *, signals: SignalSource | None = None, policy: Policy | None = None
    ) -> None:
        self._open_unit = open_unit
        self._clock = clock
        self._signals = signals
        self._policy = policy or load_policy()

    def exposures(self, owner: str, asset: str) -> tuple[StandingExposure, ...]:
        """Return what an asset is exposed to now, soonest due first; what is verified as fixed is not in it.

        Deferrals that have lapsed by now are written down, and checklists that are due are opened.

        Raises:
            NotFoundError: There is no such asset (`remediation.unknown-asset`).
        """
        return self.look(owner, asset).exposures

    def look(self, owner: str, asset: str, index: VulnerabilityIndex | None = None) -> AssetView:
        """Return everything that is known about an asset now: `exposures`, and what nobody can say.

        Args:
            owner: Whose asset.
            asset: Its name.
            index: What was asked about the components; it knows about what its silence means nothing.

        Raises:
            NotFoundError: There is no such asset (`remediation.unknown-asset`).
        """
        now = self._clock.now()
        with self._open_unit() as unit:
            stored = require_asset(unit, owner, asset)
            entries, groups, decider = self._present(unit, stored, now)
            open_checklists(unit, stored, groups, decider, now)
            settle(unit, stored, None, groups, now)
            exposures = tuple(sorted(_standing(unit, stored, groups, decider, now), key=_urgency))
            kinds = unit.inventories.kinds({entry.kind for entry in entries})
            fixes = _verified(unit, stored, kinds)
            known = matches_by_kind(unit, {key: own.versions for key, own in kinds.items()})
        silent = {key: _silence(index, own) for key, own in kinds.items() if index and not known.get(key)}
        return AssetView(exposures, fixes, _undecided(entries, kinds, known), _not_compared(entries, kinds, silent))

    def history(self, owner: str, asset: str) -> Sequence[ReportBack]:
        """Return everything that was reported and observed on an asset, oldest first.

        Raises:
            NotFoundError: There is no such asset (`remediation.unknown-asset`).
        """
        with self._open_unit() as unit:
            return unit.exposures.reports(require_asset(unit, owner, asset).key)

    def report(self, owner: str, asset: str, vulnerability: str, said: Statement) -> ReportBack:
        """Take what a person says about one vulnerability on one asset; the same words again change nothing.

        Raises:
            NotFoundError: No such asset or exposure (`remediation.unknown-…`).
            InvalidInputError: The statement is incomplete (`remediation.no-reason`, `remediation.invalid-…`).
            ConflictError: The state does not allow it (`remediation.contradictory-report`), or a fix is reported before
                volatile evidence was recorded or waived (`remediation.evidence-first`).
        """
        now = self._clock.now()
        check_statement(said, now.astimezone(UTC).date())
        self._open_what_is_due(owner, asset, vulnerability)
        with self._open_unit() as unit:
            stored = require_asset(unit, owner, asset)
            _, groups, _ = self._present(unit, stored, now)
            settle(unit, stored, None, groups, now)
            group = _find(groups, vulnerability)
            names = group.identifiers if group else {vulnerability}
            past = about(names, unit.exposures.reports(stored.key))
            standing = past[-1] if past else None
            if standing is not None and is_repetition(standing, said):
                return standing
            state = state_of(standing, now.astimezone(UTC).date())
            if group is None and state is not ExposureState.VERIFIED:
                raise unknown_exposure(asset, vulnerability)
            following = after(state, said.act, vulnerability)
            if group is None:
                raise unknown_exposure(asset, vulnerability)
            if said.act is Act.FIXED:
                checklist = checklist_of(names, unit.exposures.checklists(stored.key))
                refuse_premature_fix(checklist, group.vulnerability.id, asset)
            report = ReportBack(
                vulnerability=group.vulnerability.id,
                identifiers=tuple(sorted(names)),
                act=said.act,
                state=following,
                by=said.by,
                at=now,
                reason=said.reason,
                justification=said.justification,
                until=said.until,
                kinds=group.kinds,
            )
            return add_step(unit, stored, report)

    def record_step(
        self,
        owner: str,
        asset: str,
        vulnerability: str,
        step: ForensicStep,
        *,
        by: str,
        note: str,
        digest: str = "",
        compromise: Compromise | None = None,
        waived: bool = False,
    ) -> Checklist:
        """Record that a forensic step was done, or waive it with the reason as the note; return the checklist.

        Raises:
            NotFoundError: No such asset, or no checklist (`remediation.unknown-asset`, `remediation.no-checklist`).
            InvalidInputError: Something is missing (`remediation.incomplete-step`).
            ConflictError: It contradicts what was recorded (`remediation.contradictory-step`).
        """
        now = self._clock.now()
        self._open_what_is_due(owner, asset, vulnerability)
        with self._open_unit() as unit:
            stored = require_asset(unit, owner, asset)
            _, groups, _ = self._present(unit, stored, now)
            group = _find(groups, vulnerability)
            names = group.identifiers if group else {vulnerability}
            checklist = checklist_of(names, unit.exposures.checklists(stored.key))
            if checklist is None:
                raise no_checklist(asset, vulnerability)
            record = StepRecord(step, by, now, note, waived, digest, compromise)
            if not check_step(checklist, record):
                return checklist
            stored_digest = unit.exposures.add_step(stored.key, checklist, record)
            facts: dict[str, str | int | list[str]] = {
                "digest": stored_digest,
                "asset": stored.id,
                "vulnerability": checklist.vulnerability,
                "step": step.value,
                "evidence": digest,
            }
            name = "ForensicStepWaived" if waived else "ForensicStepRecorded"
            unit.record(Event(name, exposure_id(stored, checklist.vulnerability), now, facts))
            return Checklist(
                checklist.vulnerability,
                checklist.identifiers,
                checklist.opened_at,
                checklist.because,
                (*checklist.records, record),
            )

    def hear(self, statements: Iterable[VexStatement], *, owner: str = "") -> int:
        """Keep VEX statements, to be shown with the exposures that they speak of; return how many are new.

        Args:
            statements: What is said, each with its author.
            owner: Whose assets they are about; empty: everybody's, as a vendor's are.
        """
        now, news = self._clock.now(), 0
        with self._open_unit() as unit:
            for statement in statements:
                digest = unit.exposures.add_statement(HeardStatement(statement, owner, now))
                if digest:
                    news += 1
                    facts: dict[str, str | int | list[str]] = {"digest": digest, "status": statement.status.value}
                    unit.record(Event("VexStatementHeard", statement.vulnerability[:80], now, facts))
        return news

    def _open_what_is_due(self, owner: str, asset: str, vulnerability: str) -> None:
        """Open the checklist of an exposure in a transaction of its own: it stays, even if what follows is refused."""
        now = self._clock.now()
        with self._open_unit() as unit:
            stored = require_asset(unit, owner, asset)
            _, groups, decider = self._present(unit, stored, now)
            open_checklists(unit, stored, groups, decider, now, wanted=lambda group: vulnerability in group.identifiers)

    def _present(
        self, unit: RemediationUnit, stored: StoredAsset, now: datetime
    ) -> tuple[Sequence[Entry], list[Held], Decider]:
        entries = unit.inventories.entries(stored.key, stored.snapshot)
        groups = held(entries, known_of(unit, entries), unit.exposures.first_seen(stored.key))
        decider = Decider(self._policy, self._signals, now)
        decider.prepare(groups)
        return entries, groups, decider


def _undecided(
    entries: Iterable[Entry], kinds: Mapping[int, KnownKind], known: Mapping[int, Sequence[KnownMatch]]
) -> tuple[Undecided, ...]:
    """Say, once for each component and vulnerability, what could not be decided."""
    found = {
        (entry.kind, match.vulnerability.id): Undecided(
            structs.replace(kinds[entry.kind].kind, ref=entry.ref), match.vulnerability.id, match.words
        )
        for entry in entries
        for match in known[entry.kind]
        if not match.certain
    }
    return tuple(found[pair] for pair in sorted(found))


def _silence(index: VulnerabilityIndex, own: KnownKind) -> str:
    """Why the index's silence about a component means nothing; empty: it means something."""
    if not own.versions:
        return own.reason
    looked_up = new_kind(own.kind).looked_up_as
    reasons = [silence(index, "" if version.product else version.package) for version in looked_up]
    return reasons[0] if reasons and all(reasons) else ""


def _not_compared(
    entries: Iterable[Entry], kinds: Mapping[int, KnownKind], silent: Mapping[int, str]
) -> tuple[NotCompared, ...]:
    """Count the components about which silence means nothing, by the reason."""
    counts: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        own = kinds[entry.kind]
        reason = silent.get(entry.kind, "") or ("" if own.versions else own.reason)
        if reason:
            counts[own.kind.purl.type if own.kind.purl else "products", reason] += 1
    return tuple(NotCompared(ecosystem, count, reason) for (ecosystem, reason), count in sorted(counts.items()))


def _verified(unit: RemediationUnit, stored: StoredAsset, present: Mapping[int, KnownKind]) -> tuple[VerifiedFix, ...]:
    """Return what is verified as fixed, with what was affected and what is there of it now."""
    by_package: dict[str, list[Component]] = {}
    for own in present.values():
        by_package.setdefault(package_of(own.kind), []).append(own.kind)
    found = []
    for report in newest_of_each(unit.exposures.reports(stored.key)):
        if report.state is ExposureState.VERIFIED:
            before = [own.kind for _, own in sorted(unit.inventories.kinds(report.kinds).items())]
            packages = dict.fromkeys(package_of(kind) for kind in before)
            now = [kind for package in packages for kind in by_package.get(package, ())]
            found.append(VerifiedFix(report, tuple(before), tuple(now)))
    return tuple(found)


def _standing(
    unit: RemediationUnit,
    stored: StoredAsset,
    groups: Sequence[Held],
    decider: Decider,
    now: datetime,
) -> list[StandingExposure]:
    reports, checklists = unit.exposures.reports(stored.key), unit.exposures.checklists(stored.key)
    kinds = {key: own.kind for key, own in unit.inventories.kinds({k for group in groups for k in group.kinds}).items()}
    heard = unit.exposures.statements({name for group in groups for name in group.identifiers})
    found = []
    for group in groups:
        own = about(group.identifiers, reports)
        decision = decider.decide(group, stored.asset)
        exposures = exposures_in(group, stored.asset, decision, kinds)
        components = [exposure.component for exposure in exposures]
        said = tuple(
            each.statement
            for each in heard
            if not group.identifiers.isdisjoint((each.statement.vulnerability, *each.statement.aliases))
            and each.owner in {"", stored.asset.owner}
            and speaks_of(each.statement, stored.asset.name, components)
        )
        state = state_of(own[-1] if own else None, now.astimezone(UTC).date())
        checklist = checklist_of(group.identifiers, checklists)
        found.append(
            StandingExposure(
                group.vulnerability, exposures, decision, group.first_seen, state, tuple(own), said, checklist
            )
        )
    return found


def _find(groups: Iterable[Held], vulnerability: str) -> Held | None:
    return next((group for group in groups if vulnerability in group.identifiers), None)


def _urgency(exposure: StandingExposure) -> tuple[bool, str, bool, str]:
    due = exposure.decision.due
    return due is None, due.isoformat() if due else "", not exposure.decision.forensics, exposure.vulnerability.id
