"""Controls: how false claims give themselves away. One file for each."""

from __future__ import annotations

from typing import Final

from seawall.validation.controls.absent_target import absent_target
from seawall.validation.controls.benign_input import benign_input
from seawall.validation.controls.fixed_version import fixed_version
from seawall.validation.controls.interface import Control, Subject
from seawall.validation.controls.threat_model import ThreatModelRule, load_rules, threat_model

__all__ = ["CONTROLS", "Control", "Subject", "ThreatModelRule", "load_rules", "threat_model"]

CONTROLS: Final[tuple[Control, ...]] = (absent_target, benign_input, fixed_version)
"""Those that make runs, cheapest first; the first one that is broken decides."""
