"""The operator's side: am I exposed, by when must I act, am I done.

Names are imported when they are first asked for: a check starts in a fraction of a second for it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seawall.remediation.check import CheckService
    from seawall.remediation.inventories import parse_inventory, read_inventory
    from seawall.remediation.model import (
        Affected,
        Answer,
        Asset,
        CheckResult,
        Component,
        Confidence,
        Doubt,
        Exposure,
        Hit,
        Inventory,
        NotCompared,
        ProductName,
        Record,
        Undecided,
        Verdict,
        VexStatement,
        VexStatus,
        Vulnerability,
    )
    from seawall.remediation.planning.plan import Action, Plan, exit_code_of, plan_of
    from seawall.remediation.ports import IndexInfo, Rulings, VulnerabilityIndex
    from seawall.remediation.seen import SeenFile

_WHERE = {
    "check": ("CheckService",),
    "inventories": ("parse_inventory", "read_inventory"),
    "model": (
        "Affected",
        "Answer",
        "Asset",
        "CheckResult",
        "Component",
        "Confidence",
        "Doubt",
        "Exposure",
        "Hit",
        "Inventory",
        "NotCompared",
        "ProductName",
        "Record",
        "Undecided",
        "Verdict",
        "VexStatement",
        "VexStatus",
        "Vulnerability",
    ),
    "planning.plan": ("Action", "Plan", "exit_code_of", "plan_of"),
    "ports": ("IndexInfo", "Rulings", "VulnerabilityIndex"),
    "seen": ("SeenFile",),
}
_MODULES = {name: module for module, names in _WHERE.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"seawall.remediation.{_MODULES[name]}"), name)


__all__ = [
    "Action",
    "Affected",
    "Answer",
    "Asset",
    "CheckResult",
    "CheckService",
    "Component",
    "Confidence",
    "Doubt",
    "Exposure",
    "Hit",
    "IndexInfo",
    "Inventory",
    "NotCompared",
    "Plan",
    "ProductName",
    "Record",
    "Rulings",
    "SeenFile",
    "Undecided",
    "Verdict",
    "VexStatement",
    "VexStatus",
    "Vulnerability",
    "VulnerabilityIndex",
    "exit_code_of",
    "parse_inventory",
    "plan_of",
    "read_inventory",
]
