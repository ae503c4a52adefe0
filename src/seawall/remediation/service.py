"""Inventories that are kept: adding them, comparing them, and telling at once whom a new advisory touches.

A new inventory of an asset supersedes the one before; in the same transaction the components that are installed now
change, what it says about claimed fixes is noted (`report_back`), and forensic checklists open. Adding is idempotent: a
document that is there already changes nothing. Bytes go to the document store first, under their digest, so that a
crash leaves at most a document that nobody refers to.

Each distinct package version is asked of the index once, whoever has it; `affected_assets` needs no index at all: it
goes from the record's spans to package versions to assets, by keys alone.

Left out on purpose: assets that a newer list does not name any more stay as they are. A list may be partial.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from typing import Final

from msgspec.structs import replace

from seawall.kernel.clock import Clock
from seawall.priority import Policy, load_policy
from seawall.remediation.model import Component, Record
from seawall.remediation.ports import Rulings, VulnerabilityIndex
from seawall.remediation.stored.adding import VERSIONS, Adding, Matcher, Memory, matches_by_kind, parts_of
from seawall.remediation.stored.asking import NoRulings
from seawall.remediation.stored.errors import unknown_asset, unknown_snapshot
from seawall.remediation.stored.impact import impact_of, packages_of
from seawall.remediation.stored.ports import DocumentStore, RemediationUnit
from seawall.remediation.stored.settling import open_checklists, settle
from seawall.remediation.stored.snapshots import (
    AddedInventory,
    Difference,
    Entry,
    Impact,
    KnownMatch,
    NewInventory,
    Snapshot,
    StoredAsset,
    difference,
)
from seawall.remediation.stored.standing import Decider, held

OpenUnit = Callable[[], AbstractContextManager[RemediationUnit]]
MAX_COMPONENTS: Final = 1_000_000
"""Components of one document."""
MAX_DOCUMENT: Final = 1 << 30
"""Bytes of one document."""
_INVENTORIES: Final = 500
_COMPONENTS: Final = 250_000
_BYTES: Final = 256 << 20
"""Of documents. Bounds of one transaction: neighbours in the large table are written together, and other writers wait
for seconds at most."""


class InventoryService:
    """Keeps inventories and answers whom a vulnerability touches.

    Args:
        open_unit: Opens a transaction.
        documents: Takes the bytes of inventories.
        clock: Tells the time.
        index: What is known; None: versions wait to be matched (`match_waiting`), and claims wait to be verified.
        policy: When to act; by default BOD 26-04.
        rulings: What a person said about pairs of product names.
        max_components: Limit of one document.
        open_view: Opens a transaction that only reads and waits for no writer; by default `open_unit`.
    """

    def __init__(
        self,
        open_unit: OpenUnit,
        documents: DocumentStore,
        clock: Clock,
        *,
        index: VulnerabilityIndex | None = None,
        policy: Policy | None = None,
        rulings: Rulings | None = None,
        max_components: int = MAX_COMPONENTS,
        open_view: OpenUnit | None = None,
    ) -> None:
        self._open_unit = open_unit
        self._open_view = open_view or open_unit
        self._documents = documents
        self._clock = clock
        self._index = index
        self._policy = policy or load_policy()
        self._rulings = rulings or NoRulings()
        self._matcher = None if index is None else Matcher(index, self._rulings)
        self._max_components = max_components

    # --- adding

    def add(self, new: NewInventory) -> tuple[AddedInventory, ...]:
        """Store one inventory: one snapshot for each asset that it is about.

        Raises:
            InvalidInputError: It names no asset or owner, or one asset in two ways, or is of the future
                (`remediation.nameless-…`, `remediation.asset-twice`, `remediation.taken-in-the-future`).
            LimitExceededError: Too many components, or a name that is too long.
            ConflictError: A newer inventory of the asset is there, or another one of the same instant
                (`remediation.older-inventory`, `remediation.rival-inventory`). Nothing was changed.
        """
        (added,) = self.add_many([new])
        return added

    def add_many(self, news: Iterable[NewInventory]) -> Iterator[tuple[AddedInventory, ...]]:
        """Store inventories in their order, some at a time in one transaction; yield what each did.

        Raises:
            SeawallError: As for `add`; the inventories that were yielded before stay.
        """
        memory = Memory()
        for batch in _batches(news):
            now = self._clock.now()
            split = [parts_of(new, now, self._max_components) for new in batch]
            for new in batch:
                self._documents.put(new.document, limit=MAX_DOCUMENT)
            with self._open_unit() as unit:
                adding = Adding(unit, memory, now, policy=self._policy, index=self._index, matcher=self._matcher)
                added = iter(adding.add([part for parts in split for part in parts]))
            memory = adding.memory
            for parts in split:
                yield tuple(islice(added, len(parts)))

    # --- asking

    def assets(self, owner: str = "") -> Sequence[StoredAsset]:
        """Return the assets of an owner, or all."""
        with self._open_view() as unit:
            return unit.inventories.assets(owner)

    def snapshots(self, owner: str, asset: str) -> Sequence[Snapshot]:
        """Return the history of an asset, oldest first.

        Raises:
            NotFoundError: There is no such asset (`remediation.unknown-asset`).
        """
        with self._open_view() as unit:
            return unit.inventories.snapshots(require_asset(unit, owner, asset).key)

    def components(self, owner: str, asset: str, number: int = 0) -> tuple[Component, ...]:
        """Return what an asset is made of, now or in an earlier snapshot, in the document's order.

        Raises:
            NotFoundError: There is no such asset or snapshot (`remediation.unknown-…`).
        """
        with self._open_view() as unit:
            stored = require_asset(unit, owner, asset)
            return _components(unit, stored, number or stored.snapshot)

    def diff(self, owner: str, asset: str, before: int = 0, after: int = 0) -> Difference:
        """Say what came, went and changed its version between two snapshots.

        Args:
            owner: Whose asset.
            asset: Its name.
            before: Number of the first; 0: the one before `after`.
            after: Number of the second; 0: the present one.

        Raises:
            NotFoundError: There is no such asset or snapshot (`remediation.unknown-…`).
        """
        with self._open_view() as unit:
            stored = require_asset(unit, owner, asset)
            last = after or stored.snapshot
            first = before or last - 1
            old = () if first == 0 else _components(unit, stored, first)
            return difference(old, _components(unit, stored, last))

    def affected_assets(self, record: Record) -> Impact:
        """Say whom a record touches now: every component on every asset that its ranges hold, in milliseconds."""
        with self._open_view() as unit:
            return impact_of(unit, record, self._rulings)

    # --- matching

    def match_waiting(self) -> int:
        """Ask the index about package versions that it was never asked about; return how many there were."""
        done = 0
        while True:
            with self._open_unit() as unit:
                versions = unit.matches.unmatched(VERSIONS)
                if not versions or self._matcher is None:
                    return done
                self._matcher.match(unit, versions, self._clock.now())
                done += len(versions)

    def match_all(self) -> int:
        """Ask the index about every distinct package version again, as after a new index; return how many there are."""
        done = after = 0
        while True:
            with self._open_unit() as unit:
                versions = unit.matches.versions(after, VERSIONS)
                if not versions or self._matcher is None:
                    return done
                self._matcher.match(unit, versions, self._clock.now())
                done, after = done + len(versions), versions[-1].key

    def take_advisory(self, record: Record) -> Impact:
        """Have what is known follow a new, changed or withdrawn advisory that the index holds already.

        Only versions of the packages that it names, or that matched the same vulnerability before, are asked again.
        """
        with self._open_unit() as unit:
            if self._matcher is not None:
                touched = packages_of(unit, record) | unit.matches.packages_with(record.identifiers)
                versions = unit.matches.versions_of(touched)
                self._matcher.match(unit, versions, self._clock.now())
            return impact_of(unit, record, self._rulings)

    def review(self, owner: str = "", asset: str = "") -> tuple[str, ...]:
        """Have time and news take effect: deferrals lapse, and forensic checklists open where a decision asks for one.

        Returns:
            What happened, in words, an asset and a vulnerability each.
        """
        said: list[str] = []
        for stored in self.assets(owner):
            if asset and stored.asset.name != asset:
                continue
            now = self._clock.now()
            with self._open_unit() as unit:
                entries = unit.inventories.entries(stored.key, stored.snapshot)
                groups = held(entries, known_of(unit, entries), unit.exposures.first_seen(stored.key))
                decider = Decider(self._policy, self._index, now)
                decider.prepare(groups)
                opened = open_checklists(unit, stored, groups, decider, now)
                lapsed = settle(unit, stored, None, groups, now).lapsed
            place = f"{stored.asset.owner}/{stored.asset.name}"
            said += [f"{place}: forensic triage opened for {name}" for name in opened]
            said += [f"{place}: the deferral of {name} has lapsed" for name in lapsed]
        return tuple(said)


def require_asset(unit: RemediationUnit, owner: str, asset: str) -> StoredAsset:
    """Return an asset.

    Raises:
        NotFoundError: There is no such asset (`remediation.unknown-asset`).
    """
    stored = unit.inventories.asset(owner, asset)
    if stored is None:
        raise unknown_asset(owner, asset)
    return stored


def known_of(unit: RemediationUnit, entries: Iterable[Entry]) -> dict[int, tuple[KnownMatch, ...]]:
    """Return what is known about the components of a snapshot, by kind."""
    kinds = unit.inventories.kinds({entry.kind for entry in entries})
    return matches_by_kind(unit, {key: own.versions for key, own in kinds.items()})


def _batches(news: Iterable[NewInventory]) -> Iterator[list[NewInventory]]:
    """Cut what is to be added into transactions."""
    batch: list[NewInventory] = []
    components = size = 0
    for new in news:
        batch.append(new)
        components += len(new.inventory.components)
        size += len(new.document)
        if len(batch) == _INVENTORIES or components >= _COMPONENTS or size >= _BYTES:
            yield batch
            batch, components, size = [], 0, 0
    if batch:
        yield batch


def _components(unit: RemediationUnit, stored: StoredAsset, number: int) -> tuple[Component, ...]:
    if unit.inventories.snapshot(stored.key, number) is None:
        raise unknown_snapshot(stored.asset.name, number)
    entries = unit.inventories.entries(stored.key, number)
    kinds = unit.inventories.kinds({entry.kind for entry in entries})
    return tuple(replace(kinds[entry.kind].kind, ref=entry.ref, asset=stored.asset.name) for entry in entries)
