"""`check`: an inventory against an index, with a due date for each exposure.

Everything happens in memory: an operator can run it at home, on any system, without a server, and need not send the
inventory to anyone. Each distinct package version is looked up once, however often it is installed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Final

import msgspec

from seawall.kernel.clock import parse_rfc3339
from seawall.kernel.purl import Purl
from seawall.priority import (
    ClockInputs,
    Decision,
    Point,
    Policy,
    exposure_signals,
    load_policy,
)
from seawall.remediation.covering import NO_PACKAGES, NO_PRODUCTS, knows_products
from seawall.remediation.deciding import Decider
from seawall.remediation.model import (
    Answer,
    Asset,
    CheckResult,
    Component,
    Coverage,
    Exposure,
    Hit,
    Inventory,
    NotCompared,
    ProductName,
    Undecided,
    Verdict,
)
from seawall.remediation.names import Lookup, lookup_of
from seawall.remediation.ports import FirstSeen, Rulings, VulnerabilityIndex
from seawall.remediation.staleness import staleness


class _NoRulings:
    """`Rulings` of nobody."""

    def ruling(self, installed: ProductName, recorded: ProductName) -> Verdict | None:
        del installed, recorded
        return None


_NOTHING = Answer()
_NO_PURL: Final = Purl("", "", "")
_REMEMBERED: Final = 500_000
"""Distinct package versions and products whose answers are kept for the next inventory."""
_DISTRIBUTED = frozenset({"deb", "rpm", "apk"})
"""Types of package URLs of Linux distributions."""
_BUILT_FROM_SOURCES = frozenset({"deb", "apk"})
"""Those whose records are about source packages. Tools leave the source out where it has the package's own name."""
_AHEAD: Final = timedelta(days=1)
"""Clocks and zones differ by less."""


class _Asked(msgspec.Struct, frozen=True):
    """What came of asking about one package version or product."""

    answer: Answer = _NOTHING
    problem: str = ""
    """Why it could not be asked, or not rightly: then an answer that is empty says nothing."""
    thin: str = ""
    """The ecosystem, if the index knows little about it."""
    built_from: tuple[str, bool] | None = None
    """Where records are about source packages: the ecosystem, and whether the source of this one is named."""


