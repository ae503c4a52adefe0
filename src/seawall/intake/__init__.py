"""Reports in any format become findings; every byte is kept."""

from seawall.intake.model import AffectedProduct, Evidence, Finding, Location, Report, ReportState
from seawall.intake.ports import FindingStore, IntakeUnit, ReportStore
from seawall.intake.service import IntakeService, ParseOutcome

__all__ = [
    "AffectedProduct",
    "Evidence",
    "Finding",
    "FindingStore",
    "IntakeService",
    "IntakeUnit",
    "Location",
    "ParseOutcome",
    "Report",
    "ReportState",
    "ReportStore",
]
