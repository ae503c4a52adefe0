"""Package URLs (purl, ECMA-427): read, normalised per type (`purl_types.py`), and written in their canonical form.

A `Purl` is what every capability calls a product of a registry. `package` names the package without its version.

Invariants: what `parse_purl`, `make_purl` and `purl_of` return is normalised, so equal packages are equal values;
`parse_purl(str(purl)) == purl`. Read leniently where only one meaning is possible: slashes before the type, an `@` in a
name, upper case in the type and in keys of qualifiers. A part may hold any character that UTF-8 has, control characters
too: `str` escapes them.

Left out on purpose: the old list form of the `checksum` qualifier (it stays text), and defaults of qualifiers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NoReturn

import msgspec

from seawall.kernel.errors import InvalidInputError
from seawall.kernel.purl_types import (
    CASELESS_HOSTS,
    DISTRIBUTIONS,
    ECOSYSTEMS,
    NO_RULE,
    OTHER_NAMES,
    RULES,
    TYPES,
    Rule,
)

MAX_PURL: Final = 8_192
"""Longest package URL that is read, in characters."""
_PLAIN: Final = re.compile(
    r"pkg:([a-z][a-z0-9.-]*)/(?:((?:%40|@)?[A-Za-z0-9._~-]+(?:/[A-Za-z0-9._~-]+)*)/)?([A-Za-z0-9._~-]+)"
    r"(?:@([A-Za-z0-9._~:-]+))?"
).fullmatch
"""Most package URLs: nothing to decode but the `@` of a scope, no qualifiers, no subpath."""
_TYPE: Final = re.compile(r"[A-Za-z.-][A-Za-z0-9.-]*").fullmatch
_KEY: Final = re.compile(r"[a-z._-][a-z0-9._-]*").fullmatch
_ESCAPED: Final = re.compile(rb"%([0-9A-Fa-f]{2})")
_SAFE: Final = re.compile(r"[A-Za-z0-9._~:-]*").fullmatch
_ESCAPES: Final = [chr(byte) if _SAFE(chr(byte)) else f"%{byte:02X}" for byte in range(256)]


class InvalidPurlError(InvalidInputError, ValueError):
    """The text or the parts make no package URL (`kernel.invalid-purl`); a `ValueError`, as for `int`."""


class Purl(msgspec.Struct, frozen=True, order=True):
    """One package, with or without a version. Build it with `parse_purl`, `make_purl` or `purl_of`."""

    type: str
    namespace: str
    name: str
    version: str = ""
    qualifiers: tuple[tuple[str, str], ...] = ()
    subpath: str = ""

    @property
    def package(self) -> Purl:
        """The same package without version, subpath, and qualifiers but those that tell packages apart (Julia)."""
        identity = RULES.get(self.type, NO_RULE).identity
        kept = tuple(pair for pair in self.qualifiers if pair[0] == identity) if identity else ()
        return Purl(self.type, self.namespace, self.name, "", kept, "")

    @property
    def ecosystem(self) -> str:
        """OSV's name for the registry or distribution, for example `PyPI`; the purl type where OSV has none."""
        if self.type in ECOSYSTEMS:
            return ECOSYSTEMS[self.type]
        place = (self.type, self.namespace)
        return DISTRIBUTIONS.get(place) or OTHER_NAMES.get(place) or self.type

    @property
    def full_name(self) -> str:
        """Namespace and name as the registry writes them, for example `@scope/name` or `group:artifact`."""
        if not self.namespace:
            return self.name
        return f"{self.namespace}:{self.name}" if self.type == "maven" else f"{self.namespace}/{self.name}"

    def at(self, version: str) -> Purl:
        """The same package in another version."""
        return Purl(self.type, self.namespace, self.name, version, self.qualifiers, self.subpath)

    def __str__(self) -> str:
        name = self.name if _SAFE(self.name) else _written_name(self.type, self.name)
        out = f"pkg:{self.type}/{_segments(self.namespace)}/{name}" if self.namespace else f"pkg:{self.type}/{name}"
        if self.version:
            out = f"{out}@{_escaped(self.version)}"
        if self.qualifiers:
            out = f"{out}?{'&'.join([f'{key}={_escaped(value)}' for key, value in self.qualifiers])}"
        return f"{out}#{_segments(self.subpath)}" if self.subpath else out


