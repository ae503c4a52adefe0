"""What the results of one SARIF run share: the tool, its rules, the artifacts, and words found in property bags.

Rules and artifacts are decoded when a result first asks for them. SARIF has no place for package URLs, identifiers
and CVSS vectors, so tools put them into property bags; only members that are labelled as such are taken, never text
that happens to look like an identifier.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

import msgspec

from seawall.intake.formats.interface import canonical_purl, decode
from seawall.kernel.identifiers import identifiers_in, known_identifiers, weaknesses_of
from seawall.kernel.purl import parse_purl

_CWE_TAG: Final = re.compile(r"(?:external/)?cwe[-_:/ ]*(?:cwe-)?\d.*", re.IGNORECASE | re.DOTALL)
_CWE_NUMBER: Final = re.compile(r"\d{1,5}")
# Grype and others append the package to the identifier.
_RULE_IDENTIFIER: Final = re.compile(r"(CVE-\d{4}-\d{4,19}|GHSA(?:-[0-9a-z]{4}){3})(?:-.*)?", re.IGNORECASE | re.DOTALL)
_PLACEHOLDER: Final = re.compile(r"\{(\d{1,2})\}")
_IDENTIFIER_KEYS: Final = ("cve", "cves", "ghsa", "identifiers", "aliases", "vulnerabilityId")
_PURL_KEYS: Final = ("purl", "purls")
_HOSTED: Final = re.compile(
    r"https?://(github|bitbucket)\.(?:com|org)/([^/\s]+)/([^/\s?#]+?)(?:\.git)?/?", re.IGNORECASE
)
_INSTALLED: Final = re.compile(r".*?/(?:site-packages|dist-packages)/|.*/node_modules/(?:@[^/]+/)?[^/]+/", re.DOTALL)


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


class _Relationship(msgspec.Struct):
    target: Reference | None = None


class _Configuration(msgspec.Struct):
    level: str | None = None


class _WireRule(msgspec.Struct):
    id: str | None = None
    name: str | None = None
    short: Text | None = msgspec.field(default=None, name="shortDescription")
    messages: dict[str, Text] | None = msgspec.field(default=None, name="messageStrings")
    help_uri: str | None = msgspec.field(default=None, name="helpUri")
    configuration: _Configuration | None = msgspec.field(default=None, name="defaultConfiguration")
    relationships: list[_Relationship] | None = None
    properties: dict[str, Any] | None = None


class _RuleId(msgspec.Struct):
    id: str | None = None


class _ToolComponent(msgspec.Struct):
    name: str | None = None
    rules: list[msgspec.Raw] | None = None


class _Tool(msgspec.Struct):
    driver: _ToolComponent = msgspec.field(default_factory=_ToolComponent)
    extensions: list[_ToolComponent] | None = None


class _VersionControl(msgspec.Struct):
    repository: str | None = msgspec.field(default=None, name="repositoryUri")
    revision: str | None = msgspec.field(default=None, name="revisionId")


class _Details(msgspec.Struct):
    properties: dict[str, Any] | None = None


class _ArtifactEntry(msgspec.Struct):
    location: Artifact | None = None


class Run(msgspec.Struct):
    """One run; results, rules and artifacts stay undecoded."""

    tool: _Tool = msgspec.field(default_factory=_Tool)
    results: list[msgspec.Raw] | None = None
    artifacts: list[msgspec.Raw] | None = None
    provenance: list[_VersionControl] | None = msgspec.field(default=None, name="versionControlProvenance")
    details: _Details | None = msgspec.field(default=None, name="automationDetails")
    properties: dict[str, Any] | None = None

    def products(self) -> tuple[str, ...]:
        """Return the purls of what was scanned, as far as the run says."""
        for bag in (self.properties, self.details.properties if self.details else None):
            if purls := tags_of(bag, None).purls:
                return purls
        found = []
        for control in self.provenance or ():
            if match := _HOSTED.fullmatch(control.repository or ""):
                revision = f"@{control.revision}" if control.revision else ""
                found.append(canonical_purl(f"pkg:{match[1].lower()}/{match[2]}/{match[3]}{revision}"))
        return tuple(dict.fromkeys(filter(None, found)))


class Tags(NamedTuple):
    """What a property bag says in words that Seawall knows."""

    identifiers: tuple[str, ...] = ()
    weaknesses: tuple[str, ...] = ()
    purls: tuple[str, ...] = ()
    vectors: tuple[str, ...] = ()


_NO_TAGS: Final = Tags()


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule says about each of its results."""

    id: str = ""
    title: str = ""
    level: str = "warning"
    """SARIF's default where neither result nor rule says more."""
    messages: dict[str, Text] | None = None
    references: tuple[str, ...] = ()
    tags: Tags = _NO_TAGS


_RULE: Final = msgspec.json.Decoder(_WireRule)
_RULE_ID: Final = msgspec.json.Decoder(_RuleId)
_ARTIFACT: Final = msgspec.json.Decoder(_ArtifactEntry)


