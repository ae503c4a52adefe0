"""What merging needs to know of a finding, compact enough to be kept beside the case for ever.

A `Profile` is all that any rule may look at, so that pairs are compared without reading a finding's body again. It is
a pure function of the finding. Two findings with equal profiles are equal to every rule.

Left out on purpose: the submitter, times and credits (who reported first does not decide what is the same), and the
words themselves (`signature` stands for them).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Final
from zlib import crc32

import msgspec

from seawall.intake import AffectedProduct, Finding
from seawall.kernel.errors import InvalidInputError
from seawall.kernel.purl import parse_purl
from seawall.triage.stacks import LONGEST, Signature, signature_of
from seawall.triage.text import names_of, signatures, words_of
from seawall.triage.weaknesses import families_of, inferred_family

PRODUCTS: Final = 8
"""Products of one finding that take part, in sorted order: an advisory on a hundred packages is about none of them."""
SPECIFIC_SNIPPET: Final = 12
"""Characters, white space apart, that a snippet needs to tell one place from another."""
NAMES: Final = 8
"""Names of code of one finding that take part: its symbol, those of the title, then by hash."""
TEXTS: Final = 8
"""Texts of one finding's evidence that are searched for a stack trace."""
PRINTS: Final = 4
"""Fingerprints of one kind that take part."""
LEAST_WORDS: Final = 6
"""Content words that a text needs to be compared at all."""

# Files that name dependencies: a finding there is about the dependency, and the line says nothing about the bug.
_MANIFEST_NAMES: Final = """
build.gradle build.gradle.kts cargo.lock cargo.toml composer.json composer.lock gemfile gemfile.lock go.mod
go.sum package-lock.json package.json pdm.lock pipfile pipfile.lock pnpm-lock.yaml poetry.lock pom.xml
pyproject.toml requirements.txt setup.cfg setup.py uv.lock yarn.lock
"""
_MANIFESTS: Final = frozenset(_MANIFEST_NAMES.split())
# Identifiers of a release of fixes, not of a vulnerability: one of them covers many bugs.
_RELEASES: Final = re.compile(
    r"(?:ALBA|ALSA|ASB-A|BELL|DLA|DSA|DTSA|KUBE|LSN|MGASA|OESA|PHSA|PUB-A|RHBA|RHEA|RHSA|RLSA|RXSA|SUSE-[A-Z]{2}|"
    r"openSUSE-[A-Z]{2}|USN|SW)[-:]"
)
_EMBEDDED_CVE: Final = re.compile(r"(?:DEBIAN|UBUNTU|ALPINE|BELL|ROOT)-(CVE-\d{4}-\d{4,19})", re.ASCII)
_SPACE: Final = re.compile(r"\s+")
_LOGS: Final = (".log", ".txt", ".trace", ".asan", ".stderr")
_SYMBOL_PARTS: Final = re.compile(r"[.:#/$\\>-]+")


