"""One run of adding inventories: from documents to snapshots, kinds and what is installed now.

What inventories share is met once: a run remembers the kinds of components that it has seen and what is known about
them, so that the thousandth inventory asks the database only about what is new in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Final

from msgspec import structs

from seawall.kernel.clock import rfc3339
from seawall.priority import EXPOSURE, Policy, exposure_signals
from seawall.remediation.model import Asset, Component, Inventory
from seawall.remediation.ports import Rulings, VulnerabilityIndex
from seawall.remediation.stored.asking import known_matches, new_kind
from seawall.remediation.stored.attesting import added_event, described_event
from seawall.remediation.stored.errors import (
    asset_twice,
    nameless_asset,
    nameless_owner,
    not_of_the_past,
    older_inventory,
    rival_inventory,
    too_long,
    too_many_components,
)
from seawall.remediation.stored.ports import RemediationUnit
from seawall.remediation.stored.settling import News, Outcome, open_checklists, settle
from seawall.remediation.stored.snapshots import (
    AddedInventory,
    Entry,
    KnownMatch,
    NewInventory,
    PackageVersion,
    Snapshot,
    StoredAsset,
    kind_of,
)
from seawall.remediation.stored.standing import Decider, Held, carried_over, held

VERSIONS: Final = 10_000
"""Package versions that are matched in one go."""
_NAME: Final = 200
"""Characters of an owner's or an asset's name."""
_Identity = tuple[object, str, str, str, str]
"""What makes a kind, in a form that is quick to make."""
Answers = dict[int, tuple[KnownMatch, ...]]
"""What is known about package versions, by key."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one document says about one asset."""

    new: NewInventory
    asset: Asset
    components: tuple[Component, ...]


@dataclass(slots=True)
class Memory:
    """What a run has learned and the database has kept."""

    kinds: dict[_Identity, int] = field(default_factory=dict)
    matches: dict[int, tuple[KnownMatch, ...]] = field(default_factory=dict)
    """What is known, by kind: also for those about which nothing is."""
    uncompared: dict[int, Component] = field(default_factory=dict)
    """Kinds that no index can be asked about."""


def parts_of(new: NewInventory, now: datetime, most: int) -> list[Part]:
    """Check a new inventory, and return the assets that it is about with their components.

    Raises:
        InvalidInputError: See `InventoryService.add`.
    """
    inventory = new.inventory
    if len(inventory.components) > most:
        raise too_many_components(len(inventory.components), most)
    if not new.owner.strip():
        raise nameless_owner()
    if new.taken_at is not None and new.taken_at > now:
        raise not_of_the_past(rfc3339(new.taken_at))
    exposure_signals(new.exposed or EXPOSURE[-1], "", now.date())
    listed: dict[str, Asset] = {}
    for asset in inventory.assets:
        if listed.setdefault(asset.name, asset) != asset:
            raise asset_twice(asset.name)
    only = new.asset or inventory.name
    components: dict[str, list[Component]] = {name: [] for name in listed or [only]}
    for component in inventory.components:
        components.setdefault(component.asset if listed else only, []).append(component)
    _check_names((new.owner, *components))
    found = []
    for name, own in components.items():
        asset = listed.get(name, Asset(name, ""))
        exposed = new.exposed or asset.exposed
        found.append(Part(new, structs.replace(asset, owner=new.owner, exposed=exposed), tuple(own)))
    return found


def _check_names(names: Iterable[str]) -> None:
    for name in names:
        if not name.strip():
            raise nameless_asset()
        if len(name) > _NAME or "\x00" in name:
            raise too_long("the name of an owner or an asset", _NAME)


class Matcher:
    """Asks an index about distinct package versions inside a transaction, and keeps the answers."""

    def __init__(self, index: VulnerabilityIndex, rulings: Rulings) -> None:
        self._index = index
        self._rulings = rulings

    def match(self, unit: RemediationUnit, versions: Sequence[PackageVersion], now: datetime) -> Answers:
        """Replace what is known about some versions, and return it by their keys."""
        return self._match(unit, versions, unit.matches.matches([version.key for version in versions]), now)

    def match_waiting(self, unit: RemediationUnit, now: datetime) -> Answers:
        """Match what was never matched, and return what is known about it now."""
        answers: Answers = {}
        while versions := unit.matches.unmatched(VERSIONS):
            answers |= self._match(unit, versions, {}, now)
        return answers

    def _match(
        self, unit: RemediationUnit, versions: Sequence[PackageVersion], before: Answers, now: datetime
    ) -> Answers:
        answers = {
            version.key: known_matches(self._index, version, before.get(version.key, ()), self._rulings, now)
            for version in versions
        }
        unit.matches.set_matches(answers, now)
        return answers