@lru_cache(maxsize=65536)
def parse_purl(text: str) -> Purl:
    """Read and normalise a purl.

    Raises:
        InvalidPurlError: The text is no purl (`kernel.invalid-purl`).
    """
    match = _PLAIN(text) if len(text) <= MAX_PURL else None
    if match is not None:
        type_, namespace, name, version = match.groups("")
        if namespace[:3] == "%40":
            namespace = f"@{namespace[3:]}"
        rule = RULES.get(type_, NO_RULE)
        if rule is NO_RULE:
            return Purl(type_, namespace, name, version, (), "")
        if rule.is_simple:
            return Purl(
                type_,
                namespace.lower() if rule.lower_namespace else namespace,
                name.lower() if rule.lower_name else name,
                version,
                (),
                "",
            )
        if not rule.name_has_path:
            return _normalised(text, rule, type_, namespace, name, version, {}, "")
    return _parsed(text)


def make_purl(
    type_: str,
    namespace: str,
    name: str,
    version: str = "",
    qualifiers: Mapping[str, str] | None = None,
    subpath: str = "",
) -> Purl:
    """Build a purl from its parts, as they are when decoded.

    Raises:
        InvalidPurlError: The parts make no purl (`kernel.invalid-purl`).
    """
    shown = f"{type_}/{namespace}/{name}@{version}"
    if not _TYPE(type_):
        _refuse(shown, "its type is missing or holds characters other than letters, digits, . and -")
    type_ = type_.lower()
    given = {key.lower(): value for key, value in (qualifiers or {}).items()}
    rule = RULES.get(type_, NO_RULE)
    return _normalised(shown, rule, type_, namespace, name, version, given, subpath)


def purl_of(ecosystem: str, name: str, version: str = "") -> Purl:
    """Build a purl from OSV's words: ecosystem and package name.

    A suffix of the ecosystem such as `:11` in `Debian:11` becomes no part of the name. Unknown ecosystems give the
    type `generic`, so that a record of them is kept and matched by name alone. OSV names Julia's packages without the
    UUID that their purls must have; such a purl is built, but cannot be read again.

    Raises:
        InvalidPurlError: The name is empty or cannot be one of that ecosystem (`kernel.invalid-purl`).
    """
    family = ecosystem.partition(":")[0].strip().lower()
    type_, namespace = TYPES.get(family, ("generic", family))
    rule = RULES.get(type_, NO_RULE)
    if not namespace:
        if type_ == "swift":
            name = name.partition("://")[2] if "://" in name else name
            name = name.removesuffix("/").removesuffix(".git")
        separator = ":" if type_ == "maven" else "/"
        namespace, _, name = name.rpartition(separator) if rule.has_namespace else ("", "", name)
    return _normalised(f"{ecosystem} {name}", rule, type_, namespace, name, version, None, "")


def _parsed(text: str) -> Purl:
    """Read any purl, in the order of the standard's parsing rules: from the right."""
    if len(text) > MAX_PURL:
        _refuse(text, f"it is longer than {MAX_PURL} characters")
    scheme, colon, rest = text.strip().partition(":")
    if not colon or scheme.lower() != "pkg":
        _refuse(text, "it does not begin with pkg:")
    rest, _, subpath = rest.partition("#")
    rest, _, query = rest.partition("?")
    type_, slash, rest = rest.strip("/").partition("/")
    if not slash or not _TYPE(type_):
        _refuse(text, "its type or name is missing, or its type holds characters other than letters, digits, . and -")
    type_ = type_.lower()
    path, at, version = rest.rpartition("@")
    if not at or (path.rpartition("/")[2] == "" and "/" in version):
        path, version = rest, ""  # the @ begins a scope
    rule = RULES.get(type_, NO_RULE)
    if rule.name_has_path:
        namespace, _, name = path.lstrip("/").partition("/")
    else:
        namespace, _, name = path.rpartition("/")
    qualifiers: dict[str, str] = {}
    for pair in query.split("&") if query else ():
        key, _, value = pair.partition("=")
        key = key.lower()
        if key in qualifiers:
            _refuse(text, f"it has two qualifiers {key[:40]!r}")
        qualifiers[key] = _decoded(text, value)
    namespace, name, version, subpath = (_decoded(text, part) for part in (namespace, name, version, subpath))
    return _normalised(text, rule, type_, namespace, name, version, qualifiers, subpath)


