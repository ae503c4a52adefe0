"""File names of CSAF documents (CSAF 2.0, section 5.1)."""

from __future__ import annotations

import re

_OTHER = re.compile(r"[^+\-a-z0-9]+")


def csaf_file_name(tracking_id: str) -> str:
    """Return the name that the standard prescribes: lower case, each run of other characters one underscore."""
    return _OTHER.sub("_", tracking_id.lower()) + ".json"
