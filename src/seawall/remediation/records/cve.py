"""CVE records 5.x (https://cveproject.github.io/cve-schema/schema/), with the containers of ADPs such as CISA's.

Each entry of `affected`, of the CNA and of every ADP, becomes

- a package, where `packageURL` names one, or where `packageName` and `collectionURL` name one in a registry or in Red
  Hat Enterprise Linux;
- a product by name, one for each CPE product that the entry lists, else by vendor and product alone.

`cpeApplicability` is read in the same way. An entry whose vendor and product say nothing (`n/a`) is a problem of the
record. A component of a product (`Red Hat Build of Keycloak: undertow`) has versions of its own, which nobody can
compare with the product's: every version of the product is then undecided. A rejected record is withdrawn.

Left out on purpose: CVSS, SSVC and CWE (they are signals and come by `seawall.priority`), `platforms` and `modules`,
and the conditions of `AND` configurations, which make a vulnerability rarer and never more frequent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from seawall.kernel.errors import InvalidInputError
from seawall.kernel.purl import parse_purl
from seawall.kernel.versions import VersionRange, is_supported
from seawall.kernel.versions.cve_ranges import ordering_named
from seawall.remediation.model import Affected, ProductName, Record
from seawall.remediation.names import package_key_of, package_key_of_purl
from seawall.remediation.products import parse_cpe, says_something
from seawall.remediation.records.interface import RecordReader, unreadable_record
from seawall.remediation.records.texts import GENERIC, shortened, undecided

SOURCE: Final = "cve"
_FORMAT: Final = "CVE record"
_LONGEST: Final = 300
"""Characters of a title or an address that are kept."""
_REMEDY: Final = 600
"""Characters of a remedy that are kept."""
_ID: Final = re.compile(r"CVE-\d{4}-\d{4,19}", re.ASCII)
_GHSA: Final = re.compile(r"GHSA(?:-[23456789cfghjmpqrvwx]{4}){3}", re.ASCII | re.IGNORECASE)
_REGISTRIES: Final = (
    ({"pypi"}, "PyPI"),
    ({"npmjs"}, "npm"),
    ({"maven"}, "Maven"),
    ({"nuget"}, "NuGet"),
    ({"rubygems"}, "RubyGems"),
    ({"crates"}, "crates.io"),
    ({"packagist"}, "Packagist"),
    ({"pkg", "go"}, "Go"),
    ({"hex"}, "Hex"),
    ({"hackage"}, "Hackage"),
    ({"cran"}, "CRAN"),
)
"""Labels that the host of a `collectionURL` has, and the ecosystem of its packages."""
_PREFERRED: Final = ("vendor-advisory", "patch", "third-party-advisory", "mitigation", "release-notes")
"""Tags of references, the one that a person should read first."""
_DISTRIBUTIONS: Final = {"deb": "Debian", "rpm": "Red Hat", "apk": "Alpine"}
_WORDS: Final = re.compile(r"[^\W_]+").findall
_RHEL: Final = re.compile(r"cpe:(?:/|2\.3:)o:redhat:(enterprise_linux:\d+)", re.IGNORECASE)


class _Affected(msgspec.Struct):
    vendor: str | None = None
    product: str | None = None
    packageName: str | None = None  # noqa: N815 - the schema's name, as below
    collectionURL: str | None = None  # noqa: N815
    packageURL: str | None = None  # noqa: N815
    cpes: list[str] | None = None
    versions: list[dict[str, Any]] | None = None
    defaultStatus: str | None = None  # noqa: N815
    repo: str | None = None


class _CpeMatch(msgspec.Struct):
    vulnerable: bool = True
    criteria: str = ""
    versionStartIncluding: str | None = None  # noqa: N815
    versionStartExcluding: str | None = None  # noqa: N815
    versionEndIncluding: str | None = None  # noqa: N815
    versionEndExcluding: str | None = None  # noqa: N815


class _Node(msgspec.Struct):
    negate: bool = False
    cpeMatch: list[_CpeMatch] | None = None  # noqa: N815


class _Configuration(msgspec.Struct):
    operator: str = "OR"
    nodes: list[_Node] | None = None


class _Text(msgspec.Struct):
    lang: str = ""
    value: str = ""


class _Reference(msgspec.Struct):
    url: str = ""
    tags: list[str] | None = None


class _Container(msgspec.Struct):
    title: str | None = None
    datePublic: str | None = None  # noqa: N815
    affected: list[_Affected] | None = None
    cpeApplicability: list[_Configuration] | None = None  # noqa: N815
    descriptions: list[_Text] | None = None
    solutions: list[_Text] | None = None
    workarounds: list[_Text] | None = None
    references: list[_Reference] | None = None
    source: Any = None


class _Containers(msgspec.Struct):
    cna: _Container
    adp: list[_Container] | None = None


class _Metadata(msgspec.Struct):
    cveId: str  # noqa: N815
    state: str = "PUBLISHED"
    datePublished: str | None = None  # noqa: N815
    dateUpdated: str | None = None  # noqa: N815


class _Record(msgspec.Struct):
    cveMetadata: _Metadata  # noqa: N815
    containers: _Containers


_DECODER: Final = msgspec.json.Decoder(_Record)
_ENCODER: Final = msgspec.json.Encoder()


@dataclass(slots=True)
class _Reading:
    """What is collected from one record."""

    remedy: str
    problems: list[str]


def read(document: bytes) -> Sequence[Record]:
    """Read one CVE record.

    Raises:
        InvalidInputError: It is no CVE record 5.x (`remediation.unreadable-record`).
    """
    try:
        record = _DECODER.decode(document)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise unreadable_record(str(error), _FORMAT) from None
    metadata, cna = record.cveMetadata, record.containers.cna
    name = metadata.cveId.strip().upper()
    if not _ID.fullmatch(name):
        raise unreadable_record(f"{name[:40]!r} is no CVE identifier", _FORMAT)
    withdrawn = metadata.state.upper() == "REJECTED"
    reading = _Reading(_remedy(cna), [])
    containers = (cna, *(record.containers.adp or ()))
    affected = () if withdrawn else _decided(tuple(dict.fromkeys(_all_affected(containers, reading))))
    if not withdrawn and not affected and not reading.problems:
        reading.problems.append("the record calls no version of any product affected")
    published = cna.datePublic or metadata.datePublished or ""
    names_fix = bool(cna.solutions) or any(span.fixed for entry in affected for span in entry.versions.spans)
    return (
        Record(
            id=name,
            identifiers=tuple(sorted({name, *_ghsa(cna.source)})),
            title=_title(cna, name),
            source=SOURCE,
            digest=sha256(document).hexdigest(),
            published=metadata.datePublished or "",
            modified=metadata.dateUpdated or "",
            fix_published=published if names_fix else "",
            url=_url(cna, name),
            affected=affected,
            withdrawn=withdrawn,
            problems=tuple(dict.fromkeys(reading.problems)),
        ),
    )


def _all_affected(containers: Iterable[_Container], reading: _Reading) -> Iterator[Affected]:
    for container in containers:
        for entry in container.affected or ():
            yield from _affected(entry, reading)
        for configuration in container.cpeApplicability or ():
            yield from _applicable(configuration, reading)


def _affected(entry: _Affected, reading: _Reading) -> Iterator[Affected]:
    """One entry to the package that it names, and to its product's names."""
    vendor, product = _said(entry.vendor), _said(entry.product)
    package, ecosystem = _package(entry)
    if not package and not product and not entry.cpes:
        if _calls_affected(entry):
            reading.problems.append("an affected entry names no product")
        return
    default = entry.defaultStatus or "unknown"
    said = _ENCODER.encode(entry.versions or ())
    versions = _range(ecosystem if package else "", said, default, entry.repo or "")
    if not _says_affected(versions):
        return
    called = f"{vendor} {product}".strip() or package
    reading.problems.extend(f"{called[:60]}: {problem}" for problem in versions.problems)
    if package:
        yield Affected(package, versions, remedy=reading.remedy)
        if ecosystem == "Red Hat":  # the product is the distribution, and its packages are what is affected
            return
        versions = _range("", said, default, entry.repo or "")
    elif _is_component(entry):
        reason = f"the record is about {_said(entry.packageName)[:80]} in this product, whose own version decides"
        versions = undecided(reason)
    for cpe in _products_of(entry.cpes or ()) or ("",):
        if not product and not cpe:
            continue
        yield Affected("", versions, ProductName(vendor, product, cpe), reading.remedy)