def _normalised(
    text: str,
    rule: Rule,
    type_: str,
    namespace: str,
    name: str,
    version: str,
    qualifiers: Mapping[str, str] | None,
    subpath: str,
) -> Purl:
    """Apply the rules of all types and of this one. Qualifiers None: they are not known, so none is required."""
    name, version = name.strip(" /"), version.strip(" ")
    if "/" in namespace:
        namespace = _without_empty(namespace)
    if rule.name_has_path:
        name = _without_empty(name)
    kept = sorted((key, value) for key, value in (qualifiers or {}).items() if value)
    namespace, name, version = _cased(rule, namespace, name, version, kept)
    for old, new in rule.name_replacements:
        name = re.sub(old, new, name)
    if subpath:
        subpath = "/".join([segment for segment in subpath.split("/") if segment not in {"", ".", ".."}])
    made = Purl(type_, namespace, name, version, tuple(kept), subpath)
    _check(text, rule, made, qualifiers)
    return made


def _without_empty(path: str) -> str:
    return "/".join([segment for segment in path.split("/") if segment])


def _cased(
    rule: Rule, namespace: str, name: str, version: str, qualifiers: list[tuple[str, str]]
) -> tuple[str, str, str]:
    if rule.lower_namespace:
        namespace = namespace.lower()
    elif rule.upper_namespace:
        namespace = namespace.upper()
    if rule.lower_name or _is_caseless(rule, namespace, qualifiers):
        name = name.lower()
    return namespace, name, version.lower() if rule.lower_version else version


def _is_caseless(rule: Rule, namespace: str, qualifiers: list[tuple[str, str]]) -> bool:
    """Whether upper and lower case are one in names at this host (git) or in this repository (MLflow)."""
    if rule.name_has_path:
        return namespace.lower() in CASELESS_HOSTS
    part = rule.caseless_repository
    return bool(part) and any(key == "repository_url" and part in value for key, value in qualifiers)


def _check(text: str, rule: Rule, made: Purl, qualifiers: Mapping[str, str] | None) -> None:
    if not made.name:
        _refuse(text, "it has no name")
    for key, _ in made.qualifiers:
        if not _KEY(key):
            _refuse(text, f"its qualifier {key[:40]!r} holds characters other than a-z, 0-9, . - and _")
    _check_type(text, rule, made, qualifiers)
    values = "".join([value for _, value in made.qualifiers])
    try:
        f"{made.namespace}{made.name}{made.version}{values}{made.subpath}".encode()
    except UnicodeEncodeError:
        _refuse(text, "it holds characters that UTF-8 has not")


def _check_type(text: str, rule: Rule, made: Purl, qualifiers: Mapping[str, str] | None) -> None:
    if rule.namespace == "required" and not made.namespace:
        _refuse(text, f"a purl of type {made.type} needs a namespace")
    if rule.namespace == "prohibited" and made.namespace:
        _refuse(text, f"a purl of type {made.type} has no namespace")
    if rule.name_form and not re.fullmatch(rule.name_form, made.name, re.ASCII):
        _refuse(text, f"its name is none of type {made.type}")
    if rule.version_form and made.version and not re.fullmatch(rule.version_form, made.version, re.ASCII):
        _refuse(text, f"its version is none of type {made.type}")
    if rule.identity and qualifiers is not None and not qualifiers.get(rule.identity):
        _refuse(text, f"a purl of type {made.type} needs the qualifier {rule.identity}")


def _decoded(text: str, part: str) -> str:
    if "%" not in part:
        return part
    try:
        return _ESCAPED.sub(lambda match: bytes((int(match[1], 16),)), part.encode()).decode()
    except UnicodeError:
        _refuse(text, "it holds characters or escapes that are not UTF-8")


def _escaped(part: str) -> str:
    return part if _SAFE(part) else "".join([_ESCAPES[byte] for byte in part.encode()])


def _segments(path: str) -> str:
    return path if _SAFE(path) else "/".join(map(_escaped, path.split("/")))


def _written_name(type_: str, name: str) -> str:
    return _segments(name) if RULES.get(type_, NO_RULE).name_has_path else _escaped(name)


def _refuse(text: str, reason: str) -> NoReturn:
    raise InvalidPurlError(
        "kernel.invalid-purl",
        f"{text[:80]!r} is not a package URL: {reason}",
        remedy="Write it as pkg:type/namespace/name@version, for example pkg:pypi/django@4.2.",
    ) from None