class Rules:
    """The rules of one run, found by index or id, decoded once."""

    def __init__(self, run: Run, place: str) -> None:
        self.tool = (run.tool.driver.name or "unknown").strip().lower().replace(" ", "-")
        self._place = place
        self._components = [run.tool.driver, *(run.tool.extensions or ())]
        self._artifacts = run.artifacts or []
        self._read: dict[tuple[int, int], Rule] = {}
        self._by_id: dict[str, tuple[int, int]] | None = None
        self._uris: dict[int, str | None] = {}
        self._strangers: dict[str, Rule] = {}

    def of(self, rule_id: str | None, index: int | None, reference: Reference | None) -> Rule:
        """Find the rule of a result (SARIF 2.1.0, 3.27.5 to 3.27.7); one that is only named gives what its id says."""
        component = 0
        if reference is not None:
            rule_id = rule_id or reference.id
            index = reference.index if index is None else index
            if reference.component is not None and reference.component.index is not None:
                component = reference.component.index + 1
        if index is not None and index >= 0 and (rule := self._at(component, index)) is not None:
            return rule
        if not rule_id:
            return Rule()
        found = self._ids().get(rule_id) or self._ids().get(rule_id.rpartition("/")[0])
        if found is not None and (rule := self._at(*found)) is not None:
            return rule
        if rule_id not in self._strangers:
            self._strangers[rule_id] = Rule(rule_id, tags=Tags(_identifiers_of_rule(rule_id, {})))
        return self._strangers[rule_id]

    def artifact_uri(self, index: int | None) -> str | None:
        """Return the URI of an artifact that a result names by index alone."""
        if index is None or not 0 <= index < len(self._artifacts):
            return None
        if index not in self._uris:
            entry = decode(_ARTIFACT, self._artifacts[index], f"{self._place}/artifacts/{index}")
            self._uris[index] = entry.location.uri if entry.location else None
        return self._uris[index]

    def _at(self, component: int, index: int) -> Rule | None:
        rule = self._read.get((component, index))
        if rule is not None:
            return rule
        if component >= len(self._components) or component < 0:
            return None
        rules = self._components[component].rules or []
        if index >= len(rules):
            return None
        rule = _rule(decode(_RULE, rules[index], f"{self._place}/tool/rules/{index}"))
        self._read[component, index] = rule
        return rule

    def _ids(self) -> dict[str, tuple[int, int]]:
        if self._by_id is None:
            self._by_id = {}
            for component, holder in enumerate(self._components):
                for index, raw in enumerate(holder.rules or ()):
                    rule_id = decode(_RULE_ID, raw, f"{self._place}/tool/rules/{index}").id
                    if rule_id:
                        self._by_id.setdefault(rule_id, (component, index))
        return self._by_id


def _rule(wire: _WireRule) -> Rule:
    tags = tags_of(wire.properties, [related.target for related in wire.relationships or () if related.target])
    title = wire.short.text if wire.short and wire.short.text else wire.name
    return Rule(
        id=wire.id or "",
        title=title or "",
        level=(wire.configuration.level if wire.configuration else None) or "warning",
        messages=wire.messages,
        references=(wire.help_uri,) if wire.help_uri else (),
        tags=tags._replace(identifiers=_identifiers_of_rule(wire.id or "", wire.properties or {})),
    )


def _identifiers_of_rule(rule_id: str, properties: dict[str, Any]) -> tuple[str, ...]:
    """Identifiers that a rule is about: its id where the id is one, and what its property bag labels."""
    match = _RULE_IDENTIFIER.fullmatch(rule_id)
    own = known_identifiers([match[1] if match else rule_id]) if match or identifiers_in(rule_id) == (rule_id,) else ()
    return tuple(sorted({*own, *tags_of(properties, None).identifiers}))


def tags_of(properties: dict[str, Any] | None, taxa: Iterable[Reference] | None) -> Tags:
    """Read the words that Seawall knows out of a property bag and out of taxa."""
    if not properties and not taxa:
        return _NO_TAGS
    bag = properties or {}
    tags = _strings(bag.get("tags"))
    identifiers = [tag for tag in tags if identifiers_in(tag) and known_identifiers([tag])]
    for key in _IDENTIFIER_KEYS:
        identifiers += _strings(bag.get(key))
    weaknesses = [_number(tag) for tag in tags if _CWE_TAG.fullmatch(tag)]
    weaknesses += [_number(text) for key in ("cwe", "cwes") for text in _strings(bag.get(key))]
    for taxon in taxa or ():
        if taxon.id and (
            _CWE_TAG.fullmatch(taxon.id) or (taxon.component and (taxon.component.name or "").upper() == "CWE")
        ):
            weaknesses.append(_number(taxon.id))
    purls = [canonical_purl(text) for key in _PURL_KEYS for text in _strings(bag.get(key))]
    vectors = [value for value in bag.values() if isinstance(value, str) and value.startswith("CVSS:")]
    return Tags(
        known_identifiers(identifiers),
        weaknesses_of([number for number in weaknesses if number]),
        tuple(dict.fromkeys(filter(None, purls))),
        tuple(dict.fromkeys(vectors)),
    )


def _number(text: str) -> str:
    match = _CWE_NUMBER.search(text)
    return match[0] if match else ""


def _strings(value: object) -> list[str]:
    if isinstance(value, str | int) and not isinstance(value, bool):
        return [str(value)]
    return [str(item) for item in value if isinstance(item, str | int)] if isinstance(value, list) else []


@lru_cache(maxsize=65536)
def path_inside(uri: str, purl: str) -> str:
    """Return the path inside the product for a URI or path, as far as it can be told.

    Absolute paths are cut behind `site-packages`, `node_modules/<name>` or a folder that is named after the product
    and its version; of others only the leading `/` goes.
    """
    path = unquote(uri)
    if path[:5].lower() == "file:":
        path = path[5:]
        if path.startswith("//"):
            path = "/" + path[2:].partition("/")[2]
    path = posixpath.normpath("/" + path.replace("\\", "/")).lstrip("/")  # the slash keeps `..` inside
    if match := _INSTALLED.match("/" + path):
        return path[match.end() - 1 :]
    if purl:
        product = parse_purl(purl)
        wanted = _folder(f"{product.name}-{product.version}")
        head, found, tail = [], False, path.split("/")
        while tail[:-1] and not found:
            found = _folder(tail[0]) == wanted
            head.append(tail.pop(0))
        if found:
            return "/".join(tail)
    return path


def _folder(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