@lru_cache(maxsize=8_192)
def _range(ecosystem: str, versions: bytes, default: str, repo: str) -> VersionRange:
    """Compile the versions of an entry, as JSON; no ecosystem: in the order that they name themselves.

    A record tells the same of one product after another, and so does the next record.
    """
    entries: list[dict[str, object]] = msgspec.json.decode(versions)
    return VersionRange.from_cve(ecosystem or ordering_named(entries), entries, default, repo)


def _decided(entries: tuple[Affected, ...]) -> tuple[Affected, ...]:
    """Leave out ranges of commits alone where the record also tells the versions of the same package or product.

    The kernel's records, among others, tell commits in one entry and releases in another. A look-up that meets the one
    must also meet the other: vendor and product are the same but for case and separators, and so is a CPE.
    """
    if not any(entry.versions.needs_commit for entry in entries):
        return entries
    deciding = [entry for entry in entries if not entry.versions.needs_commit]
    return tuple(
        entry
        for entry in entries
        if not entry.versions.needs_commit or not any(_is_same(entry, other) for other in deciding)
    )


def _is_same(one: Affected, other: Affected) -> bool:
    if one.product is None or other.product is None:
        return one.package == other.package
    same = all(
        _WORDS(mine.casefold()) == _WORDS(others.casefold())
        for mine, others in ((one.product.vendor, other.product.vendor), (one.product.product, other.product.product))
    )
    return same and one.product.cpe in {"", other.product.cpe}


