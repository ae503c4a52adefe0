"""The sentences of a plan: what, how and by when, for people who are no specialists.

Nothing here decides anything. No command line ever holds a name from an inventory: somebody might paste it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from seawall.remediation.model import Asset, Component
from seawall.remediation.outputs.text import count, day, listed
from seawall.remediation.planning.plan import Action, Place, Plan, Urgency, Verb, advice_on
from seawall.remediation.planning.reasons import Reason

FORENSICS: Final = (
    ("Within 2 hours", "find out which systems are concerned, and report it to whoever is responsible for security."),
    (
        "Within 24 hours, and before you change anything",
        "save what is lost by a restart: memory, running programs, network connections, logs. Do not switch it off.",
    ),
    ("Within 72 hours", "decide with what was found: no break-in, a suspected one, or a confirmed one."),
)
"""What goes with an outcome that asks for a forensic triage (CISA BOD 26-04, 3DF): when, and what."""
_UPDATERS: Final = {
    "deb": "sudo apt update && sudo apt upgrade",
    "rpm": "sudo dnf upgrade",
    "apk": "sudo apk upgrade --update-cache",
}
_MOST: Final = 6
"""Names that are listed before the rest is counted."""


def headline(action: Action) -> str:
    """Say in one line what to do."""
    name = action.subject.name
    if action.verb is Verb.UPGRADE:
        return f"Upgrade {name} to {action.target} or later"
    if action.verb is Verb.REMEDY:
        remedies = "remedy" if len(action.remedies) == 1 else "remedies"
        return f"Apply the vendor's {remedies} to {name}"
    if action.verb is Verb.MITIGATE:
        inside = action.subject.type and action.subject.type not in _UPDATERS
        return f"Shield or isolate {'what uses ' if inside else ''}{name}: no fix is known"
    return f"Look whether {name} is concerned"


def how(action: Action) -> tuple[str, ...]:
    """Say how it is done, one sentence or two a step."""
    steps: list[str] = []
    name, target = action.subject.name, action.target
    if action.verb is Verb.UPGRADE:
        steps += _upgrade(action)
    elif action.verb is Verb.MITIGATE:
        steps += [
            "Let only the machines that need it reach it: put it behind a firewall, or into a network of its own.",
            "If it is not needed, switch it off.",
            "Ask the vendor when a fix will come, and check again each week.",
        ]
    elif action.verb is Verb.LOOK:
        steps += [f"Why it is not certain: {words}." for words in certainty(action)[:_MOST]]
        steps += [f"Why it could not be decided: {one.vulnerability}, {one.reason}." for one in action.doubts[:_MOST]]
        if len(action.doubts) > _MOST:
            steps.append(f"There are {len(action.doubts) - _MOST} more such records.")
        if action.exposures:
            steps.append("If it is the product that you have, act by the date given. If it is not, reject the match.")
        else:
            steps.append("Read what the vendor says about it, and note the result here.")
    steps += [_quoted(words, action) for words in action.remedies]
    own = tuple(name for name in action.target_affected_by if name not in action.stays_open)
    if own:
        steps.append(
            f"{target} itself has {listed(own, _MOST)}, and no release without is known: look for a later one."
        )
    if action.stays_open:
        steps.append(f"This does not close {listed(action.stays_open, _MOST)} in {name}; there is an entry of its own.")
    return tuple(steps)


def _quoted(words: str, action: Action) -> str:
    """Say what the records advise; where there are several advices, against which vulnerabilities."""
    said = " ".join(words.split())
    if len(action.remedies) == 1:
        return f"The vendor or the record says: {said}"
    against = dict.fromkeys(
        exposure.vulnerability.id for exposure in action.exposures if words in {exposure.remedy, *advice_on(exposure)}
    )
    return f"Against {listed(tuple(against), _MOST)}: {said}"


def _upgrade(action: Action) -> list[str]:
    name, target, type_ = action.subject.name, action.target, action.subject.type
    if type_ in _UPDATERS:
        return [f"Install the system's updates ({_UPDATERS[type_]}), then restart what uses {name}."]
    if type_:
        return [
            f"{name} is a part inside other software.",
            f"If you bought that software, ask its vendor for a release with {name} {target} or later.",
            "If you build it yourselves, raise the version, build it and install it.",
        ]
    return [f"Get release {target} or later from the vendor, and follow the vendor's instructions."]


def deadline(action: Action, today: date) -> str:
    """Say by when."""
    due, urgency = action.due, action.urgency
    if due is None and not action.exposures:
        return "No date: nothing is certain until somebody has looked"
    if due is None:
        return "No fixed date: at the next scheduled upgrade"
    if urgency is Urgency.OVERDUE:
        return f"Was due on {day(due)}, {count((today - due).days, 'day')} ago"
    return f"By {day(due)}" + (", which is today" if urgency is Urgency.TODAY else "")


def why(reason: Reason) -> str:
    """Say what makes one vulnerability urgent, or why it is not; what was assumed is said to be.

    If anything shortens the time, or if anything is unknown, only that is said: the rest stands in `Reason.decision`.
    """
    telling = [point for point in reason.points if point.severe or point.unknown] or list(reason.points)
    said = "; ".join(f"{point.words}{' (assumed)' if point.assumed and not point.unknown else ''}" for point in telling)
    contradicted = f" {listed(reason.contradicted_by, _MOST)} does not call this version affected."
    sentence = f"{said[:1].upper()}{said[1:]}. Therefore {reason.outcome}."
    return sentence + (contradicted if reason.contradicted_by else "")


def whys(action: Action, most: int) -> tuple[tuple[str, tuple[Reason, ...]], ...]:
    """Return the first reasons of an action, those of which the same is to be said together."""
    found: dict[str, list[Reason]] = {}
    for reason in action.reasons[:most]:
        found.setdefault(why(reason), []).append(reason)
    return tuple((words, tuple(reasons)) for words, reasons in found.items())


def certainty(action: Action) -> tuple[str, ...]:
    """Say why products were taken to be the ones that the records name."""
    return tuple(dict.fromkeys(reason.because for reason in action.reasons if reason.because))


def due_day(due: date | None) -> str:
    """The date alone, for tables."""
    return day(due) if due else "no fixed date"


@dataclass(frozen=True, slots=True)
class Site:
    """One asset of an action, with all that is to be done there."""

    asset: Asset
    versions: tuple[str, ...]
    entries: tuple[str, ...]
    """Names of the components in the inventory."""
    due: date | None


def sites(action: Action) -> tuple[Site, ...]:
    """Join the places of an action that are on one asset, in their order: soonest due first."""
    found: dict[str, list[Place]] = {}
    for place in action.places:
        found.setdefault(place.asset.name, []).append(place)
    return tuple(
        Site(
            places[0].asset,
            tuple(dict.fromkeys(place.version for place in places if place.version)),
            tuple(dict.fromkeys(place.component.ref for place in places)),
            places[0].due,
        )
        for places in found.values()
    )


def name_of(component: Component) -> str:
    """Name a component with its version, for people and for VEX."""
    if component.purl is not None:
        return str(component.purl)
    named = " ".join(f"{component.vendor} {component.name} {component.version}".split())
    return named or component.cpe or component.ref


def summary(plan: Plan) -> tuple[str, str, str]:
    """Say in three lines what the plan amounts to."""
    doing = [action for action in plan.actions if action.verb is not Verb.LOOK]
    looking = len(plan.actions) - len(doing)
    assets = {place.asset.name for action in plan.actions for place in action.places}
    if not plan.actions:
        return (
            "Nothing that could be compared is affected by a known vulnerability.",
            "Nothing is due.",
            _gaps(plan) or "Everything in the inventory could be compared.",
        )
    first = plan.dated[0] if plan.dated else None
    things = count(len(plan.actions), "thing") + " to do"
    if first is None:
        opening = f"{things}; none has a fixed date."
    elif first.urgency is Urgency.OVERDUE:
        opening = f"{things}; the first was due on {day(first.due or plan.today)}."
    else:
        opening = f"{things}; the first by {day(first.due or plan.today)}."
    tally = [
        f"{number} {words}"
        for urgency, words in (
            (Urgency.OVERDUE, "overdue"),
            (Urgency.TODAY, "due today"),
            (Urgency.WEEK, "due within seven days"),
            (Urgency.LATER, "due later"),
            (Urgency.UNDATED, "without a fixed date"),
        )
        if (number := sum(action.urgency is urgency for action in plan.actions))
    ]
    exploited = {reason.vulnerability for action in doing for reason in action.reasons if reason.exploited}
    closing = [f"{count(len(assets), 'asset')} concerned."]
    if exploited:
        closing.append(
            f"Attackers already use {count(len(exploited), 'of the vulnerabilities', 'of the vulnerabilities')}."
        )
    if looking:
        closing.append(f"{count(looking, 'entry needs', 'entries need')} somebody to look.")
    return opening, f"{', '.join(tally)}.", " ".join((*closing, _gaps(plan))).strip()


def _gaps(plan: Plan) -> str:
    skipped = sum(entry.components for entry in plan.not_compared) + len(plan.unreadable)
    return f"{count(skipped, 'component')} could not be compared." if skipped else ""
