"""What people ruled about pairs of product names: one JSON file in the home, the adapter of `ports.Rulings`.

A ruling holds once for all: for every inventory, for every later build of the installed program (`7-Zip 23.01 (x64)`
and `7-Zip 24.08` are one name here), and for every spelling of case and white space. Of a product with a name, its CPE
is no part of the pair. Rulings are added and withdrawn, never changed: the file is its own history, and the last ruling
about a pair that was not withdrawn counts.

Invariants: the file is replaced as a whole, under a lock that goes with its process, so that `kill -9` at any instant
leaves the state before or after. A file that cannot be read in full is refused: a lost rejection would come back as an
exposure, and a lost confirmation as silence. Windows, macOS and Linux alike; network folders without locks are not
supported.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from seawall.kernel.clock import Clock, SystemClock, rfc3339
from seawall.kernel.errors import IntegrityError, InvalidInputError, NotFoundError, UnavailableError
from seawall.platform.files import write_whole
from seawall.remediation.model import ProductName, Verdict
from seawall.remediation.products.identity import Pair, names_something, pair_of
from seawall.remediation.products.lock import exclusive

FORMAT: Final = 1
_MAX_BYTES: Final = 64 * 1024 * 1024
_MAX_TEXT: Final = 2000
"""Characters of each text that a person gives."""
_ID: Final = re.compile(r"PR-[0-9a-f]{12}")


class Withdrawal(msgspec.Struct, frozen=True):
    """A ruling was taken back."""

    by: str
    reason: str
    at: str
    """RFC 3339."""


class Ruling(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that a person said about one pair."""

    id: str
    """`PR-` and twelve hexadecimal digits."""
    installed: ProductName
    recorded: ProductName
    verdict: Verdict
    by: str
    reason: str
    at: str
    """RFC 3339."""
    withdrawn: Withdrawal | None = None


class _File(msgspec.Struct):
    format: int
    rulings: list[Ruling]


class _Header(msgspec.Struct):
    format: int


_DECODER: Final = msgspec.json.Decoder(_File)


class FileRulings:
    """Rulings in one file. An absent file holds none.

    Args:
        path: The file; its folder must exist before the first ruling.
        clock: Tells when a ruling was made.
    """

    def __init__(self, path: Path, clock: Clock | None = None) -> None:
        self._path = path
        self._clock = clock or SystemClock()
        self._standing: dict[Pair, Ruling] | None = None

    def ruling(self, installed: ProductName, recorded: ProductName) -> Verdict | None:
        """Return what was said about the pair; None where nobody ruled.

        The file is read once, at the first question.

        Raises:
            IntegrityError: The file is damaged (`remediation.damaged-rulings`), or newer than this program
                (`remediation.newer-rulings`).
            UnavailableError: It cannot be opened (`remediation.rulings-unopened`).
        """
        if self._standing is None:
            self._standing = _standing(self.all())
        if not self._standing:
            return None
        found = self._standing.get(pair_of(installed, recorded))
        return found.verdict if found else None

    def all(self) -> tuple[Ruling, ...]:
        """Return every ruling in the order in which they were made, withdrawn ones too.

        Raises:
            IntegrityError: As for `ruling`.
            UnavailableError: As for `ruling`.
        """
        try:
            with self._path.open("rb") as stream:
                document = stream.read(_MAX_BYTES + 1)
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise _unopened(self._path, error) from None
        if len(document) > _MAX_BYTES:
            raise _damaged(self._path, f"it is larger than {_MAX_BYTES} bytes")
        return self._decoded(document)

    def rule(self, installed: ProductName, recorded: ProductName, verdict: Verdict, *, by: str, reason: str) -> Ruling:
        """Say once for all whether two names are names of one product.

        Returns:
            The new ruling; the one that stands already, if it says the same.

        Raises:
            InvalidInputError: A name says nothing (`remediation.unnamed-product`), or `by` or `reason` is missing or
                too long (`remediation.incomplete-ruling`).
            IntegrityError: As for `ruling`; nothing is changed.
            BusyError: Another process writes, for longer than we wait (`remediation.rulings-busy`).
            UnavailableError: The file cannot be written (`remediation.rulings-unopened`).
        """
        for name in (installed, recorded):
            if not names_something(name):
                raise _unnamed()
        _check_texts(by, reason, installed.vendor, installed.product, recorded.vendor, recorded.product)
        pair = pair_of(installed, recorded)
        with exclusive(self._path):
            rulings = self.all()
            standing = _standing(rulings).get(pair)
            if standing is not None and standing.verdict is verdict:
                return standing
            at = rfc3339(self._clock.now())
            id_ = _id_of(pair, verdict, at, len(rulings))
            made = Ruling(id_, installed, recorded, verdict, by.strip(), reason.strip(), at)
            self._write((*rulings, made))
        return made

    def withdraw(self, ruling_id: str, *, by: str, reason: str) -> Ruling:
        """Take a ruling back; it stays in the file. An earlier ruling about the pair, if any, counts again.

        Raises:
            NotFoundError: No ruling has this id, or it was withdrawn before (`remediation.unknown-ruling`).
            InvalidInputError: `by` or `reason` is missing or too long (`remediation.incomplete-ruling`).
            IntegrityError: As for `rule`.
            BusyError: As for `rule`.
            UnavailableError: As for `rule`.
        """
        _check_texts(by, reason)
        with exclusive(self._path):
            rulings = list(self.all())
            place = next((i for i, one in enumerate(rulings) if one.id == ruling_id and one.withdrawn is None), None)
            if place is None:
                raise _unknown(ruling_id)
            withdrawal = Withdrawal(by.strip(), reason.strip(), rfc3339(self._clock.now()))
            rulings[place] = msgspec.structs.replace(rulings[place], withdrawn=withdrawal)
            self._write(rulings)
        return rulings[place]

    def _write(self, rulings: Sequence[Ruling]) -> None:
        encoded = msgspec.json.format(msgspec.json.encode(_File(FORMAT, list(rulings))), indent=2)
        if len(encoded) > _MAX_BYTES:
            raise _incomplete(f"the file would grow beyond {_MAX_BYTES} bytes")
        try:
            write_whole(self._path, encoded + b"\n", mode=0o600, sole=True)
        except OSError as error:
            raise _unopened(self._path, error) from None
        self._standing = _standing(rulings)

    def _decoded(self, document: bytes) -> tuple[Ruling, ...]:
        try:
            header = msgspec.json.decode(document, type=_Header)
            if header.format > FORMAT:
                raise _newer(self._path, header.format)
            found = _DECODER.decode(document).rulings
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            raise _damaged(self._path, str(error)) from None
        ids = [one.id for one in found]
        if header.format < 1 or len(set(ids)) < len(ids) or not all(map(_ID.fullmatch, ids)):
            raise _damaged(self._path, "its rulings are not numbered as they should be")
        return tuple(found)


