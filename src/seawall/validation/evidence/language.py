"""Reads evidence: hostile data in, checked calls out.

`intake.Evidence` is whatever a report said. `InputEvidence` and `ScriptEvidence` are the same with every name, size and
argument checked, so that drivers, controls and oracles need not doubt their shape. The language is described for users
in `docs/evidence.md`.

Invariants: a call names public attributes only, so that no run starts from private machinery of a package; nothing in
here is larger than `EvidenceLimits`, also after `$repeat` and `$nest` are expanded. Left out on purpose: `services`
(loopback servers of the verifier), which evidence may name but this version does not offer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any, Final

import msgspec

from seawall.intake import Evidence
from seawall.validation.errors import EvidenceError
from seawall.validation.evidence.arguments import Gauge, bad, large
from seawall.validation.evidence.limits import DEFAULT_EVIDENCE_LIMITS, NODE_CALL, PYTHON_CALL, EvidenceLimits

_READ: Final = re.compile(r"[A-Za-z0-9$][A-Za-z0-9_$]*(?:\(\))?(?:\.[A-Za-z0-9$][A-Za-z0-9_$]*(?:\(\))?)*", re.ASCII)
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}", re.ASCII)
_FILE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", re.ASCII)
_ENTRY_TYPES: Final = {
    "": "file",
    "file": "file",
    "dir": "dir",
    "directory": "dir",
    "symlink": "symlink",
    "hardlink": "hardlink",
    "link": "hardlink",
}
_CALL_MEMBERS: Final = frozenset({"call", "args", "kwargs", "new", "as"})
_MEMBER_CHARS: Final = 8192
_FORMATS: Final = frozenset({"zip", "tar", "gzip"})


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a public name with arguments that are data."""

    target: str
    """`module:attr.attr`, or `$name.attr` for a value made in set-up."""
    args: tuple[Any, ...] = ()
    """JSON values; objects with one `$` key are read as `docs/evidence.md` says."""
    kwargs: dict[str, Any] = field(default_factory=dict)
    new: bool = False
    """Node.js: construct instead of call."""
    name: str = ""
    """Set-up: the name of the value."""


@dataclass(frozen=True, slots=True)
class ArchiveEntry:
    """One member of an archive; its name may be as bad as it likes."""

    name: str
    content: Any = ""
    """An argument that gives text or bytes."""
    type: str = "file"
    """`file`, `dir`, `symlink`, `hardlink`."""
    target: str = ""
    """Of a link."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A file that the verifier builds before the run, because reports cannot carry it readably."""

    file: str
    format: str
    """`zip`, `tar`, `gzip`."""
    entries: tuple[ArchiveEntry, ...]


@dataclass(frozen=True, slots=True)
class InputEvidence:
    """Data for a public entry point."""

    entry: Call
    setup: tuple[Call, ...] = ()
    read: str = ""
    """Path walked on the result: `pages.0.extract_text()`."""
    files: dict[str, bytes] = field(default_factory=dict)
    archives: tuple[Archive, ...] = ()


@dataclass(frozen=True, slots=True)
class ScriptEvidence:
    """The finder's own program."""

    script: str
    """Name of the file that is the program."""
    files: dict[str, bytes] = field(default_factory=dict)


def read_evidence(
    evidence: Evidence, *, node: bool, limits: EvidenceLimits = DEFAULT_EVIDENCE_LIMITS
) -> InputEvidence | ScriptEvidence:
    """Check evidence.

    Args:
        evidence: As a report gave it.
        node: Whether the product is a Node.js package, whose names follow other rules than Python's.
        limits: Bounds.

    Raises:
        EvidenceError: It is not in the language, too large, or asks for what this version does not offer
            (`validation.bad-evidence`, `validation.evidence-too-large`, `validation.unsupported-evidence`).
    """
    _check_files(evidence.files, limits)
    if evidence.kind == "script":
        if evidence.script not in evidence.files:
            raise bad("the script is not among the files", "Give its name in `script` and its text in `files`.")
        return ScriptEvidence(evidence.script, dict(evidence.files))
    if evidence.kind != "input":
        raise bad(f"there is no kind of evidence {evidence.kind[:40]!r}", "Use `input` or `script`.")
    if evidence.extra.get("services"):
        raise EvidenceError(
            "validation.unsupported-evidence",
            "the evidence needs loopback services, which this version of Seawall does not offer",
            remedy="Give evidence whose effect needs no server, or have a person look.",
        )
    archives = _read_archives(evidence.make, limits)
    names = {*evidence.files, *(archive.file for archive in archives)}
    setup = _read_setup(evidence.setup, node=node, limits=limits)
    entry = _read_call(evidence.entry, "entry", node=node, limits=limits)
    read = evidence.read
    if read and (len(read) > limits.name_chars or not _READ.fullmatch(read)):
        raise bad("`read` is no path of public names", "Write it like `pages.0.extract_text()`.")
    gauge = Gauge(files=frozenset(names), node=node, limits=limits, pattern=NODE_CALL if node else PYTHON_CALL)
    known: set[str] = set()
    for call in (*setup, entry):
        gauge.add_call(call.target, [*call.args, *call.kwargs.values()], known)
        known.add(call.name)
    for archive in archives:
        for member in archive.entries:
            gauge.add(member.content, known)
    return InputEvidence(entry, setup, read, dict(evidence.files), archives)


