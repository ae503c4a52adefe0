"""Finding out which neighbourhoods a batch of new findings belongs to.

Candidates come from the index (one look-up for the whole batch) and from the batch itself; each is compared once. Links
that merge, or would but for a contradiction, put both ends into one neighbourhood; hints are kept for later.

A new finding is not compared with further members of a neighbourhood that it is in already, once some of them are
known: what follows from the rest is worked out when the neighbourhood is settled.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from seawall.intake import Finding
from seawall.triage.layers import Standing
from seawall.triage.matching import BUCKET, HINT_BUCKET, compare, hint_keys, needed_keys, probed_keys, written_keys
from seawall.triage.partition import Tie, UnionFind
from seawall.triage.ports import CaseRecord, CaseStore, Member
from seawall.triage.profile import Profile, profiles_of
from seawall.triage.settling import Neighbourhood, Newcomer

_ENOUGH: Final = 8
"""Comparisons with members of a neighbourhood that a finding is in already."""


@dataclass(slots=True)
class Arrivals:
    """What became of a batch."""

    neighbourhoods: list[Neighbourhood] = field(default_factory=list)
    """Disjoint, by the first new finding in them."""
    hints: list[Tie] = field(default_factory=list)
    """Links that are worth a question: hints, and what would merge but for a contradiction between the two."""
    acquainted: list[Member] = field(default_factory=list)
    """Stored members that links and hints lead to."""
    keys: list[tuple[int, int]] = field(default_factory=list)
    """Index entries to write."""


def receive(cases: CaseStore, findings: Sequence[Finding], first: int) -> Arrivals:
    """Number new findings from `first` on and find their neighbourhoods."""
    return _Reception(cases, findings, first).run()


class _Reception:
    """One batch; neighbourhoods are numbered with a minus sign beside the new findings' numbers."""

    def __init__(self, cases: CaseStore, findings: Sequence[Finding], first: int) -> None:
        self._first = first
        self._names = [finding.id for finding in findings]
        self._profiles = profiles_of(findings)
        self._probes = [list(dict.fromkeys(probed_keys(profile))) for profile in self._profiles]
        self._stored: dict[int, Member] = {}
        self._home: dict[int, int] = {}
        self._records: dict[int, CaseRecord] = {}
        self._ties: list[Tie] = []
        self._index: dict[int, list[int]] = defaultdict(list)
        self._groups = UnionFind(range(first, first + len(findings)))
        self._arrivals = Arrivals()
        self._load(cases)

    def run(self) -> Arrivals:
        """Compare each new finding with its candidates, stored ones and those before it in the batch."""
        for at, profile in enumerate(self._profiles):
            self._receive_one(self._first + at, profile, self._probes[at])
        known: dict[int, Neighbourhood] = defaultdict(Neighbourhood)
        for at, (name, profile) in enumerate(zip(self._names, self._profiles, strict=True)):
            number = self._first + at
            known[self._groups.find(number)].fresh[number] = Newcomer(name, profile)
        for member, home in self._home.items():
            root = self._groups.find(home)
            if root in known:
                known[root].stored[-home] = self._records[self._stored[member].case]
        for tie in self._ties:
            known[self._groups.find(tie[0])].ties.append(tie)
        arrivals = self._arrivals
        arrivals.neighbourhoods = sorted(known.values(), key=lambda each: min(each.fresh))
        told = {number for _, number, _ in (*arrivals.hints, *self._ties)}
        arrivals.acquainted = [self._stored[number] for number in sorted(told) if number in self._stored]
        return arrivals

    def _load(self, cases: CaseStore) -> None:
        probed = {key for probes in self._probes for key in probes}
        # Keys that are written but not probed are looked up as well: how full their buckets are has to be known.
        for key, number in cases.sightings(probed.union(*map(written_keys, self._profiles))):
            self._index[key].append(number)
        numbers = {number for key, bucket in self._index.items() if key in probed for number in bucket}
        if not numbers:
            return
        self._stored = {member.number: member for member in cases.members(numbers)}
        records = cases.cases({each.case for each in self._stored.values()})
        self._records = {record.number: record for record in records}
        for member in self._stored.values():
            self._home[member.number] = -self._records[member.case].neighbourhood
            self._groups.add(self._home[member.number])

    def _receive_one(self, number: int, profile: Profile, probes: Sequence[int]) -> None:
        linked: list[Profile] = []
        candidates = dict.fromkeys(other for key in probes for other in self._index.get(key, ()))
        for other in candidates:
            home = self._home.get(other, other)
            together = self._groups.find(home) == self._groups.find(number)
            if together and len(linked) >= _ENOUGH:
                continue
            other_profile = self._profile(other)
            link = compare(profile, other_profile)
            if link is None:
                continue
            if link.standing is not Standing.MERGES:
                self._arrivals.hints.append((number, other, link))
            if link.standing is Standing.HINT:
                continue
            if self._groups.join(home, number):
                self._ties.append((number, other, link))
            linked.append(other_profile)
        self._write(number, needed_keys(profile, linked), hint_keys(profile))

    def _write(self, number: int, keys: Sequence[int], hints: Sequence[int]) -> None:
        for most, some in ((BUCKET, keys), (HINT_BUCKET, hints)):
            for key in dict.fromkeys(some):
                if len(self._index[key]) < most:
                    self._index[key].append(number)
                    self._arrivals.keys.append((key, number))

    def _profile(self, number: int) -> Profile:
        return self._stored[number].profile if number in self._stored else self._profiles[number - self._first]
