"""Wording made comparable: content words, MinHash signatures of them, their similarity, and names of code.

A text becomes the set of its content words (lower case, light stemming, the field's abbreviations spelt out); order and
repeats do not matter, so reordered sentences are the same text. The signature keeps 8 bits of each of 128 MinHash
values (b-bit minwise hashing, Li and König 2010): 128 bytes, from which Jaccard similarity is estimated with a standard
error of at most 0.045.

Names of code (`parse_header`, `defaultsDeep`, `loader.py`) are taken out beside the words: reports written from one
template share most words and still are about different bugs, and then the names tell.

Invariants: the same text has the same signature on every machine (fixed seed, byte order and algorithm version, all
part of `TEXT_RULE`). Left out on purpose: meaning. Two texts that share few words are not near-duplicates here.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

import rensa

PERMUTATIONS: Final = 128
_SEED: Final = 20_077
TEXT_RULE: Final = f"triage.text/1.{rensa.RMinHash.ALGORITHM_VERSION}"
"""Changes whenever signatures of different versions cannot be compared."""
LONGEST: Final = 20_000
"""Characters of a text that are looked at; the rest of a pasted log adds nothing to what the report is about."""

_NAME = re.compile(
    r"\b(?:[\w-]+\.(?:[chm]|cc|cpp|cs|go|java|jsx?|kt|mjs|php|pl|py|rb|rs|scala|swift|tsx?|vue)\b"  # a file
    r"|[A-Za-z]\w*_\w+|_+[a-z]\w*|[a-z]+[0-9]*[A-Z]\w*|[A-Z][a-z0-9]+[A-Z]\w*"  # snake_case, camelCase, PascalCase
    r"|\w+(?=\(\)))|(?<=`)[A-Za-z_][\w-]*(?=`)"  # called(), `quoted`
)
_NO_NAME_WORDS: Final = """
addresssanitizer bugzilla chatgpt clusterfuzz devtools docker_compose github gitlab graphql hackerone ipv4 ipv6
javascript jquery latex libfuzzer linkedin macos memorysanitizer mongodb mysql nodejs oauth openai openssl
opentelemetry oss-fuzz postgresql powershell rabbitmq sourceforge sqlite stackoverflow threadsanitizer
typescript ubsan webassembly websocket windows_nt x86_64 youtube
"""
_NO_NAMES: Final = frozenset(_NO_NAME_WORDS.split())
"""Written like names of code, but of products and tools that any report may mention."""
_SHORTEST_NAME: Final = 4  # characters
_WORD = re.compile(r"[a-z_][a-z0-9_]*(?:-[a-z]+)*")
_ROW = struct.Struct(f"<{PERMUTATIONS}I")
_SHORTEST: Final = 3  # letters of a content word
# Words that any report may hold: function words, and the phrases of the trade that say nothing about which bug it is.
_STOP_WORDS: Final = """
about above after again against all also although always among and another any application applications are
attacker attackers back because been before being below between both but can cannot could cwe cve did does doing
done down during each either else even ever every few for from further get gets given gives had has have having
here how however into its itself just let lets like made make makes many may might more most much must need
neither never nor not now off often once one only onto other our out over own possible rather report reported
result results same see seem several shall should show shown shows since some still such take taken takes than
that the their them then there therefore these they this those though through thus too two under until upon use
used user users uses using very via vulnerability vulnerabilities vulnerable was way well were what when where
whether which while who whose why will with within without would yet you your
"""
_STOP: Final = frozenset(_STOP_WORDS.split())
_SPELT_OUT: Final = {
    "authentication": "auth",
    "authorisation": "authz",
    "authorization": "authz",
    "csrf": "cross-site-request-forgery",
    "deserialisation": "deserialization",
    "dos": "denial-service",
    "lfi": "file-inclusion",
    "overrun": "overflow",
    "oob": "out-of-bounds",
    "rce": "remote-code-execution",
    "redos": "regex-denial-service",
    "sanitisation": "sanitization",
    "segfault": "sigsegv",
    "serialisation": "serialization",
    "sqli": "sql-injection",
    "ssrf": "server-side-request-forgery",
    "uaf": "use-after-free",
    "xss": "cross-site-scripting",
    "xxe": "xml-external-entity",
}
_PHRASES: Final = (
    ("forgery", re.compile(r"\bcross[- ]site[- ]request[- ]forgery\b"), "cross-site-request-forgery"),
    ("scripting", re.compile(r"\bcross[- ]site[- ]scripting\b"), "cross-site-scripting"),
    ("code", re.compile(r"\b(?:remote|arbitrary)[- ]code[- ]execution\b"), "remote-code-execution"),
    ("denial", re.compile(r"\bdenial[- ]of[- ]service\b"), "denial-service"),
    ("forgery", re.compile(r"\bserver[- ]side[- ]request[- ]forgery\b"), "server-side-request-forgery"),
    ("free", re.compile(r"\buse[- ]after[- ]free\b"), "use-after-free"),
    ("bound", re.compile(r"\bout[- ]of[- ]bounds?\b"), "out-of-bounds"),
    ("sql", re.compile(r"\bsql[- ]injection\b"), "sql-injection"),
)


def words_of(text: str) -> frozenset[str]:
    """Return the content words of a text; digits, punctuation and words of the trade are left out."""
    text = text[:LONGEST].lower()
    for needle, phrase, word in _PHRASES:
        if needle in text:  # the cheap test first: most texts hold none of the phrases
            text = phrase.sub(word, text)
    # Names of code are kept as they are, and out of the cache, which they would fill: most occur once.
    found = {word if "_" in word else _stem(word) for word in _WORD.findall(text)}
    found.discard("")
    return frozenset(found)


def names_of(text: str) -> frozenset[str]:
    """Return the names of code in a text, lower case: with underscores or inner capitals, called, quoted, of files."""
    # Most words are plain; leaving them out first makes the search three times faster.
    rest = [word for word in text[:LONGEST].split() if not (word.islower() and word.rstrip(".,;:!?)").isalpha())]
    found = {name.lower() for name in _NAME.findall(" ".join(rest)) if len(name) >= _SHORTEST_NAME}
    return frozenset(found - _NO_NAMES)


def signatures(texts: Iterable[frozenset[str]]) -> list[bytes]:
    """Return the signature of each set of words, `PERMUTATIONS` bytes each; empty for an empty set."""
    sets = [sorted(words) for words in texts]
    rows: Sequence[Sequence[int]] = rensa.RMinHash.digests_from_token_sets(sets, PERMUTATIONS, _SEED)
    # Little-endian on every machine: each fourth byte is the low one of each value.
    return [_ROW.pack(*row)[::4] if words else b"" for words, row in zip(sets, rows, strict=True)]


def similarity(left: bytes, right: bytes) -> float:
    """Estimate the Jaccard similarity of two word sets from their signatures: 0 (nothing shared) to 1 (the same).

    Equal bytes happen by chance once in 256; the estimate is corrected for that. Without a signature it is 0.
    """
    if not left or not right:
        return 0.0
    if left == right:
        return 1.0
    differing = int.from_bytes(left, "big") ^ int.from_bytes(right, "big")
    equal = differing.to_bytes(PERMUTATIONS, "big").count(0)
    return max(0.0, (equal / PERMUTATIONS - 1 / 256) / (1 - 1 / 256))


@lru_cache(maxsize=65536)
def _stem(word: str) -> str:
    """Cut the commonest endings of English words; words with digits or hyphens are kept as they are."""
    if len(word) < _SHORTEST or word in _STOP:
        return ""
    if word in _SPELT_OUT:
        return _SPELT_OUT[word]
    if "-" in word or not word.isalpha():
        return word
    for ending, least in (("ingly", 4), ("edly", 4), ("ing", 4), ("ies", 3), ("ed", 4), ("es", 4), ("ly", 4), ("s", 3)):
        if word.endswith(ending) and len(word) - len(ending) >= least and not word.endswith("ss"):
            word = word[: -len(ending)] + ("y" if ending == "ies" else "")
            break
    return word.removesuffix("e") if len(word) > _SHORTEST + 1 else word
