"""The formats that are published: each joins a writer, a validator and a place in the folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seawall.advisories.csaf import Severity, document_path, encode, validate, write_document
from seawall.advisories.errors import Finding
from seawall.advisories.model import Advisory, PublisherIdentity
from seawall.advisories.osv import encode_record, record_path, validate_record, write_record
from seawall.advisories.ports import AdvisoryFormat


@dataclass(frozen=True, slots=True)
class CSAFFormat:
    """CSAF 2.0, checked against all mandatory tests."""

    publisher: PublisherIdentity
    engine_version: str
    name: str = "csaf"
    has_digest_file: bool = True
    """Required of trusted providers (CSAF 2.0, requirement 18)."""

    def path(self, advisory: Advisory) -> str:
        """See `AdvisoryFormat.path`."""
        return document_path(advisory)

    def render(self, advisory: Advisory) -> bytes:
        """See `AdvisoryFormat.render`."""
        path = self.path(advisory)
        return encode(write_document(advisory, self.publisher, engine_version=self.engine_version, path=path))

    def problems(self, data: bytes) -> Sequence[Finding]:
        """See `AdvisoryFormat.problems`."""
        return [finding for finding in validate(data) if finding.severity is Severity.ERROR]


@dataclass(frozen=True, slots=True)
class OSVFormat:
    """OSV 1.7."""

    name: str = "osv"
    has_digest_file: bool = False

    def path(self, advisory: Advisory) -> str:
        """See `AdvisoryFormat.path`."""
        return record_path(advisory)

    def render(self, advisory: Advisory) -> bytes:
        """See `AdvisoryFormat.render`."""
        return encode_record(write_record(advisory))

    def problems(self, data: bytes) -> Sequence[Finding]:
        """See `AdvisoryFormat.problems`."""
        return validate_record(data)


def standard_formats(publisher: PublisherIdentity, engine_version: str) -> tuple[AdvisoryFormat, ...]:
    """Return all formats, in the order in which they are published."""
    return CSAFFormat(publisher, engine_version), OSVFormat()
