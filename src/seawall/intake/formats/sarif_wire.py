"""SARIF 2.1.0 on the wire: the objects that results and rules share, and a bound for each part read as a whole."""

from __future__ import annotations

import re
from typing import Final, TypeVar

import msgspec

from seawall.intake import errors
from seawall.intake.formats.interface import decode
from seawall.kernel.limits import MIB

T = TypeVar("T")

PART_BYTES: Final = 8 * MIB
"""Largest single result, rule or property bag; a log may have any number of them."""
_PLACEHOLDER: Final = re.compile(r"\{(\d{1,2})\}")


class Text(msgspec.Struct):
    """A multiformat message string, or an artifact's content."""

    text: str | None = None


class Message(msgspec.Struct):
    """A message: text, or the name of a text of the rule."""

    text: str | None = None
    markdown: str | None = None
    id: str | None = None
    arguments: list[str] | None = None

    def render(self, messages: dict[str, Text] | None) -> str:
        """Return the text with its arguments put in (SARIF 2.1.0, 3.11.5 and 3.11.7)."""
        text = self.text or self.markdown
        if not text and messages and self.id in messages:
            text = messages[self.id].text
        text = text or ""
        if self.arguments and "{" in text:
            arguments = self.arguments
            text = _PLACEHOLDER.sub(
                lambda found: arguments[int(found[1])] if int(found[1]) < len(arguments) else found[0], text
            )
        return text


class Component(msgspec.Struct):
    """Reference to a tool component."""

    name: str | None = None
    index: int | None = None


class Reference(msgspec.Struct):
    """Reference to a rule or taxon."""

    id: str | None = None
    index: int | None = None
    component: Component | None = msgspec.field(default=None, name="toolComponent")


class Artifact(msgspec.Struct):
    """Where an artifact is."""

    uri: str | None = None
    index: int | None = None


class Region(msgspec.Struct):
    """Part of an artifact."""

    start_line: int | None = msgspec.field(default=None, name="startLine")
    snippet: Text | None = None


class PhysicalLocation(msgspec.Struct):
    """Artifact and region."""

    artifact: Artifact | None = msgspec.field(default=None, name="artifactLocation")
    region: Region | None = None


def bounded(decoder: msgspec.json.Decoder[T], raw: msgspec.Raw, place: str) -> T | None:
    """Decode one part of a run as a whole; None where it is not there.

    Raises:
        LimitExceededError: It is so large that its objects could fill the memory (`intake.too-large`).
        InvalidInputError: It cannot be read.
    """
    size = len(memoryview(raw))
    if size > PART_BYTES:
        raise errors.too_large(f"SARIF ({place})", PART_BYTES)
    return decode(decoder, raw, place) if size else None
