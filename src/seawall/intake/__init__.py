"""Reports in any format become findings; every byte is kept."""

from seawall.intake.model import AffectedProduct, Evidence, Finding, Location, Report, ReportState

__all__ = ["AffectedProduct", "Evidence", "Finding", "Location", "Report", "ReportState"]
