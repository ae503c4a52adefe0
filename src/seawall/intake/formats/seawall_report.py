"""The Seawall report 1.0 in JSON or YAML: one claimed vulnerability with the evidence that shows it.

Its members are described in `seawall_wire` and `docs/formats.md`. JSON and YAML give the same finding. A file may hold
several reports: a JSON array, JSON Lines, or YAML documents. A member that is given twice is an error, since two
readers could see two different reports.
"""

from __future__ import annotations

import binascii
import json
import re
from base64 import b64decode
from collections.abc import Iterator
from typing import Any, Final, TypeVar

import msgspec

from seawall.intake import errors
from seawall.intake.formats.interface import (
    Context,
    Document,
    affected_first,
    decode,
    fits,
    split_identifiers,
    wire_names,
)
from seawall.intake.formats.seawall_wire import (
    VERSION,
    EvidenceWire,
    FileWire,
    LocationWire,
    ProductWire,
    ReportWire,
    member_paths,
    text_paths,
)
from seawall.intake.formats.yaml_text import Path, read_yaml
from seawall.intake.model import AffectedProduct, Evidence, Finding, Location
from seawall.kernel.identifiers import parse_weakness, weaknesses_of
from seawall.kernel.marking import parse_marking
from seawall.kernel.purl import parse_purl

T = TypeVar("T", bound=msgspec.Struct)

_MARK: Final = re.compile(rb"""^(?:\xef\xbb\xbf)?["']?seawall_report["']?[ \t]*:""", re.MULTILINE)
_FRONT_MATTER: Final = re.compile(rb"\A---[ \t]*\r?\n.*?^---[ \t]*\r?\n\s*\S", re.DOTALL | re.MULTILINE)
_CODE_FENCE: Final = re.compile(rb"^ {0,3}(?:```|~~~)", re.MULTILINE)
_FILE_NAME: Final = re.compile(r"(?!\.+\Z)[A-Za-z0-9._][A-Za-z0-9._+@ -]{0,119}", re.ASCII)
_MAX_FILES: Final = 64


class _Signature(msgspec.Struct):
    seawall_report: msgspec.Raw


_SIGNATURE: Final = msgspec.json.Decoder(_Signature)
_ANY: Final = msgspec.json.Decoder(dict[str, Any])


class SeawallReport:
    """Reads Seawall reports."""

    name = "seawall"
    title = "Seawall report"
    streams = False

    def recognises(self, document: Document) -> bool:
        """A report has `seawall_report`, in JSON as a member, in YAML as a key at the start of a line."""
        if document.is_json:
            return fits(_SIGNATURE, document) is not None
        return is_report_yaml(bytes(document.body))

    def read(self, document: Document, context: Context) -> Iterator[Finding]:
        """See `Format.read`."""
        if document.is_json:
            members = decode(_ANY, document.body, document.place)
            _refuse_duplicates(document)
            yield finding_of(members, document.place, context)
            return
        reports = read_yaml(document.text, context.limits, as_text=is_text, optional=is_member)
        for index, members in enumerate(reports):
            place = f"{document.place}/{index}" if len(reports) > 1 else document.place
            if not isinstance(members, dict):
                raise errors.schema_mismatch(place, "a report is a mapping")
            yield finding_of(members, place, context)


def is_report_yaml(body: bytes) -> bool:
    """Tell a report in YAML from Markdown that holds one, as front matter with text behind it or in a fenced block."""
    mark = _MARK.search(body)
    if mark is None or _CODE_FENCE.search(body, 0, mark.start()):
        return False
    front = _FRONT_MATTER.match(body)
    return front is None or _MARK.match(body, front.end() - 1) is not None


def is_text(path: Path) -> bool:
    """Whether the member at a path of a report holds text."""
    masked = [path, (*path[:-1], "*"), (*path[:-2], "*", *path[-1:])]  # any key of a mapping, and below it
    return bool(path) and any(candidate in text_paths() for candidate in masked)


def is_member(path: Path) -> bool:
    """Whether a report's structs know the member at a path."""
    return path in member_paths()


