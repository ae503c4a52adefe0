"""What people decide about cases: merge, split, accept, decline.

A merge pins two findings together, a split pins each of its sides and keeps them apart; both are looked at before any
rule (`partition`). Invariants: each side of a standing split lies in one case, the sides in two; no pin crosses a
split. So a split takes back the pins that it cuts and divides older splits whose sides it cuts, and a merge lifts the
splits that stand between its cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from seawall.kernel.clock import rfc3339
from seawall.kernel.events import Event
from seawall.kernel.identifiers import derived_id
from seawall.triage import errors
from seawall.triage.catalogue import build_case, find_case
from seawall.triage.model import Case, DecisionState, Layer, MergeDecision, Split
from seawall.triage.ports import CaseRecord, DecisionRecord, Member, SplitRecord, TriageUnit
from seawall.triage.settling import Neighbourhood, Settler, body_of, decision_event, name_of

_RULE = "triage.person/1"


class Rulings:
    """One person's rulings within one unit of work.

    Args:
        unit: Where all is read from and written to.
        by: Who decides.
        now: UTC instant that decisions and events carry.

    Raises:
        InvalidInputError: Nobody is named (`triage.no-reason`).
    """

    def __init__(self, unit: TriageUnit, by: str, now: datetime) -> None:
        if not by.strip():
            raise errors.no_reason()
        self._unit = unit
        self._by = by.strip()
        self._now = now

    def merge(self, case_ids: Sequence[str], reason: str) -> Case:
        """See `TriageService.merge`."""
        reason = _given(reason)
        found = {record.number: record for record in (find_case(self._unit, each) for each in case_ids)}
        records = [found[number] for number in sorted(found)]
        if len(records) < 2:  # noqa: PLR2004 - a merge needs two
            raise errors.one_case_only(name_of(records[0]) if records else "none")
        members = self._unit.cases.members_of(found)
        heads = [next(each for each in members if each.case == record.number) for record in records]
        self._lift_between(members)
        self._store([self._pin(heads[0], head, reason) for head in heads[1:]], "FindingsMerged")
        return self._settle_whole(records, heads[0], members, reason)

    def split(self, case_id: str, finding_ids: Iterable[str], reason: str) -> tuple[Case, Case]:
        """See `TriageService.split`."""
        reason = _given(reason)
        record = find_case(self._unit, case_id)
        members = self._unit.cases.members_of([record.number])
        wanted = set(finding_ids)
        moved = [member for member in members if member.finding in wanted]
        kept = [member for member in members if member.finding not in wanted]
        foreign = tuple(sorted(wanted - {member.finding for member in members}))
        if foreign:
            raise errors.foreign_findings(name_of(record), foreign)
        if not moved or not kept:
            raise errors.nothing_to_split(name_of(record))
        self._cut_decisions(moved, kept, reason)
        self._cut_splits(moved, kept)
        self._add_split(moved, kept, Split("", (), (), reason, self._by, self._now), case=name_of(record))
        if record.founder in {member.number for member in moved}:
            self._unit.cases.change_cases([replace(record, founder=kept[0].number)])
        self._settle([record])
        return self._case_holding(kept[0]), self._case_holding(moved[0])

    def accept(self, decision_id: str) -> Case:
        """See `TriageService.accept`."""
        known = self._open_proposal(decision_id)
        ends = self._unit.cases.members([known.left, known.right])
        records = self._unit.cases.cases({member.case for member in ends})
        members = self._unit.cases.members_of(record.number for record in records)
        self._lift_between(members)
        decision = replace(known.decision, state=DecisionState.APPLIED, decided_by=self._by, decided_at=self._now)
        self._store([replace(known, decision=decision, pinned=True)], "FindingsMerged")
        return self._settle_whole(records, ends[0], members, decision.reason)

    def decline(self, decision_id: str, reason: str) -> MergeDecision:
        """See `TriageService.decline`."""
        reason = _given(reason)
        known = self._open_proposal(decision_id)
        decision = replace(
            known.decision,
            state=DecisionState.DECLINED,
            decided_by=self._by,
            decided_at=self._now,
            inputs={**known.decision.inputs, "declined because": reason},
        )
        self._store([replace(known, decision=decision)], "MergeDeclined")
        return decision

    def _case_holding(self, member: Member) -> Case:
        return build_case(self._unit, self._unit.cases.members([member.number])[0].case)

    def _settle(self, records: Iterable[CaseRecord]) -> None:
        settler = Settler(self._unit, self._now, self._unit.cases.lock())
        settler.settle([Neighbourhood(stored={record.neighbourhood: record for record in records})])
        self._unit.cases.advance(settler.counters)

    def _settle_whole(
        self, records: Sequence[CaseRecord], head: Member, members: Sequence[Member], reason: str
    ) -> Case:
        """Settle, and pin what would fall out: whoever merges cases means all of their findings."""
        self._settle(records)
        while True:
            numbers = [member.number for member in members]
            home = self._unit.cases.members([head.number])[0].case
            fallen = [member for member in self._unit.cases.members(numbers) if member.case != home]
            if not fallen:
                return self._case_holding(head)
            self._store([self._pin(head, member, reason) for member in fallen], "FindingsMerged")
            self._settle(records)

    def _open_proposal(self, decision_id: str) -> DecisionRecord:
        found = self._unit.cases.decisions([decision_id])
        if not found:
            raise errors.unknown_decision(decision_id)
        if found[0].decision.state is not DecisionState.PROPOSED:
            raise errors.not_open(decision_id, found[0].decision.state)
        return found[0]

    def _pin(self, one: Member, other: Member, reason: str) -> DecisionRecord:
        left, right = sorted((one, other), key=lambda member: member.finding)
        decision = MergeDecision(
            id=derived_id("SWM", Layer.PERSON, left.finding, right.finding),
            layer=Layer.PERSON,
            left=left.finding,
            right=right.finding,
            reason=reason,
            inputs={},
            rule=_RULE,
            decided_by=self._by,
            decided_at=self._now,
        )
        return DecisionRecord(decision, left.number, right.number, pinned=True)

    def _store(self, records: Sequence[DecisionRecord], event: str) -> None:
        self._unit.cases.put_decisions(records)
        for record in records:
            self._unit.record(decision_event(event, record.decision, self._now))

    def _cut_decisions(self, moved: Sequence[Member], kept: Sequence[Member], reason: str) -> None:
        """Reverse the decisions that join the two sides."""
        sides = {member.number: True for member in moved} | {member.number: False for member in kept}
        standing = self._unit.cases.decisions_between(sides, DecisionState.APPLIED)
        why = f"{self._by} split the case: {reason}"
        cut = [
            replace(
                known,
                decision=replace(
                    known.decision,
                    state=DecisionState.REVERSED,
                    inputs={**known.decision.inputs, "reversed because": why},
                ),
                pinned=False,
            )
            for known in standing
            if sides[known.left] != sides[known.right]
        ]
        self._store(cut, "MergeReversed")

    def _cut_splits(self, moved: Sequence[Member], kept: Sequence[Member]) -> None:
        """Divide older splits one side of which is divided now."""
        members = {member.number: member for member in (*moved, *kept)}
        leaving = {member.number for member in moved}
        for known in self._unit.cases.splits_of(members):
            pieces = [
                (known.moved & known_side, known.kept)
                if side is known.moved
                else (known.moved, known.kept & known_side)
                for side in (known.moved, known.kept)
                if side & leaving and side - leaving and side <= set(members)
                for known_side in (side & leaving, side - leaving)
            ]
            if not pieces:
                continue
            self._lift(known)
            everyone = {each.number: each for each in self._unit.cases.members(known.moved | known.kept)}
            for one, other in pieces:
                self._add_split(
                    [everyone[number] for number in sorted(one)],
                    [everyone[number] for number in sorted(other)],
                    known.split,
                )

    def _add_split(self, moved: Sequence[Member], kept: Sequence[Member], said: Split, **facts: str) -> None:
        split = replace(
            said,
            moved=tuple(sorted(member.finding for member in moved)),
            kept=tuple(sorted(member.finding for member in kept)),
        )
        split = replace(split, id=derived_id("SWS", *split.moved, "|", *split.kept, rfc3339(self._now)))
        self._unit.cases.add_split(
            SplitRecord(
                split, frozenset(member.number for member in moved), frozenset(member.number for member in kept)
            )
        )
        digest = sha256(body_of(split)).hexdigest()
        self._unit.record(Event("CaseSplit", split.id, self._now, {"digest": digest, "by": self._by, **facts}))

    def _lift_between(self, members: Iterable[Member]) -> None:
        """Lift the splits both sides of which are among these members: they come into one case now."""
        numbers = {member.number for member in members}
        for known in self._unit.cases.splits_of(numbers):
            if known.moved & numbers and known.kept & numbers:
                self._lift(known)

    def _lift(self, known: SplitRecord) -> None:
        self._unit.cases.lift_split(known.split.id)
        self._unit.record(Event("SplitLifted", known.split.id, self._now, {"by": self._by}))


def _given(reason: str) -> str:
    if not reason.strip():
        raise errors.no_reason()
    return reason.strip()
