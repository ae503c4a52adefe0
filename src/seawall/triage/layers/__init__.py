"""The merging layers, in the order in which they speak. A new layer is one file and one line here."""

from seawall.triage.layers.crashes import CrashLayer, crash_differently
from seawall.triage.layers.hints import HintLayer
from seawall.triage.layers.identifiers import IdentifierLayer, contradict, unrelated
from seawall.triage.layers.interface import AUTOMATIC, Level, Link, MatchLayer, Standing
from seawall.triage.layers.places import PlaceLayer
from seawall.triage.layers.wording import WordingLayer

LAYERS: tuple[MatchLayer, ...] = (IdentifierLayer(), CrashLayer(), PlaceLayer(), WordingLayer())
"""Layers that merge, strongest first."""
HINTS: MatchLayer = HintLayer()

__all__ = [
    "AUTOMATIC",
    "HINTS",
    "LAYERS",
    "Level",
    "Link",
    "MatchLayer",
    "Standing",
    "contradict",
    "crash_differently",
    "unrelated",
]
