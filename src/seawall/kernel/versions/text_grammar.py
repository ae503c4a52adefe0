"""What people write about versions, turned into comparators: `V4.1 and earlier` says `<= V4.1`.

Pure syntax: no ordering is asked here. `terms_of` gives `Term`s in the text's own order; a term whose operator is `?`
could not be read. Remarks (`only on Windows`) are set apart and told with the range, never evaluated.

Invariant: no word that could change the meaning is skipped. A text is normalised by a fixed table of phrases; whatever
is left that is neither comparator nor version makes its term unreadable.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

MAX_CHARACTERS: Final = 2_000
"""Longest text that is read, in characters; the longest real one known to us has about 500."""


@dataclass(frozen=True, slots=True)
class Term:
    """One comparator."""

    operator: str
    """`<`, `<=`, `>`, `>=`, `=`, `!=`; `*` for every version; `?` for what could not be read."""
    version: str = ""
    """As written, without words such as "version"; for `?` the unread text."""


@dataclass(frozen=True, slots=True)
class Terms:
    """A text, read."""

    terms: tuple[Term, ...]
    remark: str = ""


_KIND: Final = r"(?:firmware|software|product|application|bios|driver|plugin|app|system|kernel|os|agent|client|server)"
_THINGS: Final = (
    rf"(?:{_KIND}\s+)?"
    r"(?:versions?|releases?|builds?|models?|deployments?|installations?|revisions?|ones|updates?|patches|firmwares?)"
)
_DOWN: Final = r"(?:prior|earlier|below|older|lower|previous|before|under|less|down|preceding|smaller)"
_UP: Final = r"(?:later|above|newer|higher|after|greater|up|onwards?|upwards?|following|subsequent|beyond)"
_JOIN: Final = (
    r"(?:[,;]?\s*(?:\band\b|\bor\b|&|\band/or\b)\s*|\s*[,/]\s*|\s+)(?:(?:all|any|the|their|its|other|possibly)\s+)*"
)
_TAIL: Final = rf"(?:\s+{_THINGS})?(?!\s+(?:to|than|then)\b)"

_PHRASES: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), symbol)
    for pattern, symbol in (
        (r"\(\s*(?:excluding|excluded|exclusive|not including)\s*\)", " ! "),
        (r"\bnot\s+(?:including|incl\.?)\b|\bexcluding\b(?=\s*$)", " ! "),
        (
            r"^.*?(\d+(?:\.\d+)*)(?:\.[xX*])+\s*:\s*(\S*\d\S*)\s+and\s+(?:below|earlier|prior|lower)\b.*$",
            r" >= \1 <= \2 ",
        ),
        (r"\b(?:except(?:\s+for)?|excluding|other\s+than|but\s+not)\s+(?=\S*\d)", " != "),
        (r"<\s+=", "<="),
        (r">\s+=", ">="),
        (r"\bsecurity[ _]+(?=patch|update|hotfix)", ""),
        (r"\(\s*(inclusive|included|including)\s*\)|\b(?:inclusive|included)\b", " "),
        (rf"[(\[]\s*(?:and|or)\s+(?:all\s+|possibly\s+)?({_DOWN}|{_UP})(\s+{_THINGS})?\s*[)\]]", r" and \1 "),
        (r"\b(?:and|or)\s*<\s*$", " ⇓ "),
        (rf"{_JOIN}{_DOWN}\b{_TAIL}(?=\s*(?:$|[|;,!]|\band\b|\bor\b))", " ⇓ "),
        (rf"{_JOIN}{_UP}\b{_TAIL}(?=\s*(?:$|[|;,!]|\band\b|\bor\b))", " ⇑ "),
        (rf"\bbetween\s+(?:{_THINGS}\s+)?(.+?)\s+and\s+", r" >= \1 ‥ "),
        (r"\bup\s*to\s*,?\s*but\s+!", " < "),
        (r"\bup\s*to\s*,?\s*(?:and|&)?\s*,?\s*(?:including|include|incl\.?)(?=\s|$)", " ‥ "),
        (rf"\b{_DOWN}\s+(?:than\s+|to\s+)?(?:or\s+equals?\s+(?:to|than)?|equals?\s+to)(?=\s)", " <= "),
        (rf"\b{_UP}\s+(?:than\s+|to\s+)?(?:or\s+equals?\s+(?:to|than)?|equals?\s+to)(?=\s)", " >= "),
        (rf"(?:\b{_THINGS}\s+)?\b(?:prior|previous|preceding)\s+(?:to|then|than)\b", " < "),
        (rf"(?:\b{_THINGS}\s+)?\b(?:earlier|older|lower|less|smaller)\s+(?:than|then|to)\b", " < "),
        (r"\b(?:fixed|patched|resolved|corrected)\s+in\b|\bbefore\b|\bbelow\b|\bprior\b(?=\s+v?\d)", " < "),
        (r"\b(?:later|newer|higher|greater)\s+(?:than|then)\b|\babove\b|\bafter\b", " > "),
        (r"\bstarting\s+(?:with|from|at|in|on)\b|\bbeginning\s+(?:with|from)\b", " >= "),
        (r"\bsince\b|\bfrom\b|\bas\s+of\b|\bat\s+least\b", " >= "),
        (r"\b(?:through|thru|until|till|up\s*to|upto)\b|\s+to\s+|(?<=\s)[-~](?=\s)|\.\.\.+|[…\u2013\u2014]", " ‥ "),
    )
)
_OPERATORS: Final = str.maketrans(
    {"≤": "<=", "≥": ">=", "\uff1c": "<", "\uff1e": ">", "⩽": "<=", "⩾": ">=", "\u2011": "-", "\uff0c": ",", "≠": "!="}
)
_TOKENS: Final = re.compile(r"(<=|=<|>=|=>|!=|==|<|>|=|⇓|⇑|‥|!|\|\|?|;|,|\band\b|\bor\b|&)", re.IGNORECASE)
_ONE: Final = re.compile(r"[vV]?[0-9][0-9A-Za-z]*(?:[.-][0-9A-Za-z]+)*").fullmatch
"""Most texts: one plain version, for which no phrase needs to be looked for."""
_SEPARATORS: Final = frozenset({"|", "||", ";", ",", "and", "or", "&"})
_UPPER: Final = frozenset({"<", "<="})
_TO, _EXCLUDED, _DOWN_MARK, _UP_MARK = "‥", "!", "⇓", "⇑"
_MARKS: Final = frozenset({_EXCLUDED, _DOWN_MARK, _UP_MARK})
_DIGIT: Final = re.compile(r"[0-9]").search
_COMPARATORS: Final = frozenset({"<", "<=", ">", ">=", "=", "!="})
_SPELLINGS: Final = {"=<": "<=", "=>": ">=", "==": "="}
_SUFFIX_COMMA: Final = re.compile(
    r"\s*,\s+(?=(?:build|sp|service pack|update|upd|patch|hotfix|hf|rev)\b)", re.IGNORECASE
)
_ALL: Final = re.compile(
    r"(?:(?:all|any|every|each)\b(?:\s+(?:known|affected|supported|released|current|existing|available|of|the))*"
    rf"(?:\s+{_THINGS})?|{_THINGS}\s*:?\s*all|all\s+\S+\s+{_THINGS}|\*|latest|current|all\s+current\s+versions)[.:]?",
    re.IGNORECASE,
).fullmatch
_REMARK: Final = re.compile(
    r"[,;:]?[\s_]+\(?((?:only|if|when|where|unless|without|with|in[ _]connection|for|on|in|running|using|that|which|"
    r"installed|(?<!and\s)(?<!to\s)(?<!&\s)(?<!to,\s)including|prior\s+to\s+patch|regardless|utilizes|affected|are|is|was|has|have)(?:\b|_).*)$",
    re.IGNORECASE,
)
_NEGATED: Final = re.compile(r"\b(?:not|un)[ -]?(?:affected|vulnerable|impacted)\b", re.IGNORECASE).search
_MORE_VERSIONS: Final = re.compile(
    r"(?:[,;|]|\band\b)\s*(?:and\s+|versions?\s+)*[vV]?[0-9]+\.[0-9]", re.IGNORECASE
).search
"""A clause that goes on to other versions: `12.1 in Android 12, 13.1 in Android 13`."""
_LONGEST_REMARK: Final = 200
_PARENTHESIS: Final = re.compile(r"(?:(?<=\s)|^)\(([^()]*(?:\([^()]*\)[^()]*)*)\)|\s\[([^\[\]]*)\]")
_LEADING: Final = re.compile(
    rf"(?:(?:the|all|any|affected|{_KIND})\s+)*(?:of\s+|(?:versions?|ver|vers|releases?|rel)\b(?:\s+of\b)?\.?|v(?:er)?\.(?=\s*\d))"
    r"\s*[:#]?\s*(?=\S)|(?:\S+\s+){1,5}(?:versions?\s*:?\s+|ver\.?\s*)(?=v?\d)",
    re.IGNORECASE,
)
NO_VERSION: Final = re.compile(
    r"(?<![A-Za-z])(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|serial|digits?|manufactur\w*|produced|shipped|commit|hash|article|part|date|"
    r"https?|CVE)(?![A-Za-z])",
    re.IGNORECASE,
).search
"""Words that show that a number is no version: months, serial numbers, commits, references."""
_NAME: Final = re.compile(r".*[\s_]versions?", re.IGNORECASE | re.DOTALL).fullmatch
_TRAILING: Final = re.compile(rf"\s+(?:{_THINGS}|series|branch|branches|firmware|software)\s*$", re.IGNORECASE)
_ALL_UNDERSCORED: Final = re.compile(r"all_versions", re.IGNORECASE).match
_STAR: Final = re.compile(r"(\d)\s+\*(?=\s*(?:$|\|))")
_SERIES: Final = re.compile(r"\s*(\S*\d)(?:\.[xX*])*\s+(?:series|branch)\s*", re.IGNORECASE).fullmatch
_PURL: Final = re.compile(r"pkg:[a-z]+/[^@\s]+@")
_VERS: Final = re.compile(r"vers:[A-Za-z0-9.+-]+/")
_PERCENT: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_PLUS: Final = re.compile(r"(?<=[\dxX])\s?\+(?=\s*(?:$|[|;,]|and\b))")


@lru_cache(maxsize=8_192)
def terms_of(text: str) -> Terms:
    """Read a text.

    Returns:
        Never without terms: an empty text gives one that could not be read.
    """
    if len(text) > MAX_CHARACTERS:
        return Terms((Term("?", text[:60]),))
    if _ONE(text):
        return Terms((Term("=", text),))
    plain = _plain(text)
    if _ALL(plain):
        return Terms((Term("*"),))
    plain, clause, inserted = _apart(plain)
    remarks = "; ".join(filter(None, (clause, inserted)))[:_LONGEST_REMARK]
    if _NEGATED(clause):
        return Terms((Term("?", text.strip()[:60]),))
    if remarks and (_ALL(plain) or plain.lower() == "versions"):
        return Terms((Term("*"),), remarks)
    for pattern, symbol in _PHRASES:
        plain = pattern.sub(symbol, plain)
    terms = _Parser(_tokens(plain)).terms()
    if not terms or _MORE_VERSIONS(clause):
        terms += (Term("?", text.strip()[:60]),)
    return Terms(terms, remarks)


def _plain(text: str) -> str:
    plain = html.unescape(text) if "&" in text else text
    plain = plain.translate(_OPERATORS).replace("\\", "")
    if _VERS.match(plain):
        plain = _PERCENT.sub(lambda found: chr(int(found[1], 16)), _VERS.sub("", plain))
    if _ALL_UNDERSCORED(plain):
        plain = plain.replace("_", " ")
    plain = _STAR.sub(r"\1.*", plain)
    plain = _SUFFIX_COMMA.sub(" ", _PLUS.sub(" ⇑ ", _PURL.sub("", plain)))
    return " ".join(plain.split()).strip(" .,;:\"'")


def _apart(plain: str) -> tuple[str, str, str]:
    """Set apart a clause at the end, such as `only if …` or `with …`, and what stands in parentheses of its own."""
    remarks: list[str] = []

    def keep(found: re.Match[str]) -> str:
        words = (found[1] or found[2] or "").strip()
        if re.fullmatch(
            r"(?:and|or)\s+.*|inclusive|included|including|excluding|excluded|exclusive|not including",
            words,
            re.IGNORECASE,
        ):
            return found[0]
        remarks.append(words)
        return " "

    masked = _PARENTHESIS.sub(lambda found: " " + "~" * (len(found[0]) - 2) + " ", plain)
    clause = _REMARK.search(masked)
    rest = plain[clause.start(1) :] if clause else ""
    plain = _PARENTHESIS.sub(keep, plain[: clause.start()] if clause else plain)
    return " ".join(plain.split()).strip(" .,;:"), rest.replace("_", " "), "; ".join(filter(None, remarks))


def _tokens(plain: str) -> list[str]:
    out = []
    for part in _TOKENS.split(plain):
        token = part.strip()
        if token:
            lowered = token.lower()
            out.append(_SPELLINGS.get(lowered, lowered) if _TOKENS.fullmatch(token) else token)
    return out


class _Parser:
    """Walks over comparators, versions, and marks behind them (`⇓` and earlier, `⇑` and later, `!` without)."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._position = 0
        self._out: list[Term] = []

    def terms(self) -> tuple[Term, ...]:
        while token := self._peek():
            if token in _SEPARATORS:
                self._position += 1
            elif token in _COMPARATORS or token == _TO:
                self._compare(token)
            elif _is_words(token):
                self._version(token)
            else:
                self._out.append(Term("?", token))
                self._position += 1
        return tuple(self._out)

    def _peek(self, ahead: int = 0) -> str:
        index = self._position + ahead
        return self._tokens[index] if index < len(self._tokens) else ""

    def _compare(self, operator: str) -> None:
        """`< 2.4`; also `<= 2.4 and earlier`, which says it twice, and `up to 2.4 (excluding)`."""
        operator = "<=" if operator == _TO else operator
        version = self._peek(1)
        self._position += 1
        if not _is_words(version):
            self._out.append(Term("?", f"{operator} {version}".strip()))
            return
        self._position += 1
        if self._peek() == _EXCLUDED and operator in _UPPER:
            operator = "<"
        if self._peek() in _MARKS:
            self._position += 1
        self._out.append(Term(operator, cleaned(version)))

    def _version(self, text: str) -> None:
        """A version, alone, before a mark, or as the lower end of a stretch; or a name before a comparator."""
        following = self._peek(1)
        self._position += 1
        is_lower = following in _UPPER or following == _TO
        if following in {_DOWN_MARK, _UP_MARK}:
            self._out.append(Term("<=" if following == _DOWN_MARK else ">=", cleaned(text)))
            self._position += 1
        elif is_lower and not (_ALL(text) or _NAME(text) or not _DIGIT(text)):
            self._out.append(Term(">=", cleaned(text)))
        elif _ALL(text):
            if following not in _COMPARATORS and following != _TO:  # "All versions < V5.3" is no more than "< V5.3"
                self._out.append(Term("*"))
        elif following not in _COMPARATORS or (not is_lower and _DIGIT(text)):
            self._out.append(Term("=", cleaned(text)))


def cleaned(version: str) -> str:
    """Return a version without the words around it that say "version"."""
    found = _LEADING.match(version)
    if found and not NO_VERSION(version[: found.end()]):
        version = version[found.end() :]
    plain = _TRAILING.sub("", version).strip(" .,;:\"'")
    series = _SERIES(version)
    return f"{series[1]}.x" if series else plain


def _is_words(token: str) -> bool:
    return bool(token) and token not in _SEPARATORS and _TOKENS.fullmatch(token) is None