def _package(entry: _Affected) -> tuple[str, str]:
    """Return key and ecosystem of the package that an entry names; no key where it names none that is known."""
    if entry.packageURL:
        try:
            purl = parse_purl(entry.packageURL).package
        except InvalidInputError:
            return "", GENERIC
        key = package_key_of_purl(purl)
        ecosystem = _DISTRIBUTIONS.get(purl.type, purl.ecosystem)
        return (key, ecosystem if is_supported(ecosystem) else GENERIC) if key else ("", GENERIC)
    name = _said(entry.packageName)
    if not name or not entry.collectionURL:
        return "", GENERIC
    for cpe in entry.cpes or ():
        release = _RHEL.match(cpe)
        if release is not None and "package-browser" in entry.collectionURL:
            # A package of a module stream is written `stream:version/name`.
            return package_key_of(f"Red Hat:{release[1]}", name.rpartition("/")[2]), "Red Hat"
    ecosystem = _ecosystem_of(entry.collectionURL)
    if not ecosystem:
        return "", GENERIC
    if ecosystem == "Maven":
        name = name.replace("/", ":", 1) if ":" not in name else name
    return package_key_of(ecosystem, name), ecosystem


def _ecosystem_of(url: str) -> str:
    try:
        labels = set((urlsplit(url).hostname or "").split("."))
    except ValueError:
        return ""
    return next((ecosystem for needed, ecosystem in _REGISTRIES if needed <= labels), "")


def _is_component(entry: _Affected) -> bool:
    """Whether the entry is about a package inside a product; plug-ins of WordPress are products themselves."""
    vendor, name = _said(entry.vendor).casefold(), _said(entry.packageName)
    return vendor == "red hat" and bool(name) and name.casefold() != _said(entry.product).casefold()


@lru_cache(maxsize=8_192)
def _product_of(cpe: str) -> str:
    parsed = parse_cpe(cpe)
    return "" if parsed is None else str(parsed.without_version)


def _products_of(cpes: Iterable[str]) -> tuple[str, ...]:
    """The products that CPE names name, without version and update, which are for the range to say."""
    return tuple(dict.fromkeys(filter(None, map(_product_of, cpes))))


def _applicable(configuration: _Configuration, reading: _Reading) -> Iterator[Affected]:
    for node in configuration.nodes or ():
        for match in node.cpeMatch or ():
            cpe = parse_cpe(match.criteria)
            if cpe is None:
                reading.problems.append(f"{match.criteria[:80]!r} is no CPE name")
            elif match.vulnerable and not node.negate:
                text = _match_text(match, cpe.version, cpe.update)
                versions = VersionRange.from_text(GENERIC, text)
                reading.problems.extend(f"{cpe.vendor} {cpe.product}: {problem}" for problem in versions.problems)
                yield Affected("", versions, ProductName("", "", str(cpe.without_version)), reading.remedy)


def _match_text(match: _CpeMatch, version: str, update: str) -> str:
    bounds = (
        (">=", match.versionStartIncluding),
        (">", match.versionStartExcluding),
        ("<=", match.versionEndIncluding),
        ("<", match.versionEndExcluding),
    )
    given = [f"{sign}{bound}" for sign, bound in bounds if bound]
    if given:
        return "|".join(given)
    if version in {"*", "-"}:
        return "vers:all/*"
    return version if update in {"*", "-"} else f"{version} {update}"


def _calls_affected(entry: _Affected) -> bool:
    statuses = {entry.defaultStatus or "unknown", *(str(version.get("status")) for version in entry.versions or ())}
    return statuses != {"unaffected"}


def _says_affected(versions: VersionRange) -> bool:
    return bool(versions.spans or versions.versions or versions.unknown or versions.commits or versions.problems)


def _said(text: str | None) -> str:
    text = " ".join((text or "").split())
    return text if says_something(text) else ""


def _ghsa(source: object) -> Iterator[str]:
    """The advisory of GitHub that the CNA calls the record's source: one vulnerability has one."""
    advisory = source.get("advisory") if isinstance(source, dict) else None
    if isinstance(advisory, str) and _GHSA.fullmatch(advisory.strip()):
        yield "GHSA-" + advisory.strip()[5:].lower()


def _remedy(cna: _Container) -> str:
    for texts in (cna.solutions, cna.workarounds):
        given = [
            " ".join(text.value.split()) for text in texts or () if text.lang.lower().startswith("en") or not text.lang
        ]
        if any(given):
            return shortened(" ".join(given), _REMEDY)
    return ""


def _title(cna: _Container, name: str) -> str:
    given = " ".join((cna.title or "").split())
    if not given:
        described = next((text.value for text in cna.descriptions or () if text.lang.lower().startswith("en")), "")
        given = " ".join(described.split())
    return shortened(given, _LONGEST) or name


def _url(cna: _Container, name: str) -> str:
    ranked = [
        (_PREFERRED.index(tag), place, reference.url)
        for place, reference in enumerate(cna.references or ())
        for tag in reference.tags or ()
        if tag in _PREFERRED and reference.url.startswith(("https://", "http://")) and len(reference.url) <= _LONGEST
    ]
    return min(ranked)[2] if ranked else f"https://www.cve.org/CVERecord?id={name}"


READER: Final = RecordReader(SOURCE, read)
