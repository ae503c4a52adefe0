"""The argument table: which objects stand for something else, and how large they become.

An argument is a JSON value. An object with exactly one key of the table is replaced by the driver; any other object is
plain data, also one whose key begins with `$` (data for query languages often looks like that). `Gauge` checks all
arguments of one piece of evidence against the table and adds up what they will weigh.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from seawall.validation.errors import EvidenceError
from seawall.validation.evidence.limits import EvidenceLimits

FILE_KEYS: Final = frozenset({"$text", "$bytes", "$path", "$json", "$open", "$stream"})
_PYTHON_ONLY: Final = frozenset({"$open", "$stream", "$tuple"})
_NODE_ONLY: Final = frozenset({"$callback", "$callback1", "$undefined"})
KEYS: Final = (
    FILE_KEYS
    | _PYTHON_ONLY
    | _NODE_ONLY
    | {"$hex", "$b64", "$repeat", "$concat", "$nest", "$encode", "$latin1", "$ref"}
)
_VALUE_NAME: Final = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)(?:\.[A-Za-z$][A-Za-z0-9_$]*)*", re.ASCII)
_INTEGER_BITS: Final = 4096


def marker_of(value: object) -> str:
    """Return the key of the table that an object consists of, or an empty string for plain data."""
    if isinstance(value, Mapping) and len(value) == 1:
        key = next(iter(value))
        if key in KEYS:
            return str(key)
    return ""


def bad(message: str, remedy: str) -> EvidenceError:
    """Say that evidence is not in the language."""
    return EvidenceError("validation.bad-evidence", message, remedy=remedy)


def large(message: str) -> EvidenceError:
    """Say that evidence is beyond its limits."""
    return EvidenceError("validation.evidence-too-large", f"the evidence has {message}", remedy="Minimise it.")


@dataclass(slots=True)
class Gauge:
    """Checks and weighs arguments."""

    files: frozenset[str]
    """Names that file arguments may use."""
    node: bool
    limits: EvidenceLimits
    pattern: re.Pattern[str]
    """What a public name looks like."""
    items: int = 0
    bytes: int = 0

    def add_call(self, target: str, arguments: list[Any], known: set[str]) -> None:
        """Check the arguments of one call, and that a value it is called on was made before.

        Raises:
            EvidenceError: See `read_evidence`.
        """
        self._check_known(target, known)
        for argument in arguments:
            self.add(argument, known)

    def add(self, value: object, known: set[str]) -> None:
        """Check one argument.

        Raises:
            EvidenceError: See `read_evidence`.
        """
        items, weight = self._weigh(value, known, 0)
        self.items += items
        self.bytes += weight
        if self.items > self.limits.items:
            raise large(f"more than {self.limits.items} values")
        if self.bytes > self.limits.bytes:
            raise large(f"more than {self.limits.bytes} bytes in its arguments")

    def _weigh(self, value: object, known: set[str], depth: int) -> tuple[int, int]:
        if depth > self.limits.depth:
            raise large(f"arguments nested deeper than {self.limits.depth} levels (use $nest)")
        if isinstance(value, Mapping):
            key = marker_of(value)
            if key:
                return self._weigh_marker(key, value[key], known, depth)
            if not all(isinstance(name, str) for name in value):
                raise bad("an object has a key that is no text", "Write keys as text.")
            return self._sum([*value.values()], known, depth, sum(map(len, value)))
        if isinstance(value, list | tuple):
            return self._sum(value, known, depth, 0)
        if isinstance(value, str):
            return 1, len(value)
        if isinstance(value, bool) or value is None:
            return 1, 0
        if (isinstance(value, int) and value.bit_length() <= _INTEGER_BITS) or (
            isinstance(value, float) and math.isfinite(value)
        ):
            return 1, 0
        raise bad(
            f"a {type(value).__name__} in the arguments is no JSON value", "Use text, finite numbers, lists, objects."
        )

    def _sum(self, values: Any, known: set[str], depth: int, weight: int) -> tuple[int, int]:  # noqa: ANN401 - hostile
        items = 1
        for value in values:
            more, heavier = self._weigh(value, known, depth + 1)
            items, weight = items + more, weight + heavier
            if items > self.limits.items:
                raise large(f"more than {self.limits.items} values")
        return items, weight

    def _weigh_marker(self, key: str, value: Any, known: set[str], depth: int) -> tuple[int, int]:  # noqa: ANN401 - hostile
        if key in (_PYTHON_ONLY if self.node else _NODE_ONLY):
            raise EvidenceError(
                "validation.unsupported-evidence",
                f"{key} has no meaning for {'Node.js' if self.node else 'Python'}",
                remedy="Use an argument of the product's own language.",
            )
        if key in FILE_KEYS:
            if not isinstance(value, str) or value not in self.files:
                raise bad(f"{key} names a file that is not there", "Put it into `files` or `make`.")
            return 1, 0
        if key in {"$hex", "$b64"}:
            return 1, len(decoded(key, value))
        if key == "$ref":
            self._check_reference(value, known)
            return 1, 0
        if key in {"$concat", "$tuple"}:
            if not isinstance(value, list | tuple):
                raise bad(f"{key} takes a list", "See the evidence language.")
            return self._sum(value, known, depth, 0)
        if key in {"$repeat", "$nest"}:
            return self._weigh_multiple(key, value, known, depth)
        return self._weigh(value, known, depth + 1)

    def _weigh_multiple(self, key: str, value: Any, known: set[str], depth: int) -> tuple[int, int]:  # noqa: ANN401 - hostile
        inner = "unit" if key == "$repeat" else "core"
        times = value.get("n") if isinstance(value, Mapping) else None
        if times == "@@N@@":
            raise EvidenceError(
                "validation.unsupported-evidence",
                "input of growing size (@@N@@) needs the oracle growth, which is not supported yet",
                remedy="Give a size at which a time-out shows, or have a person look.",
            )
        if not isinstance(times, int) or isinstance(times, bool) or times < 0 or set(value) != {inner, "n"}:
            raise bad(f"{key} takes an object of {inner} and a whole number n", "See the evidence language.")
        items, weight = self._weigh(value[inner], known, depth + 1)
        return (items, weight * times) if key == "$repeat" else (items + times, weight)

    def _check_reference(self, name: object, known: set[str]) -> None:
        if not isinstance(name, str) or len(name) > self.limits.name_chars:
            raise bad("$ref takes a name", "Write `module:name` or `$name`.")
        if not self.pattern.fullmatch(name) and not _VALUE_NAME.fullmatch(name):
            raise bad(f"{name[:80]!r} is no public name", "Write `module:name` or `$name`.")
        self._check_known(name, known)

    def _check_known(self, target: str, known: set[str]) -> None:
        match = _VALUE_NAME.match(target)
        if match and match[1] not in known:
            raise bad(f"${match[1]} was not made before it is used", "Add a step to `setup` with this name in `as`.")


def decoded(key: str, value: object) -> bytes:
    """Decode the text of `$hex` or `$b64`.

    Raises:
        EvidenceError: It is not in that form (`validation.bad-evidence`).
    """
    text = value if isinstance(value, str) else "?"  # which neither form allows
    try:
        return bytes.fromhex(text) if key == "$hex" else base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise bad(f"{key} takes text in that form", "Check the text.") from None
