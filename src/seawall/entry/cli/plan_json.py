"""A check as one JSON document: the result in full, and the plan that refers to it by vulnerability and component."""

from __future__ import annotations

from seawall.remediation import CheckResult, Plan, exit_code_of
from seawall.remediation.planning.plan import Action


def document_of(result: CheckResult, plan: Plan, unread_records: tuple[str, ...]) -> dict[str, object]:
    """Return what `--json` prints."""
    return {
        "result": result,
        "plan": {
            "today": plan.today,
            "actions": [_action(action) for action in plan.actions],
            "set_aside": [
                {
                    "vulnerability": item.exposure.vulnerability.id,
                    "component": item.exposure.component.ref,
                    "why": item.reason,
                }
                for item in plan.set_aside
            ],
        },
        "unread_records": unread_records,
        "exit_code": exit_code_of(plan),
    }


def _action(action: Action) -> dict[str, object]:
    return {
        "verb": action.verb,
        "subject": action.subject.name,
        "target": action.target,
        "due": action.due,
        "urgency": action.urgency,
        "forensics": action.forensics,
        "confidence": action.confidence,
        "places": [
            {
                "asset": place.asset.name,
                "owner": place.asset.owner,
                "component": place.component.ref,
                "version": place.version,
                "due": place.due,
            }
            for place in action.places
        ],
        "closes": [reason.vulnerability for reason in action.reasons],
        "doubts": [doubt.vulnerability for doubt in action.doubts],
        "remedies": action.remedies,
        "stays_open": action.stays_open,
    }
