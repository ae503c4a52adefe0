"""OSV 1.7: write records of the Open Source Vulnerability format, and check their structure."""

from seawall.advisories.osv.check import RecordFinding, read_record, validate_record
from seawall.advisories.osv.record import OSVRecord
from seawall.advisories.osv.write import encode_record, record_path, write_record

__all__ = [
    "OSVRecord",
    "RecordFinding",
    "encode_record",
    "read_record",
    "record_path",
    "validate_record",
    "write_record",
]
