"""Placeholders: names that a finder cannot know before the run.

`@@CANARY@@` (the path of this run's marker file), `@@TOKEN@@` and `@@SECRET@@` are drawn afresh for each run, after the
evidence is fixed, and put into text files, arguments and archives. An effect that carries them was caused by this run.

Invariants: after `substitute` no placeholder is left, and the values cannot form one with their surroundings, because
they hold no `@` and no capital letter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from seawall.platform.sandbox.interface import OUT
from seawall.validation.evidence.language import Archive, ArchiveEntry, Call, InputEvidence, ScriptEvidence


@dataclass(frozen=True, slots=True)
class Draw:
    """The values of one run."""

    token: str
    """32 hex digits."""
    secret: str
    """32 hex digits; also in the run's vault."""

    @classmethod
    def fresh(cls, random_bytes: Callable[[int], bytes]) -> Draw:
        """Draw values; `random_bytes` must be unpredictable."""
        return cls(random_bytes(16).hex(), random_bytes(16).hex())

    @property
    def canary(self) -> str:
        """Path of the marker file as the run sees it."""
        return f"{OUT}/{self.token}"

    def fill(self, text: str) -> str:
        """Put the values into text."""
        if "@@" not in text:
            return text
        return (
            text.replace("@@CANARY@@", self.canary).replace("@@TOKEN@@", self.token).replace("@@SECRET@@", self.secret)
        )

    def fill_bytes(self, content: bytes) -> bytes:
        """Put the values into a file if it is text (UTF-8); other files stay as they are."""
        if b"@@" not in content:
            return content
        try:
            return self.fill(content.decode()).encode()
        except UnicodeDecodeError:
            return content


def substitute(evidence: InputEvidence | ScriptEvidence, draw: Draw) -> InputEvidence | ScriptEvidence:
    """Put a run's values into all files, arguments and archives of evidence."""
    files = {name: draw.fill_bytes(content) for name, content in evidence.files.items()}
    if isinstance(evidence, ScriptEvidence):
        return replace(evidence, files=files)
    return replace(
        evidence,
        entry=_fill_call(evidence.entry, draw),
        setup=tuple(_fill_call(call, draw) for call in evidence.setup),
        files=files,
        archives=tuple(_fill_archive(archive, draw) for archive in evidence.archives),
    )


def _fill_call(call: Call, draw: Draw) -> Call:
    return replace(
        call,
        args=tuple(fill_value(argument, draw.fill) for argument in call.args),
        kwargs={key: fill_value(argument, draw.fill) for key, argument in call.kwargs.items()},
    )


def _fill_archive(archive: Archive, draw: Draw) -> Archive:
    return replace(
        archive,
        entries=tuple(
            ArchiveEntry(
                draw.fill(entry.name), fill_value(entry.content, draw.fill), entry.type, draw.fill(entry.target)
            )
            for entry in archive.entries
        ),
    )


def fill_value(value: Any, fill: Callable[[str], str]) -> Any:  # noqa: ANN401 - any JSON value
    """Return a JSON value with `fill` applied to all its text, keys included."""
    if isinstance(value, str):
        return fill(value)
    if isinstance(value, dict):
        return {fill(key): fill_value(item, fill) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [fill_value(item, fill) for item in value]
    return value
