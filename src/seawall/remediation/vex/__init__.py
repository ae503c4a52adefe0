"""VEX in and out: OpenVEX 0.2, CSAF 2.0 VEX, CycloneDX 1.6 VEX. Statements from bytes, bytes from statements."""

from seawall.remediation.vex.interface import (
    FORMATS,
    VexFormat,
    VexOrigin,
    VexReading,
    format_of,
    normalised,
    read_vex,
)
from seawall.remediation.vex.standing import Standing, standing_of

__all__ = [
    "FORMATS",
    "Standing",
    "VexFormat",
    "VexOrigin",
    "VexReading",
    "format_of",
    "normalised",
    "read_vex",
    "standing_of",
]
