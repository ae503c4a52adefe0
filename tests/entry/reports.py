"""Reports, inventories and feeds of our own, small enough to read."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from seawall.validation import (
    ControlName,
    ControlRecord,
    ControlState,
    Grade,
    Outcome,
    Proof,
    RunRecord,
)

CANARY = "open('@@CANARY@@', 'w').close()"
TRUE_CALL = {"call": "seawall_sample:evaluate", "args": [CANARY]}
_SCRIPT = "import os\nimport seawall_sample\nopen(os.environ['SEAWALL_CANARY'], 'w').write('x')\n"


def report(
    title: str = "evaluate runs code",
    *,
    purl: str = "pkg:pypi/seawall-sample@1.0",
    weakness: str = "CWE-95",
    marking: str = "TLP:CLEAR",
    **members: Any,
) -> str:
    """Return a Seawall report in JSON."""
    return json.dumps(
        {
            "seawall_report": "1.0",
            "title": title,
            "description": f"{title}: found while reading the source.",
            "weaknesses": [weakness],
            "products": [{"purl": purl, "events": [{"introduced": "0"}, {"fixed": "1.1"}]}],
            "marking": marking,
            **members,
        },
    )


def evidence(**members: Any) -> dict[str, Any]:
    """Return evidence that shows the effect, except as `members` say otherwise."""
    return {"kind": "input", "entry": TRUE_CALL, "oracle": {"kind": "canary"}, **members}


def true_report() -> str:
    """The effect is real, and gone in 1.1."""
    return report(identifiers=["CVE-2026-1001"], evidence=evidence(fixed_version="1.1"))


def faked_report() -> str:
    """The script writes the marker itself."""
    script = {"kind": "script", "script": "poc.py", "files": {"poc.py": {"text": _SCRIPT}}}
    return report(
        "A file appears on import",
        weakness="CWE-73",
        identifiers=["CVE-2026-1002"],
        evidence={**script, "oracle": {"kind": "canary"}},
    )


def missing_function_report() -> str:
    """There is no such function."""
    entry = {"call": "seawall_sample:decode", "args": [CANARY]}
    return report(
        "decode trusts its input", weakness="CWE-502", identifiers=["CVE-2026-1003"], evidence=evidence(entry=entry)
    )


def fixed_already_report() -> str:
    """The version that is named has the fix."""
    return report(
        "Still able to inject",
        purl="pkg:pypi/seawall-sample@1.1",
        weakness="CWE-94",
        identifiers=["CVE-2026-1004"],
        evidence=evidence(),
    )


def sbom(*purls: str) -> str:
    """Return a CycloneDX inventory."""
    components = [
        {"type": "library", "name": purl.partition("@")[0], "purl": purl, "bom-ref": f"ref-{number}"}
        for number, purl in enumerate(purls)
    ]
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": components})


def kev(*identifiers: str) -> str:
    """Return a catalogue of what is exploited."""
    entries = [
        {
            "cveID": identifier,
            "vendorProject": "Sample",
            "product": "sample",
            "vulnerabilityName": "A sample",
            "dateAdded": "2026-11-01",
            "shortDescription": "A sample.",
            "requiredAction": "Update.",
            "dueDate": "2026-11-22",
            "knownRansomwareCampaignUse": "Unknown",
            "notes": "",
            "cwes": [],
        }
        for identifier in identifiers
    ]
    return json.dumps(
        {
            "title": "Sample",
            "catalogVersion": "2026.11.01",
            "dateReleased": "2026-11-01T12:00:00.0000Z",
            "count": len(entries),
            "vulnerabilities": entries,
        }
    )


def cve_record(identifier: str, *, automatable: str, impact: str) -> str:
    """Return a CVE record with CISA's container of SSVC points."""
    stamp = "2026-11-02T10:00:00.000000Z"
    options = [{"Exploitation": "poc"}, {"Automatable": automatable}, {"Technical Impact": impact}]
    content = {"id": identifier, "role": "CISA Coordinator", "options": options, "version": "2.0.3", "timestamp": stamp}
    own = {"orgId": "00000000-0000-4000-8000-000000000000", "shortName": "sample", "dateUpdated": stamp}
    adp = {"orgId": "134c704f-9b21-4f2e-91b3-4a467353bcc0", "shortName": "CISA-ADP", "dateUpdated": stamp}
    return json.dumps(
        {
            "dataType": "CVE_RECORD",
            "dataVersion": "5.1",
            "cveMetadata": {
                "cveId": identifier,
                "state": "PUBLISHED",
                "assignerOrgId": own["orgId"],
                "datePublished": stamp,
                "dateUpdated": stamp,
            },
            "containers": {
                "cna": {"providerMetadata": own, "descriptions": [{"lang": "en", "value": "A sample."}], "metrics": []},
                "adp": [
                    {
                        "title": "CISA ADP Vulnrichment",
                        "providerMetadata": adp,
                        "metrics": [{"other": {"type": "ssvc", "content": content}}],
                    }
                ],
            },
        }
    )


def proof(finding_id: str, at: datetime, detail: str = "the marker file is there") -> Proof:
    """Return the record of a proof that went well, for tests that need one and no sandbox."""
    run = RunRecord("vulnerable", Outcome.REPRODUCED, detail, 0.1, 0.2, "0" * 64)
    control = ControlRecord(ControlName.ABSENT_TARGET, ControlState.HELD, detail)
    return Proof(
        id="SWP-0",
        finding_id=finding_id,
        grade=Grade.INPUT_REPRODUCED,
        reason=f"seen in 1 of 1 runs ({detail})",
        rule="validation.grade/1",
        evidence_digest="1" * 64,
        driver="python/1",
        oracle="canary/1",
        seen=1,
        tried=1,
        runs=(run,),
        controls=(control,),
        environments=(),
        decided_at=at,
    )
