"""Identifiers of vulnerabilities, weaknesses and Seawall's own records.

One spelling each: CVE, PYSEC and the like in upper case, GHSA with a lower-case body (as its database writes it).
Own records: `SWR-` report, `SWF-` finding, `SWP-` proof (16 hex digits of a digest, so that the same input has the
same name everywhere) and `SW-<year>-<number>` case (given once, in order, for people to say aloud).
"""

from __future__ import annotations

import re
from hashlib import sha256

from seawall.kernel.errors import InvalidInputError

_CVE = re.compile(r"CVE-(?:19|20)\d{2}-\d{4,19}", re.IGNORECASE | re.ASCII)
_GHSA = re.compile(r"GHSA(?:-[23456789cfghjmpqrvwx]{4}){3}", re.IGNORECASE | re.ASCII)
# The databases that the OSV schema lists as identifier prefixes and that are not covered above; case identifiers too.
_OTHER = re.compile(
    r"(?:A|ALBA|ALEA|ALPINE|ALSA|ASB-A|BELL|BIT|CGA|CURL|DEBIAN-CVE|DLA|DSA|DTSA|ECHO|GO|GSD|HSEC|JLSEC|KUBE|LBSEC|LSN|MAL|MGASA|"
    r"MINI|OESA|OSEC|OSV|PHSA|PSF|PUB-A|PYSEC|RHBA|RHEA|RHSA|RLSA|ROOT|RSEC|RUSTSEC|RXSA|SUSE-[A-Z]{2}|"
    r"openSUSE-[A-Z]{2}|UBUNTU-CVE|UBUNTU|USN|V8|VU|SW)[-#:][0-9A-Za-z][0-9A-Za-z:.\-]{0,60}",
    re.ASCII,
)
_IN_TEXT = re.compile(
    r"(?<![\w-])(?:CVE-(?:19|20)\d{2}-\d{4,19}|GHSA(?:-[23456789cfghjmpqrvwx]{4}){3}|PYSEC-\d{4}-\d+|RUSTSEC-\d{4}-\d{4}|"
    r"GO-\d{4}-\d{4})(?![\w-])",
    re.IGNORECASE | re.ASCII,
)
_CWE = re.compile(r"(?:CWE[-_: ]?)?0*(\d{1,5})(?:\b.*)?", re.IGNORECASE | re.ASCII | re.DOTALL)


def parse_identifier(text: str) -> str:
    """Return the canonical spelling of a vulnerability identifier.

    Raises:
        InvalidInputError: No known database writes identifiers like this (`kernel.invalid-identifier`).
    """
    text = text.strip()
    if _CVE.fullmatch(text):
        return text.upper()
    if _GHSA.fullmatch(text):
        return "GHSA" + text[4:].lower()
    if _OTHER.fullmatch(text):
        return text
    raise InvalidInputError(
        "kernel.invalid-identifier",
        f"{text[:60]!r} is not a vulnerability identifier",
        remedy="Use an identifier such as CVE-2024-1234, GHSA-xxxx-xxxx-xxxx or PYSEC-2024-1.",
    )


def known_identifiers(candidates: list[str]) -> tuple[str, ...]:
    """Return the canonical spellings of those candidates that are identifiers, without repeats, sorted."""
    found = set()
    for candidate in candidates:
        try:
            found.add(parse_identifier(candidate))
        except InvalidInputError:
            continue
    return tuple(sorted(found))


def identifiers_in(text: str) -> tuple[str, ...]:
    """Return the identifiers that free text names, canonical, without repeats, sorted."""
    return known_identifiers(_IN_TEXT.findall(text))


def parse_weakness(text: str) -> str:
    """Return a weakness as `CWE-<number>`; accepts `79`, `cwe-79` and `CWE-79: Cross-site …`.

    Raises:
        InvalidInputError: The text names no CWE number (`kernel.invalid-weakness`).
    """
    match = _CWE.fullmatch(text.strip())
    if match is None:
        raise InvalidInputError(
            "kernel.invalid-weakness", f"{text[:60]!r} is not a CWE", remedy="Use a number such as CWE-79."
        )
    return f"CWE-{int(match[1])}"


def weaknesses_of(candidates: list[str]) -> tuple[str, ...]:
    """Return the canonical spellings of those candidates that are weaknesses, without repeats, by number."""
    found = set()
    for candidate in candidates:
        try:
            found.add(parse_weakness(candidate))
        except InvalidInputError:
            continue
    return tuple(sorted(found, key=lambda weakness: int(weakness[4:])))


def derived_id(prefix: str, *parts: bytes | str) -> str:
    """Name a record after its content: the prefix and 16 hex digits of SHA-256 over length-prefixed parts."""
    digest = sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return f"{prefix}-{digest.hexdigest()[:16]}"


def case_id(year: int, number: int) -> str:
    """Name the case that was opened as the `number`-th, counted from 1 and never reset."""
    return f"SW-{year}-{number:06d}"
