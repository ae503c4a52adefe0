r"""The port of the family: what an ordering of versions is, and how it says no.

An ordering turns a version into a *key*: bytes whose order (as Python, SQLite, PostgreSQL and memcmp compare bytes) is
the ecosystem's order of versions. Laws that every member keeps, and that the tests check:

- `key(a) < key(b)` if and only if `a` comes before `b`; `key(a) == key(b)` if and only if they are the same version.
- No key is empty, and none holds the byte 0x00. So `b""` lies below every key, `key + b"\x00"` lies directly above
  `key`, and a range of versions is a half-open range of bytes.
- Every key is below `b"\xff"`.

Adding an ecosystem is one file with an `ORDERING`, and its name in `registry.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NoReturn

import msgspec

from seawall.kernel.errors import InvalidInputError

MAX_CHARACTERS: Final = 200
"""Longest version that is read, in characters; the longest real one known to us has 61."""
LOWEST: Final = b""
"""Below every key: OSV's `introduced: "0"`."""
HIGHEST: Final = b"\xff"
"""Above every key: where OSV puts what is no version."""


class InvalidVersionError(InvalidInputError):
    """The text is no version of this ecosystem (`kernel.invalid-version`)."""


class UnsupportedEcosystemError(InvalidInputError):
    """No ordering is known for this ecosystem (`kernel.unsupported-ecosystem`): nothing may be concluded."""


class Ordering(msgspec.Struct, frozen=True):
    """How the versions of some ecosystems are ordered; `registry.py` says of which."""

    name: str
    """For people, for example `PEP 440`."""
    key: Callable[[str], bytes]
    """Returns the key of a version, or raises `InvalidVersionError`."""
    bound_key: Callable[[str], bytes] | None = None
    """The same for a bound of a range, where it is stricter; None: it is not."""
    unsure: Callable[[bytes], tuple[tuple[bytes, bytes], ...]] | None = None
    """The half-open stretches of keys whose order against a key is a guess; None: this order never guesses."""

    def bound(self, text: str) -> bytes:
        """Return the key of a bound of a range.

        Raises:
            InvalidVersionError: The text is no version whose place in the order is certain.
        """
        return (self.bound_key or self.key)(text)


def refuse(text: str, standard: str, example: str) -> NoReturn:
    """Raise the error of a text that is no version.

    Raises:
        InvalidVersionError: Always.
    """
    shown = text if len(text) <= 60 else text[:57] + "…"  # noqa: PLR2004 - characters that fit a line
    raise InvalidVersionError(
        "kernel.invalid-version",
        f"{shown!r} is not a version as {standard} defines it",
        remedy=f"Write it as its registry does, for example {example}; at most {MAX_CHARACTERS} characters.",
        version=shown,
    )
