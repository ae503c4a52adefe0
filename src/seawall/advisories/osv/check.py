"""Whether bytes are an OSV record: one strict decode of types, required members and the rules for ranges."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import msgspec

from seawall.advisories.osv.record import OSVRecord
from seawall.kernel.limits import MIB, Limits

RECORD_LIMITS: Final = Limits(bytes=64 * MIB)
"""For one OSV record."""


@dataclass(frozen=True, slots=True)
class RecordFinding:
    """Why a record is not valid."""

    test: str
    """`schema`, or `order` for instants that contradict each other."""
    pointer: str
    """Where, as msgspec writes paths; empty for the whole record."""
    message: str
    remedy: str


def validate_record(data: bytes, limits: Limits = RECORD_LIMITS) -> list[RecordFinding]:
    """Check the structure of an OSV record; an empty list means that it is valid."""
    if len(data) > limits.bytes:
        return [RecordFinding("schema", "", f"the record has more than {limits.bytes} bytes", "Split it.")]
    try:
        record = _decoder().decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        message, _, place = str(error).partition(" - at ")
        return [RecordFinding("schema", place.strip("`"), message, "Correct it as the OSV schema asks.")]
    if record.published and record.published > record.modified:
        return [
            RecordFinding("order", "/published", "it was published after it was last modified", "Correct the dates.")
        ]
    return []


def read_record(data: bytes) -> OSVRecord:
    """Read a record that `validate_record` found valid.

    Raises:
        msgspec.ValidationError: It is not.
    """
    return _decoder().decode(data)


@cache
def _decoder() -> msgspec.json.Decoder[OSVRecord]:
    return msgspec.json.Decoder(OSVRecord)
