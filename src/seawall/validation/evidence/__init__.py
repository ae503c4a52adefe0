"""The evidence language: what a finder may supply, read from hostile data into checked types."""

from seawall.validation.evidence.language import (
    Archive,
    ArchiveEntry,
    Call,
    InputEvidence,
    ScriptEvidence,
    digest_of,
    read_evidence,
)
from seawall.validation.evidence.limits import DEFAULT_EVIDENCE_LIMITS, EvidenceLimits
from seawall.validation.evidence.placeholders import Draw, substitute

__all__ = [
    "DEFAULT_EVIDENCE_LIMITS",
    "Archive",
    "ArchiveEntry",
    "Call",
    "Draw",
    "EvidenceLimits",
    "InputEvidence",
    "ScriptEvidence",
    "digest_of",
    "read_evidence",
    "substitute",
]
