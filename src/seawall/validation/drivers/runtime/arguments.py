"""Makes Python values of the argument table (`docs/evidence.md`). Data becomes data; no text is ever evaluated."""

# ruff: noqa: ANN401 - values of any type are made here
from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

FOLDER = Path("/w/in")
"""Where the files of the evidence lie."""

_FROM_TEXT: dict[str, Callable[[str, Path], Any]] = {
    "$text": lambda name, folder: (folder / name).read_text("utf-8"),
    "$bytes": lambda name, folder: (folder / name).read_bytes(),
    "$stream": lambda name, folder: io.BytesIO((folder / name).read_bytes()),
    "$open": lambda name, folder: (folder / name).open("rb"),
    "$path": lambda name, folder: str(folder / name),
    "$json": lambda name, folder: json.loads((folder / name).read_text("utf-8")),
    "$hex": lambda text, _folder: bytes.fromhex(text),
    "$b64": lambda text, _folder: base64.b64decode(text),
}
_COMPOSED = frozenset({"$repeat", "$concat", "$nest", "$encode", "$latin1", "$tuple"})


def materialise(value: Any, refer: Callable[[str], Any], folder: Path = FOLDER) -> Any:
    """Return the Python value that an argument stands for.

    Args:
        value: JSON.
        refer: Finds what `$ref` names.
        folder: Of the evidence's files.
    """
    if isinstance(value, list):
        return [materialise(item, refer, folder) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((key, inner),) = value.items()
        if key in _FROM_TEXT:
            return _FROM_TEXT[key](inner, folder)
        if key == "$ref":
            return refer(inner)
        if key in _COMPOSED:
            return _compose(key, inner, lambda part: materialise(part, refer, folder))
    return {key: materialise(item, refer, folder) for key, item in value.items()}


def _compose(key: str, inner: Any, make: Callable[[Any], Any]) -> Any:
    match key:
        case "$repeat":
            return make(inner["unit"]) * inner["n"]
        case "$concat":
            return _concatenate([make(part) for part in inner])
        case "$tuple":
            return tuple(make(item) for item in inner)
        case "$encode" | "$latin1":
            return make(inner).encode("utf-8" if key == "$encode" else "latin-1")
        case _:  # $nest
            nested = make(inner["core"])
            for _ in range(inner["n"]):
                nested = [nested]
            return nested


def _concatenate(parts: list[Any]) -> str | bytes:
    if any(isinstance(part, bytes) for part in parts):
        return b"".join(part.encode("utf-8") if isinstance(part, str) else part for part in parts)
    return "".join(parts)
