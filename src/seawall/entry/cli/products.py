"""`products review`, `confirm`, `reject`, `rulings` and `withdraw`: what a person says about pairs of product names.

A review numbers the pairs that it shows and keeps the list in the home, so that `confirm` and `reject` can name a pair
by its id alone. The list is no record: the next review replaces it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from seawall.entry.cli.output import emit_json
from seawall.entry.settings import settings_from
from seawall.kernel.errors import InvalidInputError, NotFoundError, UnavailableError
from seawall.kernel.visible import visible
from seawall.platform.files import write_whole
from seawall.remediation import read_inventory
from seawall.remediation.index import open_index
from seawall.remediation.model import ProductName, Verdict
from seawall.remediation.products.lock import exclusive
from seawall.remediation.products.review import ProductCatalogue, ProductPair, pairs
from seawall.remediation.products.rulings import FileRulings, Ruling

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

LISTING_NAME: Final = "product-review.json"
"""Name in the home of the list that a review leaves."""
_MAX_BYTES: Final = 256 * 1024 * 1024
_SHOWN: Final = 200
"""Pairs that a table shows; all of them are listed with `--json`, and can be ruled on."""


def review_inventories(
    paths: Sequence[Path], *, index: Path | None, distro: str, everything: bool, as_json: bool
) -> tuple[ProductPair, ...]:
    """Show the pairs of the products in some inventories and those of the index; see `review`."""
    settings = settings_from()
    found = [component for path in paths for component in read_inventory(path, distro=distro).components]
    names = [ProductName(each.vendor, each.name, each.cpe) for each in found if each.purl is None]
    with open_index(index or settings.index_path) as known:
        return review(names, known, home_rulings(), listing=home_listing(), everything=everything, as_json=as_json)


def home_rulings() -> FileRulings:
    """Return the rulings of the home, which is made if there is none."""
    settings = settings_from()
    try:
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise UnavailableError(
            "products.unwritable",
            f"{settings.home} cannot be made: {error.strerror}",
            remedy="Check SEAWALL_HOME and its permissions.",
        ) from None
    return FileRulings(settings.rulings_path)


def home_listing() -> Path:
    """Return where the last review is kept."""
    return settings_from().home / LISTING_NAME


class _Listed(msgspec.Struct):
    id: str
    installed: ProductName
    recorded: ProductName


def review(
    installed: Iterable[ProductName],
    catalogue: ProductCatalogue,
    rulings: FileRulings,
    *,
    listing: Path,
    everything: bool,
    as_json: bool,
) -> tuple[ProductPair, ...]:
    """Show the pairs that a person should look at, and number them.

    Args:
        installed: The products without a purl of the inventories.
        catalogue: The index.
        rulings: What was said before.
        listing: Where the list is kept for `confirm` and `reject`; its folder exists.
        everything: Also show pairs that are the same by name, or were ruled on.
        as_json: Print one JSON document.

    Raises:
        IntegrityError: The rulings are damaged.
        UnavailableError: The list cannot be written (`products.unwritable`).
    """
    found = pairs(installed, catalogue, rulings)
    shown = tuple(pair for pair in found if everything or pair.is_open)
    _keep(listing, shown)
    if as_json:
        emit_json({"pairs": [_described(pair) for pair in shown], "alike": len(found)})
        return shown
    if not shown:
        sys.stdout.write(f"nothing to look at: {len(found)} pairs of names are the same or were ruled on\n")
        return shown
    from rich.console import Console

    console = Console(highlight=False)
    console.print(_pair_table(shown[:_SHOWN]))
    if len(shown) > _SHOWN:
        console.print(f"… and {len(shown) - _SHOWN} more: use --json", style="dim")
    console.print("Say `seawall products confirm PAIR` or `seawall products reject PAIR`, with --reason.", style="dim")
    return shown


def confirm(
    pair_ids: Sequence[str], rulings: FileRulings, *, listing: Path, by: str, reason: str, as_json: bool
) -> None:
    """Say that the names of each pair are names of one product.

    Raises:
        NotFoundError: The last review listed no such pair (`products.unknown-pair`); nothing is ruled then.
    """
    _rule(pair_ids, Verdict.CONFIRMED, rulings, listing=listing, by=by, reason=reason, as_json=as_json)


def reject(
    pair_ids: Sequence[str], rulings: FileRulings, *, listing: Path, by: str, reason: str, as_json: bool
) -> None:
    """Say that the names of each pair are names of different products.

    Raises:
        NotFoundError: The last review listed no such pair (`products.unknown-pair`); nothing is ruled then.
    """
    _rule(pair_ids, Verdict.REJECTED, rulings, listing=listing, by=by, reason=reason, as_json=as_json)


def list_rulings(rulings: FileRulings, *, as_json: bool) -> None:
    """List what was ruled, withdrawn rulings too."""
    made = rulings.all()
    if as_json:
        emit_json({"rulings": msgspec.to_builtins(made)})
        return
    if not made:
        sys.stdout.write("nobody ruled on a pair of product names yet\n")
        return
    from rich.console import Console

    Console(highlight=False).print(_ruling_table(made))


def withdraw(ruling_id: str, rulings: FileRulings, *, by: str, reason: str, as_json: bool) -> None:
    """Take a ruling back.

    Raises:
        NotFoundError: No such ruling stands (`remediation.unknown-ruling`).
    """
    ruling = rulings.withdraw(ruling_id, by=by, reason=reason)
    if as_json:
        emit_json(msgspec.to_builtins(ruling))
    else:
        sys.stdout.write(f"{ruling.id} is withdrawn; it stays in the history\n")


def _rule(
    pair_ids: Sequence[str],
    verdict: Verdict,
    rulings: FileRulings,
    *,
    listing: Path,
    by: str,
    reason: str,
    as_json: bool,
) -> None:
    listed = {pair.id: pair for pair in _listed(listing)}
    unknown = next((id_ for id_ in pair_ids if id_ not in listed), None)
    if unknown is not None:
        raise NotFoundError(
            "products.unknown-pair",
            f"the last review lists no pair {unknown[:40]!r}",
            remedy="Run `seawall products review` on the inventory, and name a pair that it shows.",
        )
    made = [
        rulings.rule(listed[id_].installed, listed[id_].recorded, verdict, by=by, reason=reason)
        for id_ in dict.fromkeys(pair_ids)
    ]
    if as_json:
        emit_json({"rulings": msgspec.to_builtins(made)})
        return
    for ruling in made:
        sys.stdout.write(
            f"{ruling.id}: {_called(ruling.installed)} is {'' if verdict is Verdict.CONFIRMED else 'not '}"
            f"{_called(ruling.recorded)}; undo with `seawall products withdraw {ruling.id}`\n"
        )


def _keep(listing: Path, shown: Iterable[ProductPair]) -> None:
    content = msgspec.json.encode([_Listed(pair.id, pair.installed, pair.recorded) for pair in shown])
    try:
        with exclusive(listing):
            write_whole(listing, content, mode=0o600, sole=True)
    except OSError as error:
        raise UnavailableError(
            "products.unwritable",
            f"{listing} cannot be written: {error.strerror}",
            remedy="Check the home's permissions and the free space.",
        ) from None


def _listed(listing: Path) -> list[_Listed]:
    try:
        with listing.open("rb") as stream:
            return msgspec.json.decode(stream.read(_MAX_BYTES), type=list[_Listed])
    except FileNotFoundError:
        return []
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        raise InvalidInputError(
            "products.unreadable-review",
            f"{listing} cannot be read",
            remedy="Run `seawall products review` again: it writes the list anew.",
        ) from None


def _described(pair: ProductPair) -> dict[str, object]:
    return {
        "id": pair.id,
        "installed": pair.installed,
        "recorded": pair.recorded,
        "confidence": pair.likeness.confidence.value,
        "because": pair.likeness.because,
        "verdict": pair.verdict.value if pair.verdict else None,
    }


def _pair_table(shown: Iterable[ProductPair]) -> Table:
    from rich.table import Table

    table = Table("pair", "installed", "in records", "how sure", "why", box=None, pad_edge=False)
    for pair in shown:
        sure = f"{pair.likeness.confidence.value} ({pair.verdict.value})" if pair.verdict else pair.likeness.confidence
        names = _called(pair.installed), _called(pair.recorded)
        table.add_row(*_cells(pair.id, *names, sure, pair.likeness.because))
    return table


def _ruling_table(made: Iterable[Ruling]) -> Table:
    from rich.table import Table

    table = Table("ruling", "installed", "in records", "verdict", "by", "at", "reason", box=None, pad_edge=False)
    for ruling in made:
        verdict = f"{ruling.verdict.value}, withdrawn" if ruling.withdrawn else ruling.verdict.value
        names = _called(ruling.installed), _called(ruling.recorded)
        table.add_row(*_cells(ruling.id, *names, verdict, ruling.by, ruling.at[:10], ruling.reason))
    return table


def _cells(*texts: str) -> list[Text]:
    """Text as it is: names are hostile, and square brackets in them are no markup."""
    from rich.text import Text

    return [Text(visible(text)) for text in texts]


def _called(name: ProductName) -> str:
    return visible(f"{name.vendor} {name.product}".strip() or name.cpe)
