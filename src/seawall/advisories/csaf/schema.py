"""All schema errors of a document that the strict decode has refused.

The decode stops at the first error. The JSON Schema used here is generated from the same models, so there is one
source of truth; rules that live in `__post_init__` are in the models alone, and reported by the decode.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec

from seawall.advisories.csaf.read import CSAFDocument


def schema_errors(data: bytes) -> Iterator[tuple[str, str]]:
    """Yield JSON pointer and message of each place that does not fit the schema; the bytes must be JSON."""
    for error in _validator().iter_errors(msgspec.json.decode(data)):
        yield "".join(f"/{step}" for step in error.instance_path), error.message[:300]


@cache
def _validator() -> Any:  # noqa: ANN401 - the library's validator class is an implementation detail of it
    import jsonschema_rs  # noqa: PLC0415 - only needed for documents that are wrong

    return jsonschema_rs.Draft202012Validator(msgspec.json.schema(CSAFDocument), validate_formats=True)
