"""What first, by when, and why."""

from seawall.priority.model import Decision, Point, PointValue, Signal

__all__ = ["Decision", "Point", "PointValue", "Signal"]
