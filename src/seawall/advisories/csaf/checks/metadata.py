"""Mandatory tests on languages, translation and the document's category: 6.1.12, 6.1.15, 6.1.26, 6.1.28."""

from __future__ import annotations

import re
from collections.abc import Iterator

from seawall.advisories.csaf.checks.finding import Check, Flaw
from seawall.advisories.csaf.checks.index import DocumentIndex
from seawall.advisories.csaf.facts import language_problem

PROFILES = frozenset(
    {"csaf_security_incident_response", "csaf_informational_advisory", "csaf_security_advisory", "csaf_vex"}
)
"""Categories of the profiles other than CSAF Base (section 4)."""
_BASE = "csaf_base"
_SEPARATORS = re.compile(r"[-_\s]+")


def unknown_language(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.12: all subtags of the language codes are registered."""
    for name in ("lang", "source_lang"):
        tag = getattr(index.info, name)
        problem = language_problem(tag) if tag else ""
        if problem:
            yield Flaw(f"/document/{name}", f"{tag!r} is no language: {problem}", "Use a code such as `en` or `de-AT`.")


def translator_without_source(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.15: a translator names the language of the original."""
    if index.info.publisher.category == "translator" and not index.info.source_lang:
        yield Flaw(
            "/document/source_lang",
            "the publisher is a translator, but the language of the original is missing",
            "Add `source_lang`.",
        )


def prohibited_category(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.26: a category of CSAF Base can't be mistaken for another profile, and keeps off the prefix `csaf_`."""
    category = index.category
    if category == _BASE or category in PROFILES:
        return
    plain = _plain(category)
    alike = next((name for name in sorted(PROFILES) if plain in {_plain(name), _plain(name.removeprefix("csaf_"))}), "")
    if alike or category.lower().startswith("csaf_"):
        problem = f"can be mistaken for {alike}" if alike else "uses the reserved prefix csaf_"
        yield Flaw(
            "/document/category",
            f"the category {category!r} {problem}",
            "Use the exact value of the profile, `csaf_base`, or another word.",
        )


def same_languages(index: DocumentIndex) -> Iterator[Flaw]:
    """6.1.28: a translation is in another language than the original."""
    lang, source = index.info.lang, index.info.source_lang
    if lang and lang.lower() == source.lower():
        yield Flaw(
            "/document/source_lang",
            f"the document and its original are both in {lang}",
            "Remove `source_lang`, or correct one of the two.",
        )


def _plain(text: str) -> str:
    return _SEPARATORS.sub("", text).lower()


CHECKS = (
    Check("6.1.12", "Language", unknown_language),
    Check("6.1.15", "Translator", translator_without_source),
    Check("6.1.26", "Prohibited Document Category Name", prohibited_category),
    Check("6.1.28", "Translation", same_languages),
)
