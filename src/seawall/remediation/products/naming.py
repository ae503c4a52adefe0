"""Products' names taken apart: what names the product, and what only says which release, build or article it is.

`read_name` gives one `Name` for each model that a text names (`MT6739, MT6761`, `KTP400F, KTP700 and KTP900`). Of the text

- the architecture, bitness and locale that Windows programs carry, and notes such as `(incl. SIPLUS variants)`, are dropped;
- version numbers become `releases`: they are compared, since `V14.3` and `V15` are different products to a record, but
  `7-Zip 23.01` in an inventory is 7-Zip. Years stay in the name: `Windows Server 2019`;
- article numbers (12 characters and more, as `6ES7511-1FK01-0AB0`) become `articles`;
- words such as Firmware, Series or Family are dropped from the key, and kept in `kinds`;
- a vendor's name in front is dropped from `key`, and kept in `keys`;
- `x` in the place of a digit (`6x0`, `S7-12xx`) stands for any digit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from seawall.remediation.products.folding import fold, joined, pieces, plain, says_something
from seawall.remediation.products.vendors import Vendor, leading_vendor, read_vendor

MAX_CHARACTERS: Final = 300
"""Longer names are compared by their first so many characters, and never exactly."""
_MAX_MODELS: Final = 64
_MAX_PIECES: Final = 32
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
_RELEASE: Final = re.compile(r"v\.?\d+(?:\.(?:\d+|x+))*[a-z]?|\d+(?:\.(?:\d+|x+))+(?:[.-]?[a-z]{1,5}\d{0,3})?")
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
_HARD_ENDING: Final = frozenset({"hardware"})


@dataclass(frozen=True, slots=True)
class Name:
    """One product's name, taken apart."""

    folded: str
    """The whole text, but for case and white space; empty where the name is only one of those that a text lists."""
    key: str
    """What names the product, as one word."""
    keys: frozenset[str]
    """Under which the product may also go: with its vendor's name in front."""
    with_vendor: frozenset[str]
    """Those of `keys` that hold the vendor."""
    parts: tuple[str, ...]
    """The pieces of `key`."""
    partial: frozenset[str]
    """Beginnings and ends of `key` of at least half of its pieces."""
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
        No names if the product's text says nothing. Where the vendor's text says nothing, a vendor that the product's
        text begins with is taken, if it is a known one.
    """
    vendor = read_vendor(vendor_text)
    if not says_something(product):
        return vendor, ()
    text = _dropped(plain(product[:MAX_CHARACTERS]).replace("&", " and ").replace("_", " "))
    models = _models(text)
    whole = fold(product) if len(product) <= MAX_CHARACTERS else ""
    names = tuple(_name(model, vendor, whole if len(models) == 1 else "") for model in models)
    names = tuple(name for name in names if name.key)
    if not vendor.folded and names:
        found, count = leading_vendor(names[0].parts)
        if count:
            vendor = read_vendor(found)
            names = tuple(_name(model, vendor, whole if len(models) == 1 else "") for model in models)
    return vendor, names


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


def _name(text: str, vendor: Vendor, folded: str) -> Name:
    words, releases, articles = _sorted_out(text)
    parts = pieces(" ".join(words))[:_MAX_PIECES]
    bare = _without_vendor(parts, vendor)
    key_parts, kinds = _without_generic(bare)
    key = joined(key_parts)
    called = joined(_without_generic(parts)[0])
    with_vendor = {prefix + key for prefix in vendor.prefixes}
    if len(bare) < len(parts):
        with_vendor.add(called)
    half = (len(key_parts) + 1) // 2
    cuts = range(half, len(key_parts))
    partial = {joined(key_parts[:cut]) for cut in cuts} | {joined(key_parts[len(key_parts) - cut :]) for cut in cuts}
    has_digit = any(char.isdigit() for char in key)
    return Name(
        folded,
        key,
        frozenset({key, called} | with_vendor) - {""},
        frozenset(with_vendor - {key}),
        key_parts,
        frozenset(partial - {key, ""}),
        re.sub(r"[\d?]", "0", key) if has_digit else "",
        "?" in key,
        releases,
        articles,
        kinds,
    )


def _sorted_out(text: str) -> tuple[list[str], tuple[str, ...], frozenset[str]]:
    """Tell words, releases and article numbers apart."""
    words: list[str] = []
    releases: list[str] = []
    articles: set[str] = set()
    chunks = _CHUNK.findall(text)
    for place, raw in enumerate(chunks):
        chunk = raw.strip("-:'\"") if raw != "-" else ""
        squeezed = "".join(char for char in chunk if char.isalnum())
        digits = sum(map(str.isdigit, squeezed))
        follows = place > 0 and chunks[place - 1] in _RELEASE_WORDS
        if not chunk or chunk in _ARCHITECTURES:
            continue
        if (
            len(squeezed) >= _ARTICLE_CHARACTERS
            and digits >= _ARTICLE_DIGITS
            and digits < len(squeezed)
            and "." not in chunk
        ):
            if "*" not in chunk and not _OPEN_DIGITS.search(chunk):
                articles.add(squeezed)
                continue
        if _RELEASE.fullmatch(chunk) or (follows and chunk[0].isdigit()):
            releases.append(chunk.lstrip("v."))
            if follows and words and words[-1] == chunks[place - 1]:
                words.pop()
            continue
        words.append(_OPEN_DIGITS.sub(lambda match: "?" * len(match[0]), chunk) if len(chunk) > 2 else chunk)  # noqa: PLR2004 - `2x` is a count
    if not words and releases:  # a name that is nothing but a number, as `3.0`
        return chunks, (), frozenset(articles)
    return words, tuple(releases), frozenset(articles)


def _without_vendor(parts: tuple[str, ...], vendor: Vendor) -> tuple[str, ...]:
    for prefix in vendor.prefixes:
        for count in range(1, min(len(parts), 9)):
            if joined(parts[:count]) == prefix:
                return parts[count:]
    return parts


def _without_generic(parts: tuple[str, ...]) -> tuple[tuple[str, ...], frozenset[str]]:
    kinds = frozenset(parts) & _KINDS
    kept = tuple(part for part in parts if part not in _GENERIC)
    if len(kept) > 1 and kept[-1] in _TRAILING:
        kept = kept[:-1]
    return (kept, kinds) if kept else (parts, frozenset())