def _standing(rulings: Iterable[Ruling]) -> dict[Pair, Ruling]:
    """The rulings that count: the last about each pair that was not withdrawn."""
    return {pair_of(one.installed, one.recorded): one for one in rulings if one.withdrawn is None}


def _id_of(pair: Pair, verdict: Verdict, at: str, place: int) -> str:
    return "PR-" + sha256(repr((pair, verdict.value, at, place)).encode()).hexdigest()[:12]


def _check_texts(by: str, reason: str, *names: str) -> None:
    if not by.strip() or not reason.strip():
        raise _incomplete("it needs a name and a reason")
    if max(map(len, (by, reason, *names))) > _MAX_TEXT:
        raise _incomplete(f"a text of it is longer than {_MAX_TEXT} characters")


def _incomplete(problem: str) -> InvalidInputError:
    return InvalidInputError(
        "remediation.incomplete-ruling",
        f"the ruling cannot be kept: {problem}",
        remedy="Say who decides and why, in a few words each.",
    )


def _unnamed() -> InvalidInputError:
    return InvalidInputError(
        "remediation.unnamed-product",
        "one of the two products has no name",
        remedy="Name both products, each by its name or by a CPE name.",
    )


def _unknown(ruling_id: str) -> NotFoundError:
    return NotFoundError(
        "remediation.unknown-ruling",
        f"no ruling {ruling_id[:40]!r} stands",
        remedy="List the rulings, and give the id of one that was not withdrawn.",
    )


def _damaged(path: Path, problem: str) -> IntegrityError:
    return IntegrityError(
        "remediation.damaged-rulings",
        f"{path} is damaged: {problem[:200]}",
        remedy="Put back a copy of the file from a backup, or move it away and rule again; nothing was changed.",
        path=path,
    )


def _newer(path: Path, found: int) -> IntegrityError:
    return IntegrityError(
        "remediation.newer-rulings",
        f"{path} has format {found}, and this version of Seawall reads format {FORMAT}",
        remedy="Update Seawall, or use the version that wrote the file.",
        path=path,
    )


def _unopened(path: Path, error: OSError) -> UnavailableError:
    return UnavailableError(
        "remediation.rulings-unopened",
        f"{path} cannot be read or written: {error.strerror or type(error).__name__}",
        remedy="Check the folder, its permissions and the free space.",
        path=path,
    )
