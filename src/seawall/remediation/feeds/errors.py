"""What can go wrong with feeds."""

from __future__ import annotations

from seawall.kernel.errors import (
    BusyError,
    ConflictError,
    IntegrityError,
    InvalidInputError,
    LimitExceededError,
    NotFoundError,
    UnavailableError,
)

_KEPT = "What was held before is kept and used."


def damaged(what: str, problem: str) -> InvalidInputError:
    """A file that is cut off, changed on its way, or of another kind."""
    return InvalidInputError(
        "feeds.damaged",
        f"{what} is not usable: {problem[:200]}",
        remedy=f"Run `seawall feeds sync` again; if it stays so, check the address. {_KEPT}",
    )


def bomb(what: str, problem: str) -> LimitExceededError:
    """A file that unpacks to more than any feed has."""
    return LimitExceededError(
        "feeds.bomb", f"{what} unpacks to too much: {problem[:200]}", remedy=f"Do not use this file. {_KEPT}"
    )


def wrong_hash(what: str, kind: str) -> IntegrityError:
    """The published digest belongs to other bytes."""
    return IntegrityError(
        "feeds.wrong-hash",
        f"{what} does not have the {kind} that its publisher states",
        remedy=f"Try again later; tell the publisher if it stays so. {_KEPT}",
    )


def wrong_signature(what: str, problem: str) -> IntegrityError:
    """The signature is not one of the provider's keys over these bytes."""
    return IntegrityError(
        "feeds.wrong-signature",
        f"the signature of {what} does not hold: {problem[:120]}",
        remedy=f"Do not use the document; tell the publisher. {_KEPT}",
    )


def older(what: str, held: str, offered: str) -> ConflictError:
    """A file that would take the mirror back in time."""
    return ConflictError(
        "feeds.older",
        f"{what} is of {offered}, and what is held is of {held}",
        remedy="Nothing is replaced; use --force if you do want the older data.",
    )


def shrunk(what: str, held: int, offered: int) -> ConflictError:
    """A file that holds so much less that something must be wrong with it."""
    return ConflictError(
        "feeds.shrunk",
        f"{what} has {offered} records, and what is held has {held}",
        remedy="Check with the publisher; use --force to take it all the same.",
    )


def not_public(what: str, label: str) -> InvalidInputError:
    """A document that may not be spread."""
    return InvalidInputError(
        "feeds.not-public",
        f"{what} is marked {label[:40]}",
        remedy="Only public documents (TLP:CLEAR, or unmarked) are mirrored; keep this one where its marking allows.",
    )


def unknown_source(name: str, known: tuple[str, ...]) -> NotFoundError:
    """No feed has this name."""
    return NotFoundError(
        "feeds.unknown-source",
        f"there is no feed {name[:80]!r}",
        remedy=f"Use one of {', '.join(known)}; osv/<ecosystem>; or csaf/<domain of a provider>.",
    )


def no_provider(name: str, tried: int) -> NotFoundError:
    """A CSAF provider that cannot be found."""
    return NotFoundError(
        "feeds.no-provider",
        f"no provider-metadata.json of {name[:120]} was found at {tried} places",
        remedy="Give its address, for example --url csaf/example=https://example.com/csaf/provider-metadata.json.",
    )


def nothing_listed(name: str, problem: str) -> InvalidInputError:
    """A CSAF provider none of whose lists of documents can be read."""
    return InvalidInputError(
        "feeds.nothing-listed",
        f"no list of documents of {name} can be read: {problem[:200]}",
        remedy=f"Tell the provider. {_KEPT}",
    )


def nothing_to_load(folder: str) -> NotFoundError:
    """A folder without any feed's file."""
    return NotFoundError(
        "feeds.nothing-to-load",
        f"{folder} holds no file of a feed",
        remedy="Give a folder laid out as a mirror, or one with the publishers' files under their own names.",
    )


def locked(root: str) -> BusyError:
    """Another process writes to the mirror."""
    return BusyError(
        "feeds.locked",
        f"another `seawall feeds sync` writes to {root}",
        remedy="Wait until it is done.",
    )


def unwritable(path: str, reason: str) -> UnavailableError:
    """The disk does not take it."""
    return UnavailableError(
        "feeds.unwritable",
        f"{path} cannot be written: {reason}",
        remedy="Check free space and permissions, and whether another program has the file open.",
    )


def newer_mirror(root: str, found: int) -> InvalidInputError:
    """A mirror that a newer Seawall wrote."""
    return InvalidInputError(
        "feeds.newer-mirror",
        f"the mirror {root} has format {found}, which this Seawall does not know",
        remedy="Install the newer Seawall, or name another folder with --to.",
    )


def bad_override(text: str) -> InvalidInputError:
    """An address given for a feed that cannot be read."""
    return InvalidInputError(
        "feeds.bad-url-option",
        f"{text.partition('=')[0][:80]!r} names no feed and address",
        remedy="Write --url NAME=URL, for example --url kev=https://mirror.example/kev.json.",
    )
