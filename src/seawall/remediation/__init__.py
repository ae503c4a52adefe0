"""The operator's side: am I exposed, by when must I act."""

from seawall.remediation.model import Component, Exposure, Inventory

__all__ = ["Component", "Exposure", "Inventory"]
