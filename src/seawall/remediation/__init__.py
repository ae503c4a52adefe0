"""The operator's side: am I exposed, by when must I act."""

from seawall.remediation.cyclonedx import parse_inventory, read_inventory
from seawall.remediation.matching import Hit, Matching, fold, match, package_key
from seawall.remediation.model import (
    AffectedPackage,
    CheckResult,
    Component,
    Exposure,
    Inventory,
    KnownVulnerability,
    NotCompared,
    Undecided,
)
from seawall.remediation.osv import OsvReading, known_from_osv, read_osv
from seawall.remediation.service import CheckService

__all__ = [
    "AffectedPackage",
    "CheckResult",
    "CheckService",
    "Component",
    "Exposure",
    "Hit",
    "Inventory",
    "KnownVulnerability",
    "Matching",
    "NotCompared",
    "OsvReading",
    "Undecided",
    "fold",
    "known_from_osv",
    "match",
    "package_key",
    "parse_inventory",
    "read_inventory",
    "read_osv",
]
