"""SARIF 2.1.0 (OASIS): a rule for each vulnerability, a result for each exposure.

The place of a result is the inventory's file, since that is what a reviewer can open; the component and its asset are
logical locations. Levels: `error` for what is overdue or due within seven days, `warning` for what has a later date,
`note` for what has none and for possible matches. Fingerprints are made of asset, component and vulnerability, so that
a result keeps its identity when dates or texts change. What could not be decided, compared or read becomes a
notification of the run: silence would look like safety.

Left out on purpose: `security-severity`. The policy's date is what counts, and a made-up score would hide it.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote

import msgspec

from seawall.kernel.clock import rfc3339
from seawall.kernel.visible import visible
from seawall.remediation.model import Exposure, Vulnerability
from seawall.remediation.outputs.interface import Output, Sheet
from seawall.remediation.outputs.wording import headline, name_of
from seawall.remediation.planning.plan import Action, Urgency, Verb, urgency_of
from seawall.remediation.planning.reasons import in_words

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT: Final = "seawallExposure/v1"
_LEVELS: Final = {
    Urgency.OVERDUE: "error",
    Urgency.TODAY: "error",
    Urgency.WEEK: "error",
    Urgency.LATER: "warning",
    Urgency.UNDATED: "note",
}
_ENCODER: Final = msgspec.json.Encoder(order="deterministic")


class SarifOutput:
    """Writes SARIF."""

    name = "sarif"
    media_type = "application/sarif+json"
    suffix = ".sarif"

    def write(self, sheet: Sheet) -> bytes:
        """See `Output.write`."""
        plan = sheet.plan
        pairs = [(action, exposure) for action in plan.actions for exposure in action.exposures]
        rules = {exposure.vulnerability.id: exposure.vulnerability for _, exposure in pairs}
        index = {name: position for position, name in enumerate(sorted(rules))}
        run = {
            "tool": {
                "driver": {
                    "name": "Seawall",
                    "version": sheet.version or "0",
                    "rules": [_rule(rules[name]) for name in sorted(rules)],
                }
            },
            "invocations": [
                {
                    "executionSuccessful": True,
                    "endTimeUtc": rfc3339(sheet.result.at),
                    "toolExecutionNotifications": _notifications(sheet),
                }
            ],
            "results": [_result(sheet, action, exposure, index) for action, exposure in pairs],
            "columnKind": "unicodeCodePoints",
        }
        return msgspec.json.format(_ENCODER.encode({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}), indent=1)


def _rule(vulnerability: Vulnerability) -> dict[str, Any]:
    names = ", ".join(dict.fromkeys((vulnerability.id, *vulnerability.identifiers)))
    rule: dict[str, Any] = {
        "id": visible(vulnerability.id),
        "shortDescription": {"text": visible(vulnerability.title or vulnerability.id)},
        "help": {"text": visible(f"{names}. {vulnerability.title}".strip())},
        "properties": {"tags": ["security", "vulnerability"]},
    }
    url = next((url for url in vulnerability.urls if url.startswith(("https://", "http://"))), "")
    if url:
        rule["helpUri"] = quote(url, safe="%/:=&?~#+!$,;'@()*[]")
    return rule


def _result(sheet: Sheet, action: Action, exposure: Exposure, index: dict[str, int]) -> dict[str, Any]:
    decision, vulnerability = exposure.decision, exposure.vulnerability
    component = name_of(exposure.component)
    asset = exposure.asset.name or exposure.component.asset or sheet.plan.inventory
    urgency = urgency_of(decision.due, sheet.plan.today)
    due = f"due {decision.due.isoformat()}" if decision.due else "no fixed date"
    evidence = " Secure volatile evidence before you change anything." if decision.forensics else ""
    message = f"{component} on {asset} is affected by {vulnerability.id}, {due}. {headline(action)}.{evidence}"
    identity = f"{asset}\0{component}\0{exposure.component.ref}\0{vulnerability.id}"
    fingerprint = sha256(identity.encode("utf-8", "replace"))
    return {
        "ruleId": visible(vulnerability.id),
        "ruleIndex": index[vulnerability.id],
        "level": "note" if action.verb is Verb.LOOK else _LEVELS[urgency],
        "message": {"text": visible(message)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(sheet.plan.inventory)},
                    "region": {"startLine": 1},
                },
                "logicalLocations": [
                    {
                        "name": visible(component),
                        "fullyQualifiedName": visible(f"{asset}/{component}"),
                        "kind": "package",
                    }
                ],
            }
        ],
        "partialFingerprints": {FINGERPRINT: fingerprint.hexdigest()},
        "properties": {
            "due": decision.due.isoformat() if decision.due else None,
            "outcome": decision.outcome,
            "policy": decision.policy,
            "urgency": urgency.value,
            "forensics": decision.forensics,
            "action": action.verb.value,
            "target": visible(action.target),
            "asset": visible(asset),
            "owner": visible(exposure.asset.owner),
            "confidence": exposure.confidence.value,
            "matched": visible(exposure.matched),
            "records": [visible(record) for record in exposure.records],
            "points": {
                value.point.value: {
                    "value": value.value,
                    "words": in_words(value).words,
                    "source": visible(value.source),
                    "asOf": value.as_of,
                    "assumed": value.assumed,
                }
                for value in decision.points
            },
            "reason": visible(decision.reason),
        },
    }


def _notifications(sheet: Sheet) -> list[dict[str, Any]]:
    plan = sheet.plan
    doubts = [doubt for action in plan.actions for doubt in action.doubts]
    words = [
        *plan.warnings,
        *sheet.result.inventory.notes,
        *(f"not decided: {name_of(one.component)} and {one.vulnerability}: {one.reason}" for one in doubts),
        *(f"not compared: {one.components} components of {one.ecosystem}: {one.reason}" for one in plan.not_compared),
        *(f"not read: {reason}" for reason in plan.unreadable),
        *(
            f"set aside: {one.exposure.vulnerability.id} in {name_of(one.exposure.component)}: {one.reason}"
            for one in plan.set_aside
        ),
    ]
    return [{"level": "warning", "message": {"text": visible(text)}} for text in words]


def _uri(name: str) -> str:
    path = name.replace("\\", "/").strip().lstrip("/")
    return quote(path.encode("utf-8", "replace"), safe="/") or "inventory"


OUTPUTS: Final[dict[str, Output]] = {"sarif": SarifOutput()}
