"""One JSON document in a file, or one on each line: its first line tells."""

from __future__ import annotations

import msgspec


def is_whole(line: bytes) -> bool:
    """Whether a line is JSON by itself, of whatever shape; a document on several lines has a first line that is not."""
    try:
        msgspec.json.decode(line, type=msgspec.Raw)
    except (msgspec.MsgspecError, RecursionError):
        return False
    return True
