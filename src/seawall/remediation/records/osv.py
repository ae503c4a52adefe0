"""OSV records (OSV schema 1.x, https://ossf.github.io/osv-schema/).

One record says one vulnerability. Its `affected` entries become one `Affected` each; entries about one package are not
poured together. Ranges of commits (type `GIT`) are kept as what they are: no inventory of packages can be compared with
them, so that they become doubts in an index. A record that its publisher withdrew is kept as withdrawn and says
nothing.

A package is named by `ecosystem` and `name`; where the ecosystem is none whose names we know (OSS-Fuzz), by the
record's package URL, which is how an inventory can name it too. Left out on purpose: `severity` (signals come from
CVE records and feeds), `credits`, `details`, `related` and, since nothing says that they are the same vulnerability,
`upstream` identifiers, except where a distribution's record has no alias: those records *are* about their upstream's
vulnerability, and OSV says so by that field.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Final

import msgspec
from msgspec.structs import replace

from seawall.kernel.errors import InvalidInputError
from seawall.kernel.identifiers import parse_identifier
from seawall.kernel.purl import parse_purl
from seawall.kernel.versions import VersionRange
from seawall.kernel.versions.ranges import CommitRange, VersionEvent
from seawall.kernel.versions.spans import EVERYTHING
from seawall.remediation.distributions import namespace_of
from seawall.remediation.model import Affected, Record
from seawall.remediation.names import has_known_names, package_key_of, package_key_of_purl
from seawall.remediation.records.interface import RecordReader, unreadable_record

SOURCE: Final = "osv"
_NO_DATE: Final = "0001-"
"""The zero date of Go's time package, which the Go database writes where it knows none."""
_PREFERRED: Final = ("ADVISORY", "WEB", "REPORT", "FIX", "ARTICLE", "PACKAGE")
"""Types of references, the one that a person should read first."""
_NAMES_NONE: Final = "the record calls the package affected and names neither ranges nor versions"
_LONGEST: Final = 300
"""Characters of a title or an address that are kept."""


class _Package(msgspec.Struct):
    name: str = ""
    ecosystem: str = ""
    purl: str = ""


class _Range(msgspec.Struct):
    type: str = ""
    repo: str | None = None
    events: list[dict[str, str]] | None = None


class _Affected(msgspec.Struct):
    package: _Package | None = None
    ranges: list[_Range] | None = None
    versions: list[str] | None = None


class _Reference(msgspec.Struct):
    type: str = ""
    url: str = ""


class _Record(msgspec.Struct):
    id: str
    modified: str = ""
    published: str | None = None
    withdrawn: str | None = None
    summary: str | None = None
    aliases: list[str] | None = None
    upstream: list[str] | None = None
    affected: list[_Affected] | None = None
    references: list[_Reference] | None = None


_DECODER: Final = msgspec.json.Decoder(_Record)


def read(document: bytes) -> Sequence[Record]:
    """Read one OSV record.

    Raises:
        InvalidInputError: It is no OSV record (`remediation.unreadable-record`).
    """
    try:
        record = _DECODER.decode(document)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise unreadable_record(str(error), "OSV") from None
    if not record.id.strip():
        raise unreadable_record("its id is empty", "OSV")
    problems: list[str] = []
    withdrawn = bool(record.withdrawn)
    affected = () if withdrawn else tuple(_affected(record.affected or (), problems))
    own = _canonical(record.id)
    published = _date(record.published or "")
    return (
        Record(
            id=own,
            identifiers=tuple(sorted({own, *map(_canonical, _same(record))})),
            title=" ".join((record.summary or "").split())[:_LONGEST] or own,
            source=SOURCE,
            digest=sha256(document).hexdigest(),
            published=published,
            modified=_date(record.modified),
            fix_published=published if any(_names_fix(entry) for entry in affected) else "",
            url=_url(record.references or ()),
            affected=affected,
            withdrawn=withdrawn,
            problems=tuple(dict.fromkeys(problems)),
        ),
    )


def _same(record: _Record) -> Iterable[str]:
    """Names of the same vulnerability."""
    named = [name for name in record.aliases or () if name.strip()]
    upstream = [name for name in record.upstream or () if name.strip()]
    # A distribution's record about one CVE (`DEBIAN-CVE-…`, `UBUNTU-CVE-…`) names it as its upstream. An update that
    # closes several (`RHSA-…`, `USN-…`) does too: it is no vulnerability by itself, and would glue them together.
    return [*named, *upstream] if len(upstream) == 1 and not named else named


def _affected(entries: Iterable[_Affected], problems: list[str]) -> Iterator[Affected]:
    for entry in entries:
        package, ecosystem = _package(entry.package, problems)
        if package is None:
            continue
        ranges, commits = [], []
        for range_ in entry.ranges or ():
            events = list(_events(range_.events or ()))
            if range_.type in {"SEMVER", "ECOSYSTEM"} and events:
                ranges.append(events)
            elif range_.type == "GIT" and events:
                commits.append(_commits(range_.repo or "", events))
            elif events:
                problems.append(f"{package}: a range of the unknown type {range_.type[:20]!r}")
        if not (ranges or commits or entry.versions):
            problems.append(f"{package}: it names neither ranges nor versions")
        versions = VersionRange.from_osv(ecosystem, ranges, entry.versions or (), commits=commits)
        if not (ranges or commits or entry.versions):
            versions = replace(versions, unknown=(replace(EVERYTHING, remark=_NAMES_NONE),))
        yield Affected(package, versions)


def _package(package: _Package | None, problems: list[str]) -> tuple[str | None, str]:
    if package is None:
        problems.append("an affected entry names no package: its commits cannot be compared with an inventory")
        return None, ""
    name, ecosystem = package.name.strip(), package.ecosystem.strip()
    if package.purl and not (name and has_known_names(ecosystem)):
        try:
            key = package_key_of_purl(parse_purl(package.purl).package)
        except InvalidInputError:
            key = None
        if key is not None:
            return key, ecosystem
    if not name or not ecosystem:
        problems.append(f"an affected entry names its package as {name[:60]!r} of the ecosystem {ecosystem[:40]!r}")
        return None, ""
    distribution = namespace_of(ecosystem)
    if distribution is not None and distribution[0].parts and ":" not in distribution[1]:
        problems.append(
            f"{name[:60]}: no release of {ecosystem[:40]} is named, so that no inventory is compared with it"
        )
    return package_key_of(ecosystem, name), ecosystem


def _events(events: Iterable[dict[str, str]]) -> Iterator[VersionEvent]:
    for event in events:
        yield from event.items()


def _commits(repo: str, events: Sequence[VersionEvent]) -> CommitRange:
    named = {kind: tuple(name for given, name in events if given == kind) for kind, _ in events}
    return CommitRange(
        repo,
        named.get("introduced", ()),
        named.get("fixed", ()),
        named.get("last_affected", ()),
        named.get("limit", ()),
    )


def _names_fix(affected: Affected) -> bool:
    return any(span.fixed for span in affected.versions.spans)


def _canonical(name: str) -> str:
    """An identifier of a database that we do not know is kept as it is: none may be lost."""
    try:
        return parse_identifier(name)
    except InvalidInputError:
        return name.strip()


def _date(text: str) -> str:
    return "" if text.startswith(_NO_DATE) else text


def _url(references: Iterable[_Reference]) -> str:
    given = [found for found in references if found.url.startswith(("https://", "http://"))]
    ranked = sorted(given, key=lambda found: _PREFERRED.index(found.type) if found.type in _PREFERRED else 99)
    return ranked[0].url[:_LONGEST] if ranked else ""


READER: Final = RecordReader(SOURCE, read)
