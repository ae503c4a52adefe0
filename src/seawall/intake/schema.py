"""The published JSON Schema of the Seawall report, generated from the structs that read it.

`docs/seawall-report.schema.json` is a copy for submitters; a test keeps it current. Write it anew with
`python -m seawall.intake.schema > docs/seawall-report.schema.json`.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import msgspec

from seawall.intake.formats.seawall_wire import VERSION, ReportWire


def report_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the Seawall report; `docs/seawall-report.schema.json` is this."""
    (reference,), definitions = msgspec.json.schema_components([ReportWire], ref_template="#/$defs/{name}")
    definitions["ReportWire"]["properties"]["seawall_report"]["const"] = VERSION
    definitions["FileWire"]["oneOf"] = [{"required": ["text"]}, {"required": ["base64"]}]
    renamed = {name: name.removesuffix("Wire") for name in definitions}
    text = msgspec.json.encode(definitions | {"": reference}).decode()
    for name, public in renamed.items():
        text = text.replace(f'"#/$defs/{name}"', f'"#/$defs/{public}"')
    rewritten = msgspec.json.decode(text)
    reference = rewritten.pop("")
    for definition in rewritten.values():
        definition["title"] = definition["title"].removesuffix("Wire")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:seawall:report:{VERSION}",
        "title": f"Seawall report {VERSION}",
        **reference,
        "$defs": {renamed[name]: definition for name, definition in rewritten.items()},
    }


def report_schema_text() -> str:
    """Return the schema as it is published: indented JSON with a newline at its end."""
    return json.dumps(report_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(report_schema_text())
