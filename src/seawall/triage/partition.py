"""Which findings make one case: the whole rule, without I/O.

`resolve` takes the findings of one *neighbourhood* (everything that links lead to) and says which belong together. Its
result depends on nothing but the set of findings and the standing words of people, so neither the order of arrival
nor the size of a batch can change it.

The rule, level by level (`layers.interface.Level`), surest first. Nodes are the groups formed so far; links of the
level that merge connect them into *clusters*.

1. A cluster without a contradiction becomes one group.
2. A contradiction is: two nodes that name CVEs and have none in common; two sides of a split; from the levels of
   wording on, two nodes that each name a place in a file.
3. In a cluster with a contradiction, nodes that could cause one (they name a CVE, a place, or were split) are
   *anchored* and stay apart. The others, connected among themselves, follow the one anchored node that they are
   linked to. If there are several, nobody can tell: they stay a group of their own, and a person is asked.
   Of two sides of a split, findings that fit both follow the side that stayed.

So two CVEs never end in one case by way of a third report; only a person joins them. Later, surer evidence can move a
group (a report that fitted one CVE may turn out to fit two): that is the price of not depending on the order.

Cost: pairs are compared only as far as connectedness needs; a cluster with a contradiction that holds more than
`CONTRADICTION_LIMIT` findings is left apart without looking closer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

from seawall.triage.layers import AUTOMATIC, Level, Link, Standing
from seawall.triage.matching import compare, probed_keys, written_keys
from seawall.triage.profile import Profile

CONTRADICTION_LIMIT: Final = 1000
"""Findings of a cluster with a contradiction that are compared with each other."""
SMALL: Final = 32
"""Findings up to which all pairs are compared; beyond, those that share a key."""


class UnionFind:
    """Groups of numbers; the smallest member names its group, so names do not depend on the order of joining."""

    def __init__(self, members: Iterable[int] = ()) -> None:
        self._parent = {member: member for member in members}

    def add(self, member: int) -> None:
        """Make the member known, alone in its group, unless it is known."""
        self._parent.setdefault(member, member)

    def find(self, member: int) -> int:
        """Return the smallest member of the member's group."""
        parent = self._parent
        root = member
        while parent[root] != root:
            root = parent[root]
        while parent[member] != root:
            parent[member], member = root, parent[member]
        return root

    def join(self, left: int, right: int) -> bool:
        """Join two groups; tell whether they were apart."""
        left, right = self.find(left), self.find(right)
        if left == right:
            return False
        if right < left:
            left, right = right, left
        self._parent[right] = left
        return True

    def groups(self) -> dict[int, list[int]]:
        """Return the members of each group by its name, sorted."""
        found: dict[int, list[int]] = defaultdict(list)
        for member in sorted(self._parent):
            found[self.find(member)].append(member)
        return dict(found)


@dataclass(frozen=True, slots=True)
class Apart:
    """A standing split, by findings' numbers."""

    moved: frozenset[int]
    kept: frozenset[int]


@dataclass(frozen=True, slots=True)
class Words:
    """What people have said about a neighbourhood."""

    together: tuple[tuple[int, int], ...] = ()
    apart: tuple[Apart, ...] = ()


@dataclass(slots=True)
class Resolution:
    """Which findings belong together, and on what grounds."""

    parts: list[list[int]] = field(default_factory=list)
    """Each sorted, by smallest member."""
    grounds: list[tuple[int, int, Link]] = field(default_factory=list)
    """Links that were applied; with the words of people they connect each part."""
    refused: list[tuple[int, int, Link]] = field(default_factory=list)
    """Links that would have joined, but for a contradiction: at least one for each group that follows nobody."""


def resolve(members: Mapping[int, Profile], words: Words = Words()) -> Resolution:
    """Divide a neighbourhood into cases; see the module's docstring for the rule."""
    return _Resolver(members, words).run()


