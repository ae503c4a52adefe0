"""Harmless data of the same size as hostile data, the same each time.

Text becomes plain words, numbers become 1, archives hold plain files under plain names. JSON keeps its shape, and its
keys as long as they look like field names, so that the target gets as far as it would with honest input. What is
nested deeper than honest input ever is becomes flat. References, callbacks, booleans, null and places in the working
folder stay.

Invariants: sizes stay (characters of text, bytes of files, numbers of items); the result depends on nothing but the
input; no character of a hostile string is left.
"""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath
from typing import Any, Final

from seawall.platform.sandbox.interface import BOX
from seawall.validation.evidence import Archive, ArchiveEntry
from seawall.validation.evidence.arguments import FILE_KEYS, decoded, marker_of

DEEP: Final = 16
"""Levels of nesting beyond which data count as hostile by their depth."""
_MANY_KEYS: Final = 256  # different keys beyond which they are data and not field names
_WORDS: Final = "plain words of ordinary text\n"
_JOINED: Final = "plainwordsofordinarytext"
_SHORT: Final = 16
_FIELD: Final = re.compile(r"(?!(?:__|constructor$|prototype$))[A-Za-z_][A-Za-z0-9_ .-]{0,63}", re.ASCII)
_TOKEN: Final = re.compile(r'"((?:[^"\\]|\\.)*)"(\s*:)?|-?\d[\d.eE+-]*', re.DOTALL)


def neutral_text(length: int) -> str:
    """Return plain words of this many characters (all ASCII); short ones without a space."""
    source = _JOINED if length <= _SHORT else _WORDS
    return (source * (length // len(source) + 1))[:length]


def neutral_file(content: bytes) -> bytes:
    """Return a harmless file of the same size in bytes; JSON stays JSON of the same shape."""
    try:
        text = content.decode()
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return neutral_text(len(content)).encode()
    if not isinstance(parsed, dict | list):
        return neutral_text(len(content)).encode()
    if _depth(parsed) > DEEP:
        return f'["{neutral_text(len(content) - 4).replace(chr(10), " ")}"]'.encode()
    keep = len(set(_keys(parsed))) <= _MANY_KEYS
    return _TOKEN.sub(lambda token: _neutral_token(token, keep_fields=keep), text).encode()


def neutral_value(value: Any) -> Any:  # noqa: ANN401 - any argument
    """Return a harmless argument of the same size."""
    if _depth(value) > DEEP:
        return [neutral_value(leaf) for leaf in _leaves(value)]
    keep = len(set(_keys(value))) <= _MANY_KEYS
    return _neutral(value, keep_fields=keep)


def neutral_archive(archive: Archive) -> Archive:
    """Return an archive with as many members, as long names and as much text; links become files."""
    return Archive(
        archive.file,
        archive.format,
        tuple(_neutral_entry(entry, number) for number, entry in enumerate(archive.entries)),
    )


def carries_data(value: Any) -> bool:  # noqa: ANN401 - any argument
    """Return whether an argument holds anything that `neutral_value` or `neutral_file` would change."""
    key = marker_of(value)
    if key:
        return key not in {"$ref", "$callback", "$callback1", "$undefined"}
    if isinstance(value, dict):
        return any(map(carries_data, value.values()))
    if isinstance(value, list | tuple):
        return any(map(carries_data, value))
    return value not in (None, "") and not isinstance(value, bool) and not _is_place(value)


def _is_place(value: Any) -> bool:  # noqa: ANN401 - any argument
    """Whether an argument only says where in the verifier's own working folder something is to go."""
    return (
        isinstance(value, str) and PurePosixPath(value).is_relative_to(BOX) and ".." not in PurePosixPath(value).parts
    )


def _neutral(value: Any, *, keep_fields: bool) -> Any:  # noqa: ANN401 - any argument
    if isinstance(value, str):
        return value if _is_place(value) else neutral_text(len(value))
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return type(value)(1)
    if isinstance(value, list | tuple):
        return [_neutral(item, keep_fields=keep_fields) for item in value]
    key = marker_of(value)
    if key:
        return _neutral_marker(key, value, keep_fields=keep_fields)
    return {
        name if keep_fields and _FIELD.fullmatch(name) else neutral_text(len(name)): _neutral(
            item, keep_fields=keep_fields
        )
        for name, item in value.items()
    }


def _neutral_marker(key: str, value: dict[str, Any], *, keep_fields: bool) -> Any:  # noqa: ANN401 - any argument
    inner = value[key]
    match key:
        case "$hex" | "$b64":
            return {"$hex": neutral_text(len(decoded(key, inner))).encode().hex()}
        case "$repeat":
            return _neutral_repeat(inner, keep_fields=keep_fields)
        case "$nest":
            return [_neutral(inner["core"], keep_fields=keep_fields)] * inner["n"]
        case "$concat" | "$tuple" | "$encode" | "$latin1":
            return {key: _neutral(inner, keep_fields=keep_fields)}
        case _:  # files are changed themselves; references and callbacks stay
            return value


def _neutral_repeat(inner: dict[str, Any], *, keep_fields: bool) -> dict[str, Any]:
    unit, times = inner["unit"], inner["n"]
    if not isinstance(unit, str):
        return {"$repeat": {"unit": _neutral(unit, keep_fields=keep_fields), "n": times}}
    # One long run of one letter would be hostile again to many a pattern, so the words are repeated.
    length = len(unit) * times
    whole = {"$repeat": {"unit": _WORDS, "n": length // len(_WORDS)}}
    return {"$concat": [whole, neutral_text(length % len(_WORDS))]}


def _neutral_entry(entry: ArchiveEntry, number: int) -> ArchiveEntry:
    mark = str(number)
    name = neutral_text(max(0, len(entry.name) - len(mark))).replace("\n", " ").replace(" ", "-") + mark
    if entry.type == "dir":
        return ArchiveEntry(name, "", "dir")
    if entry.type != "file":
        return ArchiveEntry(name, neutral_text(len(entry.target)))
    key = marker_of(entry.content)
    content = entry.content if key in FILE_KEYS else neutral_value(entry.content)
    return ArchiveEntry(name, content)


def _neutral_token(token: re.Match[str], *, keep_fields: bool) -> str:
    text, colon = token[1], token[2] or ""
    if text is None:
        return "1".ljust(len(token[0]))
    if colon and keep_fields and _FIELD.fullmatch(text):
        return token[0]
    return f'"{neutral_text(len(text.encode())).replace(chr(10), " ")}"{colon}'


def _depth(value: Any) -> int:  # noqa: ANN401 - any JSON
    """Return the levels of nesting; a marker counts as its content."""
    level, depth = [value], 0
    while level:
        level = [child for parent in level for child in _children(parent)]
        depth += 1
    return depth - 1


def _children(value: Any) -> list[Any]:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return [] if marker_of(value) else list(value.values())
    return list(value) if isinstance(value, list | tuple) else []


def _leaves(value: Any) -> list[Any]:  # noqa: ANN401 - any JSON
    leaves, pending = [], [value]
    while pending:
        item = pending.pop()
        children = _children(item)
        pending += children
        if not children:
            leaves.append(item)
    return leaves


def _keys(value: Any) -> list[str]:  # noqa: ANN401 - any JSON
    keys: list[str] = []
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            keys += item
        pending += _children(item)
    return keys