class Adding:
    """One transaction of a run."""

    def __init__(
        self,
        unit: RemediationUnit,
        memory: Memory,
        now: datetime,
        *,
        policy: Policy,
        index: VulnerabilityIndex | None,
        matcher: Matcher | None,
    ) -> None:
        self._unit = unit
        self._now = now
        self._matcher = matcher
        self._decider = Decider(policy, index, now)
        self._changes: dict[int, tuple[AbstractSet[int], AbstractSet[int]]] = {}
        # A transaction that fails must leave the run's memory as it was: its keys never came to be.
        self.memory = Memory(dict(memory.kinds), dict(memory.matches), dict(memory.uncompared))

    def add(self, parts: Sequence[Part]) -> list[AddedInventory]:
        """Add snapshots in their order.

        Raises:
            ConflictError: See `InventoryService.add`.
        """
        kinds = self._meet(parts)
        added = [self._add(part, own) for part, own in zip(parts, kinds, strict=True)]
        changes = self._changes.items()
        self._unit.inventories.change_installed(
            [(kind, asset) for asset, (before, now) in changes for kind in now - before],
            [(kind, asset) for asset, (before, now) in changes for kind in before - now],
        )
        return added

    def _meet(self, parts: Sequence[Part]) -> list[list[int]]:
        """Store kinds that nobody has met, match what is new, and remember what is known about all of them.

        Returns:
            The kinds of each part's components, in their order.
        """
        identities = [[_identity(component) for component in part.components] for part in parts]
        known = self.memory.kinds
        unseen = {
            identity: component
            for part, own in zip(parts, identities, strict=True)
            for identity, component in zip(own, part.components, strict=True)
            if identity not in known
        }
        kinds = {identity: kind_of(component) for identity, component in unseen.items()}
        stored = self._unit.inventories.known_kinds(kinds.values())
        stored |= self._unit.inventories.add_kinds([new_kind(kind) for kind in kinds.values() if kind not in stored])
        keys = {identity: stored[kind] for identity, kind in kinds.items()}
        known |= keys
        answers = {} if self._matcher is None else self._matcher.match_waiting(self._unit, self._now)
        self._remember(keys.values(), answers)
        return [[known[identity] for identity in own] for own in identities]

    def _remember(self, kinds: Collection[int], answers: Answers | None = None) -> None:
        links = self._unit.inventories.versions_of(kinds)
        alone = [key for key, versions in links.items() if not versions]
        self.memory.uncompared |= {key: own.kind for key, own in self._unit.inventories.kinds(alone).items()}
        self.memory.matches |= matches_by_kind(self._unit, links, answers)

    def _add(self, part: Part, kinds: Sequence[int]) -> AddedInventory:
        unit, new = self._unit, part.new
        stored = unit.inventories.asset(new.owner, part.asset.name) or StoredAsset(
            structs.replace(part.asset, exposed="")
        )
        present = unit.inventories.snapshot(stored.key, stored.snapshot) if stored.snapshot else None
        taken_at = (new.taken_at or self._now).astimezone(UTC)
        properties = _merged(stored.asset, part.asset)
        if present is not None and _is_known(present, new, taken_at, part.asset.name):
            if properties != stored.asset:
                unit.inventories.save_asset(replace(stored, asset=properties))
                unit.record(described_event(properties, self._now))
            return AddedInventory(properties, present.number, present.components, unchanged=True)
        before = unit.inventories.entries(stored.key, stored.snapshot) if present else []
        stored = unit.inventories.save_asset(replace(stored, asset=properties, snapshot=stored.snapshot + 1))
        since = {entry.kind: entry.since for entry in before}
        today = taken_at.date()
        entries = [
            Entry(kind, since.get(kind, today), component.ref)
            for kind, component in zip(kinds, part.components, strict=True)
        ]
        kept = unit.inventories.add_snapshot(
            Snapshot(
                asset=stored.key,
                number=stored.snapshot,
                digest=new.inventory.digest,
                format=new.inventory.format,
                taken_at=taken_at,
                added_at=self._now,
                by=new.by,
                components=len(entries),
                unreadable=_unread(new.inventory, part.asset.name),
            ),
            entries,
        )
        now = set(kinds)
        came, went = now - since.keys(), since.keys() - now
        first, _ = self._changes.get(stored.key, (since.keys(), now))
        self._changes[stored.key] = first, now  # a later snapshot of the same run may undo what an earlier one did
        uncompared = [self.memory.uncompared[kind] for kind in now if kind in self.memory.uncompared]
        groups, days = self._groups(stored, before, entries)
        outcome, opened = self._follow(stored, kept.snapshot, entries, uncompared, groups, first=present is None)
        result = AddedInventory(
            asset=properties,
            snapshot=kept.snapshot.number,
            components=len(entries),
            unchanged=False,
            came=len(came),
            went=len(went),
            verified=outcome.verified,
            contradicted=outcome.contradicted,
            returned=outcome.returned,
            not_verified=outcome.not_verified,
            checklists=opened,
            not_compared=len(uncompared),
        )
        unit.record(added_event(properties, kept, result, days))
        return result

    def _groups(
        self, stored: StoredAsset, before: Sequence[Entry], entries: Sequence[Entry]
    ) -> tuple[list[Held], dict[str, date]]:
        """Return what the asset is exposed to now, and the days first seen that outlive the snapshot before."""
        if stored.snapshot == 1:
            return held(entries, self.memory.matches, {}), {}
        self._remember({entry.kind for entry in before if entry.kind not in self.memory.matches})
        carried = self._unit.exposures.first_seen(stored.key)
        groups = held(entries, self.memory.matches, carried)
        days = carried_over(held(before, self.memory.matches, carried), groups, carried)
        self._unit.exposures.set_first_seen(stored.key, days)
        return groups, {name: day for name, day in (carried | days).items() if day is not None}

    def _follow(
        self,
        stored: StoredAsset,
        snapshot: Snapshot,
        entries: Sequence[Entry],
        uncompared: Sequence[Component],
        groups: Sequence[Held],
        *,
        first: bool,
    ) -> tuple[Outcome, tuple[str, ...]]:
        """Settle reports and open checklists; without an index neither can be said."""
        if self._matcher is None:
            return Outcome(), ()
        outcome = Outcome()
        if not first:
            doubts = held(entries, self.memory.matches, {}, certain=False)
            outcome = settle(self._unit, stored, News(snapshot, entries, doubts, uncompared), groups, self._now)
        self._decider.prepare(groups)
        return outcome, open_checklists(self._unit, stored, groups, self._decider, self._now)