def digest_of(evidence: Evidence) -> str:
    """Return SHA-256 (hex) over the evidence in canonical form: what a proof says it is about.

    Raises:
        EvidenceError: It holds values that are not JSON (`validation.bad-evidence`).
    """
    try:
        body = asdict(evidence)
        body["files"] = {name: sha256(content).hexdigest() for name, content in evidence.files.items()}
        return sha256(msgspec.json.encode(body, order="deterministic")).hexdigest()
    except (TypeError, ValueError, RecursionError):
        raise bad("it holds values that are not JSON", "Use text, numbers, lists and objects only.") from None


def _check_files(files: Mapping[str, bytes], limits: EvidenceLimits) -> None:
    if len(files) > limits.files or sum(map(len, files.values())) > limits.file_bytes:
        raise large(f"more than {limits.files} files or {limits.file_bytes} bytes")
    for name in files:
        _check_file_name(name)


def _check_file_name(name: object) -> str:
    if not isinstance(name, str) or not _FILE.fullmatch(name):
        raise bad(f"{str(name)[:60]!r} is no plain file name", "Use letters, digits, `.`, `_` and `-`, no folders.")
    return name


def _read_setup(setup: Sequence[object], *, node: bool, limits: EvidenceLimits) -> tuple[Call, ...]:
    if len(setup) > limits.setup:
        raise large(f"more than {limits.setup} calls in `setup`")
    return tuple(_read_call(step, "setup", node=node, limits=limits) for step in setup)


def _read_call(call: object, where: str, *, node: bool, limits: EvidenceLimits) -> Call:
    if not isinstance(call, Mapping) or not set(call) <= _CALL_MEMBERS:
        raise bad(f"`{where}` is not an object of call, args, kwargs, new and as", "See the evidence language.")
    target = call.get("call", "")
    pattern = NODE_CALL if node else PYTHON_CALL
    if not isinstance(target, str) or len(target) > limits.name_chars or not pattern.fullmatch(target):
        raise bad(
            f"{str(target)[:80]!r} is no public entry point",
            "Write `module:function` or `$name.method`; names that begin with an underscore are private.",
        )
    args, kwargs, name = call.get("args") or [], call.get("kwargs") or {}, call.get("as") or ""
    if not isinstance(args, list | tuple) or not isinstance(kwargs, Mapping):
        raise bad("`args` is a list and `kwargs` an object", "See the evidence language.")
    if node and kwargs:
        raise bad("Node.js has no keyword arguments", "Pass an object in `args`.")
    if not all(isinstance(key, str) and _NAME.fullmatch(key) for key in (*kwargs, *([name] if name else ()))):
        raise bad("a name in `kwargs` or `as` is no identifier", "Use letters, digits and `_`.")
    return Call(target, tuple(args), dict(kwargs), bool(call.get("new")), name)


def _read_archives(make: Sequence[object], limits: EvidenceLimits) -> tuple[Archive, ...]:
    if len(make) > limits.archives:
        raise large(f"more than {limits.archives} archives")
    archives, total = [], 0
    for item in make:
        if not isinstance(item, Mapping):
            raise bad("an item of `make` is no object", "Give file, format and entries.")
        entries = item.get("entries")
        if not isinstance(entries, list | tuple) or item.get("format") not in _FORMATS:
            raise bad("an item of `make` has no entries or no known format", "Use zip, tar or gzip.")
        total += len(entries)
        if total > limits.archive_entries:
            raise large(f"more than {limits.archive_entries} archive entries")
        members = tuple(_read_entry(entry) for entry in entries)
        if item["format"] == "gzip" and [member.type for member in members] != ["file"]:
            raise bad("a gzip file holds exactly one file", "Give one entry without a type.")
        if item["format"] == "zip" and any(member.type == "hardlink" for member in members):
            raise bad("a zip file has no hard links", "Use the format tar.")
        archives.append(Archive(_check_file_name(item.get("file")), item["format"], members))
    return tuple(archives)


def _read_entry(entry: object) -> ArchiveEntry:
    if not isinstance(entry, Mapping):
        raise bad("an archive entry is no object", "Give name, text, type and target.")
    kind = _ENTRY_TYPES.get(str(entry.get("type") or ""))
    name, target = entry.get("name", ""), entry.get("target") or ""
    if kind is None or not isinstance(name, str) or not isinstance(target, str) or len(name + target) > _MEMBER_CHARS:
        raise bad("an archive entry has an unknown type or no name", "Use file, dir, symlink or hardlink.")
    return ArchiveEntry(name, entry.get("text") or "", kind, target)
