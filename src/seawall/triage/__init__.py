"""One case for one vulnerability; merges explained, lossless, reversible."""

from seawall.triage.model import Case, DecisionState, Layer, MergeDecision

__all__ = ["Case", "DecisionState", "Layer", "MergeDecision"]
