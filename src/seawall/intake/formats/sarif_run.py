"""What the results of one SARIF run share: the tool, its rules and the artifacts, decoded when a result first asks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from seawall.intake.formats.interface import canonical_purl, decode
from seawall.intake.formats.sarif_wire import Artifact, Reference, Text, bounded
from seawall.intake.formats.sarif_words import NO_TAGS, Tags, identifiers_of_rule, tags_of

_HOSTED: Final = re.compile(
    r"https?://(github|bitbucket)\.(?:com|org)/([^/\s]+)/([^/\s?#]+?)(?:\.git)?/?", re.IGNORECASE
)


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
    extensions: list[msgspec.Raw] | None = None


class _VersionControl(msgspec.Struct):
    repository: str | None = msgspec.field(default=None, name="repositoryUri")
    revision: str | None = msgspec.field(default=None, name="revisionId")


class _Details(msgspec.Struct):
    properties: msgspec.Raw = msgspec.Raw()


class _ArtifactEntry(msgspec.Struct):
    location: Artifact | None = None


class Run(msgspec.Struct):
    """One run; results, rules and artifacts stay undecoded."""

    tool: _Tool = msgspec.field(default_factory=_Tool)
    results: list[msgspec.Raw] | None = None
    artifacts: list[msgspec.Raw] | None = None
    provenance: msgspec.Raw = msgspec.field(default=msgspec.Raw(), name="versionControlProvenance")
    details: _Details = msgspec.field(default_factory=_Details, name="automationDetails")
    properties: msgspec.Raw = msgspec.Raw()

    def products(self, place: str) -> tuple[str, ...]:
        """Return the purls of what was scanned, as far as the run says."""
        for bag in (self.properties, self.details.properties):
            if purls := tags_of(bounded(_BAG, bag, f"{place}/properties"), None).purls:
                return purls
        found = []
        for control in bounded(_PROVENANCE, self.provenance, f"{place}/versionControlProvenance") or ():
            if match := _HOSTED.fullmatch(control.repository or ""):
                revision = f"@{control.revision}" if control.revision else ""
                found.append(canonical_purl(f"pkg:{match[1].lower()}/{match[2]}/{match[3]}{revision}"))
        return tuple(dict.fromkeys(filter(None, found)))


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule says about each of its results."""

    id: str = ""
    title: str = ""
    level: str = "warning"
    """SARIF's default where neither result nor rule says more."""
    messages: dict[str, Text] | None = None
    references: tuple[str, ...] = ()
    tags: Tags = NO_TAGS


_RULE: Final = msgspec.json.Decoder(_WireRule)
_COMPONENT: Final = msgspec.json.Decoder(_ToolComponent)
_BAG: Final = msgspec.json.Decoder(dict[str, Any] | None)
_PROVENANCE: Final = msgspec.json.Decoder(list[_VersionControl] | None)
_RULE_ID: Final = msgspec.json.Decoder(_RuleId)
_ARTIFACT: Final = msgspec.json.Decoder(_ArtifactEntry)


class Rules:
    """The rules of one run, found by index or id, decoded once."""

    def __init__(self, run: Run, place: str) -> None:
        self.tool = (run.tool.driver.name or "unknown").strip().lower().replace(" ", "-")
        self._place = place
        self._extensions = run.tool.extensions or []
        self._components: dict[int, _ToolComponent] = {0: run.tool.driver}
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
            self._strangers[rule_id] = Rule(rule_id, tags=Tags(identifiers_of_rule(rule_id, {})))
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
        if not 0 <= component <= len(self._extensions):
            return None
        rules = self._component(component).rules or []
        if index >= len(rules):
            return None
        wire = bounded(_RULE, rules[index], f"{self._place}/tool/rules/{index}")
        rule = _rule(wire or _WireRule())
        self._read[component, index] = rule
        return rule

    def _component(self, number: int) -> _ToolComponent:
        if number not in self._components:
            place = f"{self._place}/tool/extensions/{number - 1}"
            self._components[number] = decode(_COMPONENT, self._extensions[number - 1], place)
        return self._components[number]

    def _ids(self) -> dict[str, tuple[int, int]]:
        if self._by_id is None:
            self._by_id = {}
            for component in range(len(self._extensions) + 1):
                for index, raw in enumerate(self._component(component).rules or ()):
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
        tags=tags._replace(identifiers=identifiers_of_rule(wire.id or "", wire.properties or {})),
    )
