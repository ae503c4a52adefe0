"""Proof by a verifier that is not the finder.

`seawall.validation.service` and `register` hold `Prover` and `ProofRegister`; they are not exported here, so that
reading a grade does not load drivers and oracles.
"""

from seawall.validation.cases import CaseGrade, case_grade
from seawall.validation.errors import EnvironmentFailedError, EvidenceError
from seawall.validation.model import (
    ControlName,
    ControlRecord,
    ControlState,
    EnvironmentRecord,
    Grade,
    Outcome,
    Proof,
    Recipe,
    RunRecord,
)
from seawall.validation.ports import Environment, Environments, ProofStore, Runtime, ValidationUnit

__all__ = [
    "CaseGrade",
    "ControlName",
    "ControlRecord",
    "ControlState",
    "Environment",
    "EnvironmentFailedError",
    "EnvironmentRecord",
    "Environments",
    "EvidenceError",
    "Grade",
    "Outcome",
    "Proof",
    "ProofStore",
    "Recipe",
    "RunRecord",
    "Runtime",
    "ValidationUnit",
    "case_grade",
]
