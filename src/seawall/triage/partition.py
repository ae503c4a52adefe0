"""Which findings make one case: the whole rule, without I/O.

`resolve` takes the findings of one *neighbourhood* (everything that links lead to) and says which belong together. Its
result depends on nothing but the set of findings and the standing words of people, so neither the order of arrival
nor the size of a batch can change it.

The rule, level by level (`layers.interface.Level`), surest first. Nodes are the groups formed so far; links of the
level that merge connect them into *clusters*.

1. A cluster without a contradiction becomes one group.
2. A contradiction is: findings of two nodes that name CVEs and have none in common; a node that a person took out of
   a case, and another that is anchored; below the level of crashes, two with different crash signatures; from the
   levels of wording on, two nodes that each name a place in a file or show a crash.
3. In a cluster with a contradiction, nodes that could cause one (they name an identifier, a place, or were split) are
   *anchored* and stay apart. The others, connected among themselves, follow the one anchored node that they are
   linked to. If there are several, nobody can tell: they stay a group of their own, and a person is asked.
   Of two sides of a split, findings that fit both follow the side that stayed. So what a person took out joins no other
   case by a rule, while copies of it that arrive later follow it.

So two CVEs, or two records of a database, never end in one case by way of a third report; only a person joins them.
Later, surer evidence can move a group (a report that fitted one CVE may turn out to fit two): that is the price of not
depending on the order.

Cost: pairs are compared only as far as connectedness needs, and in a large neighbourhood only those that share a key,
each finding with at most `BUCKET` others under one key. So it grows with the number of findings, not with its square.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

from seawall.triage.layers import AUTOMATIC, LAYERS, Level, Link, Standing
from seawall.triage.matching import BUCKET, compare
from seawall.triage.profile import Profile

SMALL: Final = 32
"""Findings up to which all pairs are compared; beyond, those that share a key."""


Names = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
"""The CVEs and identifiers that a finding names and the keys of its crash, as far as they count at a level."""
Tie = tuple[int, int, Link]
"""Two findings' numbers and the link between them."""


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
    grounds: list[Tie] = field(default_factory=list)
    """Links that were applied; with the words of people they connect each part."""
    refused: list[Tie] = field(default_factory=list)
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
        for level in AUTOMATIC if len(self._members) > 1 else ():
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

    def _clusters(self, level: Level) -> Iterator[tuple[list[list[int]], list[Tie]]]:
        """Yield the nodes of each cluster and links that connect it.

        Members that are connected already are not compared again: only connectedness matters here.
        """
        joined = UnionFind(self._members)
        for group in self._groups.groups().values():
            for member in group[1:]:
                joined.join(group[0], member)
        grounds = [ground for bucket in self._buckets[level] for ground in self._connect(level, bucket, joined)]
        nodes: dict[int, list[list[int]]] = defaultdict(list)
        for group in self._groups.groups().values():
            nodes[joined.find(group[0])].append(group)
        found: dict[int, list[Tie]] = defaultdict(list)
        for ground in grounds:
            found[joined.find(ground[0])].append(ground)
        for root, cluster in nodes.items():
            yield cluster, found[root]

    def _connect(self, level: Level, bucket: Sequence[int], joined: UnionFind) -> Iterator[Tie]:
        """Join the members of a bucket that the level links, and yield a link for each joining."""
        blocks: dict[int, list[int]] = {}
        for at, member in enumerate(bucket):
            for root, others in blocks.items():
                if joined.find(root) == joined.find(member):
                    continue
                for other in others:
                    link = self._merges(level, other, member)
                    if link is not None:
                        joined.join(other, member)
                        yield other, member, link
                        break
            if at < BUCKET:
                blocks = _add_to_block(blocks, member, joined)

    def _settle(self, level: Level, nodes: list[list[int]], grounds: list[Tie]) -> None:
        marks = [self._mark(level, node) for node in nodes]
        if self._contradiction(marks):
            self._settle_contradiction(level, nodes, marks)
        else:
            self._apply(grounds)

    def _apply(self, grounds: Iterable[Tie]) -> None:
        for left, right, link in grounds:
            if self._groups.join(left, right):
                self._result.grounds.append((left, right, link))

    def _mark(self, level: Level, node: Sequence[int]) -> _Mark:
        profiles = [self._members[member] for member in node]
        return _Mark(
            names=frozenset(names for profile in profiles if any(names := _names(level, profile))),
            located=level >= Level.WORDING and any(profile.pinned for profile in profiles),
            moved=frozenset(at for at, split in enumerate(self._apart) if split.moved.intersection(node)),
            kept=frozenset(at for at, split in enumerate(self._apart) if split.kept.intersection(node)),
        )

    def _contradiction(self, marks: Sequence[_Mark]) -> bool:
        if sum(mark.located for mark in marks) > 1:
            return True
        if any(mark.moved for mark in marks) and sum(mark.anchored for mark in marks) > 1:
            return True
        nodes_naming: dict[Names, set[int]] = defaultdict(set)
        for at, mark in enumerate(marks):
            for names in mark.names:
                nodes_naming[names].add(at)
        return any(
            len(nodes_naming[left] | nodes_naming[right]) > 1
            for left, right in combinations(nodes_naming, 2)
            if _differ(left, right)
        )

    def _settle_contradiction(self, level: Level, nodes: list[list[int]], marks: list[_Mark]) -> None:
        """Have groups of loose nodes follow their only anchored neighbour; see rule 3."""
        node_of = {member: at for at, node in enumerate(nodes) for member in node}
        loose = UnionFind(node_of)
        for node in nodes:
            for member in node[1:]:
                loose.join(node[0], member)
        buckets = [[member for member in bucket if member in node_of] for bucket in self._buckets[level]]
        free = [[member for member in bucket if not marks[node_of[member]].anchored] for bucket in buckets]
        inside = [ground for bucket in free for ground in self._connect(level, bucket, loose)]
        beside: dict[int, dict[int, Tie]] = defaultdict(dict)
        enough = 2 if not any(mark.moved for mark in marks) else len(nodes)
        seen: set[tuple[int, int]] = set()
        for bucket, looking in zip(buckets, free, strict=True):
            anchors = [member for member in bucket if marks[node_of[member]].anchored][:BUCKET]
            self._look_around(level, looking, anchors, node_of, loose, beside, enough)
            self._refuse_anchored(level, anchors, node_of, seen)
        self._apply(inside)
        for neighbours in beside.values():
            followed = [at for at in neighbours if not any(marks[at].moved & marks[other].kept for other in neighbours)]
            if len(followed) == 1:
                self._apply([neighbours[followed[0]]])
            else:
                self._result.refused += neighbours.values()

    def _look_around(
        self,
        level: Level,
        looking: Sequence[int],
        anchors: Sequence[int],
        node_of: Mapping[int, int],
        loose: UnionFind,
        beside: dict[int, dict[int, Tie]],
        enough: int,
    ) -> None:
        """Note for each loose group the anchored nodes that it is linked to, until there are enough to know."""
        for member in looking:
            known = beside[loose.find(member)]
            for anchor in anchors:
                if len(known) >= enough:
                    break
                link = self._merges(level, member, anchor) if node_of[anchor] not in known else None
                if link is not None:
                    known[node_of[anchor]] = (member, anchor, link)

    def _refuse_anchored(
        self, level: Level, anchors: Sequence[int], node_of: Mapping[int, int], seen: set[tuple[int, int]]
    ) -> None:
        """Note a link for each pair of anchored nodes: a person may be asked."""
        for left, right in combinations(anchors, 2):
            pair = (node_of[left], node_of[right])
            if pair[0] == pair[1] or pair in seen:
                continue
            link = self._merges(level, left, right)
            if link is not None:
                seen |= {pair, pair[::-1]}
                self._result.refused.append((left, right, link))


