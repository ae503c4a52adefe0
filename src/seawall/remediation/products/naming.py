"""Products' names taken apart: what names the product, and what only says which release, build or article it is.

`read_name` gives one `Name` for each model that a text names (`MT6739, MT6761`, `KTP400F, KTP700 and KTP900`).
Of the text

- the architecture, bitness and locale that Windows programs carry, and notes as `(incl. SIPLUS variants)`, are dropped;
- version numbers become `releases`: they are compared, since `V14.3` and `V15` are different products to a record, but
  `7-Zip 23.01` in an inventory is 7-Zip. Years stay in the name: `Windows Server 2019`;
- article numbers (12 characters and more, as `6ES7511-1FK01-0AB0`) become `articles`;
- words such as Firmware, Series or Family are dropped from the key, and kept in `kinds`;
- a vendor's name in front is dropped from `key`, and kept in `keys`;
- `x` in the place of a digit (`6x0`, `S7-12xx`) stands for any digit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from seawall.remediation.products.folding import fold, joined, pieces, plain, says_something
from seawall.remediation.products.vendors import Vendor, leading_vendor, read_vendor

MAX_CHARACTERS: Final = 300
"""Longer names are compared by their first so many characters, unless they are equal as a whole."""
_MAX_MODELS: Final = 64
_MAX_PIECES: Final = 32
_MAX_VENDOR_PIECES: Final = 9
_NOTE: Final = re.compile(r"\((?:incl\.?|including)\b[^()]*\)")
_BITS: Final = re.compile(r"\b(?:32|64)[ -]?bits?\b(?: (?:edition|version))?")
_BUILD: Final = frozenset(
    {
        "x64",
        "x86",
        "x86_64",
        "x86-64",
        "amd64",
        "arm64",
        "win32",
        "win64",
        "user",
        "machine",
        "machine-wide",
        "all",
        "users",
    }
)
_ARCHITECTURES: Final = frozenset({"x64", "x86", "x86_64", "x86-64", "amd64", "arm64", "win32", "win64"})
_LOCALE: Final = re.compile(r"[a-z]{2}(?:-[a-z]{2,4})?")
_FULL_LOCALE: Final = re.compile(r"(?:de|en|es|fr|it|ja|ko|nl|pl|pt|ru|sv|zh)-[a-z]{2,4}")
_GROUP: Final = re.compile(r"\(([^()]*)\)")
_CHUNK: Final = re.compile(r"[^\s,;()\[\]]+")
_RELEASE: Final = re.compile(
    r"v\.?\d+(?:\.(?:\d+|x+))*[a-z]?|\d+(?:\.(?:\d+|x+))+(?:[.-]?(?:a|alpha|b|beta|build|esr|hf|p|r|rc|sp|u)\d{0,4})?"
)
_BUILD_NUMBER: Final = re.compile(r"\(?\d+(?:\.\d+)+\)?")
_RELEASE_WORDS: Final = frozenset({"version", "versions", "ver", "ver.", "release", "rel", "rel.", "v"})
_OPEN_DIGITS: Final = re.compile(r"(?<=\d)x+(?=[\dx./-]|$)")
_ARTICLE_CHARACTERS: Final = 12
_ARTICLE_DIGITS: Final = 6
_GENERIC: Final = frozenset({"all", "family", "firmware", "line", "series", "the", "versions"})
"""Words that name no product; dropped wherever they stand."""
_TRAILING: Final = frozenset(
    {
        "application",
        "applications",
        "controllers",
        "device",
        "devices",
        "models",
        "product",
        "products",
        "program",
        "software",
    }
)
"""The same, where one of them ends a name."""
_KINDS: Final = frozenset({"firmware", "software", "application", "applications", "program"})


@dataclass(frozen=True, slots=True)
class Name:
    """One product's name, taken apart."""

    key: str
    """What names the product, as one word."""
    keys: frozenset[str]
    """Under which the product may also go: with its vendor's name in front."""
    with_vendor: frozenset[str]
    """Those of `keys` that hold the vendor."""
    parts: tuple[str, ...]
    """The pieces of `key`."""
    partial: frozenset[str]
    """Beginnings and ends of `key` of whole words and at least half of its pieces."""
    mask: str
    """`key` with every digit as `0`; empty if it has none."""
    is_pattern: bool
    """Whether it leaves digits open."""
    releases: tuple[str, ...]
    articles: frozenset[str]
    kinds: frozenset[str]


