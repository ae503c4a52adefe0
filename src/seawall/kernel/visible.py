"""Hostile text for people's eyes: no character hides, turns the text around it, or drives the terminal."""

from __future__ import annotations

import re
from typing import Final

_DECEPTIVE: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)


def visible(text: str) -> str:
    """Spell out control characters, those that change the direction of text, and what has no place in UTF-8.

    Tabs and line ends stay.
    """
    return _DECEPTIVE.sub(lambda found: f"[U+{ord(found[0]):04X}]", text)
