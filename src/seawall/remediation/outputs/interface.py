"""The port of the family: a plan, written out for a reader.

Laws that every member keeps: equal sheets give equal bytes; what inventories and records say stays text, whatever it
tries to be; and what could not be decided or compared is written too, where the format has a place for it.
JSON is not here: it is what the command line prints of the dataclasses themselves.
"""

from __future__ import annotations

from importlib import import_module
from typing import Final, Protocol

import msgspec

from seawall.remediation.model import CheckResult
from seawall.remediation.planning.plan import Plan
from seawall.remediation.ports import IndexInfo

OUTPUTS: Final = ("html", "csv", "sarif", "openvex", "csaf-vex", "cyclonedx-vex")
_MODULES: Final = {
    "html": "html.page",
    "csv": "table",
    "sarif": "sarif",
    "openvex": "statements",
    "csaf-vex": "statements",
    "cyclonedx-vex": "statements",
}


class Sheet(msgspec.Struct, frozen=True):
    """What is written out."""

    result: CheckResult
    plan: Plan
    version: str
    """Seawall's."""
    index: IndexInfo | None = None
    """What the index is made of, where there is one."""
    author: str = "Seawall user"
    """Who speaks in VEX documents."""
    namespace: str = "https://openvex.dev/docs/public"
    """URL that belongs to the author, for VEX documents."""


class Output(Protocol):
    """One way to write a plan out."""

    name: str
    media_type: str
    suffix: str
    """Of file names, with the dot."""

    def write(self, sheet: Sheet) -> bytes:
        """Write it."""
        ...


def output_of(name: str) -> Output:
    """Return a member of the family; imported when it is first asked for.

    Args:
        name: One of `OUTPUTS`.
    """
    outputs: dict[str, Output] = import_module(f"seawall.remediation.outputs.{_MODULES[name]}").OUTPUTS
    return outputs[name]
