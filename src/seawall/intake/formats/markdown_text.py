"""Markdown as people and language models write reports in it, taken apart by lines: no markup is rendered.

Found are the front matter, the first heading, fenced blocks with their names, sections, and *labelled* values, such as
`**CVE:** CVE-2024-1234`, `- Affected version: 1.2` or the table row `| Package | foo |`. Text inside fenced blocks
is code: nothing in it is a label, a heading or a section.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})\s*([^`]*)$")
_HEADING: Final = re.compile(r" {0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_UNDERLINE: Final = re.compile(r" {0,3}(=+|-{3,})\s*$")
_FRONT: Final = re.compile(r"\s*---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_LABEL: Final = re.compile(
    r"\s*(?:[-*+•]\s+|\d+\.\s+|>\s*)?(?:\|\s*)?[*_`]{0,3}([A-Za-z][A-Za-z0-9 /()_-]{0,38}?)[*_`]{0,3}"
    r"\s*(?::[*_`]{0,3}|\|)\s*(\S.*?)[ \t|]*$"
)
_NAMED: Final = re.compile(r"""(?:file(?:name)?|title|name|path)\s*[=:]\s*["']?([^\s"'}]+)""", re.IGNORECASE)
_BARE_NAME: Final = re.compile(r"(?:[A-Za-z0-9+#-]+[\s:]+)?([A-Za-z0-9_][A-Za-z0-9_+@-]*(?:\.[A-Za-z0-9]{1,8})+)")
_LINK: Final = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_EMPHASIS: Final = re.compile(r"\*{1,3}|`+|(?<!\w)_{1,3}|_{1,3}(?!\w)")
_URL: Final = re.compile(r"https?://[^\s<>()\[\]\"'`|*]+")
_MAX_LINE: Final = 1000
"""Characters; no longer line is a heading or a label, so that no pattern meets a line that makes it slow."""
_NO_TITLE: Final = ("|", "-", "*", "+", ">")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block."""

    language: str
    """First word of the info string, lower-case."""
    name: str
    """File name that the info string gives, or empty."""
    text: str
    line: int
    """Of the fence, counted from 1."""


@dataclass(slots=True)
class Page:
    """A Markdown text, taken apart."""

    front: str = ""
    """The front matter's YAML; empty if there is none."""
    title: str = ""
    """Text of the first heading."""
    body: str = ""
    """All but the front matter and the first heading."""
    blocks: list[Block] = field(default_factory=list)
    labels: list[tuple[str, str]] = field(default_factory=list)
    """Label as written, and its value, in order."""
    sections: dict[str, list[str]] = field(default_factory=dict)
    """Heading, lower-case, to its lines up to the next heading, without fenced blocks."""

    @property
    def is_report(self) -> bool:
        """Whether anything marks it as a report rather than any text."""
        return bool(self.front or self.title)


def take_apart(text: str) -> Page:
    """Take a Markdown text apart. Anything can be taken apart; see `Page.is_report`."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    page = Page()
    front = _FRONT.match(text)
    if front is not None and ":" in front[1]:
        page.front = front[1]
        text = text[front.end() :]
    lines = text.split("\n")
    body: list[str] = []
    section: list[str] = []
    number = 0
    while number < len(lines):
        if fence := _FENCE.match(lines[number]):
            end = _end_of_fence(lines, number, fence[1])
            page.blocks.append(_block(fence[2], lines[number + 1 : end], number + 1))
            body += lines[number : end + 1]
            number = end + 1
            continue
        heading, taken = _heading(lines, number)
        chunk = lines[number : number + taken]
        number += taken
        if heading and not page.title:
            page.title = heading
            continue
        body += chunk
        if heading:
            section = page.sections.setdefault(heading.lower().rstrip(":"), [])
            continue
        section.append(chunk[0])
        if len(chunk[0]) <= _MAX_LINE and (label := _LABEL.match(chunk[0])):
            page.labels.append((label[1].strip(), plain(label[2])))
    page.body = "\n".join(body).strip()
    return page


def plain(text: str) -> str:
    """Strip emphasis, code marks and link syntax from a short text."""
    text = _LINK.sub(r"\1", text)
    return _EMPHASIS.sub("", text).strip()


def urls_in(text: str) -> tuple[str, ...]:
    """Return the web addresses in a text, in order, without repeats."""
    return tuple(dict.fromkeys(url.rstrip(".,;:!?") for url in _URL.findall(text)))


def _end_of_fence(lines: list[str], start: int, fence: str) -> int:
    """Return the number of the closing line; a fence that nobody closed ends with the text."""
    for number in range(start + 1, len(lines)):
        stripped = lines[number].strip()
        if len(stripped) >= len(fence) and stripped == fence[0] * len(stripped):
            return number
    return len(lines)


def _block(info: str, lines: list[str], line: int) -> Block:
    info = info.strip()
    named = _NAMED.search(info) or _BARE_NAME.fullmatch(info)
    language = re.split(r"[\s:{]", info, maxsplit=1)[0].lower()
    text = "\n".join(lines) + ("\n" if lines else "")
    return Block(language, named[1].rpartition("/")[2] if named else "", text, line)


def _heading(lines: list[str], number: int) -> tuple[str, int]:
    """Return a heading's text and how many lines it takes; empty and 1 for any other line."""
    if len(lines[number]) > _MAX_LINE:
        return "", 1
    if match := _HEADING.match(lines[number]):
        return plain(match[2]), 1
    line = lines[number].strip()
    if line and number + 1 < len(lines) and _UNDERLINE.match(lines[number + 1]) and not line.startswith(_NO_TITLE):
        return plain(line), 2
    return "", 1
