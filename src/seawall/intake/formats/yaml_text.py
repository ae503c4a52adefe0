"""YAML as people write reports in it: plain data, bounded, and never more than JSON can say.

The parser's events are put together here, so that hostile documents are stopped while they unfold: nesting, nodes,
and what aliases amount to when written out are counted, an alias inside its own anchor is an error, a key that is
given twice too. No tag constructs anything.

A plain scalar is a number, `true`, `false` or `null` only where JSON would write it so (and YAML 1.1 too: an exponent
needs a point before it); all else is text, `no`, `on`, `12:30` and `2026-01-31` too. Where a member is known to hold
text, `1.10` is text as well: `as_text` says where. Left out on purpose: merge keys (`<<`) and binary.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import yaml

from seawall.intake import errors
from seawall.kernel.limits import Limits

MAX_NODES: Final = 200_000
"""Most scalars, sequences and mappings in one text, aliases written out."""
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# What JSON and YAML 1.1 agree on: so a text that either would write without quotes stays text.
_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d{0,300})(\.\d{1,400}(?:[eE][+-]\d{1,4})?)?", re.ASCII)
_WORDS: Final = {"true": True, "false": False, "null": None, "~": None, "": None}
_CORE_TAGS: Final = frozenset(
    f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq")
)

Path = tuple[str, ...]
"""Keys from the root of the document; places in sequences are left out."""


@dataclass(frozen=True, slots=True)
class _Built:
    value: Any
    nodes: int
    """How many nodes it has when its aliases are written out."""
    blank: bool = False
    """Nothing was written at all."""


def read_yaml(
    text: str,
    limits: Limits,
    *,
    as_text: Callable[[Path], bool],
    optional: Callable[[Path], bool] = lambda _path: False,
) -> list[Any]:
    """Read all documents of a YAML text as JSON-like data.

    Args:
        text: Guarded text.
        limits: For the depth.
        as_text: Whether plain scalars at a path are text as written.
        optional: Whether a member at a path counts as absent when it has no value.

    Raises:
        InvalidInputError: Not YAML (`intake.malformed-yaml`) or a key twice (`intake.duplicate-key`).
        LimitExceededError: Too deep (`intake.too-deep`), or unfolding to too much (`intake.yaml-bomb`).
    """
    builder = _Builder(limits.depth, as_text, optional)
    try:
        return builder.documents(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise errors.malformed("YAML", f"{error.problem or error.context}", where) from None
    except (yaml.YAMLError, ValueError) as error:
        raise errors.malformed("YAML", str(error).splitlines()[0][:200]) from None


class _Builder:
    """Puts events together. Recursion is bounded by the depth limit."""

    def __init__(self, depth: int, as_text: Callable[[Path], bool], optional: Callable[[Path], bool]) -> None:
        self._depth = depth
        self._as_text = as_text
        self._optional = optional
        self._anchors: dict[str, _Built | None] = {}
        self._nodes = 0

    def documents(self, events: Iterator[Any]) -> list[Any]:
        found = []
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                self._anchors = {}
                built = self._build(next(events), events, ())
                if not built.blank:
                    found.append(built.value)
        return found

    def _build(self, event: Any, events: Iterator[Any], path: Path, level: int = 1) -> _Built:  # noqa: ANN401 - PyYAML's events have no common typed base
        if isinstance(event, yaml.AliasEvent):
            return self._repeat(str(event.anchor), event)
        if event.tag is not None and event.tag not in _CORE_TAGS and event.tag != "!":
            raise errors.malformed("YAML", f"the tag {event.tag[:60]} is not read", _line(event))
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        if level > self._depth:
            raise errors.too_deep(self._depth)
        self._count(1)
        if isinstance(event, yaml.MappingStartEvent):
            built = self._mapping(events, path, level)
        elif isinstance(event, yaml.SequenceStartEvent):
            built = self._sequence(events, path, level)
        else:
            built = self._scalar(event, path)
        if event.anchor is not None:
            self._anchors[event.anchor] = built
        return built

    def _repeat(self, anchor: str, event: yaml.AliasEvent) -> _Built:
        if anchor not in self._anchors:
            raise errors.malformed("YAML", f"the alias *{anchor[:40]} has no anchor", _line(event))
        built = self._anchors[anchor]
        if built is None:  # it is still being built: the alias is inside
            raise errors.alias_bomb(MAX_NODES)
        self._count(built.nodes)
        return built

    def _mapping(self, events: Iterator[Any], path: Path, level: int) -> _Built:
        members: dict[str, Any] = {}
        nodes = 1
        seen = set()
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            if not isinstance(event, yaml.ScalarEvent):
                raise errors.malformed("YAML", "a key must be plain text", _line(event))
            key = event.value
            if key in seen:
                raise errors.duplicate_key(key, _line(event))
            seen.add(key)
            built = self._build(next(events), events, (*path, key), level + 1)
            nodes += 1 + built.nodes
            if not (built.blank and self._optional((*path, key))):
                members[key] = built.value
        return _Built(members, nodes)

    def _sequence(self, events: Iterator[Any], path: Path, level: int) -> _Built:
        items = []
        nodes = 1
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            built = self._build(event, events, path, level + 1)
            nodes += built.nodes
            items.append(built.value)
        return _Built(items, nodes)

    def _scalar(self, event: yaml.ScalarEvent, path: Path) -> _Built:
        value: str = event.value
        if not event.implicit[0]:  # quoted, a block, or tagged
            return _Built(value, 1)
        blank = not value
        if value in _WORDS and (_WORDS[value] is None or not self._as_text(path)):
            return _Built(_WORDS[value], 1, blank)
        match = None if self._as_text(path) else _NUMBER.fullmatch(value)
        if match is None:
            return _Built(value, 1)
        if match[1] is None:
            return _Built(int(value), 1)
        number = float(value)
        return _Built(number if abs(number) != float("inf") else value, 1)

    def _count(self, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise errors.alias_bomb(MAX_NODES)


def _line(event: yaml.Event) -> str:
    mark = event.start_mark
    return f"line {mark.line + 1}" if mark else ""
