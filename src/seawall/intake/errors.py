"""What can be wrong with a report. One function for each error, so that a code has one wording and one remedy.

Codes are listed for users in `docs/formats.md`.
"""

from __future__ import annotations

from seawall.kernel.errors import ConflictError, InvalidInputError, LimitExceededError, NotFoundError
from seawall.kernel.limits import MIB


def empty() -> InvalidInputError:
    """No byte but white space."""
    return InvalidInputError("intake.empty", "the report is empty", remedy="Check the export, and submit it again.")


def not_text(kind: str, remedy: str) -> InvalidInputError:
    """Known binary content, for example an archive."""
    return InvalidInputError("intake.not-text", f"the report is {kind} and not text", remedy=remedy, kind=kind)


def invalid_encoding(offset: int, reason: str) -> InvalidInputError:
    """Neither UTF-8 nor UTF-16 or UTF-32 with a byte-order mark."""
    return InvalidInputError(
        "intake.invalid-utf8",
        f"the report is not valid UTF-8: {reason} at byte {offset}",
        remedy="Save it as UTF-8 and submit it again.",
        offset=offset,
    )


def truncated(depth: int, *, in_string: bool) -> InvalidInputError:
    """JSON that ends before it is complete."""
    where = "inside a string" if in_string else f"with {depth} brackets open"
    return InvalidInputError(
        "intake.truncated-json",
        f"the JSON document ends {where}",
        remedy="The file was cut off: export or transfer it again.",
        depth=depth,
    )


def malformed(what: str, reason: str, place: str = "") -> InvalidInputError:
    """Text that breaks the grammar of its own carrier (`what` is JSON, YAML or base64)."""
    at = f" in {place}" if place else ""
    return InvalidInputError(
        f"intake.malformed-{what.lower()}",
        f"the report is not valid {what}{at}: {reason}",
        remedy=f"Correct the {what} and submit it again.",
        place=place,
    )


def schema_mismatch(place: str, reason: str) -> InvalidInputError:
    """Well-formed, but not what the format asks for."""
    return InvalidInputError(
        "intake.schema-mismatch",
        f"{place or 'the document'} does not fit the format: {reason}",
        remedy="Correct the member named above; `docs/formats.md` says what is read.",
        place=place,
    )


def wrong_version(title: str, found: str, wanted: str) -> InvalidInputError:
    """A known format in a version that is not read."""
    return InvalidInputError(
        "intake.wrong-version",
        f"this is {title} {found[:40] or 'without a version'}; version {wanted} is read",
        remedy=f"Export it as {title} {wanted}, or retry after an update of Seawall.",
        found=found[:40],
        wanted=wanted,
    )


def unknown_format(hint: str = "") -> InvalidInputError:
    """No format recognises the content."""
    return InvalidInputError(
        "intake.unknown-format",
        "no known format fits the content" + (f": {hint}" if hint else ""),
        remedy="Submit SARIF, OSV, CSAF, CycloneDX with vulnerabilities, a Seawall report, or Markdown with a heading.",
    )


def mixed_formats(place: str, first: str) -> InvalidInputError:
    """Several documents in one file that are not of one kind."""
    return InvalidInputError(
        "intake.mixed-formats",
        f"the document at {place} is not {first} like the first one",
        remedy="Submit one file for each format.",
        place=place,
    )


def no_vulnerabilities(title: str) -> InvalidInputError:
    """An inventory that claims no weakness."""
    return InvalidInputError(
        "intake.no-vulnerabilities",
        f"the {title} document lists components and no vulnerabilities",
        remedy="Match an inventory with `seawall check`; submit the document that has a `vulnerabilities` member.",
    )


def duplicate_key(key: str, place: str) -> InvalidInputError:
    """A member that is given twice: two readers could see two different reports."""
    return InvalidInputError(
        "intake.duplicate-key",
        f"the member {key[:60]!r} is given twice{f' in {place}' if place else ''}",
        remedy="Keep one of them.",
        place=place,
    )