class Profile(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the rules look at. Hashes are 63 bits or less; 0 and the empty string mean unknown."""

    report: int
    """Hash of the report's id: a scanner that lists two places in one report means two places."""
    rule: str
    identifiers: tuple[str, ...]
    """Of the vulnerability, sorted; identifiers of fix releases left out, CVEs inside others taken out."""
    cves: tuple[str, ...]
    products: tuple[int, ...]
    """Hashes of version-less purls, sorted, at most `PRODUCTS`."""
    releases: tuple[int, ...]
    """Hashes of purls with a version, likewise."""
    weaknesses: tuple[str, ...]
    families: tuple[int, ...]
    """Of the weaknesses; where none is named, the one that the text speaks of."""
    path: str
    """Lower case, without leading `./`; empty for files that only name dependencies."""
    line: int
    symbol: str
    """Lower case, parts joined by `.`, without arguments."""
    snippet: int
    prints: tuple[int, ...]
    """Hashes of the fingerprints that the scanner gave (SARIF 2.1.0, 3.27.16 and 3.27.17), with its rule; sorted."""
    entry: str
    """The public entry point that the evidence calls, `module:attr.attr`, or a symbol named without a file."""
    names: tuple[int, ...]
    """Hashes of the names of code that it mentions, its own symbol among them, sorted, at most `NAMES`."""
    files: tuple[int, ...]
    """Hashes of the names of its own file, or else of the files that its text mentions, sorted, at most `NAMES`."""
    title: int
    """Hash of the title's content words."""
    signature: bytes
    """Of title and description; empty if there are fewer than `LEAST_WORDS`."""
    crash: Signature | None = None
    """Of the first stack trace in its text or evidence."""

    @property
    def located(self) -> bool:
        """Whether it names a place inside a file."""
        return bool(self.path and (self.line or self.symbol or self.snippet))

    @property
    def pinned(self) -> bool:
        """Whether it says where: a place inside a file, or the stack of a crash. Words then tell nothing apart."""
        return self.located or self.crash is not None

    @property
    def crash_keys(self) -> tuple[str, ...]:
        """What the signature of another must have in common to be the same crash; empty where too little is known."""
        return self.crash.keys if self.crash is not None and self.crash.distinctive else ()

    def shares_product(self, other: Profile) -> bool:
        """Whether both name a product in common; an unknown product is no product in common."""
        if self.products == other.products:
            return bool(self.products)
        return not set(self.products).isdisjoint(other.products)

    @property
    def uniform(self) -> str:
        """A word for findings that never contradict each other, however many merging links lead from one to the next.

        All name the same one CVE, or the same one identifier; or none names any, and all crash alike, or all name a
        place, or none does.
        Empty for others.
        """
        if self.cves or self.identifiers:
            names = self.cves or self.identifiers
            return f"id:{names[0]}"[:40] if len(names) == 1 else ""
        if self.crash_keys:
            return f"crash:{hashed(' '.join(self.crash_keys)):x}"
        return "placed" if self.pinned else "free"

    def to_bytes(self) -> bytes:
        """Return the stored form."""
        return _ENCODER.encode(self)

    @classmethod
    def from_bytes(cls, data: bytes) -> Profile:
        """Read what `to_bytes` wrote."""
        return _DECODER.decode(data)


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Profile)


def profiles_of(findings: Sequence[Finding]) -> list[Profile]:
    """Return the profile of each finding, in order. Signatures are computed for all at once."""
    titles = [words_of(finding.title) for finding in findings]
    words = [title | words_of(_beyond_title(finding)) for title, finding in zip(titles, findings, strict=True)]
    signed = signatures(each if len(each) >= LEAST_WORDS else frozenset() for each in words)
    return [_profile(*parts) for parts in zip(findings, titles, signed, strict=True)]