@lru_cache(maxsize=16384)
def read_name(vendor_text: str, product: str) -> tuple[Vendor, tuple[Name, ...]]:
    """Read a vendor and a product: the vendor, and one name for each model that the product's text lists.

    Returns:
        No names if the product's text says nothing. Where the vendor's text says nothing, and the product's begins with
        a known vendor, the names are read as that vendor's; the vendor stays unsaid.
    """
    vendor = read_vendor(vendor_text)
    if not says_something(product):
        return vendor, ()
    text = _dropped(plain(product[:MAX_CHARACTERS]).replace("&", " and ").replace("_", " "))
    models = _models(text)
    names = tuple(_name(model, vendor) for model in models)
    names = tuple(name for name in names if name.key)
    if not vendor.folded and names:
        found, _ = leading_vendor(names[0].parts)
        if found:
            names = tuple(_name(model, read_vendor(found)) for model in models)
    return vendor, names


def without_build(product: str) -> str:
    """Return an installed program's name folded, without architecture, locale and build number: one for every build.

    Releases that are written with a `V`, and years, stay: they often are products of their own.
    """
    chunks = _dropped(plain(product[:MAX_CHARACTERS])).split()
    kept = [chunk for chunk in chunks if chunk not in _ARCHITECTURES and not _BUILD_NUMBER.fullmatch(chunk)]
    while kept and kept[-1] in {"-", *_RELEASE_WORDS}:
        kept.pop()
    return " ".join(kept) or fold(product)


def _dropped(text: str) -> str:
    """Drop architectures, locales and notes."""

    def group(match: re.Match[str]) -> str:
        words = re.split(r"[\s,;]+", match[1].strip())
        built = any(word in _BUILD for word in words)
        if all(word in _BUILD or _FULL_LOCALE.fullmatch(word) or (built and _LOCALE.fullmatch(word)) for word in words):
            return " "
        return match[0]

    text = _BITS.sub(" ", _NOTE.sub(" ", text)).replace("( ", "(").replace(" )", ")")
    return _GROUP.sub(lambda match: group(match) if match[1].strip() else " ", text)


def _models(text: str) -> list[str]:
    """Split a list of models, where all that follow the first are single words with a digit; else the text as it is."""
    if "," not in text:
        return [text]
    listed = [part.strip() for part in re.split(r",(?:\s*(?:and|or)\s)?|\s(?:and|or)\s", text)]
    head, _, first = listed[0].rpartition(" ")
    others = [part for part in listed[1:] if part]
    if not _is_model(first) or not others or len(others) >= _MAX_MODELS or not all(map(_is_model, others)):
        return [text]
    return [f"{head} {model}" for model in (first, *others)]


def _is_model(part: str) -> bool:
    return " " not in part and "(" not in part and len(part) > 2 and any(map(str.isdigit, part)) and part[0].isalpha()  # noqa: PLR2004 - a letter and two digits


_Piece = tuple[str, bool]
"""A run of letters or digits, and whether a word begins with it."""