def bad_file(name: str, reason: str) -> InvalidInputError:
    """An evidence file that cannot be laid into the sandbox."""
    return InvalidInputError(
        "intake.bad-file",
        f"the evidence file {name[:80]!r} {reason}",
        remedy="Use a plain name such as input.yml, and give the content as text or base64.",
    )


def too_deep(limit: int) -> LimitExceededError:
    """Nesting beyond the limit."""
    return LimitExceededError(
        "intake.too-deep",
        f"the report nests deeper than {limit} levels",
        remedy="No report needs that; check the tool that wrote it.",
        limit=limit,
    )


def token_too_long(limit: int) -> LimitExceededError:
    """One string or number beyond the limit."""
    return LimitExceededError(
        "intake.token-too-long",
        f"one string or number of the report is longer than {limit // MIB} MiB",
        remedy="Shorten it; attach large inputs as a `$repeat` instruction instead of their bytes.",
        limit=limit,
    )


def line_too_long(limit: int) -> LimitExceededError:
    """One line of a text format beyond the limit."""
    return LimitExceededError(
        "intake.line-too-long",
        f"one line of the report is longer than {limit // MIB} MiB",
        remedy="Check that the file is a report; wrap its lines.",
        limit=limit,
    )


def too_many_values(limit: int) -> LimitExceededError:
    """More members and elements than memory is set aside for."""
    return LimitExceededError(
        "intake.too-many-values",
        f"the report has more than {limit} members and elements",
        remedy="Split it into several files.",
        limit=limit,
    )


def too_large(title: str, limit: int) -> LimitExceededError:
    """A document of a format that is read as a whole."""
    return LimitExceededError(
        "intake.too-large",
        f"a {title} document may have at most {limit // MIB} MiB",
        remedy="Split it into several files.",
        limit=limit,
    )


def too_many_findings(limit: int) -> LimitExceededError:
    """More findings than one report may give."""
    return LimitExceededError(
        "intake.too-many-findings",
        f"the report holds more than {limit} findings",
        remedy="Split it into several files.",
        limit=limit,
    )


def too_slow(limit: float) -> LimitExceededError:
    """Reading took longer than allowed."""
    return LimitExceededError(
        "intake.too-slow",
        f"reading the report took longer than {limit:g} seconds",
        remedy="Split it into several files, or retry when the machine is less busy.",
        limit=limit,
    )


def alias_bomb(limit: int) -> LimitExceededError:
    """YAML aliases that unfold to more than the limit."""
    return LimitExceededError(
        "intake.yaml-bomb",
        f"the YAML unfolds to more than {limit} nodes, or an alias holds itself",
        remedy="Write the values out instead of repeating aliases.",
        limit=limit,
    )


def parser_failed(kind: str) -> InvalidInputError:
    """A defect of Seawall: the report is kept until it is mended."""
    return InvalidInputError(
        "intake.parser-failed",
        f"a defect in Seawall stopped the reading ({kind})",
        remedy="Nothing is lost: report the defect, and retry after the next update.",
        kind=kind,
    )


def no_submitter() -> InvalidInputError:
    """Nobody to answer to."""
    return InvalidInputError(
        "intake.no-submitter", "a report needs a submitter", remedy="Say who reports, for example with --submitter."
    )


def no_report(report_id: str) -> NotFoundError:
    """The identifier names no report."""
    return NotFoundError(
        "intake.no-such-report", f"there is no report {report_id[:40]}", remedy="List them with `seawall quarantine`."
    )


def not_quarantined(report_id: str, state: str) -> ConflictError:
    """Only what is in quarantine can be retried."""
    return ConflictError(
        "intake.not-quarantined",
        f"the report {report_id} is {state} and not in quarantine",
        remedy="Retry only what `seawall quarantine` lists.",
    )
