"""The CVSS objects that CSAF 2.0 allows: versions 2.0, 3.0 and 3.1, as FIRST's JSON representation defines them.

The typed objects are the schema of test 6.1.8. `PROPERTIES` says which member of the object repeats which metric of
the vector, for test 6.1.10. Scores are computed by the `cvss` library, never here.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Meta

from seawall.advisories.csaf.types import UNSET, UnsetType, Wire

_V2_METRIC: Final = (
    r"(?:AV:[NAL]|AC:[LMH]|Au:[MSN]|[CIA]:[NPC]|E:(?:U|POC|F|H|ND)|RL:(?:OF|TF|W|U|ND)|RC:(?:UC|UR|C|ND)|"
    r"CDP:(?:N|L|LM|MH|H|ND)|TD:(?:N|L|M|H|ND)|[CIA]R:(?:L|M|H|ND))"
)
_V3_METRIC: Final = (
    r"(?:AV:[NALP]|AC:[LH]|PR:[NLH]|UI:[NR]|S:[UC]|[CIA]:[NLH]|E:[XUPFH]|RL:[XOTWU]|RC:[XURC]|[CIA]R:[XLMH]|"
    r"MAV:[XNALP]|MAC:[XLH]|MPR:[XNLH]|MUI:[XNR]|MS:[XUC]|M[CIA]:[XNLH])"
)
_END: Final = r"$(?!\n)"

Score = Annotated[float, Meta(ge=0, le=10)]
Rating = Literal["NONE", "LOW", "MEDIUM", "HIGH", "CRITICAL"]
_Requirement = Literal["LOW", "MEDIUM", "HIGH", "NOT_DEFINED"]
_Remediation = Literal["OFFICIAL_FIX", "TEMPORARY_FIX", "WORKAROUND", "UNAVAILABLE", "NOT_DEFINED"]
_Exploit = Literal["UNPROVEN", "PROOF_OF_CONCEPT", "FUNCTIONAL", "HIGH", "NOT_DEFINED"]
_ImpactV2 = Literal["NONE", "PARTIAL", "COMPLETE"]
_Impact = Literal["NONE", "LOW", "HIGH"]
_ModifiedImpact = Literal["NONE", "LOW", "HIGH", "NOT_DEFINED"]
_Vector = Literal["NETWORK", "ADJACENT_NETWORK", "LOCAL", "PHYSICAL"]


class CVSSv2(Wire, frozen=True, rename="camel"):
    """A CVSS 2.0 object."""

    version: Literal["2.0"]
    vector_string: Annotated[str, Meta(pattern=rf"^(?:{_V2_METRIC}/)*{_V2_METRIC}{_END}")]
    base_score: Score
    access_vector: Literal["NETWORK", "ADJACENT_NETWORK", "LOCAL"] | UnsetType = UNSET
    access_complexity: Literal["HIGH", "MEDIUM", "LOW"] | UnsetType = UNSET
    authentication: Literal["MULTIPLE", "SINGLE", "NONE"] | UnsetType = UNSET
    confidentiality_impact: _ImpactV2 | UnsetType = UNSET
    integrity_impact: _ImpactV2 | UnsetType = UNSET
    availability_impact: _ImpactV2 | UnsetType = UNSET
    exploitability: _Exploit | UnsetType = UNSET
    remediation_level: _Remediation | UnsetType = UNSET
    report_confidence: Literal["UNCONFIRMED", "UNCORROBORATED", "CONFIRMED", "NOT_DEFINED"] | UnsetType = UNSET
    temporal_score: Score | UnsetType = UNSET
    collateral_damage_potential: (
        Literal["NONE", "LOW", "LOW_MEDIUM", "MEDIUM_HIGH", "HIGH", "NOT_DEFINED"] | UnsetType
    ) = UNSET
    target_distribution: Literal["NONE", "LOW", "MEDIUM", "HIGH", "NOT_DEFINED"] | UnsetType = UNSET
    confidentiality_requirement: _Requirement | UnsetType = UNSET
    integrity_requirement: _Requirement | UnsetType = UNSET
    availability_requirement: _Requirement | UnsetType = UNSET
    environmental_score: Score | UnsetType = UNSET


class _CVSSv3(Wire, frozen=True, rename="camel"):
    base_score: Score
    base_severity: Rating
    attack_vector: _Vector | UnsetType = UNSET
    attack_complexity: Literal["HIGH", "LOW"] | UnsetType = UNSET
    privileges_required: Literal["HIGH", "LOW", "NONE"] | UnsetType = UNSET
    user_interaction: Literal["NONE", "REQUIRED"] | UnsetType = UNSET
    scope: Literal["UNCHANGED", "CHANGED"] | UnsetType = UNSET
    confidentiality_impact: _Impact | UnsetType = UNSET
    integrity_impact: _Impact | UnsetType = UNSET
    availability_impact: _Impact | UnsetType = UNSET
    exploit_code_maturity: _Exploit | UnsetType = UNSET
    remediation_level: _Remediation | UnsetType = UNSET
    report_confidence: Literal["UNKNOWN", "REASONABLE", "CONFIRMED", "NOT_DEFINED"] | UnsetType = UNSET
    temporal_score: Score | UnsetType = UNSET
    temporal_severity: Rating | UnsetType = UNSET
    confidentiality_requirement: _Requirement | UnsetType = UNSET
    integrity_requirement: _Requirement | UnsetType = UNSET
    availability_requirement: _Requirement | UnsetType = UNSET
    modified_attack_vector: Literal["NETWORK", "ADJACENT_NETWORK", "LOCAL", "PHYSICAL", "NOT_DEFINED"] | UnsetType = (
        UNSET
    )
    modified_attack_complexity: Literal["HIGH", "LOW", "NOT_DEFINED"] | UnsetType = UNSET
    modified_privileges_required: Literal["HIGH", "LOW", "NONE", "NOT_DEFINED"] | UnsetType = UNSET
    modified_user_interaction: Literal["NONE", "REQUIRED", "NOT_DEFINED"] | UnsetType = UNSET
    modified_scope: Literal["UNCHANGED", "CHANGED", "NOT_DEFINED"] | UnsetType = UNSET
    modified_confidentiality_impact: _ModifiedImpact | UnsetType = UNSET
    modified_integrity_impact: _ModifiedImpact | UnsetType = UNSET
    modified_availability_impact: _ModifiedImpact | UnsetType = UNSET
    environmental_score: Score | UnsetType = UNSET
    environmental_severity: Rating | UnsetType = UNSET


class CVSSv30(_CVSSv3, frozen=True, kw_only=True, tag_field="version", tag="3.0"):
    """A CVSS 3.0 object."""

    vector_string: Annotated[str, Meta(pattern=rf"^CVSS:3\.0/(?:{_V3_METRIC}/)*{_V3_METRIC}{_END}")]

    @property
    def version(self) -> str:
        """The version, for use beside `CVSSv2.version`."""
        return "3.0"


class CVSSv31(_CVSSv3, frozen=True, kw_only=True, tag_field="version", tag="3.1"):
    """A CVSS 3.1 object."""

    vector_string: Annotated[str, Meta(pattern=rf"^CVSS:3\.1/(?:{_V3_METRIC}/)*{_V3_METRIC}{_END}")]

    @property
    def version(self) -> str:
        """The version, for use beside `CVSSv2.version`."""
        return "3.1"


_REQUIREMENT: Final = {"L": "LOW", "M": "MEDIUM", "H": "HIGH", "X": "NOT_DEFINED", "ND": "NOT_DEFINED"}
_IMPACT_V2: Final = {"N": "NONE", "P": "PARTIAL", "C": "COMPLETE"}
_IMPACT: Final = {"N": "NONE", "L": "LOW", "H": "HIGH", "X": "NOT_DEFINED"}
_VECTOR: Final = {"N": "NETWORK", "A": "ADJACENT_NETWORK", "L": "LOCAL", "P": "PHYSICAL", "X": "NOT_DEFINED"}
_LEVEL: Final = {"H": "HIGH", "M": "MEDIUM", "L": "LOW", "N": "NONE", "X": "NOT_DEFINED", "ND": "NOT_DEFINED"}
_INTERACTION: Final = {"N": "NONE", "R": "REQUIRED", "X": "NOT_DEFINED"}
_SCOPE: Final = {"U": "UNCHANGED", "C": "CHANGED", "X": "NOT_DEFINED"}

PROPERTIES_V2: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "AV": ("access_vector", _VECTOR),
    "AC": ("access_complexity", _LEVEL),
    "Au": ("authentication", {"M": "MULTIPLE", "S": "SINGLE", "N": "NONE"}),
    "C": ("confidentiality_impact", _IMPACT_V2),
    "I": ("integrity_impact", _IMPACT_V2),
    "A": ("availability_impact", _IMPACT_V2),
    "E": (
        "exploitability",
        {"U": "UNPROVEN", "POC": "PROOF_OF_CONCEPT", "F": "FUNCTIONAL", "H": "HIGH", "ND": "NOT_DEFINED"},
    ),
    "RL": (
        "remediation_level",
        {"OF": "OFFICIAL_FIX", "TF": "TEMPORARY_FIX", "W": "WORKAROUND", "U": "UNAVAILABLE", "ND": "NOT_DEFINED"},
    ),
    "RC": (
        "report_confidence",
        {"UC": "UNCONFIRMED", "UR": "UNCORROBORATED", "C": "CONFIRMED", "ND": "NOT_DEFINED"},
    ),
    "CDP": (
        "collateral_damage_potential",
        {"N": "NONE", "L": "LOW", "LM": "LOW_MEDIUM", "MH": "MEDIUM_HIGH", "H": "HIGH", "ND": "NOT_DEFINED"},
    ),
    "TD": ("target_distribution", _LEVEL),
    "CR": ("confidentiality_requirement", _REQUIREMENT),
    "IR": ("integrity_requirement", _REQUIREMENT),
    "AR": ("availability_requirement", _REQUIREMENT),
}
PROPERTIES_V3: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "AV": ("attack_vector", _VECTOR),
    "AC": ("attack_complexity", _LEVEL),
    "PR": ("privileges_required", _LEVEL),
    "UI": ("user_interaction", _INTERACTION),
    "S": ("scope", _SCOPE),
    "C": ("confidentiality_impact", _IMPACT),
    "I": ("integrity_impact", _IMPACT),
    "A": ("availability_impact", _IMPACT),
    "E": (
        "exploit_code_maturity",
        {"U": "UNPROVEN", "P": "PROOF_OF_CONCEPT", "F": "FUNCTIONAL", "H": "HIGH", "X": "NOT_DEFINED"},
    ),
    "RL": (
        "remediation_level",
        {"O": "OFFICIAL_FIX", "T": "TEMPORARY_FIX", "W": "WORKAROUND", "U": "UNAVAILABLE", "X": "NOT_DEFINED"},
    ),
    "RC": ("report_confidence", {"U": "UNKNOWN", "R": "REASONABLE", "C": "CONFIRMED", "X": "NOT_DEFINED"}),
    "CR": ("confidentiality_requirement", _REQUIREMENT),
    "IR": ("integrity_requirement", _REQUIREMENT),
    "AR": ("availability_requirement", _REQUIREMENT),
    "MAV": ("modified_attack_vector", _VECTOR),
    "MAC": ("modified_attack_complexity", _LEVEL),
    "MPR": ("modified_privileges_required", _LEVEL),
    "MUI": ("modified_user_interaction", _INTERACTION),
    "MS": ("modified_scope", _SCOPE),
    "MC": ("modified_confidentiality_impact", _IMPACT),
    "MI": ("modified_integrity_impact", _IMPACT),
    "MA": ("modified_availability_impact", _IMPACT),
}
