"""From a resolved neighbourhood to what changes in the store: cases, members, decisions, proposals, events.

Identity of cases: a case belongs to its founder, the finding it was opened for. A group of findings is the oldest case
that one of them founded; the others that they founded are its former ids and keep resolving. A group without a founder
opens a case. So when a merge is undone, the part that leaves takes back the id it had, or gets a new one.

Invariants: settling what has not changed changes nothing. Applied decisions (with splits, which hold their sides
together) connect each case; decisions whose ends came apart are reversed, never deleted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Final

import msgspec

from seawall.kernel.events import Event
from seawall.kernel.identifiers import case_id, derived_id
from seawall.triage.layers import Link, Standing
from seawall.triage.matching import inputs_of
from seawall.triage.model import DecisionState, MergeDecision
from seawall.triage.partition import Apart, Resolution, Tie, UnionFind, Words, resolve
from seawall.triage.ports import CaseRecord, Counters, DecisionRecord, Member, SplitRecord, TriageUnit
from seawall.triage.profile import Profile

QUESTIONS: Final = 3
"""Proposals that one new finding may raise; a pair of cases waits for one at most."""
PATIENCE: Final = 10
"""Proposals, declined ones counted, that one case may be part of: nobody answers more."""
_ENCODE: Final = msgspec.json.Encoder(order="deterministic").encode


@dataclass(slots=True)
class Neighbourhood:
    """What is settled together: findings that just arrived, and the stored neighbourhoods that they link to."""

    fresh: dict[int, Newcomer] = field(default_factory=dict)
    stored: dict[int, CaseRecord] = field(default_factory=dict)
    """A case of each stored neighbourhood, by the neighbourhood's number."""
    ties: list[Tie] = field(default_factory=list)
    """Links that connect all this."""

    @property
    def uniform(self) -> str:
        """The kind of all findings in it, if nothing in it can contradict and all its ties merge; else empty."""
        kinds = {newcomer.profile.uniform for newcomer in self.fresh.values()}
        kinds |= {record.uniform for record in self.stored.values()}
        if len(kinds) != 1 or len(self.stored) > 1 or not self.fresh:
            return ""
        return kinds.pop() if all(link.standing is Standing.MERGES for _, _, link in self.ties) else ""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A finding that gets its number and its case now."""

    finding: str
    profile: Profile


@dataclass(slots=True)
class Tally:
    """What was done."""

    opened: int = 0
    merged: int = 0
    proposed: int = 0


@dataclass(slots=True)
class _Writes:
    """What the store is told at the end, in bulk."""

    members: list[Member] = field(default_factory=list)
    moves: list[tuple[int, int]] = field(default_factory=list)
    opened: list[CaseRecord] = field(default_factory=list)
    changed: dict[int, CaseRecord] = field(default_factory=dict)
    decisions: dict[str, DecisionRecord] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Stored:
    """All that is stored about the neighbourhoods at hand."""

    members: dict[int, list[Member]]
    """By neighbourhood."""
    founded: dict[int, list[CaseRecord]]
    """By founder."""
    pins: dict[int, list[tuple[int, int]]]
    """By one end."""
    splits: tuple[SplitRecord, ...]


class Settler:
    """Settles neighbourhoods within one unit of work.

    Args:
        unit: Where all is read from and written to.
        now: UTC instant that decisions and events carry.
        counters: The next numbers; `counters` holds what is left over afterwards.
    """

    def __init__(self, unit: TriageUnit, now: datetime, counters: Counters) -> None:
        self._unit = unit
        self._now = now
        self.counters = counters
        self.tally = Tally()
        self._case_of: dict[int, CaseRecord] = {}
        self._names: dict[int, str] = {}
        self._profiles: dict[int, Profile] = {}
        self._ties: list[Tie] = []
        self._writes = _Writes()

    def settle(
        self, neighbourhoods: Sequence[Neighbourhood], hints: Sequence[Tie] = (), acquainted: Iterable[Member] = ()
    ) -> None:
        """Settle some neighbourhoods, then ask what `hints` suggest.

        Args:
            neighbourhoods: Disjoint; complete, that is, no merging link leads out of one.
            hints: Links that never merge by themselves, from new findings to others.
            acquainted: The stored members among those others.
        """
        known = {member.number: member for member in acquainted}
        kinds = [neighbourhood.uniform for neighbourhood in neighbourhoods]
        stored = self._load([each for each, kind in zip(neighbourhoods, kinds, strict=True) if not kind])
        for neighbourhood, kind in zip(neighbourhoods, kinds, strict=True):
            if kind:
                self._join(neighbourhood, kind, known)
            else:
                self._settle_one(neighbourhood, stored)
        self._ask([*self._ties, *hints], known)
        self._write()

    def _load(self, neighbourhoods: Sequence[Neighbourhood]) -> _Stored:
        wanted = {number for each in neighbourhoods for number in each.stored}
        members = self._unit.cases.members_of_neighbourhoods(wanted) if wanted else []
        numbers = [member.number for member in members]
        records = self._unit.cases.cases_founded_by(numbers) if numbers else []
        by_case = {record.number: record for record in records}
        by_neighbourhood: dict[int, list[Member]] = defaultdict(list)
        for member in members:
            by_neighbourhood[by_case[member.case].neighbourhood].append(member)
        founded: dict[int, list[CaseRecord]] = defaultdict(list)
        for record in records:
            founded[record.founder].append(record)
        pins: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for pin in self._unit.cases.pins(numbers) if numbers else ():
            pins[pin[0]].append(pin)
        return _Stored(
            by_neighbourhood,
            founded,
            dict(pins),
            tuple(self._unit.cases.splits_of(numbers)) if numbers else (),
        )

    def _join(self, neighbourhood: Neighbourhood, kind: str, known: dict[int, Member]) -> None:
        """Put a neighbourhood in which nothing contradicts into one case, without a look at stored members."""
        self._name(neighbourhood)
        founder = min(neighbourhood.fresh)
        record = next(iter(neighbourhood.stored.values()), None) or self._open(founder, 0, kind)
        for number, newcomer in neighbourhood.fresh.items():
            self._case_of[number] = record
            self._writes.members.append(Member(number, newcomer.finding, record.number, newcomer.profile))
        for left, right, link in neighbourhood.ties:
            if right in known:
                self._names[right], self._profiles[right] = known[right].finding, known[right].profile
            self._apply(left, right, link)

    def _name(self, neighbourhood: Neighbourhood) -> None:
        for number, newcomer in neighbourhood.fresh.items():
            self._names[number], self._profiles[number] = newcomer.finding, newcomer.profile

    def _settle_one(self, neighbourhood: Neighbourhood, stored: _Stored) -> None:
        old = {member.number: member for number in neighbourhood.stored for member in stored.members[number]}
        profiles = {number: member.profile for number, member in old.items()}
        profiles |= {number: newcomer.profile for number, newcomer in neighbourhood.fresh.items()}
        self._profiles |= profiles
        self._names |= {number: member.finding for number, member in old.items()}
        self._name(neighbourhood)
        apart = tuple(Apart(each.moved, each.kept) for each in stored.splits if not each.moved.isdisjoint(old))
        together = tuple(pin for number in old for pin in stored.pins.get(number, ())) if stored.pins else ()
        result = resolve(profiles, Words(together, apart))
        kinds = {profile.uniform for profile in profiles.values()}
        kind = kinds.pop() if len(kinds) == len(result.parts) == 1 and not together and not apart else ""
        before = {member.case for member in old.values()}
        home = min(neighbourhood.stored, default=0)
        for part in result.parts:
            owned = sorted((record for number in part for record in stored.founded.get(number, ())), key=_number)
            record = owned[0] if owned else self._open(part[0], home, kind)
            home = home or record.number
            self._place(part, record, old, neighbourhood)
            self._note_identity(record, owned, before)
            for each in (record, *owned):
                if (each.neighbourhood, each.uniform) != (home, kind):
                    self._writes.changed[each.number] = replace(each, neighbourhood=home, uniform=kind)
        self._decide(result, old)
        self._ties += result.refused

    def _open(self, founder: int, home: int, kind: str) -> CaseRecord:
        number = self.counters.case
        self.counters = replace(self.counters, case=number + 1)
        record = CaseRecord(number, self._now.year, self._now, founder, home or number, kind)
        self._writes.opened.append(record)
        self.tally.opened += 1
        self._record("CaseOpened", name_of(record), finding=self._names[founder])
        return record

    def _place(
        self, part: Iterable[int], record: CaseRecord, old: dict[int, Member], neighbourhood: Neighbourhood
    ) -> None:
        for number in part:
            self._case_of[number] = record
            if number in neighbourhood.fresh:
                newcomer = neighbourhood.fresh[number]
                self._writes.members.append(Member(number, newcomer.finding, record.number, newcomer.profile))
            elif old[number].case != record.number:
                self._writes.moves.append((number, record.number))

    def _note_identity(self, record: CaseRecord, owned: Sequence[CaseRecord], before: set[int]) -> None:
        for former in owned[1:]:
            if former.number in before:
                self._record("CaseMerged", name_of(former), into=name_of(record))
        if owned and before and record.number not in before:
            self._record("CaseRestored", name_of(record), finding=self._names[record.founder])

    def _decide(self, result: Resolution, old: dict[int, Member]) -> None:
        """Reverse what came apart, and add decisions until each part is connected."""
        connected = UnionFind(number for part in result.parts for number in part)
        parts_of: dict[int, set[int]] = defaultdict(set)
        for number, member in old.items():
            parts_of[member.case].add(self._case_of[number].number)
        first: dict[int, int] = {}
        for number, member in old.items():
            if len(parts_of[member.case]) == 1:
                connected.join(first.setdefault(member.case, number), number)
        broken = [number for number, member in old.items() if len(parts_of[member.case]) > 1]
        standing = self._unit.cases.decisions_between(broken, DecisionState.APPLIED) if broken else []
        for known in standing:
            if self._case_of[known.left].number == self._case_of[known.right].number:
                connected.join(known.left, known.right)
            else:
                self.reverse(known, "The reports belong to different cases by surer evidence, or nobody can tell.")
        for left, right, link in result.grounds:
            if connected.join(left, right):
                self._apply(left, right, link)

    def reverse(self, known: DecisionRecord, why: str) -> None:
        """Take an applied decision back; its record stays, with the reason."""
        decision = replace(
            known.decision, state=DecisionState.REVERSED, inputs={**known.decision.inputs, "reversed because": why}
        )
        self._put(replace(known, decision=decision, pinned=False), "MergeReversed")

    def _apply(self, left: int, right: int, link: Link) -> None:
        self._put(self._decision(left, right, link, DecisionState.APPLIED), "FindingsMerged")
        self.tally.merged += 1

    def _ask(self, wanted: Sequence[Tie], acquainted: dict[int, Member]) -> None:
        """Make proposals of links that joined nothing, surest first, as far as `QUESTIONS` lets."""

        def case_of(number: int) -> int:
            return self._case_of[number].number if number in self._case_of else acquainted[number].case

        open_ties = [tie for tie in wanted if case_of(tie[0]) != case_of(tie[1])]
        if not open_ties:
            return
        asked = self._unit.cases.asked({case_of(number) for left, right, _ in open_ties for number in (left, right)})
        questions: dict[int, int] = defaultdict(int)
        waiting = Counter(case for pair in asked for case in pair)
        drafts: dict[str, DecisionRecord] = {}
        for left, right, link in sorted(open_ties, key=lambda tie: (tie[2].level, tie[0], tie[1])):
            one, other = sorted((case_of(left), case_of(right)))
            newer = max(left, right)
            if (one, other) in asked or questions[newer] >= QUESTIONS or max(waiting[one], waiting[other]) >= PATIENCE:
                continue
            asked.add((one, other))
            waiting.update((one, other))
            questions[newer] += 1
            for number in (left, right):
                if number not in self._names:
                    self._names[number], self._profiles[number] = acquainted[number].finding, acquainted[number].profile
            draft = self._decision(left, right, link, DecisionState.PROPOSED)
            drafts[draft.decision.id] = draft
        declined = {
            known.decision.id
            for known in self._unit.cases.decisions(drafts)
            if known.decision.state is DecisionState.DECLINED
        }
        for name, draft in drafts.items():
            if name not in declined:
                self._put(draft, "MergeProposed")
                self.tally.proposed += 1

    def _decision(self, left: int, right: int, link: Link, state: DecisionState) -> DecisionRecord:
        if self._names[right] < self._names[left]:
            left, right = right, left
        names = self._names[left], self._names[right]
        decision = MergeDecision(
            id=derived_id("SWM", link.layer, *names),
            layer=link.layer,
            left=names[0],
            right=names[1],
            reason=link.because,
            inputs=inputs_of(link, self._profiles[left], self._profiles[right]),
            rule=link.rule,
            decided_by="rule",
            decided_at=self._now,
            state=state,
        )
        return DecisionRecord(decision, left, right, pinned=False)

    def _put(self, record: DecisionRecord, event: str) -> None:
        self._writes.decisions[record.decision.id] = record
        self._writes.events.append(decision_event(event, record.decision, self._now))

    def _record(self, name: str, subject: str, **facts: str) -> None:
        self._writes.events.append(Event(name, subject, self._now, dict(facts)))

    def _write(self) -> None:
        cases, writes = self._unit.cases, self._writes
        cases.open_cases(writes.opened)
        cases.change_cases(writes.changed.values())
        cases.add_members(writes.members)
        cases.move_members(writes.moves)
        cases.put_decisions(writes.decisions.values())
        for event in writes.events:
            self._unit.record(event)


def name_of(record: CaseRecord) -> str:
    """Return the case's public id."""
    return case_id(record.year, record.number)


def body_of(value: object) -> bytes:
    """Return the canonical JSON under which a decision or split is stored."""
    return _ENCODE(value)


def decision_event(name: str, decision: MergeDecision, at: datetime) -> Event:
    """Return the event of a decision's change; its digest is that of the stored body."""
    return Event(
        name,
        decision.id,
        at,
        {
            "digest": sha256(body_of(decision)).hexdigest(),
            "layer": decision.layer.value,
            "left": decision.left,
            "right": decision.right,
            "by": decision.decided_by,
        },
    )


def _number(record: CaseRecord) -> int:
    return record.number