def matches_by_kind(
    unit: RemediationUnit, versions: Mapping[int, tuple[int, ...]], answers: Answers | None = None
) -> Answers:
    """Return what is known about kinds, given the versions that each is looked up as; each vulnerability once.

    Args:
        unit: The open transaction.
        versions: By kind.
        answers: What is known about some of the versions already; the store is asked about the others.
    """
    known = dict(answers or {})
    known |= unit.matches.matches({version for own in versions.values() for version in own if version not in known})
    found: Answers = {}
    for kind, own in versions.items():
        if len(own) == 1:
            matches = known.get(own[0], ())
        else:
            matches = tuple(match for version in own for match in known.get(version, ()))
        if len(matches) > 1:
            once = {(match.vulnerability.id, match.certain): match for match in reversed(matches)}
            matches = tuple(once.values())[::-1]
        found[kind] = matches
    return found


def _identity(component: Component) -> _Identity:
    return (component.purl, component.name, component.version, component.vendor, component.cpe)


def _unread(inventory: Inventory, asset: str) -> tuple[str, ...]:
    """What of an inventory could not be read and may be on this asset: only then does it leave a fix unverified."""
    return inventory.unreadable if not inventory.unread_on or asset in inventory.unread_on else ()


def _merged(known: Asset, said: Asset) -> Asset:
    """What a document does not say stays as it was known; an unknown exposure is no news."""
    exposed = said.exposed if said.exposed in {"yes", "no"} else known.exposed or "unknown"
    return Asset(known.name, exposed, known.owner, said.environment or known.environment)


def _is_known(present: Snapshot, new: NewInventory, taken_at: datetime, asset: str) -> bool:
    """Whether the present snapshot says this already.

    Raises:
        ConflictError: The document contradicts the present snapshot.
    """
    same = present.digest == new.inventory.digest
    if same and (new.taken_at is None or taken_at == present.taken_at):
        return True
    if taken_at < present.taken_at:
        raise older_inventory(asset, rfc3339(taken_at), rfc3339(present.taken_at))
    if taken_at == present.taken_at:
        raise rival_inventory(asset, rfc3339(taken_at))
    return False