class CheckService:
    """Checks inventories against one index, under one policy.

    Args:
        index: What is known, and what is said about it.
        policy: CISA BOD 26-04 unless another one is given.
        rulings: What a person said about pairs of product names.
        seen: Remembers on which day an exposure was first seen on an asset; without it, the day of the check counts.
    """

    def __init__(
        self,
        index: VulnerabilityIndex,
        *,
        policy: Policy | None = None,
        rulings: Rulings | None = None,
        seen: FirstSeen | None = None,
    ) -> None:
        self._index = index
        self._policy = policy or load_policy()
        self._rulings = rulings or _NoRulings()
        self._seen = seen
        self._decider = Decider(index, self._policy)
        self._answers: dict[object, _Asked] = {}
        self._severity = {outcome.key: rank for rank, outcome in enumerate(self._policy.outcomes)}

    def check(
        self,
        inventory: Inventory,
        *,
        at: datetime,
        exposed: str = "unknown",
        first_seen: date | None = None,
        given: Sequence[tuple[Point, str]] = (),
    ) -> CheckResult:
        """Say what of an inventory is affected, and by when to act.

        The clock of an exposure starts on the later of two days: first seen on the asset, and publication of the fix. A
        fix that is dated in the future counts as one without a date.

        Args:
            inventory: What the asset is made of, or a list of assets.
            at: Instant of the check, UTC; later statements do not count.
            exposed: Whether assets can be reached from public networks, where the inventory does not say: `yes`, `no`
                or `unknown`, which counts as yes.
            first_seen: Day on which the exposures were first seen; by default what is remembered, else the day of the
                check.
            given: What the operator says of the assets beside exposure, for example their human impact. Like the
                exposure it counts from the day on which a vulnerability was first seen there.

        Raises:
            InvalidInputError: `exposed` is none of these words (`priority.invalid-exposure`).
        """
        today = at.astimezone(UTC).date()
        assets = {asset.name: asset for asset in inventory.assets} or {"": Asset(inventory.name)}
        assets = {name: _with_exposure(asset, exposed) for name, asset in assets.items()}
        found, undecided, not_compared, thin = self._look_up(inventory)
        own = tuple(given)
        for asset in assets.values():
            exposure_signals(asset.exposed, asset.name, today)  # refuses a word that is none, also where nothing is due
        exposures: list[Exposure] = []
        decisions: dict[tuple[str, Asset, str], Decision] = {}
        for component, hit in found:
            place = component.asset if component.asset in assets else ""
            asset = assets.get(place) or _with_exposure(Asset(component.asset or inventory.name), exposed)
            key = hit.vulnerability.id, asset, hit.fix_published
            if key not in decisions:
                identifiers = hit.vulnerability.identifiers
                seen = first_seen or (self._seen.first_seen(asset.name, identifiers, today) if self._seen else today)
                clock = ClockInputs(seen, _day(hit.fix_published, today), at)
                decisions[key] = self._decider.decide(hit.vulnerability, asset, own, clock)
            exposures.append(_exposure(component, hit, asset, decisions[key]))
        exposures.sort(key=self._urgency)
        info = self._index.info
        return CheckResult(
            inventory=inventory,
            exposures=tuple(exposures),
            undecided=tuple(undecided),
            not_compared=not_compared,
            vulnerabilities=info.vulnerabilities,
            exposed=exposed,
            at=at,
            warnings=(*staleness(info, at), *thin),
        )

    def _look_up(
        self, inventory: Inventory
    ) -> tuple[list[tuple[Component, Hit]], list[Undecided], tuple[NotCompared, ...], list[str]]:
        """Ask the index about each distinct package version and product once; the last part are warnings."""
        answers = self._answers
        found: list[tuple[Component, Hit]] = []
        undecided: list[Undecided] = []
        skipped: Counter[tuple[str, str]] = Counter()
        thin: Counter[str] = Counter()
        built_from: Counter[tuple[str, bool]] = Counter()
        for component in inventory.components:
            purl = component.purl
            key: object = purl
            if purl is None or component.cpe:  # only then do the names count
                key = purl, component.vendor, component.name, component.version, component.cpe
            asked = answers.get(key)
            if asked is None:
                if len(answers) >= _REMEMBERED:
                    answers.clear()
                asked = answers[key] = self._ask(component)
            if asked.problem:
                skipped[purl.ecosystem if purl else "products", asked.problem] += 1
            if asked.thin:
                thin[asked.thin] += 1
            if asked.built_from:
                built_from[asked.built_from] += 1
            answer = asked.answer
            if answer.hits:  # most components have none: no list is made for them
                found += [(component, hit) for hit in answer.hits]
            if answer.doubts:
                undecided += [Undecided(component, doubt.vulnerability.id, doubt.reason) for doubt in answer.doubts]
        not_compared = tuple(
            NotCompared(ecosystem, count, reason)
            for (ecosystem, reason), count in sorted(skipped.items(), key=lambda item: (-item[1], item[0]))
        )
        warnings = [
            f"{ecosystem}: the index holds CVE records alone, which name few packages: silence about the "
            f"{count:,} components of it means little; add its OSV records"
            for ecosystem, count in sorted(thin.items())
        ]
        warnings += [
            f"{ecosystem}: none of the {count:,} packages names the source package that it was built from, which "
            "records are about: what is built from one of another name is passed over; have the inventory name them"
            for (ecosystem, is_named), count in sorted(built_from.items())
            if not is_named and (ecosystem, True) not in built_from
        ]
        return found, undecided, not_compared, warnings

    def _ask(self, component: Component) -> _Asked:
        """What the index says about a component; or, in words, why it cannot be asked."""
        purl = component.purl
        if purl is None:
            return self._ask_product(component, component.name, component.version)
        lookup = lookup_of(purl)
        if isinstance(lookup, Lookup):
            answer = self._index.look_up(lookup)
            coverage = self._index.coverage(lookup.package)
            if coverage is not Coverage.NONE or answer.hits or answer.doubts:
                thin = lookup.ecosystem if coverage is Coverage.SPORADIC else ""
                built_from = (lookup.ecosystem, not lookup.assumed) if purl.type in _BUILT_FROM_SOURCES else None
                return _Asked(answer, thin=thin, built_from=built_from)
            lookup = NO_PACKAGES
        if not (component.cpe and purl.version):
            return _Asked(problem=lookup)
        asked = self._ask_product(component, purl.name, purl.version)
        if asked.problem or purl.type in _DISTRIBUTED:
            # No product answers to it; or a distribution built it, which mends without a new upstream version.
            return _Asked(asked.answer, problem=lookup)
        return asked

    def _ask_product(self, component: Component, name: str, version: str) -> _Asked:
        """The same by vendor, name and CPE."""
        if not version:
            return _Asked(problem="no version is stated")
        product = ProductName(component.vendor, name, component.cpe)
        answer = self._index.look_up_product(product, version, self._rulings)
        if answer.hits or answer.doubts or self._knows_products:
            return _Asked(answer)
        return _Asked(problem=NO_PRODUCTS)

    @cached_property
    def _knows_products(self) -> bool:
        """Whether any source of the index names products; if none does, an empty answer says nothing."""
        return knows_products(self._index)

    def _urgency(self, exposure: Exposure) -> tuple[date, bool, int, str, str, Purl, str, str]:
        """Soonest due first, forensics before none on the same day, then the stricter outcome."""
        decision, component = exposure.decision, exposure.component
        rank = -self._severity[decision.outcome]
        due = decision.due or date.max
        purl, place = component.purl or _NO_PURL, exposure.asset.name
        return due, not decision.forensics, rank, exposure.vulnerability.id, component.name, purl, place, component.ref


def _with_exposure(asset: Asset, exposed: str) -> Asset:
    if asset.exposed != "unknown":
        return asset
    return Asset(asset.name, exposed, asset.owner, asset.environment)


def _day(instant: str, today: date) -> date | None:
    """The day of a fix; None for one in the future, which would put off every date: the day first seen counts then."""
    try:
        day = parse_rfc3339(instant).date() if instant else None
    except (ValueError, OverflowError):  # the last day of the calendar has no instant in some zones
        return None
    return day if day is None or day <= today + _AHEAD else None


def _exposure(component: Component, hit: Hit, asset: Asset, decision: Decision) -> Exposure:
    return Exposure(
        component=component,
        vulnerability=hit.vulnerability,
        matched=hit.matched,
        decision=decision,
        fixed=hit.fixed,
        asset=asset,
        confidence=hit.confidence,
        because=hit.because,
        remedy=hit.remedy,
        records=hit.records,
        contradicted_by=hit.contradicted_by,
    )
