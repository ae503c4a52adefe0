"""CSAF 2.0: read, write and validate documents of the Common Security Advisory Framework (OASIS, ISO/IEC 20153).

The typed models are the schema: what they decode is a document. `validate` runs the mandatory tests on top.
"""

from seawall.advisories.csaf.checks import MANDATORY, Check, CheckFinding, Severity, check, validate
from seawall.advisories.csaf.filename import csaf_file_name
from seawall.advisories.csaf.read import CSAFDocument, ReadDocument, encode, read_document
from seawall.advisories.csaf.write import document_path, write_document

__all__ = [
    "MANDATORY",
    "CSAFDocument",
    "Check",
    "CheckFinding",
    "ReadDocument",
    "Severity",
    "check",
    "csaf_file_name",
    "document_path",
    "encode",
    "read_document",
    "validate",
    "write_document",
]
