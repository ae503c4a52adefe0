"""Progress on a terminal: hostile titles are text there too, not markup and not commands."""

from __future__ import annotations

import io
import sys

import pytest

from seawall.entry.progress import shown


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("note", ["[/b] closes what was never open", "[bold]x[/]", "\x1b[2Jwipe", "a" * 500])
@pytest.mark.parametrize("stream", [_Terminal, io.StringIO])
def test_a_title_cannot_break_or_drive_the_display(
    monkeypatch: pytest.MonkeyPatch, note: str, stream: type[io.StringIO]
) -> None:
    screen = stream()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with shown() as progress:
        progress.stage("parse", 2)
        progress.advance(note=note)
        progress.advance(note=note)
        progress.stage("merge", 0)
    assert "parse" in screen.getvalue()
    assert "\x1b[2Jwipe" not in screen.getvalue()
