"""What the documentation says of the program, held against the program: codes, variables, verbs and options."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import typer.main

from seawall.entry.cli.app import app
from seawall.entry.cli.check_words import complete
from seawall.entry.settings import Settings

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "seawall"
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "examples").rglob("*.md")])
CODE = re.compile(r"[a-z]+\.[a-z0-9]+(?:-[a-z0-9]+)*")


def codes_in_source() -> set[str]:
    """First arguments of errors, and all texts of this form with a hyphen in a room that raises any."""
    raised, texts = set(), set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
                texts.add(node.value)
            elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                value = node.args[0].value
                if name.endswith("Error") and isinstance(value, str) and CODE.fullmatch(value):
                    raised.add(value)
    rooms = {code.partition(".")[0] for code in raised}
    return raised | {text for text in texts if "-" in text and text.partition(".")[0] in rooms}


def test_every_code_is_documented_and_every_documented_code_exists() -> None:
    page = (ROOT / "docs" / "cli.md").read_text().partition("### On the operator's side")[2]
    documented = [found[1] for found in re.finditer(rf"`({CODE.pattern})`", page) if not found[1].endswith(".md")]
    assert len(documented) == len(set(documented))
    assert set(documented) == codes_in_source()


def test_every_setting_is_documented() -> None:
    page = (ROOT / "docs" / "cli.md").read_text()
    said = " ".join(path.read_text() for path in SOURCE.rglob("*.py"))
    read = set(re.findall(r"(?:environ(?:ment)?\.get\(|environment, |envvar=)\"(SEAWALL_[A-Z_]+)\"", said))
    assert {"SEAWALL_HOME", "SEAWALL_FEEDS", "SEAWALL_USER", "SEAWALL_OWNER"} <= read
    assert len(read) >= len(Settings.__struct_fields__)
    assert {name for name in read if f"`{name}`" not in page} == set()


def _commands() -> Iterator[tuple[str, str]]:
    """Commands of the documentation: in blocks after a `$`, and in running text."""
    for page in PAGES:
        text = page.read_text()
        found = re.findall(r"^(?:\$ |[^\n`]*\| )(seawall [^\n]*)$", text, re.MULTILINE)
        found += re.findall(r"`(seawall [^`\n]*)`", text)
        for command in found:
            yield page.name, command


@cache
def _verbs() -> typer.main.click.Group:  # type: ignore[name-defined]
    return typer.main.get_command(app)


@pytest.mark.parametrize(("page", "command"), sorted(set(_commands())))
def test_every_documented_command_has_words_that_exist(page: str, command: str) -> None:
    shown = re.sub(r"\\\|.*|<.*?>|[…\[\]]", " ", command).partition(" > ")[0].partition(" 2>")[0]
    words = shlex.split(shown, comments=True)[1:]
    verb = _verbs()
    while words and hasattr(verb, "commands"):
        if words[0].startswith("-"):
            break
        named = words.pop(0).rstrip(",")
        assert named in verb.commands, f"there is no verb {named}"
        verb = verb.commands[named]
    known = {name for parameter in verb.params for name in (*parameter.opts, *parameter.secondary_opts)} | {
        "--help",
        "-h",
    }
    if verb.name == "check":
        known = set(complete("-"))
    used = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
    assert used <= known
