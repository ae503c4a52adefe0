"""The Seawall report 1.0 on the wire: what a person or a model writes to claim one vulnerability and show it.

Member names are those of `intake.model` (`Finding`, `Evidence`), with short forms where hands type them. The published
JSON Schema is generated from these structs, texts included, so the words below are documentation for submitters.
Members that are not listed are welcome; they are kept.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, inspect

VERSION: Final = "1.0"

Words = list[str]
VEX = Literal["affected", "not_affected", "fixed", "under_investigation"]


class FileWire(msgspec.Struct, omit_defaults=True):
    """Content of an input file; exactly one of the two."""

    text: Annotated[str | None, Meta(description="The file as UTF-8 text.")] = None
    base64: Annotated[str | None, Meta(description="The file's bytes in base64; white space is ignored.")] = None


class EvidenceWire(msgspec.Struct, omit_defaults=True):
    """What shows the effect. Seawall calls the entry point itself, so data is worth more than a script."""

    oracle: Annotated[
        str | dict[str, Any],
        Meta(description="What is to be seen: `canary`, `crash`, `timeout`, or an object with `kind` and its details."),
    ]
    kind: Annotated[
        Literal["input", "script"],
        Meta(description="`input`: data for a public entry point. `script`: a program of the finder's own."),
    ] = "input"
    entry: Annotated[dict[str, Any], Meta(description="The public entry point: `call`, `args`, `kwargs`.")] = {}
    setup: Annotated[
        list[dict[str, Any]], Meta(description="Calls made before, each with `as`, a name for its value.")
    ] = []
    read: Annotated[str, Meta(description="Attribute path walked on the result, such as `pages.0.text`.")] = ""
    files: Annotated[
        dict[str, str | FileWire],
        Meta(description="Input files by plain name: text, or an object with `text` or `base64`."),
    ] = {}
    make: Annotated[
        list[dict[str, Any]], Meta(description="Archives that the verifier builds: `file`, `format`, `entries`.")
    ] = []
    script: Annotated[str, Meta(description="Name of the file that is the program; only for kind `script`.")] = ""
    imports: Annotated[Words, Meta(description="Import names of the product where they differ from its name.")] = []
    requires: Annotated[Words, Meta(description="Further packages to install, `name==version`.")] = []
    fixed_requires: Annotated[Words, Meta(description="The same for the fixed side, where it differs.")] = []
    fixed_version: Annotated[str, Meta(description="A release that does not show the effect, if one is known.")] = ""


class ProductWire(msgspec.Struct, omit_defaults=True):
    """One package, and which of its versions are meant."""

    purl: Annotated[str, Meta(description="Package URL, with a version or without.")]
    introduced: Annotated[str, Meta(description="First affected version.")] = ""
    fixed: Annotated[str, Meta(description="First version that is not affected any more.")] = ""
    last_affected: Annotated[str, Meta(description="Last affected version, where no fix is known.")] = ""
    events: Annotated[
        list[dict[str, str]], Meta(description="OSV range events, for more than one range; in order.")
    ] = []
    versions: Annotated[Words, Meta(description="Versions one by one.")] = []
    status: Annotated[VEX, Meta(description="What is said about these versions.")] = "affected"


class LocationWire(msgspec.Struct, omit_defaults=True):
    """Where in the product's source the weakness is."""

    path: Annotated[str, Meta(description="Path inside the product, with `/`.")] = ""
    line: Annotated[int, Meta(ge=0, description="First line, counted from 1.")] = 0
    symbol: Annotated[str, Meta(description="Qualified function, method or class.")] = ""
    snippet: Annotated[str, Meta(description="The source text there, a few lines at most.")] = ""


class ReportWire(msgspec.Struct, omit_defaults=True):
    """One claimed vulnerability in one product, with what shows it."""

    seawall_report: Annotated[str, Meta(description="Version of this format.", examples=[VERSION])]
    title: Annotated[str, Meta(min_length=1, description="One line that says what is wrong.")]
    product: Annotated[str, Meta(description="Package URL of the vulnerable release, such as pkg:pypi/a@1.")] = ""
    products: Annotated[
        list[str | ProductWire], Meta(description="Further packages or versions: package URLs, or objects.")
    ] = []
    description: Annotated[str, Meta(description="What happens, why, and what an attacker gains. Markdown.")] = ""
    identifiers: Annotated[
        Words, Meta(description="Identifiers of this very vulnerability: CVE, GHSA, OSV ids. Not of similar ones.")
    ] = []
    weaknesses: Annotated[list[str | int], Meta(description="CWE numbers, such as CWE-79.")] = []
    location: LocationWire = msgspec.field(default_factory=LocationWire)
    vectors: Annotated[Words, Meta(description="CVSS vector strings, versions 2.0 to 4.0.")] = []
    references: Annotated[Words, Meta(description="URLs.")] = []
    credits: Annotated[Words, Meta(description="Who found it, as they want to be named.")] = []
    rule: Annotated[str, Meta(description="Scanner and rule that found it, such as bandit/B506.")] = ""
    status: Annotated[VEX | Literal[""], Meta(description="The reporter's word on exploitability.")] = ""
    marking: Annotated[str, Meta(description="TLP 2.0: CLEAR, GREEN, AMBER, AMBER+STRICT or RED.")] = ""
    published_at: Annotated[str, Meta(description="Date or RFC 3339 instant of publication; empty if unpublished.")] = (
        ""
    )
    discovery_date: Annotated[str, Meta(description="When it was found.")] = ""
    disclosure_date: Annotated[str, Meta(description="When the reporter intends to make it public.")] = ""
    evidence: EvidenceWire | None = None


@cache
def text_paths() -> frozenset[tuple[str, ...]]:
    """Return the paths of all members that hold text, lists of text included; `*` stands for any key."""
    return frozenset(path for path, kind in _paths(inspect.type_info(ReportWire), ()) if kind == "text")


@cache
def member_paths() -> frozenset[tuple[str, ...]]:
    """Return the paths of all members that the structs above know."""
    return frozenset(path for path, kind in _paths(inspect.type_info(ReportWire), ()) if kind == "member")


def _paths(type_: inspect.Type, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], str]]:
    if isinstance(type_, inspect.Metadata):
        return _paths(type_.type, path)
    if isinstance(type_, inspect.StructType):
        found = []
        for field in type_.fields:
            below = (*path, field.encode_name)
            found += [(below, "member"), *_paths(field.type, below)]
        return found
    if isinstance(type_, inspect.UnionType):
        return [entry for kind in type_.types for entry in _paths(kind, path)]
    if isinstance(type_, inspect.ListType):
        return _paths(type_.item_type, path)
    if isinstance(type_, inspect.DictType):
        return _paths(type_.value_type, (*path, "*"))
    return [(path, "text")] if isinstance(type_, inspect.StrType | inspect.LiteralType) else []