@dataclass(frozen=True, slots=True)
class _Mark:
    """What can contradict another node."""

    names: frozenset[Names]
    """What each finding of the node names, where it names any."""
    located: bool
    moved: frozenset[int]
    """Splits whose moved side is in the node."""
    kept: frozenset[int]

    @property
    def anchored(self) -> bool:
        return bool(self.names or self.located or self.moved or self.kept)


def _names(level: Level, profile: Profile) -> Names:
    """Return what can contradict at a level: CVEs from that of aliases on, identifiers and crashes below theirs."""
    if level <= Level.CVE:
        return ((), (), ())
    return (
        profile.cves,
        profile.identifiers if level > Level.ALIAS else (),
        profile.crash_keys if level > Level.CRASH else (),
    )


def _differ(left: Names, right: Names) -> bool:
    """Tell whether two findings name CVEs, or identifiers, or show crashes, and have none in common."""
    return any(one and other and set(one).isdisjoint(other) for one, other in zip(left, right, strict=True))


def _buckets(members: Mapping[int, Profile]) -> dict[Level, list[list[int]]]:
    """Return for each level groups of findings within which its links can be: all in one where they are few."""
    if len(members) <= SMALL:
        together = [sorted(members)]
        return {level: together for level in AUTOMATIC}  # noqa: C420 - one list for all, which nobody changes
    found: dict[Level, list[list[int]]] = {}
    for layer in LAYERS:
        by_key: dict[int, list[int]] = defaultdict(list)
        for number in sorted(members):
            for key in dict.fromkeys((*layer.written(members[number]), *layer.probed(members[number]))):
                by_key[key].append(number)
        buckets = [bucket for _, bucket in sorted(by_key.items()) if len(bucket) > 1]
        for level in layer.levels:
            found[level] = buckets
    return found


def _add_to_block(blocks: dict[int, list[int]], member: int, joined: UnionFind) -> dict[int, list[int]]:
    """Add a member of a bucket to its block, and put blocks together that were joined meanwhile."""
    roots = {joined.find(root): root for root in blocks}
    if len(roots) < len(blocks):
        merged: dict[int, list[int]] = defaultdict(list)
        for root, others in blocks.items():
            merged[joined.find(root)] += others
        blocks, roots = merged, {root: root for root in merged}
    own = joined.find(member)
    blocks.setdefault(roots.get(own, own), []).append(member)
    return blocks