def hashed(text: str) -> int:
    """Return 63 bits of BLAKE2b of a text, never 0: it fits a signed 64-bit column."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") >> 1 or 1


def _beyond_title(finding: Finding) -> str:
    """Return the description without the title, with which many begin."""
    return finding.description.removeprefix(finding.title)


def vulnerability_identifiers(identifiers: Sequence[str]) -> tuple[str, ...]:
    """Return those that name a vulnerability, sorted: without fix releases, and with the CVE out of `DEBIAN-CVE-…`."""
    if not identifiers:
        return ()
    found = set()
    for identifier in identifiers:
        embedded = _EMBEDDED_CVE.fullmatch(identifier)
        if embedded is not None:
            found.add(embedded[1])
        elif not _RELEASES.match(identifier):
            found.add(identifier)
    return tuple(sorted(found))


def _profile(finding: Finding, title: frozenset[str], signature: bytes) -> Profile:
    identifiers = vulnerability_identifiers(finding.identifiers)
    products, releases = _products(finding.products)
    place = finding.location
    path = place.path.lower().removeprefix("./").lstrip("/")
    if path.rsplit("/", 1)[-1] in _MANIFESTS:
        path = ""
    symbol = _symbol(place.symbol) if path and place.symbol else ""
    names, files = _names(finding, symbol)
    return Profile(
        report=hashed(finding.report_id),
        rule=finding.rule,
        identifiers=identifiers,
        cves=tuple(each for each in identifiers if each.startswith("CVE-")),
        products=products,
        releases=releases,
        weaknesses=finding.weaknesses,
        families=families_of(finding.weaknesses) or inferred_family(finding.title, finding.rule, finding.description),
        path=path,
        line=place.line if path else 0,
        symbol=symbol,
        snippet=_snippet(place.snippet) if path and place.snippet else 0,
        prints=_prints(finding) if path and finding.extra else (),
        entry=_entry(finding),
        names=names,
        files=(crc32(path.rsplit("/", 1)[-1].encode()),) if path else files,
        title=hashed(" ".join(sorted(title))) if title else 0,
        signature=signature,
        crash=_crash(finding),
    )


def _crash(finding: Finding) -> Signature | None:
    """Return the signature of the first trace: in the description, or among the members and text files of evidence."""
    found = signature_of(finding.description)
    evidence = finding.evidence
    if found is not None or evidence is None:
        return found
    told = [value for _, value in sorted(evidence.extra.items()) if isinstance(value, str)]
    logs = sorted(name for name in evidence.files if name.endswith(_LOGS))
    told += (evidence.files[name][:LONGEST].decode("utf-8", "replace") for name in logs)
    return next((signature for text in told[:TEXTS] if (signature := signature_of(text)) is not None), None)


def _products(products: Sequence[AffectedProduct]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    affected = [each.purl for each in products if each.status != "not_affected"] or [each.purl for each in products]
    named = [_product(purl) for purl in affected if purl]
    return (
        tuple(sorted({package for package, _ in named}))[:PRODUCTS],
        tuple(sorted({release for _, release in named if release}))[:PRODUCTS],
    )


@lru_cache(maxsize=65536)
def _product(purl: str) -> tuple[int, int]:
    """Return the hashes of the package and of the release (0 without a version)."""
    try:
        parsed = parse_purl(purl)
    except InvalidInputError:  # intake hands out canonical purls; anything else is compared as the text it is
        return hashed(purl), 0
    return hashed(str(parsed.package)), hashed(str(parsed.package.at(parsed.version))) if parsed.version else 0


def symbol_hash(symbol: str) -> int:
    """Return the hash under which the last part of a symbol is found among names."""
    return crc32(symbol.rsplit(".", 1)[-1].encode())


def _names(finding: Finding, symbol: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return hashes of names of code and of files, those that surely matter first as far as there is room."""
    names = {symbol_hash(symbol): None} if symbol else {}
    files: dict[int, None] = {}
    for text in (finding.title, f"{_beyond_title(finding)}\n{finding.location.snippet}"):
        found = names_of(text)
        names |= dict.fromkeys(sorted(crc32(name.encode()) for name in found if "." not in name))
        files |= dict.fromkeys(sorted(crc32(name.encode()) for name in found if "." in name))
    return tuple(sorted(list(names)[:NAMES])), tuple(sorted(list(files)[:NAMES]))


def _prints(finding: Finding) -> tuple[int, ...]:
    """Return hashes of a scanner's fingerprints: made to follow a result when lines move, good for that rule alone."""
    found = set()
    for member in ("fingerprints", "partialFingerprints"):
        values = finding.extra.get(member)
        if isinstance(values, dict):
            found |= {hashed(f"{finding.rule}\0{key}\0{value}") for key, value in sorted(values.items())[:PRINTS]}
    return tuple(sorted(found))


def _symbol(symbol: str) -> str:
    return ".".join(part for part in _SYMBOL_PARTS.split(symbol.split("(", 1)[0].lower().strip()) if part)


def _snippet(snippet: str) -> int:
    compact = _SPACE.sub("", snippet)
    return hashed(compact) if len(compact) >= SPECIFIC_SNIPPET else 0


def _entry(finding: Finding) -> str:
    """Return the entry point as `module:attr.attr`, a name made in the set-up replaced by the call that made it.

    A symbol that is named without a file serves as well.
    """
    if finding.evidence is None:
        return _symbol(finding.location.symbol) if not finding.location.path else ""
    made = {str(step.get("as", "")): str(step.get("call", "")) for step in finding.evidence.setup}
    call = str(finding.evidence.entry.get("call", ""))
    for _ in range(len(made) + 1):  # a hostile set-up may refer to itself
        if not call.startswith("$"):
            break
        name, dot, rest = call[1:].partition(".")
        call = made.get(name, "") + dot + rest
    return call[:200] if ":" in call and not call.startswith("$") else ""
