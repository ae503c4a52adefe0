"""Records of vulnerabilities: a family of readers, one file a format.

A reader is imported when a document of its format is first met: building an index of OSV records alone does not pay
for CSAF.
"""

from importlib import import_module
from typing import Final

from seawall.kernel.errors import NotFoundError
from seawall.remediation.records.interface import Documents, RecordReader, iter_documents, unreadable_record

_MEMBERS: Final = ("csaf", "cve", "osv")
SOURCES: Final = _MEMBERS
"""Formats that can be read, by the name under which their records stand in an index."""


def reader_of(source: str) -> RecordReader:
    """Return the reader of a format.

    Raises:
        NotFoundError: There is none (`remediation.unknown-source`).
    """
    if source not in _MEMBERS:
        raise NotFoundError(
            "remediation.unknown-source",
            f"records of the format {source[:40]!r} are not read",
            remedy=f"Use one of {', '.join(SOURCES)}.",
        )
    reader: RecordReader = import_module(f"seawall.remediation.records.{source}").READER
    return reader


__all__ = ["SOURCES", "Documents", "RecordReader", "iter_documents", "reader_of", "unreadable_record"]