def _name(text: str, vendor: Vendor) -> Name:
    words, releases, articles = _sorted_out(text)
    split = [(piece, place == 0) for word in words for place, piece in enumerate(pieces(word))][:_MAX_PIECES]
    bare = _without_vendor(split, vendor)
    named, kinds = _without_generic(bare)
    key = _joined(named)
    whole = _without_generic(split)[0]
    called = _joined(whole)
    partial = _partial(named) | (_partial(whole) if len(bare) < len(split) else set())
    with_vendor = {prefix + key for prefix in vendor.prefixes}
    if len(bare) < len(split):
        with_vendor.add(called)
    return Name(
        key,
        frozenset({key, called} | with_vendor) - {""},
        frozenset(with_vendor - {key}),
        tuple(piece for piece, _ in named),
        frozenset(partial - {key, ""}),
        re.sub(r"[\d?]", "0", key) if any(char.isdigit() for char in key) else "",
        "?" in key,
        releases,
        articles,
        kinds,
    )


def _partial(named: Sequence[_Piece]) -> set[str]:
    """Beginnings and ends of at least half of the pieces, cut between words: `RS910` is no part of `RS910L`."""
    half = (len(named) + 1) // 2
    cuts = [cut for cut, (_, starts) in enumerate(named) if starts and cut > 0]
    heads = {_joined(named[:cut]) for cut in cuts if cut >= half}
    return heads | {_joined(named[cut:]) for cut in cuts if len(named) - cut >= half}


def _joined(named: Iterable[_Piece]) -> str:
    return joined(tuple(piece for piece, _ in named))


def _sorted_out(text: str) -> tuple[list[str], tuple[str, ...], frozenset[str]]:
    """Tell words, releases and article numbers apart."""
    words: list[str] = []
    releases: list[str] = []
    articles: set[str] = set()
    chunks = _CHUNK.findall(text)
    for place, raw in enumerate(chunks):
        chunk = raw.strip("-:'\"") if raw != "-" else ""
        follows = place > 0 and chunks[place - 1] in _RELEASE_WORDS
        if not chunk or chunk in _ARCHITECTURES:
            continue
        if _is_article(chunk):
            articles.add(_squeezed(chunk))
            continue
        if (words and _RELEASE.fullmatch(chunk)) or (follows and chunk[0].isdigit()):
            releases.append(chunk.lstrip("v."))
            if follows and words and words[-1] == chunks[place - 1]:
                words.pop()
            continue
        words.append(_OPEN_DIGITS.sub(lambda match: "?" * len(match[0]), chunk) if len(chunk) > 2 else chunk)  # noqa: PLR2004 - `2x` is a count
    # Some vendors call a product by nothing but its order number.
    return words or chunks, tuple(releases), frozenset(articles)


def _is_article(chunk: str) -> bool:
    """Whether it is an order number: long, of letters and many digits, without separators that numbers do not have."""
    if "/" in chunk or "." in chunk or "*" in chunk or _OPEN_DIGITS.search(chunk):
        return False
    squeezed = _squeezed(chunk)
    digits = sum(map(str.isdigit, squeezed))
    return len(squeezed) >= _ARTICLE_CHARACTERS and _ARTICLE_DIGITS <= digits < len(squeezed)


def _squeezed(chunk: str) -> str:
    return "".join(char for char in chunk if char.isalnum())


def _without_vendor(named: Sequence[_Piece], vendor: Vendor) -> Sequence[_Piece]:
    for _ in range(2):  # `General Electric GE Aisys` names it twice
        named = _once_without_vendor(named, vendor)
    return named


def _once_without_vendor(named: Sequence[_Piece], vendor: Vendor) -> Sequence[_Piece]:
    for prefix in vendor.prefixes:
        for count in range(1, min(len(named), _MAX_VENDOR_PIECES)):
            if _joined(named[:count]) == prefix:
                return named[count:]
    return named


def _without_generic(named: Sequence[_Piece]) -> tuple[Sequence[_Piece], frozenset[str]]:
    kinds = frozenset(piece for piece, _ in named) & _KINDS
    kept = [(piece, starts) for piece, starts in named if piece not in _GENERIC]
    if len(kept) > 1 and kept[-1][0] in _TRAILING:
        kept.pop()
    return (kept, kinds) if kept else (named, frozenset())
