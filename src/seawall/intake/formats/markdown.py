"""Markdown with or without YAML front matter: one finding for each text. Sloppy by nature, so read with care.

Members come from three places, the earlier one wins: the front matter; labelled lines and table rows of the body
(`**Package:** pyyaml`); the first heading, for the title. `markdown_labels` knows the spellings.

Only a labelled identifier names *this* vulnerability, and so does one with which the title begins (`CVE-2024-1: …`).
Any other mention, "like CVE-2020-1747", is a hint in `extra["mentions"]`: two reports that mention the same old bug
are not the same bug.

Evidence is read from the front matter's `evidence`, or from a fenced block that holds it; fenced blocks whose info
string names a file that the evidence uses become its files. A fenced block that holds a whole Seawall report counts
as front matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from seawall.intake.formats.interface import Context, Document, split_identifiers, title_of, wire_names
from seawall.intake.formats.markdown_labels import (
    affected_product,
    fixed_in,
    leading_identifiers,
    meaning_of,
    package_of,
    place_in,
    vectors_in,
    versions_in,
    weaknesses_in,
)
from seawall.intake.formats.markdown_text import Block, Page, take_apart, urls_in
from seawall.intake.formats.seawall_report import convert_evidence, finding_of, is_text
from seawall.intake.formats.seawall_wire import EvidenceWire
from seawall.intake.formats.yaml_text import Path, read_yaml
from seawall.intake.model import Evidence, Finding, Location
from seawall.kernel.errors import InvalidInputError
from seawall.kernel.identifiers import identifiers_in, weaknesses_of
from seawall.kernel.limits import Limits

_DATA_LANGUAGES: Final = frozenset({"", "yaml", "yml", "json", "seawall", "evidence"})
_WRAPPERS: Final = frozenset({"markdown", "md"})
_ENOUGH_LABELS: Final = 2
_MOST_REFERENCES: Final = 100
_TITLE_IDENTIFIER: Final = re.compile(r"\[?(\S+?)\]?\s*(?::|[-\u2013\u2014]\s|\()")
_SIMPLE_LINE: Final = re.compile(r"([A-Za-z][\w -]{0,38}):[ \t]+(\S.*)")
_LONG_LINE: Final = 1000
_REFERENCE_SECTIONS: Final = ("references", "links", "resources", "see also", "further reading")


class Markdown:
    """Reads Markdown."""

    name = "markdown"
    title = "Markdown"
    streams = False

    def recognises(self, document: Document) -> bool:
        """Front matter, a heading, or at least two labels that mean something."""
        if document.is_json:
            return False
        page = _page(document.text)
        labels = {meaning_of(label) for label, _ in page.labels} - {""}
        return bool(page.front or page.title or len(labels) >= _ENOUGH_LABELS)

    def read(self, document: Document, context: Context) -> Iterator[Finding]:
        """See `Format.read`."""
        page = _page(document.text)
        front = _front_matter(page, context.limits)
        whole = front if "seawall_report" in front else _whole_report(page, context.limits)
        if whole is not None:
            whole.setdefault("title", page.title or "untitled")
            whole.setdefault("description", page.body)
            yield finding_of(whole, document.place, context)
        else:
            yield _finding(page, front, document.place, context)


def _page(text: str) -> Page:
    """Take a text apart; one that is wrapped in a fence as a whole, as chat programs do, is unwrapped first."""
    page = take_apart(text)
    if not page.title and not page.front and len(page.blocks) == 1 and page.blocks[0].language in _WRAPPERS:
        return take_apart(page.blocks[0].text)
    return page


def _finding(page: Page, front: dict[str, Any], place: str, context: Context) -> Finding:
    said, extra = _members(page, front)
    identifiers = [found for value in said.get("identifiers", ()) for found in leading_identifiers(value)]
    title = title_of(*said.get("title", ()), page.title, page.body)
    if match := _TITLE_IDENTIFIER.match(title):
        identifiers += leading_identifiers(match[1])
    known, _ = split_identifiers(identifiers)
    if mentions := [found for found in identifiers_in(f"{page.title}\n{page.body}") if found not in known]:
        extra["mentions"] = mentions
    claims = [versions_in(value) for value in said.get("version", ())]
    claim = next((claim for claim in claims if claim.version or claim.events), versions_in(""))
    fixed = next(filter(None, map(fixed_in, said.get("fixed", ()))), "")
    package = package_of(said.get("product", ()), said.get("package", ()), said.get("ecosystem", ()))
    for name in ("product", "package", "ecosystem", "version", "fixed"):
        if said.get(name):
            extra[f"said_{name}"] = said[name]
    evidence = _evidence(page, front, place, context.limits)
    clean = fixed or next((version for name, version in claim.events if name == "fixed"), "")
    if evidence is not None and clean and not evidence.fixed_version:
        evidence = replace(evidence, fixed_version=clean)
    return Finding(
        id=context.finding_id(place),
        report_id=context.report.id,
        place=place,
        title=title,
        description=page.body,
        identifiers=known,
        weaknesses=weaknesses_of([found for value in said.get("weaknesses", ()) for found in weaknesses_in(value)]),
        products=(affected_product(package, claim, fixed),) if package else context.fallback_product,
        location=_location(said),
        vectors=tuple(dict.fromkeys(found for value in said.get("vectors", ()) for found in vectors_in(value))),
        references=_references(page, said),
        credits=tuple(said.get("credits", ())),
        marking=context.marked(next(iter(said.get("marking", ())), "")),
        evidence=evidence,
        published_at=next(iter(said.get("published_at", ())), ""),
        extra=extra,
    )


def _members(page: Page, front: dict[str, Any]) -> tuple[dict[str, list[str]], dict[str, Any]]:
    """Bring front matter and labels to one set of words; what means nothing here is kept as it came."""
    said: dict[str, list[str]] = {}
    extra: dict[str, Any] = {}
    evidence = wire_names(EvidenceWire) if _is_evidence(front) else frozenset({"evidence"})
    for label, value in front.items():
        if label in evidence:
            continue
        member = meaning_of(label)
        values = _flat(value)
        if member and values is not None:
            said.setdefault(member, []).extend(values)
        elif value is not None:
            extra[label] = value
    from_front = frozenset(said)
    for label, value in page.labels:
        member = meaning_of(label)
        if member and member not in from_front:
            said.setdefault(member, []).append(value)
    return said, extra


def _flat(value: object) -> list[str] | None:
    """Return the texts of a value or of a list of values; None for anything deeper."""
    if isinstance(value, list):
        return [str(item) for item in value] if all(isinstance(item, str | int | float) for item in value) else None
    return [str(value)] if isinstance(value, str | int | float) and str(value).strip() else None


def _location(said: dict[str, list[str]]) -> Location:
    path, line = next((found for found in map(place_in, said.get("path", ())) if found[0]), ("", 0))
    if not line:
        numbers = (re.match(r"[lL]?(\d{1,7})", value.strip()) for value in said.get("line", ()))
        line = next((int(match[1]) for match in numbers if match), 0)
    symbol = next(iter(said.get("symbol", ())), "").strip("`").removesuffix("()")
    return Location(path, line, symbol if len(symbol.split()) == 1 else "")


def _references(page: Page, said: dict[str, list[str]]) -> tuple[str, ...]:
    """Labelled addresses and those of a section for them; where there is neither, every address in the text."""
    listed = [line for name in _REFERENCE_SECTIONS for line in page.sections.get(name, ())]
    found = urls_in("\n".join([*said.get("references", ()), *listed])) or urls_in(page.body)
    return found[:_MOST_REFERENCES]


def _front_matter(page: Page, limits: Limits) -> dict[str, Any]:
    """Read the front matter; where it is not YAML (`title: a: b`), its lines count as labels."""
    if not page.front:
        return {}
    try:
        documents = read_yaml(page.front, limits, as_text=_is_text)
    except InvalidInputError as error:
        if error.code != "intake.malformed-yaml":
            raise
        documents = []
    if documents and isinstance(documents[0], dict):
        return documents[0]
    lines = (_SIMPLE_LINE.fullmatch(line.rstrip()) for line in page.front.split("\n") if len(line) < _LONG_LINE)
    return {match[1]: match[2].strip("\"'") for match in lines if match}


def _is_text(path: Path) -> bool:
    """In front matter all plain scalars are text, but for those of the evidence that are data."""
    return path[0] != "evidence" or is_text(path) if path else True


def _whole_report(page: Page, limits: Limits) -> dict[str, Any] | None:
    for block in page.blocks:
        if block.language in _DATA_LANGUAGES and "seawall_report" in block.text:
            members = _data(block, limits, ())
            if members is not None and "seawall_report" in members:
                return members
    return None


def _evidence(page: Page, front: dict[str, Any], place: str, limits: Limits) -> Evidence | None:
    members: object = front.get("evidence")
    if members is None and _is_evidence(front):
        members = {name: front[name] for name in wire_names(EvidenceWire) if name in front}
    if members is None:
        members = _fenced_evidence(page, limits)
    if not isinstance(members, dict):
        return None
    wanted = _strings(members)
    files = dict(members.get("files") or {}) if isinstance(members.get("files"), dict | None) else members["files"]
    if isinstance(files, dict):
        for block in page.blocks:
            if block.name in wanted:
                files.setdefault(block.name, {"text": block.text})
    return convert_evidence({**members, "files": files}, f"{place}/evidence")


def _fenced_evidence(page: Page, limits: Limits) -> dict[str, Any] | None:
    for block in page.blocks:
        if block.language in _DATA_LANGUAGES and "oracle" in block.text:
            members = _data(block, limits, ("evidence",))
            if members is not None and isinstance(members.get("evidence"), dict):
                members = members["evidence"]
            if members is not None and _is_evidence(members):
                return members
    return None


def _is_evidence(members: dict[str, Any]) -> bool:
    return "oracle" in members and ("entry" in members or "script" in members)


def _data(block: Block, limits: Limits, prefix: Path) -> dict[str, Any] | None:
    """Read a fenced block as YAML, of which JSON is nearly a part; None where it is neither."""
    try:
        documents = read_yaml(block.text, limits, as_text=lambda path: is_text(prefix + path) or is_text(path))
    except InvalidInputError as error:
        if error.code != "intake.malformed-yaml":
            raise
        return None
    return documents[0] if len(documents) == 1 and isinstance(documents[0], dict) else None


def _strings(value: object) -> set[str]:
    """Return all texts inside a value; nesting is bounded by the reader that made it."""
    if isinstance(value, str):
        return {value}
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    return {text for item in value for text in _strings(item)} if isinstance(value, list) else set()