def finding_of(members: dict[str, Any], place: str, context: Context) -> Finding:
    """Turn the members of one report into its finding.

    Raises:
        InvalidInputError: A wrong version (`intake.wrong-version`), a member of a wrong type
            (`intake.schema-mismatch`), or a value that is none of its kind (`kernel.invalid-purl` and the like).
    """
    version = members.get("seawall_report")
    if version != VERSION:
        raise errors.wrong_version("a Seawall report", str(version if version is not None else ""), VERSION)
    wire = _convert(members, ReportWire, place)
    extra = _unknown(members, ReportWire)
    products = [_purl_product(wire.product)] if wire.product else []
    for number, entry in enumerate(wire.products):
        if isinstance(entry, str):
            products.append(_purl_product(entry))
        else:
            products.append(_product(entry))
            if unknown := _unknown(members["products"][number], ProductWire):
                extra.setdefault("products", {})[str(number)] = unknown
    if unknown := _unknown(members.get("location") or {}, LocationWire):
        extra["location"] = unknown
    for name in ("discovery_date", "disclosure_date"):
        if value := getattr(wire, name):
            extra[name] = value
    identifiers, others = split_identifiers(wire.identifiers)
    if others:
        extra["other_ids"] = others
    if wire.marking:
        parse_marking(wire.marking)
    return Finding(
        id=context.finding_id(place),
        report_id=context.report.id,
        place=place,
        title=" ".join(wire.title.split()),
        description=wire.description,
        identifiers=identifiers,
        weaknesses=weaknesses_of([parse_weakness(str(text)) for text in wire.weaknesses]),
        products=affected_first(products) or context.fallback_product,
        location=Location(wire.location.path, wire.location.line, wire.location.symbol, wire.location.snippet),
        vectors=tuple(wire.vectors),
        references=tuple(wire.references),
        credits=tuple(wire.credits),
        rule=wire.rule,
        status=wire.status,
        marking=context.marked(wire.marking),
        evidence=evidence_of(wire.evidence, members.get("evidence") or {}) if wire.evidence else None,
        published_at=wire.published_at,
        extra=extra,
    )


def evidence_of(wire: EvidenceWire, members: dict[str, Any]) -> Evidence:
    """Turn evidence from the wire into the model's.

    Raises:
        InvalidInputError: A file's name or content cannot be used (`intake.bad-file`).
    """
    if len(wire.files) > _MAX_FILES:
        raise errors.bad_file(f"number {_MAX_FILES + 1}", f"is beyond the most that are taken, {_MAX_FILES}")
    return Evidence(
        kind=wire.kind,
        oracle={"kind": wire.oracle} if isinstance(wire.oracle, str) else wire.oracle,
        entry=wire.entry,
        setup=tuple(wire.setup),
        read=wire.read,
        files={name: _content(name, content) for name, content in wire.files.items()},
        make=tuple(wire.make),
        script=wire.script,
        imports=tuple(wire.imports),
        requires=tuple(wire.requires),
        fixed_requires=tuple(wire.fixed_requires),
        fixed_version=wire.fixed_version,
        extra=_unknown(members, EvidenceWire),
    )


def convert_evidence(members: dict[str, Any], place: str) -> Evidence:
    """Read evidence that stands alone, as in Markdown.

    Raises:
        InvalidInputError: As for a report's `evidence` member.
    """
    return evidence_of(_convert(members, EvidenceWire, place), members)


def _convert(members: dict[str, Any], struct: type[T], place: str) -> T:
    try:
        return msgspec.convert(members, struct)
    except msgspec.ValidationError as error:
        raise errors.schema_mismatch(place, str(error)) from None


def _unknown(members: dict[str, Any], struct: type[msgspec.Struct]) -> dict[str, Any]:
    known = wire_names(struct)
    return {name: value for name, value in members.items() if name not in known}


def _purl_product(text: str) -> AffectedProduct:
    return AffectedProduct(str(parse_purl(text)))


def _product(wire: ProductWire) -> AffectedProduct:
    events = [(name, version) for event in wire.events for name, version in event.items()]
    if not events and (wire.introduced or wire.fixed or wire.last_affected):
        events.append(("introduced", wire.introduced or "0"))
        if wire.fixed:
            events.append(("fixed", wire.fixed))
        elif wire.last_affected:
            events.append(("last_affected", wire.last_affected))
    return AffectedProduct(str(parse_purl(wire.purl)), tuple(events), tuple(wire.versions), wire.status)


def _content(name: str, content: str | FileWire) -> bytes:
    if not _FILE_NAME.fullmatch(name):
        raise errors.bad_file(name, "has a name that is not plain")
    if isinstance(content, str):
        return content.encode()
    if (content.text is None) == (content.base64 is None):
        raise errors.bad_file(name, "needs exactly one of `text` and `base64`")
    if content.text is not None:
        return content.text.encode()
    try:
        return b64decode("".join((content.base64 or "").split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise errors.bad_file(name, f"is not valid base64: {error}") from None


def _refuse_duplicates(document: Document) -> None:
    """Look for members given twice, which the fast decoder passes over; the text is known to be valid JSON."""

    def check(pairs: list[tuple[str, Any]]) -> None:
        seen = set()
        for name, _ in pairs:
            if name in seen:
                raise errors.duplicate_key(name, document.place)
            seen.add(name)

    json.loads(bytes(document.body), object_pairs_hook=check, parse_int=str, parse_float=str)
