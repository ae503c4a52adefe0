"""SARIF 2.1.0 (OASIS Standard, 27 March 2020, with errata 01): one finding for each result that claims a weakness.

Scanners write a hundred thousand results into one file, and may put `tool` after `results`. So the results stay
undecoded (`msgspec.Raw`, a view into the report's bytes) until their turn, when everything else of the run is known.

Left out on purpose: results of kind `pass`, `notApplicable` and `informational` and those with `baselineState`
`absent`, since they claim nothing; code flows and graphs are kept in `extra` and not interpreted. The product is what
the result or its rule names (`properties.purl`), else what the submitter named, else what the run says of itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from seawall.intake import errors
from seawall.intake.formats.interface import (
    Context,
    Document,
    decode,
    fits,
    title_of,
    unknown_members,
)
from seawall.intake.formats.sarif_run import Rule, Rules, Run
from seawall.intake.formats.sarif_wire import Message, PhysicalLocation, Reference, bounded
from seawall.intake.formats.sarif_words import path_inside, tags_of
from seawall.intake.model import AffectedProduct, Finding, Location

_VERSION: Final = "2.1.0"
_NO_CLAIM: Final = frozenset({"pass", "notApplicable", "informational"})
_SNIPPET_LINES: Final = 5
_MORE_LOCATIONS: Final = 100
_SNIPPET_CHARACTERS: Final = 1000
_CONSUMED: Final = frozenset({"ruleId", "ruleIndex", "rule", "message", "locations"})
"""Members of a result that a field of the finding holds; all others go to `extra`."""
_NOWHERE: Final = Location()


class _LogicalLocation(msgspec.Struct):
    name: str | None = None
    full_name: str | None = msgspec.field(default=None, name="fullyQualifiedName")


class _Location(msgspec.Struct):
    physical: PhysicalLocation | None = msgspec.field(default=None, name="physicalLocation")
    logical: list[_LogicalLocation] | None = msgspec.field(default=None, name="logicalLocations")


class _Result(msgspec.Struct):
    message: Message = msgspec.field(default_factory=Message)
    rule_id: str | None = msgspec.field(default=None, name="ruleId")
    rule_index: int | None = msgspec.field(default=None, name="ruleIndex")
    rule: Reference | None = None
    level: str | None = None
    kind: str | None = None
    baseline: str | None = msgspec.field(default=None, name="baselineState")
    locations: list[_Location] | None = None
    taxa: list[Reference] | None = None
    properties: dict[str, Any] | None = None


class _Log(msgspec.Struct):
    runs: list[Run]
    version: str = ""


class _Signature(msgspec.Struct):
    runs: msgspec.Raw
    version: msgspec.Raw = msgspec.Raw()
    schema: msgspec.Raw = msgspec.field(default=msgspec.Raw(), name="$schema")


_SIGNATURE: Final = msgspec.json.Decoder(_Signature)
_LOG: Final = msgspec.json.Decoder(_Log)
_RESULT: Final = msgspec.json.Decoder(_Result)


class SARIF:
    """Reads SARIF 2.1.0."""

    name = "sarif"
    title = "SARIF"
    streams = True

    def recognises(self, document: Document) -> bool:
        """A SARIF log has `runs`, and a `version` or a `$schema` that says so."""
        signature = fits(_SIGNATURE, document)
        return signature is not None and (len(memoryview(signature.version)) > 0 or b"sarif" in bytes(signature.schema))

    def read(self, document: Document, context: Context) -> Iterator[Finding]:
        """See `Format.read`."""
        log = decode(_LOG, document.body, document.place)
        if log.version != _VERSION:
            raise errors.wrong_version(self.title, log.version, _VERSION)
        for number, run in enumerate(log.runs):
            place = f"{document.place}/runs/{number}"
            rules = Rules(run, place)
            products = context.fallback_product or tuple(map(AffectedProduct, run.products(place)))
            for index, raw in enumerate(run.results or ()):
                finding = _finding(raw, f"{place}/results/{index}", rules, products, context)
                if finding is not None:
                    yield finding


def _finding(
    raw: msgspec.Raw, place: str, rules: Rules, products: tuple[AffectedProduct, ...], context: Context
) -> Finding | None:
    result = bounded(_RESULT, raw, place) or _Result()
    if result.kind in _NO_CLAIM or result.baseline == "absent":
        return None
    rule = rules.of(result.rule_id, result.rule_index, result.rule)
    own = tags_of(result.properties, result.taxa)
    if named := own.purls or rule.tags.purls:
        products = tuple(map(AffectedProduct, named))
    message = result.message.render(rule.messages)
    title = title_of(message, rule.title, rule.id)
    extra = unknown_members(raw, _CONSUMED, place)
    extra.setdefault("level", rule.level)
    if result.locations and len(result.locations) > 1:
        extra["locations"] = [
            _plain(location, rules, products) for location in result.locations[1 : 1 + _MORE_LOCATIONS]
        ]
    return Finding(
        id=context.finding_id(place),
        report_id=context.report.id,
        place=place,
        title=title,
        description=message if message.strip() != title else "",
        identifiers=_union(own.identifiers, rule.tags.identifiers),
        weaknesses=own.weaknesses or rule.tags.weaknesses,
        products=products,
        location=_location(result.locations[0], rules, products) if result.locations else _NOWHERE,
        vectors=own.vectors or rule.tags.vectors,
        references=rule.references,
        rule=_rule_name(rules, rule),
        marking=context.report.marking,
        extra=extra,
    )


def _union(left: tuple[str, ...], right: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({*left, *right})) if left and right else left or right


def _rule_name(rules: Rules, rule: Rule) -> str:
    return f"{rules.tool}/{rule.id}" if rule.id else rules.tool


def _location(location: _Location, rules: Rules, products: tuple[AffectedProduct, ...]) -> Location:
    symbol = ""
    if location.logical:
        symbol = location.logical[0].full_name or location.logical[0].name or ""
    physical = location.physical
    if physical is None:
        return Location(symbol=symbol)
    uri = physical.artifact.uri if physical.artifact else None
    if uri is None and physical.artifact is not None:
        uri = rules.artifact_uri(physical.artifact.index)
    region = physical.region
    snippet = region.snippet.text if region and region.snippet and region.snippet.text else ""
    if len(snippet) > _SNIPPET_CHARACTERS or "\n" in snippet:
        snippet = "\n".join(snippet[:_SNIPPET_CHARACTERS].splitlines()[:_SNIPPET_LINES])
    return Location(
        path=path_inside(uri, products[0].purl if products else "") if uri else "",
        line=max(region.start_line or 0, 0) if region else 0,
        symbol=symbol,
        snippet=snippet,
    )


def _plain(location: _Location, rules: Rules, products: tuple[AffectedProduct, ...]) -> dict[str, str | int]:
    read = _location(location, rules, products)
    return {"path": read.path, "line": read.line, "symbol": read.symbol}
