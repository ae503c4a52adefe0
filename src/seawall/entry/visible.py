"""Hostile text for people's eyes: no character hides, turns the text around it, or drives the terminal."""

from __future__ import annotations

import re

_DECEPTIVE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def visible(text: str) -> str:
    """Spell out control characters and those that change the direction of text; keep tabs and line ends."""
    return _DECEPTIVE.sub(lambda found: f"[U+{ord(found[0]):04X}]", text)
