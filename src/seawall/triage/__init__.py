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

__all__ = ["Case", "DecisionState", "Explanation", "Layer", "MergeDecision", "Proposal", "Split", "TriageBatch"]
