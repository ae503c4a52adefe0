"""Events: what happened, in the past tense. Each state change yields one, and each one is a ledger entry.

An event names its subject and carries digests and identifiers, never embargoed text. Its bytes are canonical JSON
(sorted keys, no spaces), so that the same event has the same leaf hash on every machine.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import msgspec

from seawall.kernel.clock import rfc3339

_ENCODER = msgspec.json.Encoder(order="deterministic")


class Event(msgspec.Struct, frozen=True):
    """One state change."""

    name: str
    """Past tense, for example `ReportReceived`."""
    subject: str
    """Identifier of the record that changed."""
    at: datetime
    """UTC instant of the change."""
    facts: dict[str, str | int | list[str]] = msgspec.field(default_factory=dict)
    """Digests, identifiers and counts; `digest` is that of the record's bytes where it has any."""

    def to_bytes(self) -> bytes:
        """Return the canonical JSON of the event."""
        return _ENCODER.encode(
            {"name": self.name, "subject": self.subject, "at": rfc3339(self.at), "facts": self.facts}
        )


class Recorder(Protocol):
    """Whatever takes events inside a transaction."""

    def record(self, event: Event) -> None:
        """Add the event to the transaction: it is in the ledger if and only if the transaction commits."""
        ...
