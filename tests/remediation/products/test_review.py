"""Pairs that a person should look at, and the verbs that show and rule on them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from seawall.entry.cli.products import LISTING_NAME, confirm, list_rulings, reject, review, withdraw
from seawall.kernel.errors import InvalidInputError, NotFoundError
from seawall.remediation.model import Confidence, ProductName, Verdict
from seawall.remediation.products import candidate_tokens
from seawall.remediation.products.review import pair_id, pairs
from seawall.remediation.products.rulings import FileRulings

RECORDED = (
    ProductName("Siemens", "SIMATIC S7-1500 CPU 1511-1 PN"),
    ProductName("Siemens", "SIMATIC S7-1500"),
    ProductName("Siemens", "SIMATIC S7-1200"),
    ProductName("Mozilla", "Firefox"),
    ProductName("Evil", "[bold]SIMATIC S7-1500[/bold]\x1b[31m"),
)
INSTALLED = (ProductName("Siemens AG", "SIMATIC S7-1500"), ProductName("Mozilla", "Mozilla Firefox (x64 en-US)"))


class Catalogue:
    """Recorded products in memory, found by their tokens."""

    def __init__(self, products: Iterable[ProductName]) -> None:
        self.products = tuple(products)

    def products_sharing(self, tokens: Sequence[str]) -> Iterable[ProductName]:
        return [one for one in self.products if set(candidate_tokens(one)) & set(tokens)]


@pytest.fixture
def rulings(tmp_path: Path) -> FileRulings:
    return FileRulings(tmp_path / "product-rulings.json")


def test_the_least_sure_pairs_come_first_and_each_once(rulings: FileRulings) -> None:
    found = pairs([*INSTALLED, *INSTALLED], Catalogue(RECORDED), rulings)
    told = [(pair.installed.product, pair.recorded.product, pair.likeness.confidence) for pair in found]
    assert told == [
        ("SIMATIC S7-1500", "SIMATIC S7-1500 CPU 1511-1 PN", Confidence.POSSIBLE),
        ("Mozilla Firefox (x64 en-US)", "Firefox", Confidence.PROBABLE),
        ("SIMATIC S7-1500", "SIMATIC S7-1500", Confidence.PROBABLE),
    ]


def test_a_pair_keeps_its_id_when_the_program_is_updated() -> None:
    recorded = ProductName("7-zip", "7-zip")
    one = pair_id(ProductName("Igor Pavlov", "7-Zip 23.01 (x64)"), recorded)
    assert one == pair_id(ProductName("Igor Pavlov", "7-Zip 24.08 (x64)"), recorded)
    assert one != pair_id(ProductName("Igor Pavlov", "7-Zip"), ProductName("7-zip", "p7zip"))


def test_a_review_can_be_ruled_on_and_is_then_shorter(
    rulings: FileRulings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listing = tmp_path / LISTING_NAME
    shown = review(INSTALLED, Catalogue(RECORDED), rulings, listing=listing, everything=False, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert [pair["id"] for pair in told["pairs"]] == [pair.id for pair in shown]
    assert told["pairs"][0]["because"]
    confirm([shown[1].id], rulings, listing=listing, by="m", reason="it is", as_json=False)
    reject([shown[0].id], rulings, listing=listing, by="m", reason="ours is a 1513", as_json=False)
    assert "is not Siemens SIMATIC S7-1500 CPU 1511-1 PN" in capsys.readouterr().out
    assert rulings.ruling(shown[0].installed, shown[0].recorded) is Verdict.REJECTED
    assert rulings.ruling(shown[1].installed, shown[1].recorded) is Verdict.CONFIRMED
    left = review(INSTALLED, Catalogue(RECORDED), rulings, listing=listing, everything=False, as_json=False)
    assert [pair.id for pair in left] == [shown[2].id]
    everything = review(INSTALLED, Catalogue(RECORDED), rulings, listing=listing, everything=True, as_json=False)
    assert len(everything) == 3


def test_rulings_are_listed_and_withdrawn(
    rulings: FileRulings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listing = tmp_path / LISTING_NAME
    shown = review(INSTALLED, Catalogue(RECORDED), rulings, listing=listing, everything=False, as_json=True)
    confirm([shown[0].id], rulings, listing=listing, by="m", reason="it is", as_json=True)
    capsys.readouterr()
    list_rulings(rulings, as_json=True)
    (told,) = json.loads(capsys.readouterr().out)["rulings"]
    assert (told["verdict"], told["by"]) == ("confirmed", "m")
    withdraw(told["id"], rulings, by="n", reason="no", as_json=False)
    list_rulings(rulings, as_json=False)
    assert "withdrawn" in capsys.readouterr().out
    assert rulings.ruling(shown[0].installed, shown[0].recorded) is None


def test_hostile_names_do_not_drive_the_terminal(
    rulings: FileRulings, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "240")
    installed = [ProductName("Evil", "[bold]SIMATIC S7-1500[/bold]\x1b[31m CPU")]
    shown = review(
        installed, Catalogue(RECORDED), rulings, listing=tmp_path / LISTING_NAME, everything=True, as_json=False
    )
    out = capsys.readouterr().out
    assert shown
    assert "\x1b[31m" not in out
    assert "[bold]SIMATIC" in out


def test_an_unknown_pair_and_a_damaged_list(rulings: FileRulings, tmp_path: Path) -> None:
    listing = tmp_path / LISTING_NAME
    with pytest.raises(NotFoundError, match="unknown-pair"):
        confirm(["PP-0123456789"], rulings, listing=listing, by="m", reason="r", as_json=False)
    listing.write_text("{")
    with pytest.raises(InvalidInputError, match="unreadable-review"):
        reject(["PP-0123456789"], rulings, listing=listing, by="m", reason="r", as_json=False)
    assert rulings.all() == ()
