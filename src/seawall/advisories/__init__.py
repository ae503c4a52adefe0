"""What leaves the house: advisories as CSAF and OSV documents, checked, revised and published."""

from seawall.advisories.csaf import CheckFinding, Severity, csaf_file_name, validate
from seawall.advisories.drafting import draft
from seawall.advisories.errors import InvalidDocumentError
from seawall.advisories.formats import CSAFFormat, OSVFormat, standard_formats
from seawall.advisories.model import (
    Advisory,
    AdvisoryProduct,
    Publication,
    PublishedAdvisory,
    PublisherCategory,
    PublisherIdentity,
    Release,
    Revision,
)
from seawall.advisories.osv import validate_record
from seawall.advisories.ports import AdvisoriesUnit, AdvisoryFormat, PublicationFolder
from seawall.advisories.service import AdvisoryService

__all__ = [
    "AdvisoriesUnit",
    "Advisory",
    "AdvisoryFormat",
    "AdvisoryProduct",
    "AdvisoryService",
    "CSAFFormat",
    "CheckFinding",
    "InvalidDocumentError",
    "OSVFormat",
    "Publication",
    "PublicationFolder",
    "PublishedAdvisory",
    "PublisherCategory",
    "PublisherIdentity",
    "Release",
    "Revision",
    "Severity",
    "csaf_file_name",
    "draft",
    "standard_formats",
    "validate",
    "validate_record",
]
