"""One case for one vulnerability; merges explained, lossless, reversible."""

from seawall.triage.model import (
    Case,
    DecisionState,
    Explanation,
    Layer,
    MergeDecision,
    Proposal,
    Split,
    TriageBatch,
)
from seawall.triage.service import TriageService

__all__ = [
    "Case",
    "DecisionState",
    "Explanation",
    "Layer",
    "MergeDecision",
    "Proposal",
    "Split",
    "TriageBatch",
    "TriageService",
]
