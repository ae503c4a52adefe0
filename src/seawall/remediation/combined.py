"""Several indexes as one: the delivered file, records given by hand, and the cases of the home.

A vulnerability that several of them know, under any common identifier, is one hit: nothing of any is lost.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from msgspec import structs

from seawall.priority import Signal, SignalSource
from seawall.remediation.index.folding import rank_of
from seawall.remediation.model import Answer, Confidence, Coverage, Doubt, Hit, ProductName, Vulnerability
from seawall.remediation.names import Lookup
from seawall.remediation.ports import IndexInfo, Rulings, VulnerabilityIndex

_ORDER: Final = tuple(Confidence)


class CombinedIndex:
    """`VulnerabilityIndex` over others.

    Args:
        indexes: In the order in which their words are preferred where several have some.
        signals: Further statements about vulnerabilities, for example those that the home keeps.
    """

    def __init__(self, indexes: Sequence[VulnerabilityIndex], signals: Sequence[SignalSource] = ()) -> None:
        self._indexes = tuple(indexes)
        self._signals = (*self._indexes, *signals)

    @property
    def info(self) -> IndexInfo:
        """See `VulnerabilityIndex.info`. A vulnerability that several know is counted by each."""
        infos = [index.info for index in self._indexes]
        return IndexInfo(
            format=max((info.format for info in infos), default=0),
            vulnerabilities=sum(info.vulnerabilities for info in infos),
            records=sum(info.records for info in infos),
            sources=tuple(source for info in infos for source in info.sources),
        )

    def coverage(self, package: str) -> Coverage:
        """See `VulnerabilityIndex.coverage`."""
        found = {index.coverage(package) for index in self._indexes}
        return max(found, key=tuple(Coverage).index, default=Coverage.NONE)

    def look_up(self, lookup: Lookup) -> Answer:
        """See `VulnerabilityIndex.look_up`."""
        return _united(self._widened(index.look_up(lookup)) for index in self._indexes)

    def look_up_product(self, product: ProductName, version: str, rulings: Rulings) -> Answer:
        """See `VulnerabilityIndex.look_up_product`."""
        return _united(self._widened(index.look_up_product(product, version, rulings)) for index in self._indexes)

    def known_as(self, identifiers: Collection[str]) -> Sequence[Vulnerability]:
        """See `VulnerabilityIndex.known_as`."""
        found: list[Vulnerability] = []
        for one in (known for index in self._indexes for known in index.known_as(identifiers)):
            whole = self._whole(one)
            if whole not in found:
                found.append(whole)
        return found

    def _widened(self, answer: Answer) -> Answer:
        """Name each vulnerability by all that any index knows it as: an alias may be in KEV."""
        return Answer(
            tuple(structs.replace(hit, vulnerability=self._whole(hit.vulnerability)) for hit in answer.hits),
            tuple(structs.replace(doubt, vulnerability=self._whole(doubt.vulnerability)) for doubt in answer.doubts),
        )

    def _whole(self, known: Vulnerability) -> Vulnerability:
        while True:
            wider = known
            for index in self._indexes:
                for other in index.known_as(known.identifiers):
                    wider = _folded(wider, other)
            if wider.identifiers == known.identifiers:
                return wider
            known = wider

    def series(self, identifiers: Collection[str]) -> Mapping[str, Sequence[Signal]]:
        """See `SignalSource.series`."""
        found: dict[str, dict[Signal, None]] = {}
        for source in self._signals:
            for name, signals in source.series(identifiers).items():
                found.setdefault(name, {}).update(dict.fromkeys(signals))
        return {name: sorted(signals, key=lambda signal: signal.as_of) for name, signals in found.items()}


def _united(answers: Iterable[Answer]) -> Answer:
    hits: list[Hit] = []
    doubts: list[Doubt] = []
    for answer in answers:
        for found in answer.hits:
            grown = found
            names = set(found.vulnerability.identifiers)
            for known in [hit for hit in hits if not names.isdisjoint(hit.vulnerability.identifiers)]:
                hits.remove(known)
                grown = _joined(known, grown)
            hits.append(grown)
        doubts += answer.doubts
    certain = {name for hit in hits for name in hit.vulnerability.identifiers}
    open_: list[Doubt] = []
    for doubt in doubts:
        names = set(doubt.vulnerability.identifiers)
        if not certain.isdisjoint(names):
            continue
        joined = doubt
        for earlier in [other for other in open_ if not names.isdisjoint(other.vulnerability.identifiers)]:
            open_.remove(earlier)
            reason = "; ".join(dict.fromkeys((earlier.reason, joined.reason)))
            joined = Doubt(_folded(earlier.vulnerability, joined.vulnerability), reason)
        open_.append(joined)
    return Answer(
        tuple(sorted(hits, key=lambda hit: hit.vulnerability.id)),
        tuple(sorted(open_, key=lambda doubt: doubt.vulnerability.id)),
    )


def _folded(one: Vulnerability, other: Vulnerability) -> Vulnerability:
    """Two accounts of one vulnerability; named as an index names it, whichever account came first."""
    records = tuple(dict.fromkeys((*one.records, *other.records)))
    titles = [each.title for each in (one, other) if each.title and each.title not in each.identifiers]
    best = min(one.id, other.id, key=lambda name: (rank_of(name, of_case=f"case:{name}" in records), name))
    return Vulnerability(
        id=best,
        identifiers=tuple(sorted({*one.identifiers, *other.identifiers})),
        title=titles[0] if titles else best,
        published=min(filter(None, (one.published, other.published)), default=""),
        records=records,
        urls=tuple(dict.fromkeys((*one.urls, *other.urls))),
    )


def _joined(first: Hit, second: Hit) -> Hit:
    surer = min(first, second, key=lambda hit: _ORDER.index(hit.confidence))
    return Hit(
        vulnerability=_folded(first.vulnerability, second.vulnerability),
        matched="; ".join(dict.fromkeys((first.matched, second.matched))),
        fixed=tuple(dict.fromkeys((*first.fixed, *second.fixed))),
        records=tuple(dict.fromkeys((*first.records, *second.records))),
        contradicted_by=tuple(dict.fromkeys((*first.contradicted_by, *second.contradicted_by))),
        fix_published=min(filter(None, (first.fix_published, second.fix_published)), default=""),
        remedy=first.remedy or second.remedy,
        confidence=surer.confidence,
        because=surer.because,
    )
