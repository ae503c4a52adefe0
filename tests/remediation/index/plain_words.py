"""A second, slow reading of records, from their own JSON: what the index must agree with.

It shares no code with the package. It knows few notations and says None to all others: versions of plain numbers, the
fields of CVE's `versions` by the schema's algorithm, texts with one comparator or two, and OSV's events. Where it knows
a record's words, the index must give the same answer; where it does not, the index must never say "not affected"
unless the record is silent about the version.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Numbers = tuple[int, ...]

_PLAIN = re.compile(r"[vV]?(\d{1,12}(?:\.\d{1,12})*)").fullmatch
_BOUND = re.compile(r"(<=|>=|<|>)\s*[vV]?(\d+(?:\.\d+)*)")
_NO_LOWER = frozenset({"0", "*", "unspecified", "n/a", ""})


def numbers_of(text: str) -> Numbers | None:
    """Return the numbers of a version without words; zeros at the end do not count."""
    found = _PLAIN(text.strip())
    if found is None:
        return None
    numbers = [int(part) for part in found[1].split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def beside(text: str) -> Iterator[str]:
    """Give versions at, just below and just above a bound, and the bound with more behind it."""
    found = _PLAIN(text.strip())
    if found is None:
        return
    head, _, last = found[1].rpartition(".")
    head = f"{head}." if head else ""
    yield text.strip()
    yield f"{head}{int(last) + 1}"
    if int(last):
        yield f"{head}{int(last) - 1}"
        yield f"{head}{int(last) - 1}.99999"
    yield f"{found[1]}.1"
    yield f"{found[1]} SP1"
    yield f"{found[1]}-rc1"


def cve_status(entry: Mapping[str, Any], version: Numbers) -> str | None:
    """Return the status of a version by CVE's algorithm, with `otherwise` before the default; None: not plain."""
    rows = entry.get("versions") or []
    read = [_cve_row(row) for row in rows]
    if any(row is None for row in read):
        return None
    for row in read:
        assert row is not None
        low, high, inclusive, status, changes = row
        if high is None:
            if low == version:
                return status
            continue
        if version < low or (isinstance(high, tuple) and (version > high if inclusive else version >= high)):
            continue
        for at, changed in sorted(changes):
            if version >= at:
                status = changed
        return status
    return f"otherwise {entry.get('defaultStatus') or 'unknown'}"


def _cve_row(
    row: Mapping[str, Any],
) -> tuple[Numbers, Numbers | str | None, bool, str, list[tuple[Numbers, str]]] | None:
    status = row.get("status")
    upper = row.get("lessThan", row.get("lessThanOrEqual"))
    text = str(row.get("version", ""))
    low = () if upper is not None and text.strip().lower() in _NO_LOWER else numbers_of(text)
    high = upper if upper in (None, "*") else numbers_of(str(upper))
    if low is None or (high is None and upper is not None) or status not in {"affected", "unaffected", "unknown"}:
        return None
    if upper is None and text.strip() == "0":
        return None  # nobody ships a release of this name: what the publisher means is anybody's guess
    if isinstance(high, tuple) and (low >= high if "lessThan" in row else low > high):
        return None
    changes = []
    for change in row.get("changes") or []:
        at = numbers_of(str(change.get("at", "")))
        if at is None or change.get("status") not in {"affected", "unaffected", "unknown"}:
            return None
        changes.append((at, change["status"]))
    if len({at for at, _ in changes}) < len(changes):
        return None
    return low, high, "lessThan" not in row, status, changes


def text_holds(text: str, version: Numbers) -> bool | None:
    """Whether a text of one version, one comparator, or a lower and an upper one holds a version; None: not plain."""
    alone = numbers_of(text)
    if alone is not None:
        return alone == version
    bounds = _BOUND.findall(text)
    if not 1 <= len(bounds) <= 2 or _BOUND.sub("", text).strip(" |,"):
        return None
    operators = [operator[0] for operator, _ in bounds]
    if operators not in (["<"], [">"], [">", "<"]):
        return None
    for operator, bound in bounds:
        number = numbers_of(bound)
        assert number is not None
        held = {"<": version < number, "<=": version <= number, ">": version > number, ">=": version >= number}
        if not held[operator]:
            return False
    return True


def osv_affected(entry: Mapping[str, Any], version: Numbers, parsed: Mapping[str, Numbers]) -> bool:
    """OSV's algorithm, from the schema's pseudo-code: listed, or in a range by its sorted events.

    Args:
        entry: One of `affected`.
        version: What is asked about.
        parsed: The place of every version that the entry names.
    """
    if any(parsed[text] == version for text in entry.get("versions") or ()):
        return True
    for range_ in entry.get("ranges") or ():
        if range_["type"] == "GIT":
            continue
        events = [(kind, text) for event in range_["events"] for kind, text in event.items()]
        limits = [text for kind, text in events if kind == "limit"]
        if limits and "*" not in limits and not any(version < parsed[text] for text in limits):
            continue
        vulnerable = False
        for kind, text in sorted(events, key=lambda event: () if event[1] == "0" else parsed[event[1]]):
            place = () if text == "0" else parsed[text]
            if kind == "introduced" and version >= place:
                vulnerable = True
            elif (kind == "fixed" and version >= place) or (kind == "last_affected" and version > place):
                vulnerable = False
        if vulnerable:
            return True
    return False


def bounds_in(entry: Mapping[str, Any]) -> list[str]:
    """Return every text about versions in an entry of CVE's `affected`."""
    fields = ("version", "lessThan", "lessThanOrEqual")
    rows: Iterable[Mapping[str, Any]] = entry.get("versions") or ()
    found = [str(row[name]) for row in rows for name in fields if isinstance(row.get(name), str)]
    return list(dict.fromkeys(found))
