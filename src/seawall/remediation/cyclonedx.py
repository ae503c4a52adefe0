"""The old place of the inventory reader; see `seawall.remediation.inventories`."""

from __future__ import annotations

from seawall.remediation.inventories import parse_inventory, read_inventory

__all__ = ["parse_inventory", "read_inventory"]