class _Resolver:
    """One run of the rule; holds the comparisons made so far."""

    def __init__(self, members: Mapping[int, Profile], words: Words) -> None:
        self._members = members
        self._apart = words.apart
        self._groups = UnionFind(members)
        self._links: dict[tuple[int, int], Link | None] = {}
        self._buckets = _buckets(members)
        self._result = Resolution()
        for side in (side for split in words.apart for side in (split.moved, split.kept)):
            self._join_all(side)
        for left, right in words.together:
            if left in members and right in members:
                self._groups.join(left, right)

    def run(self) -> Resolution:
        """Work through the levels."""
        for level in AUTOMATIC:
            for nodes, grounds in list(self._clusters(level)):
                if len(nodes) > 1:
                    self._settle(level, nodes, grounds)
        self._result.parts = list(self._groups.groups().values())
        return self._result

    def _join_all(self, side: Iterable[int]) -> None:
        known = [member for member in side if member in self._members]
        for member in known[1:]:
            self._groups.join(known[0], member)

    def _link(self, left: int, right: int) -> Link | None:
        pair = (left, right) if left < right else (right, left)
        if pair not in self._links:
            self._links[pair] = compare(self._members[left], self._members[right])
        return self._links[pair]

    def _merges(self, level: Level, left: int, right: int) -> Link | None:
        link = self._link(left, right)
        return link if link is not None and link.level is level and link.standing is Standing.MERGES else None

    def _clusters(self, level: Level) -> Iterator[tuple[list[list[int]], list[tuple[int, int, Link]]]]:
        """Yield the nodes of each cluster and links that connect it.

        Members that are connected already are not compared again: only connectedness matters here.
        """
        joined = UnionFind(self._members)
        for group in self._groups.groups().values():
            for member in group[1:]:
                joined.join(group[0], member)
        grounds = [ground for bucket in self._buckets for ground in self._connect(level, bucket, joined)]
        nodes: dict[int, list[list[int]]] = defaultdict(list)
        for group in self._groups.groups().values():
            nodes[joined.find(group[0])].append(group)
        found: dict[int, list[tuple[int, int, Link]]] = defaultdict(list)
        for ground in grounds:
            found[joined.find(ground[0])].append(ground)
        for root, cluster in nodes.items():
            yield cluster, found[root]

    def _connect(self, level: Level, bucket: Sequence[int], joined: UnionFind) -> Iterator[tuple[int, int, Link]]:
        """Join the members of a bucket that the level links, and yield a link for each joining."""
        blocks: dict[int, list[int]] = {}
        for member in bucket:
            for root, others in blocks.items():
                if joined.find(root) == joined.find(member):
                    continue
                for other in others:
                    link = self._merges(level, other, member)
                    if link is not None:
                        joined.join(other, member)
                        yield other, member, link
                        break
            blocks = _regrouped(blocks, member, joined)

    def _settle(self, level: Level, nodes: list[list[int]], grounds: list[tuple[int, int, Link]]) -> None:
        marks = [self._mark(level, node) for node in nodes]
        if not self._contradiction(marks):
            self._apply(grounds)
        elif sum(map(len, nodes)) > CONTRADICTION_LIMIT:
            self._result.refused += grounds
        else:
            self._settle_contradiction(level, nodes, marks)

    def _apply(self, grounds: Iterable[tuple[int, int, Link]]) -> None:
        for left, right, link in grounds:
            if self._groups.join(left, right):
                self._result.grounds.append((left, right, link))

    def _mark(self, level: Level, node: Sequence[int]) -> _Mark:
        profiles = [self._members[member] for member in node]
        return _Mark(
            cves=frozenset(cve for profile in profiles for cve in profile.cves) if level > Level.CVE else frozenset(),
            located=level >= Level.WORDING and any(profile.located for profile in profiles),
            moved=frozenset(at for at, split in enumerate(self._apart) if split.moved.intersection(node)),
            kept=frozenset(at for at, split in enumerate(self._apart) if split.kept.intersection(node)),
        )

    def _contradiction(self, marks: Sequence[_Mark]) -> bool:
        if sum(mark.located for mark in marks) > 1:
            return True
        if frozenset().union(*(mark.moved for mark in marks)) & frozenset().union(*(mark.kept for mark in marks)):
            return True
        named = {mark.cves for mark in marks if mark.cves}
        return any(not left & right for left, right in combinations(named, 2))

    def _settle_contradiction(self, level: Level, nodes: list[list[int]], marks: list[_Mark]) -> None:
        """Have loose nodes follow their only anchored neighbour; see rule 3."""
        loose = UnionFind(at for at, mark in enumerate(marks) if not mark.anchored)
        between: list[tuple[int, int, int, int, Link]] = []
        for one, other in combinations(range(len(nodes)), 2):
            if marks[one].anchored and marks[other].anchored:
                continue
            ground = self._ground(level, nodes[one], nodes[other])
            if ground is None:
                continue
            between.append((one, other, *ground))
            if not (marks[one].anchored or marks[other].anchored):
                loose.join(one, other)
        for group in loose.groups().values():
            inside = [tie for tie in between if tie[0] in group and tie[1] in group]
            outside = [tie for tie in between if (tie[0] in group) != (tie[1] in group)]
            self._apply((left, right, link) for _, _, left, right, link in inside)
            neighbours = {one if marks[one].anchored else other for one, other, *_ in outside}
            staying = {
                at for at in neighbours if not any(marks[at].moved & marks[other].kept for other in neighbours - {at})
            }
            for one, other, left, right, link in outside:
                if len(staying) == 1 and (one in staying or other in staying):
                    self._apply([(left, right, link)])
                else:
                    self._result.refused.append((left, right, link))
        self._refuse_anchored(level, nodes, marks)

    def _refuse_anchored(self, level: Level, nodes: list[list[int]], marks: list[_Mark]) -> None:
        """Note the links between anchored nodes, one for each pair of nodes."""
        anchored = [at for at, mark in enumerate(marks) if mark.anchored]
        for one, other in combinations(anchored, 2):
            ground = self._ground(level, nodes[one], nodes[other])
            if ground is not None:
                self._result.refused.append(ground)

    def _ground(self, level: Level, one: Sequence[int], other: Sequence[int]) -> tuple[int, int, Link] | None:
        for left in one:
            for right in other:
                link = self._merges(level, left, right)
                if link is not None:
                    return (left, right, link) if left < right else (right, left, link)
        return None


