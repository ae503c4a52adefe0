"""Reading feeds into time series, and taking decisions from them.

Invariants: reading the same document twice changes nothing; a statement is added only if it changes what was in force
at its instant; what a complete snapshot no longer says is retracted as of that snapshot, and an older snapshot read
later retracts nothing that is younger than itself. A decision is stored only if it differs from the one that stands.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

import msgspec
from msgspec.structs import replace

from seawall.kernel.clock import Clock
from seawall.kernel.errors import InvalidInputError
from seawall.kernel.events import Event
from seawall.kernel.limits import DEFAULT_LIMITS, Limits
from seawall.priority.decisions import decide, decision_digest
from seawall.priority.exposure import exposure_signals
from seawall.priority.feeds import Feed, Snapshot, Unreadable, feed_of
from seawall.priority.model import ClockInputs, Decision, LoadReport, Point, Signal, StoredDecision
from seawall.priority.policy import Policy, load_policy
from seawall.priority.ports import PriorityUnit, SignalStore
from seawall.priority.series import EVERYTHING_ELSE, in_force, said_by

OpenUnit = Callable[[], AbstractContextManager[PriorityUnit]]
_BATCH: Final = 1_000
"""Snapshots in one transaction: enough to make its cost small, few enough to hold up other writers but briefly."""
_PROBLEMS_KEPT: Final = 100


@dataclass(slots=True)
class _Tally:
    records: int = 0
    added: int = 0
    unchanged: int = 0
    retracted: int = 0
    unreadable: int = 0
    problems: list[str] = field(default_factory=list)

    def note(self, place: str, reason: str) -> None:
        self.unreadable += 1
        if len(self.problems) < _PROBLEMS_KEPT:
            self.problems.append(f"{place}: {reason}")


class SignalService:
    """Loads feeds and answers what was in force when."""

    def __init__(self, open_unit: OpenUnit, clock: Clock, *, limits: Limits = DEFAULT_LIMITS) -> None:
        self._open_unit = open_unit
        self._clock = clock
        self._limits = limits

    def load(self, kind: str, stream: BinaryIO) -> LoadReport:
        """Read one document of a feed.

        Args:
            kind: Name of the feed, see `feeds.KINDS`.
            stream: The document, uncompressed.

        Raises:
            NotFoundError: There is no such feed (`priority.unknown-feed`).
            InvalidInputError: It is no document of this feed (`priority.unreadable-feed`); what stood before it in a
                document of one record a line stays loaded, and loading it again is harmless.
            LimitExceededError: It is too large (`priority.feed-too-large`).
        """
        feed = feed_of(kind)
        tally = _Tally()
        self._take(feed, feed.read(stream, self._limits), tally)
        return _report(kind, tally)

    def load_folder(self, kind: str, folder: Path) -> LoadReport:
        """Read all documents of a feed in a folder and those below it, by name.

        A document that cannot be read is listed in the report and does not stop the others.

        Raises:
            NotFoundError: There is no such feed (`priority.unknown-feed`).
        """
        feed = feed_of(kind)
        tally = _Tally()
        self._take(feed, _read_folder(feed, folder, self._limits), tally)
        return _report(kind, tally)

    def at(self, identifier: str, point: Point, when: datetime) -> Signal | None:
        """Return the statement in force about a vulnerability at an instant, None if nobody said anything."""
        with self._open_unit() as unit:
            return in_force(unit.signals.series([identifier]).get(identifier, ()), point, when)

    def series(self, identifiers: Collection[str]) -> dict[str, Sequence[Signal]]:
        """Return all statements about each identifier, oldest first."""
        with self._open_unit() as unit:
            return dict(unit.signals.series(identifiers))

    def _take(self, feed: Feed, stream: Iterable[Snapshot | Unreadable], tally: _Tally) -> None:
        items = iter(stream)
        while batch := list(islice(items, _BATCH)):
            snapshots = [item for item in batch if isinstance(item, Snapshot)]
            for item in batch:
                if isinstance(item, Unreadable):
                    tally.note(item.place, item.reason)
            if snapshots:
                self._store(feed.kind, snapshots, tally)

    def _store(self, feed: str, snapshots: Sequence[Snapshot], tally: _Tally) -> None:
        now = self._clock.now()
        with self._open_unit() as unit:
            known = _known(feed, unit.signals, snapshots)
            fresh: list[Signal] = []
            for snapshot in snapshots:
                changes = list(_changes(feed, snapshot, known))
                for signal in changes:
                    known.setdefault(signal.identifier, []).append(signal)
                fresh += changes
                listed = sum(signal.identifier != EVERYTHING_ELSE for signal in snapshot.signals)
                tally.records += 1 if snapshot.identifier else listed
                tally.unchanged += len(snapshot.signals) - sum(not signal.retracted for signal in changes)
            if fresh:
                unit.signals.add(fresh, now)
                retracted = sum(signal.retracted for signal in fresh)
                tally.added += len(fresh) - retracted
                tally.retracted += retracted
                digest = sha256(msgspec.json.encode(fresh, order="deterministic")).hexdigest()
                facts: dict[str, str | int | list[str]] = {
                    "added": len(fresh) - retracted,
                    "retracted": retracted,
                    "digest": digest,
                }
                unit.record(Event("SignalsRecorded", f"feed:{feed}", now, facts))


class PriorityService:
    """Decides what comes first, by when, and keeps why."""

    def __init__(self, open_unit: OpenUnit, clock: Clock, *, policy: Policy | None = None) -> None:
        self._open_unit = open_unit
        self._clock = clock
        self._policy = policy or load_policy()

    def decide_case(
        self,
        subject: str,
        identifiers: Collection[str],
        *,
        first_seen: date,
        fix_published: date | None = None,
        asset: str = "",
        exposed: str = "unknown",
    ) -> Decision:
        """Decide about a case and store the decision if it is a new one.

        Args:
            subject: The case's id.
            identifiers: Its identifiers and aliases: statements about any of them count.
            first_seen: Day of UTC on which the exposure was first seen on the asset; for no asset, the case's opening.
            fix_published: Day on which a fix or mitigation was published, None if unknown.
            asset: Name of the asset; empty for the case in general.
            exposed: Whether the asset can be reached from public networks: `yes`, `no` or `unknown`.

        Raises:
            InvalidInputError: `exposed` is none of these words (`priority.invalid-exposure`).
        """
        now = self._clock.now()
        with self._open_unit() as unit:
            series = unit.signals.series({*identifiers, EVERYTHING_ELSE})
            signals = [signal for own in series.values() for signal in own]
            signals += exposure_signals(exposed, asset or subject, first_seen)
            clock = ClockInputs(first_seen, fix_published, now)
            decision = decide(self._policy, subject, signals, clock, asset=asset)
            digest = decision_digest(decision)
            standing = unit.decisions.latest(subject, decision.policy, asset)
            if standing is None or standing.digest != digest:
                unit.decisions.add(StoredDecision(decision, digest, now))
                unit.record(Event("DecisionMade", subject, now, _facts(decision, digest)))
        return decision

    def history(self, subject: str) -> Sequence[StoredDecision]:
        """Return all decisions about a case, oldest first."""
        with self._open_unit() as unit:
            return unit.decisions.history(subject)


def _known(feed: str, store: SignalStore, snapshots: Sequence[Snapshot]) -> dict[str, list[Signal]]:
    identifiers = {signal.identifier for snapshot in snapshots for signal in snapshot.signals}
    identifiers |= {snapshot.identifier for snapshot in snapshots if snapshot.identifier}
    if any(not snapshot.identifier for snapshot in snapshots):
        identifiers |= store.identifiers_of(feed)
    return {identifier: list(own) for identifier, own in store.series(identifiers).items()}


def _changes(feed: str, snapshot: Snapshot, known: dict[str, list[Signal]]) -> Iterator[Signal]:
    """Yield the statements of a snapshot that are news, and the retractions that follow from what it leaves out."""
    stated = {(signal.identifier, signal.point, signal.source) for signal in snapshot.signals}
    for signal in snapshot.signals:
        own = known.get(signal.identifier, ())
        now = said_by(own, signal.point, signal.source, snapshot.as_of)
        if now is not None and now.retracted:  # taken back, and said again: from this snapshot on
            yield replace(signal, as_of=snapshot.as_of)
            continue
        then = said_by(own, signal.point, signal.source, signal.as_of)
        is_newer = signal.identifier == EVERYTHING_ELSE and then is not None and then.as_of < signal.as_of
        if then is None or then.retracted or then.value != signal.value or is_newer:
            yield signal
    scope = [snapshot.identifier] if snapshot.identifier else sorted(known)
    for identifier in scope:
        for point, source in sorted({(s.point, s.source) for s in known.get(identifier, ()) if s.feed == feed}):
            now = said_by(known[identifier], point, source, snapshot.as_of)
            if (identifier, point, source) not in stated and now is not None and not now.retracted:
                yield Signal(identifier, point, "", source, snapshot.as_of, retracted=True, feed=feed)


def _read_folder(feed: Feed, folder: Path, limits: Limits) -> Iterator[Snapshot | Unreadable]:
    for path in sorted(folder.rglob(feed.file_names)):
        if not path.is_file():
            continue
        try:
            with path.open("rb") as stream:
                yield from feed.read(stream, limits)
        except (InvalidInputError, OSError) as error:
            yield Unreadable(str(path.relative_to(folder)), str(error)[:200])


def _report(kind: str, tally: _Tally) -> LoadReport:
    return LoadReport(
        kind, tally.records, tally.added, tally.unchanged, tally.retracted, tuple(tally.problems), tally.unreadable
    )


def _facts(decision: Decision, digest: str) -> dict[str, str | int | list[str]]:
    due = decision.due.isoformat() if decision.due else ""
    return {
        "digest": digest,
        "policy": decision.policy,
        "outcome": decision.outcome,
        "due": due,
        "asset": decision.asset,
    }
