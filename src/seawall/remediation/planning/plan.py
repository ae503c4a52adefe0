"""From a check's result to a plan: what to do, where, by when, and why.

Exposures are grouped by what closes them. One upgrade of a package closes all its vulnerabilities that the release
closes, on all assets that need the same release. What no release closes becomes another action: apply the vendor's
remedies, all of one product together, or mitigate or isolate where nothing is known to help. Possible matches and
records that could not be decided are actions too: a person has to look.

Invariants: each exposure is in exactly one action, or in `Plan.set_aside` with the reason. An action's target is not
below any release that one of its exposures needs. The order of the input does not matter, and equal input gives an
equal plan. Nothing is left out because it has no date: it comes last.

Left out on purpose: how things are shown (`outputs/`), and whether something was done (`service.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from seawall.remediation.model import (
    Answer,
    Asset,
    CheckResult,
    Component,
    Confidence,
    Exposure,
    NotCompared,
    Undecided,
    VexStatement,
    VexStatus,
)
from seawall.remediation.names import Lookup
from seawall.remediation.planning.reasons import Reason, reasons_of, urgency_key
from seawall.remediation.planning.targets import Choice, Subject, choose, raised, subject_of

LookUp = Callable[[Lookup], Answer]
"""`VulnerabilityIndex.look_up`."""

EXIT_NOTHING_DUE: Final = 0
EXIT_DUE: Final = 1
EXIT_OVERDUE: Final = 2
_ROUNDS: Final = 8
"""How often a target is raised because it is itself affected, before that is only said."""
_WEEK: Final = timedelta(days=7)
_RANK: Final = {confidence: rank for rank, confidence in enumerate(Confidence)}
_LEAST: Final = Confidence.POSSIBLE


class Verb(StrEnum):
    """What to do."""

    UPGRADE = "upgrade"
    """Go to `Action.target` or later."""
    REMEDY = "remedy"
    """Do what the vendor says (`Action.remedies`)."""
    MITIGATE = "mitigate"
    """No fix is known: shield or isolate it."""
    LOOK = "look"
    """It is not certain that this concerns you: a person should look."""


_ORDER: Final = {verb: rank for rank, verb in enumerate(Verb)}


class Urgency(StrEnum):
    """How a due date looks today."""

    OVERDUE = "overdue"
    TODAY = "today"
    WEEK = "this week"
    """Within the next seven days."""
    LATER = "later"
    UNDATED = "no fixed date"


class Place(msgspec.Struct, frozen=True):
    """Where something is to be done: one component on one asset."""

    asset: Asset
    component: Component
    version: str
    """The installed one."""
    due: date | None
    """The earliest on this asset; None: no fixed date."""
    exposures: int
    """How many the action closes here."""


class Action(msgspec.Struct, frozen=True):
    """One thing to do."""

    verb: Verb
    subject: Subject
    target: str
    """The release to go to, for upgrades; later ones will do too."""
    places: tuple[Place, ...]
    """Soonest due first."""
    due: date | None
    """The earliest of its exposures; None: no fixed date."""
    urgency: Urgency
    forensics: bool
    """A forensic triage goes with it: volatile evidence has to be secured before anything is changed."""
    confidence: Confidence
    """The least certain of its exposures."""
    exposures: tuple[Exposure, ...]
    reasons: tuple[Reason, ...]
    """One for each vulnerability, the most urgent first."""
    remedies: tuple[str, ...] = ()
    """What the records say to do, in their own words; that against the most urgent exposure first."""
    doubts: tuple[Undecided, ...] = ()
    """Only for `LOOK`: records that could not be decided."""
    stays_open: tuple[str, ...] = ()
    """Vulnerabilities of the same components that this action does not close; another action names them."""
    target_affected_by: tuple[str, ...] = ()
    """Vulnerabilities that the target has itself, where the index was asked."""

    @property
    def assets(self) -> tuple[str, ...]:
        """Names of the assets, in the order of `places`."""
        return tuple(dict.fromkeys(place.asset.name for place in self.places))

    @property
    def owners(self) -> tuple[str, ...]:
        """Who is responsible, where the inventory says so."""
        return tuple(dict.fromkeys(place.asset.owner for place in self.places if place.asset.owner))

    @property
    def versions(self) -> tuple[str, ...]:
        """The installed versions."""
        return tuple(dict.fromkeys(place.version for place in self.places if place.version))


class SetAside(msgspec.Struct, frozen=True):
    """An exposure that needs no action, and why."""

    exposure: Exposure
    reason: str


class Plan(msgspec.Struct, frozen=True):
    """What to do about one inventory."""

    inventory: str
    today: date
    actions: tuple[Action, ...]
    """Soonest due first, those without a date last; on one day forensics first, then what closes most."""
    set_aside: tuple[SetAside, ...]
    not_compared: tuple[NotCompared, ...]
    unreadable: tuple[str, ...]
    warnings: tuple[str, ...]
    policies: tuple[str, ...]
    """Key and version of the policies that the dates come from."""

    @property
    def dated(self) -> tuple[Action, ...]:
        """The actions that have a date."""
        return tuple(action for action in self.actions if action.due is not None)


def plan_of(
    result: CheckResult, today: date, *, statements: Sequence[VexStatement] = (), look_up: LookUp | None = None
) -> Plan:
    """Group a check's exposures by what to do.

    Args:
        result: What is exposed.
        today: The reader's calendar day; says what is overdue.
        statements: VEX. An exposure that a standing statement calls `not_affected` or `fixed` is set aside.
        look_up: Asks the index about the releases that the plan names. A release that is itself affected is raised
            to one that is not, where the records name one.
    """
    kept, aside = _sifted(result.exposures, statements)
    drafts: dict[tuple[Verb, str, str], _Draft] = {}

    def draft(verb: Verb, subject: Subject, target: str = "") -> _Draft:
        return drafts.setdefault((verb, subject.key, target), _Draft(verb, subject, target))

    certain: dict[tuple[str, str], tuple[Subject, list[Exposure]]] = {}
    for exposure in kept:
        subject, version = subject_of(exposure.component)
        if exposure.confidence is Confidence.POSSIBLE:
            draft(Verb.LOOK, subject).exposures.append(exposure)
        else:
            certain.setdefault((subject.key, version), (subject, []))[1].append(exposure)
    for (_, version), (subject, exposures) in certain.items():
        choice, hit = _settled(subject, version, exposures, look_up)
        if choice.closed:
            upgrade = draft(Verb.UPGRADE, subject, choice.target)
            upgrade.exposures += choice.closed
            upgrade.stays_open.update(exposure.vulnerability.id for exposure in choice.left)
            upgrade.target_hit.update(hit)
        for exposure in choice.left:
            draft(Verb.REMEDY if advice_on(exposure) else Verb.MITIGATE, subject).exposures.append(exposure)
    for doubt in sorted(result.undecided, key=_doubt_key):
        draft(Verb.LOOK, subject_of(doubt.component)[0]).doubts.append(doubt)
    actions = [_action(made, result, today) for made in drafts.values()]
    return Plan(
        inventory=result.inventory.name,
        today=today,
        actions=tuple(action for _, action in sorted(actions, key=lambda pair: pair[0])),
        set_aside=tuple(sorted(aside, key=lambda item: (urgency_key(item.exposure), item.reason))),
        not_compared=result.not_compared,
        unreadable=result.inventory.unreadable,
        warnings=result.warnings,
        policies=tuple(sorted({exposure.decision.policy for exposure in result.exposures})),
    )


def exit_code_of(plan: Plan) -> int:
    """Say in one number how urgent a plan is, for scripts.

    Possible matches count like all else, until a person has ruled on them. What could not be compared has no date
    and does not count.

    Returns:
        0: nothing has a date (there may be things for the next scheduled upgrade). 1: something has a date, and no
        date has passed. 2: a date has passed.
    """
    if any(action.urgency is Urgency.OVERDUE for action in plan.actions):
        return EXIT_OVERDUE
    return EXIT_DUE if plan.dated else EXIT_NOTHING_DUE


def urgency_of(due: date | None, today: date) -> Urgency:
    """Say how a due date looks on a day."""
    if due is None:
        return Urgency.UNDATED
    if due <= today:
        return Urgency.OVERDUE if due < today else Urgency.TODAY
    return Urgency.WEEK if due - today <= _WEEK else Urgency.LATER


@dataclass(slots=True)
class _Draft:
    """An action while it is being filled."""

    verb: Verb
    subject: Subject
    target: str = ""
    exposures: list[Exposure] = field(default_factory=list)
    doubts: list[Undecided] = field(default_factory=list)
    stays_open: set[str] = field(default_factory=set)
    target_hit: set[str] = field(default_factory=set)


def _sifted(exposures: Iterable[Exposure], statements: Sequence[VexStatement]) -> tuple[list[Exposure], list[SetAside]]:
    """Part the exposures that need an action from those that a VEX statement answers; most urgent first."""
    ordered = sorted(exposures, key=urgency_key)
    if not statements:
        return ordered, []
    from seawall.remediation.vex.standing import Standing, in_words  # noqa: PLC0415 - most checks start without VEX

    standing = Standing(statements)
    kept: list[Exposure] = []
    aside: list[SetAside] = []
    for exposure in ordered:
        statement = standing.on(exposure)
        if statement is not None and statement.status in {VexStatus.NOT_AFFECTED, VexStatus.FIXED}:
            aside.append(SetAside(exposure, in_words(statement)))
        else:
            kept.append(exposure)
    return kept, aside


def _settled(
    subject: Subject, version: str, exposures: Sequence[Exposure], look_up: LookUp | None
) -> tuple[Choice, tuple[str, ...]]:
    """Choose a release, and hold it against the index until it is clean or no better one is named."""
    choice = choose(subject.ecosystem, version, exposures)
    if look_up is None or not choice.target or not subject.type:
        return choice, ()
    target = choice.target
    for _ in range(_ROUNDS):
        hits = look_up(Lookup(subject.key, subject.ecosystem, target)).hits
        higher = raised(subject.ecosystem, target, (release for hit in hits for release in hit.fixed))
        if higher == target:
            break
        target = higher
    hit = tuple(sorted(hit.vulnerability.id for hit in hits))
    closed = tuple(exposure for exposure in choice.closed if exposure.vulnerability.id not in hit)
    left = (*choice.left, *(exposure for exposure in choice.closed if exposure.vulnerability.id in hit))
    return Choice(target if closed else "", closed, left), hit


def advice_on(exposure: Exposure) -> tuple[str, ...]:
    """Return what the records offer against an exposure that no release could be chosen for; may be empty."""
    advice = [exposure.remedy] if exposure.remedy else []
    if exposure.fixed:
        version = subject_of(exposure.component)[1] or "(none given)"
        advice.append(
            f"The records name {' and '.join(sorted(exposure.fixed))} as fixed, which could not be shown to be above "
            f"the installed version {version}. Ask the vendor."
        )
    return tuple(advice)


def _action(draft: _Draft, result: CheckResult, today: date) -> tuple[tuple[object, ...], Action]:
    """Finish an action; returned with the key by which actions are sorted."""
    exposures = tuple(sorted(draft.exposures, key=urgency_key))
    due = min((exposure.decision.due for exposure in exposures if exposure.decision.due), default=None)
    forensics = any(exposure.decision.forensics for exposure in exposures)
    if draft.verb is Verb.REMEDY:
        remedies = tuple(dict.fromkeys(words for exposure in exposures for words in advice_on(exposure)))
    else:
        remedies = tuple(dict.fromkeys(exposure.remedy for exposure in exposures if exposure.remedy))
    action = Action(
        verb=draft.verb,
        subject=draft.subject,
        target=draft.target,
        places=_places(draft, result),
        due=due,
        urgency=urgency_of(due, today),
        forensics=forensics,
        confidence=max((exposure.confidence for exposure in exposures), key=_RANK.__getitem__, default=_LEAST),
        exposures=exposures,
        reasons=reasons_of(exposures),
        remedies=remedies,
        doubts=tuple(draft.doubts),
        stays_open=tuple(sorted(draft.stays_open)),
        target_affected_by=tuple(sorted(draft.target_hit)),
    )
    order = due or date.max, not forensics, -len(exposures), _ORDER[draft.verb], draft.subject.key, draft.target
    return order, action


def _places(draft: _Draft, result: CheckResult) -> tuple[Place, ...]:
    found: dict[tuple[str, str, str], tuple[Asset, Component, str, list[Exposure]]] = {}
    everything = [(exposure.component, exposure.asset, exposure) for exposure in draft.exposures]
    nowhere = Asset("")
    for component, asset, exposure in [*everything, *((doubt.component, nowhere, None) for doubt in draft.doubts)]:
        where = asset if asset.name else _asset_of(component, result)
        version = subject_of(component)[1]
        own = found.setdefault((where.name, component.ref, version), (where, component, version, []))[3]
        if exposure is not None:
            own.append(exposure)
    places = [
        Place(
            asset,
            component,
            version,
            min((item.decision.due for item in own if item.decision.due), default=None),
            len(own),
        )
        for asset, component, version, own in found.values()
    ]
    places.sort(key=lambda place: (place.due or date.max, place.asset.name, place.component.ref, place.version))
    return tuple(places)


def _doubt_key(doubt: Undecided) -> tuple[str, ...]:
    component = doubt.component
    return (
        doubt.vulnerability,
        component.asset,
        component.ref,
        str(component.purl or ""),
        component.vendor,
        component.name,
        component.version,
        doubt.reason,
    )


def _asset_of(component: Component, result: CheckResult) -> Asset:
    name = component.asset or result.inventory.name
    known = next((asset for asset in result.inventory.assets if asset.name == name), None)
    return known or Asset(name, result.exposed)