@dataclass(frozen=True, slots=True)
class _Mark:
    """What can contradict another node."""

    cves: frozenset[str]
    located: bool
    moved: frozenset[int]
    """Splits whose moved side is in the node."""
    kept: frozenset[int]

    @property
    def anchored(self) -> bool:
        return bool(self.cves or self.located or self.moved or self.kept)


def _buckets(members: Mapping[int, Profile]) -> list[list[int]]:
    """Return groups of findings within which links can be: all in one where they are few, else by key."""
    if len(members) <= SMALL:
        return [sorted(members)]
    found: dict[int, list[int]] = defaultdict(list)
    for number in sorted(members):
        for key in dict.fromkeys((*written_keys(members[number]), *probed_keys(members[number]))):
            found[key].append(number)
    return [bucket for _, bucket in sorted(found.items()) if len(bucket) > 1]


def _regrouped(blocks: dict[int, list[int]], member: int, joined: UnionFind) -> dict[int, list[int]]:
    """Add a member to the blocks of a bucket, and put blocks together that were joined meanwhile."""
    if len({joined.find(root) for root in (*blocks, member)}) == len(blocks) + 1:
        blocks[joined.find(member)] = [member]
        return blocks
    merged: dict[int, list[int]] = defaultdict(list)
    for root, others in blocks.items():
        merged[joined.find(root)] += others
    merged[joined.find(member)].append(member)
    return dict(merged)
