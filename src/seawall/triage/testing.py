"""In-memory fakes of triage's ports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace

from seawall.intake import Finding
from seawall.kernel.events import Event
from seawall.triage.model import DecisionState
from seawall.triage.ports import CaseRecord, Counters, DecisionRecord, Member, SplitRecord, TriageUnit


@dataclass(slots=True)
class FakeFindings:
    """`FindingSource` in memory."""

    stored: dict[str, Finding] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)

    def add(self, findings: Iterable[Finding]) -> None:
        """Have findings wait for triage; known ones are left as they are."""
        for finding in findings:
            if finding.id not in self.stored:
                self.stored[finding.id] = finding
                self.waiting.append(finding.id)

    def untriaged(self, limit: int) -> Sequence[Finding]:
        """See `FindingSource.untriaged`."""
        return [self.stored[name] for name in self.waiting[:limit]]

    def mark_triaged(self, ids: Sequence[str]) -> None:
        """See `FindingSource.mark_triaged`."""
        done = set(ids)
        self.waiting = [name for name in self.waiting if name not in done]

    def get_many(self, ids: Sequence[str]) -> Sequence[Finding]:
        """See `FindingSource.get_many`."""
        return [self.stored[name] for name in ids if name in self.stored]


@dataclass(slots=True)
class FakeCases:
    """`CaseStore` in memory."""

    counters: Counters = field(default_factory=Counters)
    index: dict[int, set[int]] = field(default_factory=dict)
    by_number: dict[int, Member] = field(default_factory=dict)
    records: dict[int, CaseRecord] = field(default_factory=dict)
    decided: dict[str, DecisionRecord] = field(default_factory=dict)
    splits: dict[str, SplitRecord] = field(default_factory=dict)

    def lock(self) -> Counters:
        """See `CaseStore.lock`."""
        return self.counters

    def advance(self, counters: Counters) -> None:
        """See `CaseStore.advance`."""
        self.counters = counters

    def sightings(self, keys: Iterable[int]) -> list[tuple[int, int]]:
        """See `CaseStore.sightings`."""
        return sorted((key, number) for key in set(keys) for number in self.index.get(key, ()))

    def add_keys(self, pairs: Iterable[tuple[int, int]]) -> None:
        """See `CaseStore.add_keys`."""
        for key, number in pairs:
            self.index.setdefault(key, set()).add(number)

    def members(self, numbers: Iterable[int]) -> list[Member]:
        """See `CaseStore.members`."""
        return [self.by_number[number] for number in sorted(set(numbers)) if number in self.by_number]

    def members_of(self, cases: Iterable[int]) -> list[Member]:
        """See `CaseStore.members_of`."""
        wanted = set(cases)
        return [member for _, member in sorted(self.by_number.items()) if member.case in wanted]

    def members_of_neighbourhoods(self, neighbourhoods: Iterable[int]) -> list[Member]:
        """See `CaseStore.members_of_neighbourhoods`."""
        wanted = set(neighbourhoods)
        return self.members_of(case.number for case in self.records.values() if case.neighbourhood in wanted)

    def members_named(self, findings: Iterable[str]) -> list[Member]:
        """See `CaseStore.members_named`."""
        wanted = set(findings)
        return [member for _, member in sorted(self.by_number.items()) if member.finding in wanted]

    def add_members(self, members: Iterable[Member]) -> None:
        """See `CaseStore.add_members`."""
        self.by_number |= {member.number: member for member in members}

    def move_members(self, moves: Iterable[tuple[int, int]]) -> None:
        """See `CaseStore.move_members`."""
        for number, case in moves:
            self.by_number[number] = replace(self.by_number[number], case=case)

    def cases(self, numbers: Iterable[int]) -> list[CaseRecord]:
        """See `CaseStore.cases`."""
        return [self.records[number] for number in sorted(set(numbers)) if number in self.records]

    def cases_founded_by(self, members: Iterable[int]) -> list[CaseRecord]:
        """See `CaseStore.cases_founded_by`."""
        wanted = set(members)
        return [record for _, record in sorted(self.records.items()) if record.founder in wanted]

    def page(self, after: int, limit: int) -> list[CaseRecord]:
        """See `CaseStore.page`."""
        holding = {member.case for member in self.by_number.values()}
        return self.cases(number for number in holding if number > after)[:limit]

    def count(self) -> int:
        """See `CaseStore.count`."""
        return len({member.case for member in self.by_number.values()})

    def open_cases(self, cases: Iterable[CaseRecord]) -> None:
        """See `CaseStore.open_cases`."""
        self.records |= {case.number: case for case in cases}

    def change_cases(self, cases: Iterable[CaseRecord]) -> None:
        """See `CaseStore.change_cases`."""
        for case in cases:
            self.records[case.number] = replace(
                self.records[case.number], founder=case.founder, neighbourhood=case.neighbourhood, uniform=case.uniform
            )

    def decisions(self, ids: Iterable[str]) -> list[DecisionRecord]:
        """See `CaseStore.decisions`."""
        return [self.decided[name] for name in sorted(set(ids)) if name in self.decided]

    def decisions_between(self, members: Iterable[int], state: DecisionState) -> list[DecisionRecord]:
        """See `CaseStore.decisions_between`."""
        ends = set(members)
        return [
            record
            for _, record in sorted(self.decided.items())
            if record.decision.state is state and record.left in ends and record.right in ends
        ]

    def pins(self, members: Iterable[int]) -> list[tuple[int, int]]:
        """See `CaseStore.pins`."""
        wanted = set(members)
        return sorted(
            {
                (record.left, record.right)
                for record in self.decided.values()
                if record.pinned
                and record.decision.state is DecisionState.APPLIED
                and (record.left in wanted or record.right in wanted)
            }
        )

    def asked(self, cases: Iterable[int]) -> set[tuple[int, int]]:
        """See `CaseStore.asked`."""
        wanted, found = set(cases), set()
        for record in self.decided.values():
            if record.decision.state in {DecisionState.PROPOSED, DecisionState.DECLINED}:
                one, other = sorted((self.by_number[record.left].case, self.by_number[record.right].case))
                if one in wanted or other in wanted:
                    found.add((one, other))
        return found

    def open_proposals(self, limit: int) -> list[DecisionRecord]:
        """See `CaseStore.open_proposals`."""
        return [
            record
            for _, record in sorted(self.decided.items())
            if record.decision.state is DecisionState.PROPOSED
            and self.by_number[record.left].case != self.by_number[record.right].case
        ][:limit]

    def put_decisions(self, decisions: Iterable[DecisionRecord]) -> None:
        """See `CaseStore.put_decisions`."""
        self.decided |= {record.decision.id: record for record in decisions}

    def splits_of(self, members: Iterable[int]) -> list[SplitRecord]:
        """See `CaseStore.splits_of`."""
        wanted = set(members)
        return [split for _, split in sorted(self.splits.items()) if wanted & (split.moved | split.kept)]

    def add_split(self, split: SplitRecord) -> None:
        """See `CaseStore.add_split`."""
        self.splits[split.split.id] = split

    def lift_split(self, split_id: str) -> None:
        """See `CaseStore.lift_split`."""
        del self.splits[split_id]


@dataclass(slots=True)
class FakeTriage:
    """A whole triage in memory: call it to open a unit; a unit that raises leaves no trace."""

    findings: FakeFindings = field(default_factory=FakeFindings)
    cases: FakeCases = field(default_factory=FakeCases)
    events: list[Event] = field(default_factory=list)

    def record(self, event: Event) -> None:
        """See `TriageUnit.record`."""
        self.events.append(event)

    @contextmanager
    def open(self) -> Iterator[TriageUnit]:
        """Open a unit of work."""
        before = deepcopy(self.cases), list(self.findings.waiting), list(self.events)
        try:
            yield self
        except BaseException:
            self.cases, self.findings.waiting, self.events = before
            raise
