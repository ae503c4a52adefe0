"""Traffic Light Protocol 2.0 markings (FIRST, August 2022), ordered from open to closed.

TLP 1.0's WHITE reads as CLEAR. What is unmarked counts as AMBER: nobody said it may travel.
"""

from __future__ import annotations

from enum import IntEnum

from seawall.kernel.errors import InvalidInputError


class Marking(IntEnum):
    """A TLP 2.0 label; a higher value may be shared with fewer people."""

    CLEAR = 0
    GREEN = 1
    AMBER = 2
    AMBER_STRICT = 3
    RED = 4

    @property
    def label(self) -> str:
        """The label as TLP 2.0 writes it, for example `TLP:AMBER+STRICT`."""
        return "TLP:" + self.name.replace("_", "+")

    @property
    def public(self) -> bool:
        """Whether the content may be published without restriction."""
        return self is Marking.CLEAR


UNMARKED = Marking.AMBER


def parse_marking(text: str) -> Marking:
    """Read a label with or without the prefix `TLP:`, in any case.

    Raises:
        InvalidInputError: The text is no TLP label (`kernel.invalid-marking`).
    """
    name = text.strip().upper().removeprefix("TLP:").strip().replace("+", "_").replace(" ", "_")
    if name == "WHITE":
        return Marking.CLEAR
    try:
        return Marking[name]
    except KeyError:
        raise InvalidInputError(
            "kernel.invalid-marking",
            f"{text[:40]!r} is not a TLP 2.0 label",
            remedy="Use CLEAR, GREEN, AMBER, AMBER+STRICT or RED.",
        ) from None
